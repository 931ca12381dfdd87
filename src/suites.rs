//! Suites as values, for programs that choose one at run time.
//!
//! [`ALL`] lists those that the program was built with, one for each suite and
//! backend; [`find`] finds one by its name; [`Builder::build_with`] makes a
//! connection of it, and [`Builder::acceptor`] a server that runs several.
//!
//! A suite of one's own is a value too, by [`AnySuite::of`]; [`find`] does not know
//! it, but a program's own list may have it:
//! `[&[AnySuite::of::<MySuite>("mine")], suites::ALL].concat()`.
//!
//! ```
//! # #[cfg(all(feature = "rustcrypto", feature = "getrandom"))] {
//! use ossuary::{AnySuite, Builder, suites, trust::Anyone};
//!
//! for suite in suites::ALL {
//!     println!("{suite}: {}", suite.id());
//! }
//! let suite = suites::find("x25519-aes256gcm-sha384")?;
//! let channel = Builder::<AnySuite>::client()
//!     .trust(Anyone)
//!     .build_with(suite)?;
//! assert_eq!(channel.suite(), suite.id());
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Builder::build_with`]: crate::Builder::build_with
//! [`Builder::acceptor`]: crate::Builder::acceptor

use crate::acceptor::Switchable;
use crate::connection::{OssuaryConnection, Parts};
use crate::handshake::assert_sizes;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use ossuary_traits::{
    Aead, CryptoError, CryptoSuite, Hash, KeyExchange, KeyStore, SignatureScheme, SuiteId, Verifier,
};

/// A key store of any kind.
pub(crate) type DynKeyStore = Box<dyn KeyStore + Send>;

/// A suite as a value: what a type parameter is otherwise.
#[derive(Clone, Copy)]
pub struct AnySuite {
    id: SuiteId,
    backend: &'static str,
    key_exchange: &'static str,
    aead: &'static str,
    hash: &'static str,
    schemes: &'static [SignatureScheme],
    verifier: fn(SignatureScheme) -> Option<&'static str>,
    replayable: bool,
    available: fn() -> Result<(), CryptoError>,
    begin: fn(Parts<DynKeyStore>, &[u8]) -> Box<dyn Switchable + Send>,
}

impl AnySuite {
    /// The suite `S` as a value; `backend` is the name of where it comes from.
    #[must_use]
    pub const fn of<S: CryptoSuite>(backend: &'static str) -> Self
    where
        OssuaryConnection<S, Box<dyn KeyStore + Send>>: Send,
    {
        const { assert_sizes::<S>() };
        AnySuite {
            id: S::ID,
            backend,
            key_exchange: S::KeyExchange::LIBRARY,
            aead: S::Aead::LIBRARY,
            hash: S::Hash::LIBRARY,
            schemes: S::Verifier::SCHEMES,
            verifier: S::Verifier::library,
            replayable: S::KeyExchange::REPLAYABLE,
            available: S::available,
            begin: |parts, prologue| Box::new(OssuaryConnection::<S, _>::begin(parts, prologue)),
        }
    }

    /// What it is on the wire.
    #[must_use]
    pub fn id(&self) -> SuiteId {
        self.id
    }

    /// The backend that it comes from: the name of its feature, for those in
    /// [`ALL`].
    #[must_use]
    pub fn backend(&self) -> &'static str {
        self.backend
    }

    /// Its name, as [`find`] takes it: `rustcrypto/x25519-chacha20poly1305-sha256`.
    #[must_use]
    pub fn name(&self) -> String {
        alloc::format!("{self}")
    }

    /// The library of the key exchange and its version, for people.
    #[must_use]
    pub fn key_exchange_library(&self) -> &'static str {
        self.key_exchange
    }

    /// The library of the AEAD and its version, for people.
    #[must_use]
    pub fn aead_library(&self) -> &'static str {
        self.aead
    }

    /// The library of the hash and its version, for people.
    #[must_use]
    pub fn hash_library(&self) -> &'static str {
        self.hash
    }

    /// The schemes of the peers' keys that it can verify.
    #[must_use]
    pub fn schemes(&self) -> &'static [SignatureScheme] {
        self.schemes
    }

    /// The library that verifies `scheme` and its version, for people; `None`
    /// for a scheme that it cannot verify.
    #[must_use]
    pub fn verifier_library(&self, scheme: SignatureScheme) -> Option<&'static str> {
        (self.verifier)(scheme)
    }

    /// Whether a handshake is the same again with the same random bytes: see
    /// [`KeyExchange::REPLAYABLE`].
    #[must_use]
    pub fn is_replayable(&self) -> bool {
        self.replayable
    }

    /// The libraries behind it and their versions, for people, each once.
    #[must_use]
    pub fn libraries(&self) -> Vec<&'static str> {
        let verifiers = self.schemes.iter();
        let mut libraries = Vec::new();
        for library in [self.key_exchange, self.aead, self.hash]
            .into_iter()
            .chain(verifiers.filter_map(|scheme| self.verifier_library(*scheme)))
        {
            if !libraries.contains(&library) {
                libraries.push(library);
            }
        }
        libraries
    }

    /// Whether its libraries can run on this machine: see
    /// [`CryptoSuite::available`].
    ///
    /// # Errors
    ///
    /// [`CryptoError::Library`]: one cannot; why is in the error's source.
    pub fn available(&self) -> Result<(), CryptoError> {
        (self.available)()
    }

    pub(crate) fn begin(
        &self,
        parts: Parts<DynKeyStore>,
        prologue: &[u8],
    ) -> Box<dyn Switchable + Send> {
        (self.begin)(parts, prologue)
    }
}

impl fmt::Display for AnySuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.backend, self.id.name())
    }
}

impl fmt::Debug for AnySuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnySuite({self})")
    }
}

/// The suite of this name among [`ALL`]: `aws-lc/p256-aes256gcm-sha384`, or
/// without a backend, `p256-aes256gcm-sha384`, the first that there is. Whether it
/// can run on this machine is for [`AnySuite::available`] to say.
///
/// # Errors
///
/// There is none; the error lists the names that there are.
pub fn find(name: &str) -> Result<&'static AnySuite, UnknownSuite> {
    let named = |suite: &&AnySuite| match name.split_once('/') {
        Some((backend, id)) => suite.backend == backend && suite.id.name() == id,
        None => suite.id.name() == name,
    };
    ALL.iter()
        .find(named)
        .ok_or_else(|| UnknownSuite { name: name.into() })
}

/// This program was built without a suite of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSuite {
    name: String,
}

impl fmt::Display for UnknownSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no suite {:?}; ", self.name)?;
        if ALL.is_empty() {
            return f.write_str("this program was built without any");
        }
        f.write_str("there are")?;
        for (index, suite) in ALL.iter().enumerate() {
            let separator = if index == 0 { " " } else { ", " };
            write!(f, "{separator}{suite}")?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownSuite {}

/// Lists suites of a module of [`backend`](crate::backend): those that
/// there are on a condition.
macro_rules! all {
    ($($backend:literal $module:ident, $condition:meta: $($suite:ident)*;)*) => {
        /// The suites that this program was built with, those of the default
        /// backend first, then those of a backend that verifies every scheme, and of
        /// each backend its default suite first.
        pub const ALL: &[AnySuite] = &[$($(
            #[cfg($condition)]
            AnySuite::of::<crate::backend::$module::$suite>($backend),
        )*)*];
    };
}

all! {
    "rustcrypto" rustcrypto, feature = "rustcrypto":
        X25519ChaCha20Poly1305Sha256
        X25519ChaCha20Poly1305Sha384
        X25519Aes256GcmSha256
        X25519Aes256GcmSha384
        P256ChaCha20Poly1305Sha256
        P256ChaCha20Poly1305Sha384
        P256Aes256GcmSha256
        P256Aes256GcmSha384
        X25519MlKem768ChaCha20Poly1305Sha256
        X25519MlKem768ChaCha20Poly1305Sha384
        X25519MlKem768Aes256GcmSha256
        X25519MlKem768Aes256GcmSha384;
    "aws-lc" aws_lc, feature = "aws-lc":
        X25519ChaCha20Poly1305Sha256
        X25519ChaCha20Poly1305Sha384
        X25519Aes256GcmSha256
        X25519Aes256GcmSha384
        P256ChaCha20Poly1305Sha256
        P256ChaCha20Poly1305Sha384
        P256Aes256GcmSha256
        P256Aes256GcmSha384
        X25519MlKem768ChaCha20Poly1305Sha256
        X25519MlKem768ChaCha20Poly1305Sha384
        X25519MlKem768Aes256GcmSha256
        X25519MlKem768Aes256GcmSha384;
    "ring" ring, feature = "ring":
        X25519ChaCha20Poly1305Sha256
        X25519ChaCha20Poly1305Sha384
        X25519Aes256GcmSha256
        X25519Aes256GcmSha384
        P256ChaCha20Poly1305Sha256
        P256ChaCha20Poly1305Sha384
        P256Aes256GcmSha256
        P256Aes256GcmSha384;
    "ring" ring, all(feature = "ring", feature = "rustcrypto"):
        X25519MlKem768ChaCha20Poly1305Sha256
        X25519MlKem768ChaCha20Poly1305Sha384
        X25519MlKem768Aes256GcmSha256
        X25519MlKem768Aes256GcmSha384;
    "orion" orion, all(feature = "orion", feature = "rustcrypto"):
        X25519ChaCha20Poly1305Sha256
        X25519ChaCha20Poly1305Sha384
        X25519MlKem768ChaCha20Poly1305Sha256
        X25519MlKem768ChaCha20Poly1305Sha384;
    "graviola" graviola, feature = "graviola":
        X25519ChaCha20Poly1305Sha256
        X25519ChaCha20Poly1305Sha384
        X25519Aes256GcmSha256
        X25519Aes256GcmSha384
        P256ChaCha20Poly1305Sha256
        P256ChaCha20Poly1305Sha384
        P256Aes256GcmSha256
        P256Aes256GcmSha384
        X25519MlKem768ChaCha20Poly1305Sha256
        X25519MlKem768ChaCha20Poly1305Sha384
        X25519MlKem768Aes256GcmSha256
        X25519MlKem768Aes256GcmSha384;
}
