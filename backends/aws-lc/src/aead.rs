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
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a panic is how a test fails"
    )]

    use super::*;
    use crate::testing::{bytes, hex};
    use ossuary_traits::Secret;

    /// Seals as the known answer has it, by both ways, and opens again.
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
        let (ciphertext, tag): (_, Tag) = (hex(ciphertext), bytes(tag));

        let mut in_place = plaintext.to_vec();
        assert_eq!(key.seal_in_place(&nonce, &aad, &mut in_place).unwrap(), tag);
        assert_eq!(in_place, ciphertext);

        let mut out = vec![0xee; plaintext.len()];
        assert_eq!(key.seal(&nonce, &aad, plaintext, &mut out).unwrap(), tag);
        assert_eq!(out, ciphertext);

        out.extend_from_slice(&tag);
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
            let mut out = vec![0; len];
            let again = key.seal(&[3; 12], b"aad", &plaintext, &mut out).unwrap();
            assert_eq!((&out, again), (&sealed, tag));
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

    fn refuses_other_lengths<A: Aead>() {
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

        assert!(key.seal(&[1; 12], b"", &[0; 5], &mut [0; 4]).is_err());
        assert!(key.seal(&[1; 12], b"", &[0; 5], &mut [0; 5]).is_ok());
        assert!(key.seal(&[1; 12], b"", &[0; 5], &mut [0; 6]).is_err());
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
        refuses_other_lengths::<ChaCha20Poly1305>();
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
        refuses_other_lengths::<Aes256Gcm>();
    }
}
