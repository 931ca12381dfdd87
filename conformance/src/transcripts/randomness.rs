//! The randomness of a transcript, in place of a generator.

use super::difference::{Outcome, byte_count, equal};
use super::file::Randomness;
use ossuary_traits::{KeyExchangeId, Random, RandomError, Role};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A source that gives what it was told to, in order, and fails when that is
/// used up. Its clones share what is left.
#[derive(Clone, Default)]
pub(super) struct Recorded(Arc<Mutex<VecDeque<u8>>>);

impl Recorded {
    fn bytes(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be drawn next: the key exchange's seed, the nonce, the challenge.
    pub(super) fn load(&self, randomness: &Randomness) {
        let mut bytes = self.bytes();
        bytes.extend(&randomness.key_exchange_seed);
        bytes.extend(&randomness.nonce);
        bytes.extend(&randomness.challenge);
    }

    /// How many bytes were not drawn.
    pub(super) fn left(&self) -> usize {
        self.bytes().len()
    }
}

impl Random for Recorded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        let mut bytes = self.bytes();
        let (left, wanted) = (bytes.len(), out.len());
        if wanted > left {
            let why = format!("{wanted} bytes were drawn, and the transcript has {left} more");
            return Err(RandomError::new(why));
        }
        for (byte, drawn) in out.iter_mut().zip(bytes.drain(..wanted)) {
            *byte = drawn;
        }
        Ok(())
    }
}

/// The seed must be as long as what its key exchange draws; the file's other
/// randomness has the right length by its type.
pub(super) fn check_seed(
    field: String,
    key_exchange: KeyExchangeId,
    role: Role,
    seed: &[u8],
) -> Outcome {
    let expected = match (key_exchange, role) {
        (KeyExchangeId::X25519 | KeyExchangeId::P256, _) => 32,
        (KeyExchangeId::X25519MlKem768, Role::Client) => 96,
        (KeyExchangeId::X25519MlKem768, Role::Server) => 64,
        // A key exchange that is new to this crate.
        _ => return Ok(()),
    };
    equal(field, byte_count(expected), byte_count(seed.len()))
}
