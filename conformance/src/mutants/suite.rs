//! Suites whose parts pass by themselves.

use super::{Mutant, aead, hash, verifier};
use crate::rule::Rule;
use crate::suite;
use ossuary_rustcrypto::{ChaCha20Poly1305, Sha256, X25519};
use ossuary_traits::{CryptoError, CryptoSuite, Suite};

type Verifier = verifier::Wrong<1, { verifier::Fault::None as u8 }>;

type Tiring = aead::Wrong<{ aead::Fault::Tires as u8 }>;
type OtherLabels = hash::Wrong<{ hash::Fault::OtherLabels as u8 }>;

/// A suite that asks for more than its parts do.
struct Unavailable;

impl CryptoSuite for Unavailable {
    type KeyExchange = X25519;
    type Aead = ChaCha20Poly1305;
    type Hash = Sha256;
    type Verifier = Verifier;

    fn available() -> Result<(), CryptoError> {
        Err(CryptoError::Library("not here".into()))
    }
}

pub(super) const MUTANTS: &[Mutant] = &[
    (Rule::Available, "it cannot run here", suite::<Unavailable>),
    (
        Rule::Conversation,
        "a key seals no more than 100 times",
        suite::<Suite<X25519, Tiring, Sha256, Verifier>>,
    ),
    (
        Rule::Transcripts,
        "the protocol's labels are others",
        suite::<Suite<X25519, ChaCha20Poly1305, OtherLabels, Verifier>>,
    ),
];
