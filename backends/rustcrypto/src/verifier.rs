//! Signature verification.

use ed25519_dalek::Verifier as _;
use ml_dsa::MlDsa65;
use ossuary_traits::{CryptoError, SignatureScheme, Verifier};
use p256::ecdsa;

/// Verifies signatures of every scheme: Ed25519 (RFC 8032), ECDSA on P-256 with
/// SHA-256 (FIPS 186-5) and ML-DSA-65 (FIPS 204).
///
/// It is a name, never a value.
#[derive(Clone, Copy, Debug)]
pub struct RustCryptoVerifier;

impl Verifier for RustCryptoVerifier {
    const SCHEMES: &'static [SignatureScheme] = SignatureScheme::ALL;

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        match scheme {
            SignatureScheme::Ed25519 => Some("ed25519-dalek 3.0"),
            SignatureScheme::EcdsaP256Sha256 => Some("RustCrypto p256 0.14"),
            SignatureScheme::MlDsa65 => Some("RustCrypto ml-dsa 0.1"),
            _ => None,
        }
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let verified = match scheme {
            SignatureScheme::Ed25519 => ed25519(public_key, message, signature),
            SignatureScheme::EcdsaP256Sha256 => ecdsa_p256(public_key, message, signature),
            SignatureScheme::MlDsa65 => ml_dsa_65(public_key, message, signature),
            _ => return Err(CryptoError::Unsupported),
        };
        verified.ok_or(CryptoError::Verification)
    }
}

// Each gives `Some` for a signature that is right and `None` for all else.

// dalek computes R = [S]B - [k]A and compares its encoding with that in the
// signature: the cofactorless equation (RFC 8032, section 5.1.7). Its
// `verify_strict` would add rules that are the protocol's to make.
fn ed25519(public_key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(public_key.try_into().ok()?).ok()?;
    let signature = ed25519_dalek::Signature::from_bytes(signature.try_into().ok()?);
    key.verify(message, &signature).ok()
}

/// The uncompressed SEC 1 point, of 65 bytes, of a public key of ECDSA on P-256, which
/// is a compressed one, of 33. Other programs name a key by this form.
///
/// `None` where it is none.
#[must_use]
pub fn uncompressed_p256(public_key: &[u8]) -> Option<[u8; 65]> {
    let point = p256_key(public_key)?.to_sec1_point(false);
    point.as_bytes().try_into().ok()
}

fn p256_key(public_key: &[u8]) -> Option<ecdsa::VerifyingKey> {
    // Of 33 bytes there is one more encoding that the library knows: 0x05, the
    // point without its sign.
    let (0x02 | 0x03, 33) = (*public_key.first()?, public_key.len()) else {
        return None;
    };
    ecdsa::VerifyingKey::from_sec1_bytes(public_key).ok()
}

// The library takes either value of s.
fn ecdsa_p256(public_key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = p256_key(public_key)?;
    let signature = ecdsa::Signature::from_bytes(signature.try_into().ok()?).ok()?;
    key.verify(message, &signature).ok()
}

fn ml_dsa_65(public_key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = ml_dsa::VerifyingKey::<MlDsa65>::decode(public_key.try_into().ok()?);
    let signature = ml_dsa::Signature::<MlDsa65>::decode(signature.try_into().ok()?)?;
    key.verify_with_context(message, &[], &signature)
        .then_some(())
}
