use super::*;
use crate::test_data::{ECDSA, ED25519, OTHER, P384, RSA, identities, key, ml_dsa, write};
use ossuary_traits::Role;
use std::fs;
use tempfile::TempDir;

/// Hashed by `ssh-keygen -H`: plain.example and its port 7000 with the Ed25519 key,
/// second.example with the ECDSA key.
const HASHED: &str = include_str!("../../tests/data/known_hosts.hashed");

fn parse(text: &str) -> Entries {
    Entries::parse(text.as_bytes()).unwrap_or_else(|(line, problem)| panic!("{line}: {problem}"))
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("known_hosts");
    (folder, path)
}

#[test]
fn names_are_known_with_their_keys() {
    let [ed25519, ecdsa, other] = identities();
    let text = format!(
        "# mine\n\na.example,B.example {ED25519}[a.example]:7000\t{}\r\nb.example {}",
        key(ECDSA),
        key(ECDSA)
    );
    let hosts = parse(&text);
    for (name, expected) in [
        ("a.example", [Verdict::Trusted, Verdict::Changed]),
        ("A.Example", [Verdict::Trusted, Verdict::Changed]),
        ("b.example", [Verdict::Trusted, Verdict::Trusted]),
        ("[a.example]:7000", [Verdict::Changed, Verdict::Trusted]),
        ("[a.example]:7001", [Verdict::Unknown, Verdict::Unknown]),
        ("c.example", [Verdict::Unknown, Verdict::Unknown]),
        ("", [Verdict::Unknown, Verdict::Unknown]),
    ] {
        let verdicts = [&ed25519, &ecdsa].map(|key| hosts.lookup(name, key));
        assert_eq!(verdicts, expected, "{name}");
        let stranger = match expected {
            [Verdict::Unknown, _] => Verdict::Unknown,
            _ => Verdict::Changed,
        };
        assert_eq!(hosts.lookup(name, &other), stranger);
        assert_eq!(hosts.lookup(name, &ml_dsa()), stranger);
    }
}

#[test]
fn patterns_and_exclusions() {
    let [ed25519, ecdsa, _] = identities();
    let hosts = parse(&format!("*.Example,!bad.example,[*]:70?0 {ED25519}"));
    for (name, known) in [
        ("a.example", true),
        ("bad.example", false),
        ("example", false),
        ("[x]:7010", true),
        ("[x]:701", false),
    ] {
        let verdict = |known, yes| if known { yes } else { Verdict::Unknown };
        let (own, changed) = (Verdict::Trusted, Verdict::Changed);
        assert_eq!(hosts.lookup(name, &ed25519), verdict(known, own), "{name}");
        assert_eq!(
            hosts.lookup(name, &ecdsa),
            verdict(known, changed),
            "{name}"
        );
    }
}

#[test]
fn hashed_names_are_known() {
    let [ed25519, ecdsa, _] = identities();
    let hosts = parse(HASHED);
    for name in ["plain.example", "PLAIN.example", "[plain.example]:7000"] {
        assert_eq!(hosts.lookup(name, &ed25519), Verdict::Trusted, "{name}");
        assert_eq!(hosts.lookup(name, &ecdsa), Verdict::Changed, "{name}");
    }
    assert_eq!(hosts.lookup("second.example", &ecdsa), Verdict::Trusted);
    assert_eq!(hosts.lookup("third.example", &ecdsa), Verdict::Unknown);
}

#[test]
fn a_revoked_key_is_revoked_where_its_line_matches() {
    let [ed25519, ecdsa, _] = identities();
    let line = format!("a.example,b.example {ED25519}");
    for text in [
        format!("{line}@revoked a.example {ED25519}"),
        format!("@revoked\ta.*  {ED25519}{line}"),
    ] {
        let hosts = parse(&text);
        assert_eq!(hosts.lookup("a.example", &ed25519), Verdict::Revoked);
        assert_eq!(hosts.lookup("b.example", &ed25519), Verdict::Trusted);
        assert_eq!(hosts.lookup("a.example", &ecdsa), Verdict::Changed);
    }
    let everywhere = parse(&format!("{line}@revoked * {ED25519}"));
    for name in ["a.example", "b.example", "c.example"] {
        assert_eq!(everywhere.lookup(name, &ed25519), Verdict::Revoked);
    }
    // That a key is revoked does not make its host known.
    assert_eq!(everywhere.lookup("c.example", &ecdsa), Verdict::Unknown);
    let hashed = HASHED.lines().next().unwrap();
    let hosts = parse(&format!("@revoked {hashed}\nplain.example {ED25519}"));
    assert_eq!(hosts.lookup("plain.example", &ed25519), Verdict::Revoked);
}

