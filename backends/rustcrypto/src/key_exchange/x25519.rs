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
    use crate::testing::{Recorded, bytes};
    use zeroize::ZeroizeOnDrop;

    // RFC 7748, section 6.1.
    const ALICE: &str = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    const BOB: &str = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";

    #[test]
    fn both_sides_reproduce_rfc_7748() {
        let alice: [u8; 32] = bytes(ALICE);
        let mut random = Recorded::new([alice, bytes(BOB)].concat());
        let (client, client_share) = X25519::generate(&mut random).unwrap();
        assert_eq!(
            client_share,
            bytes("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
        );
        let (server_share, secret) = X25519::respond(&mut random, &client_share).unwrap();
        assert_eq!(
            server_share,
            bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
        );
        assert_eq!(
            secret.expose(),
            &bytes("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
        );
        assert_eq!(
            client.complete(&server_share).unwrap().expose(),
            secret.expose()
        );
        assert_eq!(random.left(), 0);
    }

    #[test]
    fn a_secret_of_zeros_is_the_protocols_business() {
        let mut random = Recorded::new([1; 32]);
        let (_, secret) = X25519::respond(&mut random, &[0; 32]).unwrap();
        assert_eq!(secret.expose(), &[0; 32]);
    }

    #[test]
    fn a_random_source_that_fails_is_an_error() {
        let mut random = Recorded::new([1; 31]);
        assert!(matches!(
            X25519::generate(&mut random),
            Err(CryptoError::Random(_))
        ));
    }

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn keys_and_secrets_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<StaticSecret>();
        wipes::<x25519_dalek::SharedSecret>();
    }
}
