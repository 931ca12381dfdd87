//! The example `known_hosts` on a terminal, as its user sees it.

#![cfg(all(unix, feature = "std", feature = "rustcrypto", feature = "openssh"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

mod processes;

use ossuary::keystore::openssh::{host_name, public_key_line, randomart};
use ossuary::trust::fingerprint;
use ossuary::{Identity, SignatureScheme};
use processes::{BOUND, Process, example};
use rexpect::session::{PtySession, spawn_command};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

const QUESTION: &str = "(yes, no, or its fingerprint) ";
const MESSAGE: &str = "is anybody there?";

/// A running echo server, and a client's folder.
struct Setting {
    folder: TempDir,
    /// Ends with the setting.
    server: Option<Process>,
    address: String,
    key: Identity,
}

fn serve(address: &str) -> (Process, String, Identity) {
    let server = Process::start("echo", &["--listen", address, "--anyone"]);
    let address = server.value("listening");
    let key = hex::decode(server.value("public key")).unwrap();
    let key = Identity::new(SignatureScheme::Ed25519, &key).unwrap();
    (server, address, key)
}

impl Setting {
    fn new() -> Self {
        let (server, address, key) = serve("127.0.0.1:0");
        Setting {
            folder: TempDir::new().unwrap(),
            server: Some(server),
            address,
            key,
        }
    }

    /// Another server comes to the same address.
    fn replace_server(&mut self) {
        self.server = None;
        let (server, _, key) = serve(&self.address);
        (self.server, self.key) = (Some(server), key);
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("known_hosts")
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn name(&self) -> String {
        let (host, port) = self.address.split_once(':').unwrap();
        host_name(host, port.parse().unwrap())
    }

    fn line_of(&self, key: &Identity) -> String {
        format!(
            "{} {}",
            self.name(),
            public_key_line(key, "").unwrap().trim_end()
        )
    }

    /// The client, on a terminal of its own.
    fn client(&self) -> PtySession {
        let mut command = Command::new(example("known_hosts"));
        let (host, port) = self.address.split_once(':').unwrap();
        command.args([host, port, MESSAGE]);
        command.current_dir(self.folder.path());
        spawn_command(command, Some(BOUND.as_millis() as u64)).unwrap()
    }
}

/// The rest of what it prints, and whether it succeeded.
fn end(mut client: PtySession) -> (String, bool) {
    let rest = client.exp_eof().unwrap();
    // The status is of a type that rexpect does not name.
    let status = format!("{:?}", client.process().wait().unwrap());
    (
        rest,
        status.starts_with("Exited(") && status.ends_with(", 0)"),
    )
}

#[test]
fn a_server_that_is_trusted_once_is_known_from_then_on() {
    let setting = Setting::new();
    let mut client = setting.client();
    let shown = client.exp_string(QUESTION).unwrap();
    assert!(shown.contains(&setting.name()), "{shown}");
    assert!(shown.contains(&fingerprint(&setting.key)), "{shown}");
    for line in randomart(&setting.key).unwrap().lines() {
        assert!(shown.contains(line), "{shown}");
    }
    // What is no answer is asked again, and so is an empty line.
    client.send_line("y").unwrap();
    client.exp_string(QUESTION).unwrap();
    client.send_line("").unwrap();
    client.exp_string(QUESTION).unwrap();
    assert_eq!(setting.lines(), [""; 0]);
    client.send_line("yes").unwrap();
    let (rest, success) = end(client);
    assert!(success && rest.contains(MESSAGE), "{rest}");
    assert_eq!(setting.lines(), [setting.line_of(&setting.key)]);

    let (all, success) = end(setting.client());
    assert!(success, "{all}");
    assert_eq!(all.trim(), MESSAGE);
    assert_eq!(setting.lines().len(), 1);
}

#[test]
fn a_server_that_is_refused_stays_unknown() {
    for answer in ["no", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"] {
        let setting = Setting::new();
        let mut client = setting.client();
        client.exp_string(QUESTION).unwrap();
        client.send_line(answer).unwrap();
        let (rest, success) = end(client);
        assert!(!success && rest.contains("not trusted"), "{rest}");
        assert!(!setting.file().exists());
    }
}

#[test]
fn who_has_the_fingerprint_types_it() {
    let setting = Setting::new();
    let mut client = setting.client();
    client.exp_string(QUESTION).unwrap();
    client.send_line(&fingerprint(&setting.key)).unwrap();
    let (rest, success) = end(client);
    assert!(success && rest.contains(MESSAGE), "{rest}");
    assert_eq!(setting.lines(), [setting.line_of(&setting.key)]);
}

#[test]
fn a_changed_key_is_never_asked_about() {
    let mut setting = Setting::new();
    fs::write(setting.file(), setting.line_of(&setting.key) + "\n").unwrap();
    let known = setting.lines();
    setting.replace_server();
    let (all, success) = end(setting.client());
    assert!(
        !success && all.contains("ANOTHER KEY than in known_hosts, line 1:"),
        "{all}"
    );
    assert!(all.contains(&fingerprint(&setting.key)), "{all}");
    assert!(
        all.contains(&format!("ssh-keygen -R '{}'", setting.name())),
        "{all}"
    );
    assert!(!all.contains(QUESTION) && !all.contains(MESSAGE), "{all}");
    assert_eq!(setting.lines(), known);
}

#[test]
fn a_revoked_key_is_never_asked_about() {
    let setting = Setting::new();
    let key = public_key_line(&setting.key, "").unwrap();
    fs::write(setting.file(), format!("@revoked * {}\n", key.trim_end())).unwrap();
    let (all, success) = end(setting.client());
    assert!(!success && all.contains("revokes"), "{all}");
    assert!(!all.contains(QUESTION) && !all.contains(MESSAGE), "{all}");
}

/// A file that cannot be read trusts nobody, and says why.
#[test]
fn a_file_with_a_mistake_is_named_with_the_line() {
    let setting = Setting::new();
    fs::write(setting.file(), "# servers\nnonsense\n").unwrap();
    let (all, success) = end(setting.client());
    assert!(!success && all.contains("known_hosts:2"), "{all}");
}
