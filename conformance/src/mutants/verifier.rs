//! Verifiers that are wrong.

use super::Mutant;
use crate::random::flipped;
use crate::rule::Rule;
use crate::verifier;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::{EdwardsPoint, Scalar};
use ossuary_rustcrypto::RustCryptoVerifier as Inner;
use ossuary_traits::SignatureScheme::{EcdsaP256Sha256, Ed25519};
use ossuary_traits::{CryptoError, SignatureScheme, Verifier};
use sha2::{Digest, Sha512};

#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Fault {
    None,
    Unavailable,
    NamesAll,
    NamesNone,
    RefusesUnsupported,
    VerifiesUnsupported,
    RefusesLongMessages,
    LowS,
    TakesZeros,
    CutsSignatures,
    CutsKeys,
    TakesX509,
    TakesAnyPoint,
    TakesCompactPoint,
    OtherError,
    TakesOnes,
    SignaturePrefix,
    EitherPoint,
    MessagePrefix,
    Cofactored,
    NoTorsion,
    RefusesSample,
}

const ED25519: u8 = Ed25519.code();
const ECDSA: u8 = EcdsaP256Sha256.code();

/// The inner verifier for one scheme, or none where the code point is 0, with a
/// fault.
pub(super) struct Wrong<const SCHEME: u8, const FAULT: u8>;

impl<const SCHEME: u8, const FAULT: u8> Wrong<SCHEME, FAULT> {
    const fn has(fault: Fault) -> bool {
        FAULT == fault as u8
    }

    fn bent(scheme: SignatureScheme, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let inner = |key: &[u8], message: &[u8], signature: &[u8]| {
            Inner::verify(scheme, key, message, signature).is_ok()
        };
        // With the last byte as any change of a bit leaves it.
        let last_bytes = |bytes: &[u8]| {
            let (bytes, len) = (bytes.to_vec(), 8 * bytes.len());
            (len.saturating_sub(8)..=len).map(move |bit| flipped(&bytes, bit))
        };
        let verified = inner(key, message, signature);
        match () {
            () if Self::has(Fault::RefusesLongMessages) => verified && message.len() < 1000,
            () if Self::has(Fault::LowS) => verified && signature[32] < 0x80,
            () if Self::has(Fault::TakesZeros) => verified || signature == [0; 64],
            () if Self::has(Fault::CutsSignatures) => {
                inner(key, message, signature.get(..64).unwrap_or(signature))
            }
            () if Self::has(Fault::CutsKeys) => {
                inner(key.get(..32).unwrap_or(key), message, signature)
            }
            () if Self::has(Fault::TakesX509) => {
                let behind_header = key.last_chunk::<32>().filter(|_| key.len() == 44);
                inner(behind_header.map_or(key, |key| key), message, signature)
            }
            () if Self::has(Fault::TakesAnyPoint) && key.len() == 65 => inner(
                &[&[2 | key[64] & 1], &key[1..33]].concat(),
                message,
                signature,
            ),
            // Every second key has an even y.
            () if Self::has(Fault::TakesCompactPoint) && matches!(key, [5, ..]) => {
                inner(&[&[2], &key[1..]].concat(), message, signature)
            }
            () if Self::has(Fault::TakesOnes) => verified || signature == [0xff; 64],
            () if Self::has(Fault::SignaturePrefix) && signature.len() == 64 => {
                last_bytes(signature).any(|signature| inner(key, message, &signature))
            }
            () if Self::has(Fault::EitherPoint) && matches!(key, [2 | 3, ..]) => [2, 3]
                .iter()
                .any(|tag| inner(&[&[*tag], &key[1..]].concat(), message, signature)),
            () if Self::has(Fault::MessagePrefix) => {
                verified || last_bytes(message).any(|message| inner(key, &message, signature))
            }
            () if Self::has(Fault::Cofactored) => {
                verified || cofactored(key, message, signature) == Some(true)
            }
            () if Self::has(Fault::NoTorsion) => {
                verified && point(key).is_some_and(|point| point.is_torsion_free())
            }
            () if Self::has(Fault::RefusesSample) => verified && message != b"sample",
            () => verified,
        }
    }
}

