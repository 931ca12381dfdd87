//! Public keys, in the forms that tokens keep them in.

use ossuary_traits::{Identity, SignatureScheme};
use sec1::EncodedPoint;
use sec1::consts::U32;
use sec1::point::Tag;
use spki::der::Decode;
use spki::der::asn1::{BitStringRef, OctetStringRef};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

/// The curve of P-256 as `CKA_EC_PARAMS` (RFC 5480, section 2.1.1.1).
pub(crate) const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";

/// The curve of Ed25519 as `CKA_EC_PARAMS` (RFC 8410, section 3).
pub(crate) const ED25519: &[u8] = b"\x06\x03\x2b\x65\x70";

/// The same by its name, a PrintableString (PKCS#11 3.0, `curveName`).
const ED25519_NAME: &[u8] = b"\x13\x0cedwards25519";

/// The same as OpenPGP cards have it (RFC 9580, section 9.2).
const ED25519_OPENPGP: &[u8] = b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";

const ID_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ID_EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ID_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Whether `CKA_EC_PARAMS` names the curve of `scheme`.
pub(crate) fn is_curve(scheme: SignatureScheme, parameters: &[u8]) -> bool {
    match scheme {
        SignatureScheme::Ed25519 => [ED25519, ED25519_NAME, ED25519_OPENPGP].contains(&parameters),
        SignatureScheme::EcdsaP256Sha256 => parameters == P256,
        _ => false,
    }
}

/// The identity of `CKA_EC_POINT`, which is the public key in an OCTET STRING, or, where
/// modules follow other versions of PKCS#11, in a BIT STRING or bare.
pub(crate) fn from_point(scheme: SignatureScheme, point: &[u8]) -> Option<Identity> {
    from_bytes(scheme, point)
        .or_else(|| from_bytes(scheme, <&OctetStringRef>::from_der(point).ok()?.as_bytes()))
        .or_else(|| from_bytes(scheme, BitStringRef::from_der(point).ok()?.as_bytes()?))
}

/// The identity of `CKA_PUBLIC_KEY_INFO`, a SubjectPublicKeyInfo (RFC 5280).
pub(crate) fn from_info(scheme: SignatureScheme, info: &[u8]) -> Option<Identity> {
    let info = SubjectPublicKeyInfoRef::from_der(info).ok()?;
    let parameters = info.algorithm.parameters;
    let fits = match scheme {
        SignatureScheme::Ed25519 => info.algorithm.oid == ID_ED25519 && parameters.is_none(),
        SignatureScheme::EcdsaP256Sha256 => {
            info.algorithm.oid == ID_EC_PUBLIC_KEY && info.algorithm.parameters_oid() == Ok(ID_P256)
        }
        _ => false,
    };
    let key = info.subject_public_key.as_bytes().filter(|_| fits)?;
    from_bytes(scheme, key)
}

