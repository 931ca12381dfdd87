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
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::signature::ParsedPublicKey;
    use ossuary_traits::{Secret, SigningKey};

    const MESSAGE: &[u8] = b"ossuary";

    fn refused(scheme: SignatureScheme, key: &[u8], message: &[u8], signature: &[u8]) {
        let result = AwsLcVerifier::verify(scheme, key, message, signature);
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

    /// `algorithm` is the library's, which takes a key in X.509 as well.
    fn verifies_its_own_and_nothing_else(
        key: &impl SigningKey,
        algorithm: &'static dyn VerificationAlgorithm,
        positions: &[usize],
    ) {
        let identity = key.identity();
        let (scheme, public_key) = (identity.scheme(), identity.public_key());
        let signature = key.sign(MESSAGE).unwrap();
        let signature = signature.bytes();
        AwsLcVerifier::verify(scheme, public_key, MESSAGE, signature).unwrap();

        for other in changed(signature, positions) {
            refused(scheme, public_key, MESSAGE, &other);
        }
        for other in changed(public_key, &[0, 1, 31]) {
            refused(scheme, &other, MESSAGE, signature);
        }
        for other in changed(MESSAGE, &[0, 6]) {
            refused(scheme, public_key, &other, signature);
        }
        for other in resized(signature).iter().chain(&[vec![]]) {
            refused(scheme, public_key, MESSAGE, other);
        }
        for other in resized(public_key).iter().chain(&[vec![]]) {
            refused(scheme, other, MESSAGE, signature);
        }
        for byte in [0, 0xff] {
            refused(scheme, &vec![byte; public_key.len()], MESSAGE, signature);
            refused(scheme, public_key, MESSAGE, &vec![byte; signature.len()]);
        }

        let parsed = ParsedPublicKey::new(algorithm, public_key).unwrap();
        let x509 = parsed.as_der().unwrap();
        let library = UnparsedPublicKey::new(algorithm, x509.as_ref());
        library.verify(MESSAGE, signature).unwrap();
        refused(scheme, x509.as_ref(), MESSAGE, signature);
    }

    #[test]
    fn ed25519() {
        let key = Ed25519SigningKey::from_secret(Secret::from([1; 32])).unwrap();
        verifies_its_own_and_nothing_else(&key, &ED25519, &[0, 31, 32, 48, 63]);
    }

    #[test]
    fn ecdsa_p256() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([2; 32])).unwrap();
        verifies_its_own_and_nothing_else(&key, &ECDSA_P256_SHA256_FIXED, &[0, 31, 32, 48, 63]);
    }

    // The positions are in the challenge, in z and in the hints with their counts.
    #[test]
    fn ml_dsa_65() {
        let key = MlDsa65SigningKey::from_secret(Secret::from([3; 32])).unwrap();
        let positions = [0, 47, 48, 1700, 3247, 3248, 3303, 3308];
        verifies_its_own_and_nothing_else(&key, &ML_DSA_65, &positions);
    }

    // RFC 6979, appendix A.2.5: the signature of "sample" has the high s, and the
    // order less that is the low one.
    #[test]
    fn ecdsa_takes_either_s() {
        let scheme = SignatureScheme::EcdsaP256Sha256;
        let key = hex("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
        let r = hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
        let high = hex("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
        let low = hex("0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9");
        for s in [high, low] {
            let signature = [&r[..], &s].concat();
            AwsLcVerifier::verify(scheme, &key, b"sample", &signature).unwrap();
        }
    }

    // The point of the test above, in every encoding that SEC 1 and X9.62 have.
    #[test]
    fn ecdsa_keys_are_compressed_points() {
        let scheme = SignatureScheme::EcdsaP256Sha256;
        let signature = hex(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        );
        let x = hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
        let y = hex("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
        for tag in 0..=u8::MAX {
            let key = [&[tag], &x[..]].concat();
            if tag == 0x03 {
                AwsLcVerifier::verify(scheme, &key, b"sample", &signature).unwrap();
            } else {
                refused(scheme, &key, b"sample", &signature);
            }
            refused(scheme, &[&key[..], &y].concat(), b"sample", &signature);
        }
        refused(scheme, &[0], b"sample", &signature);
    }

    // The equation holds for a key of small order; refusing it is the protocol's rule.
    #[test]
    fn ed25519_leaves_small_orders_to_the_protocol() {
        let neutral: [u8; 32] =
            bytes("0100000000000000000000000000000000000000000000000000000000000000");
        let signature = [neutral, [0; 32]].concat();
        AwsLcVerifier::verify(SignatureScheme::Ed25519, &neutral, MESSAGE, &signature).unwrap();
    }
}