fn point(bytes: &[u8]) -> Option<EdwardsPoint> {
    CompressedEdwardsY::from_slice(bytes).ok()?.decompress()
}

/// "[8][S]B = [8]R + [8][k]A'" (RFC 8032, section 5.1.7).
fn cofactored(key: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
    let (r, s) = signature.split_first_chunk::<32>()?;
    let s = Option::from(Scalar::from_canonical_bytes(s.try_into().ok()?))?;
    let hash = Sha512::new()
        .chain_update(r)
        .chain_update(key)
        .chain_update(message);
    let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    let difference = EdwardsPoint::mul_base(&s) - k * point(key)? - point(r)?;
    Some(difference.is_small_order())
}

impl<const SCHEME: u8, const FAULT: u8> Verifier for Wrong<SCHEME, FAULT> {
    const SCHEMES: &'static [SignatureScheme] = match SCHEME {
        ED25519 => &[Ed25519],
        ECDSA => &[EcdsaP256Sha256],
        _ => &[],
    };

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        let named = match () {
            () if Self::has(Fault::NamesAll) => true,
            () if Self::has(Fault::NamesNone) => false,
            () => Self::SCHEMES.contains(&scheme),
        };
        named.then_some("a wrong verifier")
    }

    fn available() -> Result<(), CryptoError> {
        if Self::has(Fault::Unavailable) {
            return Err(CryptoError::Library("not here".into()));
        }
        Ok(())
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        if !Self::SCHEMES.contains(&scheme) {
            return match () {
                () if Self::has(Fault::VerifiesUnsupported) => Ok(()),
                () if Self::has(Fault::RefusesUnsupported) => Err(CryptoError::Verification),
                () => Err(CryptoError::Unsupported),
            };
        }
        if Self::bent(scheme, public_key, message, signature) {
            return Ok(());
        }
        Err(if Self::has(Fault::OtherError) {
            CryptoError::Unsupported
        } else {
            CryptoError::Verification
        })
    }
}

macro_rules! mutants {
    ($($rule:ident $scheme:literal $fault:ident $what:literal)*) => {
        &[$((Rule::$rule, $what, verifier::<Wrong<$scheme, { Fault::$fault as u8 }>>)),*]
    };
}

pub(super) const MUTANTS: &[Mutant] = mutants! {
    Available 1 Unavailable "it cannot run here"
    SomethingRan 0 None "it has no scheme"
    LibraryNames 1 NamesAll "it names a library for every scheme"
    LibraryNames 1 NamesNone "it names no library"
    UnsupportedScheme 1 RefusesUnsupported "a scheme that it does not have is a wrong signature"
    UnsupportedScheme 2 VerifiesUnsupported "a scheme that it does not have verifies"
    ValidSignature 1 RefusesLongMessages "it refuses long messages"
    EitherS 2 LowS "it refuses a high s"
    EcdsaRange 2 TakesZeros "it takes zeros for a signature"
    SignatureLengths 1 CutsSignatures "it cuts long signatures"
    SignatureLengths 1 CutsKeys "it cuts long keys"
    SignatureLengths 1 OtherError "it refuses with another error"
    KeyEncoding 1 TakesX509 "it takes keys in X.509"
    KeyEncoding 2 TakesAnyPoint "it takes points that are not compressed"
    KeyEncoding 2 TakesCompactPoint "it takes points without their sign"
    SignatureBits 1 TakesOnes "it takes ones for a signature"
    SignatureBits 1 TakesZeros "it takes zeros for a signature"
    SignatureBits 1 SignaturePrefix "it does not look at a signature's last byte"
    PublicKeyBits 2 EitherPoint "it takes a point for its opposite"
    MessageBits 1 MessagePrefix "it does not look at a message's last byte"
    StrictEd25519 1 Cofactored "its equation is the cofactored one"
    StrictEd25519 1 NoTorsion "it refuses keys with a part of small order"
    SignatureAnswers 2 RefusesSample "it refuses one message"
};