/// Points are compressed by the parity of y. That one is on the curve shows when its first
/// signature is verified, as every one is before it is sent.
fn from_bytes(scheme: SignatureScheme, key: &[u8]) -> Option<Identity> {
    match scheme {
        SignatureScheme::EcdsaP256Sha256 => {
            let point = EncodedPoint::<U32>::from_bytes(key).ok()?.compress();
            let has_parity = matches!(point.tag(), Tag::CompressedEvenY | Tag::CompressedOddY);
            Identity::new(scheme, point.as_bytes())
                .ok()
                .filter(|_| has_parity)
        }
        _ => Identity::new(scheme, key).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SignatureScheme::{EcdsaP256Sha256, Ed25519, MlDsa65};

    fn with(prefix: &[u8], key: &[u8]) -> Vec<u8> {
        [prefix, key].concat()
    }

    /// A point of the parity that is asked for, and its compressed form.
    fn points(odd: bool) -> (Vec<u8>, Vec<u8>) {
        let (x, mut y) = ([0x11; 32], [0x22; 32]);
        y[31] |= u8::from(odd);
        let whole = [&[4], x.as_slice(), y.as_slice()].concat();
        (whole, with(&[2 + u8::from(odd)], &x))
    }

    #[test]
    fn an_ed25519_key_is_read_in_every_form() {
        let key = [0xa5; 32];
        let expected = Identity::new(Ed25519, &key).ok();
        for prefix in [b"".as_slice(), b"\x04\x20", b"\x03\x21\x00"] {
            assert_eq!(
                from_point(Ed25519, &with(prefix, &key)),
                expected,
                "{prefix:?}"
            );
        }
        let info = with(b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", &key);
        assert_eq!(from_info(Ed25519, &info), expected);
    }

    #[test]
    fn a_p256_key_is_read_in_every_form_and_compressed() {
        for odd in [false, true] {
            let (whole, compressed) = points(odd);
            let expected = Identity::new(EcdsaP256Sha256, &compressed).ok();
            assert!(expected.is_some());
            for point in [
                whole.clone(),
                with(b"\x04\x41", &whole),
                with(b"\x03\x42\x00", &whole),
                compressed.clone(),
                with(b"\x04\x21", &compressed),
                with(b"\x03\x22\x00", &compressed),
            ] {
                assert_eq!(
                    from_point(EcdsaP256Sha256, &point),
                    expected,
                    "{point:02x?}"
                );
            }
            let algorithm = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
            let info = [b"\x30\x59".as_slice(), algorithm, b"\x03\x42\x00", &whole].concat();
            assert_eq!(from_info(EcdsaP256Sha256, &info), expected);
            let info = [
                b"\x30\x39".as_slice(),
                algorithm,
                b"\x03\x22\x00",
                &compressed,
            ]
            .concat();
            assert_eq!(from_info(EcdsaP256Sha256, &info), expected);
        }
    }

    #[test]
    fn what_is_no_public_key_is_none() {
        let (whole, compressed) = points(true);
        let key = [0xa5; 32];
        for point in [
            Vec::new(),
            vec![0],
            key[..31].to_vec(),
            with(&[0], &key),
            with(b"\x04\x21", &key),
            with(b"\x04\x20", &key[..31]),
            with(b"\x04\x20", &with(&key, &[0])),
            with(b"\x05\x20", &key),
            with(b"\x03\x21\x01", &key),
            with(b"\x04\x81\x20", &key),
        ] {
            assert_eq!(from_point(Ed25519, &point), None, "{point:02x?}");
        }
        for point in [
            Vec::new(),
            vec![0],
            b"\x04\x00".to_vec(),
            b"\x04\x01\x00".to_vec(),
            whole[1..].to_vec(),
            whole[..64].to_vec(),
            with(&whole, &[0]),
            with(&[5], &whole[1..]),
            with(&[5], &compressed[1..]),
            with(&[6], &whole[1..]),
            with(&[4], &compressed[1..]),
            with(&[2], &whole[1..]),
            with(b"\x04\x40", &whole),
        ] {
            assert_eq!(from_point(EcdsaP256Sha256, &point), None, "{point:02x?}");
        }
        assert_eq!(from_point(MlDsa65, &key), None);
    }

    #[test]
    fn a_key_of_another_algorithm_is_none() {
        let key = [0xa5; 32];
        let x25519 = with(b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x6e\x03\x21\x00", &key);
        assert_eq!(from_info(Ed25519, &x25519), None);
        let ed25519 = with(b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", &key);
        assert_eq!(from_info(EcdsaP256Sha256, &ed25519), None);
        assert_eq!(from_info(Ed25519, &ed25519[1..]), None);
        let (_, compressed) = points(false);
        // The curve secp256k1, whose points are as long.
        let k256 = b"\x30\x36\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a\x03\x22\x00";
        assert_eq!(from_info(EcdsaP256Sha256, &with(k256, &compressed)), None);
        assert!(!is_curve(EcdsaP256Sha256, ED25519) && !is_curve(Ed25519, P256));
        assert!(is_curve(EcdsaP256Sha256, P256) && !is_curve(MlDsa65, P256));
        for name in [ED25519, ED25519_NAME, ED25519_OPENPGP] {
            assert!(is_curve(Ed25519, name));
        }
    }
}
