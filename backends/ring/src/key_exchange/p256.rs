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
