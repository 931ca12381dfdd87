//! Where random bytes come from.

use crate::RandomError;

/// A source of cryptographically secure random bytes.
///
/// It is handed to whatever needs it, never fetched from a global, so that a
/// recorded conversation can be replayed from its randomness and a program
/// without an operating system can bring its own generator.
pub trait Random {
    /// Fills all of `out` with random bytes.
    ///
    /// # Errors
    ///
    /// The source could not fill `out`, whose content is then not to be used.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError>;
}

impl<R: Random + ?Sized> Random for &mut R {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        (**self).fill(out)
    }
}
