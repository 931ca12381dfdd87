//! How fast the channel is with each backend, told in ratios of things that
//! were measured in turns in one process.
//!
//! * *efficiency*: the speed of the channel, divided by that of the backend's
//!   own library doing the bare operation. What is missing to 1 is what the
//!   adapter and the protocol cost.
//! * *relative speed*: the speed of the channel, divided by that of the channel
//!   with the backend `rustcrypto`. It tells which backend to pick.
//!
//! `cargo xtask speed` runs both benches and makes the report of them.
//! `cargo bench -p ossuary-benches` prints what they measure, with tabs between
//! the fields of a line:
//!
//! | | | | | | | |
//! |---|---|---|---|---|---|---|
//! | `record` | AEAD | operation | bytes of plaintext | backend | efficiency | relative speed |
//! | `handshake` | suite | backend | efficiency | relative speed | | |
//! | `libraries` | backend | its libraries | | | | |
//! | `processor` | kind and instructions | | | | | |

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets something unexpected is to stop"
)]

pub mod handshake;
pub mod machine;
pub mod raw;
pub mod record;
pub mod turns;

/// The backend that the relative speeds are relative to.
pub const REFERENCE: &str = "rustcrypto";
