//! The cryptography of [`ossuary`] from [orion]: pure Rust, without `std`.
//!
//! | part | types | orion lacks |
//! |---|---|---|
//! | key exchange | [`X25519`], [`X25519MlKem768`] | P-256 |
//! | AEAD | [`ChaCha20Poly1305`] | AES-256-GCM |
//! | hash | [`Sha256`], [`Sha384`] | |
//! | verifier | [`OrionVerifier`], of ML-DSA-65 signatures | Ed25519, ECDSA |
//! | signing keys | [`MlDsa65SigningKey`] | Ed25519, ECDSA |
//!
//! A suite needs a verifier of Ed25519 as a rule, so the suites that have names
//! are in `ossuary::backend::orion`, where [`Verifiers`] joins this verifier
//! with another library's. Among hosts whose keys are all of ML-DSA-65, this one
//! is enough:
//!
//! ```
//! use ossuary_orion::{ChaCha20Poly1305, MlDsa65SigningKey, OrionVerifier, Sha256, X25519MlKem768};
//! use ossuary_traits::{CryptoSuite, MemoryKeyStore, Secret, Suite};
//!
//! type PostQuantum = Suite<X25519MlKem768, ChaCha20Poly1305, Sha256, OrionVerifier>;
//!
//! # let seed_from_a_file = [0x2a; 32];
//! let key = MlDsa65SigningKey::from_secret(Secret::from(seed_from_a_file))?;
//! let store = MemoryKeyStore::new().with(key);
//!
//! assert_eq!(PostQuantum::ID.code(), [0x11, 0x01, 0x01]);
//! # Ok::<(), ossuary_traits::CryptoError>(())
//! ```
//!
//! These are adapters. They compute what the algorithms' standards say and
//! decide nothing: the labels and the order of things are in `ossuary`.
//!
//! # What is wiped
//!
//! Private keys, shared secrets, AEAD keys and the states of hashes and ciphers
//! wipe themselves when they are dropped. What orion leaves on the stack while it
//! computes is beyond an adapter: the clamped X25519 scalar, the numbers of the
//! curve and the output of HKDF-Extract are such places.
//!
//! [`ossuary`]: https://docs.rs/ossuary
//! [orion]: https://github.com/orion-rs/orion
//! [`Verifiers`]: ossuary_traits::Verifiers

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod aead;
mod hash;
mod key_exchange;
mod signing_key;
mod verifier;

pub use aead::ChaCha20Poly1305;
pub use hash::{Sha256, Sha384};
pub use key_exchange::{X25519, X25519MlKem768};
pub use signing_key::MlDsa65SigningKey;
pub use verifier::OrionVerifier;

use ossuary_traits::{BoxError, CryptoError, FixedBytes};

/// The library behind every part.
const LIBRARY: &str = "orion 0.18";

/// A library's own error as the source of ours.
fn library(error: impl Into<BoxError>) -> CryptoError {
    CryptoError::Library(error.into())
}

/// What orion returned, whose types show a slice and keep its length to themselves.
fn fixed<T: FixedBytes>(bytes: &[u8]) -> Result<T, CryptoError> {
    T::from_slice(bytes).ok_or_else(|| library("orion returned another length than the standard's"))
}

/// A `Debug` that prints a key's type and nothing else.
macro_rules! debug_by_name {
    ($name:ident) => {
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}
use debug_by_name;