#[test]
fn authorities_and_keys_that_the_protocol_has_not_count_neither_way() {
    let [ed25519, ..] = identities();
    let text =
        format!("@cert-authority * {ED25519}a.example {RSA}a.example {P384}@revoked * {RSA}");
    let hosts = parse(&text);
    assert_eq!(hosts.lookup("a.example", &ed25519), Verdict::Unknown);
    assert!(hosts.0.is_empty());
}

#[test]
fn malformed_lines_are_refused() {
    let (key, long) = (key(ED25519), "a".repeat(hosts::MAX_NAME + 1));
    for (line, expected) in [
        ("a.example".into(), "written as its type"),
        ("a.example ssh-ed25519".into(), "written as its type"),
        (
            "@revoked a.example ssh-ed25519".into(),
            "written as its type",
        ),
        (key.clone(), "names of its host belong before"),
        (format!("{key} comment"), "names of its host belong before"),
        (
            "a.example 1024 35 1193".into(),
            r#""1024" stands where the type of a key belongs"#,
        ),
        (
            format!("a.example, b.example {key}"),
            "commas and no spaces",
        ),
        (
            format!("a.example b\x1b[2J {key}"),
            r#""b\u{1b}[2J" stands where the type of a key belongs"#,
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----".into(),
            "this is a private key",
        ),
        (
            format!("a.example {}", &key[..key.len() - 4]),
            "cut or damaged",
        ),
        (format!("@revoke a.example {key}"), "marker"),
        (format!("@ a.example {key}"), "marker"),
        (format!("@revoked {key}"), "names of its host belong before"),
        (format!("a.example,,b.example {key}"), "a name is empty"),
        (format!("a.example,! {key}"), "a name is empty"),
        (format!("{long} {key}"), "longer than 1022"),
        (format!("a,|1|x|y {key}"), "stands alone"),
        (format!("!|1|x|y {key}"), "stands alone"),
        (format!("|1|AAAA|AAAA {key}"), "20 bytes of salt"),
        (format!("|1| {key}"), "20 bytes of salt"),
        (HASHED.replacen("= ", "=,a ", 1), "20 bytes of salt"),
    ] {
        let parsed = Entries::parse(format!("#\n{line}").as_bytes());
        let (number, problem) = parsed.unwrap_err();
        assert_eq!(number, 2);
        assert!(problem.to_string().contains(expected), "{line}: {problem}");
    }
}

#[test]
fn a_policy_wants_a_name_and_a_key() {
    let (_folder, path) = folder();
    write(&path, &format!("a.example {ED25519}"));
    let hosts = KnownHostsFile::open(&path).unwrap();
    let [ed25519, ecdsa, _] = identities();
    let ask = |name, key| hosts.verdict(&Peer::new(Role::Server, name, key)).unwrap();
    assert_eq!(ask(Some("a.example"), Some(&ed25519)), Verdict::Trusted);
    assert_eq!(ask(Some("a.example"), Some(&ecdsa)), Verdict::Changed);
    assert_eq!(ask(Some("b.example"), Some(&ed25519)), Verdict::Unknown);
    assert_eq!(ask(Some("a.example."), Some(&ed25519)), Verdict::Unknown);
    assert_eq!(ask(Some("a.example"), None), Verdict::Refused);
    assert_eq!(ask(None, None), Verdict::Refused);
    // Not the peer is to blame, but the program.
    let error = hosts.verdict(&Peer::new(Role::Server, None, Some(&ed25519)));
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("call Builder::peer_name")
    );
}

