//! Keys in SoftHSM 2: what works, what is refused, and what comes back after it went away.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod going_away;
mod hsm;
mod keys;
mod opening;
mod sessions;

use hsm::Hsm;
use libtest_mimic::{Arguments, Trial};
use ossuary_test_parts::softhsm;
use std::process::ExitCode;

/// What is tried, with the token of its name.
type Named = (&'static str, fn(&Hsm));

const TRIALS: &[Named] = &[
    ("ed25519_conforms", keys::ed25519_conforms),
    ("p256_conforms", keys::p256_conforms),
    ("keys_converse", keys::keys_converse),
    ("keys_are_found_by_the_uri", keys::keys_are_found_by_the_uri),
    ("keys_of_other_tools", keys::keys_of_other_tools),
    ("private_keys_stay", keys::private_keys_stay),
    ("an_id_is_for_one_key", keys::an_id_is_for_one_key),
    ("unfit_keys", keys::unfit_keys),
    ("keys_without_public_key", keys::keys_without_public_key),
    (
        "another_key_than_announced",
        keys::another_key_than_announced,
    ),
    ("what_is_missing", opening::what_is_missing),
    ("a_wrong_pin", opening::a_wrong_pin),
    ("no_pin", opening::no_pin),
    ("a_pin_in_a_file", opening::a_pin_in_a_file),
    ("a_token_without_a_pin", opening::a_token_without_a_pin),
    ("a_label_with_controls", opening::a_label_with_controls),
    ("the_security_officer", opening::the_security_officer),
    (
        "one_login_for_the_process",
        opening::one_login_for_the_process,
    ),
    ("threads_share_sessions", sessions::threads_share_sessions),
    ("sessions_are_closed", sessions::sessions_are_closed),
    ("logged_out", going_away::logged_out),
    ("sessions_gone", going_away::sessions_gone),
    ("module_finalized", going_away::module_finalized),
    ("threads_find_it_gone", going_away::threads_find_it_gone),
    ("a_wrong_pin_when_back", going_away::a_wrong_pin_when_back),
    ("another_with_the_label", going_away::another_with_the_label),
    ("key_deleted", going_away::key_deleted),
    ("initialized_again", going_away::initialized_again),
];

fn main() -> ExitCode {
    let labels: Vec<_> = TRIALS.iter().map(|(name, _)| *name).collect();
    softhsm::run(&labels, |hsm| {
        let trials = TRIALS.iter().map(|(name, trial)| {
            let hsm = Hsm::new(hsm.clone(), name);
            Trial::test(*name, move || {
                trial(&hsm);
                Ok(())
            })
        });
        let mut arguments = Arguments::from_args();
        // Some finalize the module, which is one for the process.
        arguments.test_threads = Some(1);
        libtest_mimic::run(&arguments, trials.collect()).exit_code()
    })
}
