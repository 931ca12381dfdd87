//! A check under way: what it is of, what it has counted, and how a broken rule
//! becomes a [`Failure`].

use crate::primitives::{Test, load};
use crate::report::{Failure, Report};
use crate::rule::Rule;
use ossuary_traits::CryptoError;
use ossuary_vectors::File;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What was seen in place of what the rule demands.
pub(crate) type Outcome<T = ()> = Result<T, String>;

pub(crate) struct Run {
    report: Report,
}

impl Run {
    pub(crate) fn new(library: impl Into<String>, algorithm: impl Into<String>) -> Self {
        Run {
            report: Report {
                library: library.into(),
                algorithm: algorithm.into(),
                ..Report::default()
            },
        }
    }

    fn failure(&self, rule: Rule, seen: String) -> Failure {
        Failure {
            library: self.report.library.clone(),
            algorithm: self.report.algorithm.clone(),
            rule,
            seen,
        }
    }

    /// Checks one rule. Nothing may panic, whatever its input.
    pub(crate) fn rule(
        &mut self,
        rule: Rule,
        check: impl FnOnce(&mut Check) -> Outcome,
    ) -> Result<(), Failure> {
        let mut counting = Check { count: 0 };
        let checked = guarded(|| check(&mut counting));
        self.report.checks += counting.count;
        checked.map_err(|seen| self.failure(rule, seen))
    }

    pub(crate) fn available(&mut self, available: Result<(), CryptoError>) -> Result<(), Failure> {
        self.rule(Rule::Available, |_| available.map_err(|error| told(&error)))
    }

    /// Runs the known answers of a file that `applies` to.
    pub(crate) fn known_answers<T: DeserializeOwned>(
        &mut self,
        rule: Rule,
        file: File,
        applies: impl Fn(&T) -> bool,
        check: impl Fn(&Test<T>) -> Outcome,
    ) -> Result<(), Failure> {
        let name = file.name;
        let broken = |seen| self.failure(rule, format!("{name}: {seen}"));
        let tests = load::<T>(file.json).map_err(broken)?;
        let mut ran = 0;
        for test in tests.iter().filter(|test| applies(&test.fields)) {
            guarded(|| check(test)).map_err(|seen| {
                let (tc_id, comment) = (test.tc_id, &test.comment);
                self.failure(rule, format!("{name}, tcId {tc_id} ({comment}): {seen}"))
            })?;
            ran += 1;
        }
        if ran == 0 {
            let algorithm = &self.report.algorithm;
            self.not_run(format!("{name}: it has nothing for {algorithm}"));
        }
        self.report.known_answers += ran;
        Ok(())
    }

    pub(crate) fn not_run(&mut self, what: String) {
        self.report.not_run.push(what);
    }

    pub(crate) fn add(&mut self, part: Report) {
        self.report.add(part);
    }

    /// The report; a run of nothing is none.
    pub(crate) fn finish(self) -> Result<Report, Failure> {
        if self.report.known_answers + self.report.checks == 0 {
            let not_run = self.report.not_run.join("; ");
            return Err(self.failure(Rule::SomethingRan, format!("nothing ran: {not_run}")));
        }
        Ok(self.report)
    }
}

/// Counts comparisons.
pub(crate) struct Check {
    count: usize,
}

impl Check {
    /// Something held that had nothing to be compared with.
    pub(crate) fn passed(&mut self) {
        self.count += 1;
    }

    pub(crate) fn that(&mut self, holds: bool, seen: impl FnOnce() -> String) -> Outcome {
        self.count += 1;
        if holds { Ok(()) } else { Err(seen()) }
    }

    /// The call failed, with the error that `expected` tells.
    pub(crate) fn fails<T>(
        &mut self,
        result: Result<T, CryptoError>,
        expected: fn(&CryptoError) -> bool,
        what: impl FnOnce() -> String,
    ) -> Outcome {
        self.count += 1;
        match result {
            Err(error) if expected(&error) => Ok(()),
            Err(error) => Err(format!("{}: it is refused as {error:?}", what())),
            Ok(_) => Err(format!("{}: it is accepted", what())),
        }
    }
}

pub(crate) fn is_verification(error: &CryptoError) -> bool {
    matches!(error, CryptoError::Verification)
}

pub(crate) fn is_invalid_share(error: &CryptoError) -> bool {
    matches!(error, CryptoError::InvalidShare)
}

pub(crate) fn is_random(error: &CryptoError) -> bool {
    matches!(error, CryptoError::Random(_))
}

/// A value that a call must give.
pub(crate) fn given<T, E: Error>(result: Result<T, E>, what: &str) -> Outcome<T> {
    result.map_err(|error| format!("{what} fails: {}", told(&error)))
}

/// An error, with what is behind it.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        told = format!("{told}: {error}");
        source = error.source();
    }
    told
}

fn guarded(check: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
        let message = message(panic.as_ref());
        Err(format!("it panicked: {message}"))
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    let message = literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    message.unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::Digest;
    use ossuary_vectors::SHA2;

    #[test]
    fn a_run_of_nothing_is_a_failure() {
        let mut run = Run::new("a library", "an algorithm");
        run.known_answers::<Digest>(Rule::HashAnswers, SHA2, |_| false, |_| Ok(()))
            .unwrap();
        let failure = run.finish().unwrap_err();
        assert_eq!(failure.rule, Rule::SomethingRan);
        assert_eq!(
            failure.seen,
            "nothing ran: primitives/sha2.json: it has nothing for an algorithm"
        );
    }

    #[test]
    fn a_broken_rule_and_a_panic_tell_what_was_seen() {
        let mut run = Run::new("a library", "an algorithm");
        let failure = run.rule(Rule::TagBits, |check| {
            check.that(true, String::new)?;
            check.that(false, || "one of them does not".to_owned())
        });
        assert_eq!(
            format!("{:?}", failure.unwrap_err()),
            "a library, an algorithm: tag-bits: every bit of the tag counts; \
             but one of them does not"
        );
        let failure = run.rule(Rule::TagBits, |_| panic!("for no reason"));
        assert_eq!(failure.unwrap_err().seen, "it panicked: for no reason");
        // What was counted before it broke stays counted.
        assert_eq!(run.finish().unwrap().checks, 2);
    }

    #[test]
    fn a_known_answer_tells_where_it_stands() {
        let mut run = Run::new("a library", "an algorithm");
        let wrong = |test: &Test<Digest>| match test.tc_id {
            2 => Err("it is another".to_owned()),
            _ => Ok(()),
        };
        let failure = run.known_answers(Rule::HashAnswers, SHA2, |_| true, wrong);
        let seen = failure.unwrap_err().seen;
        assert!(seen.starts_with("primitives/sha2.json, tcId 2 ("), "{seen}");
        assert!(seen.ends_with("): it is another"), "{seen}");
    }
}
