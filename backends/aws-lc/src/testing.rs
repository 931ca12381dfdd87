//! What the tests of several modules need.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use ossuary_traits::{Random, RandomError};

/// The bytes that a hexadecimal string spells.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// [`hex`], of as many bytes as are asked for.
pub(crate) fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex(text).try_into().unwrap()
}

/// Gives out the bytes that it was made of, in order, and fails when there are
/// no more.
pub(crate) struct Recorded(Vec<u8>);

impl Recorded {
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Recorded(bytes.into())
    }

    /// How many bytes have not been drawn.
    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }
}

impl Random for Recorded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        if out.len() > self.0.len() {
            return Err(RandomError::new("the recording has ended"));
        }
        out.copy_from_slice(&self.0.drain(..out.len()).collect::<Vec<u8>>());
        Ok(())
    }
}
