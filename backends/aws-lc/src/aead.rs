//! ChaCha20-Poly1305 and AES-256-GCM.

use crate::{AWS_LC, debug_by_name, library};
use aws_lc_rs::aead::{self, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use aws_lc_rs::error::Unspecified;
use ossuary_traits::{Aead, AeadId, AeadKey, CryptoError, Nonce, TAG_LEN, Tag};

macro_rules! aead {
    ($(#[$doc:meta])* $name:ident, $algorithm:expr) => {
        $(#[$doc])*
        ///
        /// A record that does not open is wiped: zeros stand where the ciphertext
        /// was.
        pub struct $name(Key);

        debug_by_name!($name);

        impl Aead for $name {
            const ID: AeadId = AeadId::$name;
            const LIBRARY: &'static str = AWS_LC;

            fn new(key: &AeadKey) -> Self {
                $name(Key::new(&$algorithm, key))
            }

            fn seal_in_place(
                &self,
                nonce: &Nonce,
                aad: &[u8],
                in_out: &mut [u8],
            ) -> Result<Tag, CryptoError> {
                self.0.seal_in_place(nonce, aad, in_out)
            }

            fn open_in_place(
                &self,
                nonce: &Nonce,
                aad: &[u8],
                sealed: &mut [u8],
            ) -> Result<(), CryptoError> {
                self.0.open_in_place(nonce, aad, sealed)
            }

            fn seal(
                &self,
                nonce: &Nonce,
                aad: &[u8],
                plaintext: &[u8],
                out: &mut [u8],
            ) -> Result<Tag, CryptoError> {
                self.0.seal(nonce, aad, plaintext, out)
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

/// A key of either. That the library could not make it is said where there is a
/// place for it.
// AWS-LC keeps the key in memory of its own. The key types that are less "less
// safe" count nonces by themselves.
struct Key(Result<LessSafeKey, Unspecified>);

impl Key {
    fn new(algorithm: &'static aead::Algorithm, key: &AeadKey) -> Self {
        Key(UnboundKey::new(algorithm, key.expose()).map(LessSafeKey::new))
    }

    fn get(&self) -> Result<&LessSafeKey, CryptoError> {
        self.0.as_ref().map_err(|error| library(*error))
    }

    fn seal_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        let tag = self
            .get()?
            .seal_in_place_separate_tag(nonce.into(), Aad::from(aad), in_out)
            .map_err(library)?;
        tag.as_ref().try_into().map_err(library)
    }

    fn seal(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        if plaintext.len() != out.len() {
            return Err(CryptoError::Unsupported);
        }
        let mut tag = [0; TAG_LEN];
        self.get()?
            .seal_out_of_place_scatter(nonce.into(), Aad::from(aad), plaintext, out, &[], &mut tag)
            .map_err(library)?;
        Ok(tag)
    }

    // The call with the tag apart: the other one moves the plaintext onto itself.
    // AWS-LC fills the plaintext's place with zeros where it returns an error.
    fn open_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), CryptoError> {
        let (in_out, tag) = sealed
            .split_last_chunk_mut::<TAG_LEN>()
            .ok_or(CryptoError::Verification)?;
        self.get()?
            .open_in_place_separate_tag(nonce.into(), Aad::from(aad), tag, in_out)
            .map_err(|Unspecified| CryptoError::Verification)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a panic is how a test fails")]

    use super::*;

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
