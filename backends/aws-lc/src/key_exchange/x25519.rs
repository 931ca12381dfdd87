//! X25519.

use crate::{AWS_LC, debug_by_name, library};
use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use ossuary_traits::{CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random, Secret};

/// An ephemeral private key of X25519 (RFC 7748): shares and secret of 32 bytes.
///
/// AWS-LC refuses a secret of zeros by itself: [`CryptoError::InvalidShare`].
// AWS-LC keeps the key in memory of its own. The library's ephemeral type draws
// its own randomness; `complete` takes `self`, so a key is used once all the same.
pub struct X25519(PrivateKey);

debug_by_name!(X25519);

impl KeyExchange for X25519 {
    const ID: KeyExchangeId = KeyExchangeId::X25519;
    const LIBRARY: &'static str = AWS_LC;

    type ClientShare = [u8; 32];
    type ServerShare = [u8; 32];
    type SharedSecret = Secret<32>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 32]), CryptoError> {
        let mut bytes = Secret::<32>::zeroed();
        random.fill(bytes.expose_mut())?;
        let key =
            PrivateKey::from_private_key(&agreement::X25519, bytes.expose()).map_err(library)?;
        let share = key.compute_public_key().map_err(library)?;
        let share = share.as_ref().try_into().map_err(library)?;
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
        let server = UnparsedPublicKey::new(&agreement::X25519, server);
        agreement::agree(&self.0, server, CryptoError::InvalidShare, |secret| {
            Secret::from_slice(secret).ok_or(CryptoError::InvalidShare)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn a_secret_of_zeros_is_refused() {
        let key = PrivateKey::from_private_key(&agreement::X25519, &[1; 32])
            .map(X25519)
            .unwrap();
        let secret = key.complete(&[0; 32]);
        assert!(matches!(secret, Err(CryptoError::InvalidShare)));
    }
}
