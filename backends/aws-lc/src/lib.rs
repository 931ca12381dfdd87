//! The cryptography of [`ossuary`] from [AWS-LC], through [aws-lc-rs]: every
//! algorithm that protocol 2 names. It needs `std`.
//!
//! | part | types |
//! |---|---|
//! | key exchange | [`X25519`], [`P256`], [`X25519MlKem768`] |
//! | AEAD | [`ChaCha20Poly1305`], [`Aes256Gcm`] |
//! | hash | [`Sha256`], [`Sha384`] |
//! | verifier | [`AwsLcVerifier`], of all signature schemes |
//! | signing keys | [`Ed25519SigningKey`], [`EcdsaP256SigningKey`], [`MlDsa65SigningKey`] |
//!
//! The suites that can be made of them have names, such as
//! [`X25519MlKem768Aes256GcmSha384`].
//!
//! These are adapters. They compute what the algorithms' standards say and
//! decide nothing: the labels, the order of things and the strict Ed25519 rules
//! are in `ossuary`.
//!
//! ```
//! use ossuary_aws_lc::{EcdsaP256SigningKey, X25519MlKem768Aes256GcmSha384};
//! use ossuary_traits::{CryptoSuite, MemoryKeyStore, Secret};
//!
//! # let scalar_from_a_file = [0x2a; 32];
//! let key = EcdsaP256SigningKey::from_secret(Secret::from(scalar_from_a_file))?;
//! let store = MemoryKeyStore::new().with(key);
//!
//! assert_eq!(X25519MlKem768Aes256GcmSha384::ID.code(), [0x11, 0x02, 0x02]);
//! # Ok::<(), ossuary_traits::CryptoError>(())
//! ```
//!
//! # Randomness
//!
//! X25519 and P-256 keys, the ephemeral ones too, and the seeds of signing keys
//! are drawn from the [`Random`] that is handed in. AWS-LC draws from a generator
//! of its own, seeded by the operating system, what it takes from nobody: the
//! ML-KEM half of [`X25519MlKem768`], which is not [`REPLAYABLE`] therefore, and
//! the randomness of ECDSA and ML-DSA signatures. It ends the process where that
//! generator has nothing to give.
//!
//! # What is wiped
//!
//! AWS-LC wipes all memory that it gives back: private keys, AEAD keys and the
//! states of the hashes are there. Shared secrets, pseudorandom keys and seeds
//! wipe themselves. What the library leaves on the stack while it computes is
//! beyond an adapter.
//!
//! [`ossuary`]: https://docs.rs/ossuary
//! [AWS-LC]: https://github.com/aws/aws-lc
//! [aws-lc-rs]: https://github.com/aws/aws-lc-rs
//! [`Random`]: ossuary_traits::Random
//! [`REPLAYABLE`]: ossuary_traits::KeyExchange::REPLAYABLE

#![cfg_attr(docsrs, feature(doc_cfg))]

mod aead;
mod hash;
mod key_exchange;
mod signing_key;
mod suites;
mod verifier;

pub use aead::{Aes256Gcm, ChaCha20Poly1305};
pub use hash::{Sha256, Sha384};
pub use key_exchange::{P256, X25519, X25519MlKem768};
pub use signing_key::{EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey};
pub use suites::*;
pub use verifier::AwsLcVerifier;

use ossuary_traits::{BoxError, CryptoError};

/// The library and its version, for people.
const AWS_LC: &str = "aws-lc-rs 1.19";

/// An error of the library, as the source of ours.
fn library(error: impl Into<BoxError>) -> CryptoError {
    CryptoError::Library(error.into())
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
