//! X25519.

use crate::{LIBRARY, debug_by_name};
use alloc::boxed::Box;
use graviola::key_agreement::x25519::{PublicKey, StaticPrivateKey};
use ossuary_traits::{CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random, Secret};

/// An ephemeral private key of X25519 (RFC 7748): shares and secret of 32 bytes.
///
/// The library itself refuses a secret of zeros, as an invalid share.
// `StaticPrivateKey`, since graviola's ephemeral type draws its own randomness.
// `complete` takes `self`, so a key is used once all the same.
// On the heap, so that moves of the state that holds it leave no copy behind.
pub struct X25519(Box<StaticPrivateKey>);

debug_by_name!(X25519);

impl KeyExchange for X25519 {
    const ID: KeyExchangeId = KeyExchangeId::X25519;
    const LIBRARY: &'static str = LIBRARY;

    type ClientShare = [u8; 32];
    type ServerShare = [u8; 32];
    type SharedSecret = Secret<32>;

    fn available() -> Result<(), CryptoError> {
        crate::available()
    }

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 32]), CryptoError> {
        let mut bytes = Secret::zeroed();
        random.fill(bytes.expose_mut())?;
        let key = Box::new(StaticPrivateKey::from_array(bytes.expose()));
        let share = key.public_key().as_bytes();
        Ok((X25519(key), share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 32],
    ) -> Result<([u8; 32], Secret<32>), CryptoError> {
        let (key, share) = Self::generate(random)?;
        Ok((share, key.complete(client)?))
    }

    fn complete(self, server: &[u8; 32]) -> Result<Secret<32>, CryptoError> {
        let secret = self
            .0
            .diffie_hellman(&PublicKey::from_array(server))
            .map_err(|_| CryptoError::InvalidShare)?;
        Ok(Secret::from(secret.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_zeros_is_refused() {
        let key = X25519(Box::new(StaticPrivateKey::from_array(&[1; 32])));
        let secret = key.complete(&[0; 32]);
        assert!(matches!(secret, Err(CryptoError::InvalidShare)));
    }
}
