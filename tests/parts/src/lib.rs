//! What the tests of key stores share.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a panic is how a test fails"
)]

mod conversation;
#[cfg(target_os = "linux")]
pub mod os_keystore;
pub mod softhsm;
#[cfg(unix)]
mod ssh_agent;

pub use conversation::{converse, converse_in_both_roles};
#[cfg(unix)]
pub use ssh_agent::SshAgent;
