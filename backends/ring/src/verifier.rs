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
