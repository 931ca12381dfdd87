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

// The library takes either value of s.
fn ecdsa_p256(public_key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    // Of 33 bytes there is one more encoding that the library knows: 0x05, the
    // point without its sign.
    let (0x02 | 0x03, 33) = (*public_key.first()?, public_key.len()) else {
        return None;
    };
    let key = ecdsa::VerifyingKey::from_sec1_bytes(public_key).ok()?;
    let signature = ecdsa::Signature::from_bytes(signature.try_into().ok()?).ok()?;
    key.verify(message, &signature).ok()
}

fn ml_dsa_65(public_key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = ml_dsa::VerifyingKey::<MlDsa65>::decode(public_key.try_into().ok()?);
    let signature = ml_dsa::Signature::<MlDsa65>::decode(signature.try_into().ok()?)?;
    key.verify_with_context(message, &[], &signature)
        .then_some(())
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
    use crate::{EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey};
    use alloc::{vec, vec::Vec};
    use ossuary_traits::{Secret, SigningKey};

    const MESSAGE: &[u8] = b"ossuary";

    fn refused(scheme: SignatureScheme, key: &[u8], message: &[u8], signature: &[u8]) {
        let result = RustCryptoVerifier::verify(scheme, key, message, signature);
        assert!(matches!(result, Err(CryptoError::Verification)), "{scheme}");
    }

    /// `bytes` with each of the bits of the given positions changed in turn.
    fn changed(bytes: &[u8], positions: &[usize]) -> Vec<Vec<u8>> {
        let flipped = |bit: usize| {
            let mut bytes = bytes.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        positions
            .iter()
            .flat_map(|at| 8 * at..8 * at + 8)
            .map(flipped)
            .collect()
    }

    /// One shorter and one longer.
    fn resized(bytes: &[u8]) -> [Vec<u8>; 2] {
        [bytes[..bytes.len() - 1].to_vec(), [bytes, &[0]].concat()]
    }

    fn verifies_its_own_and_nothing_else(key: &impl SigningKey, positions: &[usize]) {
        let identity = key.identity();
        let (scheme, public_key) = (identity.scheme(), identity.public_key());
        let signature = key.sign(MESSAGE).unwrap();
        let signature = signature.bytes();
        RustCryptoVerifier::verify(scheme, public_key, MESSAGE, signature).unwrap();

        for other in changed(signature, positions) {
            refused(scheme, public_key, MESSAGE, &other);
        }
        for other in changed(public_key, &[0, 1, 31]) {
            refused(scheme, &other, MESSAGE, signature);
        }
        for other in changed(MESSAGE, &[0, 6]) {
            refused(scheme, public_key, &other, signature);
        }
        for other in resized(signature) {
            refused(scheme, public_key, MESSAGE, &other);
        }
        for other in resized(public_key) {
            refused(scheme, &other, MESSAGE, signature);
        }
        for other in resized(MESSAGE) {
            refused(scheme, public_key, &other, signature);
        }
        refused(scheme, &[], MESSAGE, signature);
        refused(scheme, public_key, MESSAGE, &[]);
        refused(scheme, &vec![0; public_key.len()], MESSAGE, signature);
        refused(scheme, public_key, MESSAGE, &vec![0; signature.len()]);
        refused(scheme, public_key, MESSAGE, &vec![0xff; signature.len()]);
    }

    #[test]
    fn ed25519() {
        let key = Ed25519SigningKey::from_secret(Secret::from([1; 32])).unwrap();
        verifies_its_own_and_nothing_else(&key, &[0, 31, 32, 48, 63]);
    }

    #[test]
    fn ecdsa_p256() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([2; 32])).unwrap();
        verifies_its_own_and_nothing_else(&key, &[0, 31, 32, 48, 63]);
    }

    // The positions are in the challenge, in z and in the hints with their counts.
    #[test]
    fn ml_dsa_65() {
        let key = MlDsa65SigningKey::from_secret(Secret::from([3; 32])).unwrap();
        verifies_its_own_and_nothing_else(&key, &[0, 47, 48, 1700, 3247, 3248, 3303, 3308]);
    }

    // RFC 6979, appendix A.2.5: the signature of "sample" has the high s, and the
    // order less that is the low one.
    #[test]
    fn ecdsa_takes_either_s() {
        let key = hex("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
        let r = hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
        let high = hex("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
        let low = hex("0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9");
        for s in [high, low] {
            let signature = [&r[..], &s].concat();
            RustCryptoVerifier::verify(
                SignatureScheme::EcdsaP256Sha256,
                &key,
                b"sample",
                &signature,
            )
            .unwrap();
        }
    }

    #[test]
    fn ecdsa_keys_are_compressed_points_on_the_curve() {
        let scheme = SignatureScheme::EcdsaP256Sha256;
        let key = EcdsaP256SigningKey::from_secret(Secret::from([2; 32])).unwrap();
        let (identity, signature) = (key.identity(), key.sign(MESSAGE).unwrap());
        for tag in (0..=u8::MAX).filter(|tag| *tag != identity.public_key()[0]) {
            let mut other = identity.public_key().to_vec();
            other[0] = tag;
            refused(scheme, &other, MESSAGE, signature.bytes());
        }
        let point = ecdsa::VerifyingKey::from_sec1_bytes(identity.public_key()).unwrap();
        refused(
            scheme,
            point.to_sec1_point(false).as_bytes(),
            MESSAGE,
            signature.bytes(),
        );
        refused(scheme, &[0], MESSAGE, signature.bytes());
    }

    // The library reads 0x05 as the point with the smaller y, which about every
    // second key has.
    #[test]
    fn the_point_without_its_sign_is_no_ecdsa_key() {
        let scheme = SignatureScheme::EcdsaP256Sha256;
        let mut taken_by_the_library = 0;
        for scalar in 1..=8 {
            let key = EcdsaP256SigningKey::from_secret(Secret::from([scalar; 32])).unwrap();
            let signature = key.sign(MESSAGE).unwrap();
            let mut compact = key.identity().public_key().to_vec();
            compact[0] = 0x05;
            refused(scheme, &compact, MESSAGE, signature.bytes());
            let library = ecdsa::VerifyingKey::from_sec1_bytes(&compact).unwrap();
            let signature = ecdsa::Signature::from_slice(signature.bytes()).unwrap();
            taken_by_the_library += usize::from(library.verify(MESSAGE, &signature).is_ok());
        }
        assert!(taken_by_the_library > 0);
    }

    // The equation holds for a key of small order; refusing it is the protocol's rule.
    #[test]
    fn ed25519_leaves_small_orders_to_the_protocol() {
        let neutral: [u8; 32] =
            bytes("0100000000000000000000000000000000000000000000000000000000000000");
        let signature = [neutral, [0; 32]].concat();
        RustCryptoVerifier::verify(SignatureScheme::Ed25519, &neutral, MESSAGE, &signature)
            .unwrap();
    }

    #[test]
    fn the_context_of_ml_dsa_is_empty() {
        let key = ml_dsa::SigningKey::<MlDsa65>::from_seed(&[3; 32].into());
        let public_key = MlDsa65SigningKey::from_secret(Secret::from([3; 32]))
            .unwrap()
            .identity();
        let sign = |context| {
            key.expanded_key()
                .sign_deterministic(MESSAGE, context)
                .unwrap()
        };
        let (scheme, public_key) = (SignatureScheme::MlDsa65, public_key.public_key());
        RustCryptoVerifier::verify(scheme, public_key, MESSAGE, &sign(b"").encode()).unwrap();
        refused(scheme, public_key, MESSAGE, &sign(b"c").encode());
    }
}
