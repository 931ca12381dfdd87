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
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use crate::testing::{Recorded, bytes};

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

    // Zero, and the point of order 8 that begins with e0 (RFC 7748, section 7).
    #[test]
    fn points_of_small_order_are_refused() {
        let order_8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
        for share in [[0; 32], bytes(order_8)] {
            let mut random = Recorded::new([1; 64]);
            let (client, _) = X25519::generate(&mut random).unwrap();
            let responded = X25519::respond(&mut random, &share);
            assert!(matches!(responded, Err(CryptoError::InvalidShare)));
            let completed = client.complete(&share);
            assert!(matches!(completed, Err(CryptoError::InvalidShare)));
        }
    }

    #[test]
    fn a_random_source_that_fails_is_an_error() {
        let mut random = Recorded::new([1; 31]);
        assert!(matches!(
            X25519::generate(&mut random),
            Err(CryptoError::Random(_))
        ));
    }
}
