//! The cryptography of [`ossuary`] from [ring], without `std`.
//!
//! | part | types |
//! |---|---|
//! | key exchange | [`X25519`], [`P256`] |
//! | AEAD | [`ChaCha20Poly1305`], [`Aes256Gcm`] |
//! | hash | [`Sha256`], [`Sha384`] |
//! | verifier | [`RingVerifier`], of Ed25519 |
//! | signing key | [`Ed25519SigningKey`] |
//!
//! The suites that can be made of them have names, such as
//! [`X25519ChaCha20Poly1305Sha256`].
//!
//! These are adapters. They compute what the algorithms' standards say and
//! decide nothing: the labels, the order of things and the strict Ed25519 rules
//! are in `ossuary`.
//!
//! ```
//! use ossuary_ring::{Ed25519SigningKey, X25519Aes256GcmSha384};
//! use ossuary_traits::{CryptoSuite, MemoryKeyStore, Secret};
//!
//! # let seed_from_a_file = [0x2a; 32];
//! let key = Ed25519SigningKey::from_secret(Secret::from(seed_from_a_file))?;
//! let store = MemoryKeyStore::new().with(key);
//!
//! assert_eq!(X25519Aes256GcmSha384::ID.code(), [0x01, 0x02, 0x02]);
//! # Ok::<(), ossuary_traits::CryptoError>(())
//! ```
//!
//! # What ring lacks
//!
//! * ML-KEM and ML-DSA.
//! * ECDSA on P-256 as the protocol has it. ring verifies with uncompressed
//!   public keys only, and the protocol's are compressed; and it makes no public
//!   key out of a scalar, so that a signing key could not be made of its 32
//!   bytes. Key stores and suites are independent: a key of another backend
//!   signs in a channel whose suite is made of these parts.
//! * Ephemeral keys of the caller's randomness: see below.
//!
//! # Randomness
//!
//! ring draws ephemeral private keys from the operating system itself, and has
//! no other way. [`X25519`] and [`P256`] leave the [`Random`] that they are
//! handed untouched and are not [`REPLAYABLE`]. [`Ed25519SigningKey::generate`]
//! draws from it.
//!
//! Where there is no operating system, a program turns ring's feature
//! `less-safe-getrandom-custom-or-rdrand` on, and `getrandom` 0.2 decides where
//! the bytes come from.
//!
//! # What is wiped
//!
//! ring wipes nothing. Where a private key, an AEAD key or a pseudorandom key is
//! kept, this crate overwrites it with another one before it gives the memory
//! back; shared secrets and seeds wipe themselves. What ring leaves on the stack
//! while it computes is beyond an adapter, and that is more than with other
//! libraries: copies of keys as they are made, and of an ephemeral private key
//! and the shared secret as they are used.
//!
//! [`ossuary`]: https://docs.rs/ossuary
//! [ring]: https://github.com/briansmith/ring
//! [`Random`]: ossuary_traits::Random
//! [`REPLAYABLE`]: ossuary_traits::KeyExchange::REPLAYABLE

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
pub use key_exchange::{P256, X25519};
pub use signing_key::Ed25519SigningKey;
pub use suites::*;
pub use verifier::RingVerifier;

use ossuary_traits::{BoxError, CryptoError};
use ring::error::Unspecified;

/// The library and its version, for people.
const RING: &str = "ring 0.17";

/// An error of the library, as the source of ours.
fn library(error: impl Into<BoxError>) -> CryptoError {
    CryptoError::Library(error.into())
}

/// ring failed, which it never explains.
fn failed(error: impl Into<Unspecified>) -> CryptoError {
    let Unspecified = error.into();
    library("ring failed and does not say why")
}

/// Writes `other` over a key, which ring does not wipe, so that the compiler
/// cannot leave it out.
fn overwrite<T>(key: &mut T, other: T) {
    *key = other;
    zeroize::optimization_barrier(key);
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
