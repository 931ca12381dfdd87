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
    use crate::testing::{bytes, hex};
    use alloc::{vec, vec::Vec};
    use core::mem::needs_drop;
    use ossuary_traits::Secret;

    /// Seals as the known answer has it, and opens again.
    fn reproduces<A: Aead>(
        key: &str,
        nonce: &str,
        aad: &str,
        plaintext: &[u8],
        ciphertext: &str,
        tag: &str,
    ) {
        let key = A::new(&Secret::from(bytes(key)));
        let (nonce, aad) = (bytes(nonce), hex(aad));
        let sealed = [hex(ciphertext), hex(tag)].concat();

        let mut out = vec![0xee; plaintext.len()];
        let computed = key.seal(&nonce, &aad, plaintext, &mut out).unwrap();
        out.extend_from_slice(&computed);
        assert_eq!(out, sealed);

        key.open_in_place(&nonce, &aad, &mut out).unwrap();
        assert_eq!(&out[..plaintext.len()], plaintext);
    }

    /// Across the block sizes of both ciphers and of their parallel code.
    fn wipes_what_does_not_open<A: Aead>() {
        let key = A::new(&Secret::from([9; 32]));
        for len in (0..300).chain([65_519]) {
            let plaintext: Vec<u8> = (1..=u8::MAX).cycle().take(len).collect();
            let mut sealed = plaintext.clone();
            let tag = key.seal_in_place(&[3; 12], b"aad", &mut sealed).unwrap();
            sealed.extend_from_slice(&tag);

            for (nonce, aad, byte) in [
                ([3; 12], b"aad", 0),
                ([3; 12], b"aad", len + 15),
                ([4; 12], b"aad", usize::MAX),
                ([3; 12], b"aae", usize::MAX),
            ] {
                let mut given = sealed.clone();
                if let Some(byte) = given.get_mut(byte) {
                    *byte ^= 1;
                }
                let result = key.open_in_place(&nonce, aad, &mut given);
                assert!(matches!(result, Err(CryptoError::Verification)));
                assert_eq!(given[..len], vec![0; len]);
            }
            key.open_in_place(&[3; 12], b"aad", &mut sealed).unwrap();
            assert_eq!(sealed[..len], plaintext);
        }
    }

    fn refuses_what_is_shorter_than_a_tag<A: Aead>() {
        let key = A::new(&Secret::from([7; 32]));
        let tag = key.seal_in_place(&[1; 12], b"aad", &mut []).unwrap();
        for len in 0..16 {
            let mut short = tag[..len].to_vec();
            let result = key.open_in_place(&[1; 12], b"aad", &mut short);
            assert!(matches!(result, Err(CryptoError::Verification)));
            assert_eq!(short, tag[..len]);
        }
        key.open_in_place(&[1; 12], b"aad", &mut tag.clone())
            .unwrap();
    }

    // RFC 8439, section 2.8.2.
    #[test]
    fn chacha20_poly1305() {
        reproduces::<ChaCha20Poly1305>(
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
            "070000004041424344454647",
            "50515253c0c1c2c3c4c5c6c7",
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one \
              tip for the future, sunscreen would be it.",
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6\
             3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36\
             92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
             3ff4def08e4b7a9de576d26586cec64b6116",
            "1ae10b594f09e26a7e902ecbd0600691",
        );
        wipes_what_does_not_open::<ChaCha20Poly1305>();
        refuses_what_is_shorter_than_a_tag::<ChaCha20Poly1305>();
    }

    // The submission of GCM to NIST (2005), appendix B, test case 16.
    #[test]
    fn aes_256_gcm() {
        reproduces::<Aes256Gcm>(
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            &hex(
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                 1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            ),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b",
        );
        wipes_what_does_not_open::<Aes256Gcm>();
        refuses_what_is_shorter_than_a_tag::<Aes256Gcm>();
    }

    #[test]
    fn a_wiped_key_is_one_of_aes_and_zeros() {
        let seal = |key: &Key| key.seal(&[0; 12], b"", &mut [0; 40]).unwrap();
        let zeros = seal(&Key::new(&AES_256_GCM, &Secret::from([0; 32])));
        for algorithm in [&CHACHA20_POLY1305, &AES_256_GCM] {
            let mut key = Key::new(algorithm, &Secret::from([7; 32]));
            assert_ne!(seal(&key), zeros);
            key.wipe();
            assert_eq!(seal(&key), zeros);
        }
        assert!(needs_drop::<ChaCha20Poly1305>() && needs_drop::<Aes256Gcm>());
    }
}