#[test]
fn the_lines_that_know_a_name_are_told() {
    let (_folder, path) = folder();
    let [ed25519, ecdsa, other] = identities();
    write(
        &path,
        &format!(
            "# c\n*.example {ED25519}@revoked a.example {OTHER}a.example {RSA}{HASHED}A.example {ECDSA}"
        ),
    );
    let hosts = KnownHostsFile::open(&path).unwrap();
    let lines = |name| {
        let keys = hosts.keys(name).unwrap().into_iter();
        keys.map(|key| (key.line, key.identity)).collect::<Vec<_>>()
    };
    assert_eq!(lines("a.example"), [(2, ed25519.clone()), (8, ecdsa)]);
    assert_eq!(
        lines("plain.example"),
        [(2, ed25519.clone()), (5, ed25519.clone())]
    );
    assert_eq!(lines("elsewhere"), []);
    assert_eq!(hosts.lookup("b.example", &other).unwrap(), Verdict::Changed);
    assert_eq!(lines("b.example"), [(2, ed25519)]);
}

#[test]
fn names_of_hosts_and_ports_are_those_of_ssh() {
    assert_eq!(host_name("a.example", 7000), "[a.example]:7000");
    assert_eq!(host_name("::1", 7000), "[::1]:7000");
    assert_eq!(host_name("a.example", 22), "a.example");
}

#[test]
fn a_file_in_error_trusts_nobody_and_is_not_added_to() {
    let (folder, path) = folder();
    let [ed25519, ..] = identities();
    let text = format!("a.example {ED25519}");
    write(&path, &text);
    let hosts = KnownHostsFile::open(&path).unwrap();
    let broken = format!("{text}b.example nothing");
    write(&path, &broken);
    for error in [
        hosts.lookup("a.example", &ed25519).unwrap_err(),
        hosts.add("c.example", &ed25519).unwrap_err(),
        KnownHostsFile::open(&path).unwrap_err(),
    ] {
        assert!(
            matches!(error, TrustFileError::Line { line: 2, .. }),
            "{error}"
        );
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), broken);
    write(&path, &text);
    assert_eq!(
        hosts.lookup("a.example", &ed25519).unwrap(),
        Verdict::Trusted
    );
    fs::remove_file(&path).unwrap();
    assert_eq!(
        hosts.lookup("a.example", &ed25519).unwrap(),
        Verdict::Unknown
    );
    drop(folder);
    let error = hosts.add("a.example", &ed25519).unwrap_err();
    assert!(matches!(error, TrustFileError::Write { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    let [ed25519, ..] = identities();
    write(&path, "");
    let hosts = KnownHostsFile::open(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
    for error in [
        hosts.lookup("a.example", &ed25519).unwrap_err(),
        hosts.add("a.example", &ed25519).unwrap_err(),
    ] {
        assert!(matches!(
            error,
            TrustFileError::Writable { mode: 0o664, .. }
        ));
    }
}

/// Locks are taken by whoever can open a file to read it.
#[cfg(unix)]
#[test]
fn who_holds_the_lock_stops_no_verdict() {
    let (_folder, path) = folder();
    write(&path, &format!("a.example {ED25519}"));
    let holder = fs::File::open(&path).unwrap();
    holder.lock().unwrap();
    let [ed25519, ..] = identities();
    let hosts = KnownHostsFile::open(&path).unwrap();
    assert_eq!(
        hosts.lookup("a.example", &ed25519).unwrap(),
        Verdict::Trusted
    );
}

#[test]
fn no_damage_trusts_a_key_that_was_not_there() {
    let [ed25519, _, other] = identities();
    let text =
        format!("# c\na.example,*.b {ED25519}@revoked c {OTHER}{HASHED}@cert-authority d {OTHER}");
    let names = ["a.example", "x.b", "c", "d", "plain.example"];
    let check = |bytes: &[u8]| {
        let Ok(hosts) = Entries::parse(bytes) else {
            return;
        };
        for name in names {
            // It is revoked, or an authority's; but no host's.
            assert_ne!(hosts.lookup(name, &other), Verdict::Trusted);
            assert_ne!(hosts.lookup(name, &ml_dsa()), Verdict::Trusted);
        }
    };
    assert_eq!(parse(&text).lookup("x.b", &ed25519), Verdict::Trusted);
    for end in 0..text.len() {
        check(&text.as_bytes()[..end]);
    }
    let mut bytes = text.clone().into_bytes();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            bytes[place] ^= 1 << bit;
            check(&bytes);
            bytes[place] ^= 1 << bit;
        }
    }
}
