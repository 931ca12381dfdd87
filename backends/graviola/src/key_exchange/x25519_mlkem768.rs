//! ML-KEM-768 and X25519 joined.

use super::X25519;
use crate::{LIBRARY, debug_by_name};
use alloc::boxed::Box;
use core::mem;
use graviola::key_agreement::mlkem768::{Ciphertext, DecapKey, EncapKey};
use ossuary_traits::{
    CryptoError, KeyExchange, KeyExchangeId, Random, RandomError, Secret, hybrid,
};

/// An ephemeral private key of X25519MLKEM768 (FIPS 203 and RFC 7748, joined as
/// in draft-ietf-tls-ecdhe-mlkem): a client's share of 1216 bytes, a server's of
/// 1120, a secret of 64; in each the ML-KEM part comes first.
///
/// The library itself refuses an X25519 secret of zeros, as an invalid share.
///
/// The X25519 half is drawn from the caller's randomness; graviola draws the
/// ML-KEM half itself. The functions that take it as bytes are hidden from its
/// documentation, and do not turn on the processor's mode of data-independent
/// timing (aarch64), as those do that are used here.
pub struct X25519MlKem768 {
    // On the heap, so that moves of the state that holds it leave no copy behind.
    ml_kem: Box<DecapKey>,
    x25519: X25519,
}

debug_by_name!(X25519MlKem768);

impl KeyExchange for X25519MlKem768 {
    const ID: KeyExchangeId = KeyExchangeId::X25519MlKem768;
    const LIBRARY: &'static str = LIBRARY;
    const REPLAYABLE: bool = false;

    type ClientShare = [u8; 1216];
    type ServerShare = [u8; 1120];
    type SharedSecret = Secret<64>;

    fn available() -> Result<(), CryptoError> {
        crate::available()
    }

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 1216]), CryptoError> {
        let ml_kem = Box::new(DecapKey::generate().map_err(random_failed)?);
        let (x25519, x25519_share) = X25519::generate(random)?;

        let share = hybrid::join(&ml_kem.encapsulation_key().as_bytes(), &x25519_share)?;
        Ok((X25519MlKem768 { ml_kem, x25519 }, share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 1216],
    ) -> Result<([u8; 1120], Secret<64>), CryptoError> {
        let (key, x25519_share) = hybrid::split(client)?;
        // FIPS 203, section 7.2: a key with a coefficient that is not below q is none.
        let key = EncapKey::from_bytes(key).map_err(|_| CryptoError::InvalidShare)?;

        let (ml_kem_secret, ciphertext) = key.encaps().map_err(random_failed)?;
        let (x25519_share, x25519_secret) = X25519::respond(random, x25519_share)?;

        let secret = hybrid::join(ml_kem_secret.as_ref(), x25519_secret.expose())?;
        Ok((hybrid::join(ciphertext.as_ref(), &x25519_share)?, secret))
    }

    fn complete(mut self, server: &[u8; 1120]) -> Result<Secret<64>, CryptoError> {
        let (ciphertext, x25519_share) = hybrid::split(server)?;
        // `decaps` takes the key out of its box, which would be freed as it is. So
        // another takes its place there; the library has no cheaper one.
        let other = DecapKey::generate().map_err(random_failed)?;
        let ml_kem = mem::replace(&mut *self.ml_kem, other);
        let ml_kem_secret = ml_kem.decaps(&Ciphertext::from(*ciphertext));
        let x25519_secret = self.x25519.complete(x25519_share)?;
        hybrid::join(ml_kem_secret.as_ref(), x25519_secret.expose())
    }
}

/// Making an ML-KEM key or a ciphertext fails only where graviola's random source
/// does.
fn random_failed(error: graviola::Error) -> CryptoError {
    RandomError::new(error).into()
}
#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    extern crate std;

    use super::*;
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    struct Ones;

    impl Random for Ones {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
            out.fill(1);
            Ok(())
        }
    }

    // The block where the key was, as it is when the key has been used up.
    #[test]
    fn a_key_that_was_used_is_not_left_on_the_heap() {
        let memory = File::open("/proc/self/mem").unwrap();
        let (client, client_share) = X25519MlKem768::generate(&mut Ones).unwrap();
        let (server_share, _) = X25519MlKem768::respond(&mut Ones, &client_share).unwrap();
        let place = (&raw const *client.ml_kem).addr() as u64;
        let [mut held, mut left] = [[0; size_of::<DecapKey>()]; 2];
        memory.read_exact_at(&mut held, place).unwrap();
        client.complete(&server_share).unwrap();
        memory.read_exact_at(&mut left, place).unwrap();
        let pieces = held.chunks(8).zip(left.chunks(8));
        let same = pieces.filter(|(held, left)| held == left && **held != [0; 8]);
        assert_eq!(same.count(), 0);
    }
}
