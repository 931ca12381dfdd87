//! The rules of [`Verifier`].

use crate::keys::{Signed, p256_point, signed};
use crate::primitives::{self, Test};
use crate::random::{bytes, flipped};
use crate::report::{Failure, Report};
use crate::rule::Rule;
use crate::run::{Check, Outcome, Run, given, is_verification};
use crate::scalars::P256_ORDER;
use ossuary::verify_signature;
use ossuary_traits::{CryptoError, SignatureScheme, Verifier};
use ossuary_vectors::{ECDSA_P256, ED25519, ED25519_EDGE_CASES, File, ML_DSA_65};

/// Checks the verifier `V`, scheme by scheme: the known answers, that signatures
/// of another implementation are accepted, that each byte of a signature, of a
/// key and of a message counts (of ML-DSA's long ones each thirteenth, and all at
/// either end), wrong lengths, values out of range, and Ed25519's edge cases, on
/// which the verdict is that of the protocol ([`ossuary::verify_signature`]).
///
/// # Errors
///
/// The first rule that is broken.
pub fn verifier<V: Verifier>() -> Result<Report, Failure> {
    let mut run = Run::new(libraries::<V>(), schemes(V::SCHEMES));
    run.available(V::available())?;
    run.rule(Rule::SomethingRan, |check| {
        check.that(!V::SCHEMES.is_empty(), || "it has no scheme".to_owned())
    })?;
    run.rule(Rule::LibraryNames, library_names::<V>)?;
    run.rule(Rule::UnsupportedScheme, unsupported_scheme::<V>)?;
    for scheme in V::SCHEMES {
        run.add(verifier_of::<V>(*scheme)?);
    }
    run.finish()
}

/// The names of schemes, joined.
pub(crate) fn schemes(schemes: &[SignatureScheme]) -> String {
    if schemes.is_empty() {
        return "no scheme".to_owned();
    }
    let names: Vec<_> = schemes.iter().map(|scheme| scheme.name()).collect();
    names.join(", ")
}

/// The libraries behind a verifier, each once.
fn libraries<V: Verifier>() -> String {
    let mut libraries: Vec<&str> = Vec::new();
    for library in V::SCHEMES.iter().filter_map(|scheme| V::library(*scheme)) {
        if !libraries.contains(&library) {
            libraries.push(library);
        }
    }
    if libraries.is_empty() {
        return "the verifier".to_owned();
    }
    libraries.join("; ")
}

fn library_names<V: Verifier>(check: &mut Check) -> Outcome {
    for scheme in SignatureScheme::ALL {
        let (named, has) = (V::library(*scheme), V::SCHEMES.contains(scheme));
        check.that(named.is_some() == has, || match has {
            true => format!("it names none for {scheme}"),
            false => format!("it names {named:?} for {scheme}, which it does not have"),
        })?;
    }
    Ok(())
}

fn unsupported_scheme<V: Verifier>(check: &mut Check) -> Outcome {
    let others = SignatureScheme::ALL.iter();
    for scheme in others.filter(|scheme| !V::SCHEMES.contains(scheme)) {
        let signed = signed(*scheme, 1, &MESSAGE)?;
        let is_unsupported = |error: &CryptoError| matches!(error, CryptoError::Unsupported);
        check.fails(verify::<V>(&signed), is_unsupported, || {
            format!("a signature of {scheme}")
        })?;
    }
    Ok(())
}

