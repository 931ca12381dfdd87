//! ML-KEM-768 and X25519 joined.

use super::X25519;
use crate::{AWS_LC, debug_by_name, library};
use aws_lc_rs::kem::{DecapsulationKey, EncapsulationKey, ML_KEM_768};
use ossuary_traits::{CryptoError, KeyExchange, KeyExchangeId, Random, Secret, hybrid};

/// An ephemeral private key of X25519MLKEM768 (FIPS 203 and RFC 7748, joined as
/// in draft-ietf-tls-ecdhe-mlkem): a client's share of 1216 bytes, a server's of
/// 1120, a secret of 64; in each the ML-KEM part comes first.
///
/// The X25519 half is drawn from the caller's randomness; AWS-LC draws the ML-KEM
/// half itself.
// AWS-LC keeps both keys in memory of its own.
pub struct X25519MlKem768 {
    ml_kem: DecapsulationKey,
    x25519: X25519,
}

debug_by_name!(X25519MlKem768);

impl KeyExchange for X25519MlKem768 {
    const ID: KeyExchangeId = KeyExchangeId::X25519MlKem768;
    const LIBRARY: &'static str = AWS_LC;
    const REPLAYABLE: bool = false;

    type ClientShare = [u8; 1216];
    type ServerShare = [u8; 1120];
    type SharedSecret = Secret<64>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 1216]), CryptoError> {
        let ml_kem = DecapsulationKey::generate(&ML_KEM_768).map_err(library)?;
        let public_key = ml_kem.encapsulation_key().map_err(library)?;
        let public_key = public_key.key_bytes().map_err(library)?;
        let (x25519, x25519_share) = X25519::generate(random)?;

        let share = hybrid::join(public_key.as_ref(), &x25519_share)?;
        Ok((X25519MlKem768 { ml_kem, x25519 }, share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 1216],
    ) -> Result<([u8; 1120], Secret<64>), CryptoError> {
        let (key, x25519_share) = hybrid::split::<1184>(client)?;
        // FIPS 203, section 7.2: a key with a coefficient that is not below q is
        // none. AWS-LC checks that when it encapsulates, and gives no reason, but
        // of all that goes in only the peer's key can be wrong.
        let (ciphertext, ml_kem_secret) = EncapsulationKey::new(&ML_KEM_768, key)
            .map_err(|_| CryptoError::InvalidShare)?
            .encapsulate()
            .map_err(|_| CryptoError::InvalidShare)?;
        let (x25519_share, x25519_secret) = X25519::respond(random, x25519_share)?;

        let secret = hybrid::join(ml_kem_secret.as_ref(), x25519_secret.expose())?;
        Ok((hybrid::join(ciphertext.as_ref(), &x25519_share)?, secret))
    }

    fn complete(self, server: &[u8; 1120]) -> Result<Secret<64>, CryptoError> {
        let (ciphertext, x25519_share) = hybrid::split::<1088>(server)?;
        let ml_kem_secret = self
            .ml_kem
            .decapsulate(ciphertext.as_slice().into())
            .map_err(library)?;
        let x25519_secret = self.x25519.complete(x25519_share)?;
        hybrid::join(ml_kem_secret.as_ref(), x25519_secret.expose())
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

    fn generate() -> (X25519MlKem768, [u8; 1216]) {
        X25519MlKem768::generate(&mut Recorded::new([1; 32])).unwrap()
    }

    fn respond(share: &[u8; 1216]) -> Result<([u8; 1120], Secret<64>), CryptoError> {
        X25519MlKem768::respond(&mut Recorded::new([2; 32]), share)
    }

    #[test]
    fn both_sides_have_one_secret() {
        let (client, client_share) = generate();
        let (server_share, secret) = respond(&client_share).unwrap();
        let completed = client.complete(&server_share).unwrap();
        assert_eq!(completed.expose(), secret.expose());
        assert_ne!(secret.expose()[..32], [0; 32]);

        // The X25519 half is behind the other, and is what was drawn.
        let (x25519, client_half) = X25519::generate(&mut Recorded::new([1; 32])).unwrap();
        let (_, server_half) = X25519::generate(&mut Recorded::new([2; 32])).unwrap();
        assert_eq!(client_share[1184..], client_half);
        assert_eq!(server_share[1088..], server_half);
        let half = x25519.complete(&server_half).unwrap();
        assert_eq!(secret.expose()[32..], half.expose()[..]);
    }

    #[test]
    fn the_ml_kem_half_is_not_the_callers() {
        let ((_, first), (_, second)) = (generate(), generate());
        assert_ne!(first[..1184], second[..1184]);
        let (first_answer, _) = respond(&first).unwrap();
        let (second_answer, _) = respond(&first).unwrap();
        assert_ne!(first_answer[..1088], second_answer[..1088]);
    }

    #[test]
    fn a_random_source_that_fails_is_an_error() {
        let mut random = Recorded::new([1; 31]);
        let result = X25519MlKem768::generate(&mut random);
        assert!(matches!(result, Err(CryptoError::Random(_))));
    }

    #[test]
    fn an_x25519_half_without_a_secret_is_refused() {
        let (client, mut client_share) = generate();
        let (mut server_share, _) = respond(&client_share).unwrap();
        client_share[1184..].fill(0);
        server_share[1088..].fill(0);
        let result = respond(&client_share);
        assert!(matches!(result, Err(CryptoError::InvalidShare)));
        let result = client.complete(&server_share);
        assert!(matches!(result, Err(CryptoError::InvalidShare)));
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
}
