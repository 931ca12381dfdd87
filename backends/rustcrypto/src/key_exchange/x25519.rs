//! X25519.

use crate::debug_by_name;
use alloc::boxed::Box;
use ossuary_traits::{CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random, Secret};
use x25519_dalek::{PublicKey, StaticSecret};

/// An ephemeral private key of X25519 (RFC 7748): shares and secret of 32 bytes.
///
/// A secret of zeros is given out like any other; the protocol refuses it.
// `StaticSecret`, since dalek's ephemeral type is made only by a generator that
// cannot fail. `complete` takes `self`, so a key is used once all the same.
// On the heap, so that moves of the state that holds it leave no copy behind.
pub struct X25519(Box<StaticSecret>);

debug_by_name!(X25519);

impl KeyExchange for X25519 {
    const ID: KeyExchangeId = KeyExchangeId::X25519;
    const LIBRARY: &'static str = "x25519-dalek 3.0";

    type ClientShare = [u8; 32];
    type ServerShare = [u8; 32];
    type SharedSecret = Secret<32>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 32]), CryptoError> {
        let mut bytes = Secret::zeroed();
        random.fill(bytes.expose_mut())?;
        let key = Box::new(StaticSecret::from(*bytes.expose()));
        let share = PublicKey::from(&*key).to_bytes();
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
        Ok(Secret::from(
            self.0.diffie_hellman(&PublicKey::from(*server)).to_bytes(),
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use zeroize::ZeroizeOnDrop;

    #[test]
    fn a_secret_of_zeros_is_given_out() {
        let key = X25519(Box::new(StaticSecret::from([1; 32])));
        assert_eq!(key.complete(&[0; 32]).unwrap().expose(), &[0; 32]);
    }

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn keys_and_secrets_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<StaticSecret>();
        wipes::<x25519_dalek::SharedSecret>();
    }
}
