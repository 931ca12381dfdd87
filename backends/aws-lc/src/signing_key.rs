//! Private keys in memory that sign.

use crate::key_exchange::p256_private_key;
use crate::library;
use aws_lc_rs::agreement;
use aws_lc_rs::encoding::{AsBigEndian, EcPublicKeyCompressedBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ML_DSA_65_SIGNING,
    PqdsaKeyPair,
};
use core::fmt;
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, Random, Secret, Signature, SignatureScheme, SigningKey,
    draw_scalar,
};

/// A private key of Ed25519 (RFC 8032).
pub struct Ed25519SigningKey {
    secret: Secret<32>,
    key: Ed25519KeyPair,
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
        // "Unchecked", for there is no public key to compare with that of the seed.
        let key = Ed25519KeyPair::from_seed_unchecked(secret.expose()).map_err(library)?;
        let identity = identity(SignatureScheme::Ed25519, key.public_key().as_ref())?;
        Ok(Ed25519SigningKey {
            secret,
            key,
            identity,
        })
    }

    /// The seed of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(*self.secret.expose())
    }
}

impl SigningKey for Ed25519SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let signed = self.key.try_sign(message).map_err(library)?;
        signature(SignatureScheme::Ed25519, signed.as_ref())
    }
}

/// A private key of ECDSA on P-256 with SHA-256 (FIPS 186-5).
///
/// Its signatures are randomized, and s is what it comes out as: high or low.
pub struct EcdsaP256SigningKey {
    secret: Secret<32>,
    key: EcdsaKeyPair,
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
        draw_scalar(random, |scalar| Self::from_secret(scalar).ok())
    }

    /// The key of a big-endian scalar of 32 bytes.
    ///
    /// # Errors
    ///
    /// The scalar is 0 or not below the order of the curve.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        let key = p256_private_key(&secret).map_err(library)?;
        Self::new(secret, &key)
    }

    // The library signs with a scalar only where it is told the point, and makes
    // that of it only in a key for ECDH.
    fn new(secret: Secret<32>, ecdh: &agreement::PrivateKey) -> Result<Self, CryptoError> {
        let point = ecdh.compute_public_key().map_err(library)?;
        let key = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            secret.expose(),
            point.as_ref(),
        )
        .map_err(library)?;
        let point: EcPublicKeyCompressedBin<'_> = point.as_be_bytes().map_err(library)?;
        let identity = identity(SignatureScheme::EcdsaP256Sha256, point.as_ref())?;
        Ok(EcdsaP256SigningKey {
            secret,
            key,
            identity,
        })
    }

    /// The big-endian scalar of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(*self.secret.expose())
    }
}

impl SigningKey for EcdsaP256SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        // The generator is not looked at: AWS-LC draws from its own.
        let signed = self
            .key
            .sign(&SystemRandom::new(), message)
            .map_err(library)?;
        signature(SignatureScheme::EcdsaP256Sha256, signed.as_ref())
    }
}

/// A private key of ML-DSA-65 (FIPS 204).
///
/// Its signatures are those of the hedged variant, which is randomized, with an
/// empty context.
pub struct MlDsa65SigningKey {
    secret: Secret<32>,
    key: PqdsaKeyPair,
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
        let key = PqdsaKeyPair::from_seed(&ML_DSA_65_SIGNING, secret.expose()).map_err(library)?;
        let identity = identity(SignatureScheme::MlDsa65, key.public_key().as_ref())?;
        Ok(MlDsa65SigningKey {
            secret,
            key,
            identity,
        })
    }

    /// The seed ξ of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(*self.secret.expose())
    }
}

impl SigningKey for MlDsa65SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let mut signed = [0; SignatureScheme::MlDsa65.signature_len()];
        self.key.sign(message, &mut signed).map_err(library)?;
        signature(SignatureScheme::MlDsa65, &signed)
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

    #[test]
    fn some_signatures_are_randomized() {
        fn signs_the_same_twice<K: SigningKey>(
            from_secret: fn(Secret<32>) -> Result<K, CryptoError>,
        ) -> bool {
            let key = from_secret(Secret::from([5; 32])).unwrap();
            let [first, second] = [(); 2].map(|()| key.sign(b"message").unwrap());
            first.bytes() == second.bytes()
        }
        assert!(signs_the_same_twice(Ed25519SigningKey::from_secret));
        assert!(!signs_the_same_twice(EcdsaP256SigningKey::from_secret));
        assert!(!signs_the_same_twice(MlDsa65SigningKey::from_secret));
    }

    #[test]
    fn a_key_prints_its_identity_only() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let expected = format!("EcdsaP256SigningKey({:?})", key.identity());
        assert_eq!(format!("{key:?}"), expected);
    }
}
