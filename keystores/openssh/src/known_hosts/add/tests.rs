use super::*;
use crate::KnownHostsFile;
use crate::test_data::{ECDSA, ED25519, chain, identities, key, ml_dsa, write};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("known_hosts");
    (folder, path)
}

#[test]
fn what_is_added_is_known_and_written_once() {
    let (_folder, path) = folder();
    let [ed25519, ecdsa, _] = identities();
    let plain = KnownHostsFile::open(&path).unwrap();
    assert_eq!(
        plain.lookup("A.example", &ed25519).unwrap(),
        Verdict::Unknown
    );
    assert!(!path.exists());
    plain.add("A.example", &ed25519).unwrap();
    let line = format!("a.example {}\n", key(ED25519));
    assert_eq!(fs::read_to_string(&path).unwrap(), line);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
    let hashing = plain.clone().hash_names();
    hashing.add("B.example", &ecdsa).unwrap();
    for hosts in [&plain, &hashing] {
        hosts.add("a.example", &ed25519).unwrap();
        hosts.add("b.example", &ecdsa).unwrap();
        assert_eq!(
            hosts.lookup("a.example", &ed25519).unwrap(),
            Verdict::Trusted
        );
        assert_eq!(hosts.lookup("b.example", &ecdsa).unwrap(), Verdict::Trusted);
        assert_eq!(
            hosts.lookup("b.example", &ed25519).unwrap(),
            Verdict::Changed
        );
    }
    let text = fs::read_to_string(&path).unwrap();
    let [first, second] = text.lines().collect::<Vec<_>>()[..] else {
        panic!("{text}");
    };
    assert_eq!(first, line.trim_end());
    assert!(
        second.starts_with("|1|") && second.ends_with(&key(ECDSA)),
        "{second}"
    );
}

#[test]
fn salts_differ() {
    let (_folder, path) = folder();
    let [ed25519, ..] = identities();
    let hosts = KnownHostsFile::open(&path).unwrap().hash_names();
    for name in ["a.example", "b.example"] {
        hosts.add(name, &ed25519).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    let salts: Vec<_> = text
        .lines()
        .map(|line| line.split('|').nth(2).unwrap())
        .collect();
    assert_eq!(salts.len(), 2);
    assert_ne!(salts[0], salts[1]);
}

#[test]
fn a_missing_newline_is_made_up_for() {
    let (_folder, path) = folder();
    let [ed25519, ecdsa, _] = identities();
    let line = format!("a.example {}", key(ED25519));
    write(&path, &line);
    let hosts = KnownHostsFile::open(&path).unwrap();
    hosts.add("b.example", &ecdsa).unwrap();
    let expected = format!("{line}\nb.example {}\n", key(ECDSA));
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    assert_eq!(
        hosts.lookup("a.example", &ed25519).unwrap(),
        Verdict::Trusted
    );
}

#[test]
fn what_became_known_otherwise_meanwhile_is_not_added() {
    let (_folder, path) = folder();
    let [ed25519, ecdsa, _] = identities();
    let hosts = KnownHostsFile::open(&path).unwrap();
    let text = format!("a.example {ED25519}@revoked * {ECDSA}");
    write(&path, &text);
    let error = hosts.add("a.example", &identities()[2]).unwrap_err();
    assert!(matches!(error, TrustFileError::Changed { .. }));
    assert!(
        error.to_string().contains("another key for a.example"),
        "{error}"
    );
    let error = hosts.add("b.example", &ecdsa).unwrap_err();
    assert!(matches!(error, TrustFileError::Revoked { .. }));
    hosts.add("a.example", &ed25519).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn names_that_would_not_be_one_name_are_refused() {
    let (_folder, path) = folder();
    let [ed25519, ..] = identities();
    let longest = "a".repeat(MAX_NAME);
    let longer = format!("{longest}a");
    let plain = KnownHostsFile::open(&path).unwrap();
    for hosts in [&plain, &plain.clone().hash_names()] {
        for name in [
            "", "a b", "a\tb", "a\nb", "a\r", "a,b", "*", "a*", "?", "!a", "|1|a", "@a", "#a",
            "\u{7f}", "\0", "ä", "a\u{a0}", &longer,
        ] {
            let error = hosts.add(name, &ed25519).unwrap_err();
            assert!(matches!(error, TrustFileError::Name { .. }), "{name:?}");
        }
    }
    assert!(!path.exists());
    for name in [&longest, "a!b", "me@a", "a|b", "a#b", "[::1]:7", "."] {
        plain.add(name, &ed25519).unwrap();
        assert_eq!(plain.lookup(name, &ed25519).unwrap(), Verdict::Trusted);
    }
    let error = plain.add("b", &ml_dsa()).unwrap_err();
    assert!(matches!(error, TrustFileError::Key(_)));
    assert!(chain(&error).ends_with("OpenSSH has no form for ML-DSA-65 keys"));
}

#[test]
fn only_what_was_written_here_is_cut_off_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("known_hosts");
    for (written, cut) in [
        ("", true),
        ("b k", true),
        ("b key\n", true),
        ("b kc key\n", false),
        ("b key\nc key\n", false),
        ("c key\n", false),
    ] {
        let text = format!("a key\n{written}");
        write(&path, &text);
        let file = open(&path).unwrap();
        assert_eq!(cut_back(&file, 6, "b key\n").unwrap(), cut, "{written:?}");
        let expected = if cut { "a key\n" } else { &text };
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    }
}
