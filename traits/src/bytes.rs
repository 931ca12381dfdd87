//! Byte strings of a fixed length, plain and secret.

use alloc::boxed::Box;
use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A byte string whose length its type fixes: `[u8; N]`, or [`Secret<N>`](Secret).
pub trait FixedBytes: AsRef<[u8]> + AsMut<[u8]> + Sized {
    /// How many bytes a value holds.
    const LEN: usize;

    /// A value of zeros, to be filled.
    fn zeroed() -> Self;

    /// Copies `bytes` into a new value; `None` where there are more or fewer
    /// than [`LEN`](Self::LEN).
    #[must_use]
    fn from_slice(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != Self::LEN {
            return None;
        }
        let mut value = Self::zeroed();
        value.as_mut().copy_from_slice(bytes);
        Some(value)
    }
}

impl<const N: usize> FixedBytes for [u8; N] {
    const LEN: usize = N;

    fn zeroed() -> Self {
        [0; N]
    }
}

/// `N` secret bytes: wiped when dropped, printed by name only, and neither
/// cloned nor compared.
///
/// They stay in one place on the heap, so that a move, which in Rust leaves the
/// old place as it was, leaves a pointer behind and no secret.
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// The bytes themselves. Copies made of them are the caller's to wipe.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes themselves, to be filled.
    pub fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

impl<const N: usize> FixedBytes for Secret<N> {
    const LEN: usize = N;

    fn zeroed() -> Self {
        Secret(Box::new([0; N]))
    }
}

impl<const N: usize> AsRef<[u8]> for Secret<N> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl<const N: usize> AsMut<[u8]> for Secret<N> {
    fn as_mut(&mut self) -> &mut [u8] {
        self.0.as_mut_slice()
    }
}

impl<const N: usize> From<[u8; N]> for Secret<N> {
    /// Takes the bytes over and wipes the argument's own copy of them.
    fn from(mut bytes: [u8; N]) -> Self {
        let mut secret = Self::zeroed();
        *secret.0 = bytes;
        bytes.zeroize();
        secret
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for Secret<N> {}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret<{N}>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_secret_prints_its_name_only() {
        assert_eq!(format!("{:?}", Secret::from([0xa5u8; 32])), "Secret<32>");
    }

    #[test]
    fn a_slice_of_another_length_is_refused() {
        assert!(<[u8; 4] as FixedBytes>::from_slice(&[1; 3]).is_none());
        assert!(<[u8; 4] as FixedBytes>::from_slice(&[1; 5]).is_none());
        assert_eq!(<[u8; 4] as FixedBytes>::from_slice(&[1; 4]), Some([1; 4]));
        assert!(Secret::<4>::from_slice(&[1; 5]).is_none());
    }
}
