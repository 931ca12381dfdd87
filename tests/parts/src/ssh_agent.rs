//! OpenSSH's agent in a folder of its own.

use ossuary::SignatureScheme;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A running `ssh-agent`. It is killed when this is dropped, and its keys are removed.
#[derive(Debug)]
pub struct SshAgent {
    folder: TempDir,
    process: Option<Child>,
}

impl Default for SshAgent {
    fn default() -> Self {
        Self::start()
    }
}

impl SshAgent {
    /// Starts an agent without keys.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut agent = SshAgent {
            folder,
            process: None,
        };
        // What ssh-add and the agent ask a person is answered by the file.
        let script = agent.file("askpass");
        let answer = agent.file("answer");
        fs::write(&script, format!("#!/bin/sh\ncat '{}'\n", answer.display())).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
        agent.answer("no");
        agent.restart();
        agent
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.file("socket")
    }

    /// Kills the agent as it stands: its socket stays, and nobody listens.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts an agent without keys in the place of one that was [killed](Self::kill).
    pub fn restart(&mut self) {
        self.kill();
        match fs::remove_file(self.socket()) {
            Err(error) if error.kind() != ErrorKind::NotFound => panic!("{error}"),
            _ => {}
        }
        let socket = self.socket();
        let mut command = self.command("ssh-agent");
        command.arg("-D").arg("-a").arg(socket);
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                missing("ssh-agent", &error);
            });
        // It says so when it listens.
        let mut said = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        self.process = Some(process);
        assert!(said.contains("SSH_AUTH_SOCK"), "ssh-agent said {said:?}");
    }

    /// Makes a key with a comment and adds it; the file that it is in.
    #[must_use]
    pub fn add_key(&self, scheme: SignatureScheme, comment: &str) -> PathBuf {
        let file = self.make_key(scheme, comment);
        self.add(&file, &[]);
        file
    }

    /// Makes a key with a comment and does not add it; the file that it is in.
    #[must_use]
    pub fn make_key(&self, scheme: SignatureScheme, comment: &str) -> PathBuf {
        match scheme {
            SignatureScheme::Ed25519 => self.make_key_of_type("ed25519", comment),
            SignatureScheme::EcdsaP256Sha256 => self.make_key_of_type("ecdsa", comment),
            other => panic!("ssh-keygen makes no keys of {other}"),
        }
    }

    /// Makes a key of one of `ssh-keygen`'s types.
    #[must_use]
    pub fn make_key_of_type(&self, kind: &str, comment: &str) -> PathBuf {
        let count = fs::read_dir(self.folder.path()).unwrap().count();
        let file = self.file(&format!("key{count}"));
        let mut command = self.command("ssh-keygen");
        command.args(["-q", "-t", kind, "-N", "", "-C", comment, "-f"]);
        run("ssh-keygen", command.arg(&file));
        file
    }

    /// Adds the key in a file; `options` are those of `ssh-add`.
    pub fn add(&self, file: &Path, options: &[&str]) {
        let mut command = self.command("ssh-add");
        run("ssh-add", command.arg("-q").args(options).arg(file));
    }

    /// Removes the key in a file from the agent.
    pub fn remove(&self, file: &Path) {
        run(
            "ssh-add",
            self.command("ssh-add").args(["-q", "-d"]).arg(file),
        );
    }

    /// Removes all keys from the agent.
    pub fn remove_all(&self) {
        run("ssh-add", self.command("ssh-add").args(["-q", "-D"]));
    }

    /// Locks the agent.
    pub fn lock(&self, passphrase: &str) {
        self.answer(passphrase);
        run("ssh-add", self.command("ssh-add").arg("-x"));
        self.answer("no");
    }

    /// Unlocks the agent.
    pub fn unlock(&self, passphrase: &str) {
        self.answer(passphrase);
        run("ssh-add", self.command("ssh-add").arg("-X"));
        self.answer("no");
    }

    /// What the person says whom the agent asks about a key that was added with `-c`:
    /// `yes`, or `no` as at the beginning.
    pub fn answer(&self, answer: &str) {
        fs::write(self.file("answer"), answer).unwrap();
    }

    /// The fingerprint of the key in a file, as `ssh-keygen` prints it.
    #[must_use]
    pub fn fingerprint(&self, file: &Path) -> String {
        let output = run(
            "ssh-keygen",
            self.command("ssh-keygen").arg("-lf").arg(file),
        );
        let line = String::from_utf8(output.stdout).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program with nothing of this process's environment but where programs are.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("SSH_AUTH_SOCK", self.socket())
            .env("SSH_ASKPASS", self.file("askpass"))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .stdin(Stdio::null());
        command
    }
}

impl Drop for SshAgent {
    fn drop(&mut self) {
        self.kill();
    }
}

fn run(program: &str, command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| {
        missing(program, &error);
    });
    assert!(output.status.success(), "{program}: {output:?}");
    output
}

fn missing(program: &str, error: &std::io::Error) -> ! {
    panic!("{program} cannot be run ({error}): it is in Debian's package openssh-client");
}
