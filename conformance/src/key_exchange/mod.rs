//! The rules of [`KeyExchange`].

mod answers;
mod shares;

use crate::random::{Numbers, Recorded};
use crate::report::{Failure, Report};
use crate::rule::Rule;
use crate::run::{Check, Outcome, Run, given};
use ossuary_rustcrypto as reference;
use ossuary_traits::{CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random};

/// Checks the key exchange `K`: the known answers of its algorithm, that both
/// sides agree, with each other and with another implementation, that randomness
/// is drawn as the seam says, and what becomes of shares that are none, of low
/// order or not canonical, and of ML-KEM ciphertexts that were changed.
///
/// Known answers need a private key that is given: a key exchange that is not
/// [`REPLAYABLE`](KeyExchange::REPLAYABLE) goes without, and the report says so.
///
/// # Errors
///
/// The first rule that is broken.
pub fn key_exchange<K: KeyExchange>() -> Result<Report, Failure> {
    let mut run = Run::new(K::LIBRARY, K::ID.name());
    run.available(K::available())?;
    run.rule(Rule::Sizes, sizes::<K>)?;
    run.rule(Rule::Agreement, agreement::<K>)?;
    run.rule(Rule::FreshKeys, fresh_keys::<K>)?;
    run.rule(Rule::Randomness, randomness::<K>)?;
    run.rule(Rule::RandomFailure, random_failure::<K>)?;
    shares::check::<K>(&mut run)?;
    run.rule(Rule::Interoperation, |check| match K::ID {
        KeyExchangeId::X25519 => interoperation::<K, reference::X25519>(check),
        KeyExchangeId::P256 => interoperation::<K, reference::P256>(check),
        KeyExchangeId::X25519MlKem768 => interoperation::<K, reference::X25519MlKem768>(check),
        _ => Ok(()),
    })?;
    answers::check::<K>(&mut run)?;
    run.finish()
}

/// How many exchanges are made where one could be luck.
const EXCHANGES: u64 = 24;

/// A share and a secret.
type Answer = (Vec<u8>, Vec<u8>);

fn generate<K: KeyExchange>(random: &mut dyn Random) -> Result<(K, Vec<u8>), CryptoError> {
    let (key, share) = K::generate(random)?;
    Ok((key, share.as_ref().to_vec()))
}

fn respond<K: KeyExchange>(random: &mut dyn Random, client: &[u8]) -> Result<Answer, CryptoError> {
    let client = K::ClientShare::from_slice(client).ok_or(CryptoError::Unsupported)?;
    let (share, secret) = K::respond(random, &client)?;
    Ok((share.as_ref().to_vec(), secret.as_ref().to_vec()))
}

fn complete<K: KeyExchange>(key: K, server: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let server = K::ServerShare::from_slice(server).ok_or(CryptoError::Unsupported)?;
    Ok(key.complete(&server)?.as_ref().to_vec())
}

/// A client of the randomness of `seed`, which must come about.
fn client<K: KeyExchange>(seed: u64) -> Outcome<(K, Vec<u8>)> {
    given(generate(&mut Numbers::new(seed)), "`generate`")
}

/// A server's answer of the randomness of `seed`, which must come about.
fn answered<K: KeyExchange>(seed: u64, client: &[u8]) -> Outcome<Answer> {
    let answer = respond::<K>(&mut Numbers::new(seed), client);
    given(answer, "`respond`")
}

fn completed<K: KeyExchange>(key: K, server: &[u8]) -> Outcome<Vec<u8>> {
    given(complete(key, server), "`complete`")
}

fn sizes<K: KeyExchange>(check: &mut Check) -> Outcome {
    let sizes = [
        ("ClientShare", K::ClientShare::LEN, K::ID.client_share_len()),
        ("ServerShare", K::ServerShare::LEN, K::ID.server_share_len()),
        (
            "SharedSecret",
            K::SharedSecret::LEN,
            K::ID.shared_secret_len(),
        ),
    ];
    for (what, actual, expected) in sizes {
        check.that(actual == expected, || {
            format!("`{what}` has {actual} bytes and not {expected}")
        })?;
    }
    Ok(())
}

fn agreement<K: KeyExchange>(check: &mut Check) -> Outcome {
    for seed in 0..EXCHANGES {
        let (key, share) = client::<K>(2 * seed)?;
        let (server_share, secret) = answered::<K>(2 * seed + 1, &share)?;
        let completed = completed(key, &server_share)?;
        check.that(completed == secret, || {
            "`complete` gives another than `respond`".to_owned()
        })?;
    }
    Ok(())
}

