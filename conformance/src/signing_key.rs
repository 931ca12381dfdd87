//! The rules of [`SigningKey`], and of how one is made and stored.

use crate::key_store::{fresh_nonces, messages, not_verified, own_signature};
use crate::keys::key_store;
use crate::primitives::{self, Test};
use crate::random::{FailsOnce, Recorded, array};
use crate::report::{Failure, Report};
use crate::rule::Rule;
use crate::run::{Check, Outcome, Run, given, is_random};
use crate::scalars::{self, LARGEST, OUT_OF_RANGE};
use crate::verifier::answers;
use ossuary_traits::{
    CryptoError, FixedBytes, Random, Secret, SignatureScheme, SigningKey, Verifier,
};

/// Checks a backend's signing keys of `scheme`, which `from_secret` makes of 32
/// bytes, with the verifier `V`: that they have the public keys of another
/// implementation, that they sign what the protocol has to sign, that scalars of
/// ECDSA are in range, and the known answers.
///
/// Signatures that are the same each time must be those of the known answers
/// (ECDSA: RFC 6979; ML-DSA: the deterministic variant). Where they differ, the
/// report says so.
///
/// # Errors
///
/// The first rule that is broken.
pub fn signing_key<V: Verifier, K: SigningKey>(
    scheme: SignatureScheme,
    from_secret: impl Fn(Secret<32>) -> Result<K, CryptoError>,
) -> Result<Report, Failure> {
    let mut run = Run::new("the signing key", scheme.name());
    let make = |secret: Secret<32>| given(from_secret(secret), "making the key");
    run.rule(Rule::StableIdentities, |check| {
        let (key, again) = (make(Secret::from(array(1)))?, make(Secret::from(array(1)))?);
        let identity = key.identity();
        check.that(identity.scheme() == scheme, || {
            format!("it is of {}", identity.scheme())
        })?;
        let same = identity == key.identity() && identity == again.identity();
        check.that(same, || "one secret has two".to_owned())
    })?;
    run.rule(Rule::PublicKey, |check| {
        for seed in 1..=KEYS {
            let key = make(Secret::from(array(seed)))?;
            let (_, expected) = key_store(scheme, seed)?;
            check.that(key.identity() == expected, || {
                format!("{:?} is not {expected:?}", key.identity())
            })?;
        }
        Ok(())
    })?;
    run.rule(Rule::OwnSignature, |check| {
        let key = make(Secret::from(array(1)))?;
        for (_, message) in messages() {
            let signature = given(key.sign(&message), "`sign`")?;
            own_signature::<V>(check, &key.identity(), &message, &signature)?;
        }
        Ok(())
    })?;
    run.rule(Rule::FreshNonces, |check| {
        let key = make(Secret::from(array(1)))?;
        let sign = |(_, message): &(_, Vec<u8>)| given(key.sign(message), "`sign`");
        let signatures = messages().iter().map(sign).collect::<Outcome<Vec<_>>>()?;
        fresh_nonces(check, &signatures)
    })?;
    if scheme == SignatureScheme::EcdsaP256Sha256 {
        run.rule(Rule::SecretRange, |check| secret_range(check, &from_secret))?;
    }
    let deterministic = {
        let key = make(Secret::from(array(1))).ok();
        let sign = || key.as_ref()?.sign(b"message").ok();
        match (sign(), sign()) {
            (Some(first), Some(second)) => first.bytes() == second.bytes(),
            _ => false,
        }
    };
    if !V::SCHEMES.contains(&scheme) {
        run.not_run(not_verified(scheme));
    }
    if let Some(file) = answers(scheme) {
        let has_secret = |fields: &primitives::Signed| fields.secret.is_some();
        run.known_answers(Rule::SigningAnswers, file, has_secret, |test| {
            signing_answer(test, make, deterministic)
        })?;
        if !deterministic {
            let name = file.name;
            run.not_run(format!("{name}: its signatures differ each time"));
        }
    }
    run.finish()
}

/// How many keys are compared: of a compressed point, either sign is there.
const KEYS: u64 = 8;

fn secret_range<K>(
    check: &mut Check,
    from_secret: impl Fn(Secret<32>) -> Result<K, CryptoError>,
) -> Outcome {
    given(from_secret(Secret::from(LARGEST)), "the order less 1")?;
    for (what, scalar) in OUT_OF_RANGE {
        check.that(from_secret(Secret::from(scalar)).is_err(), || {
            format!("there is a key whose scalar is {what}")
        })?;
    }
    Ok(())
}

fn signing_answer<K: SigningKey>(
    test: &Test<primitives::Signed>,
    make: impl Fn(Secret<32>) -> Outcome<K>,
    deterministic: bool,
) -> Outcome {
    let fields = &test.fields;
    let secret = fields.secret.as_ref().ok_or("it has no secret")?;
    let secret = Secret::from_slice(&secret.0).ok_or("the secret has not 32 bytes")?;
    let key = make(secret)?;
    if key.identity().public_key() != fields.public.0 {
        let actual = hex::encode(key.identity().public_key());
        return Err(format!("the public key is {actual}"));
    }
    let signature = given(key.sign(&fields.message.0), "`sign`")?;
    if test.is_valid() && deterministic && signature.bytes() != fields.signature.0 {
        let actual = hex::encode(signature.bytes());
        return Err(format!("the signature is {actual}"));
    }
    Ok(())
}

/// Checks how a backend's signing keys of `scheme` are made and stored: that
/// `generate` draws 32 bytes, which are the secret, and again where they are no
/// scalar of ECDSA; that `to_secret` gives them out, and `from_secret` makes the
/// same key of them; and that a random source that fails is reported.
///
/// # Errors
///
/// The first rule that is broken.
pub fn stored_key<K: SigningKey>(
    scheme: SignatureScheme,
    generate: impl Fn(&mut dyn Random) -> Result<K, CryptoError>,
    to_secret: impl Fn(&K) -> Secret<32>,
    from_secret: impl Fn(Secret<32>) -> Result<K, CryptoError>,
) -> Result<Report, Failure> {
    let mut run = Run::new("the signing key", scheme.name());
    let is_ecdsa = scheme == SignatureScheme::EcdsaP256Sha256;
    run.rule(Rule::StoredKey, |check| {
        let drawn = array::<32>(1);
        let mut random = Recorded::of(&[drawn.as_slice(), &[0]].concat());
        let key = given(generate(&mut random), "`generate`")?;
        check.that(random.left() == 1, || {
            format!("of 33 bytes `generate` leaves {}", random.left())
        })?;
        let secret = to_secret(&key);
        check.that(*secret.expose() == drawn, || {
            "`to_secret` does not give what was drawn".to_owned()
        })?;
        let again = given(from_secret(secret), "`from_secret`")?;
        check.that(again.identity() == key.identity(), || {
            "`from_secret` makes another key of what `to_secret` gives".to_owned()
        })
    })?;
    run.rule(Rule::RandomFailure, |check| {
        for after in 0..32 {
            let generated = generate(&mut FailsOnce::after(after));
            check.fails(generated, is_random, || {
                format!("`generate` from a source that fails after {after} bytes")
            })?;
        }
        if is_ecdsa {
            scalars::given_up(check, &generate)?;
        }
        Ok(())
    })?;
    if is_ecdsa {
        run.rule(Rule::SecretRange, |check| {
            scalars::drawn_again(check, |random| {
                let key = generate(random)?;
                Ok(key.identity().public_key().to_vec())
            })
        })?;
    }
    run.finish()
}
