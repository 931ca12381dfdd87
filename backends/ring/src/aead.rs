//! ChaCha20-Poly1305 and AES-256-GCM.

use crate::{RING, debug_by_name, failed, library, overwrite};
use alloc::boxed::Box;
use ossuary_traits::{Aead, AeadId, AeadKey, CryptoError, Nonce, Tag};
use ring::aead::{self, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::error::Unspecified;

macro_rules! aead {
    ($(#[$doc:meta])* $name:ident, $algorithm:expr) => {
        $(#[$doc])*
        ///
        /// A record that does not open is wiped: zeros stand where the ciphertext
        /// was. ring seals in place only, so that [`seal`](Aead::seal) copies the
        /// plaintext first.
        pub struct $name(Key);

        debug_by_name!($name);

        impl Aead for $name {
            const ID: AeadId = AeadId::$name;
            const LIBRARY: &'static str = RING;

            fn new(key: &AeadKey) -> Self {
                $name(Key::new(&$algorithm, key))
            }

            fn seal_in_place(
                &self,
                nonce: &Nonce,
                aad: &[u8],
                in_out: &mut [u8],
            ) -> Result<Tag, CryptoError> {
                self.0.seal(nonce, aad, in_out)
            }

            fn open_in_place(
                &self,
                nonce: &Nonce,
                aad: &[u8],
                sealed: &mut [u8],
            ) -> Result<(), CryptoError> {
                self.0.open(nonce, aad, sealed)
            }
        }
    };
}

aead! {
    /// A key of ChaCha20-Poly1305 (RFC 8439).
    ChaCha20Poly1305, CHACHA20_POLY1305
}

aead! {
    /// A key of AES-256-GCM (NIST SP 800-38D).
    Aes256Gcm, AES_256_GCM
}

/// A key of either. The library refuses one of another length where it is made;
/// here the length is fixed, so the error that cannot be is kept for where there
/// is a place for it.
// On the heap, so that moves leave no copy behind that nobody overwrites. The key
// types that are less "less safe" count nonces by themselves.
struct Key(Result<Box<LessSafeKey>, Unspecified>);

impl Key {
    fn new(algorithm: &'static aead::Algorithm, key: &AeadKey) -> Self {
        Key(UnboundKey::new(algorithm, key.expose()).map(|key| Box::new(LessSafeKey::new(key))))
    }

    fn get(&self) -> Result<&LessSafeKey, CryptoError> {
        self.0.as_deref().map_err(|error| failed(*error))
    }

    fn seal(&self, nonce: &Nonce, aad: &[u8], in_out: &mut [u8]) -> Result<Tag, CryptoError> {
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        let tag = self
            .get()?
            .seal_in_place_separate_tag(nonce, Aad::from(aad), in_out)
            .map_err(failed)?;
        tag.as_ref().try_into().map_err(library)
    }

    // ring decrypts before it compares the tag, and then wipes what it decrypted.
    fn open(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) -> Result<(), CryptoError> {
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        self.get()?
            .open_in_place(nonce, Aad::from(aad), sealed)
            .map_err(|Unspecified| CryptoError::Verification)?;
        Ok(())
    }

    // A key of AES, since it fills the space that ring keeps for either. One of
    // ChaCha20 would bring along, in the rest of it, what stood on the stack.
    fn wipe(&mut self) {
        if let Ok(key) = &mut self.0
            && let Ok(zeros) = UnboundKey::new(&AES_256_GCM, &[0; 32])
        {
            overwrite(&mut **key, LessSafeKey::new(zeros));
        }
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a panic is how a test fails"
    )]

    use super::*;
    use alloc::vec;
    use core::mem::needs_drop;
    use ossuary_traits::TAG_LEN;

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

    #[test]
    fn a_wiped_key_is_one_of_aes_and_zeros() {
        let seal = |key: &Key| key.seal(&[0; 12], b"", &mut [0; 40]).unwrap();
        let zeros = seal(&Key::new(&AES_256_GCM, &AeadKey::from([0; 32])));
        for algorithm in [&CHACHA20_POLY1305, &AES_256_GCM] {
            let mut key = Key::new(algorithm, &AeadKey::from([7; 32]));
            assert_ne!(seal(&key), zeros);
            key.wipe();
            assert_eq!(seal(&key), zeros);
        }
        assert!(needs_drop::<ChaCha20Poly1305>() && needs_drop::<Aes256Gcm>());
    }
}
