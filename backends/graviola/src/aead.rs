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
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a panic is how a test fails"
    )]

    use super::*;
    use crate::testing::{bytes, hex};
    use alloc::{vec, vec::Vec};
    use ossuary_traits::Secret;

    struct KnownAnswer {
        key: [u8; 32],
        nonce: Nonce,
        aad: Vec<u8>,
        plaintext: Vec<u8>,
        sealed: Vec<u8>,
    }

    /// RFC 8439, section 2.8.2.
    fn chacha20_poly1305() -> KnownAnswer {
        KnownAnswer {
            key: bytes("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
            nonce: bytes("070000004041424344454647"),
            aad: hex("50515253c0c1c2c3c4c5c6c7"),
            plaintext: b"Ladies and Gentlemen of the class of '99: If I could offer you only one \
                         tip for the future, sunscreen would be it."
                .to_vec(),
            sealed: hex(
                "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6\
                 3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36\
                 92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
                 3ff4def08e4b7a9de576d26586cec64b6116\
                 1ae10b594f09e26a7e902ecbd0600691",
            ),
        }
    }

    /// The submission of GCM to NIST (2005), appendix B, test case 16.
    fn aes_256_gcm() -> KnownAnswer {
        KnownAnswer {
            key: bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
            nonce: bytes("cafebabefacedbaddecaf888"),
            aad: hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
            plaintext: hex(
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                 1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            ),
            sealed: hex(
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
                 76fc6ece0f4e1768cddf8853bb2d551b",
            ),
        }
    }

    fn reproduces<A: Aead>(known: &KnownAnswer) {
        let key = A::new(&Secret::from(known.key));
        let mut in_out = known.plaintext.clone();
        let tag = key
            .seal_in_place(&known.nonce, &known.aad, &mut in_out)
            .unwrap();
        assert_eq!([&in_out[..], &tag].concat(), known.sealed);

        let mut in_out = known.sealed.clone();
        key.open_in_place(&known.nonce, &known.aad, &mut in_out)
            .unwrap();
        assert_eq!(in_out[..known.plaintext.len()], known.plaintext);
    }

    fn refuses_and_wipes_what_was_changed<A: Aead>(known: &KnownAnswer) {
        let key = A::new(&Secret::from(known.key));
        let refused = |nonce: &Nonce, aad: &[u8], given: &[u8]| {
            let mut in_out = given.to_vec();
            let result = key.open_in_place(nonce, aad, &mut in_out);
            assert!(matches!(result, Err(CryptoError::Verification)));
            if let Some(ciphertext_len) = given.len().checked_sub(TAG_LEN) {
                in_out.truncate(ciphertext_len);
                assert_eq!(in_out, vec![0; ciphertext_len]);
            } else {
                assert_eq!(in_out, given);
            }
        };
        let KnownAnswer {
            nonce, aad, sealed, ..
        } = known;
        for bit in 0..8 * sealed.len() {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            refused(nonce, aad, &changed);
        }
        refused(&[0; 12], aad, sealed);
        refused(nonce, &aad[1..], sealed);
        refused(nonce, aad, &sealed[1..]);
        for len in 0..=TAG_LEN {
            refused(nonce, aad, &sealed[..len]);
        }
    }

    /// A long record takes other code than a short one (on x86_64, AVX-512 where
    /// there is some), and is wiped by it too.
    fn wipes_a_long_record<A: Aead>() {
        let key = A::new(&Secret::from([7; 32]));
        let mut in_out = vec![0x55; 65_519];
        let tag = key.seal_in_place(&[1; 12], b"", &mut in_out).unwrap();
        in_out.extend_from_slice(&tag);
        assert!(
            key.open_in_place(&[1; 12], b"", &mut in_out.clone())
                .is_ok()
        );
        in_out[65_518] ^= 1;
        assert!(key.open_in_place(&[1; 12], b"", &mut in_out).is_err());
        assert_eq!(in_out[..65_519], vec![0; 65_519]);
    }

    #[test]
    fn chacha20_poly1305_computes_what_rfc_8439_says() {
        reproduces::<ChaCha20Poly1305>(&chacha20_poly1305());
        refuses_and_wipes_what_was_changed::<ChaCha20Poly1305>(&chacha20_poly1305());
        wipes_a_long_record::<ChaCha20Poly1305>();
    }

    #[test]
    fn aes_256_gcm_computes_what_sp_800_38d_says() {
        reproduces::<Aes256Gcm>(&aes_256_gcm());
        refuses_and_wipes_what_was_changed::<Aes256Gcm>(&aes_256_gcm());
        wipes_a_long_record::<Aes256Gcm>();
    }
}