fn verifier_of<V: Verifier>(scheme: SignatureScheme) -> Result<Report, Failure> {
    let mut run = Run::new(V::library(scheme).unwrap_or_default(), scheme.name());
    run.rule(Rule::ValidSignature, |check| {
        valid_signature::<V>(check, scheme)
    })?;
    if scheme == SignatureScheme::EcdsaP256Sha256 {
        run.rule(Rule::EitherS, either_s::<V>)?;
        run.rule(Rule::EcdsaRange, ecdsa_range::<V>)?;
    }
    run.rule(Rule::SignatureLengths, |check| lengths::<V>(check, scheme))?;
    run.rule(Rule::KeyEncoding, |check| key_encoding::<V>(check, scheme))?;
    let field: Field = |signed| &mut signed.signature;
    run.rule(Rule::SignatureBits, |check| {
        every_byte::<V>(check, scheme, field)
    })?;
    let field: Field = |signed| &mut signed.public_key;
    run.rule(Rule::PublicKeyBits, |check| {
        every_byte::<V>(check, scheme, field)
    })?;
    run.rule(Rule::MessageBits, |check| message::<V>(check, scheme))?;
    if scheme == SignatureScheme::Ed25519 {
        let rule = Rule::StrictEd25519;
        run.known_answers(
            rule,
            ED25519_EDGE_CASES,
            |_| true,
            |test| known_answer::<V>(scheme, test),
        )?;
    }
    if let Some(file) = answers(scheme) {
        run.known_answers(
            Rule::SignatureAnswers,
            file,
            |_| true,
            |test| known_answer::<V>(scheme, test),
        )?;
    }
    run.finish()
}

/// The known answers of a scheme.
pub(crate) fn answers(scheme: SignatureScheme) -> Option<File> {
    match scheme {
        SignatureScheme::Ed25519 => Some(ED25519),
        SignatureScheme::EcdsaP256Sha256 => Some(ECDSA_P256),
        SignatureScheme::MlDsa65 => Some(ML_DSA_65),
        _ => None,
    }
}

/// As long as the longest message of the protocol.
const MESSAGE: [u8; 75] = [0x6f; 75];

fn verify<V: Verifier>(signed: &Signed) -> Result<(), CryptoError> {
    let Signed {
        scheme,
        public_key,
        message,
        signature,
    } = signed;
    V::verify(*scheme, public_key, message, signature)
}

/// A part of what is verified.
type Field = fn(&mut Signed) -> &mut Vec<u8>;

fn refused<V: Verifier>(
    check: &mut Check,
    signed: &Signed,
    what: impl FnOnce() -> String,
) -> Outcome {
    check.fails(verify::<V>(signed), is_verification, what)
}

fn valid_signature<V: Verifier>(check: &mut Check, scheme: SignatureScheme) -> Outcome {
    for (seed, len) in [(1, 59), (2, 75), (3, 0), (4, 1), (5, 64), (6, 1000)] {
        let mut signed = signed(scheme, seed, &bytes(seed, len))?;
        if scheme == SignatureScheme::EcdsaP256Sha256 {
            // Whether the other one is accepted as well is a rule of its own.
            signed.signature = with_lower_s(&signed.signature);
        }
        let verified = verify::<V>(&signed);
        check.that(verified.is_ok(), || {
            format!("one of a message of {len} bytes is refused: {verified:?}")
        })?;
        let verified = verify_signature::<V>(
            scheme,
            &signed.public_key,
            &signed.message,
            &signed.signature,
        );
        check.that(verified.is_ok(), || {
            format!("the protocol refuses one of a message of {len} bytes: {verified:?}")
        })?;
    }
    Ok(())
}

/// `P256_ORDER - scalar`, both big-endian; the scalar is below the order.
pub(crate) fn negated(scalar: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let digits = P256_ORDER.iter().zip(scalar).rev();
    let mut difference: Vec<u8> = digits
        .map(|(order, digit)| {
            let (byte, under) = order.overflowing_sub(*digit);
            let (byte, under_again) = byte.overflowing_sub(borrow);
            borrow = u8::from(under || under_again);
            byte
        })
        .collect();
    difference.reverse();
    difference
}

/// An ECDSA signature with the lower of the two values of s that it may have.
fn with_lower_s(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(P256_ORDER.len());
    let other = negated(s);
    [r, s.min(&other)].concat()
}

