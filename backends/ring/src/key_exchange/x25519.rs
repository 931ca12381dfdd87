//! X25519.

use super::Ephemeral;
use crate::{RING, debug_by_name};
use ossuary_traits::{CryptoError, KeyExchange, KeyExchangeId, Random, Secret};
use ring::agreement;

/// An ephemeral private key of X25519 (RFC 7748): shares and secret of 32 bytes.
///
/// ring draws it from the operating system. It refuses a secret of zeros by
/// itself, with [`CryptoError::InvalidShare`].
pub struct X25519(Ephemeral);

debug_by_name!(X25519);

impl KeyExchange for X25519 {
    const ID: KeyExchangeId = KeyExchangeId::X25519;
    const LIBRARY: &'static str = RING;
    const REPLAYABLE: bool = false;

    type ClientShare = [u8; 32];
    type ServerShare = [u8; 32];
    type SharedSecret = Secret<32>;

    fn generate(_: &mut dyn Random) -> Result<(Self, [u8; 32]), CryptoError> {
        let (key, share) = Ephemeral::generate(&agreement::X25519)?;
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
        self.0.agree(server)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn a_secret_of_zeros_is_refused() {
        let (key, _) = Ephemeral::generate::<32>(&agreement::X25519).unwrap();
        let secret = key.agree(&[0; 32]);
        assert!(matches!(secret, Err(CryptoError::InvalidShare)));
    }
}
