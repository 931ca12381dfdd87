//! The cryptography of [`ossuary`] from the [RustCrypto] and [dalek] crates:
//! every algorithm that protocol 2 names, in pure Rust, without `std`.
//!
//! | part | types |
//! |---|---|
//! | key exchange | [`X25519`], [`P256`], [`X25519MlKem768`] |
//! | AEAD | [`ChaCha20Poly1305`], [`Aes256Gcm`] |
//! | hash | [`Sha256`], [`Sha384`] |
//! | verifier | [`RustCryptoVerifier`], of all signature schemes |
//! | signing keys | [`Ed25519SigningKey`], [`EcdsaP256SigningKey`], [`MlDsa65SigningKey`] |
//!
//! The suites that can be made of them have names:
//! [`X25519ChaCha20Poly1305Sha256`] is the default suite of `ossuary`.
//!
//! These are adapters. They compute what the algorithms' standards say and
//! decide nothing: the labels, the order of things, the refusal of an all-zero
//! X25519 secret and the strict Ed25519 rules are in `ossuary`.
//!
//! ```
//! use ossuary_rustcrypto::{Ed25519SigningKey, X25519ChaCha20Poly1305Sha256};
//! use ossuary_traits::{CryptoSuite, MemoryKeyStore, Secret};
//!
//! # let seed_from_a_file = [0x2a; 32];
//! let key = Ed25519SigningKey::from_secret(Secret::from(seed_from_a_file))?;
//! let store = MemoryKeyStore::new().with(key);
//!
//! assert_eq!(X25519ChaCha20Poly1305Sha256::ID.code(), [0x01, 0x01, 0x01]);
//! # Ok::<(), ossuary_traits::CryptoError>(())
//! ```
//!
//! # Features
//!
//! * `std` (off): tables of the P-256 base point, which make P-256 keys and
//!   ECDSA signatures faster and are filled at their first use.
//!
//! # What is wiped
//!
//! Private keys, shared secrets, AEAD keys and the states of the hashes wipe
//! themselves when they are dropped. What the libraries leave on the stack while
//! they compute is beyond an adapter: the last block of an HKDF output is one
//! such place.
//!
//! [`ossuary`]: https://docs.rs/ossuary
//! [RustCrypto]: https://github.com/RustCrypto
//! [dalek]: https://github.com/dalek-cryptography/curve25519-dalek

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

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
pub use verifier::{RustCryptoVerifier, uncompressed_p256};

use ossuary_traits::{BoxError, CryptoError};

/// A library's own error as the source of ours.
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
