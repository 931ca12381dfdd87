//! The AEADs of the backends' libraries, called as a program calls them that
//! uses the library and has no channel: by its own interface, in the fastest way
//! that it has, and not through an adapter.

pub use aws_lc_rs::aead as aws_lc;
use chacha20poly1305::aead::consts::{U12, U16, U32};
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit, KeySizeUser};
pub use graviola::aead as graviola;
pub use orion::hazardous::aead::chacha20poly1305 as orion;
use ossuary_traits::{AEAD_KEY_LEN, AeadId, Nonce, TAG_LEN};
pub use ring::aead as ring;

/// A key of an AEAD of some library.
///
/// A sealed text has its 16-byte tag behind it, as in a record: to put it there
/// is part of the work.
pub trait Raw: Sized {
    /// A key; `aead` tells those libraries which it is for that have one type for
    /// all.
    fn new(aead: AeadId, key: &[u8; AEAD_KEY_LEN]) -> Self;
    /// Seals the text before the last 16 bytes of `text_and_tag` where it stands.
    fn seal_in_place(&self, nonce: &Nonce, aad: &[u8], text_and_tag: &mut [u8]);
    /// Seals `text` into `sealed`, which is 16 bytes longer.
    fn seal(&self, nonce: &Nonce, aad: &[u8], text: &[u8], sealed: &mut [u8]);
    /// Opens `sealed` where it stands.
    fn open_in_place(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]);
}

fn split(sealed: &mut [u8]) -> (&mut [u8], &mut [u8; TAG_LEN]) {
    sealed.split_last_chunk_mut().expect("room for a tag")
}

/// RustCrypto's.
#[allow(missing_debug_implementations, reason = "it holds a key")]
pub struct RustCrypto<A>(A);

impl<A> Raw for RustCrypto<A>
where
    A: AeadInOut<NonceSize = U12, TagSize = U16> + KeyInit + KeySizeUser<KeySize = U32>,
{
    fn new(_: AeadId, key: &[u8; AEAD_KEY_LEN]) -> Self {
        RustCrypto(KeyInit::new(key.into()))
    }

    fn seal_in_place(&self, nonce: &Nonce, aad: &[u8], text_and_tag: &mut [u8]) {
        let (text, tag) = split(text_and_tag);
        let sealed = self
            .0
            .encrypt_inout_detached(nonce.into(), aad, text.into());
        *tag = sealed.expect("a tag").into();
    }

    fn seal(&self, nonce: &Nonce, aad: &[u8], text: &[u8], sealed: &mut [u8]) {
        let (out, tag) = split(sealed);
        let both = InOutBuf::new(text, out).expect("buffers of one length");
        let sealed = self.0.encrypt_inout_detached(nonce.into(), aad, both);
        *tag = sealed.expect("a tag").into();
    }

    fn open_in_place(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) {
        let (text, tag) = split(sealed);
        self.0
            .decrypt_inout_detached(nonce.into(), aad, text.into(), (&*tag).into())
            .expect("a plaintext");
    }
}

impl Raw for ring::LessSafeKey {
    fn new(aead: AeadId, key: &[u8; AEAD_KEY_LEN]) -> Self {
        let algorithm = match aead {
            AeadId::ChaCha20Poly1305 => &ring::CHACHA20_POLY1305,
            AeadId::Aes256Gcm => &ring::AES_256_GCM,
            other => panic!("there is no {}", other.name()),
        };
        let key = ring::UnboundKey::new(algorithm, key).expect("a key");
        ring::LessSafeKey::new(key)
    }

    fn seal_in_place(&self, nonce: &Nonce, aad: &[u8], text_and_tag: &mut [u8]) {
        let (text, tag) = split(text_and_tag);
        let nonce = ring::Nonce::assume_unique_for_key(*nonce);
        let sealed = self.seal_in_place_separate_tag(nonce, ring::Aad::from(aad), text);
        tag.copy_from_slice(sealed.expect("a tag").as_ref());
    }

    // ring has no other way.
    fn seal(&self, nonce: &Nonce, aad: &[u8], text: &[u8], sealed: &mut [u8]) {
        sealed[..text.len()].copy_from_slice(text);
        Raw::seal_in_place(self, nonce, aad, sealed);
    }

    fn open_in_place(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) {
        let nonce = ring::Nonce::assume_unique_for_key(*nonce);
        self.open_in_place(nonce, ring::Aad::from(aad), sealed)
            .expect("a plaintext");
    }
}

impl Raw for aws_lc::LessSafeKey {
    fn new(aead: AeadId, key: &[u8; AEAD_KEY_LEN]) -> Self {
        let algorithm = match aead {
            AeadId::ChaCha20Poly1305 => &aws_lc::CHACHA20_POLY1305,
            AeadId::Aes256Gcm => &aws_lc::AES_256_GCM,
            other => panic!("there is no {}", other.name()),
        };
        let key = aws_lc::UnboundKey::new(algorithm, key).expect("a key");
        aws_lc::LessSafeKey::new(key)
    }

    fn seal_in_place(&self, nonce: &Nonce, aad: &[u8], text_and_tag: &mut [u8]) {
        let (text, tag) = split(text_and_tag);
        let sealed = self.seal_in_place_separate_tag(nonce.into(), aws_lc::Aad::from(aad), text);
        tag.copy_from_slice(sealed.expect("a tag").as_ref());
    }

