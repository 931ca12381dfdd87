//! Host keys for both sides of a conversation, and signatures to verify: a key
//! store goes with any suite.

use crate::random::{Recorded, array};
use crate::run::{Outcome, given};
use ossuary_rustcrypto::P256;
use ossuary_traits::{
    CryptoError, Identity, KeyExchange, KeyStore, MemoryKeyStore, Role, Secret, SignRequest,
    SignatureScheme, Signing,
};

/// Makes a function that gives a key store with the private key of a scheme, from
/// a crate or module that has the signing keys under the names that they have in
/// `ossuary-rustcrypto`.
#[doc(hidden)]
#[macro_export]
macro_rules! key_store_of {
    ($keys:path) => {{
        use $crate::ossuary_traits::{CryptoError, MemoryKeyStore, Secret, SignatureScheme};
        use $keys as keys;
        |scheme: SignatureScheme, secret: Secret<32>| -> Result<MemoryKeyStore, CryptoError> {
            let store = MemoryKeyStore::new();
            Ok(match scheme {
                SignatureScheme::Ed25519 => {
                    store.with(keys::Ed25519SigningKey::from_secret(secret)?)
                }
                SignatureScheme::EcdsaP256Sha256 => {
                    store.with(keys::EcdsaP256SigningKey::from_secret(secret)?)
                }
                SignatureScheme::MlDsa65 => {
                    store.with(keys::MlDsa65SigningKey::from_secret(secret)?)
                }
                _ => return Err(CryptoError::Unsupported),
            })
        }
    }};
}

pub(crate) const KEY_STORE: fn(SignatureScheme, Secret<32>) -> Result<MemoryKeyStore, CryptoError> =
    crate::key_store_of!(ossuary_rustcrypto);

/// A key store with one key of `scheme`, that of `seed`, and its identity.
pub(crate) fn key_store(scheme: SignatureScheme, seed: u64) -> Outcome<(MemoryKeyStore, Identity)> {
    let store = KEY_STORE(scheme, Secret::from(array(seed)));
    let store = given(store, &format!("a signing key of {scheme}"))?;
    let identities = given(store.identities(), "the list of one key")?;
    let identity = identities.into_iter().next().ok_or("no key is listed")?;
    Ok((store, identity))
}

/// The public key of ECDSA of this seed, as a point that is not compressed: a key
/// exchange with the same scalar has it for its share.
pub(crate) fn p256_point(seed: u64) -> Outcome<[u8; 65]> {
    let generated = P256::generate(&mut Recorded::of(&array::<32>(seed)));
    let (_, point) = given(generated, "`generate` of the other implementation")?;
    Ok(point)
}

/// A signature that is right, of another library than is checked.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) scheme: SignatureScheme,
    pub(crate) public_key: Vec<u8>,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

pub(crate) fn signed(scheme: SignatureScheme, seed: u64, message: &[u8]) -> Outcome<Signed> {
    let (store, identity) = key_store(scheme, seed)?;
    let request = SignRequest::new(Role::Client, message);
    match given(store.sign(&identity, &request), "signing")? {
        Signing::Done(signature) => Ok(Signed {
            scheme,
            public_key: identity.public_key().to_vec(),
            message: message.to_vec(),
            signature: signature.bytes().to_vec(),
        }),
        Signing::Pending => Err("a key in memory does not sign at once".to_owned()),
    }
}
