use crate::common::{self, Scratch, in_turn, told, told_of_keystore, trial};
use ossuary_os::Place;
use ossuary_traits::{KeyStoreErrorKind, SignatureScheme};
use std::fs;
use std::process::ExitCode;

const PLACE: Place = Place::KernelKeyring;

pub(crate) fn with_keyrings() -> ExitCode {
    let mut trials = common::of(PLACE);
    trials.push(trial("nothing_is_left_behind", nothing_is_left_behind));
    in_turn(trials)
}

/// The session keyring was revoked, as at the end of a login.
pub(crate) fn after_the_session() -> ExitCode {
    in_turn(vec![trial("it_is_locked", || {
        let item = Scratch::new(PLACE, "revoked");
        for (kind, reason) in [
            told(item.open()),
            told(item.delete()),
            told_of_keystore(item.create(SignatureScheme::Ed25519)),
        ] {
            assert_eq!(kind, KeyStoreErrorKind::Locked, "{reason}");
            assert!(reason.contains("KeyRevoked"), "{reason}");
        }
    })])
}

fn nothing_is_left_behind() {
    let item = Scratch::new(PLACE, "left");
    let listed = || {
        let keys = fs::read_to_string("/proc/keys").unwrap();
        let of_item = keys.lines().filter(|line| line.contains(item.service()));
        let of_item = of_item.filter(|line| line.contains("keyring:left@"));
        // The second field is of flags: those that are invalid are about to go.
        let flags = of_item.filter_map(|line| line.split_whitespace().nth(1));
        flags.filter(|flags| !flags.ends_with('i')).count()
    };
    item.create(SignatureScheme::Ed25519).unwrap();
    assert_eq!(listed(), 1);
    item.delete().unwrap();
    assert_eq!(listed(), 0);
}
