//! ChaCha20-Poly1305 and AES-256-GCM.

use crate::{debug_by_name, library};
use aes_gcm::AesGcm;
use aes_gcm::aes::Aes256Enc;
use chacha20poly1305::aead::consts::{U12, U16};
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use ossuary_traits::{Aead, AeadId, AeadKey, CryptoError, Nonce, TAG_LEN, Tag};

/// A key of ChaCha20-Poly1305 (RFC 8439).
///
/// A record that does not open is left as it was.
pub struct ChaCha20Poly1305(chacha20poly1305::ChaCha20Poly1305);

/// A key of AES-256-GCM (NIST SP 800-38D).
///
/// AES is computed by the processor's own instructions where it has them, and
/// otherwise without tables, in constant time. A record that does not open is
/// left as it was.
// GCM never decrypts with AES, so half of `Aes256`'s key schedule would lie idle.
pub struct Aes256Gcm(AesGcm<Aes256Enc, U12>);

debug_by_name!(ChaCha20Poly1305);
debug_by_name!(Aes256Gcm);

impl Aead for ChaCha20Poly1305 {
    const ID: AeadId = AeadId::ChaCha20Poly1305;
    const LIBRARY: &'static str = "RustCrypto chacha20poly1305 0.11";

    fn new(key: &AeadKey) -> Self {
        ChaCha20Poly1305(KeyInit::new(key.expose().into()))
    }

    fn seal_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        encrypt(&self.0, nonce, aad, in_out.into())
    }

    fn open_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), CryptoError> {
        decrypt(&self.0, nonce, aad, sealed)
    }

    fn seal(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        encrypt(&self.0, nonce, aad, joined(plaintext, out)?)
    }
}

impl Aead for Aes256Gcm {
    const ID: AeadId = AeadId::Aes256Gcm;
    const LIBRARY: &'static str = "RustCrypto aes-gcm 0.11";

    fn new(key: &AeadKey) -> Self {
        Aes256Gcm(KeyInit::new(key.expose().into()))
    }

    fn seal_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        encrypt(&self.0, nonce, aad, in_out.into())
    }

    fn open_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), CryptoError> {
        decrypt(&self.0, nonce, aad, sealed)
    }

    fn seal(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        encrypt(&self.0, nonce, aad, joined(plaintext, out)?)
    }
}

/// A plaintext and the place of its ciphertext, which are of one length.
fn joined<'i, 'o>(
    plaintext: &'i [u8],
    out: &'o mut [u8],
) -> Result<InOutBuf<'i, 'o, u8>, CryptoError> {
    InOutBuf::new(plaintext, out).map_err(|_| CryptoError::Unsupported)
}

fn encrypt<A>(
    key: &A,
    nonce: &Nonce,
    aad: &[u8],
    buffer: InOutBuf<'_, '_, u8>,
) -> Result<Tag, CryptoError>
where
    A: AeadInOut<NonceSize = U12, TagSize = U16>,
{
    let tag = key
        .encrypt_inout_detached(nonce.into(), aad, buffer)
        .map_err(library)?;
    Ok(tag.into())
}

