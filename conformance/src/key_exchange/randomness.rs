//! What is drawn, and what is made of it.

use super::{Answer, X25519, answered, client, generate, respond};
use crate::random::{FailsOnce, Numbers, Recorded, bytes};
use crate::report::Failure;
use crate::rule::Rule;
use crate::run::{Check, Outcome, Run, given, is_random};
use crate::scalars;
use ossuary_rustcrypto as reference;
use ossuary_traits::{CryptoError, KeyExchange, KeyExchangeId};

pub(super) fn check<K: KeyExchange>(run: &mut Run) -> Result<(), Failure> {
    run.rule(Rule::FreshKeys, fresh_keys::<K>)?;
    run.rule(Rule::Randomness, randomness::<K>)?;
    run.rule(Rule::RandomFailure, random_failure::<K>)
}

/// A share or a secret, in the parts that are each of a private key of their own.
fn parts<K: KeyExchange>(bytes: &[u8]) -> Vec<&[u8]> {
    match (K::ID, bytes.len().checked_sub(X25519)) {
        (KeyExchangeId::X25519MlKem768, Some(ml_kem)) => {
            let (ml_kem, x25519) = bytes.split_at(ml_kem);
            vec![ml_kem, x25519]
        }
        _ => vec![bytes],
    }
}

fn differ<K: KeyExchange>(one: &[u8], other: &[u8]) -> bool {
    let mut pairs = parts::<K>(one).into_iter().zip(parts::<K>(other));
    pairs.all(|(one, other)| one != other)
}

fn fresh_keys<K: KeyExchange>(check: &mut Check) -> Outcome {
    let (_, share) = client::<K>(1)?;
    let (_, other) = client::<K>(2)?;
    check.that(differ::<K>(&share, &other), || {
        "`generate` makes the same share twice, or the same half of one".to_owned()
    })?;
    let (answer, secret) = answered::<K>(3, &share)?;
    let (other, other_secret) = answered::<K>(4, &share)?;
    check.that(differ::<K>(&answer, &other), || {
        "`respond` makes the same share twice, or the same half of one".to_owned()
    })?;
    check.that(differ::<K>(&secret, &other_secret), || {
        "`respond` gives the same secret twice, or the same half of one".to_owned()
    })
}

/// How many bytes `generate` and `respond` may draw.
fn may_draw<K: KeyExchange>() -> &'static [(usize, usize)] {
    match (K::ID, K::REPLAYABLE) {
        (KeyExchangeId::X25519MlKem768, true) => &[(96, 64)],
        // Of a hybrid, the X25519 half may be the caller's.
        (KeyExchangeId::X25519MlKem768, false) => &[(0, 0), (32, 32)],
        (_, true) => &[(32, 32)],
        (_, false) => &[(0, 0)],
    }
}

/// How many bytes `generate` and `respond` draw, the share, and the answer to it.
fn draws<K: KeyExchange>() -> Outcome<((usize, usize), Vec<u8>, Answer)> {
    let (mut of_client, mut of_server) = (Numbers::new(1), Numbers::new(2));
    let (_, share) = given(generate::<K>(&mut of_client), "`generate`")?;
    let answer = given(respond::<K>(&mut of_server, &share), "`respond`")?;
    Ok(((of_client.drawn, of_server.drawn), share, answer))
}

fn randomness<K: KeyExchange>(check: &mut Check) -> Outcome {
    let (drawn, share, answer) = draws::<K>()?;
    check.that(may_draw::<K>().contains(&drawn), || {
        let (generating, responding) = drawn;
        let allowed = may_draw::<K>();
        format!("`generate` draws {generating} bytes, `respond` {responding}, and not {allowed:?}")
    })?;
    if K::ID == KeyExchangeId::X25519MlKem768 && drawn != (0, 0) {
        x25519_last::<K>(check, drawn)?;
    }
    if !K::REPLAYABLE {
        return of_its_own::<K>(check, &share, &answer.0);
    }
    let (_, again) = client::<K>(1)?;
    check.that(share == again, || {
        "`generate` makes two shares of the same randomness".to_owned()
    })?;
    check.that(answer == answered::<K>(2, &share)?, || {
        "`respond` gives two answers of the same randomness".to_owned()
    })?;
    if K::ID == KeyExchangeId::P256 {
        scalars::drawn_again(check, |random| {
            generate::<K>(random).map(|(_, share)| share)
        })?;
    }
    Ok(())
}

/// What it draws itself is not the same again where the caller's randomness is.
fn of_its_own<K: KeyExchange>(check: &mut Check, share: &[u8], answer: &[u8]) -> Outcome {
    let (_, again) = client::<K>(1)?;
    let (answered_again, _) = answered::<K>(2, share)?;
    let calls = [
        ("generate", share, again),
        ("respond", answer, answered_again),
    ];
    for (call, one, other) in calls {
        check.that(
            parts::<K>(one).first() != parts::<K>(&other).first(),
            || format!("`{call}` makes of the same randomness the same, and should not"),
        )?;
    }
    Ok(())
}

/// The last bytes that a hybrid draws are the private key of its X25519 half.
fn x25519_last<K: KeyExchange>(
    check: &mut Check,
    (generating, responding): (usize, usize),
) -> Outcome {
    let for_client = bytes(1, generating);
    let for_server = bytes(2, responding);
    let (_, share) = given(generate::<K>(&mut Recorded::of(&for_client)), "`generate`")?;
    let answer = respond::<K>(&mut Recorded::of(&for_server), &share);
    let (answer, _) = given(answer, "`respond`")?;
    for (call, drawn, share) in [
        ("generate", for_client, share),
        ("respond", for_server, answer),
    ] {
        let private = drawn.last_chunk::<X25519>().ok_or("it draws too little")?;
        let other = generate::<reference::X25519>(&mut Recorded::of(private));
        let (_, expected) = given(other, "`generate` of the other implementation")?;
        check.that(share.ends_with(&expected), || {
            format!("the last bytes that `{call}` draws are not its X25519 key")
        })?;
    }
    Ok(())
}

fn random_failure<K: KeyExchange>(check: &mut Check) -> Outcome {
    let ((generating, responding), share, _) = draws::<K>()?;
    for after in 0..generating.max(1) {
        let generated = generate::<K>(&mut FailsOnce::after(after));
        reported(
            check,
            "generate",
            after,
            generating > 0,
            generated.map(drop),
        )?;
    }
    for after in 0..responding.max(1) {
        let answer = respond::<K>(&mut FailsOnce::after(after), &share);
        reported(check, "respond", after, responding > 0, answer.map(drop))?;
    }
    if K::ID == KeyExchangeId::P256 && K::REPLAYABLE {
        scalars::given_up(check, |random| generate::<K>(random))?;
    }
    Ok(())
}

fn reported(
    check: &mut Check,
    call: &str,
    after: usize,
    draws: bool,
    result: Result<(), CryptoError>,
) -> Outcome {
    let what = || format!("`{call}` from a source that fails after {after} bytes");
    if draws {
        return check.fails(result, is_random, what);
    }
    // Its randomness is its own.
    check.that(result.is_ok(), || format!("{}: {result:?}", what()))
}
