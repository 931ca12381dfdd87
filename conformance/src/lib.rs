//! The tests that any suite of [`ossuary`] must pass, whatever libraries are
//! behind it.
//!
//! | module | what it checks |
//! |---|---|
//! | [`transcripts`] | recorded conversations: the same randomness gives the same bytes, in both roles |
//!
//! A backend is described in one line, by [`backend!`], and checked from a test
//! of its own.

pub mod transcripts;

#[doc(hidden)]
pub use ossuary_traits;
