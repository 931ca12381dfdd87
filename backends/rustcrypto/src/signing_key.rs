//! Private keys in memory that sign.

use crate::key_exchange::p256_private_key;
use crate::library;
use alloc::boxed::Box;
use core::fmt;
use ed25519_dalek::Signer as _;
use ml_dsa::{Keypair, MlDsa65};
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, Random, Secret, Signature, SignatureScheme, SigningKey,
};
use p256::ecdsa;

/// A private key of Ed25519 (RFC 8032).
pub struct Ed25519SigningKey {
    // On the heap, so that moves into a key store leave no copy behind.
    key: Box<ed25519_dalek::SigningKey>,
    identity: Identity,
}

impl Ed25519SigningKey {
    /// Makes a key of random bytes, of which it draws 32.
    ///
    /// # Errors
    ///
    /// The random source failed.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        Self::from_secret(seed(random)?)
    }

    /// The key of a seed of 32 bytes, which RFC 8032 calls the private key.
    ///
    /// # Errors
    ///
    /// None that `secret` could cause: every seed is a key.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        let key = Box::new(ed25519_dalek::SigningKey::from_bytes(secret.expose()));
        let public_key = key.verifying_key().to_bytes();
        let identity = identity(SignatureScheme::Ed25519, &public_key)?;
        Ok(Ed25519SigningKey { key, identity })
    }

    /// The seed of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(*self.key.as_bytes())
    }
}

impl SigningKey for Ed25519SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let bytes = self.key.try_sign(message).map_err(library)?.to_bytes();
        signature(SignatureScheme::Ed25519, &bytes)
    }
}

/// A private key of ECDSA on P-256 with SHA-256 (FIPS 186-5).
///
/// Its signatures are deterministic (RFC 6979), and s is what it comes out as:
/// high or low.
pub struct EcdsaP256SigningKey {
    // On the heap, so that moves into a key store leave no copy behind.
    key: Box<ecdsa::SigningKey>,
    identity: Identity,
}

impl EcdsaP256SigningKey {
    /// Makes a key of random bytes: a big-endian scalar of 32, drawn again where
    /// it is 0 or not below the order of the curve.
    ///
    /// # Errors
    ///
    /// The random source failed.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        Self::new(p256_private_key(random)?.into())
    }

    /// The key of a big-endian scalar of 32 bytes.
    ///
    /// # Errors
    ///
    /// The scalar is 0 or not below the order of the curve.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        Self::new(ecdsa::SigningKey::from_bytes(secret.expose().into()).map_err(library)?)
    }

    fn new(key: ecdsa::SigningKey) -> Result<Self, CryptoError> {
        let public_key = key.verifying_key().to_sec1_point(true);
        let identity = identity(SignatureScheme::EcdsaP256Sha256, public_key.as_bytes())?;
        let key = Box::new(key);
        Ok(EcdsaP256SigningKey { key, identity })
    }

    /// The big-endian scalar of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(<[u8; 32]>::from(self.key.to_bytes()))
    }
}

impl SigningKey for EcdsaP256SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let signed: ecdsa::Signature = self.key.try_sign(message).map_err(library)?;
        signature(SignatureScheme::EcdsaP256Sha256, &signed.to_bytes())
    }
}

/// A private key of ML-DSA-65 (FIPS 204).
///
/// Its signatures are those of the deterministic variant, with an empty context.
pub struct MlDsa65SigningKey {
    key: ml_dsa::SigningKey<MlDsa65>,
    identity: Identity,
}

impl MlDsa65SigningKey {
    /// Makes a key of random bytes, of which it draws 32.
    ///
    /// # Errors
    ///
    /// The random source failed.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        Self::from_secret(seed(random)?)
    }

    /// The key of a seed ξ of 32 bytes (FIPS 204, algorithm 6).
    ///
    /// # Errors
    ///
    /// None that `secret` could cause: every seed is a key.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        let key = ml_dsa::SigningKey::from_seed(secret.expose().into());
        let public_key = key.verifying_key().encode();
        let identity = identity(SignatureScheme::MlDsa65, &public_key)?;
        Ok(MlDsa65SigningKey { key, identity })
    }

    /// The seed ξ of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(<[u8; 32]>::from(*self.key.as_seed()))
    }
}

impl SigningKey for MlDsa65SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let signed = self.key.try_sign(message).map_err(library)?;
        signature(SignatureScheme::MlDsa65, &signed.encode())
    }
}

fn seed(random: &mut dyn Random) -> Result<Secret<32>, CryptoError> {
    let mut seed = Secret::zeroed();
    random.fill(seed.expose_mut())?;
    Ok(seed)
}

fn identity(scheme: SignatureScheme, public_key: &[u8]) -> Result<Identity, CryptoError> {
    Identity::new(scheme, public_key).map_err(library)
}

fn signature(scheme: SignatureScheme, bytes: &[u8]) -> Result<Signature, CryptoError> {
    Signature::new(scheme, bytes).map_err(library)
}

macro_rules! debug_with_identity {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.identity).finish()
            }
        }
    )*};
}
debug_with_identity!(Ed25519SigningKey, EcdsaP256SigningKey, MlDsa65SigningKey);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use alloc::format;
    use zeroize::ZeroizeOnDrop;

    #[test]
    fn signatures_are_deterministic() {
        fn signs_the_same_twice<K: SigningKey>(
            from_secret: fn(Secret<32>) -> Result<K, CryptoError>,
        ) -> bool {
            let key = from_secret(Secret::from([5; 32])).unwrap();
            let [first, second] = [(); 2].map(|()| key.sign(b"message").unwrap());
            first.bytes() == second.bytes()
        }
        assert!(signs_the_same_twice(EcdsaP256SigningKey::from_secret));
        assert!(signs_the_same_twice(MlDsa65SigningKey::from_secret));
    }

    #[test]
    fn a_key_prints_its_identity_only() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let expected = format!("EcdsaP256SigningKey({:?})", key.identity());
        assert_eq!(format!("{key:?}"), expected);
    }

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn keys_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<ed25519_dalek::SigningKey>();
        wipes::<ecdsa::SigningKey>();
        wipes::<ml_dsa::SigningKey<MlDsa65>>();
    }
}
