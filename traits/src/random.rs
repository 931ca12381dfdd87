//! Where random bytes come from.

use crate::{CryptoError, FixedBytes, RandomError, Secret};

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

/// How many scalars in a row may be out of range before their source counts as
/// broken. One that is not broken gives so many for P-256 with probability 2^-256.
const SCALARS: usize = 8;

/// Draws a private key of a curve whose scalars are 32 bytes: random bytes, and
/// others again while `key` makes none of them, since they are 0 or not below the
/// order of the curve.
///
/// # Errors
///
/// [`CryptoError::Random`]: the random source failed, or none of 8 scalars was in
/// range.
pub fn draw_scalar<T>(
    random: &mut dyn Random,
    key: impl Fn(Secret<32>) -> Option<T>,
) -> Result<T, CryptoError> {
    for _ in 0..SCALARS {
        let mut scalar = Secret::zeroed();
        random.fill(scalar.expose_mut())?;
        if let Some(key) = key(scalar) {
            return Ok(key);
        }
    }
    Err(RandomError::new("no random scalar was in range").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives 1, 2, 3, and so on, and fails at its end.
    struct Counting {
        next: u8,
        end: u8,
    }

    impl Random for Counting {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
            if self.next == self.end {
                return Err(RandomError::new("the end"));
            }
            self.next += 1;
            out.fill(self.next);
            Ok(())
        }
    }

    #[test]
    fn scalars_are_drawn_until_one_is_in_range_but_not_for_ever() {
        let draw = |end, wanted: u8| {
            let mut random = Counting { next: 0, end };
            let key = |scalar: Secret<32>| (*scalar.expose() == [wanted; 32]).then_some(wanted);
            (draw_scalar(&mut random, key).ok(), random.next)
        };
        assert_eq!(draw(100, 1), (Some(1), 1));
        assert_eq!(draw(100, 8), (Some(8), 8));
        assert_eq!(draw(100, 9), (None, 8));
        assert_eq!(draw(3, 4), (None, 3));
    }
}
