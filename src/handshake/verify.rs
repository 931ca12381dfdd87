//! Whom to believe: the rules that hold for every backend, once.

use crate::error::{Fault, PeerError};
use crate::message::Auth;
use crate::transcript::Signed;
use ossuary_traits::{
    CryptoError, CryptoSuite, Identity, KeyExchangeId, Role, Signature, SignatureScheme, Verifier,
};
use subtle::{Choice, ConstantTimeEq};

/// Who the peer is. A value exists only of a peer whose signature was verified,
/// or who may be anonymous and has shown that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PeerIdentity {
    Anonymous,
    Known(Identity),
}

impl PeerIdentity {
    pub(crate) fn identity(&self) -> Option<&Identity> {
        match self {
            PeerIdentity::Anonymous => None,
            PeerIdentity::Known(identity) => Some(identity),
        }
    }
}

/// Verifies the peer's signature over `signed`.
pub(super) fn peer<S: CryptoSuite>(
    role: Role,
    auth: &Auth<'_>,
    signed: &Signed,
) -> Result<PeerIdentity, PeerError> {
    let Some(scheme) = auth.scheme else {
        // "A server never uses scheme 0x00."
        return match role {
            Role::Server => Err(PeerError::AnonymousPeer),
            Role::Client if auth.is_blank() => Ok(PeerIdentity::Anonymous),
            Role::Client => Err(PeerError::MalformedIdentity),
        };
    };
    if !S::Verifier::SCHEMES.contains(&scheme) {
        return Err(PeerError::SchemeNotSupported(scheme.code()));
    }
    verify::<S::Verifier>(scheme, auth.public_key, signed.message(), auth.signature)
        .map_err(|_| PeerError::BadSignature)?;
    let identity =
        Identity::new(scheme, auth.public_key).map_err(|_| PeerError::MalformedIdentity)?;
    Ok(PeerIdentity::Known(identity))
}

/// Verifies this side's own signature, when it came from outside.
pub(crate) fn verify_own<S: CryptoSuite>(
    identity: &Identity,
    signed: &Signed,
    signature: &Signature,
) -> Result<(), CryptoError> {
    if signature.scheme() != identity.scheme() {
        return Err(CryptoError::Verification);
    }
    verify::<S::Verifier>(
        identity.scheme(),
        identity.public_key(),
        signed.message(),
        signature.bytes(),
    )
}

/// The protocol's verdict on a signature, whatever library computes: the strict
/// Ed25519 rules first, then the verifier `V`. So all libraries give one verdict.
///
/// Ed25519 (RFC 8032): S is below the group order, the public key and R are in
/// their canonical encoding and not of small order, and the cofactorless equation
/// of section 5.1.7 holds. ECDSA on P-256: the public key is a compressed point on
/// the curve, and either value of s is taken. ML-DSA-65 (FIPS 204): the context is
/// empty.
///
/// ```
/// # #[cfg(all(feature = "rustcrypto", feature = "getrandom"))] {
/// use ossuary::backend::rustcrypto::{Ed25519SigningKey, RustCryptoVerifier};
/// use ossuary::ossuary_traits::SigningKey;
///
/// let key = Ed25519SigningKey::generate(&mut ossuary::OsRandom)?;
/// let identity = key.identity();
/// let signature = key.sign(b"a message")?;
/// ossuary::verify_signature::<RustCryptoVerifier>(
///     identity.scheme(),
///     identity.public_key(),
///     b"a message",
///     signature.bytes(),
/// )?;
/// # }
/// # Ok::<(), ossuary::CryptoError>(())
/// ```
///
/// # Errors
///
/// [`CryptoError::Verification`] where the signature is not that of the key and
/// the message, and where a length is not the scheme's;
/// [`CryptoError::Unsupported`] for a scheme that `V` does not have;
/// [`CryptoError::Library`] where its library cannot run on this machine.
pub fn verify_signature<V: Verifier>(
    scheme: SignatureScheme,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    V::available()?;
    verify::<V>(scheme, public_key, message, signature)
}

/// The same on a machine of which it is known that the verifier's library can run
/// there: a connection has asked.
pub(crate) fn verify<V: Verifier>(
    scheme: SignatureScheme,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    if !V::SCHEMES.contains(&scheme) {
        return Err(CryptoError::Unsupported);
    }
    if public_key.len() != scheme.public_key_len() || signature.len() != scheme.signature_len() {
        return Err(CryptoError::Verification);
    }
    if scheme == SignatureScheme::Ed25519 {
        ed25519::check(public_key, signature)?;
    }
    V::verify(scheme, public_key, message, signature)
}

/// Whose fault it is that a key exchange gave no secret.
pub(crate) fn share_fault(error: CryptoError) -> Fault {
    match error {
        CryptoError::InvalidShare => PeerError::InvalidShare.into(),
        error => error.into(),
    }
}

