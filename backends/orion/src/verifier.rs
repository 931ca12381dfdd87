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

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a panic is how a test fails"
    )]

    use super::*;
    use crate::MlDsa65SigningKey;
    use alloc::vec;
    use ossuary_traits::{Secret, SigningKey};

    const MESSAGE: &[u8] = b"ossuary";

    fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        OrionVerifier::verify(SignatureScheme::MlDsa65, key, message, signature)
    }

    fn refused(key: &[u8], message: &[u8], signature: &[u8]) {
        let result = verify(key, message, signature);
        assert!(matches!(result, Err(CryptoError::Verification)));
    }

    #[test]
    fn a_signature_is_of_one_key_and_one_message() {
        let key = MlDsa65SigningKey::from_secret(Secret::from([3; 32])).unwrap();
        let (identity, signature) = (key.identity(), key.sign(MESSAGE).unwrap());
        let (key, signature) = (identity.public_key(), signature.bytes());
        verify(key, MESSAGE, signature).unwrap();

        // In the challenge, in z and in the hints with their counts.
        for at in [0, 47, 48, 1700, 3247, 3248, 3303, 3308] {
            let mut other = signature.to_vec();
            other[at] ^= 1;
            refused(key, MESSAGE, &other);
        }
        let mut other = key.to_vec();
        other[0] ^= 1;
        refused(&other, MESSAGE, signature);
        refused(key, b"ossuarz", signature);
    }

    #[test]
    fn lengths_are_the_schemes() {
        let key = MlDsa65SigningKey::from_secret(Secret::from([3; 32])).unwrap();
        let (identity, signature) = (key.identity(), key.sign(MESSAGE).unwrap());
        let (key, signature) = (identity.public_key(), signature.bytes());
        for other in [&key[1..], &[key, &[0]].concat(), &[]] {
            refused(other, MESSAGE, signature);
        }
        for other in [&signature[1..], &[signature, &[0]].concat(), &[]] {
            refused(key, MESSAGE, other);
        }
        refused(key, MESSAGE, &vec![0xff; signature.len()]);
    }

    #[test]
    fn the_context_is_empty() {
        let pair = mldsa65::KeyPair::new([3; 32].into()).unwrap();
        let key = orion::KP::public(&pair).as_ref();
        let sign = |context| {
            orion::KP::private(&pair)
                .sign_deterministic(MESSAGE, context)
                .unwrap()
        };
        verify(key, MESSAGE, sign(b"").as_ref()).unwrap();
        refused(key, MESSAGE, sign(b"c").as_ref());
    }

    #[test]
    fn other_schemes_are_other_libraries_business() {
        for scheme in SignatureScheme::ALL {
            let result = OrionVerifier::verify(*scheme, &[], MESSAGE, &[]);
            if OrionVerifier::SCHEMES.contains(scheme) {
                assert!(matches!(result, Err(CryptoError::Verification)));
                assert_eq!(OrionVerifier::library(*scheme), Some("orion 0.18"));
            } else {
                assert!(matches!(result, Err(CryptoError::Unsupported)));
                assert_eq!(OrionVerifier::library(*scheme), None);
            }
        }
    }
}
