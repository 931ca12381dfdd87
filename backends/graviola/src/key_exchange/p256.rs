//! ECDH on P-256.

use crate::{LIBRARY, debug_by_name, library};
use alloc::boxed::Box;
use graviola::key_agreement::p256::{PublicKey, StaticPrivateKey};
use ossuary_traits::{CryptoError, KeyExchange, KeyExchangeId, Random, Secret, draw_scalar};

/// An ephemeral private key of ECDH on P-256 (NIST SP 800-56A): shares of 65
/// bytes, which are uncompressed SEC 1 points, and a secret of 32, which is the
/// x coordinate of the shared point.
// `StaticPrivateKey` and on the heap, for the reasons of `X25519`.
pub struct P256(Box<StaticPrivateKey>);

debug_by_name!(P256);

impl KeyExchange for P256 {
    const ID: KeyExchangeId = KeyExchangeId::P256;
    const LIBRARY: &'static str = LIBRARY;

    type ClientShare = [u8; 65];
    type ServerShare = [u8; 65];
    type SharedSecret = Secret<32>;

    fn available() -> Result<(), CryptoError> {
        crate::available()
    }

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 65]), CryptoError> {
        let key = Box::new(private_key(random)?);
        let share = key.public_key_uncompressed();
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
        let server =
            PublicKey::from_x962_uncompressed(server).map_err(|_| CryptoError::InvalidShare)?;
        // Of a point on the curve the library makes an error only where it computed wrong.
        let secret = self.0.diffie_hellman(&server).map_err(library)?;
        Ok(Secret::from(secret.0))
    }
}

/// Draws a private key.
pub(crate) fn private_key(random: &mut dyn Random) -> Result<StaticPrivateKey, CryptoError> {
    draw_scalar(random, |scalar| {
        StaticPrivateKey::from_bytes(scalar.as_ref()).ok()
    })
}
