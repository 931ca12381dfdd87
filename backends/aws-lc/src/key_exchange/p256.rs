//! ECDH on P-256.

use crate::{AWS_LC, debug_by_name, library};
use aws_lc_rs::agreement::{
    self, ECDH_P256, ParsedPublicKey, ParsedPublicKeyFormat, PrivateKey, UnparsedPublicKey,
};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use ossuary_traits::{
    CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random, Secret, draw_scalar,
};

/// An ephemeral private key of ECDH on P-256 (NIST SP 800-56A): shares of 65
/// bytes, which are uncompressed SEC 1 points, and a secret of 32, which is the
/// x coordinate of the shared point.
// AWS-LC keeps the key in memory of its own.
pub struct P256(PrivateKey);

debug_by_name!(P256);

impl KeyExchange for P256 {
    const ID: KeyExchangeId = KeyExchangeId::P256;
    const LIBRARY: &'static str = AWS_LC;

    type ClientShare = [u8; 65];
    type ServerShare = [u8; 65];
    type SharedSecret = Secret<32>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 65]), CryptoError> {
        let key = draw_scalar(random, |scalar| private_key(&scalar).ok())?;
        let share = key.compute_public_key().map_err(library)?;
        let share = share.as_ref().try_into().map_err(library)?;
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
        let server = ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, server))
            .map_err(|_| CryptoError::InvalidShare)?;
        // Of 65 bytes there is one more encoding that the library knows: 0x06 and
        // 0x07, the point with its sign.
        if server.format() != ParsedPublicKeyFormat::Uncompressed {
            return Err(CryptoError::InvalidShare);
        }
        agreement::agree(&self.0, server, library(Unspecified), |secret| {
            Secret::from_slice(secret).ok_or_else(|| library(Unspecified))
        })
    }
}

/// The key of a big-endian scalar.
pub(crate) fn private_key(scalar: &Secret<32>) -> Result<PrivateKey, KeyRejected> {
    PrivateKey::from_private_key(&ECDH_P256, scalar.expose())
}
