//! Keys in locked memory, and a process that does not dump it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use ossuary_conformance::{key_store, signing_key};
use ossuary_locked::{LockError, LockedKey, LockedSecret, disable_core_dumps};
use ossuary_rustcrypto::{
    EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey, RustCryptoVerifier,
};
use ossuary_traits::{MemoryKeyStore, Secret, SignatureScheme};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, dumpable_behavior, getrlimit, setrlimit,
};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
use std::env;
use std::error::Error;
use std::fs;
use std::process::Command;

#[test]
fn the_keys_of_a_backend_sign_from_locked_memory() {
    signing_key::<RustCryptoVerifier, _>(SignatureScheme::Ed25519, |secret| {
        LockedKey::new(secret, Ed25519SigningKey::from_secret)
    })
    .unwrap();
    signing_key::<RustCryptoVerifier, _>(SignatureScheme::EcdsaP256Sha256, |secret| {
        LockedKey::new(secret, EcdsaP256SigningKey::from_secret)
    })
    .unwrap();
    signing_key::<RustCryptoVerifier, _>(SignatureScheme::MlDsa65, |secret| {
        LockedKey::new(secret, MlDsa65SigningKey::from_secret)
    })
    .unwrap();
}

#[test]
fn a_store_of_several() {
    let secret = || Secret::from([5; 32]);
    let store = MemoryKeyStore::new()
        .with(LockedKey::new(secret(), Ed25519SigningKey::from_secret).unwrap())
        .with(LockedKey::new(secret(), EcdsaP256SigningKey::from_secret).unwrap());
    key_store::<RustCryptoVerifier>(&store).unwrap();
}

/// What the kernel says of this process's mapping at `address`.
fn mapping(address: usize) -> String {
    let maps = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut found = String::new();
    let mut inside = false;
    for line in maps.lines() {
        let range = line
            .split(' ')
            .next()
            .and_then(|range| range.split_once('-'));
        if let Some((start, end)) = range {
            let address_of = |hex| usize::from_str_radix(hex, 16);
            if let (Ok(start), Ok(end)) = (address_of(start), address_of(end)) {
                inside = (start..end).contains(&address);
            }
        }
        if inside {
            found.push_str(line);
            found.push('\n');
        }
    }
    found
}

fn is_locked(address: usize) -> bool {
    let mapping = mapping(address);
    let flags = mapping.lines().find(|line| line.starts_with("VmFlags:"));
    flags.unwrap().split_whitespace().any(|flag| flag == "lo")
}

#[test]
fn the_kernel_has_the_page_locked_and_unlocks_it() {
    // Larger than what an allocator takes from its arena: the pages go with it.
    let locked = LockedSecret::<1_000_000>::zeroed().unwrap();
    let address = locked.expose().as_ptr().addr();
    assert!(is_locked(address));
    drop(locked);
    assert!(mapping(address).is_empty() || !is_locked(address));

    // Two on pages side by side: one does not unlock the other.
    let first = LockedSecret::<32>::zeroed().unwrap();
    let second = LockedSecret::<32>::zeroed().unwrap();
    let address = second.expose().as_ptr().addr();
    drop(first);
    assert!(is_locked(address));
    drop(second);
    assert!(mapping(address).is_empty() || !is_locked(address));
}

const CHILD: &str = "OSSUARY_TEST_CHILD";

/// Runs the test `name` in a process of its own, where `run` runs: what that does to the
/// process cannot be taken back.
fn in_a_process_of_its_own(name: &str, run: impl FnOnce()) {
    if env::var_os(CHILD).is_some() {
        return run();
    }
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", name])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn core_dumps_are_off() {
    in_a_process_of_its_own("core_dumps_are_off", || {
        disable_core_dumps().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    });
}

#[test]
fn memory_that_is_not_locked_is_an_error() {
    in_a_process_of_its_own("memory_that_is_not_locked_is_an_error", || {
        let nothing = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        setrlimit(Resource::Memlock, nothing).unwrap();
        // Root may lock memory whatever the limit is.
        let without = CapabilitySets {
            effective: CapabilitySet::empty(),
            permitted: CapabilitySet::empty(),
            inheritable: CapabilitySet::empty(),
        };
        set_capabilities(None, without).unwrap();

        let error = LockedSecret::<32>::zeroed().unwrap_err();
        assert!(error.to_string().contains("ulimit -l"), "{error}");
        assert!(error.source().is_some());
        let secret = Secret::from([5; 32]);
        let error = LockedKey::new(secret, Ed25519SigningKey::from_secret).unwrap_err();
        assert!(error.source().unwrap().is::<LockError>());
    });
}
