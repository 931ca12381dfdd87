//! Signature verification.

use crate::LIBRARY;
use orion::hazardous::dsa::mldsa65;
use ossuary_traits::{CryptoError, SignatureScheme, Verifier};

/// Verifies signatures of ML-DSA-65 (FIPS 204), the one scheme that orion has.
///
/// It is a name, never a value.
#[derive(Clone, Copy, Debug)]
pub struct OrionVerifier;

impl Verifier for OrionVerifier {
    const SCHEMES: &'static [SignatureScheme] = &[SignatureScheme::MlDsa65];

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        Self::SCHEMES.contains(&scheme).then_some(LIBRARY)
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        match scheme {
            SignatureScheme::MlDsa65 => {
                ml_dsa_65(public_key, message, signature).ok_or(CryptoError::Verification)
            }
            _ => Err(CryptoError::Unsupported),
        }
    }
}

/// `Some` for a signature that is right and `None` for all else.
fn ml_dsa_65(public_key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = mldsa65::VerifyingKey::try_from(public_key).ok()?;
    let signature = mldsa65::Signature::try_from(signature).ok()?;
    key.verify(message, b"", &signature).ok()
}
