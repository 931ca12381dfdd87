//! The key exchanges of protocol 2 that ring has.

mod p256;
mod x25519;

pub use self::p256::P256;
pub use self::x25519::X25519;

use crate::{failed, library, overwrite};
use alloc::boxed::Box;
use core::mem;
use ossuary_traits::{CryptoError, FixedBytes, RandomError, Secret};
use ring::agreement::{Algorithm, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::rand::SystemRandom;

/// An ephemeral private key of either.
// On the heap, so that moves of the state that holds it leave no copy behind that
// nobody overwrites.
struct Ephemeral(Box<EphemeralPrivateKey>);

impl Ephemeral {
    /// A key, and its public key of `N` bytes.
    fn generate<const N: usize>(
        algorithm: &'static Algorithm,
    ) -> Result<(Self, [u8; N]), CryptoError> {
        let key = Ephemeral(Box::new(draw(algorithm)?));
        let share = key.0.compute_public_key().map_err(failed)?;
        let share = share.as_ref().try_into().map_err(library)?;
        Ok((key, share))
    }

    fn agree(mut self, peer: &[u8]) -> Result<Secret<32>, CryptoError> {
        let algorithm = self.0.algorithm();
        let key = mem::replace(&mut *self.0, draw(algorithm)?);
        let peer = UnparsedPublicKey::new(algorithm, peer);
        // ring gives no reason, but of all that goes in only the peer's share can
        // be wrong.
        agree_ephemeral(key, &peer, Secret::from_slice)
            .map_err(|Unspecified| CryptoError::InvalidShare)?
            .ok_or_else(|| failed(Unspecified))
    }
}

impl Drop for Ephemeral {
    fn drop(&mut self) {
        if let Ok(other) = draw(self.0.algorithm()) {
            overwrite(&mut *self.0, other);
        }
    }
}

/// Has ring draw a private key from the operating system, its only source.
fn draw(algorithm: &'static Algorithm) -> Result<EphemeralPrivateKey, CryptoError> {
    EphemeralPrivateKey::generate(algorithm, &SystemRandom::new())
        .map_err(|Unspecified| RandomError::new("the operating system gave no randomness").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::needs_drop;

    #[test]
    fn a_key_that_is_dropped_is_overwritten() {
        const { assert!(needs_drop::<X25519>() && needs_drop::<P256>()) };
    }
}