fn either_s<V: Verifier>(check: &mut Check) -> Outcome {
    for seed in 1..4 {
        let mut signed = signed(SignatureScheme::EcdsaP256Sha256, seed, &MESSAGE)?;
        for _ in 0..2 {
            let verified = verify::<V>(&signed);
            let (r, s) = signed.signature.split_at(P256_ORDER.len());
            check.that(verified.is_ok(), || {
                format!("of two signatures that differ in s one is refused: {verified:?}")
            })?;
            signed.signature = [r, &negated(s)].concat();
        }
    }
    Ok(())
}

fn ecdsa_range<V: Verifier>(check: &mut Check) -> Outcome {
    let good = signed(SignatureScheme::EcdsaP256Sha256, 1, &MESSAGE)?;
    let (r, s) = good.signature.split_at(P256_ORDER.len());
    let (r, s): (&[u8], &[u8]) = (r, s);
    let (zero, order, ones) = ([0; 32], P256_ORDER, [0xff; 32]);
    let signatures: [(&str, [&[u8]; 2]); 8] = [
        ("r and s are 0", [&zero, &zero]),
        ("r is 0", [&zero, s]),
        ("s is 0", [r, &zero]),
        ("r is the order", [&order, s]),
        ("s is the order", [r, &order]),
        ("r and s are the order", [&order, &order]),
        ("r is above the order", [&ones, s]),
        ("s is above the order", [r, &ones]),
    ];
    for (what, parts) in signatures {
        let mut signed = good.clone();
        signed.signature = parts.concat();
        refused::<V>(check, &signed, || what.to_owned())?;
    }
    for (what, x) in [("zeros", zero), ("ones", ones)] {
        for tag in [0x00, 0x02, 0x03] {
            let mut signed = good.clone();
            signed.public_key = [&[tag], x.as_slice()].concat();
            refused::<V>(check, &signed, || {
                format!("the public key is {tag:#04x} and {what}")
            })?;
        }
    }
    Ok(())
}

fn lengths<V: Verifier>(check: &mut Check, scheme: SignatureScheme) -> Outcome {
    let good = signed(scheme, 1, &MESSAGE)?;
    let fields: [(&str, Field); 2] = [
        ("signature", |signed| &mut signed.signature),
        ("public key", |signed| &mut signed.public_key),
    ];
    for (name, field) in fields {
        let len = field(&mut good.clone()).len();
        for other in [0, 1, len - 1, len + 1, 2 * len] {
            let mut signed = good.clone();
            field(&mut signed).resize(other, 0);
            refused::<V>(check, &signed, || format!("a {name} of {other} bytes"))?;
        }
        // The right one with a byte before it.
        let mut signed = good.clone();
        field(&mut signed).insert(0, 0);
        refused::<V>(check, &signed, || format!("a {name} with a zero before it"))?;
    }
    Ok(())
}

/// What stands before a public key in X.509 (RFC 8410, RFC 5480 with a point that
/// is not compressed, RFC 9881).
fn x509_header(scheme: SignatureScheme) -> &'static [u8] {
    match scheme {
        SignatureScheme::Ed25519 => &[
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ],
        SignatureScheme::EcdsaP256Sha256 => &[
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ],
        SignatureScheme::MlDsa65 => &[
            0x30, 0x82, 0x07, 0xb2, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
            0x04, 0x03, 0x12, 0x03, 0x82, 0x07, 0xa1, 0x00,
        ],
        _ => &[],
    }
}

/// How many keys of ECDSA are tried: of its encodings, one is of every second key.
const KEYS: u64 = 8;

