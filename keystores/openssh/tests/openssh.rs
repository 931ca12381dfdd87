//! Private key files, with OpenSSH's own `ssh-keygen` at the other end.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod common;

use common::{COMMENT, Counting, Folder, PASSPHRASE, passphrase};
use ossuary_conformance::key_store;
use ossuary_openssh::KeyFile;
use ossuary_rustcrypto::RustCryptoVerifier;
use ossuary_test_parts::converse_in_both_roles;
use ossuary_traits::{
    KeyStoreErrorKind, MemoryKeyStore, Random, RandomError, SignatureScheme, SigningKey,
};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SCHEMES: [SignatureScheme; 2] = [SignatureScheme::Ed25519, SignatureScheme::EcdsaP256Sha256];

fn ssh_keygen<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    Command::new("ssh-keygen")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("ssh-keygen is missing: install the Debian package openssh-client")
}

/// Runs it on a file, and gives what it prints.
fn on_file(path: &Path, arguments: &[&str]) -> String {
    let all = arguments.iter().map(OsStr::new);
    let output = ssh_keygen(all.chain([OsStr::new("-f"), path.as_os_str()]));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn signs(key: KeyFile) {
    let identity = key.identity();
    let store = MemoryKeyStore::new().with(key);
    key_store::<RustCryptoVerifier>(&store).unwrap();
    converse_in_both_roles(&store, &identity);
}

#[test]
fn its_files_are_keys_with_every_cipher() {
    let folder = Folder::new();
    let ciphers = [
        None,
        Some("aes128-cbc"),
        Some("aes192-cbc"),
        Some("aes256-cbc"),
        Some("aes128-ctr"),
        Some("aes192-ctr"),
        Some("aes256-ctr"),
        Some("aes128-gcm@openssh.com"),
        Some("aes256-gcm@openssh.com"),
        Some("chacha20-poly1305@openssh.com"),
    ];
    for key_type in ["ed25519", "ecdsa"] {
        for cipher in ciphers {
            let path = folder.path(&format!("{key_type} {cipher:?}"));
            let mut arguments = vec!["-q", "-t", key_type, "-C", COMMENT];
            match cipher {
                Some(cipher) => arguments.extend(["-N", PASSPHRASE, "-Z", cipher, "-a", "2"]),
                None => arguments.extend(["-N", ""]),
            }
            on_file(&path, &arguments);
            let key = KeyFile::open_with(&path, |prompt| match prompt.attempt() {
                1 => passphrase("wrong"),
                _ => passphrase(PASSPHRASE),
            });
            let key = key.unwrap_or_else(|error| panic!("{key_type} {cipher:?}: {error:?}"));
            assert_eq!(key.comment(), COMMENT);
            let line = fs::read_to_string(path.with_extension("pub"));
            let line = line.or_else(|_| fs::read_to_string(format!("{}.pub", path.display())));
            assert_eq!(key.public_key_line().unwrap(), line.unwrap().trim_end());
            signs(key);
        }
    }
}

#[test]
fn it_reads_files_that_are_made_here() {
    let folder = Folder::new();
    for scheme in SCHEMES {
        for protection in [None, Some(PASSPHRASE)] {
            let path = folder.path(&format!("{scheme} {}", protection.is_some()));
            let key = KeyFile::create(&path, scheme, COMMENT, protection, &mut Counting(7));
            let line = key.unwrap().public_key_line().unwrap();
            let given = protection.unwrap_or_default();
            assert_eq!(on_file(&path, &["-y", "-P", given]).trim_end(), line);

            let public = folder.write("public", line.as_bytes());
            // Bits and fingerprint; a private file's comment is not shown.
            let [of_private, of_public] = [&path, &public].map(|path| on_file(path, &["-l"]));
            let fingerprint = |line: &str| line.split(' ').take(2).collect::<String>();
            assert!(of_public.contains(" SHA256:"));
            assert_eq!(fingerprint(&of_private), fingerprint(&of_public));

            if protection.is_some() {
                let arguments = ["-y", "-P", "wrong", "-f"].map(OsStr::new);
                let output = ssh_keygen(arguments.into_iter().chain([path.as_os_str()]));
                assert!(!output.status.success());
            }

            // It changes the passphrase, and the file is read here again.
            on_file(&path, &["-p", "-P", given, "-N", "another", "-a", "2"]);
            let key = KeyFile::open_with(&path, |_| passphrase("another")).unwrap();
            assert_eq!(key.public_key_line().unwrap(), line);
            signs(key);
        }
    }
}

/// Draws a scalar that begins with zeros.
struct Small(usize);

impl Random for Small {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(0x81);
        if out.len() == 32 {
            let zeros = out.iter_mut().take(self.0);
            zeros.for_each(|byte| *byte = 0);
        }
        Ok(())
    }
}

#[test]
fn small_scalars_are_written_as_it_writes_them() {
    let folder = Folder::new();
    // It refuses those of less than 128 bits.
    for zeros in [0, 1, 2, 15] {
        let path = folder.path(&zeros.to_string());
        let scheme = SignatureScheme::EcdsaP256Sha256;
        let key = KeyFile::create(&path, scheme, COMMENT, None, &mut Small(zeros)).unwrap();
        let line = key.public_key_line().unwrap();
        let before = fs::read(&path).unwrap();
        assert_eq!(on_file(&path, &["-y"]).trim_end(), line);
        on_file(&path, &["-p", "-P", "", "-N", ""]);
        // Only the check, which is random, is another: 8 bytes.
        let after = fs::read(&path).unwrap();
        let differ = before
            .iter()
            .zip(&after)
            .filter(|(before, after)| before != after);
        assert!(before.len() == after.len() && differ.count() <= 12);
        assert_eq!(
            KeyFile::open(&path).unwrap().public_key_line().unwrap(),
            line
        );
    }
}

#[test]
fn the_command_that_an_error_tells_converts_a_file() {
    let folder = Folder::new();
    for (name, arguments) in [
        ("p256_pem", ["-p", "-P", "", "-N", ""]),
        ("p256_pkcs8", ["-p", "-P", "", "-N", ""]),
        ("ed25519_3des", ["-p", "-P", PASSPHRASE, "-N", ""]),
    ] {
        let path = folder.copy(name);
        let error = KeyFile::open(&path).unwrap_err();
        assert_eq!(error.kind(), KeyStoreErrorKind::Broken);
        on_file(&path, &arguments);
        signs(KeyFile::open(&path).unwrap());
    }
}
