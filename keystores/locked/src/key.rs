//! Signing keys whose secrets are in locked memory.

use crate::{LockError, LockedSecret};
use ossuary_traits::{CryptoError, Identity, Secret, Signature, SigningKey};
use std::fmt;

/// A signing key of any backend, whose secret of 32 bytes is in locked memory.
///
/// The backend's own key is made of it for each signature and dropped again: those have
/// copies on the heap, and what is in the memory of a C library could not be locked from
/// here. It makes a signature about twice as slow, once a handshake.
pub struct LockedKey<K> {
    secret: LockedSecret<32>,
    from_secret: fn(Secret<32>) -> Result<K, CryptoError>,
    identity: Identity,
}

impl<K: SigningKey> LockedKey<K> {
    /// Locks memory for `secret`, of which `from_secret` makes the backend's key; every
    /// backend's keys have such a function, such as `Ed25519SigningKey::from_secret`.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Library`] with a [`LockError`]: the system does not lock the memory.
    /// Or those of `from_secret`: `secret` is not in the range of private keys.
    pub fn new(
        secret: Secret<32>,
        from_secret: fn(Secret<32>) -> Result<K, CryptoError>,
    ) -> Result<Self, CryptoError> {
        let secret = LockedSecret::new(secret).map_err(LockError::into_crypto)?;
        let identity = from_secret(copy(&secret))?.identity();
        Ok(LockedKey {
            secret,
            from_secret,
            identity,
        })
    }
}

impl LockError {
    fn into_crypto(self) -> CryptoError {
        CryptoError::Library(Box::new(self))
    }
}

fn copy(secret: &LockedSecret<32>) -> Secret<32> {
    let mut copy = Secret::from([0; 32]);
    copy.expose_mut().copy_from_slice(secret.expose());
    copy
}

impl<K: SigningKey> SigningKey for LockedKey<K> {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        (self.from_secret)(copy(&self.secret))?.sign(message)
    }
}

impl<K> fmt::Debug for LockedKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LockedKey").field(&self.identity).finish()
    }
}
