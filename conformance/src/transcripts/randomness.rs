//! The randomness of a transcript.

use super::difference::{Outcome, byte_count, equal};
use super::file::Randomness;
use crate::random::Recorded;
use ossuary_traits::{KeyExchangeId, Role};

/// To be drawn next: the key exchange's seed, the nonce, the challenge.
pub(super) fn load(random: &Recorded, randomness: &Randomness) {
    random.load(&randomness.key_exchange_seed);
    random.load(&randomness.nonce);
    random.load(&randomness.challenge);
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
