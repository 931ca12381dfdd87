//! Keys that `ssh-keygen` made, and files for tests.

use crate::parse_public_key;
use ossuary_traits::{Identity, SignatureScheme};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

pub(crate) const ED25519: &str = include_str!("../tests/data/ed25519-256.pub");
pub(crate) const ECDSA: &str = include_str!("../tests/data/ecdsa-256.pub");
pub(crate) const OTHER: &str = include_str!("../tests/data/other.pub");
pub(crate) const P384: &str = include_str!("../tests/data/ecdsa-384.pub");
pub(crate) const RSA: &str = include_str!("../tests/data/rsa-2048.pub");

/// Of `ED25519`, `ECDSA` and `OTHER`.
pub(crate) fn identities() -> [Identity; 3] {
    [ED25519, ECDSA, OTHER].map(|line| parse_public_key(line).unwrap())
}

pub(crate) fn ml_dsa() -> Identity {
    Identity::new(SignatureScheme::MlDsa65, &[7; 1952]).unwrap()
}

/// The first two words of a key's line.
pub(crate) fn key(line: &str) -> String {
    let words: Vec<_> = line.split(' ').take(2).collect();
    words.join(" ")
}

/// Writes a file over, in place, which nobody else can write to.
pub(crate) fn write(path: &Path, text: &str) {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// `error` and its sources.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
