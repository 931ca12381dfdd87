//! Private key files that `ssh-keygen` made, and those that are made here.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod common;

use common::{COMMENT, Counting, Folder, PASSPHRASE, data, passphrase, set_mode};
use ossuary_conformance::{key_store, signing_key};
use ossuary_openssh::{KeyFile, KeyFileError};
use ossuary_rustcrypto::RustCryptoVerifier;
use ossuary_test_parts::converse_in_both_roles;
use ossuary_traits::{
    CryptoError, KeyStoreError, KeyStoreErrorKind, MemoryKeyStore, Random, RandomError, Secret,
    SignatureScheme, SigningKey,
};
use std::error::Error;
use std::fs;
use std::path::Path;

const SCHEMES: [SignatureScheme; 2] = [SignatureScheme::Ed25519, SignatureScheme::EcdsaP256Sha256];

/// Gives the passphrase once.
fn open(path: &Path) -> Result<KeyFile, KeyStoreError> {
    KeyFile::open_with(path, |prompt| match prompt.attempt() {
        1 => passphrase(PASSPHRASE),
        _ => None,
    })
}

/// Class and message of an error about `path`.
fn told(path: &Path, result: Result<KeyFile, KeyStoreError>) -> (KeyStoreErrorKind, String) {
    let error = result.unwrap_err();
    let source = error.source().unwrap().downcast_ref::<KeyFileError>();
    assert_eq!(source.unwrap().path(), path);
    let message = source.unwrap().to_string();
    assert!(
        message.starts_with(&path.display().to_string()),
        "{message}"
    );
    (error.kind(), message)
}

#[test]
fn files_of_openssh_are_keys() {
    let folder = Folder::new();
    let files = [
        ("ed25519", SignatureScheme::Ed25519),
        ("ed25519_passphrase", SignatureScheme::Ed25519),
        ("p256", SignatureScheme::EcdsaP256Sha256),
        ("p256_passphrase", SignatureScheme::EcdsaP256Sha256),
        // Its scalar begins with a zero byte, which is not in the file.
        ("p256_short", SignatureScheme::EcdsaP256Sha256),
    ];
    for (name, scheme) in files {
        let key = open(&folder.copy(name)).unwrap();
        assert_eq!(key.identity().scheme(), scheme);
        assert_eq!(key.comment(), COMMENT);
        assert_eq!(key.path(), folder.path(name));
        let line = String::from_utf8(data(&format!("{name}.pub"))).unwrap();
        assert_eq!(key.public_key_line().unwrap(), line.trim_end());

        let identity = key.identity();
        let store = MemoryKeyStore::new().with(key);
        key_store::<RustCryptoVerifier>(&store).unwrap();
        converse_in_both_roles(&store, &identity);
    }
}

#[test]
fn a_server_has_several() {
    let folder = Folder::new();
    let ed25519 = open(&folder.copy("ed25519")).unwrap().locked().unwrap();
    let p256 = open(&folder.copy("p256")).unwrap().locked().unwrap();
    let identities = [ed25519.identity(), p256.identity()];
    let store = MemoryKeyStore::new().with(ed25519).with(p256);
    key_store::<RustCryptoVerifier>(&store).unwrap();
    for identity in &identities {
        converse_in_both_roles(&store, identity);
    }
}

/// Draws a given secret first.
struct First(Option<Secret<32>>);

impl Random for First {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        match &self.0 {
            Some(secret) if out.len() == 32 => out.copy_from_slice(secret.expose()),
            _ => out.fill(1),
        }
        Ok(())
    }
}

#[test]
fn keys_that_went_through_a_file_sign_as_they_should() {
    for scheme in SCHEMES {
        let folder = Folder::new();
        let through_a_file = |secret: Secret<32>| {
            let path = folder.path("key");
            let mut random = First(Some(secret));
            let made = KeyFile::create(&path, scheme, "", None, &mut random)
                .map_err(|error| CryptoError::Library(error.into()))?;
            let read = KeyFile::open(&path).unwrap();
            assert_eq!(made.identity(), read.identity());
            fs::remove_file(path).unwrap();
            Ok(read)
        };
        signing_key::<RustCryptoVerifier, _>(scheme, through_a_file).unwrap();
    }
}

