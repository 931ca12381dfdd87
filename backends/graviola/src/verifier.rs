//! Signature verification.

use crate::LIBRARY;
use graviola::signing::eddsa::Ed25519VerifyingKey;
use ossuary_traits::{CryptoError, SignatureScheme, Verifier};

/// Verifies signatures of Ed25519 (RFC 8032).
///
/// graviola has ECDSA too, but takes uncompressed public keys only, and the
/// protocol's are compressed.
///
/// It is a name, never a value.
#[derive(Clone, Copy, Debug)]
pub struct GraviolaVerifier;

impl Verifier for GraviolaVerifier {
    const SCHEMES: &'static [SignatureScheme] = &[SignatureScheme::Ed25519];

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        Self::SCHEMES.contains(&scheme).then_some(LIBRARY)
    }

    fn available() -> Result<(), CryptoError> {
        crate::available()
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        match scheme {
            // graviola computes R = [S]B - [k]A and compares its encoding with that in
            // the signature: the cofactorless equation (RFC 8032, section 5.1.7). Keys
            // of other encodings than the canonical and an S not below the group order
            // it refuses, as the protocol has before.
            SignatureScheme::Ed25519 => Ed25519VerifyingKey::from_bytes(public_key)
                .and_then(|key| key.verify(signature, message))
                .map_err(|_| CryptoError::Verification),
            _ => Err(CryptoError::Unsupported),
        }
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

    const MESSAGE: &[u8] = b"\x72";

    fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        GraviolaVerifier::verify(SignatureScheme::Ed25519, key, message, signature)
    }

    fn refused(key: &[u8], message: &[u8], signature: &[u8]) {
        let result = verify(key, message, signature);
        assert!(matches!(result, Err(CryptoError::Verification)));
    }

    // RFC 8032, section 7.1, test 2.
    fn known_answer() -> (Vec<u8>, Vec<u8>) {
        (
            hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
            hex(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                 085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        )
    }

    #[test]
    fn a_signature_is_of_one_key_and_one_message() {
        let (key, signature) = known_answer();
        verify(&key, MESSAGE, &signature).unwrap();
        for bit in 0..8 * signature.len() {
            let mut other = signature.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            refused(&key, MESSAGE, &other);
        }
        for bit in 0..8 * key.len() {
            let mut other = key.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            refused(&other, MESSAGE, &signature);
        }
        refused(&key, b"\x73", &signature);
        refused(&key, b"", &signature);
    }

    #[test]
    fn lengths_are_the_schemes() {
        let (key, signature) = known_answer();
        for other in [&key[1..], &[&key[..], &[0]].concat(), &[]] {
            refused(other, MESSAGE, &signature);
        }
        for other in [&signature[1..], &[&signature[..], &[0]].concat(), &[]] {
            refused(&key, MESSAGE, other);
        }
    }

    // The equation holds for a key of small order; refusing it is the protocol's rule.
    #[test]
    fn small_orders_are_left_to_the_protocol() {
        let neutral: [u8; 32] =
            bytes("0100000000000000000000000000000000000000000000000000000000000000");
        verify(&neutral, MESSAGE, &[neutral, [0; 32]].concat()).unwrap();
    }

    // With the cofactor, 0 = R + [k]A holds for a neutral R, a key A of order 8 and
    // all messages; without it, only where 8 divides k.
    #[test]
    fn the_equation_has_no_cofactor() {
        let order_8: [u8; 32] =
            bytes("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
        let mut signature = [0; 64];
        signature[0] = 1;
        let verified = (0..64)
            .filter(|message| verify(&order_8, &[*message], &signature).is_ok())
            .count();
        assert!((1..64).contains(&verified), "{verified} of 64");
    }

    #[test]
    fn other_schemes_are_other_libraries_business() {
        for scheme in SignatureScheme::ALL {
            let result = GraviolaVerifier::verify(*scheme, &[], MESSAGE, &[]);
            if GraviolaVerifier::SCHEMES.contains(scheme) {
                assert!(matches!(result, Err(CryptoError::Verification)));
                assert_eq!(GraviolaVerifier::library(*scheme), Some("graviola 0.4"));
            } else {
                assert!(matches!(result, Err(CryptoError::Unsupported)));
                assert_eq!(GraviolaVerifier::library(*scheme), None);
            }
        }
    }
}
