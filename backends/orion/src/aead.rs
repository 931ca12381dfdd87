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
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a panic is how a test fails"
    )]

    use super::*;
    use crate::testing::{bytes, hex};
    use alloc::vec::Vec;
    use ossuary_traits::Secret;

    const PLAINTEXT: &[u8] =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one \
                               tip for the future, sunscreen would be it.";

    // RFC 8439, section 2.8.2.
    fn known_answer() -> (ChaCha20Poly1305, Nonce, Vec<u8>, Vec<u8>) {
        let key = bytes("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
        let sealed = hex(
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6\
             3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36\
             92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
             3ff4def08e4b7a9de576d26586cec64b6116\
             1ae10b594f09e26a7e902ecbd0600691",
        );
        (
            ChaCha20Poly1305::new(&Secret::from(key)),
            bytes("070000004041424344454647"),
            hex("50515253c0c1c2c3c4c5c6c7"),
            sealed,
        )
    }

    #[test]
    fn computes_what_rfc_8439_says() {
        let (key, nonce, aad, sealed) = known_answer();
        let mut in_out = PLAINTEXT.to_vec();
        let tag = key.seal_in_place(&nonce, &aad, &mut in_out).unwrap();
        assert_eq!([&in_out[..], &tag].concat(), sealed);

        let mut in_out = sealed;
        key.open_in_place(&nonce, &aad, &mut in_out).unwrap();
        assert_eq!(&in_out[..PLAINTEXT.len()], PLAINTEXT);
    }

    #[test]
    fn what_was_changed_is_refused_and_left_as_it_was() {
        let (key, nonce, aad, sealed) = known_answer();
        let refused = |nonce: &Nonce, aad: &[u8], given: &[u8]| {
            let mut in_out = given.to_vec();
            let result = key.open_in_place(nonce, aad, &mut in_out);
            assert!(matches!(result, Err(CryptoError::Verification)));
            assert_eq!(in_out, given, "no plaintext is left behind");
        };
        for bit in 0..8 * sealed.len() {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            refused(&nonce, &aad, &changed);
        }
        refused(&[0; 12], &aad, &sealed);
        refused(&nonce, &aad[1..], &sealed);
        refused(&nonce, &aad, &sealed[1..]);
        for len in 0..=TAG_LEN {
            refused(&nonce, &aad, &sealed[..len]);
        }
    }
}
