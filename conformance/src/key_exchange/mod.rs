//! The rules of [`KeyExchange`].

mod answers;
mod randomness;
mod shares;

use crate::random::Numbers;
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
    randomness::check::<K>(&mut run)?;
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

/// The bytes of an X25519 share, and of a secret: a hybrid's end in them.
const X25519: usize = 32;

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