// Both libraries compare the tag before they decrypt the first byte.
fn decrypt<A>(key: &A, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) -> Result<(), CryptoError>
where
    A: AeadInOut<NonceSize = U12, TagSize = U16>,
{
    let (ciphertext, tag) = sealed
        .split_last_chunk_mut::<TAG_LEN>()
        .ok_or(CryptoError::Verification)?;
    key.decrypt_inout_detached(nonce.into(), aad, ciphertext.into(), (&*tag).into())
        .map_err(|_| CryptoError::Verification)
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
    use core::mem::size_of;
    use ossuary_traits::Secret;
    use zeroize::ZeroizeOnDrop;

    struct KnownAnswer {
        key: [u8; 32],
        nonce: Nonce,
        aad: Vec<u8>,
        plaintext: Vec<u8>,
        ciphertext: Vec<u8>,
        tag: Tag,
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
            ciphertext: hex(
                "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6\
                 3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36\
                 92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
                 3ff4def08e4b7a9de576d26586cec64b6116",
            ),
            tag: bytes("1ae10b594f09e26a7e902ecbd0600691"),
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
            ciphertext: hex(
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            ),
            tag: bytes("76fc6ece0f4e1768cddf8853bb2d551b"),
        }
    }

    fn reproduces<A: Aead>(known: &KnownAnswer) {
        let KnownAnswer {
            key,
            nonce,
            aad,
            plaintext,
            ciphertext,
            tag,
        } = known;
        let key = A::new(&Secret::from(*key));

        let mut in_place = plaintext.clone();
        assert_eq!(&key.seal_in_place(nonce, aad, &mut in_place).unwrap(), tag);
        assert_eq!(&in_place, ciphertext);

        let mut out = vec![0xee; plaintext.len()];
        assert_eq!(&key.seal(nonce, aad, plaintext, &mut out).unwrap(), tag);
        assert_eq!(&out, ciphertext);

        let mut sealed = [&ciphertext[..], tag].concat();
        key.open_in_place(nonce, aad, &mut sealed).unwrap();
        assert_eq!(&sealed[..plaintext.len()], plaintext);
    }

    fn refuses_what_was_changed<A: Aead>(known: &KnownAnswer) {
        let KnownAnswer {
            key,
            nonce,
            aad,
            ciphertext,
            tag,
            ..
        } = known;
        let key = A::new(&Secret::from(*key));
        let sealed = [&ciphertext[..], tag].concat();
        let refused = |nonce: &Nonce, aad: &[u8], given: &[u8]| {
            let mut buffer = given.to_vec();
            let result = key.open_in_place(nonce, aad, &mut buffer);
            assert!(matches!(result, Err(CryptoError::Verification)));
            assert_eq!(buffer, given, "no plaintext is left behind");
        };

        for bit in 0..8 * sealed.len() {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            refused(nonce, aad, &changed);
        }
        refused(&[0; 12], aad, &sealed);
        refused(nonce, &aad[1..], &sealed);
        refused(nonce, aad, &sealed[1..]);
        refused(nonce, aad, &sealed[..sealed.len() - 1]);
    }

    fn handles_the_shortest<A: Aead>() {
        let key = A::new(&Secret::from([7; 32]));
        let tag = key.seal_in_place(&[1; 12], b"aad", &mut []).unwrap();
        assert!(
            key.open_in_place(&[1; 12], b"aad", &mut tag.clone())
                .is_ok()
        );
        for len in 0..16 {
            let mut short = tag[..len].to_vec();
            let result = key.open_in_place(&[1; 12], b"aad", &mut short);
            assert!(
                matches!(result, Err(CryptoError::Verification)),
                "{len} bytes"
            );
        }
    }

    fn seals_between_buffers_of_one_length_only<A: Aead>() {
        let key = A::new(&Secret::from([7; 32]));
        assert!(key.seal(&[1; 12], b"", &[0; 5], &mut [0; 4]).is_err());
        assert!(key.seal(&[1; 12], b"", &[0; 5], &mut [0; 5]).is_ok());
        assert!(key.seal(&[1; 12], b"", &[0; 5], &mut [0; 6]).is_err());
    }

    /// Across the block sizes of both ciphers and of their parallel code.
    fn one_result_by_either_way<A: Aead>() {
        let key = A::new(&Secret::from([9; 32]));
        for len in (0..600).chain([4095, 65_519]) {
            let plaintext: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
            let mut in_place = plaintext.clone();
            let mut out = vec![0; len];
            let tag = key
                .seal_in_place(&[3; 12], b"header", &mut in_place)
                .unwrap();
            assert_eq!(
                key.seal(&[3; 12], b"header", &plaintext, &mut out).unwrap(),
                tag
            );
            assert_eq!(out, in_place);
            out.extend_from_slice(&tag);
            key.open_in_place(&[3; 12], b"header", &mut out).unwrap();
            assert_eq!(&out[..len], plaintext);
        }
    }

    #[test]
    fn chacha20_poly1305_computes_what_rfc_8439_says() {
        reproduces::<ChaCha20Poly1305>(&chacha20_poly1305());
        refuses_what_was_changed::<ChaCha20Poly1305>(&chacha20_poly1305());
        handles_the_shortest::<ChaCha20Poly1305>();
        seals_between_buffers_of_one_length_only::<ChaCha20Poly1305>();
        one_result_by_either_way::<ChaCha20Poly1305>();
    }

    #[test]
    fn aes_256_gcm_computes_what_sp_800_38d_says() {
        reproduces::<Aes256Gcm>(&aes_256_gcm());
        refuses_what_was_changed::<Aes256Gcm>(&aes_256_gcm());
        handles_the_shortest::<Aes256Gcm>();
        seals_between_buffers_of_one_length_only::<Aes256Gcm>();
        one_result_by_either_way::<Aes256Gcm>();
    }

    #[test]
    fn half_a_key_schedule_is_saved() {
        assert!(size_of::<Aes256Gcm>() < size_of::<aes_gcm::Aes256Gcm>());
    }

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn keys_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<chacha20poly1305::ChaCha20Poly1305>();
        wipes::<AesGcm<Aes256Enc, U12>>();
    }
}
