//! ChaCha20-Poly1305 and AES-256-GCM.

use crate::{LIBRARY, debug_by_name};
use alloc::boxed::Box;
use graviola::aead;
use ossuary_traits::{Aead, AeadId, AeadKey, CryptoError, Nonce, TAG_LEN, Tag};

/// A key of ChaCha20-Poly1305 (RFC 8439).
///
/// The ciphertext of a record that does not open is overwritten with zeros.
// On the heap, so that moves of the channel that holds it leave no copy behind.
pub struct ChaCha20Poly1305(Box<aead::ChaCha20Poly1305>);

/// A key of AES-256-GCM (NIST SP 800-38D).
///
/// The ciphertext of a record that does not open is overwritten with zeros.
// On the heap, as above.
pub struct Aes256Gcm(Box<aead::AesGcm>);

debug_by_name!(ChaCha20Poly1305);
debug_by_name!(Aes256Gcm);

// One text for both: the library's functions are alike, and no trait joins them.
macro_rules! aead {
    ($name:ident, $new:expr) => {
        impl Aead for $name {
            const ID: AeadId = AeadId::$name;
            const LIBRARY: &'static str = LIBRARY;

            fn available() -> Result<(), CryptoError> {
                crate::available()
            }

            fn new(key: &AeadKey) -> Self {
                $name(Box::new($new(key.expose())))
            }

            fn seal_in_place(
                &self,
                nonce: &Nonce,
                aad: &[u8],
                in_out: &mut [u8],
            ) -> Result<Tag, CryptoError> {
                let mut tag = [0; TAG_LEN];
                self.0.encrypt(nonce, aad, in_out, &mut tag);
                Ok(tag)
            }

            // The library decrypts as it computes the tag, and wipes what it decrypted
            // where the tag, compared in constant time, is another.
            fn open_in_place(
                &self,
                nonce: &Nonce,
                aad: &[u8],
                sealed: &mut [u8],
            ) -> Result<(), CryptoError> {
                let (ciphertext, tag) = sealed
                    .split_last_chunk_mut::<TAG_LEN>()
                    .ok_or(CryptoError::Verification)?;
                self.0
                    .decrypt(nonce, aad, ciphertext, tag)
                    .map_err(|_| CryptoError::Verification)
            }
        }
    };
}
aead!(ChaCha20Poly1305, |key: &[u8; 32]| {
    aead::ChaCha20Poly1305::new(*key)
});
// The library tells AES-256 from AES-128 by the length of the key.
aead!(Aes256Gcm, |key: &[u8; 32]| aead::AesGcm::new(key));

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a panic is how a test fails")]

    use super::*;
    use alloc::vec;

    #[test]
    fn what_does_not_open_is_wiped() {
        fn wipes<A: Aead>() {
            let key = A::new(&AeadKey::from([9; 32]));
            for len in (0..600).chain([65_519]) {
                let mut sealed = vec![0x55; len + TAG_LEN];
                let opened = key.open_in_place(&[3; 12], b"aad", &mut sealed);
                assert!(matches!(opened, Err(CryptoError::Verification)));
                assert_eq!(sealed[..len], vec![0; len]);
            }
        }
        wipes::<ChaCha20Poly1305>();
        wipes::<Aes256Gcm>();
    }
}
