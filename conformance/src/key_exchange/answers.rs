//! The known answers of key exchanges.

use super::{complete, completed, generate, respond};
use crate::primitives::{Bytes, DiffieHellman, Hybrid, MlKem, Test};
use crate::random::{Recorded, array};
use crate::report::Failure;
use crate::rule::Rule;
use crate::run::{Outcome, Run, given, is_invalid_share};
use ossuary_rustcrypto as reference;
use ossuary_traits::{CryptoError, FixedBytes, KeyExchange, KeyExchangeId};
use ossuary_vectors::{File, ML_KEM_768, P256, X25519, X25519_ML_KEM_768};
use std::mem::replace;

pub(super) fn check<K: KeyExchange>(run: &mut Run) -> Result<(), Failure> {
    let files: &[File] = match K::ID {
        KeyExchangeId::X25519 => &[X25519],
        KeyExchangeId::P256 => &[P256],
        KeyExchangeId::X25519MlKem768 => &[ML_KEM_768, X25519_ML_KEM_768],
        _ => return Ok(()),
    };
    if !K::REPLAYABLE {
        for file in files {
            let (name, library) = (file.name, K::LIBRARY);
            run.not_run(format!("{name}: {library} draws its own randomness"));
        }
        return Ok(());
    }
    let rule = Rule::ExchangeAnswers;
    // What the type of a share refuses no implementation gets to see.
    let fits = |fields: &DiffieHellman| fields.public.0.len() == K::ClientShare::LEN;
    match K::ID {
        KeyExchangeId::X25519 => {
            run.known_answers(rule, X25519, fits, |test| dh::<K>(test, x25519_refuses))
        }
        KeyExchangeId::P256 => {
            run.known_answers(rule, P256, fits, |test| dh::<K>(test, is_refused))
        }
        _ => {
            run.known_answers(rule, ML_KEM_768, |_| true, ml_kem::<K>)?;
            run.known_answers(rule, X25519_ML_KEM_768, |_| true, hybrid::<K>)
        }
    }
}

/// Whether this is what becomes of an invalid share.
type Refuses = fn(&Result<Vec<u8>, CryptoError>) -> bool;

/// An X25519 secret of zeros, which a hybrid's ends in, is for the protocol to
/// refuse.
fn x25519_refuses(secret: &Result<Vec<u8>, CryptoError>) -> bool {
    match secret {
        Ok(secret) => secret.ends_with(&[0; 32]),
        Err(error) => is_invalid_share(error),
    }
}

fn is_refused(secret: &Result<Vec<u8>, CryptoError>) -> bool {
    matches!(secret, Err(CryptoError::InvalidShare))
}

fn same(what: &str, expected: &Bytes, actual: &[u8]) -> Outcome {
    if expected.0 == actual {
        return Ok(());
    }
    let actual = hex::encode(actual);
    Err(format!("{what} is {actual}, and not {expected:?}"))
}

fn dh<K: KeyExchange>(test: &Test<DiffieHellman>, refuses: Refuses) -> Outcome {
    let fields = &test.fields;
    let (mut private, mut public) = (fields.private.to_vec(), fields.public.0.clone());
    if let Some(own) = &fields.own_public {
        let generated = generate::<K>(&mut Recorded::of(&private));
        same("the share", own, &given(generated, "`generate`")?.1)?;
    }
    for _ in 1..fields.iterations {
        let (key, _) = given(generate::<K>(&mut Recorded::of(&private)), "`generate`")?;
        let secret = completed(key, &public)?;
        public = replace(&mut private, secret);
    }

    let (key, _) = given(generate::<K>(&mut Recorded::of(&private)), "`generate`")?;
    let as_client = complete(key, &public);
    let as_server = respond::<K>(&mut Recorded::of(&private), &public).map(|(_, secret)| secret);
    for (call, secret) in [("complete", as_client), ("respond", as_server)] {
        if !test.is_valid() {
            refused(call, &secret, refuses)?;
            continue;
        }
        let shared = fields.shared.as_ref().ok_or("it has no secret")?;
        same("the secret", shared, &given(secret, &format!("`{call}`"))?)?;
    }
    Ok(())
}

fn refused(call: &str, secret: &Result<Vec<u8>, CryptoError>, refuses: Refuses) -> Outcome {
    if refuses(secret) {
        return Ok(());
    }
    let told = secret.as_ref().map(drop);
    Err(format!("`{call}` does not refuse: {told:?}"))
}

