//! The seams of [`ossuary`]: what a cryptography library and a key store must
//! offer to it, and the types that cross between them.
//!
//! Most programs never name this crate; they use `ossuary`, which re-exports
//! what they need. It is for three kinds of authors:
//!
//! * **A cryptography library's adapter** (a *backend*) implements
//!   [`KeyExchange`], [`Aead`], [`Hash`] and [`Verifier`], or some of them, and
//!   joins them with [`Suite`]. The parts may come from different libraries.
//! * **A place where host keys live** (a *key store*) implements [`KeyStore`].
//! * **A policy** that decides whom to trust implements [`Trust`].
//!
//! [ossuary-conformance](https://docs.rs/ossuary-conformance) checks the first two, and
//! [`name_suites!`] names the suites of a backend.
//!
//! # What is whose business
//!
//! A backend computes; the protocol decides. Labels, the order of things,
//! limits, the counter, the refusal of an all-zero X25519 secret and the strict
//! Ed25519 rules are in `ossuary`, once, for every backend. A backend adds no
//! policy: it computes what the algorithm's standard says, on inputs whose
//! lengths the types fix, and returns an error instead of panicking.
//!
//! A key store signs and says which keys it has. It never gives out a private
//! key, it does not decide whom to trust, and it knows nothing of suites: any
//! key store goes with any suite.
//!
//! # A backend in outline
//!
//! ```
//! use ossuary_traits::{Aead, AeadId, AeadKey, CryptoError, Nonce, Tag};
//!
//! struct MyAead { /* the library's key type */ }
//!
//! impl Aead for MyAead {
//!     const ID: AeadId = AeadId::ChaCha20Poly1305;
//!     const LIBRARY: &'static str = "my-library 1.0";
//!
//!     fn new(key: &AeadKey) -> Self {
//!         let _: &[u8; 32] = key.expose();
//!         MyAead {}
//!     }
//!     fn seal_in_place(
//!         &self, nonce: &Nonce, aad: &[u8], in_out: &mut [u8],
//!     ) -> Result<Tag, CryptoError> {
//!         # let _ = (nonce, aad, in_out);
//!         // encrypt `in_out` and return its tag
//!         # Ok([0; 16])
//!     }
//!     fn open_in_place(
//!         &self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8],
//!     ) -> Result<(), CryptoError> {
//!         # let _ = (nonce, aad);
//!         let Some((ciphertext, tag)) = sealed.split_last_chunk_mut::<16>() else {
//!             return Err(CryptoError::Verification);
//!         };
//!         // check `tag`, then decrypt `ciphertext` where it stands
//!         # let _ = (ciphertext, tag);
//!         # Ok(())
//!     }
//! }
//! ```
//!
//! [`ossuary`]: https://docs.rs/ossuary

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod aead;
mod bytes;
mod error;
mod hash;
pub mod hybrid;
mod key_exchange;
mod key_store;
mod random;
mod signature;
mod suite;
mod trust;

pub use aead::{AEAD_KEY_LEN, Aead, AeadId, AeadKey, NONCE_LEN, Nonce, TAG_LEN, Tag};
pub use bytes::{FixedBytes, Secret};
pub use error::{BoxError, CryptoError, RandomError};
pub use hash::{Hash, HashId};
pub use key_exchange::{KeyExchange, KeyExchangeId};
pub use key_store::{
    Deferred, KeyStore, KeyStoreError, KeyStoreErrorKind, MemoryKeyStore, SignRequest, Signing,
    SigningKey,
};
pub use random::{Random, draw_scalar};
pub use signature::{Identity, Role, Signature, SignatureScheme, Verifier, Verifiers, WrongLength};
pub use suite::{CryptoSuite, Suite, SuiteId};
pub use trust::{Peer, Trust, TrustFn, Verdict, trust_fn};
