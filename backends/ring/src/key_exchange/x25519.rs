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
    use crate::testing::{Recorded, bytes};

    // RFC 7748, section 6.1: a public key is X25519 of the private key and 9.
    #[test]
    fn the_secret_with_the_base_point_is_the_share() {
        let (key, share) = X25519::generate(&mut Recorded::new([])).unwrap();
        let mut base = [0; 32];
        base[0] = 9;
        assert_eq!(key.complete(&base).unwrap().expose(), &share);
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
            let share = bytes(share);
            let mut random = Recorded::new([]);
            assert!(matches!(
                X25519::respond(&mut random, &share),
                Err(CryptoError::InvalidShare)
            ));
            let (client, _) = X25519::generate(&mut random).unwrap();
            assert!(matches!(
                client.complete(&share),
                Err(CryptoError::InvalidShare)
            ));
        }
    }
}
