//! Several processes add to one file of known hosts at a time.
//!
//! A process is this test program, run again for the same test, which then does the
//! process's part.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use ossuary_openssh::{KnownHostsFile, TrustFileError};
use ossuary_rustcrypto::Ed25519SigningKey;
use ossuary_traits::{Identity, Secret, SigningKey, Verdict};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const FILE: &str = "OSSUARY_TEST_KNOWN_HOSTS";
const NUMBER: &str = "OSSUARY_TEST_PROCESS";

const PROCESSES: u8 = 4;
const HOSTS: usize = 25;

fn key(number: u8) -> Identity {
    let secret = Secret::from([number + 1; 32]);
    Ed25519SigningKey::from_secret(secret).unwrap().identity()
}

/// A process, which is killed when it is dropped.
struct Process(Option<Child>);

impl Process {
    /// Starts the test `name` as a process of its own, which waits to be released.
    fn start(name: &str, file: &Path, number: u8) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(FILE, file)
            .env(NUMBER, number.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Process(Some(child))
    }

    /// Lets it go on.
    fn release(&mut self) {
        drop(self.0.as_mut().unwrap().stdin.take());
    }

    /// What it says, where it succeeds.
    fn output(mut self) -> String {
        let output = self.0.take().unwrap().wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        text
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may be over by now.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Of a process that was started by a test: the file, and its number.
fn started() -> Option<(KnownHostsFile, u8)> {
    let file = env::var_os(FILE)?;
    let number = env::var(NUMBER).unwrap().parse().unwrap();
    let hosts = KnownHostsFile::open(file).unwrap();
    // Until it is released.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    Some((hosts, number))
}

fn run(name: &str, file: &Path) -> Vec<String> {
    let mut processes: Vec<_> = (0..PROCESSES)
        .map(|number| Process::start(name, file, number))
        .collect();
    for process in &mut processes {
        process.release();
    }
    processes.into_iter().map(Process::output).collect()
}

fn adds_hosts(hosts: &KnownHostsFile, number: u8) {
    for host in 0..HOSTS {
        hosts.add("everybody's", &key(0)).unwrap();
        let hosts = match host % 2 {
            0 => hosts.clone(),
            _ => hosts.clone().hash_names(),
        };
        let name = format!("{host}.of.{number}");
        hosts.add(&name, &key(number)).unwrap();
        assert_eq!(hosts.lookup(&name, &key(number)).unwrap(), Verdict::Trusted);
    }
}

#[test]
fn all_lines_are_there_whole_and_once() {
    if let Some((hosts, number)) = started() {
        return adds_hosts(&hosts, number);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known_hosts");
    run("all_lines_are_there_whole_and_once", &file);
    let hosts = KnownHostsFile::open(&file).unwrap();
    for number in 0..PROCESSES {
        for host in 0..HOSTS {
            let verdict = hosts.lookup(&format!("{host}.of.{number}"), &key(number));
            assert_eq!(verdict.unwrap(), Verdict::Trusted);
        }
    }
    let text = fs::read_to_string(&file).unwrap();
    let lines: BTreeSet<_> = text.lines().collect();
    let expected = usize::from(PROCESSES) * HOSTS + 1;
    assert_eq!((lines.len(), text.lines().count()), (expected, expected));
}

fn adds_its_own_key_to_all_hosts(hosts: &KnownHostsFile, number: u8) {
    for host in 0..HOSTS {
        match hosts.add(&host.to_string(), &key(number)) {
            Ok(()) => println!("\nadded {host}."),
            Err(TrustFileError::Changed { .. }) => println!("\nchanged {host}."),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn of_two_keys_for_one_name_one_is_added() {
    if let Some((hosts, number)) = started() {
        return adds_its_own_key_to_all_hosts(&hosts, number);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known_hosts");
    let outputs = run("of_two_keys_for_one_name_one_is_added", &file);
    let hosts = KnownHostsFile::open(&file).unwrap();
    for host in 0..HOSTS {
        let name = host.to_string();
        let mut added = 0;
        for (number, output) in (0..PROCESSES).zip(&outputs) {
            let says = |word: &str| output.contains(&format!("\n{word} {host}.\n"));
            let verdict = hosts.lookup(&name, &key(number)).unwrap();
            match verdict {
                Verdict::Trusted => assert!(says("added"), "{output}"),
                _ => assert!(verdict == Verdict::Changed && says("changed"), "{output}"),
            }
            added += usize::from(verdict == Verdict::Trusted);
        }
        assert_eq!(added, 1, "{name}");
    }
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), HOSTS);
}

/// The bytes that a process may write to a file in `cannot_write_a_whole_line`: a block, the unit
/// of `ulimit -f`.
#[cfg(unix)]
const BLOCK: usize = 512;

#[cfg(unix)]
fn cannot_write_a_whole_line(hosts: &KnownHostsFile, number: u8) {
    let error = hosts.add("b.example", &key(number)).unwrap_err();
    assert!(matches!(error, TrustFileError::Write { .. }), "{error}");
    println!("\nfailed.");
}

/// As on a full disk, of which the system writes the bytes that it has room for.
#[cfg(unix)]
#[test]
fn a_line_that_does_not_fit_is_taken_away_again() {
    if let Some((hosts, number)) = started() {
        return cannot_write_a_whole_line(&hosts, number);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known_hosts");
    let hosts = KnownHostsFile::open(&file).unwrap();
    hosts.add("a.example", &key(0)).unwrap();
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str(&"#".repeat(BLOCK - 20 - text.len()));
    fs::write(&file, &text).unwrap();
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args([
            "--exact",
            "a_line_that_does_not_fit_is_taken_away_again",
            "--nocapture",
        ])
        .env(FILE, &file)
        .env(NUMBER, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&limited.stdout);
    assert!(limited.status.success(), "{output}");
    assert!(output.contains("\nfailed.\n"), "{output}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    hosts.add("b.example", &key(1)).unwrap();
    assert_eq!(
        hosts.lookup("b.example", &key(1)).unwrap(),
        Verdict::Trusted
    );
}