/// Beside ML-KEM a hybrid has an X25519 key: this one.
const X25519_SEED: u64 = 1;

/// A share of the ML-KEM part alone, with an X25519 part that is valid.
fn with_x25519(kem: &Bytes) -> Outcome<Vec<u8>> {
    let private: [u8; 32] = array(X25519_SEED);
    let generated = generate::<reference::X25519>(&mut Recorded::of(&private));
    let (_, share) = given(generated, "`generate` of the other implementation")?;
    Ok([kem.0.as_slice(), &share].concat())
}

fn starts_with(what: &str, expected: &Bytes, actual: &[u8]) -> Outcome {
    same(
        what,
        expected,
        actual.get(..expected.0.len()).unwrap_or(actual),
    )
}

/// Key generation, encapsulation and decapsulation, each where the test has what
/// goes in.
fn ml_kem<K: KeyExchange>(test: &Test<MlKem>) -> Outcome {
    let fields = &test.fields;
    let private: [u8; 32] = array(X25519_SEED);
    let seeded = |seed: &[&[u8]]| Recorded::of(&[&seed.concat(), private.as_slice()].concat());
    let mut ran = false;

    // A key that is none is refused whatever is encapsulated.
    let any = Bytes(vec![0; 32]);
    let m = fields.m.as_ref().or((!test.is_valid()).then_some(&any));
    if let (Some(encapsulation_key), Some(m)) = (&fields.encapsulation_key, m) {
        ran = true;
        let client_share = with_x25519(encapsulation_key)?;
        let answer = respond::<K>(&mut seeded(&[&m.0]), &client_share);
        if !test.is_valid() {
            let secret = answer.map(|(_, secret)| secret);
            return refused("respond", &secret, is_refused);
        }
        let (share, secret) = given(answer, "`respond`")?;
        if let Some(ciphertext) = &fields.ciphertext {
            starts_with("the ciphertext", ciphertext, &share)?;
        }
        if let Some(shared) = &fields.shared {
            starts_with("the server's secret", shared, &secret)?;
        }
    }
    if let (Some(d), Some(z)) = (&fields.d, &fields.z) {
        ran = true;
        let generated = generate::<K>(&mut seeded(&[&d.0, &z.0]));
        let (key, share) = given(generated, "`generate`")?;
        if let Some(encapsulation_key) = &fields.encapsulation_key {
            starts_with("the encapsulation key", encapsulation_key, &share)?;
        }
        if let (Some(ciphertext), Some(shared)) = (&fields.ciphertext, &fields.shared) {
            let secret = completed(key, &with_x25519(ciphertext)?)?;
            starts_with("the client's secret", shared, &secret)?;
        }
    }
    if ran {
        Ok(())
    } else {
        Err("it has no input".to_owned())
    }
}

fn hybrid<K: KeyExchange>(test: &Test<Hybrid>) -> Outcome {
    let fields = &test.fields;
    let shared = || fields.shared.as_ref().ok_or("it has no secret");
    let mut ran = false;
    if let (Some(seed), Some(client_share)) = (&fields.server_seed, &fields.client_share) {
        ran = true;
        let answer = respond::<K>(&mut Recorded::of(&seed.0), &client_share.0);
        if test.is_valid() {
            let (share, secret) = given(answer, "`respond`")?;
            if let Some(expected) = &fields.server_share {
                same("the server's share", expected, &share)?;
            }
            same("the server's secret", shared()?, &secret)?;
        } else {
            let secret = answer.map(|(_, secret)| secret);
            refused("respond", &secret, x25519_refuses)?;
        }
    }
    if let (Some(seed), Some(server_share)) = (&fields.client_seed, &fields.server_share) {
        ran = true;
        let (key, share) = given(generate::<K>(&mut Recorded::of(&seed.0)), "`generate`")?;
        if let Some(expected) = &fields.client_share {
            same("the client's share", expected, &share)?;
        }
        let secret = complete(key, &server_share.0);
        if test.is_valid() {
            let secret = given(secret, "`complete`")?;
            same("the client's secret", shared()?, &secret)?;
        } else {
            refused("complete", &secret, x25519_refuses)?;
        }
    }
    if ran {
        Ok(())
    } else {
        Err("it has no input".to_owned())
    }
}