fn fresh_keys<K: KeyExchange>(check: &mut Check) -> Outcome {
    let (_, first) = client::<K>(1)?;
    let (_, second) = client::<K>(2)?;
    check.that(first != second, || {
        "`generate` makes the same share twice".to_owned()
    })?;
    let (share, secret) = answered::<K>(3, &first)?;
    let (other_share, other_secret) = answered::<K>(4, &first)?;
    check.that(share != other_share, || {
        "`respond` makes the same share twice".to_owned()
    })?;
    check.that(secret != other_secret, || {
        "`respond` gives the same secret twice".to_owned()
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
    if !K::REPLAYABLE {
        return Ok(());
    }
    let (_, again) = client::<K>(1)?;
    check.that(share == again, || {
        "`generate` makes two shares of the same randomness".to_owned()
    })?;
    check.that(answer == answered::<K>(2, &share)?, || {
        "`respond` gives two answers of the same randomness".to_owned()
    })?;
    if K::ID == KeyExchangeId::P256 {
        redrawn::<K>(check)?;
    }
    Ok(())
}

/// The order of the curve P-256, big-endian (SP 800-186, section 3.2.1.3).
pub(crate) const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// "private scalar, 32 bytes, big-endian; again where it is 0 or not below the
/// order".
fn redrawn<K: KeyExchange>(check: &mut Check) -> Outcome {
    let scalar = [0x5a; 32];
    let (_, expected) = given(generate::<K>(&mut Recorded::of(&scalar)), "`generate`")?;
    for (what, bad) in [
        ("of 0", [0; 32]),
        ("of the order", P256_ORDER),
        ("above the order", [0xff; 32]),
    ] {
        let mut random = Recorded::of(&[bad, scalar].concat());
        let generated = generate::<K>(&mut random);
        let (_, share) = given(generated, &format!("`generate` with a scalar {what} first"))?;
        check.that(share == expected && random.left() == 0, || {
            format!("a scalar {what} is not drawn again")
        })?;
    }
    Ok(())
}

fn random_failure<K: KeyExchange>(check: &mut Check) -> Outcome {
    let ((generating, responding), share, _) = draws::<K>()?;
    for left in [0, generating.saturating_sub(1)] {
        let generated = generate::<K>(&mut Recorded::of(&vec![1; left]));
        reported(check, "generate", left, generating > 0, generated.map(drop))?;
    }
    for left in [0, responding.saturating_sub(1)] {
        let answer = respond::<K>(&mut Recorded::of(&vec![1; left]), &share);
        reported(check, "respond", left, responding > 0, answer.map(drop))?;
    }
    Ok(())
}

fn reported(
    check: &mut Check,
    call: &str,
    left: usize,
    draws: bool,
    result: Result<(), CryptoError>,
) -> Outcome {
    let what = || format!("`{call}` from a source that fails after {left} bytes");
    if draws {
        let is_random = |error: &CryptoError| matches!(error, CryptoError::Random(_));
        return check.fails(result, is_random, what);
    }
    // Its randomness is its own.
    check.that(result.is_ok(), || format!("{}: {result:?}", what()))
}

/// `K` on one side and `R` on the other, in both roles.
fn interoperation<K: KeyExchange, R: KeyExchange>(check: &mut Check) -> Outcome {
    for seed in 0..EXCHANGES {
        let (key, share) = client::<K>(4 * seed)?;
        let answer = respond::<R>(&mut Numbers::new(4 * seed + 1), &share);
        let what = format!("`respond` of {} to its share", R::LIBRARY);
        let (server_share, secret) = given(answer, &what)?;
        let completed = completed(key, &server_share)?;
        check.that(completed == secret, || {
            format!("as client it has another than {}", R::LIBRARY)
        })?;

        let (key, share) = client::<R>(4 * seed + 2)?;
        let (server_share, secret) = answered::<K>(4 * seed + 3, &share)?;
        let what = format!("`complete` of {} with its share", R::LIBRARY);
        let completed = given(complete(key, &server_share), &what)?;
        check.that(completed == secret, || {
            format!("as server it has another than {}", R::LIBRARY)
        })?;
    }
    Ok(())
}
