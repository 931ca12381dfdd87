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
