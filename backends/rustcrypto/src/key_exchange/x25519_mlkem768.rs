//! ML-KEM-768 and X25519 joined.

use super::X25519;
use crate::debug_by_name;
use alloc::boxed::Box;
use ml_kem::kem::{Decapsulate, KeyExport};
use ml_kem::{DecapsulationKey768, EncapsulationKey768};
use ossuary_traits::{CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random, Secret, hybrid};
use zeroize::Zeroize;

/// An ephemeral private key of X25519MLKEM768 (FIPS 203 and RFC 7748, joined as
/// in draft-ietf-tls-ecdhe-mlkem): a client's share of 1216 bytes, a server's of
/// 1120, a secret of 64; in each the ML-KEM part comes first.
pub struct X25519MlKem768 {
    // On the heap, so that moves of the state that holds it leave no copy behind.
    ml_kem: Box<DecapsulationKey768>,
    x25519: X25519,
}

debug_by_name!(X25519MlKem768);

impl KeyExchange for X25519MlKem768 {
    const ID: KeyExchangeId = KeyExchangeId::X25519MlKem768;
    const LIBRARY: &'static str = "RustCrypto ml-kem 0.3, x25519-dalek 3.0";

    type ClientShare = [u8; 1216];
    type ServerShare = [u8; 1120];
    type SharedSecret = Secret<64>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 1216]), CryptoError> {
        let mut d_z = Secret::<64>::zeroed();
        for seed in d_z.expose_mut().chunks_exact_mut(32) {
            random.fill(seed)?;
        }
        let ml_kem = Box::new(DecapsulationKey768::from_seed((*d_z.expose()).into()));
        let (x25519, x25519_share) = X25519::generate(random)?;

        let share = hybrid::join(&ml_kem.encapsulation_key().to_bytes(), &x25519_share)?;
        Ok((X25519MlKem768 { ml_kem, x25519 }, share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 1216],
    ) -> Result<([u8; 1120], Secret<64>), CryptoError> {
        let (key, x25519_share) = hybrid::split::<1184>(client)?;
        // FIPS 203, section 7.2: a key with a coefficient that is not below q is none.
        let key = EncapsulationKey768::new(key.into()).map_err(|_| CryptoError::InvalidShare)?;

        let mut m = Secret::<32>::zeroed();
        random.fill(m.expose_mut())?;
        // The call that takes m as bytes (FIPS 203, algorithm 17). The other one
        // wants a generator that cannot fail, and ours can.
        let (ciphertext, mut ml_kem_secret) = key.encapsulate_deterministic(m.expose().into());
        let (x25519_share, x25519_secret) = X25519::respond(random, x25519_share)?;

        let secret = hybrid::join(&ml_kem_secret, x25519_secret.expose())?;
        ml_kem_secret.as_mut_slice().zeroize();
        Ok((hybrid::join(&ciphertext, &x25519_share)?, secret))
    }

    fn complete(self, server: &[u8; 1120]) -> Result<Secret<64>, CryptoError> {
        let (ciphertext, x25519_share) = hybrid::split::<1088>(server)?;
        let mut ml_kem_secret = self.ml_kem.decapsulate(ciphertext.into());
        let x25519_secret = self.x25519.complete(x25519_share)?;

        let secret = hybrid::join(&ml_kem_secret, x25519_secret.expose())?;
        ml_kem_secret.as_mut_slice().zeroize();
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::ZeroizeOnDrop;

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn keys_and_hash_states_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<DecapsulationKey768>();
        wipes::<sha3::Sha3_512>();
    }
}
