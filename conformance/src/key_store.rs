//! The rules of [`KeyStore`].

use crate::random::bytes;
use crate::report::{Failure, Report};
use crate::rule::Rule;
use crate::run::{Check, Outcome, Run, given, told};
use crate::verifier::schemes;
use ossuary::verify_signature;
use ossuary_traits::{
    HashId, Identity, KeyStore, KeyStoreError, KeyStoreErrorKind, Role, SignRequest, Signature,
    SignatureScheme, Signing, Verifier,
};

/// Checks a key store, with the verifier `V`: that its identities are stable, that
/// it signs for each of them in both roles what the protocol has to sign, each with
/// a nonce of its own, and that it reports a key that it does not have.
///
/// It is asked for four signatures of each identity. Signatures that it leaves to
/// the application ([`Signing::Pending`]) are none that can be verified here: the
/// report lists them.
///
/// # Errors
///
/// The first rule that is broken.
pub fn key_store<V: Verifier>(store: &dyn KeyStore) -> Result<Report, Failure> {
    let identities = store.identities().unwrap_or_default();
    let listed: Vec<_> = identities.iter().map(Identity::scheme).collect();
    let mut run = Run::new("the key store", schemes(&listed));
    run.rule(Rule::StableIdentities, |check| {
        stable_identities(check, store)
    })?;
    run.rule(Rule::SomethingRan, |check| {
        check.that(!identities.is_empty(), || "it lists no identity".to_owned())
    })?;
    let mut answers = Vec::new();
    run.rule(Rule::Signs, |check| {
        for identity in &identities {
            for (role, message) in messages() {
                answers.push(sign(check, store, identity, role, message)?);
            }
        }
        Ok(())
    })?;
    run.rule(Rule::OwnSignature, |check| {
        answers
            .iter()
            .try_for_each(|answer| answered::<V>(check, answer))
    })?;
    run.rule(Rule::FreshNonces, |check| {
        for identity in &identities {
            let of_it = answers.iter().filter(|answer| answer.identity == identity);
            fresh_nonces(check, of_it.filter_map(|answer| answer.signature.as_ref()))?;
        }
        Ok(())
    })?;
    run.rule(Rule::UnknownIdentity, |check| {
        unknown_identity(check, store, &identities)
    })?;
    for identity in &identities {
        let scheme = identity.scheme();
        let of_it = answers.iter().filter(|answer| answer.identity == identity);
        let pending = of_it.filter(|answer| answer.signature.is_none()).count();
        if pending > 0 {
            let why = "they were left to the application";
            run.not_run(format!("{pending} signatures of {scheme}: {why}"));
        } else if !V::SCHEMES.contains(&scheme) {
            run.not_run(not_verified(scheme));
        }
    }
    run.finish()
}

pub(crate) fn not_verified(scheme: SignatureScheme) -> String {
    format!("signatures of {scheme}: the verifier does not have it")
}

fn stable_identities(check: &mut Check, store: &dyn KeyStore) -> Outcome {
    let list = || given(store.identities(), "`identities`");
    let first = list()?;
    check.that(first == list()?, || "the second list is another".to_owned())?;
    for (index, identity) in first.iter().enumerate() {
        let before = first.iter().take(index);
        check.that(
            before.filter(|other| *other == identity).count() == 0,
            || format!("{identity:?} is listed twice"),
        )?;
    }
    Ok(())
}

/// What the protocol has hosts sign, with a hash of either length
/// (docs/protocol.md, "Handshake").
pub(crate) fn messages() -> Vec<(Role, Vec<u8>)> {
    let mut messages = Vec::new();
    for (role, label) in [
        (Role::Client, b"ossuary/2 client signature"),
        (Role::Server, b"ossuary/2 server signature"),
    ] {
        for hash in [HashId::Sha256, HashId::Sha384] {
            let hash = bytes(1, hash.output_len());
            messages.push((role, [label.as_slice(), &[0], &hash].concat()));
        }
    }
    messages
}

/// What a key store was asked, and what it answered; no signature where it left
/// that to the application.
struct Answer<'a> {
    identity: &'a Identity,
    role: Role,
    message: Vec<u8>,
    signature: Option<Signature>,
}

fn sign<'a>(
    check: &mut Check,
    store: &dyn KeyStore,
    identity: &'a Identity,
    role: Role,
    message: Vec<u8>,
) -> Outcome<Answer<'a>> {
    let signing = store.sign(identity, &SignRequest::new(role, &message));
    let what = format!("`sign` as {role:?} for {identity:?}");
    let signature = match given(signing, &what)? {
        Signing::Done(signature) => Some(signature),
        Signing::Pending => None,
    };
    check.passed();
    Ok(Answer {
        identity,
        role,
        message,
        signature,
    })
}

fn answered<V: Verifier>(check: &mut Check, answer: &Answer<'_>) -> Outcome {
    let Some(signature) = &answer.signature else {
        return Ok(());
    };
    own_signature::<V>(check, answer.identity, &answer.message, signature).map_err(|seen| {
        let (role, len) = (answer.role, answer.message.len());
        format!("as {role:?}, of {len} bytes: {seen}")
    })
}

pub(crate) fn own_signature<V: Verifier>(
    check: &mut Check,
    identity: &Identity,
    message: &[u8],
    signature: &Signature,
) -> Outcome {
    let (scheme, made) = (identity.scheme(), signature.scheme());
    check.that(made == scheme, || {
        format!("for {identity:?} comes a signature of {made}")
    })?;
    if !V::SCHEMES.contains(&scheme) {
        return Ok(());
    }
    let verified = verify_signature::<V>(scheme, identity.public_key(), message, signature.bytes());
    check.that(verified.is_ok(), || {
        format!("the signature for {identity:?} does not verify")
    })
}

/// What a signature's nonce shows as: R of Ed25519, r of ECDSA, and of ML-DSA the
/// hash that its nonce goes into.
const NONCE: usize = 32;

/// The signatures of different messages by one key begin with different nonces.
pub(crate) fn fresh_nonces<'a>(
    check: &mut Check,
    signatures: impl IntoIterator<Item = &'a Signature>,
) -> Outcome {
    let mut seen = Vec::new();
    for signature in signatures {
        let nonce = signature.bytes().get(..NONCE);
        check.that(!seen.contains(&nonce), || {
            format!(
                "two messages are signed with one, by {}",
                signature.scheme()
            )
        })?;
        seen.push(nonce);
    }
    Ok(())
}

fn unknown_identity(check: &mut Check, store: &dyn KeyStore, known: &[Identity]) -> Outcome {
    for scheme in SignatureScheme::ALL {
        let unknown = Identity::new(*scheme, &bytes(7, scheme.public_key_len()));
        let unknown = given(unknown, "an identity")?;
        if known.contains(&unknown) {
            continue;
        }
        for (role, message) in messages() {
            let signing = store.sign(&unknown, &SignRequest::new(role, &message));
            let kind = signing.as_ref().map_err(KeyStoreError::kind).err();
            let not_found = kind == Some(KeyStoreErrorKind::NotFound);
            check.that(not_found, || match signing {
                Ok(Signing::Done(_)) => format!("it signs for another key of {scheme}"),
                Ok(Signing::Pending) => format!("another key of {scheme} is to sign later"),
                Err(error) => format!("for another key of {scheme} it says: {}", told(&error)),
            })?;
        }
    }
    Ok(())
}
