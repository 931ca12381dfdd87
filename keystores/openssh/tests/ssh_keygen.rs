//! OpenSSH's own `ssh-keygen` and this crate on the same files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use ossuary_openssh::{
    AuthorizedKeysFile, KnownHostsFile, fingerprint, host_name, parse_public_key, public_key_line,
    randomart,
};
use ossuary_traits::{Identity, Peer, Role, Trust, Verdict};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Runs `ssh-keygen` in `folder`.
fn ssh_keygen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("ssh-keygen")
        .args(arguments)
        .current_dir(folder)
        // Nothing of the user's.
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .expect("ssh-keygen cannot be run: install the Debian package openssh-client")
}

/// What `ssh-keygen` says, where it succeeds.
fn says(folder: &Path, arguments: &[&str]) -> String {
    let output = ssh_keygen(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a key of a type and size, and returns the line of its `.pub` file.
fn make_key(folder: &Path, key_type: &str, bits: &str) -> String {
    let name = format!("{key_type}-{bits}");
    let comment = format!("a key with a comment, {name}");
    says(
        folder,
        &[
            "-q", "-t", key_type, "-b", bits, "-N", "", "-C", &comment, "-f", &name,
        ],
    );
    fs::read_to_string(folder.join(name + ".pub")).unwrap()
}

/// A folder, with its `known_hosts`, and the identities of an Ed25519 and an ECDSA key.
fn hosts() -> (TempDir, PathBuf, [Identity; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let keys = ["ed25519", "ecdsa"].map(|key_type| {
        let line = make_key(folder.path(), key_type, "256");
        parse_public_key(&line).unwrap()
    });
    let path = folder.path().join("known_hosts");
    (folder, path, keys)
}

#[test]
fn public_keys_their_fingerprints_and_pictures_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for key_type in ["ed25519", "ecdsa"] {
        let name = format!("{key_type}-256.pub");
        for _ in 0..8 {
            let line = make_key(folder.path(), key_type, "256");
            let identity = parse_public_key(&line).unwrap();
            let comment = format!("a key with a comment, {key_type}-256");
            assert_eq!(
                public_key_line(&identity, &comment).unwrap(),
                line.trim_end()
            );
            let kind = key_type.to_uppercase();
            let fingerprint = fingerprint(&identity).unwrap();
            let expected = format!("256 {fingerprint} {comment} ({kind})\n");
            assert_eq!(says(folder.path(), &["-l", "-f", &name]), expected);
            let expected = format!("{expected}{}\n", randomart(&identity).unwrap());
            assert_eq!(says(folder.path(), &["-l", "-v", "-f", &name]), expected);
            fs::remove_file(folder.path().join(format!("{key_type}-256"))).unwrap();
        }
    }
}

#[test]
fn lines_of_pub_files_are_authorized() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [
        ("ed25519", "256"),
        ("rsa", "2048"),
        ("ecdsa", "256"),
        ("ecdsa", "384"),
    ];
    let lines = keys.map(|(key_type, bits)| make_key(folder.path(), key_type, bits));
    let path = folder.path().join("ed25519-256.pub");
    fs::write(&path, lines.concat()).unwrap();
    let keys = AuthorizedKeysFile::open(&path).unwrap();
    for (line, listed) in lines.iter().zip([true, false, true, false]) {
        match parse_public_key(line) {
            Ok(identity) => {
                assert!(listed);
                let peer = Peer::new(Role::Client, None, Some(&identity));
                assert_eq!(keys.verdict(&peer).unwrap(), Verdict::Trusted);
            }
            Err(_) => assert!(!listed),
        }
    }
    let ignored = keys.ignored().unwrap();
    let ignored: Vec<_> = ignored
        .iter()
        .map(|key| (key.line, key.key_type.as_str()))
        .collect();
    assert_eq!(ignored, [(2, "ssh-rsa"), (4, "ecdsa-sha2-nistp384")]);
}

#[test]
fn names_that_ssh_keygen_hashes_are_known() {
    let (folder, path, [ed25519, ecdsa]) = hosts();
    let hosts = KnownHostsFile::open(&path).unwrap();
    hosts.add("Plain.example", &ed25519).unwrap();
    let with_port = host_name("plain.example", 7000);
    hosts.add(&with_port, &ecdsa).unwrap();
    says(folder.path(), &["-H", "-f", "known_hosts"]);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.lines().all(|line| line.starts_with("|1|")), "{text}");
    let verdict = |name: &str, key| hosts.lookup(name, key).unwrap();
    assert_eq!(verdict("plain.EXAMPLE", &ed25519), Verdict::Trusted);
    assert_eq!(verdict("plain.example", &ecdsa), Verdict::Changed);
    assert_eq!(verdict(&with_port, &ecdsa), Verdict::Trusted);
    assert_eq!(verdict("other.example", &ecdsa), Verdict::Unknown);
}

