//! Signature verification.

use crate::RING;
use ossuary_traits::{CryptoError, SignatureScheme, Verifier};
use ring::error::Unspecified;
use ring::signature::{ED25519, UnparsedPublicKey};

/// Verifies signatures of Ed25519 (RFC 8032).
///
/// ring verifies ECDSA with uncompressed public keys only, which the protocol's
/// are not. With another library's verifier it makes one of more schemes:
/// [`Verifiers`](ossuary_traits::Verifiers).
///
/// It is a name, never a value.
#[derive(Clone, Copy, Debug)]
pub struct RingVerifier;

impl Verifier for RingVerifier {
    const SCHEMES: &'static [SignatureScheme] = &[SignatureScheme::Ed25519];

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        Self::SCHEMES.contains(&scheme).then_some(RING)
    }

    // ring computes R = [S]B - [k]A and compares its encoding with that in the
    // signature: the cofactorless equation (RFC 8032, section 5.1.7).
    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        if scheme != SignatureScheme::Ed25519 {
            return Err(CryptoError::Unsupported);
        }
        UnparsedPublicKey::new(&ED25519, public_key)
            .verify(message, signature)
            .map_err(|Unspecified| CryptoError::Verification)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use crate::testing::{bytes, hex};

    // RFC 8032, section 7.1, test 2.
    const KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const MESSAGE: &[u8] = &[0x72];
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    fn refused(key: &[u8], message: &[u8], signature: &[u8]) {
        let result = RingVerifier::verify(SignatureScheme::Ed25519, key, message, signature);
        assert!(matches!(result, Err(CryptoError::Verification)));
    }

    #[test]
    fn the_signature_of_rfc_8032_and_no_other() {
        let (key, signature): ([u8; 32], [u8; 64]) = (bytes(KEY), bytes(SIGNATURE));
        RingVerifier::verify(SignatureScheme::Ed25519, &key, MESSAGE, &signature).unwrap();

        for bit in 0..8 * 64 {
            let mut other = signature;
            other[bit / 8] ^= 1 << (bit % 8);
            refused(&key, MESSAGE, &other);
        }
        for bit in 0..8 * 32 {
            let mut other = key;
            other[bit / 8] ^= 1 << (bit % 8);
            refused(&other, MESSAGE, &signature);
        }
        refused(&key, &[0x73], &signature);
        refused(&key, &[], &signature);
    }

    #[test]
    fn lengths_are_exact() {
        let (key, signature) = (hex(KEY), hex(SIGNATURE));
        refused(&key[..31], MESSAGE, &signature);
        refused(&[&key[..], &[0]].concat(), MESSAGE, &signature);
        refused(&[], MESSAGE, &signature);
        refused(&key, MESSAGE, &signature[..63]);
        refused(&key, MESSAGE, &[&signature[..], &[0]].concat());
        refused(&key, MESSAGE, &[]);
    }

    // The equation holds for a key of small order; refusing it is the protocol's rule.
    #[test]
    fn ed25519_leaves_small_orders_to_the_protocol() {
        let neutral: [u8; 32] =
            bytes("0100000000000000000000000000000000000000000000000000000000000000");
        let signature = [neutral, [0; 32]].concat();
        RingVerifier::verify(SignatureScheme::Ed25519, &neutral, MESSAGE, &signature).unwrap();
    }

    #[test]
    fn other_schemes_are_unsupported() {
        for scheme in SignatureScheme::ALL {
            let listed = RingVerifier::SCHEMES.contains(scheme);
            assert_eq!(RingVerifier::library(*scheme).is_some(), listed);
            let result = RingVerifier::verify(*scheme, &[], MESSAGE, &[]);
            assert_eq!(matches!(result, Err(CryptoError::Unsupported)), !listed);
        }
    }
}
