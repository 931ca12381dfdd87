use super::*;
use crate::test_data::{ECDSA, ED25519, P384, RSA, chain, identities, key, ml_dsa};

#[test]
fn keys_are_written_as_they_were_read() {
    for line in [ED25519, ECDSA] {
        let identity = parse_public_key(line).unwrap();
        let comment = line.trim_end().splitn(3, ' ').last().unwrap();
        assert_eq!(
            public_key_line(&identity, comment).unwrap(),
            line.trim_end()
        );
        assert_eq!(public_key_line(&identity, "").unwrap(), key(line));
        let spaced = format!("\t{}  \r\n", key(line).replace(' ', " \t "));
        assert_eq!(parse_public_key(&spaced).unwrap(), identity);
    }
}

#[test]
fn fingerprints_and_pictures_are_those_of_ssh_keygen() {
    let [ed25519, ecdsa, _] = identities();
    assert_eq!(
        fingerprint(&ed25519).unwrap(),
        "SHA256:km3vAerhKhrHbfLRWGCdKY5PX6Sz0NaXOHd9DruVPDk"
    );
    assert_eq!(
        fingerprint(&ecdsa).unwrap(),
        "SHA256:gpM6dOTwqU8L0EN36fuP23GXfqpN+1k5r21FfdCKn7I"
    );
    let pictures = include_str!("../../tests/data/randomart");
    let [ed25519, ecdsa] = [ed25519, ecdsa].map(|key| randomart(&key).unwrap());
    assert_eq!(format!("{ed25519}\n{ecdsa}\n"), pictures);
}

/// Computed by another implementation of BIP 39.
#[test]
fn words_stand_for_the_first_half_of_the_fingerprint() {
    let [ed25519, ecdsa, _] = identities();
    assert_eq!(
        words(&ed25519).unwrap(),
        "mystery hunt scatter still bargain aspect \
         buffalo salad spend seek chef farm"
    );
    assert_eq!(
        words(&ecdsa).unwrap(),
        "little oil outdoor size appear pole \
         consider anchor jewel exist token resource"
    );
}

#[test]
fn fingerprints_are_those_of_ossuary() {
    for identity in identities() {
        let own = ossuary::trust::fingerprint(&identity);
        assert_eq!(fingerprint(&identity).unwrap(), own);
    }
}

#[test]
fn keys_that_the_other_side_has_not_are_refused() {
    for error in [
        public_key_line(&ml_dsa(), "").unwrap_err(),
        fingerprint(&ml_dsa()).unwrap_err(),
        randomart(&ml_dsa()).unwrap_err(),
        words(&ml_dsa()).unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "OpenSSH has no form for ML-DSA-65 keys");
    }
    for (line, key_type) in [(RSA, "ssh-rsa"), (P384, "ecdsa-sha2-nistp384")] {
        let error = parse_public_key(line).unwrap_err();
        assert!(matches!(error, PublicKeyError::Type(other) if other == key_type));
    }
}

/// `key_type` and the base64 of an encoded key with these strings.
fn encoded(key_type: &str, strings: &[&[u8]]) -> String {
    let mut blob = Vec::new();
    for string in strings {
        blob.extend(u32::try_from(string.len()).unwrap().to_be_bytes());
        blob.extend(*string);
    }
    format!("{key_type} {}", Base64::encode_string(&blob))
}

#[test]
fn malformed_keys_are_refused() {
    let [ed25519, ecdsa, _] = identities();
    let (p256, curve) = ("ecdsa-sha2-nistp256", b"nistp256".as_slice());
    let whole = key(ED25519);
    let mut off_curve = [4; POINT_LEN];
    off_curve[64] = 9;
    for (line, problem) in [
        (String::new(), "written as its type"),
        ("ssh-ed25519".into(), "written as its type"),
        (whole[..whole.len() - 4].into(), "cut or damaged"),
        (whole[..whole.len() - 1].into(), "cut or damaged"),
        (whole.replace("AAAAI", "AAAAJ"), "cut or damaged"),
        (whole.replace("ssh-ed25519", p256), "not of the type"),
        (
            whole.replace("ssh-ed25519", "ssh-ed2551"),
            "not of the type",
        ),
        (
            encoded("ssh-ed25519", &[b"ssh-ed25519", &[1; 31]]),
            "cut or damaged",
        ),
        (
            encoded("ssh-ed25519", &[b"ssh-ed25519", &[1; 32], b""]),
            "cut or damaged",
        ),
        (
            encoded(p256, &[p256.as_bytes(), curve, &off_curve]),
            "no point of P-256",
        ),
        // The protocol's form is not OpenSSH's.
        (
            encoded(p256, &[p256.as_bytes(), curve, ecdsa.public_key()]),
            "no point of P-256",
        ),
        (
            encoded(p256, &[p256.as_bytes(), b"nistp384", &off_curve]),
            "cut or damaged",
        ),
        // Names that would clear a terminal's screen.
        (
            encoded("\x1b[2J", &[b"\x1b[2J", &[1; 32]]),
            "printable ASCII",
        ),
        (encoded("\u{e4}", &["\u{e4}".as_bytes()]), "printable ASCII"),
        (
            encoded(p256, &[p256.as_bytes(), b"\x1b[2J", &off_curve]),
            "'\u{fffd}[2J'",
        ),
        // Lengths that are not there.
        ("ssh-ed25519 /////w==".into(), "not of the type"),
        ("ssh-ed25519 AAAA".into(), "not of the type"),
    ] {
        let error = parse_public_key(&line).unwrap_err();
        let chain = chain(&error);
        assert!(chain.contains(problem), "{line}: {chain}");
        assert!(!chain.contains(char::is_control), "{chain:?}");
    }
    for comment in ["a\nb", "\r", "\u{85}"] {
        let error = public_key_line(&ed25519, comment).unwrap_err();
        assert!(matches!(error, PublicKeyError::Comment));
    }
}

#[test]
fn an_identity_that_is_no_point_is_not_written() {
    let [_, ecdsa, _] = identities();
    let (with, x) = (
        |first| [&[first], &ecdsa.public_key()[1..]].concat(),
        [0xff; 32],
    );
    for point in [with(0), with(4), with(5), [&[2], &x[..]].concat()] {
        let identity = Identity::new(SignatureScheme::EcdsaP256Sha256, &point).unwrap();
        for error in [
            public_key_line(&identity, "").unwrap_err(),
            fingerprint(&identity).unwrap_err(),
            randomart(&identity).unwrap_err(),
            words(&identity).unwrap_err(),
        ] {
            assert!(matches!(error, PublicKeyError::NotOnCurve), "{point:x?}");
        }
    }
}
