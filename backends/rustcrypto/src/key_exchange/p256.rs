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
    use super::*;
    use zeroize::ZeroizeOnDrop;

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn keys_and_secrets_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<SecretKey>();
        wipes::<p256::ecdh::SharedSecret>();
    }
}
