//! Implementations that are wrong on purpose, each in one way, and the rule that
//! must catch it: RustCrypto's parts, with a fault put in between.

mod aead;
mod hash;
mod key_exchange;
mod key_store;
mod signing_key;
mod suite;
mod verifier;

use crate::report::{Failure, Report};
use crate::rule::Rule;
use std::fmt::Write;

/// A check of one of them.
type Checked = fn() -> Result<Report, Failure>;

/// What is wrong with it, and its check.
type Mutant = (Rule, &'static str, Checked);

/// What is unusual about it, and right all the same, and its check.
type Right = (&'static str, Checked);

fn tables() -> [&'static [Mutant]; 7] {
    [
        aead::MUTANTS,
        hash::MUTANTS,
        key_exchange::MUTANTS,
        verifier::MUTANTS,
        key_store::MUTANTS,
        signing_key::MUTANTS,
        suite::MUTANTS,
    ]
}

#[test]
fn each_mutant_is_caught_by_its_rule() {
    let mut wrong = String::new();
    for (rule, what, checked) in tables().concat() {
        match checked() {
            Err(failure) if failure.rule == rule => println!("{what}: {failure}"),
            Err(failure) => writeln!(wrong, "{rule} was to catch it: {what}: {failure}").unwrap(),
            Ok(report) => writeln!(wrong, "{rule} did not catch it: {what}: {report}").unwrap(),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_rule_catches_a_mutant() {
    let mutants = tables().concat();
    for rule in Rule::ALL {
        assert!(mutants.iter().any(|(by, _, _)| by == rule), "{rule}");
    }
}

#[test]
fn what_is_right_passes() {
    let right = [
        aead::RIGHT,
        key_exchange::RIGHT,
        key_store::RIGHT,
        signing_key::RIGHT,
    ];
    for (what, checked) in right.concat() {
        match checked() {
            Ok(report) => println!("{report}"),
            Err(failure) => panic!("{what}: {failure}"),
        }
    }
}
