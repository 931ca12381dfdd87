//! ML-KEM-768 and X25519 joined.

use super::X25519;
use crate::{LIBRARY, debug_by_name, library};
use alloc::boxed::Box;
use orion::KP;
use orion::hazardous::kem::mlkem768::{Ciphertext, EncapsulationKey, KeyPair};
use ossuary_traits::{CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random, Secret, hybrid};

/// An ephemeral private key of X25519MLKEM768 (FIPS 203 and RFC 7748, joined as
/// in draft-ietf-tls-ecdhe-mlkem): a client's share of 1216 bytes, a server's of
/// 1120, a secret of 64; in each the ML-KEM part comes first.
///
/// The library itself refuses an X25519 secret of zeros, as an invalid share.
pub struct X25519MlKem768 {
    // On the heap, so that moves of the state that holds it leave no copy behind.
    ml_kem: Box<KeyPair>,
    x25519: X25519,
}

debug_by_name!(X25519MlKem768);

impl KeyExchange for X25519MlKem768 {
    const ID: KeyExchangeId = KeyExchangeId::X25519MlKem768;
    const LIBRARY: &'static str = LIBRARY;

    type ClientShare = [u8; 1216];
    type ServerShare = [u8; 1120];
    type SharedSecret = Secret<64>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 1216]), CryptoError> {
        let mut d_z = Secret::<64>::zeroed();
        for seed in d_z.expose_mut().chunks_exact_mut(32) {
            random.fill(seed)?;
        }
        let ml_kem = Box::new(KeyPair::new((*d_z.expose()).into()).map_err(library)?);
        let (x25519, x25519_share) = X25519::generate(random)?;

        let share = hybrid::join(ml_kem.public().as_ref(), &x25519_share)?;
        Ok((X25519MlKem768 { ml_kem, x25519 }, share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 1216],
    ) -> Result<([u8; 1120], Secret<64>), CryptoError> {
        let (key, x25519_share) = hybrid::split::<1184>(client)?;
        // FIPS 203, section 7.2: a key with a coefficient that is not below q is none.
        let key = EncapsulationKey::try_from(key).map_err(|_| CryptoError::InvalidShare)?;

        let mut m = Secret::<32>::zeroed();
        random.fill(m.expose_mut())?;
        // FIPS 203, algorithm 17: the call that takes m.
        let (ml_kem_secret, ciphertext) = key
            .encap_deterministic(&(*m.expose()).into())
            .map_err(library)?;
        let (x25519_share, x25519_secret) = X25519::respond(random, x25519_share)?;

        let secret = hybrid::join(ml_kem_secret.unprotected_as_ref(), x25519_secret.expose())?;
        Ok((hybrid::join(ciphertext.as_ref(), &x25519_share)?, secret))
    }

    fn complete(self, server: &[u8; 1120]) -> Result<Secret<64>, CryptoError> {
        let (ciphertext, x25519_share) = hybrid::split::<1088>(server)?;
        let ciphertext = Ciphertext::try_from(ciphertext).map_err(library)?;

        let ml_kem_secret = self.ml_kem.decap(&ciphertext).map_err(library)?;
        let x25519_secret = self.x25519.complete(x25519_share)?;
        hybrid::join(ml_kem_secret.unprotected_as_ref(), x25519_secret.expose())
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
    use crate::testing::Recorded;
    use alloc::vec::Vec;

    fn generate() -> (X25519MlKem768, [u8; 1216]) {
        X25519MlKem768::generate(&mut Recorded::new((0..96).collect::<Vec<u8>>())).unwrap()
    }

    fn respond(share: &[u8; 1216]) -> Result<([u8; 1120], Secret<64>), CryptoError> {
        X25519MlKem768::respond(&mut Recorded::new((100..164).collect::<Vec<u8>>()), share)
    }

    #[test]
    fn both_sides_have_one_secret() {
        let (client, client_share) = generate();
        let (server_share, secret) = respond(&client_share).unwrap();
        let completed = client.complete(&server_share).unwrap();
        assert_eq!(completed.expose(), secret.expose());
        assert_ne!(secret.expose()[..32], [0; 32]);
        assert_ne!(secret.expose()[32..], [0; 32]);
    }

    #[test]
    fn randomness_is_drawn_in_the_order_of_the_seam() {
        let (_, share) = generate();
        let seed: Vec<u8> = (0..64).collect();
        let ml_kem = KeyPair::new(seed.as_slice().try_into().unwrap()).unwrap();
        assert_eq!(share[..1184], *ml_kem.public().as_ref());
        let mut random = Recorded::new((64..96).collect::<Vec<u8>>());
        let (_, x25519_share) = X25519::generate(&mut random).unwrap();
        assert_eq!(share[1184..], x25519_share);

        let (server_share, _) = respond(&share).unwrap();
        let m: Vec<u8> = (100..132).collect();
        let m = m.as_slice().try_into().unwrap();
        let (_, ciphertext) = ml_kem.public().encap_deterministic(&m).unwrap();
        assert_eq!(server_share[..1088], *ciphertext.as_ref());
        let mut random = Recorded::new((132..164).collect::<Vec<u8>>());
        let (_, x25519_share) = X25519::generate(&mut random).unwrap();
        assert_eq!(server_share[1088..], x25519_share);
    }

    #[test]
    fn a_random_source_that_fails_is_an_error() {
        for len in [0, 31, 32, 63, 64, 95] {
            let mut random = Recorded::new([1; 95][..len].to_vec());
            let result = X25519MlKem768::generate(&mut random);
            assert!(matches!(result, Err(CryptoError::Random(_))), "{len} bytes");
        }
        let (_, share) = generate();
        for len in [0, 31, 32, 63] {
            let mut random = Recorded::new([1; 63][..len].to_vec());
            let result = X25519MlKem768::respond(&mut random, &share);
            assert!(matches!(result, Err(CryptoError::Random(_))), "{len} bytes");
        }
    }

    // The first coefficient is the low 12 bits of the first two bytes, and q is 3329.
    #[test]
    fn a_coefficient_must_be_below_q() {
        let with_first_coefficient = |value: u16| {
            let (_, mut share) = generate();
            let [low, high] = value.to_le_bytes();
            share[0] = low;
            share[1] = (share[1] & 0xf0) | high;
            respond(&share)
        };
        assert!(with_first_coefficient(3328).is_ok());
        for value in [3329, 3330, 4095] {
            assert!(matches!(
                with_first_coefficient(value),
                Err(CryptoError::InvalidShare)
            ));
        }
    }

    // FIPS 203, section 6.3: implicit rejection. The X25519 half is not touched.
    #[test]
    fn a_changed_ciphertext_gives_another_secret_and_no_error() {
        for position in [0, 1087] {
            let (client, client_share) = generate();
            let (mut server_share, secret) = respond(&client_share).unwrap();
            server_share[position] ^= 1;
            let other = client.complete(&server_share).unwrap();
            assert_ne!(other.expose()[..32], secret.expose()[..32]);
            assert_eq!(other.expose()[32..], secret.expose()[32..]);
        }
    }

    #[test]
    fn an_x25519_secret_of_zeros_is_refused_in_the_second_half_too() {
        let (client, mut client_share) = generate();
        let (mut server_share, _) = respond(&client_share).unwrap();
        client_share[1184..].fill(0);
        server_share[1088..].fill(0);
        assert!(matches!(
            respond(&client_share),
            Err(CryptoError::InvalidShare)
        ));
        assert!(matches!(
            client.complete(&server_share),
            Err(CryptoError::InvalidShare)
        ));
    }
}
