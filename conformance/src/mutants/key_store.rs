//! Key stores that are wrong.

use super::{Mutant, Right};
use crate::key_store;
use crate::report::{Failure, Report};
use crate::rule::Rule;
use curve25519_dalek::scalar::clamp_integer;
use curve25519_dalek::{EdwardsPoint, Scalar};
use ossuary_rustcrypto::{
    EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey, RustCryptoVerifier as Inner, Sha256,
};
use ossuary_traits::{
    Hash, Identity, KeyStore, KeyStoreError, KeyStoreErrorKind, MemoryKeyStore, Role, Secret,
    SignRequest, Signature, SignatureScheme, Signing, SigningKey,
};
use sha2::{Digest, Sha512};
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Empty,
    NotThere,
    Turns,
    ListsTwice,
    NoServer,
    Panics,
    SignsWithOther,
    SignsHash,
    SignsForAll,
    KnowsNoneAsBroken,
    OneNonce,
    Pending,
}

/// A store of two keys, with a fault.
struct Wrong {
    fault: Fault,
    inner: MemoryKeyStore,
    lists: Cell<usize>,
}

fn ed25519(secret: u8) -> Ed25519SigningKey {
    Ed25519SigningKey::from_secret(Secret::from([secret; 32])).unwrap()
}

/// A signature by the key of [`ed25519`] of 1 that verifies, with a nonce of 1
/// (RFC 8032, section 5.1.6).
fn with_one_nonce(identity: &Identity, message: &[u8]) -> Signature {
    let of = |bytes: &[u8]| <[u8; 64]>::from(Sha512::digest(bytes));
    let secret: [u8; 32] = *of(&[1; 32]).first_chunk().unwrap();
    let secret = Scalar::from_bytes_mod_order(clamp_integer(secret));
    let r = EdwardsPoint::mul_base(&Scalar::ONE).compress().to_bytes();
    let k = of(&[&r, identity.public_key(), message].concat());
    let s = Scalar::ONE + Scalar::from_bytes_mod_order_wide(&k) * secret;
    Signature::new(SignatureScheme::Ed25519, &[r, s.to_bytes()].concat()).unwrap()
}

fn checked(fault: Fault) -> Result<Report, Failure> {
    let ecdsa = EcdsaP256SigningKey::from_secret(Secret::from([2; 32])).unwrap();
    let inner = match fault {
        Fault::Empty => MemoryKeyStore::new(),
        _ => MemoryKeyStore::new().with(ed25519(1)).with(ecdsa),
    };
    let lists = Cell::new(0);
    key_store::<Inner>(&Wrong {
        fault,
        inner,
        lists,
    })
}

impl KeyStore for Wrong {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        let mut identities = self.inner.identities()?;
        let lists = self.lists.replace(self.lists.get() + 1);
        match self.fault {
            Fault::NotThere => return Err(KeyStoreError::new(KeyStoreErrorKind::NotFound)),
            Fault::Turns => identities.rotate_left(lists % 2),
            Fault::ListsTwice => identities.push(identities[0].clone()),
            _ => {}
        }
        Ok(identities)
    }

    fn sign(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> Result<Signing, KeyStoreError> {
        let known = self.inner.identities()?.contains(identity);
        let (role, message) = (request.role(), request.message());
        let ed25519_is_asked = identity.scheme() == SignatureScheme::Ed25519;
        match self.fault {
            Fault::NoServer if role == Role::Server => {
                Err(KeyStoreError::new(KeyStoreErrorKind::Denied))
            }
            Fault::Panics => panic!("a key store that panics"),
            Fault::SignsWithOther if known && ed25519_is_asked => {
                Ok(Signing::Done(ed25519(3).sign(message).unwrap()))
            }
            Fault::SignsHash => {
                let hash = Sha256::digest(&[message]);
                self.inner.sign(identity, &SignRequest::new(role, &hash))
            }
            Fault::SignsForAll if !known => Ok(Signing::Done(ed25519(1).sign(message).unwrap())),
            Fault::OneNonce if known && ed25519_is_asked => {
                Ok(Signing::Done(with_one_nonce(identity, message)))
            }
            Fault::KnowsNoneAsBroken if !known => {
                Err(KeyStoreError::new(KeyStoreErrorKind::Broken))
            }
            Fault::Pending if known && ed25519_is_asked => Ok(Signing::Pending),
            _ => self.inner.sign(identity, request),
        }
    }
}

pub(super) const MUTANTS: &[Mutant] = &[
    (Rule::SomethingRan, "it has no key", || {
        checked(Fault::Empty)
    }),
    (Rule::StableIdentities, "it cannot list its keys", || {
        checked(Fault::NotThere)
    }),
    (Rule::StableIdentities, "the first key takes turns", || {
        checked(Fault::Turns)
    }),
    (Rule::StableIdentities, "it lists a key twice", || {
        checked(Fault::ListsTwice)
    }),
    (Rule::Signs, "it does not sign for servers", || {
        checked(Fault::NoServer)
    }),
    (Rule::Signs, "it panics", || checked(Fault::Panics)),
    (Rule::OwnSignature, "it signs with another key", || {
        checked(Fault::SignsWithOther)
    }),
    (Rule::OwnSignature, "it hashes what it signs", || {
        checked(Fault::SignsHash)
    }),
    (
        Rule::FreshNonces,
        "it signs everything with one nonce",
        || checked(Fault::OneNonce),
    ),
    (Rule::UnknownIdentity, "it signs for any key", || {
        checked(Fault::SignsForAll)
    }),
    (
        Rule::UnknownIdentity,
        "without the key it is broken",
        || checked(Fault::KnowsNoneAsBroken),
    ),
];

pub(super) const RIGHT: &[Right] = &[
    ("it leaves a signature to the application", || {
        checked(Fault::Pending)
    }),
    ("a store in memory", || {
        let ml_dsa = MlDsa65SigningKey::from_secret(Secret::from([3; 32])).unwrap();
        key_store::<Inner>(&MemoryKeyStore::new().with(ed25519(1)).with(ml_dsa))
    }),
];
