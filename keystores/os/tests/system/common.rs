//! What is true of every keystore.

use crate::memory::Masked;
use keyring_core::Entry;
use keyring_core::api::CredentialStoreApi as _;
use libtest_mimic::{Arguments, Trial};
use ossuary_conformance::key_store;
use ossuary_os::{CreateError, Item, OsKeyStore, Place};
use ossuary_rustcrypto::{EcdsaP256SigningKey, Ed25519SigningKey, RustCryptoVerifier};
use ossuary_test_parts::converse_in_both_roles;
use ossuary_traits::{
    Identity, KeyStore, KeyStoreError, KeyStoreErrorKind, Random, RandomError, Role, Secret,
    SignRequest, SignatureScheme, SigningKey as _, Verifier as _,
};
use std::error::Error as _;
use std::fs::File;
use std::io::Read;
use std::ops::Deref;
use std::process::ExitCode;

pub(crate) const SCHEMES: [SignatureScheme; 2] =
    [SignatureScheme::Ed25519, SignatureScheme::EcdsaP256Sha256];

/// Runs trials one after the other: some lock the keystore, others look through memory.
pub(crate) fn in_turn(trials: Vec<Trial>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A trial that passes unless it panics.
pub(crate) fn trial(name: &str, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        run();
        Ok(())
    })
}

/// Those of a keystore that works.
pub(crate) fn of(place: Place) -> Vec<Trial> {
    macro_rules! trials {
        ($($name:ident)*) => {
            vec![$(trial(stringify!($name), move || $name(place))),*]
        };
    }
    trials! {
        it_conforms
        it_converses_in_both_roles
        a_key_is_there_until_it_is_deleted
        a_key_that_exists_is_stored_as_it_is
        an_item_is_never_overwritten
        a_key_that_was_replaced_does_not_sign
        what_is_no_host_key_is_said_to_be_none
        no_secret_stays_in_memory
    }
}

/// An item that is deleted afterwards.
pub(crate) struct Scratch {
    item: Item,
    place: Place,
    service: String,
    name: &'static str,
}

impl Scratch {
    pub(crate) fn new(place: Place, name: &'static str) -> Self {
        // The kernel's keyrings are one for all that run at the same time.
        let service = format!("{}.test.example.org", std::process::id());
        let item = Item::new(place, &service, name).unwrap();
        Scratch {
            item,
            place,
            service,
            name,
        }
    }

    pub(crate) fn create(&self, scheme: SignatureScheme) -> Result<OsKeyStore, CreateError> {
        OsKeyStore::create(self.item.clone(), scheme, &mut SystemRandom)
    }

    pub(crate) fn open(&self) -> Result<OsKeyStore, KeyStoreError> {
        OsKeyStore::open(self.item.clone())
    }

    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// The item as the keystore has it.
    pub(crate) fn entry(&self) -> Entry {
        let (service, name) = (&self.service, self.name);
        match self.place {
            Place::SecretService => {
                let store = zbus_secret_service_keyring_store::Store::new().unwrap();
                store.build(service, name, None).unwrap()
            }
            Place::KernelKeyring => {
                let store = linux_keyutils_keyring_store::Store::new().unwrap();
                store.build(service, name, None).unwrap();
                store.build(service, name, None).unwrap()
            }
            place => panic!("{place:?}"),
        }
    }
}

impl Deref for Scratch {
    type Target = Item;

    fn deref(&self) -> &Item {
        &self.item
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = self.item.delete();
    }
}

pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        let source = File::open("/dev/urandom");
        source
            .and_then(|mut source| source.read_exact(out))
            .map_err(RandomError::new)
    }
}

/// What a failure says: its class, and the reason behind it.
pub(crate) fn told<T>(result: Result<T, KeyStoreError>) -> (KeyStoreErrorKind, String) {
    let Err(error) = result else {
        panic!("it should have failed");
    };
    let reason = error.source().map(ToString::to_string);
    (error.kind(), reason.unwrap_or_default())
}

/// The same of a key that was not made.
pub(crate) fn told_of_keystore<T>(result: Result<T, CreateError>) -> (KeyStoreErrorKind, String) {
    match result.err() {
        Some(CreateError::Keystore(error)) => told::<T>(Err(error)),
        other => panic!("{other:?}"),
    }
}

/// Signs, and verifies the signature with another library's code path.
pub(crate) fn sign(store: &OsKeyStore) -> Result<(), KeyStoreError> {
    let identity = store.identity();
    let signing = store.sign(identity, &SignRequest::new(Role::Server, b"a message"))?;
    let ossuary_traits::Signing::Done(signature) = signing else {
        panic!("{signing:?}");
    };
    let (scheme, key) = (identity.scheme(), identity.public_key());
    RustCryptoVerifier::verify(scheme, key, b"a message", signature.bytes()).unwrap();
    Ok(())
}

