//! What a suite says of its libraries is so.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use ossuary::suites;
use std::collections::BTreeSet;

/// The versions that the workspace is built with, as `name version`.
fn locked() -> BTreeSet<(String, String)> {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let value = |line: &str| line.split('"').nth(1).unwrap().to_owned();
    let lines: Vec<&str> = lock.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("name = ") && pair[1].starts_with("version = "))
        .map(|pair| (value(pair[0]), value(pair[1])))
        .collect()
}

/// `RustCrypto ml-kem 0.3, x25519-dalek 3.0` names two packages and their
/// versions up to the last number that may break what uses them.
#[test]
fn libraries_are_named_with_the_versions_that_are_built() {
    let locked = locked();
    assert!(locked.len() > 50, "the lock file was not read");
    for suite in suites::ALL {
        for named in suite.libraries() {
            for library in named.split(", ") {
                let words: Vec<&str> = library.split(' ').collect();
                let (name, version) = (words[words.len() - 2], words[words.len() - 1]);
                assert_eq!(version.split('.').count(), 2, "{library}");
                let is_locked = locked.iter().any(|(package, full)| {
                    package == name && full.starts_with(&format!("{version}."))
                });
                assert!(is_locked, "{suite}: {library} is not in Cargo.lock");
            }
        }
    }
}
