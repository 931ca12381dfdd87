//! A hash function and the key derivation built on it (RFC 5869).

use crate::{CryptoError, FixedBytes};
use zeroize::ZeroizeOnDrop;

/// The hash functions that protocol 2 names, with their code points on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum HashId {
    /// SHA-256 (FIPS 180-4), 32 bytes.
    Sha256 = 0x01,
    /// SHA-384 (FIPS 180-4), 48 bytes.
    Sha384 = 0x02,
}

impl HashId {
    /// The code point on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The hash of a code point, or `None` where the protocol has none.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0x01 => Some(HashId::Sha256),
            0x02 => Some(HashId::Sha384),
            _ => None,
        }
    }

    /// The length of an output, in bytes.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            HashId::Sha256 => 32,
            HashId::Sha384 => 48,
        }
    }

    /// The algorithm's standard name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HashId::Sha256 => "SHA-256",
            HashId::Sha384 => "SHA-384",
        }
    }
}

/// A hash function, and HKDF with it.
///
/// Inputs come in parts that count as one string, so that the protocol never
/// has to join them in a buffer.
pub trait Hash: Sized {
    /// Which algorithm this is.
    const ID: HashId;
    /// The library behind it and its version, for people: `"sha2 0.11"`.
    const LIBRARY: &'static str;

    /// A hash: `[u8; 32]` or `[u8; 48]`, of [`HashId::output_len`] bytes.
    type Output: FixedBytes + Copy + Eq;
    /// A secret of the hash's length, which HKDF makes and takes:
    /// [`Secret<32>`](crate::Secret) or `Secret<48>`.
    type Secret: FixedBytes + ZeroizeOnDrop;
    /// A pseudorandom key, ready to be expanded many times. It wipes itself.
    type Prk;

    /// Whether the library can run on this machine: see
    /// [`CryptoSuite::available`](crate::CryptoSuite::available).
    ///
    /// # Errors
    ///
    /// [`CryptoError::Library`]: it cannot, and why.
    fn available() -> Result<(), CryptoError> {
        Ok(())
    }

    /// The hash of `parts`, joined.
    fn digest(parts: &[&[u8]]) -> Self::Output;

    /// HKDF-Extract (RFC 5869, section 2.2); `ikm` counts as joined.
    fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self::Prk;

    /// Takes `secret` as a pseudorandom key as it is, without HKDF-Extract.
    fn prk(secret: &Self::Secret) -> Self::Prk;

    /// HKDF-Expand (RFC 5869, section 2.3): fills `out`; `info` counts as joined.
    ///
    /// # Errors
    ///
    /// `out` is longer than 255 hashes, or the library failed; `out` is then
    /// not to be used.
    fn expand(prk: &Self::Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError>;
}
