//! Signature verification.

use crate::AWS_LC;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ML_DSA_65, UnparsedPublicKey, VerificationAlgorithm,
};
use ossuary_traits::{CryptoError, SignatureScheme, Verifier};

/// Verifies signatures of every scheme: Ed25519 (RFC 8032), ECDSA on P-256 with
/// SHA-256 (FIPS 186-5) and ML-DSA-65 (FIPS 204).
///
/// It is a name, never a value.
#[derive(Clone, Copy, Debug)]
pub struct AwsLcVerifier;

impl Verifier for AwsLcVerifier {
    const SCHEMES: &'static [SignatureScheme] = SignatureScheme::ALL;

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        Self::SCHEMES.contains(&scheme).then_some(AWS_LC)
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        // AWS-LC computes R = [S]B - [k]A and compares its encoding with that in
        // the signature: the cofactorless equation (RFC 8032, section 5.1.7). For
        // ECDSA it takes either value of s.
        let algorithm: &'static dyn VerificationAlgorithm = match scheme {
            SignatureScheme::Ed25519 => &ED25519,
            SignatureScheme::EcdsaP256Sha256 => &ECDSA_P256_SHA256_FIXED,
            SignatureScheme::MlDsa65 => &ML_DSA_65,
            _ => return Err(CryptoError::Unsupported),
        };
        // A key's other encodings, which the library takes too, differ in length:
        // X.509, and points that are not compressed.
        if public_key.len() != scheme.public_key_len() {
            return Err(CryptoError::Verification);
        }
        UnparsedPublicKey::new(algorithm, public_key)
            .verify(message, signature)
            .map_err(|Unspecified| CryptoError::Verification)
    }
}
