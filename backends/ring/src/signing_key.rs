//! Private keys in memory that sign.

use crate::{failed, library, overwrite};
use alloc::boxed::Box;
use core::fmt;
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, Random, Secret, Signature, SignatureScheme, SigningKey,
};
use ring::signature::{Ed25519KeyPair, KeyPair};

/// A private key of Ed25519 (RFC 8032).
pub struct Ed25519SigningKey {
    // ring keeps no seed, only what is computed from it.
    seed: Secret<32>,
    // On the heap, so that moves into a key store leave no copy behind that
    // nobody overwrites.
    key: Box<Ed25519KeyPair>,
    identity: Identity,
}

impl Ed25519SigningKey {
    /// Makes a key of random bytes, of which it draws 32.
    ///
    /// # Errors
    ///
    /// The random source failed.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        let mut seed = Secret::zeroed();
        random.fill(seed.expose_mut())?;
        Self::from_secret(seed)
    }

    /// The key of a seed of 32 bytes, which RFC 8032 calls the private key.
    ///
    /// # Errors
    ///
    /// None that `secret` could cause: every seed is a key.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        let key = Box::new(pair(secret.expose())?);
        let identity =
            Identity::new(SignatureScheme::Ed25519, key.public_key().as_ref()).map_err(library)?;
        Ok(Ed25519SigningKey {
            seed: secret,
            key,
            identity,
        })
    }

    /// The seed of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(*self.seed.expose())
    }

    fn wipe(&mut self) {
        if let Ok(zeros) = pair(&[0; 32]) {
            overwrite(&mut *self.key, zeros);
        }
    }
}

// "Unchecked", for there is no public key to compare with that of the seed.
fn pair(seed: &[u8; 32]) -> Result<Ed25519KeyPair, CryptoError> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(failed)
}

impl SigningKey for Ed25519SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let signed = self.key.sign(message);
        Signature::new(SignatureScheme::Ed25519, signed.as_ref()).map_err(library)
    }
}

impl Drop for Ed25519SigningKey {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl fmt::Debug for Ed25519SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ed25519SigningKey")
            .field(&self.identity)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use alloc::format;

    #[test]
    fn a_key_prints_its_identity_only() {
        let key = Ed25519SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let expected = format!("Ed25519SigningKey({:?})", key.identity());
        assert_eq!(format!("{key:?}"), expected);
    }

    #[test]
    fn a_wiped_key_is_one_of_zeros() {
        let mut key = Ed25519SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let zeros = Ed25519SigningKey::from_secret(Secret::from([0; 32])).unwrap();
        let sign = |key: &Ed25519SigningKey| key.sign(b"message").unwrap();
        assert_ne!(sign(&key).bytes(), sign(&zeros).bytes());
        key.wipe();
        assert_eq!(sign(&key).bytes(), sign(&zeros).bytes());
    }
}