fn it_conforms(place: Place) {
    for scheme in SCHEMES {
        let item = Scratch::new(place, "conforms");
        let store = item.create(scheme).unwrap();
        assert!(store.signs_in_process());
        let report = key_store::<RustCryptoVerifier>(&store);
        report.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

fn it_converses_in_both_roles(place: Place) {
    for scheme in SCHEMES {
        let item = Scratch::new(place, "converses");
        let store = item.create(scheme).unwrap();
        converse_in_both_roles(&store, store.identity());
    }
}

fn a_key_is_there_until_it_is_deleted(place: Place) {
    let [item, other] = ["one", "another"].map(|name| Scratch::new(place, name));
    assert_eq!(told(item.open()).0, KeyStoreErrorKind::NotFound);
    let created = item.create(SignatureScheme::Ed25519).unwrap();
    let beside_it = other.create(SignatureScheme::Ed25519).unwrap();

    let opened = item.open().unwrap();
    assert_eq!(opened.identity(), created.identity());
    assert_eq!(*opened.item(), *item);
    assert_ne!(opened.identity(), beside_it.identity());
    for store in [&created, &opened, &beside_it] {
        sign(store).unwrap();
    }
    // What another thread may do, which has keyrings of its own.
    std::thread::scope(|scope| {
        scope.spawn(|| sign(&opened).unwrap());
    });

    item.delete().unwrap();
    assert_eq!(told(item.open()).0, KeyStoreErrorKind::NotFound);
    assert_eq!(told(sign(&opened)).0, KeyStoreErrorKind::NotFound);
    assert_eq!(told(item.delete()).0, KeyStoreErrorKind::NotFound);
    sign(&beside_it).unwrap();
}

fn a_key_that_exists_is_stored_as_it_is(place: Place) {
    let secret = || Secret::from([5; 32]);
    let ed25519 = Ed25519SigningKey::from_secret(secret()).unwrap().identity();
    let p256 = EcdsaP256SigningKey::from_secret(secret())
        .unwrap()
        .identity();
    let text = "BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=";
    for (identity, stored) in [
        (ed25519, format!("ed25519:{text}")),
        (p256, format!("ecdsa-p256:{text}")),
    ] {
        let item = Scratch::new(place, "exists");
        let scheme = identity.scheme();
        let store = OsKeyStore::import(item.clone(), scheme, secret()).unwrap();
        assert_eq!(*store.identity(), identity);
        assert_eq!(item.entry().get_secret().unwrap(), stored.into_bytes());
        sign(&item.open().unwrap()).unwrap();
    }
}

fn an_item_is_never_overwritten(place: Place) {
    let item = Scratch::new(place, "once");
    let store = item.create(SignatureScheme::Ed25519).unwrap();
    for scheme in SCHEMES {
        let again = item.create(scheme);
        assert!(matches!(again, Err(CreateError::Exists)), "{again:?}");
    }
    assert_eq!(item.open().unwrap().identity(), store.identity());

    let item = Scratch::new(place, "another program's");
    item.entry().set_secret(b"a password").unwrap();
    let created = item.create(SignatureScheme::Ed25519);
    assert!(matches!(created, Err(CreateError::Exists)), "{created:?}");
    assert_eq!(item.entry().get_secret().unwrap(), b"a password");
}

fn a_key_that_was_replaced_does_not_sign(place: Place) {
    let item = Scratch::new(place, "replaced");
    let before = item.create(SignatureScheme::Ed25519).unwrap();
    item.delete().unwrap();
    let after = item.create(SignatureScheme::Ed25519).unwrap();

    let (kind, reason) = told(sign(&before));
    assert_eq!(kind, KeyStoreErrorKind::NotFound);
    assert!(reason.contains("another key"), "{reason}");
    let request = SignRequest::new(Role::Client, b"a message");
    let other: &Identity = after.identity();
    assert_eq!(
        told(before.sign(other, &request)).0,
        KeyStoreErrorKind::NotFound
    );
    sign(&after).unwrap();
    assert_eq!(item.open().unwrap().identity(), other);
}

fn what_is_no_host_key_is_said_to_be_none(place: Place) {
    for garbage in [&[5; 32][..], b"a password", b"ed25519:", &[0xff; 52]] {
        let item = Scratch::new(place, "garbage");
        let store = item.create(SignatureScheme::Ed25519).unwrap();
        item.entry().set_secret(garbage).unwrap();
        for (kind, reason) in [told(item.open()), told(sign(&store))] {
            assert_eq!(kind, KeyStoreErrorKind::Broken);
            assert!(reason.contains("not a host key"), "{reason}");
        }
        item.delete().unwrap();
        item.create(SignatureScheme::Ed25519).unwrap();
    }
}

fn no_secret_stays_in_memory(place: Place) {
    for (number, scheme) in (1..).zip(SCHEMES) {
        let mut secret = Masked::any(number);
        let unmasked = secret.unmasked();
        assert_eq!(secret.pieces_found(), Masked::PIECES, "what is there");

        let item = Scratch::new(place, "wiped");
        let created = OsKeyStore::import(item.clone(), scheme, unmasked).unwrap();
        assert_eq!(secret.pieces_found(), 0, "after it was stored");
        let opened = item.open().unwrap();
        sign(&opened).unwrap();
        assert_eq!(secret.pieces_found(), 0, "after it signed");
        drop((created, opened));
        assert_eq!(secret.pieces_found(), 0, "after the store is gone");
    }
}
