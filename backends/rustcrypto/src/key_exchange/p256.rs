//! ECDH on P-256.

use crate::{debug_by_name, library};
use alloc::boxed::Box;
use ossuary_traits::{CryptoError, KeyExchange, KeyExchangeId, Random, Secret, draw_scalar};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};

/// An ephemeral private key of ECDH on P-256 (NIST SP 800-56A): shares of 65
/// bytes, which are uncompressed SEC 1 points, and a secret of 32, which is the
/// x coordinate of the shared point.
// On the heap, so that moves of the state that holds it leave no copy behind.
pub struct P256(Box<SecretKey>);

debug_by_name!(P256);

impl KeyExchange for P256 {
    const ID: KeyExchangeId = KeyExchangeId::P256;
    const LIBRARY: &'static str = "RustCrypto p256 0.14";

    type ClientShare = [u8; 65];
    type ServerShare = [u8; 65];
    type SharedSecret = Secret<32>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 65]), CryptoError> {
        let key = private_key(random)?;
        let point = key.public_key().to_sec1_point(false);
        let share = point.as_bytes().try_into().map_err(library)?;
        Ok((P256(Box::new(key)), share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 65],
    ) -> Result<([u8; 65], Secret<32>), CryptoError> {
        let (key, share) = Self::generate(random)?;
        Ok((share, key.complete(client)?))
    }

    fn complete(self, server: &[u8; 65]) -> Result<Secret<32>, CryptoError> {
        // Of 65 bytes, only an uncompressed point is of the length that its first
        // byte announces; whether it is on the curve is checked here as well.
        let server = PublicKey::from_sec1_bytes(server).map_err(|_| CryptoError::InvalidShare)?;
        let secret = self.0.diffie_hellman(&server);
        Ok(Secret::from(<[u8; 32]>::from(*secret.raw_secret_bytes())))
    }
}

/// Draws a private key.
pub(crate) fn private_key(random: &mut dyn Random) -> Result<SecretKey, CryptoError> {
    draw_scalar(random, |scalar| {
        SecretKey::from_bytes(scalar.expose().into()).ok()
    })
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
    use zeroize::ZeroizeOnDrop;

    // RFC 5903, section 8.1.
    const I: &str = "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433";
    const GI: &str = "04\
        dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180\
        5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3";
    const R: &str = "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53";
    const GR: &str = "04\
        d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63\
        56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab";
    const GIR: &str = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de";

    const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

    fn refuses(share: &[u8; 65]) {
        let mut random = Recorded::new(bytes::<32>(R));
        assert!(matches!(
            P256::respond(&mut random, share),
            Err(CryptoError::InvalidShare)
        ));
        let mut random = Recorded::new(bytes::<32>(I));
        let (client, _) = P256::generate(&mut random).unwrap();
        assert!(matches!(
            client.complete(share),
            Err(CryptoError::InvalidShare)
        ));
    }

    #[test]
    fn both_sides_reproduce_rfc_5903() {
        let i: [u8; 32] = bytes(I);
        let mut random = Recorded::new([i, bytes(R)].concat());
        let (client, client_share) = P256::generate(&mut random).unwrap();
        assert_eq!(client_share, bytes(GI));
        let (server_share, secret) = P256::respond(&mut random, &client_share).unwrap();
        assert_eq!(server_share, bytes(GR));
        assert_eq!(secret.expose(), &bytes(GIR));
        assert_eq!(
            client.complete(&server_share).unwrap().expose(),
            secret.expose()
        );
    }

    #[test]
    fn a_scalar_out_of_range_is_drawn_again() {
        let order: [u8; 32] = bytes(ORDER);
        let mut random = Recorded::new([[0; 32], order, [0xff; 32], bytes(I)].concat());
        let (_, share) = P256::generate(&mut random).unwrap();
        assert_eq!(share, bytes(GI));

        // One below the order is the largest scalar, and its point is -G.
        let mut largest = order;
        largest[31] -= 1;
        let mut random = Recorded::new([largest, bytes(I)].concat());
        P256::generate(&mut random).unwrap();
        assert_eq!(random.left(), 32);
    }

    #[test]
    fn a_random_source_that_is_stuck_is_an_error() {
        let mut random = Recorded::new([0; 32 * (8 + 1)]);
        assert!(matches!(
            P256::generate(&mut random),
            Err(CryptoError::Random(_))
        ));
        assert_eq!(random.left(), 32);
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        for bit in 8..8 * 65 {
            let mut share: [u8; 65] = bytes(GR);
            share[bit / 8] ^= 1 << (bit % 8);
            refuses(&share);
        }
    }

    #[test]
    fn infinity_and_other_encodings_are_refused() {
        refuses(&[0; 65]);
        for tag in (0..=u8::MAX).filter(|tag| *tag != 0x04) {
            let mut share: [u8; 65] = bytes(GR);
            share[0] = tag;
            refuses(&share);
        }
        let mut compressed = [0; 65];
        compressed[..33].copy_from_slice(&bytes::<65>(GR)[..33]);
        compressed[0] = 0x03;
        refuses(&compressed);
    }

    // (0, sqrt b) is on the curve, and (p, sqrt b) is another way to write it.
    #[test]
    fn a_coordinate_not_below_the_field_prime_is_refused() {
        let y = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";
        let mut share = [0; 65];
        share[0] = 0x04;
        share[33..].copy_from_slice(&bytes::<32>(y));
        let mut random = Recorded::new(bytes::<32>(R));
        assert!(P256::respond(&mut random, &share).is_ok());

        let p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
        share[1..33].copy_from_slice(&bytes::<32>(p));
        refuses(&share);
    }

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn keys_and_secrets_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<SecretKey>();
        wipes::<p256::ecdh::SharedSecret>();
    }
}
