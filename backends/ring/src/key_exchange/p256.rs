//! ECDH on P-256.

use super::Ephemeral;
use crate::{RING, debug_by_name};
use ossuary_traits::{CryptoError, KeyExchange, KeyExchangeId, Random, Secret};
use ring::agreement;

/// An ephemeral private key of ECDH on P-256 (NIST SP 800-56A): shares of 65
/// bytes, which are uncompressed SEC 1 points, and a secret of 32, which is the
/// x coordinate of the shared point.
///
/// ring draws it from the operating system.
pub struct P256(Ephemeral);

debug_by_name!(P256);

impl KeyExchange for P256 {
    const ID: KeyExchangeId = KeyExchangeId::P256;
    const LIBRARY: &'static str = RING;
    const REPLAYABLE: bool = false;

    type ClientShare = [u8; 65];
    type ServerShare = [u8; 65];
    type SharedSecret = Secret<32>;

    fn generate(_: &mut dyn Random) -> Result<(Self, [u8; 65]), CryptoError> {
        let (key, share) = Ephemeral::generate(&agreement::ECDH_P256)?;
        Ok((P256(key), share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 65],
    ) -> Result<([u8; 65], Secret<32>), CryptoError> {
        let (key, share) = Self::generate(random)?;
        Ok((share, key.complete(client)?))
    }

    fn complete(self, server: &[u8; 65]) -> Result<Secret<32>, CryptoError> {
        self.0.agree(server)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a panic is how a test fails"
    )]

    use super::*;
    use crate::testing::{Recorded, bytes};

    /// The base point (FIPS 186-4, appendix D.1.2.3).
    const G: &str = "04\
        6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
        4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

    fn complete(share: &[u8; 65]) -> Result<Secret<32>, CryptoError> {
        let (key, _) = P256::generate(&mut Recorded::new([]))?;
        key.complete(share)
    }

    fn refuses(share: &[u8; 65]) {
        assert!(matches!(complete(share), Err(CryptoError::InvalidShare)));
        assert!(matches!(
            P256::respond(&mut Recorded::new([]), share),
            Err(CryptoError::InvalidShare)
        ));
    }

    #[test]
    fn the_secret_with_the_base_point_is_the_x_of_the_share() {
        let (key, share) = P256::generate(&mut Recorded::new([])).unwrap();
        let secret = key.complete(&bytes(G)).unwrap();
        assert_eq!(share[0], 0x04);
        assert_eq!(secret.expose()[..], share[1..33]);
    }

    #[test]
    fn what_is_no_uncompressed_point_on_the_curve_is_refused() {
        refuses(&[0; 65]);
        for bit in 0..8 * 65 {
            let mut share: [u8; 65] = bytes(G);
            share[bit / 8] ^= 1 << (bit % 8);
            refuses(&share);
        }
        let mut compressed: [u8; 65] = bytes(G);
        compressed[0] = 0x03;
        compressed[33..].fill(0);
        refuses(&compressed);
    }

    // (0, sqrt b) is on the curve, and (p, sqrt b) is another way to write it.
    #[test]
    fn a_coordinate_not_below_the_field_prime_is_refused() {
        let y = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";
        let mut share = [0; 65];
        share[0] = 0x04;
        share[33..].copy_from_slice(&bytes::<32>(y));
        complete(&share).unwrap();

        let p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
        share[1..33].copy_from_slice(&bytes::<32>(p));
        refuses(&share);
    }
}
