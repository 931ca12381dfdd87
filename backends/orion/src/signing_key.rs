//! A private key in memory that signs.

use crate::library;
use alloc::boxed::Box;
use core::fmt;
use orion::KP;
use orion::hazardous::dsa::mldsa65;
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, Random, Secret, Signature, SignatureScheme, SigningKey,
};

/// A private key of ML-DSA-65 (FIPS 204).
///
/// Its signatures are those of the deterministic variant, with an empty context.
pub struct MlDsa65SigningKey {
    // On the heap, so that moves into a key store leave no copy behind.
    key: Box<mldsa65::KeyPair>,
    secret: Secret<32>,
    identity: Identity,
}

impl MlDsa65SigningKey {
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

    /// The key of a seed ξ of 32 bytes (FIPS 204, algorithm 6).
    ///
    /// # Errors
    ///
    /// None that `secret` could cause: every seed is a key.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        let key = mldsa65::KeyPair::new((*secret.expose()).into()).map_err(library)?;
        let key = Box::new(key);
        let identity = Identity::new(SignatureScheme::MlDsa65, key.public().as_ref());
        Ok(MlDsa65SigningKey {
            key,
            secret,
            identity: identity.map_err(library)?,
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
        let signed = self.key.private().sign_deterministic(message, b"");
        Signature::new(SignatureScheme::MlDsa65, signed.map_err(library)?.as_ref()).map_err(library)
    }
}

impl fmt::Debug for MlDsa65SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MlDsa65SigningKey")
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
    fn signatures_are_deterministic() {
        let key = MlDsa65SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let [first, second] = [(); 2].map(|()| key.sign(b"message").unwrap());
        assert_eq!(first.bytes(), second.bytes());
    }

    #[test]
    fn a_key_prints_its_identity_only() {
        let key = MlDsa65SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let expected = format!("MlDsa65SigningKey({:?})", key.identity());
        assert_eq!(format!("{key:?}"), expected);
    }
}