/// Refuses an X25519 result of all zeros (RFC 7748, section 6.1).
pub(crate) fn contributory(kx: KeyExchangeId, z: &[u8]) -> Result<(), PeerError> {
    let x25519 = match kx {
        KeyExchangeId::X25519 | KeyExchangeId::X25519MlKem768 => z.last_chunk::<32>(),
        _ => return Ok(()),
    };
    let zero = x25519.map_or(Choice::from(1), |z| z.ct_eq(&[0; 32]));
    if zero.into() {
        Err(PeerError::InvalidShare)
    } else {
        Ok(())
    }
}

/// "Ed25519 is checked strictly: S below the group order, canonical encodings,
/// no small-order public key or R". All of these are properties of the bytes.
mod ed25519 {
    use ossuary_traits::CryptoError;

    /// The group order 2^252 + 27742317777372353535851937790883648493,
    /// little-endian (RFC 8032, section 5.1).
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];

    /// The field's prime 2^255 - 19, little-endian.
    const PRIME: [u8; 32] = {
        let mut prime = [0xff; 32];
        prime[0] = 0xed;
        prime[31] = 0x7f;
        prime
    };

    /// The y coordinates of the eight points whose order divides 8. The sign of
    /// x makes two points of all but the first two; those have x = 0.
    const SMALL_ORDER_Y: [[u8; 32]; 5] = [
        // y = 1, the neutral element
        [
            0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0,
        ],
        // y = -1, order 2
        [
            0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0x7f,
        ],
        // y = 0, order 4
        [0; 32],
        // order 8
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
            0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
            0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
            0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
            0x92, 0xac, 0x03, 0x7a,
        ],
    ];

    /// Whether `a < b`, both little-endian. All of it is public.
    fn below(a: &[u8; 32], b: &[u8; 32]) -> bool {
        a.iter().rev().lt(b.iter().rev())
    }

    /// Whether an encoded point is in canonical form and not of small order.
    fn point(encoded: &[u8; 32]) -> bool {
        let mut y = *encoded;
        if let Some(last) = y.last_mut() {
            *last &= 0x7f;
        }
        // Of x = 0 with its sign set, the other form that is not canonical,
        // there are two, and both are of small order.
        below(&y, &PRIME) && !SMALL_ORDER_Y.contains(&y)
    }

    pub(super) fn check(public_key: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let strict = || {
            let (r, s) = signature.split_first_chunk::<32>()?;
            let s: &[u8; 32] = s.try_into().ok()?;
            let a: &[u8; 32] = public_key.try_into().ok()?;
            Some(point(a) && point(r) && below(s, &ORDER))
        };
        if strict() == Some(true) {
            Ok(())
        } else {
            Err(CryptoError::Verification)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        const GOOD: [u8; 32] = [0x58; 32];

        fn signature(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&r);
            signature[32..].copy_from_slice(&s);
            signature
        }

        fn accepts(a: [u8; 32], r: [u8; 32], s: [u8; 32]) -> bool {
            check(&a, &signature(r, s)).is_ok()
        }

        fn plus(mut bytes: [u8; 32], n: i16) -> [u8; 32] {
            bytes[0] = u8::try_from(i16::from(bytes[0]) + n).unwrap();
            bytes
        }

        #[test]
        fn s_is_below_the_group_order() {
            assert!(accepts(GOOD, GOOD, plus(ORDER, -1)));
            assert!(!accepts(GOOD, GOOD, ORDER));
            assert!(!accepts(GOOD, GOOD, plus(ORDER, 1)));
            assert!(!accepts(GOOD, GOOD, [0xff; 32]));
        }

        #[test]
        fn encodings_are_canonical() {
            // p - 2, p, p + 1 and 2^255 - 1; p - 1 is of small order.
            for sign in [0, 0x80] {
                let signed = |mut y: [u8; 32]| {
                    y[31] |= sign;
                    y
                };
                assert!(accepts(signed(plus(PRIME, -2)), GOOD, GOOD_S));
                assert!(accepts(GOOD, signed(plus(PRIME, -2)), GOOD_S));
                for n in [0, 1, 2, 18] {
                    assert!(!accepts(signed(plus(PRIME, n)), GOOD, GOOD_S));
                    assert!(!accepts(GOOD, signed(plus(PRIME, n)), GOOD_S));
                }
            }
        }

        const GOOD_S: [u8; 32] = [7; 32];

        #[test]
        fn small_order_is_refused_with_either_sign() {
            assert!(accepts(GOOD, GOOD, GOOD_S));
            for mut y in SMALL_ORDER_Y {
                for _ in 0..2 {
                    assert!(!accepts(y, GOOD, GOOD_S));
                    assert!(!accepts(GOOD, y, GOOD_S));
                    y[31] ^= 0x80;
                }
            }
        }

        #[test]
        fn lengths_are_exact() {
            let signature = signature(GOOD, GOOD_S);
            assert!(check(&GOOD, &signature).is_ok());
            assert!(check(&GOOD[..31], &signature).is_err());
            assert!(check(&GOOD, &signature[..63]).is_err());
        }
    }
}
