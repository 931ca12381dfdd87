//! How X25519MLKEM768 lays its two halves out, in shares and secret alike: the
//! ML-KEM-768 half first, then the 32 bytes of X25519 (draft-ietf-tls-ecdhe-mlkem).
//!
//! The order is the protocol's, so that it stands here once for all backends.

use crate::{CryptoError, FixedBytes};

/// Joins two halves to a share or a secret.
///
/// # Errors
///
/// [`CryptoError::Library`] where they do not fill it, or are more: the library's
/// ML-KEM half is of another length than ML-KEM-768 has.
pub fn join<T: FixedBytes>(ml_kem: &[u8], x25519: &[u8; 32]) -> Result<T, CryptoError> {
    let mut joined = T::zeroed();
    match joined.as_mut().split_last_chunk_mut::<32>() {
        Some((front, back)) if front.len() == ml_kem.len() => {
            front.copy_from_slice(ml_kem);
            *back = *x25519;
            Ok(joined)
        }
        _ => Err(CryptoError::Library(
            "its ML-KEM half has not the length of ML-KEM-768".into(),
        )),
    }
}

/// The two halves of a share, the ML-KEM half being of `N` bytes.
///
/// # Errors
///
/// [`CryptoError::InvalidShare`] where `share` is not of `N + 32` bytes.
pub fn split<const N: usize>(share: &[u8]) -> Result<(&[u8; N], &[u8; 32]), CryptoError> {
    share
        .split_last_chunk()
        .and_then(|(ml_kem, x25519)| Some((ml_kem.try_into().ok()?, x25519)))
        .ok_or(CryptoError::InvalidShare)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn the_ml_kem_half_comes_first() {
        let joined: [u8; 36] = join(&[1, 2, 3, 4], &[9; 32]).unwrap();
        assert_eq!(joined[..5], [1, 2, 3, 4, 9]);
        assert_eq!(split::<4>(&joined).unwrap(), (&[1, 2, 3, 4], &[9; 32]));
    }

    #[test]
    fn halves_of_other_lengths_are_refused() {
        assert!(join::<[u8; 36]>(&[1; 3], &[9; 32]).is_err());
        assert!(join::<[u8; 36]>(&[1; 5], &[9; 32]).is_err());
        assert!(join::<[u8; 31]>(&[], &[9; 32]).is_err());
        assert!(split::<4>(&[0; 35]).is_err());
        assert!(split::<4>(&[0; 37]).is_err());
        assert!(split::<0>(&[0; 31]).is_err());
    }
}
