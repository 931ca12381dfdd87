use super::*;
use keyring_core::api::{Credential, CredentialApi};
use std::any::Any;
use std::io;
use std::sync::{Arc, Mutex};

/// A keystore that does with an item what a real one does seldom.
struct Keystore {
    item: Mutex<Option<Vec<u8>>>,
    set: Set,
}

/// What it is given; what it has then, and says.
type Set = fn(&[u8]) -> (Option<Vec<u8>>, Result<(), Error>);

impl CredentialApi for Keystore {
    fn set_secret(&self, secret: &[u8]) -> Result<(), Error> {
        let (item, result) = (self.set)(secret);
        *self.item.lock().unwrap() = item;
        result
    }

    fn get_secret(&self) -> Result<Vec<u8>, Error> {
        self.item.lock().unwrap().clone().ok_or(Error::NoEntry)
    }

    fn delete_credential(&self) -> Result<(), Error> {
        let item = self.item.lock().unwrap().take();
        item.map(drop).ok_or(Error::NoEntry)
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>, Error> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn failed() -> Result<(), Error> {
    Err(Error::PlatformFailure(io::Error::other("no").into()))
}

fn stored_of(byte: u8) -> Vec<u8> {
    let secret = Secret::from([byte; 32]);
    let stored = to_stored(SignatureScheme::Ed25519, &secret).unwrap();
    stored.to_vec()
}

/// Stores the key of [5; 32]; the outcome, and what the keystore has then.
fn store_in(set: Set) -> (Result<(), CreateError>, Option<Vec<u8>>) {
    let keystore = Arc::new(Keystore {
        item: Mutex::new(None),
        set,
    });
    let entry = Entry::new_with_credential(keystore.clone());
    let stored = stored_of(5);
    let key = from_stored(&stored).unwrap();
    let outcome = store(&entry, &stored, key.identity());
    let item = keystore.item.lock().unwrap().clone();
    (outcome, item)
}

fn kind(outcome: Result<(), CreateError>) -> Kind {
    match outcome {
        Err(CreateError::Keystore(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_keystore_takes_is_there() {
    let (outcome, item) = store_in(|stored| (Some(stored.into()), Ok(())));
    outcome.unwrap();
    assert_eq!(item, Some(stored_of(5)));
}

#[test]
fn what_a_keystore_does_not_take_is_not_left_behind() {
    let (outcome, item) = store_in(|_| (None, failed()));
    assert_eq!((kind(outcome), item), (Kind::Broken, None));
    // It says that it failed, and has the key.
    let (outcome, item) = store_in(|stored| (Some(stored.into()), failed()));
    assert_eq!((kind(outcome), item), (Kind::Broken, None));
    // It says that it has the key, and does not.
    let (outcome, item) = store_in(|_| (None, Ok(())));
    assert_eq!((kind(outcome), item), (Kind::NotFound, None));
    // It keeps half of it.
    let (outcome, item) = store_in(|stored| (Some(stored[..30].into()), Ok(())));
    assert_eq!((kind(outcome), item), (Kind::Broken, None));
}

#[test]
fn another_programs_key_is_not_deleted() {
    let (outcome, item) = store_in(|_| (Some(stored_of(6)), Ok(())));
    assert!(matches!(outcome, Err(CreateError::Exists)), "{outcome:?}");
    assert_eq!(item, Some(stored_of(6)));
    let (outcome, item) = store_in(|_| (Some(stored_of(6)), failed()));
    assert_eq!((kind(outcome), item), (Kind::Broken, Some(stored_of(6))));
}

#[test]
fn the_store_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<OsKeyStore>();
}