fn key_encoding<V: Verifier>(check: &mut Check, scheme: SignatureScheme) -> Outcome {
    let with_key = |check: &mut Check, signed: &Signed, key: Vec<u8>, what: &str| {
        let mut signed = signed.clone();
        signed.public_key = key;
        refused::<V>(check, &signed, || format!("a public key {what}"))
    };
    let good = signed(scheme, 1, &MESSAGE)?;
    let header = x509_header(scheme);
    if scheme != SignatureScheme::EcdsaP256Sha256 {
        let key = [header, &good.public_key].concat();
        return with_key(check, &good, key, "in X.509");
    }
    let key = [header, &p256_point(1)?].concat();
    with_key(check, &good, key, "in X.509")?;
    with_key(check, &good, vec![0], "of one zero, infinity")?;
    for seed in 1..=KEYS {
        let good = signed(scheme, seed, &MESSAGE)?;
        let point = p256_point(seed)?;
        let (x, xy) = (point.get(1..33), point.get(1..));
        let (x, xy) = (x.unwrap_or_default(), xy.unwrap_or_default());
        for tag in 0..=u8::MAX {
            let what = format!("whose first byte is {tag:#04x}");
            if !matches!(tag, 0x02 | 0x03) {
                with_key(check, &good, [&[tag], x].concat(), &what)?;
            }
            let what = format!("that is not compressed, and {what}");
            with_key(check, &good, [&[tag], xy].concat(), &what)?;
        }
    }
    Ok(())
}

/// Of a part of so many bytes each bit is tried.
const SHORT: usize = 64;
/// Of a longer one, so many bytes at either end: ML-DSA's hints, which have more
/// than one encoding, are in the last 61 of a signature.
const ENDS: usize = 64;
/// And between them each of so many: ML-DSA's parts have thousands.
const STEP: usize = 13;

/// The bits of a part that are tried: where not all, one of a byte.
fn bits(len: usize) -> Vec<usize> {
    if len <= SHORT {
        return (0..8 * len).collect();
    }
    let is_tried = |byte: &usize| *byte < ENDS || byte + ENDS >= len || byte.is_multiple_of(STEP);
    let bytes = (0..len).filter(is_tried);
    bytes.map(|byte| 8 * byte + byte % 8).collect()
}

fn every_byte<V: Verifier>(check: &mut Check, scheme: SignatureScheme, field: Field) -> Outcome {
    let good = signed(scheme, 1, &MESSAGE)?;
    let len = field(&mut good.clone()).len();
    for bit in bits(len) {
        let mut signed = good.clone();
        let part = field(&mut signed);
        *part = flipped(part, bit);
        refused::<V>(check, &signed, || {
            format!("bit {bit} of {len} bytes is changed")
        })?;
    }
    for byte in [0, 0xff] {
        let mut signed = good.clone();
        field(&mut signed).fill(byte);
        refused::<V>(check, &signed, || {
            format!("all of its {len} bytes are {byte:#04x}")
        })?;
    }
    Ok(())
}

fn message<V: Verifier>(check: &mut Check, scheme: SignatureScheme) -> Outcome {
    every_byte::<V>(check, scheme, |signed| &mut signed.message)?;
    let good = signed(scheme, 1, &MESSAGE)?;
    for len in [0, 1, MESSAGE.len() - 1, MESSAGE.len() + 1] {
        let mut signed = good.clone();
        signed.message.resize(len, 0);
        refused::<V>(check, &signed, || {
            format!("{len} bytes in place of {}", MESSAGE.len())
        })?;
    }
    Ok(())
}

fn known_answer<V: Verifier>(scheme: SignatureScheme, test: &Test<primitives::Signed>) -> Outcome {
    let fields = &test.fields;
    let (public, message) = (&fields.public.0, &fields.message.0);
    let verified = verify_signature::<V>(scheme, public, message, &fields.signature.0);
    let why = fields.why.as_deref().unwrap_or(&test.comment);
    match (test.is_valid(), verified) {
        (true, verified) => given(verified, &format!("verification of what is valid ({why})")),
        (false, Ok(())) => Err(format!("it is accepted, and is not valid ({why})")),
        (false, Err(error)) if is_verification(&error) => Ok(()),
        (false, Err(error)) => Err(format!("it is refused as {error:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_and_its_negation_add_up_to_the_order() {
        let mut one = [0; 32];
        one[31] = 1;
        let mut largest = P256_ORDER;
        largest[31] -= 1;
        assert_eq!(negated(&one), largest);
        assert_eq!(negated(&largest), one);
        let any = bytes(1, 32);
        assert_eq!(negated(&negated(&any)), any);
    }
}
