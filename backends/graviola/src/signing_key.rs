//! Private keys in memory that sign.

use crate::key_exchange::p256_private_key;
use crate::{available, library};
use alloc::boxed::Box;
use core::fmt;
use graviola::hashing;
use graviola::key_agreement::p256::StaticPrivateKey;
use graviola::signing::{ecdsa, eddsa};
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, Random, Secret, Signature, SignatureScheme, SigningKey,
};

/// A private key of Ed25519 (RFC 8032).
pub struct Ed25519SigningKey {
    // On the heap, so that moves into a key store leave no copy behind.
    key: Box<eddsa::Ed25519SigningKey>,
    identity: Identity,
}

impl Ed25519SigningKey {
    /// Makes a key of random bytes, of which it draws 32.
    ///
    /// # Errors
    ///
    /// The random source failed, or graviola cannot run on this processor.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        let mut seed = Secret::zeroed();
        random.fill(seed.expose_mut())?;
        Self::from_secret(seed)
    }

    /// The key of a seed of 32 bytes, which RFC 8032 calls the private key.
    ///
    /// # Errors
    ///
    /// graviola cannot run on this processor. `secret` causes none: every seed is
    /// a key.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        available()?;
        let key = eddsa::Ed25519SigningKey::from_bytes(secret.as_ref()).map_err(library)?;
        let key = Box::new(key);
        let public_key = key.public_key().as_bytes();
        let identity = Identity::new(SignatureScheme::Ed25519, &public_key).map_err(library)?;
        Ok(Ed25519SigningKey { key, identity })
    }

    /// The seed of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(self.key.as_seed())
    }
}

impl SigningKey for Ed25519SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        Signature::new(SignatureScheme::Ed25519, &self.key.sign(message)).map_err(library)
    }
}

/// A private key of ECDSA on P-256 with SHA-256 (FIPS 186-5).
///
/// Its signatures are those of RFC 6979 with added randomness (section 3.6),
/// which graviola takes from the operating system, so no two are the same; s is
/// what it comes out as, high or low.
pub struct EcdsaP256SigningKey {
    // On the heap, so that moves into a key store leave no copy behind.
    key: Box<ecdsa::SigningKey<ecdsa::P256>>,
    identity: Identity,
}

impl EcdsaP256SigningKey {
    /// Makes a key of random bytes: a big-endian scalar of 32, drawn again where
    /// it is 0 or not below the order of the curve.
    ///
    /// # Errors
    ///
    /// The random source failed, or graviola cannot run on this processor.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        available()?;
        Self::new(p256_private_key(random)?)
    }

    /// The key of a big-endian scalar of 32 bytes.
    ///
    /// # Errors
    ///
    /// The scalar is 0 or not below the order of the curve, or graviola cannot
    /// run on this processor.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        available()?;
        Self::new(StaticPrivateKey::from_bytes(secret.as_ref()).map_err(library)?)
    }

    fn new(private_key: StaticPrivateKey) -> Result<Self, CryptoError> {
        let key = Box::new(ecdsa::SigningKey::<ecdsa::P256> { private_key });
        let public_key = compressed(key.private_key.public_key_uncompressed());
        let identity = Identity::new(SignatureScheme::EcdsaP256Sha256, &public_key);
        let identity = identity.map_err(library)?;
        Ok(EcdsaP256SigningKey { key, identity })
    }

    /// The big-endian scalar of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(self.key.private_key.as_bytes())
    }
}

/// The compressed form of a point (SEC 1, section 2.3.3): x, behind a byte that
/// says whether y is odd.
fn compressed(point: [u8; 65]) -> [u8; 33] {
    let [_, xy @ ..] = point;
    let [.., y_last] = xy;
    let mut compressed = [0; 33];
    for (place, byte) in compressed
        .iter_mut()
        .zip([0x02 | (y_last & 1)].iter().chain(&xy))
    {
        *place = *byte;
    }
    compressed
}

impl SigningKey for EcdsaP256SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let mut bytes = [0; 64];
        let signed = self.key.sign::<hashing::Sha256>(&[message], &mut bytes);
        Signature::new(SignatureScheme::EcdsaP256Sha256, signed.map_err(library)?).map_err(library)
    }
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
debug_with_identity!(Ed25519SigningKey, EcdsaP256SigningKey);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use alloc::format;

    #[test]
    fn ecdsa_signatures_are_randomized() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let [first, second] = [(); 2].map(|()| key.sign(b"message").unwrap());
        assert_ne!(first.bytes(), second.bytes());
    }

    #[test]
    fn a_key_prints_its_identity_only() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let expected = format!("EcdsaP256SigningKey({:?})", key.identity());
        assert_eq!(format!("{key:?}"), expected);
    }
}