#[test]
fn a_new_file_is_read_again() {
    let folder = Folder::new();
    for (number, scheme) in (0..).zip(SCHEMES) {
        for protection in [None, Some("a passphrase, mit Umlaut: ü")] {
            let path = folder.path(&format!("{scheme} {}", protection.is_some()));
            let mut random = Counting(number);
            let made = KeyFile::create(&path, scheme, "a comment", protection, &mut random);
            let made = made.unwrap();
            let read = KeyFile::open_with(&path, |_| passphrase(protection.unwrap())).unwrap();
            assert_eq!(made.identity(), read.identity());
            assert_eq!(made.identity().scheme(), scheme);
            assert_eq!(read.comment(), "a comment");
            assert_eq!(
                made.public_key_line().unwrap(),
                read.public_key_line().unwrap()
            );
            assert_eq!(
                made.sign(b"m").unwrap().bytes(),
                read.sign(b"m").unwrap().bytes()
            );
            if protection.is_some() {
                let (kind, _) = told(&path, KeyFile::open(&path));
                assert_eq!(kind, KeyStoreErrorKind::Locked);
            }
        }
    }
}

#[test]
fn a_new_file_overwrites_none_and_leaves_none_behind() {
    let folder = Folder::new();
    let path = folder.write("key", b"something");
    let create = |path: &Path, scheme, comment: &str, passphrase| {
        KeyFile::create(path, scheme, comment, passphrase, &mut Counting(1))
    };
    let (kind, message) = told(&path, create(&path, SignatureScheme::Ed25519, "", None));
    assert_eq!(kind, KeyStoreErrorKind::Denied);
    assert!(message.contains("exists already"), "{message}");
    assert_eq!(fs::read(&path).unwrap(), b"something");

    let new = folder.path("new");
    let (kind, _) = told(&new, create(&new, SignatureScheme::MlDsa65, "", None));
    assert_eq!(kind, KeyStoreErrorKind::Broken);
    for comment in ["two\nlines", "\u{7f}", &"long".repeat(257)] {
        let (kind, message) = told(&new, create(&new, SignatureScheme::Ed25519, comment, None));
        assert_eq!(kind, KeyStoreErrorKind::Broken);
        assert!(message.contains("comment"), "{message}");
    }
    let (kind, message) = told(&new, create(&new, SignatureScheme::Ed25519, "", Some("")));
    assert_eq!(kind, KeyStoreErrorKind::Broken);
    assert!(message.contains("empty passphrase"), "{message}");
    let nowhere = folder.path("no folder/key");
    let (kind, _) = told(
        &nowhere,
        create(&nowhere, SignatureScheme::Ed25519, "", None),
    );
    assert_eq!(kind, KeyStoreErrorKind::NotFound);

    let longest = "long".repeat(256);
    create(&new, SignatureScheme::Ed25519, &longest, None).unwrap();
    assert_eq!(KeyFile::open(&new).unwrap().comment(), longest);
    let parent = new.parent().unwrap();
    assert_eq!(fs::read_dir(parent).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.path("key");
    KeyFile::create(&path, SignatureScheme::Ed25519, "", None, &mut Counting(1)).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_access_is_refused() {
    let folder = Folder::new();
    let path = folder.copy("ed25519");
    for mode in [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o777] {
        set_mode(&path, mode);
        let (kind, message) = told(&path, KeyFile::open(&path));
        assert_eq!(kind, KeyStoreErrorKind::Denied);
        let advice = format!("chmod 600 {}", path.display());
        assert!(message.ends_with(&advice), "{message}");
    }
    for mode in [0o600, 0o400, 0o700] {
        set_mode(&path, mode);
        KeyFile::open(&path).unwrap();
    }
}

/// To give a public key the mode of a private one would not help.
#[cfg(unix)]
#[test]
fn a_public_key_is_told_whatever_its_mode() {
    let folder = Folder::new();
    for name in ["ed25519.pub", "p256.pub"] {
        let path = folder.copy(name);
        for mode in [0o600, 0o644, 0o666] {
            set_mode(&path, mode);
            let (kind, message) = told(&path, KeyFile::open(&path));
            assert_eq!(kind, KeyStoreErrorKind::Broken);
            assert!(
                message
                    .ends_with("it is a public key: the private key is in the file without .pub"),
                "{message}"
            );
        }
    }
}

#[test]
fn a_passphrase_is_asked_for_three_times() {
    let folder = Folder::new();
    let path = folder.copy("ed25519_passphrase");
    let open_after = |wrong: u8, then: Option<&str>| {
        let mut asked = 0;
        let result = KeyFile::open_with(&path, |prompt| {
            asked += 1;
            assert_eq!(prompt.attempt(), asked);
            assert_eq!(prompt.path(), path);
            assert_eq!(prompt.identity().scheme(), SignatureScheme::Ed25519);
            if asked <= wrong {
                return passphrase(["wrong", "", "wronger"][usize::from(asked - 1)]);
            }
            then.and_then(passphrase)
        });
        (result, asked)
    };
    for wrong in 0..3 {
        let (key, asked) = open_after(wrong, Some(PASSPHRASE));
        assert_eq!(key.unwrap().comment(), COMMENT);
        assert_eq!(asked, wrong + 1);

        let (key, asked) = open_after(wrong, None);
        assert_eq!(told(&path, key).0, KeyStoreErrorKind::Cancelled);
        assert_eq!(asked, wrong + 1);
    }
    let (key, asked) = open_after(3, None);
    let (kind, message) = told(&path, key);
    assert_eq!(kind, KeyStoreErrorKind::Denied);
    assert!(message.ends_with("the passphrase is wrong"), "{message}");
    assert_eq!(asked, 3);
}

#[test]
fn a_plain_file_is_not_asked_about() {
    let folder = Folder::new();
    KeyFile::open_with(folder.copy("ed25519"), |_| panic!("asked")).unwrap();
}

#[test]
fn other_files_are_told_apart() {
    let folder = Folder::new();
    let says = |path: &Path, kind: KeyStoreErrorKind, what: &str| {
        let (found, message) = told(path, KeyFile::open(path));
        assert_eq!(found, kind, "{message}");
        assert!(message.contains(what), "{message}");
    };
    says(
        &folder.path("none"),
        KeyStoreErrorKind::NotFound,
        "cannot be read",
    );
    let broken = KeyStoreErrorKind::Broken;
    says(folder.path("").as_path(), broken, "not a regular file");
    for (name, what) in [
        ("p256_pem", "`ssh-keygen -p -f"),
        ("p256_pkcs8", "or make a new key"),
        ("ed25519.pub", "the private key is in the file without .pub"),
        ("p256.pub", "the private key is in the file without .pub"),
        ("rsa", "ssh-rsa"),
        ("p384", "ecdsa-sha2-nistp384"),
        ("ed25519_3des", "3des-cbc"),
    ] {
        says(&folder.copy(name), broken, what);
    }
    says(&folder.write("empty", b""), broken, "empty");
    says(&folder.write("text", b"hello\n"), broken, "no private key");
    says(
        &folder.write("bytes", &[0xff; 100]),
        broken,
        "no private key",
    );
    // As much as is read, and one byte more.
    let mut large = data("ed25519");
    large.resize(64 << 10, b'\n');
    KeyFile::open(folder.write("large", &large)).unwrap();
    large.push(b'\n');
    says(&folder.write("larger", &large), broken, "65536 bytes");
}

#[cfg(unix)]
#[test]
fn a_pipe_does_not_hold_the_program() {
    let folder = Folder::new();
    let path = folder.path("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).unwrap();
    let (kind, message) = told(&path, KeyFile::open(&path));
    assert_eq!(kind, KeyStoreErrorKind::Broken);
    assert!(message.contains("not a regular file"), "{message}");
}

/// The base64 in a key file.
fn base64_range(text: &[u8]) -> std::ops::Range<usize> {
    let text = std::str::from_utf8(text).unwrap();
    let start = text.find('\n').unwrap() + 1;
    start..text.find("\n-----END").unwrap()
}

fn is_the_same(key: &KeyFile, expected: &KeyFile) {
    assert_eq!(key.identity(), expected.identity());
    let signatures = [key, expected].map(|key| key.sign(b"message").unwrap());
    assert_eq!(signatures[0].bytes(), signatures[1].bytes());
}

const FILES: [&str; 5] = [
    "ed25519",
    "ed25519_passphrase",
    "p256",
    "p256_passphrase",
    "p256_short",
];

#[test]
fn a_truncated_file_is_an_error() {
    let folder = Folder::new();
    for name in FILES {
        let expected = open(&folder.copy(name)).unwrap();
        let text = data(name);
        // The last line end does not matter.
        let needed = text.len() - 1;
        for len in 0..needed {
            open(&folder.write("truncated", &text[..len])).unwrap_err();
        }
        let key = open(&folder.write("truncated", &text[..needed])).unwrap();
        is_the_same(&key, &expected);
    }
}

#[test]
fn a_damaged_file_is_an_error_or_the_same_key() {
    let folder = Folder::new();
    for name in FILES {
        let expected = open(&folder.copy(name)).unwrap();
        let text = data(name);
        // Another character of base64, most often, and one that is none. One of each where
        // it takes a passphrase, which takes its time.
        let flips: &[u8] = match name.contains("passphrase") {
            true => &[1, 0x80],
            false => &[1, 2, 4, 8, 16, 32, 0x80],
        };
        let mut other_key = 0;
        for at in base64_range(&text) {
            for flip in flips {
                let mut damaged = text.clone();
                damaged[at] ^= flip;
                let path = folder.write("damaged", &damaged);
                match open(&path) {
                    Ok(key) => is_the_same(&key, &expected),
                    Err(error) => other_key += usize::from(is_of_another_public_key(&error)),
                }
            }
        }
        // In 43 characters there is a private key of 32 bytes.
        assert!(
            name.contains("passphrase") || other_key > 100,
            "{other_key}"
        );
    }
}

fn is_of_another_public_key(error: &KeyStoreError) -> bool {
    let cause = error.source().and_then(Error::source);
    cause.is_some_and(|cause| cause.to_string().contains("not that of its public key"))
}

#[test]
fn text_may_be_wrapped_at_any_width_and_end_lines_as_on_windows() {
    let folder = Folder::new();
    let text = String::from_utf8(data("ed25519")).unwrap();
    let range = base64_range(text.as_bytes());
    let base64 = text[range.clone()].replace('\n', "");
    let expected = KeyFile::open(folder.copy("ed25519")).unwrap();
    for (width, line_end) in [(64, "\n"), (1, "\n"), (1000, "\n"), (70, "\r\n")] {
        let mut wrapped = text[..range.start].replace('\n', line_end);
        for line in base64.as_bytes().chunks(width) {
            wrapped.push_str(std::str::from_utf8(line).unwrap());
            wrapped.push_str(line_end);
        }
        wrapped.push_str(text[range.end..].trim_start());
        let path = folder.write("wrapped", wrapped.as_bytes());
        is_the_same(&KeyFile::open(&path).unwrap(), &expected);
    }
}

#[test]
fn a_key_file_prints_no_secret() {
    let folder = Folder::new();
    let path = folder.copy("ed25519");
    let key = KeyFile::open(&path).unwrap();
    let expected = format!(
        "KeyFile {{ path: {path:?}, identity: {:?}, .. }}",
        key.identity()
    );
    assert_eq!(format!("{key:?}"), expected);
}
