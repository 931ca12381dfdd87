//! A secure channel for two programs that have a reliable byte stream between
//! them (TCP, a Unix socket, a pipe, a serial line) and do not want TLS: mutual
//! authentication by bare public keys, no certificates, no negotiation.
//!
//! `ossuary` is a filter between the program and the stream. A handshake of
//! three packets makes the keys; then records go both ways, sealed. When data
//! is damaged on the way, both sides drop their keys, recover the channel by a
//! new handshake, and the application learns what was lost.
//!
//! # Where to begin
//!
//! | to | see |
//! |---|---|
//! | put a channel over a blocking stream | [`io::Stream`] |
//! | drive it from an event loop, over `Read` and `Write` | [`OssuaryConnection::new`] and the methods beside it |
//! | drive it on buffers of your own, without copies or allocation | [`OssuaryConnection::send`], [`receive`](OssuaryConnection::receive), [`seal`](OssuaryConnection::seal) |
//! | choose a suite, a key store, whom to trust, a prologue, a pre-shared key | [`Builder`] |
//! | choose the suite at run time | [`suites`], [`Channel`]; a server of several: [`Acceptor`] |
//! | keep the host key elsewhere | [`keystore`], or a [`KeyStore`] of your own |
//! | take another cryptography library | [`backend`] |
//! | talk to a peer that still runs version 0.5 | the feature `v1`; a server of both protocols: `Acceptor::also_protocol_1` |
//! | bring one of your own | [`ossuary_traits`], and [ossuary-conformance](https://docs.rs/ossuary-conformance) to check it |
//!
//! # Features
//!
//! Features add and never alter: [`DefaultSuite`] is the same type in all.
//!
//! | feature | |
//! |---|---|
//! | `std` (default) | [`io`], the methods over `Read` and `Write`; without it the crate is `no_std` with `alloc` |
//! | `rustcrypto` (default) | [`backend::rustcrypto`] and [`DefaultSuite`] |
//! | `getrandom` (with `std`) | [`OsRandom`] |
//! | `ring`, `orion`, `aws-lc`, `graviola` | the other libraries in [`backend`] |
//! | `openssh`, `agent`, `os`, `pkcs11`, `locked` | the places in [`keystore`] |
//! | `v1` | protocol 1 of 2019, for peers that speak no other: `v1` |

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

/// The programs in the README are compiled and run.
#[cfg(all(doctest, feature = "std", feature = "rustcrypto"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// So are those of the page about keys.
#[cfg(all(
    doctest,
    feature = "rustcrypto",
    feature = "openssh",
    feature = "agent",
    feature = "os",
    feature = "pkcs11"
))]
#[doc = include_str!("../docs/keys.md")]
struct Keys;

/// And those of the page about moving from 0.5.
#[cfg(all(doctest, feature = "std", feature = "rustcrypto", feature = "v1"))]
#[doc = include_str!("../docs/moving.md")]
struct Moving;

mod acceptor;
mod admission;
mod alert;
pub mod backend;
mod channel;
mod clock;
mod connection;
mod error;
mod handshake;
#[cfg(feature = "std")]
pub mod io;
mod key_schedule;
pub mod keystore;
mod message;
mod packet;
#[cfg(feature = "getrandom")]
mod random;
mod record;
mod secret;
mod signing;
pub mod suites;
mod transcript;
pub mod trust;
#[cfg(feature = "v1")]
pub mod v1;

pub use acceptor::Acceptor;
pub use alert::Reason;
pub use channel::Channel;
#[cfg(all(feature = "std", feature = "rustcrypto"))]
pub use connection::generate_auth_keypair;
pub use connection::{
    Builder, ConnectionType, Delivery, Event, IdentityChoice, OssuaryConnection, Received,
    Receiver, ResetCause, Status, Timeouts,
};
pub use error::{Misuse, OssuaryError, PeerError};
pub use handshake::verify_signature;
pub use ossuary_traits::{
    self, CryptoError, CryptoSuite, Deferred, Identity, KeyStore, KeyStoreError, KeyStoreErrorKind,
    MemoryKeyStore, Random, Role, Secret, SignRequest, Signature, SignatureScheme, Signing,
    SigningKey, Suite, SuiteId,
};
pub use packet::{HEADER_LEN, MAX_BODY, MAX_PACKET};
#[cfg(feature = "getrandom")]
pub use random::OsRandom;
pub use record::{CLOSE_LEN, MAX_PLAINTEXT, RECORD_OVERHEAD, Sender};
pub use signing::PendingSignature;
pub use suites::AnySuite;

/// X25519, ChaCha20-Poly1305 and SHA-256 from RustCrypto and dalek.
#[cfg(feature = "rustcrypto")]
pub type DefaultSuite = backend::rustcrypto::X25519ChaCha20Poly1305Sha256;