    fn seal(&self, nonce: &Nonce, aad: &[u8], text: &[u8], sealed: &mut [u8]) {
        let (out, tag) = split(sealed);
        let aad = aws_lc::Aad::from(aad);
        self.seal_out_of_place_scatter(nonce.into(), aad, text, out, &[], tag)
            .expect("a tag");
    }

    // `open_in_place` moves the whole text onto itself.
    fn open_in_place(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) {
        let (text, tag) = split(sealed);
        self.open_in_place_separate_tag(nonce.into(), aws_lc::Aad::from(aad), tag, text)
            .expect("a plaintext");
    }
}

macro_rules! graviola {
    ($($type:ident $new:expr;)*) => {$(
        impl Raw for graviola::$type {
            fn new(_: AeadId, key: &[u8; AEAD_KEY_LEN]) -> Self {
                $new(key)
            }

            fn seal_in_place(&self, nonce: &Nonce, aad: &[u8], text_and_tag: &mut [u8]) {
                let (text, tag) = split(text_and_tag);
                self.encrypt(nonce, aad, text, tag);
            }

            // graviola has no other way.
            fn seal(&self, nonce: &Nonce, aad: &[u8], text: &[u8], sealed: &mut [u8]) {
                let (out, tag) = split(sealed);
                out.copy_from_slice(text);
                self.encrypt(nonce, aad, out, tag);
            }

            fn open_in_place(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) {
                let (text, tag) = split(sealed);
                self.decrypt(nonce, aad, text, tag).expect("a plaintext");
            }
        }
    )*};
}
graviola! {
    ChaCha20Poly1305 |key: &[u8; AEAD_KEY_LEN]| graviola::ChaCha20Poly1305::new(*key);
    AesGcm |key: &[u8; AEAD_KEY_LEN]| graviola::AesGcm::new(key);
}

impl Raw for orion::SecretKey {
    fn new(_: AeadId, key: &[u8; AEAD_KEY_LEN]) -> Self {
        (*key).into()
    }

    fn seal_in_place(&self, nonce: &Nonce, aad: &[u8], text_and_tag: &mut [u8]) {
        let (text, tag) = split(text_and_tag);
        let nonce = (*nonce).into();
        let sealed = orion::ChaCha20Poly1305::seal_inplace(self, &nonce, Some(aad), text);
        tag.copy_from_slice(sealed.expect("a tag").unprotected_as_ref());
    }

    fn seal(&self, nonce: &Nonce, aad: &[u8], text: &[u8], sealed: &mut [u8]) {
        orion::ChaCha20Poly1305::seal(self, &(*nonce).into(), text, Some(aad), sealed)
            .expect("a tag");
    }

    fn open_in_place(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) {
        let (text, tag) = split(sealed);
        let (nonce, tag) = ((*nonce).into(), (*tag).into());
        orion::ChaCha20Poly1305::open_inplace(self, &nonce, &tag, Some(aad), text)
            .expect("a plaintext");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossuary::backend::rustcrypto;
    use ossuary_traits::{Aead, Secret};

    const KEY: [u8; AEAD_KEY_LEN] = [0x42; AEAD_KEY_LEN];
    const NONCE: Nonce = [7; 12];

    /// Each operation computes what `A` does.
    fn computes<R: Raw, A: Aead>() {
        let raw = R::new(A::ID, &KEY);
        let key = A::new(&Secret::from(KEY));
        for len in [0, 1, 64, 1000, 65_519] {
            let text: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
            let mut expected = text.clone();
            let tag = key.seal_in_place(&NONCE, b"aad", &mut expected).unwrap();
            expected.extend(tag);

            let mut buffer = [&text[..], &[0; TAG_LEN]].concat();
            raw.seal_in_place(&NONCE, b"aad", &mut buffer);
            assert_eq!(buffer, expected);
            raw.open_in_place(&NONCE, b"aad", &mut buffer);
            assert_eq!(buffer[..len], text);
            buffer.fill(0);
            raw.seal(&NONCE, b"aad", &text, &mut buffer);
            assert_eq!(buffer, expected);
        }
    }

    #[test]
    fn all_libraries_compute_the_same() {
        computes::<RustCrypto<chacha20poly1305::ChaCha20Poly1305>, rustcrypto::ChaCha20Poly1305>();
        computes::<ring::LessSafeKey, rustcrypto::ChaCha20Poly1305>();
        computes::<aws_lc::LessSafeKey, rustcrypto::ChaCha20Poly1305>();
        computes::<orion::SecretKey, rustcrypto::ChaCha20Poly1305>();
        computes::<RustCrypto<aes_gcm::Aes256Gcm>, rustcrypto::Aes256Gcm>();
        computes::<ring::LessSafeKey, rustcrypto::Aes256Gcm>();
        computes::<aws_lc::LessSafeKey, rustcrypto::Aes256Gcm>();
        if ::graviola::util::is_cpu_supported() {
            computes::<graviola::ChaCha20Poly1305, rustcrypto::ChaCha20Poly1305>();
            computes::<graviola::AesGcm, rustcrypto::Aes256Gcm>();
        }
    }
}
