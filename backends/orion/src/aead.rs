//! ChaCha20-Poly1305.

use crate::{LIBRARY, debug_by_name, fixed, library};
use alloc::boxed::Box;
use orion::hazardous::aead::chacha20poly1305;
use ossuary_traits::{Aead, AeadId, AeadKey, CryptoError, Nonce, TAG_LEN, Tag};

/// A key of ChaCha20-Poly1305 (RFC 8439).
///
/// A record that does not open is left as it was.
// On the heap, so that moves of the channel that holds it leave no copy behind.
pub struct ChaCha20Poly1305(Box<chacha20poly1305::SecretKey>);

debug_by_name!(ChaCha20Poly1305);

impl Aead for ChaCha20Poly1305 {
    const ID: AeadId = AeadId::ChaCha20Poly1305;
    const LIBRARY: &'static str = LIBRARY;

    fn new(key: &AeadKey) -> Self {
        ChaCha20Poly1305(Box::new((*key.expose()).into()))
    }

    fn seal_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        let nonce = (*nonce).into();
        let tag =
            chacha20poly1305::ChaCha20Poly1305::seal_inplace(&self.0, &nonce, Some(aad), in_out)
                .map_err(library)?;
        fixed(tag.unprotected_as_ref())
    }

    // The library compares the tag, in constant time, before it decrypts the first byte.
    fn open_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), CryptoError> {
        let (ciphertext, tag) = sealed
            .split_last_chunk_mut::<TAG_LEN>()
            .ok_or(CryptoError::Verification)?;
        let (nonce, tag) = ((*nonce).into(), (*tag).into());
        chacha20poly1305::ChaCha20Poly1305::open_inplace(
            &self.0,
            &nonce,
            &tag,
            Some(aad),
            ciphertext,
        )
        .map_err(|_| CryptoError::Verification)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn what_does_not_open_is_left_as_it_was() {
        let key = ChaCha20Poly1305::new(&AeadKey::from([9; 32]));
        for len in (0..600).chain([65_535]) {
            let mut sealed = vec![0x55; len];
            let opened = key.open_in_place(&[3; 12], b"aad", &mut sealed);
            assert!(matches!(opened, Err(CryptoError::Verification)));
            assert_eq!(sealed, vec![0x55; len]);
        }
    }
}
