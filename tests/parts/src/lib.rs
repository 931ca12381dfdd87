//! What the tests of key stores share.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a panic is how a test fails"
)]

mod conversation;

pub use conversation::{converse, converse_in_both_roles};
