//! The rules of a whole [`CryptoSuite`].

use crate::aead::aead;
use crate::conversation::{conversation, low_order};
use crate::hash::hash;
use crate::key_exchange::key_exchange;
use crate::keys::KEY_STORE;
use crate::report::{Failure, Report};
use crate::rule::Rule;
use crate::run::Run;
use crate::transcripts::{Backend, CheckError, SuiteUnderTest, Transcripts, Unsupported};
use crate::verifier::verifier;
use ossuary_traits::{CryptoSuite, KeyExchangeId, Role};
use ossuary_vectors::TRANSCRIPTS;

/// Checks the suite `S`: its four parts, each as by itself; then whole
/// conversations of two of its sides, with every signature scheme that it
/// verifies; and the recorded conversations of the suite, in both roles.
///
/// The recorded conversations need randomness that is given: a suite whose key
/// exchange is not [`REPLAYABLE`](ossuary_traits::KeyExchange::REPLAYABLE) goes
/// without, and the report says so.
///
/// # Errors
///
/// The first rule that is broken.
pub fn suite<S: CryptoSuite>() -> Result<Report, Failure> {
    let suite = SuiteUnderTest::of::<S>();
    let libraries = (suite.libraries)().join("; ");
    let mut run = Run::new(libraries, S::ID.to_string());
    run.available(S::available())?;
    run.add(key_exchange::<S::KeyExchange>()?);
    run.add(aead::<S::Aead>()?);
    run.add(hash::<S::Hash>()?);
    run.add(verifier::<S::Verifier>()?);
    run.rule(Rule::Conversation, |check| conversation(check, &suite))?;
    if S::ID.key_exchange != KeyExchangeId::P256 {
        run.rule(Rule::LowOrder, |check| low_order(check, &suite))?;
    }
    transcripts::<S>(&mut run)?;
    run.finish()
}

fn transcripts<S: CryptoSuite>(run: &mut Run) -> Result<(), Failure> {
    let suite = SuiteUnderTest::of::<S>();
    let name = TRANSCRIPTS.name;
    let mut report = Report::default();
    run.rule(Rule::Transcripts, |_| {
        let transcripts = Transcripts::parse(TRANSCRIPTS.json);
        let transcripts = transcripts.map_err(|error| format!("{name}: {error}"))?;
        let transcripts = transcripts.of_suite(S::ID);
        if !suite.replayable {
            let why = "the key exchange draws its own randomness";
            report.not_run.push(format!("{name}: {why}"));
            return Ok(());
        }
        let backend = Backend {
            name: "this suite",
            suites: const { &[SuiteUnderTest::of::<S>()] },
            key_store: KEY_STORE,
        };
        for role in [Role::Client, Role::Server] {
            match transcripts.check(&backend, role, Unsupported::Skip) {
                Ok(checked) => {
                    report.known_answers += checked.transcripts;
                    let skipped = checked.skipped.iter();
                    let skipped = skipped.map(|skipped| format!("{name}: {skipped}"));
                    report.not_run.extend(skipped);
                }
                Err(CheckError::NothingRan) => {
                    let what = "it has nothing that this suite can run";
                    report.not_run.push(format!("{name}: {what}"));
                }
                Err(error) => return Err(format!("{name}: {error}")),
            }
        }
        Ok(())
    })?;
    run.add(report);
    Ok(())
}
