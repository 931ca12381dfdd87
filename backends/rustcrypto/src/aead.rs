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
    use super::*;
    use alloc::vec;
    use core::mem::size_of;
    use zeroize::ZeroizeOnDrop;

    #[test]
    fn what_does_not_open_is_left_as_it_was() {
        fn leaves<A: Aead>() {
            let key = A::new(&AeadKey::from([9; 32]));
            for len in (0..600).chain([65_535]) {
                let mut sealed = vec![0x55; len];
                let opened = key.open_in_place(&[3; 12], b"aad", &mut sealed);
                assert!(matches!(opened, Err(CryptoError::Verification)));
                assert_eq!(sealed, vec![0x55; len]);
            }
        }
        leaves::<ChaCha20Poly1305>();
        leaves::<Aes256Gcm>();
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
