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
