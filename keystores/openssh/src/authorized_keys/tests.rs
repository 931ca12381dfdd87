use super::*;
use crate::test_data::{ECDSA, ED25519, OTHER, P384, RSA, chain, identities, key, ml_dsa, write};
use ossuary_traits::Role;
use std::fs;
use tempfile::TempDir;

/// A second of the year 2026.
const NOW: i64 = 1_780_000_000;

fn parse(text: &str) -> Keys {
    Keys::parse(text.as_bytes()).unwrap_or_else(|(line, problem)| panic!("{line}: {problem}"))
}

/// What is wrong with the one line `text`.
fn problem(text: &str) -> String {
    let (line, problem) = Keys::parse(text.as_bytes()).unwrap_err();
    assert_eq!(line, 1);
    problem.to_string()
}

fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authorized_keys");
    write(&path, text);
    (folder, path)
}

fn ask(file: &AuthorizedKeysFile, identity: Option<&Identity>) -> Result<Verdict, BoxError> {
    file.verdict(&Peer::new(Role::Client, None, identity))
}

#[test]
fn who_is_listed_is_trusted_and_nobody_else() {
    let text = format!("# devices\n\n{ED25519}  \t{}\r\n#{OTHER}", key(ECDSA));
    let (_folder, path) = file(&text);
    let keys = AuthorizedKeysFile::open(&path).unwrap();
    let [ed25519, ecdsa, other] = identities();
    for (keys, stranger) in [
        (keys.clone(), Verdict::Refused),
        (keys.or_ask(), Verdict::Unknown),
    ] {
        assert_eq!(ask(&keys, Some(&ed25519)).unwrap(), Verdict::Trusted);
        assert_eq!(ask(&keys, Some(&ecdsa)).unwrap(), Verdict::Trusted);
        assert_eq!(ask(&keys, Some(&other)).unwrap(), stranger);
        assert_eq!(ask(&keys, Some(&ml_dsa())).unwrap(), stranger);
        assert_eq!(ask(&keys, None).unwrap(), Verdict::Refused);
    }
}

#[test]
fn options_without_meaning_are_taken() {
    let [ed25519, ..] = identities();
    for options in [
        "restrict",
        "RESTRICT",
        "no-pty,no-port-forwarding,no-agent-forwarding,no-X11-forwarding,no-user-rc",
        "restrict,pty,port-forwarding,agent-forwarding,X11-forwarding,user-rc",
    ] {
        for space in [" ", "\t", "  \t"] {
            let keys = parse(&format!("{options}{space}{ED25519}"));
            assert_eq!(keys.standing(&ed25519, NOW), Standing::Listed, "{options}");
        }
    }
}

