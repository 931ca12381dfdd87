use crate::common::{self, SCHEMES, Scratch, in_turn, sign, told, told_of_keystore, trial};
use ossuary_os::{CreateError, Place};
use ossuary_test_parts::os_keystore::unlock_keyring;
use ossuary_traits::{KeyStoreErrorKind, SignatureScheme};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use std::collections::HashMap;
use std::fs;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

const PLACE: Place = Place::SecretService;

pub(crate) fn with_a_keystore() -> ExitCode {
    let mut trials = common::of(PLACE);
    trials.extend([
        trial("several_items_are_told_of", several_items_are_told_of),
        trial("a_locked_keystore_is_told_of", a_locked_keystore_is_told_of),
        trial("no_connection_stays", no_connection_stays),
        trial(
            "a_missing_collection_is_told_of",
            a_missing_collection_is_told_of,
        ),
    ]);
    in_turn(trials)
}

pub(crate) fn without_one() -> ExitCode {
    in_turn(vec![trial("a_missing_keystore_is_no_missing_key", || {
        let item = Scratch::new(PLACE, "nowhere");
        for (kind, reason) in [
            told(item.open()),
            told(item.delete()),
            told_of_keystore(item.create(SignatureScheme::Ed25519)),
        ] {
            assert_eq!(kind, KeyStoreErrorKind::Broken, "{reason}");
            assert!(
                reason.contains("no Secret Service in this session"),
                "{reason}"
            );
        }
    })])
}

fn service() -> SecretService<'static> {
    SecretService::connect(EncryptionType::Dh).unwrap()
}

fn several_items_are_told_of() {
    let item = Scratch::new(PLACE, "several");
    let store = item.create(SignatureScheme::Ed25519).unwrap();
    let service = service();
    let collection = service.get_default_collection().unwrap();
    let names = HashMap::from([("service", item.service()), ("username", "several")]);
    let second = collection.create_item("the second", names, b"", false, "text/plain");
    let second = second.unwrap();
    for (kind, reason) in [told(item.open()), told(sign(&store)), told(item.delete())] {
        assert_eq!(kind, KeyStoreErrorKind::Broken);
        assert!(reason.contains("2 credentials"), "{reason}");
        assert!(reason.contains(second.item_path.as_str()), "{reason}");
    }
    for scheme in SCHEMES {
        let created = item.create(scheme);
        assert!(matches!(created, Err(CreateError::Exists)), "{created:?}");
    }
    second.delete().unwrap();
    sign(&store).unwrap();
}

/// The keystore wants to ask a person for the password, and there is none.
fn a_locked_keystore_is_told_of() {
    let [item, new] = ["locked", "new"].map(|name| Scratch::new(PLACE, name));
    let store = item.create(SignatureScheme::Ed25519).unwrap();
    service().get_default_collection().unwrap().lock().unwrap();
    for (kind, reason) in [
        told(item.open()),
        told(sign(&store)),
        told(item.delete()),
        told_of_keystore(item.create(SignatureScheme::Ed25519)),
        told_of_keystore(new.create(SignatureScheme::Ed25519)),
    ] {
        assert_eq!(kind, KeyStoreErrorKind::Cancelled, "{reason}");
        assert!(reason.contains("prompt dismissed"), "{reason}");
    }
    unlock_keyring();
    sign(&store).unwrap();
    assert_eq!(told(new.open()).0, KeyStoreErrorKind::NotFound);
}

/// The last trial: there is no default collection afterwards.
fn a_missing_collection_is_told_of() {
    let service = service();
    service.get_default_collection().unwrap().delete().unwrap();
    let item = Scratch::new(PLACE, "collection");
    assert_eq!(told(item.open()).0, KeyStoreErrorKind::NotFound);
    let (kind, reason) = told_of_keystore(item.create(SignatureScheme::Ed25519));
    assert_eq!(kind, KeyStoreErrorKind::Broken, "{reason}");
    assert!(reason.contains("no default collection"), "{reason}");
}

/// Each signature is over a connection of its own, which ends with it.
fn no_connection_stays() {
    let item = Scratch::new(PLACE, "connections");
    let store = item.create(SignatureScheme::Ed25519).unwrap();
    for _ in 0..5 {
        sign(&store).unwrap();
    }
    let sockets = || {
        let open = fs::read_dir("/proc/self/fd").unwrap();
        let names = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        let mut names = names.map(|name| name.to_string_lossy().into_owned());
        names
            .by_ref()
            .filter(|name| name.starts_with("socket:"))
            .count()
    };
    // A connection closes itself on a thread of its own.
    let start = Instant::now();
    while sockets() > 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", sockets());
        thread::sleep(Duration::from_millis(20));
    }
}
