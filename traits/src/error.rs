//! What can go wrong on the far side of a seam.

use alloc::boxed::Box;
use core::fmt;

/// A library's own error, kept as the source of ours.
pub type BoxError = Box<dyn core::error::Error + Send + Sync>;

/// Why a cryptographic operation gave no result.
///
/// Failed cryptography says no more than that it failed: there is one
/// [`Verification`](CryptoError::Verification) for every tag and signature.
#[derive(Debug)]
#[non_exhaustive]
pub enum CryptoError {
    /// A tag or a signature is not the right one, or a public key is none.
    Verification,
    /// The peer's key exchange share is not acceptable: a point off the curve
    /// or at infinity, or an ML-KEM key that fails its check (FIPS 203,
    /// section 7.2).
    InvalidShare,
    /// The library does not have this algorithm.
    Unsupported,
    /// The random source gave nothing.
    Random(RandomError),
    /// The library failed for a reason of its own.
    Library(BoxError),
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CryptoError::Verification => "cryptographic verification failed",
            CryptoError::InvalidShare => "the peer's key exchange share is not valid",
            CryptoError::Unsupported => "the cryptography library does not have this algorithm",
            CryptoError::Random(_) => "the random source failed",
            CryptoError::Library(_) => "the cryptography library failed",
        })
    }
}

impl core::error::Error for CryptoError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            CryptoError::Random(error) => Some(error),
            CryptoError::Library(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

impl From<RandomError> for CryptoError {
    fn from(error: RandomError) -> Self {
        CryptoError::Random(error)
    }
}

/// The random source gave nothing; its own error is the source of this one.
#[derive(Debug)]
pub struct RandomError(BoxError);

impl RandomError {
    /// Wraps the random source's own error.
    pub fn new(source: impl Into<BoxError>) -> Self {
        RandomError(source.into())
    }
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the random source failed")
    }
}

impl core::error::Error for RandomError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}
