//! ML-KEM-768 and X25519 joined.

use super::X25519;
use crate::{LIBRARY, debug_by_name};
use alloc::boxed::Box;
use graviola::key_agreement::mlkem768::{Ciphertext, DecapKey, EncapKey, Message};
use ossuary_traits::{CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random, Secret};

/// An ephemeral private key of X25519MLKEM768 (FIPS 203 and RFC 7748, joined as
/// in draft-ietf-tls-ecdhe-mlkem): a client's share of 1216 bytes, a server's of
/// 1120, a secret of 64; in each the ML-KEM part comes first.
///
/// The library itself refuses an X25519 secret of zeros, as an invalid share.
///
/// The ML-KEM functions that take their randomness as bytes (FIPS 203,
/// algorithms 16 and 17) are public in graviola and hidden from its
/// documentation. On aarch64 they do not turn on the processor's mode of
/// data-independent timing, as the other functions of its key exchanges do.
pub struct X25519MlKem768 {
    // On the heap, so that moves of the state that holds it leave no copy behind.
    ml_kem: Box<DecapKey>,
    x25519: X25519,
}

debug_by_name!(X25519MlKem768);

impl KeyExchange for X25519MlKem768 {
    const ID: KeyExchangeId = KeyExchangeId::X25519MlKem768;
    const LIBRARY: &'static str = LIBRARY;

    type ClientShare = [u8; 1216];
    type ServerShare = [u8; 1120];
    type SharedSecret = Secret<64>;

    fn available() -> Result<(), CryptoError> {
        crate::available()
    }

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 1216]), CryptoError> {
        // The hidden functions do not look at the processor themselves, as the others do.
        crate::available()?;
        let mut d_z = Secret::<64>::zeroed();
        for seed in d_z.expose_mut().chunks_exact_mut(32) {
            random.fill(seed)?;
        }
        let ml_kem = Box::new(DecapKey::keygen_internal(d_z.expose()));
        let (x25519, x25519_share) = X25519::generate(random)?;

        let share = join(&ml_kem.encapsulation_key().as_bytes(), &x25519_share);
        Ok((X25519MlKem768 { ml_kem, x25519 }, share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 1216],
    ) -> Result<([u8; 1120], Secret<64>), CryptoError> {
        crate::available()?;
        let (key, x25519_share) = split(client)?;
        // FIPS 203, section 7.2: a key with a coefficient that is not below q is none.
        let key = EncapKey::from_bytes(key).map_err(|_| CryptoError::InvalidShare)?;

        let mut m = Message([0; 32]);
        random.fill(&mut m.0)?;
        let (ml_kem_secret, ciphertext) = key.encaps_internal(m);
        let (x25519_share, x25519_secret) = X25519::respond(random, x25519_share)?;

        let secret = join(ml_kem_secret.as_ref(), x25519_secret.expose());
        Ok((join(ciphertext.as_ref(), &x25519_share), secret))
    }

    fn complete(self, server: &[u8; 1120]) -> Result<Secret<64>, CryptoError> {
        let (ciphertext, x25519_share) = split(server)?;
        let ml_kem_secret = self.ml_kem.decaps(&Ciphertext::from(*ciphertext));
        let x25519_secret = self.x25519.complete(x25519_share)?;
        Ok(join(ml_kem_secret.as_ref(), x25519_secret.expose()))
    }
}

/// The ML-KEM part of `N` bytes and the X25519 part of a share.
fn split<const N: usize>(share: &[u8]) -> Result<(&[u8; N], &[u8; 32]), CryptoError> {
    share
        .split_last_chunk()
        .and_then(|(ml_kem, x25519)| Some((ml_kem.try_into().ok()?, x25519)))
        .ok_or(CryptoError::InvalidShare)
}

/// A share or a secret of its two parts, which fill it.
fn join<T: FixedBytes>(ml_kem: &[u8], x25519: &[u8; 32]) -> T {
    let mut joined = T::zeroed();
    for (place, byte) in joined.as_mut().iter_mut().zip(ml_kem.iter().chain(x25519)) {
        *place = *byte;
    }
    joined
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
        let ml_kem = DecapKey::keygen_internal(&seed.try_into().unwrap()).encapsulation_key();
        assert_eq!(share[..1184], ml_kem.as_bytes());
        let mut random = Recorded::new((64..96).collect::<Vec<u8>>());
        let (_, x25519_share) = X25519::generate(&mut random).unwrap();
        assert_eq!(share[1184..], x25519_share);

        let (server_share, _) = respond(&share).unwrap();
        let m: Vec<u8> = (100..132).collect();
        let (_, ciphertext) = ml_kem.encaps_internal(Message(m.try_into().unwrap()));
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