#[test]
fn options_that_a_channel_cannot_keep_are_refused_by_name() {
    for (options, name) in [
        (r#"command="uptime""#, "command"),
        (r#"restrict,command="a \" b, c # d""#, "command"),
        (r#"from="10.0.0.0/8""#, "from"),
        ("cert-authority", "cert-authority"),
        (r#"cert-authority,principals="a,b""#, "cert-authority"),
        (r#"environment="A=1""#, "environment"),
        (r#"permitopen="a:1""#, "permitopen"),
        (r#"permitlisten="1""#, "permitlisten"),
        (r#"tunnel="0""#, "tunnel"),
        ("verify-required", "verify-required"),
        ("restrict,no-such-option", "no-such-option"),
        ("expiry-time", "expiry-time"),
        (r#"restrict="1""#, "restrict"),
    ] {
        let problem = problem(&format!("{options} {ED25519}"));
        let expected =
            format!("the option {name} is unknown, or one that a channel cannot enforce");
        assert!(problem.starts_with(&expected), "{options}: {problem}");
    }
}

#[test]
fn malformed_lines_are_refused() {
    let key = key(ED25519);
    for (line, expected) in [
        ("ssh-ed25519".into(), "written as its type"),
        ("ssh-ed25519 ".into(), "written as its type"),
        ("restrict".into(), "written as its type"),
        ("restrict ssh-ed25519".into(), "written as its type"),
        (key[..key.len() - 3].into(), "cut or damaged"),
        (format!("restrict, {key}"), "have names"),
        (format!("no-pty,,restrict {key}"), "have names"),
        (
            format!("restrict pty {key}"),
            r#""pty" stands where the type of a key belongs"#,
        ),
        (
            "unheard-of AAAACnVuaGVhcmQtb2Y".into(),
            r#"begins with "unheard-of", which"#,
        ),
        (format!(r#"command="a {key}"#), "quotation marks"),
        (format!(r#"command=a {key}"#), "quotation marks"),
        (format!(r#"command="a"b {key}"#), "have names"),
        (format!(r#"command="a\" {key}"#), "quotation marks"),
        (
            format!("{key} {}", "x".repeat(crate::trust_file::MAX_LINE)),
            "longer than",
        ),
    ] {
        let problem = problem(&line);
        assert!(problem.contains(expected), "{line}: {problem}");
    }
    assert!(Keys::parse(b"restrict,\xff ssh-ed25519 AAAA").is_err());
}

#[test]
fn a_first_word_that_is_no_key_type_and_no_option_is_named() {
    let key = key(ED25519);
    let long = "x".repeat(40);
    for (line, shown) in [
        (key.replacen("ssh-ed25519", "ssh-ed2551", 1), "ssh-ed2551"),
        (format!("ssh-ed448 {key}"), "ssh-ed448"),
        (format!("restricted {key}"), "restricted"),
        (format!("no pty {key}"), "no"),
        (format!(",restrict {key}"), ",restrict"),
        (format!("é {key}"), "é"),
        (format!("a\x1b[2J {key}"), r"a\u{1b}[2J"),
        (format!("{long} {key}"), &long[..32]),
    ] {
        let expected =
            format!("the line begins with \"{shown}\", which is neither a key type nor an option");
        assert_eq!(problem(&line), expected);
    }
}

#[test]
fn a_private_key_is_said_to_be_one() {
    let text = include_str!("../../tests/data/ed25519");
    let expected = "this is a private key: the line of the .pub file belongs here";
    assert_eq!(problem(text), expected);
}

#[test]
fn the_longest_line_is_taken() {
    let [ed25519, ..] = identities();
    let key = key(ED25519);
    let filled = crate::trust_file::MAX_LINE - key.len() - 1;
    let keys = parse(&format!("{key} {}", "x".repeat(filled)));
    assert_eq!(keys.standing(&ed25519, NOW), Standing::Listed);
    let longer = format!("{key} {}", "x".repeat(filled + 1));
    assert!(problem(&longer).contains("longer"));
}

#[test]
fn keys_that_the_protocol_has_not_are_listed_with_their_lines() {
    let p384 = P384.trim_end();
    let text = format!(
        "{RSA}{ED25519}\ncommand=\"a b\",from=\"c\" {p384}\nunheard-of AAAACnVuaGVhcmQtb2Y=\n"
    );
    let keys = parse(&text);
    let ignored = [
        (1, "ssh-rsa"),
        (4, "ecdsa-sha2-nistp384"),
        (5, "unheard-of"),
    ];
    let ignored = ignored.map(|(line, key_type)| IgnoredKey {
        line,
        key_type: key_type.into(),
    });
    assert_eq!(keys.ignored, ignored);
    assert_eq!(keys.keys.len(), 1);
    let (_folder, path) = file(&text);
    let keys = AuthorizedKeysFile::open(&path).unwrap();
    assert_eq!(keys.ignored().unwrap(), ignored);
}

#[test]
fn a_key_expires_after_its_last_second() {
    let [ed25519, ..] = identities();
    for (time, last) in [
        ("19700101Z", 0),
        ("20260528202640Z", NOW),
        ("20260528202640UTC", NOW),
        ("202605282026Z", NOW - 40),
        ("20260528Z", NOW - 40 - 20 * 3600 - 26 * 60),
        ("20240229Z", 1_709_164_800),
    ] {
        let line = format!("restrict,expiry-time=\"{time}\" {ED25519}");
        let keys = parse(&line);
        assert_eq!(keys.standing(&ed25519, last), Standing::Listed, "{time}");
        assert_eq!(
            keys.standing(&ed25519, last + 1),
            Standing::Expired,
            "{time}"
        );
    }
}

#[test]
fn of_several_times_the_first_counts_and_of_several_lines_the_last() {
    let [ed25519, ..] = identities();
    let (early, late) = (r#"expiry-time="20260528Z""#, r#"expiry-time="20260529Z""#);
    let keys = parse(&format!("{late},{early},{late} {ED25519}"));
    assert_eq!(keys.standing(&ed25519, NOW), Standing::Expired);
    for lines in [
        format!("{late} {ED25519}{early} {ED25519}"),
        format!("{early} {ED25519}{late} {ED25519}"),
        format!("{early} {ED25519}{ED25519}"),
    ] {
        assert_eq!(parse(&lines).standing(&ed25519, NOW), Standing::Listed);
    }
}

#[test]
fn times_that_are_none_are_refused() {
    for time in [
        "20270101",
        "202701010000",
        "Z",
        "2027Z",
        "20270101 Z",
        "202701011Z",
        "20271301Z",
        "20270230Z",
        "202701012400Z",
        "20270101235960Z",
        "+2270101Z",
        "２027101Z",
        "2027010100000000Z",
        "",
    ] {
        let problem = problem(&format!("expiry-time=\"{time}\" {ED25519}"));
        assert!(problem.contains("YYYYMMDDHHMMZ"), "{time}: {problem}");
    }
}

#[test]
fn an_expired_key_is_refused_and_not_asked_about() {
    let (_folder, path) = file(&format!("expiry-time=\"20200101Z\" {ED25519}"));
    let keys = AuthorizedKeysFile::open(&path).unwrap().or_ask();
    let [ed25519, ..] = identities();
    assert_eq!(ask(&keys, Some(&ed25519)).unwrap(), Verdict::Refused);
}

#[test]
fn changes_are_seen_at_once() {
    let [ed25519, _, other] = identities();
    let (folder, path) = file(ED25519);
    let keys = AuthorizedKeysFile::open(&path).unwrap();
    let verdicts = || [&ed25519, &other].map(|key| ask(&keys, Some(key)).unwrap());
    assert_eq!(verdicts(), [Verdict::Trusted, Verdict::Refused]);
    // In place, with the same length.
    let (one, another) = (key(ED25519), key(OTHER));
    for _ in 0..50 {
        write(&path, &another);
        assert_eq!(verdicts(), [Verdict::Refused, Verdict::Trusted]);
        write(&path, &one);
        assert_eq!(verdicts(), [Verdict::Trusted, Verdict::Refused]);
    }
    // Another file in its place.
    let new = folder.path().join("new");
    write(&new, &another);
    fs::rename(&new, &path).unwrap();
    assert_eq!(verdicts(), [Verdict::Refused, Verdict::Trusted]);
    write(&path, "");
    assert_eq!(verdicts(), [Verdict::Refused, Verdict::Refused]);
}

#[test]
fn an_error_trusts_nobody_until_it_is_mended() {
    let [ed25519, ..] = identities();
    let (_folder, path) = file(ED25519);
    let keys = AuthorizedKeysFile::open(&path).unwrap();
    write(&path, &format!("# a comment\n{ED25519}from=\"*\" {OTHER}"));
    for _ in 0..2 {
        let error = ask(&keys, Some(&ed25519)).unwrap_err().to_string();
        assert!(
            error.contains("authorized_keys:3: the option from is unknown, or one that"),
            "{error}"
        );
    }
    assert!(keys.ignored().is_err());
    assert!(AuthorizedKeysFile::open(&path).is_err());
    write(&path, ED25519);
    assert_eq!(ask(&keys, Some(&ed25519)).unwrap(), Verdict::Trusted);
    fs::remove_file(&path).unwrap();
    for error in [
        AuthorizedKeysFile::open(&path).unwrap_err().into(),
        ask(&keys, Some(&ed25519)).unwrap_err(),
    ] {
        let source = error.source().unwrap().downcast_ref::<std::io::Error>();
        assert_eq!(source.unwrap().kind(), std::io::ErrorKind::NotFound);
    }
}

#[test]
fn what_is_no_file_or_too_long_is_refused() {
    let (folder, path) = file(ED25519);
    let error = AuthorizedKeysFile::open(folder.path()).unwrap_err();
    assert!(matches!(error, TrustFileError::NotAFile { .. }));
    let long = fs::OpenOptions::new().write(true).open(&path).unwrap();
    long.set_len(16 * 1024 * 1024 + 1).unwrap();
    let error = AuthorizedKeysFile::open(&path).unwrap_err();
    assert!(matches!(error, TrustFileError::TooLong { .. }));
    // One byte less is read, to find that its zeros are no key.
    long.set_len(16 * 1024 * 1024).unwrap();
    let error = AuthorizedKeysFile::open(&path).unwrap_err();
    assert!(
        matches!(error, TrustFileError::Line { line: 2, .. }),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_write_to_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let [ed25519, ..] = identities();
    let (folder, path) = file(ED25519);
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    let keys = AuthorizedKeysFile::open(&link).unwrap();
    for (mode, refused) in [
        (0o600, false),
        (0o644, false),
        (0o620, true),
        (0o602, true),
        (0o666, true),
        (0o400, false),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        for path in [&path, &link] {
            let opened = AuthorizedKeysFile::open(path);
            match opened {
                Ok(_) => assert!(!refused, "{mode:o}"),
                Err(error) => {
                    assert!(refused, "{mode:o}: {error}");
                    let advice =
                        format!("(mode {mode:o}), and so decide whom it trusts: chmod go-w");
                    assert!(chain(&error).contains(&advice), "{error}");
                }
            }
        }
        assert_eq!(ask(&keys, Some(&ed25519)).is_err(), refused, "{mode:o}");
    }
}

#[test]
fn no_damage_trusts_a_key_that_was_not_there() {
    let [ed25519, ecdsa, other] = identities();
    let text = format!(
        "# c\nrestrict,expiry-time=\"20300101Z\" {ED25519}{}\n{ECDSA}",
        P384.trim_end()
    );
    let check = |bytes: &[u8]| {
        let Ok(keys) = Keys::parse(bytes) else { return };
        assert_eq!(keys.standing(&other, NOW), Standing::Unlisted);
        assert!(keys.keys.len() <= 2);
    };
    let whole = parse(&text);
    assert_eq!(whole.standing(&ed25519, NOW), Standing::Listed);
    assert_eq!(whole.standing(&ecdsa, NOW), Standing::Listed);
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
