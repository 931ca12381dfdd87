//! X25519.

use crate::{LIBRARY, debug_by_name, fixed, library};
use alloc::boxed::Box;
use orion::hazardous::ecc::x25519::{PrivateKey, PublicKey, key_agreement};
use ossuary_traits::{CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random, Secret};

/// An ephemeral private key of X25519 (RFC 7748): shares and secret of 32 bytes.
///
/// The library itself refuses a secret of zeros, as an invalid share.
// On the heap, so that moves of the state that holds it leave no copy behind.
pub struct X25519(Box<PrivateKey>);

debug_by_name!(X25519);

impl KeyExchange for X25519 {
    const ID: KeyExchangeId = KeyExchangeId::X25519;
    const LIBRARY: &'static str = LIBRARY;

    type ClientShare = [u8; 32];
    type ServerShare = [u8; 32];
    type SharedSecret = Secret<32>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 32]), CryptoError> {
        let mut bytes = Secret::zeroed();
        random.fill(bytes.expose_mut())?;
        let key = Box::new(PrivateKey::from(*bytes.expose()));
        let share = PublicKey::try_from(&*key).map_err(library)?;
        Ok((X25519(key), fixed(share.as_ref())?))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 32],
    ) -> Result<([u8; 32], Secret<32>), CryptoError> {
        let (key, share) = Self::generate(random)?;
        Ok((share, key.complete(client)?))
    }

    fn complete(self, server: &[u8; 32]) -> Result<Secret<32>, CryptoError> {
        let secret = key_agreement(&self.0, &PublicKey::from(*server))
            .map_err(|_| CryptoError::InvalidShare)?;
        fixed(secret.unprotected_as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_zeros_is_refused() {
        let key = X25519(Box::new(PrivateKey::from([1; 32])));
        let secret = key.complete(&[0; 32]);
        assert!(matches!(secret, Err(CryptoError::InvalidShare)));
    }
}
