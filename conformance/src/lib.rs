//! Checks any implementation of the seams of [`ossuary`]: a whole suite, one of
//! its parts, or a key store; yours or a stranger's.
//!
//! The author of a backend makes it a dev-dependency, and writes a test of these
//! lines:
//!
//! ```
//! use ossuary_conformance::suite;
//! # use ossuary_rustcrypto::X25519ChaCha20Poly1305Sha256 as MySuite;
//!
//! println!("{}", suite::<MySuite>().unwrap());
//! ```
//!
//! [`tests!`] writes the tests of a backend with several suites from a list of its
//! parts.
//!
//! `examples/third-party` in the repository is such a backend, of a library that
//! `ossuary` has none for.
//!
//! | call | what it checks |
//! |---|---|
//! | [`suite`] | the four parts; conversations of two sides; the recorded conversations |
//! | [`key_exchange`] | known answers; agreement, also with another implementation; randomness; shares that are none, of low order, not canonical; implicit rejection |
//! | [`aead`] | known answers; lengths, and the bytes of another implementation at each; every bit of key, nonce, associated data, ciphertext and tag; the buffer after a failure |
//! | [`hash`] | known answers; inputs in parts; the limit of HKDF-Expand; pseudorandom keys |
//! | [`verifier`] | known answers; every byte of signature, key and message; wrong lengths; values out of range; keys in other encodings; strict Ed25519 |
//! | [`key_store`] | identities; signatures in both roles; keys that it does not have |
//! | [`signing_key`] | known answers; public keys; signatures; scalars out of range |
//! | [`stored_key`] | what is drawn for a signing key; its way to storage and back |
//! | [`transcripts`] | recorded conversations from files, on one backend's suites or on several |
//!
//! # How to read what comes back
//!
//! A [`Report`] says what ran, and names what could not:
//!
//! ```text
//! ring 0.17, X25519: 0 known answers, 121 checks; not run: primitives/x25519.json: ring 0.17 draws its own randomness
//! ```
//!
//! A [`Failure`] names the library, the algorithm, the [`Rule`] that is broken with
//! what it demands, and what was seen:
//!
//! ```text
//! my-library 1.0, AES-256-GCM: failed-open: a buffer that did not open holds no plaintext; but it holds some after 17 bytes were not opened, because the last bit of its tag was changed
//! ```
//!
//! The first broken rule ends a check. A panic of the implementation breaks the
//! rule under which it came. Where nothing could run, that is a failure too:
//! [`Rule::SomethingRan`].
//!
//! What is drawn at random in a program is drawn here from a sequence that is
//! always the same, so a failure comes again. A key exchange that brings its own
//! randomness is the exception.
//!
//! # What it does not check
//!
//! Whether the implementation takes the same time for every secret, whether it
//! wipes its keys, and whether its own random numbers are any good.

mod aead;
mod conversation;
mod hash;
mod json;
mod key_exchange;
mod key_store;
mod keys;
mod macros;
#[cfg(test)]
mod mutants;
mod primitives;
mod random;
mod report;
mod rule;
mod run;
mod scalars;
mod signing_key;
mod suite;
pub mod transcripts;
mod verifier;

pub use aead::aead;
pub use hash::hash;
pub use key_exchange::key_exchange;
pub use key_store::key_store;
pub use report::{Failure, Report};
pub use rule::Rule;
pub use signing_key::{signing_key, stored_key};
pub use suite::suite;
pub use verifier::verifier;

#[doc(hidden)]
pub use macros::passes;
#[doc(hidden)]
pub use ossuary_traits;
