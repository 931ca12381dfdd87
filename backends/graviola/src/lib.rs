//! The cryptography of [`ossuary`] from [graviola]: the formally verified
//! assembler of s2n-bignum for curves and ML-KEM, the processor's own instructions
//! for AES and hashes, and no C compiler to build it.
//!
//! | part | types | graviola lacks |
//! |---|---|---|
//! | key exchange | [`X25519`], [`P256`], [`X25519MlKem768`] | |
//! | AEAD | [`ChaCha20Poly1305`], [`Aes256Gcm`] | |
//! | hash | [`Sha256`], [`Sha384`] | HKDF, which is composed of its HMAC here |
//! | verifier | [`GraviolaVerifier`], of Ed25519 signatures | ECDSA with the protocol's compressed keys, ML-DSA-65 |
//! | signing keys | [`Ed25519SigningKey`], [`EcdsaP256SigningKey`] | ML-DSA-65 |
//!
//! The suites that can be made of them have names, such as
//! [`X25519ChaCha20Poly1305Sha256`]. They verify Ed25519 signatures only; for
//! those of other schemes, [`Verifiers`] joins this verifier with another
//! library's.
//!
//! ```
//! use ossuary_graviola::{Ed25519SigningKey, X25519Aes256GcmSha256};
//! use ossuary_traits::{CryptoSuite, MemoryKeyStore, Secret};
//!
//! X25519Aes256GcmSha256::available()?;
//!
//! # let seed_from_a_file = [0x2a; 32];
//! let key = Ed25519SigningKey::from_secret(Secret::from(seed_from_a_file))?;
//! let store = MemoryKeyStore::new().with(key);
//! # Ok::<(), ossuary_traits::CryptoError>(())
//! ```
//!
//! These are adapters. They compute what the algorithms' standards say and
//! decide nothing: the labels, the order of things and the strict Ed25519 rules
//! are in `ossuary`.
//!
//! # Where it runs
//!
//! graviola uses the standard library and compiles for x86_64 and aarch64 only.
//! It panics on a processor that lacks one of the instructions that it is
//! written in: AES, PCLMULQDQ, BMI1, ADX, AVX and AVX2 on x86_64, and NEON, AES,
//! PMULL and SHA2 on aarch64. So each part's `available` asks first, and
//! `ossuary` does before it makes a connection; a signing key is not made where
//! it could not sign. Whoever uses the parts without `ossuary` asks too.
//!
//! # Random bytes
//!
//! X25519 and P-256 keys are made of the random bytes that the caller gives. ML-KEM
//! keys and ciphertexts, and what goes into ECDSA signatures beside the key and the
//! message, graviola draws from the operating system itself.
//!
//! # What is wiped
//!
//! Private keys, shared secrets and AEAD keys wipe themselves when they are
//! dropped, and pseudorandom keys and the outputs of HMAC are wiped here.
//! graviola does not wipe the states of its hashes and HMACs, nor what else it
//! leaves on the stack while it computes: those are beyond an adapter.
//!
//! [`ossuary`]: https://docs.rs/ossuary
//! [graviola]: https://github.com/ctz/graviola
//! [`Verifiers`]: ossuary_traits::Verifiers

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
pub use signing_key::{EcdsaP256SigningKey, Ed25519SigningKey};
pub use suites::*;
pub use verifier::GraviolaVerifier;

use ossuary_traits::{BoxError, CryptoError};

/// The library behind every part.
const LIBRARY: &str = "graviola 0.4";

/// A library's own error as the source of ours.
fn library(error: impl Into<BoxError>) -> CryptoError {
    CryptoError::Library(error.into())
}

/// Whether the processor has the instructions without which graviola panics.
fn available() -> Result<(), CryptoError> {
    if graviola::util::is_cpu_supported() {
        return Ok(());
    }
    Err(library(
        "graviola needs a processor with the instructions AES, PCLMULQDQ, BMI1, ADX, AVX and AVX2 \
         (x86_64), or NEON, AES, PMULL and SHA2 (aarch64)",
    ))
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
