//! The operating system's random numbers.

use ossuary_traits::{Random, RandomError};

/// The operating system's cryptographically secure random number generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(out).map_err(|error| {
            // Without the standard library its error is none that can be a source.
            let error: alloc::boxed::Box<str> = alloc::format!("{error}").into();
            RandomError::new(alloc::string::String::from(error))
        })
    }
}
