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

    // Points of small order: u = 0, 1 and -1, and one of order 8.
    #[test]
    fn a_secret_of_zeros_is_refused() {
        for share in [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        ] {
            let mut random = Recorded::new([1; 32]);
            assert!(matches!(
                X25519::respond(&mut random, &bytes(share)),
                Err(CryptoError::InvalidShare)
            ));
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
