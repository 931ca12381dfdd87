//! Protocol 1: recorded conversations, live ones on every backend, and what a
//! hostile peer or line can send.

#![cfg(all(feature = "v1", feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod acceptor;
mod backends;
mod calls;
mod ends;
mod flows;
mod hostile;
mod pair;
mod peer;
mod properties;
mod resets;
mod streams;
mod transcripts;