#[test]
fn ssh_keygen_finds_and_removes_what_was_added() {
    let (folder, path, [ed25519, ecdsa]) = hosts();
    let folder = folder.path();
    let plain = KnownHostsFile::open(&path).unwrap();
    for hosts in [&plain, &plain.clone().hash_names()] {
        let names = [
            "a.example".to_owned(),
            host_name("a.example", 7000),
            host_name("::1", 7),
        ];
        for (name, key) in names.iter().zip([&ed25519, &ecdsa, &ed25519]) {
            hosts.add(name, key).unwrap();
            let found = says(folder, &["-F", name, "-f", "known_hosts"]);
            let key_line = public_key_line(key, "").unwrap();
            assert!(found.contains(&key_line), "{name}: {found}");
        }
        let missing = ssh_keygen(folder, &["-F", "b.example", "-f", "known_hosts"]);
        assert!(!missing.status.success());
        for (name, key) in names.iter().zip([&ed25519, &ecdsa, &ed25519]) {
            assert_eq!(hosts.lookup(name, key).unwrap(), Verdict::Trusted);
            says(folder, &["-R", name, "-f", "known_hosts"]);
            assert_eq!(hosts.lookup(name, key).unwrap(), Verdict::Unknown, "{name}");
        }
        // The file is another one now.
        hosts.add("a.example", &ecdsa).unwrap();
        assert_eq!(hosts.lookup("a.example", &ecdsa).unwrap(), Verdict::Trusted);
        says(folder, &["-R", "a.example", "-f", "known_hosts"]);
    }
}

/// What a line is for is asked of `ssh-keygen -F`, which prints the lines that match.
#[test]
fn patterns_match_as_those_of_ssh_keygen() {
    let (folder, path, [ed25519, _]) = hosts();
    let hosts = KnownHostsFile::open(&path).unwrap();
    // Made by `add`, so that others cannot write to it.
    hosts.add("first", &ed25519).unwrap();
    let key = public_key_line(&ed25519, "").unwrap();
    let patterns = [
        "a.example",
        "*.example",
        "?.example",
        "*.EXAMPLE,!b.example",
        "!b.example,*.example",
        "[*]:7000",
        "[a.example]:70?0",
        "*",
        "!*",
        "!b.example",
        "a*e",
        "*a*e*",
        "**",
        "[ab].example",
        "a.example,b.example",
        "[a.example]:*",
        "*:7000",
    ];
    let names = [
        "a.example",
        "A.example",
        "b.example",
        "example",
        ".example",
        "aa.example",
        "[a.example]:7000",
        "[a.example]:7010",
        "[b.example]:7000",
        "ae",
        "a",
    ];
    for pattern in patterns {
        fs::write(&path, format!("{pattern} {key}\n")).unwrap();
        for name in names {
            let found = ssh_keygen(folder.path(), &["-F", name, "-f", "known_hosts"]);
            let own = hosts.lookup(name, &ed25519).unwrap() == Verdict::Trusted;
            assert_eq!(own, found.status.success(), "{pattern} {name}");
        }
    }
}
