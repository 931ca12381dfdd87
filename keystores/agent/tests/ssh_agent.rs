//! Host keys in OpenSSH's own agent.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod common;

use common::{Ends, kind, said};
use ossuary::trust::fingerprint;
use ossuary::{Builder, OssuaryConnection, OssuaryError};
use ossuary_agent::Agent;
use ossuary_rustcrypto::RustCryptoVerifier;
use ossuary_test_parts::{SshAgent, converse, converse_in_both_roles};
use ossuary_traits::KeyStoreErrorKind::{Denied, Locked, NotFound};
use ossuary_traits::{
    Identity, KeyStore, KeyStoreError, Role, SignRequest, SignatureScheme, Signing,
};
use std::path::PathBuf;

const SCHEMES: [SignatureScheme; 2] = [SignatureScheme::Ed25519, SignatureScheme::EcdsaP256Sha256];

/// An agent with a key of each scheme, and their files.
fn both() -> (SshAgent, Agent, [PathBuf; 2]) {
    let part = SshAgent::start();
    let files = SCHEMES.map(|scheme| part.add_key(scheme, &format!("host key of {scheme}")));
    let agent = Agent::at(part.socket());
    (part, agent, files)
}

fn sign(agent: &Agent, identity: &Identity) -> Result<Signing, KeyStoreError> {
    agent.sign(identity, &SignRequest::new(Role::Server, b"message"))
}

#[test]
fn it_is_a_key_store() {
    let (_part, agent, _) = both();
    let report = ossuary_conformance::key_store::<RustCryptoVerifier>(&agent).unwrap();
    assert!(report.not_run.is_empty(), "{report}");
}

#[test]
fn each_of_its_keys_holds_a_conversation() {
    let (_part, agent, _) = both();
    let identities = agent.identities().unwrap();
    let schemes: Vec<_> = identities.iter().map(Identity::scheme).collect();
    assert_eq!(schemes, SCHEMES);
    for identity in &identities {
        converse_in_both_roles(&agent, identity);
    }
}

#[test]
fn a_key_is_chosen_by_its_fingerprint_or_its_comment() {
    let (part, agent, files) = both();
    let keys = agent.keys().unwrap();
    for (key, (file, scheme)) in keys.iter().zip(files.iter().zip(SCHEMES)) {
        assert_eq!(key.fingerprint(), part.fingerprint(file));
        assert_eq!(key.fingerprint(), fingerprint(key.identity()));
        assert_eq!(key.comment(), format!("host key of {scheme}"));
        assert_eq!(key.identity().scheme(), scheme);
        assert_eq!(agent.find(key.fingerprint()).unwrap(), *key.identity());
        assert_eq!(agent.find(key.comment()).unwrap(), *key.identity());
    }
    for name in ["", "host key", "SHA256:", "ssh-ed25519", "another"] {
        let error = agent.find(name).unwrap_err();
        assert_eq!(error.kind(), NotFound);
        assert!(
            said(&error).contains(&format!("{name:?}")),
            "{}",
            said(&error)
        );
    }

    let other = part.add_key(SignatureScheme::Ed25519, keys[1].comment());
    let error = agent.find(keys[1].comment()).unwrap_err();
    assert_eq!(error.kind(), NotFound);
    for fingerprint in [keys[1].fingerprint(), &part.fingerprint(&other)] {
        assert!(said(&error).contains(fingerprint), "{}", said(&error));
        agent.find(fingerprint).unwrap();
    }
}

#[test]
fn keys_of_other_kinds_are_left_out() {
    let part = SshAgent::start();
    let agent = Agent::at(part.socket());
    part.add(&part.make_key_of_type("rsa", "key of RSA"), &[]);
    assert!(agent.keys().unwrap().is_empty());
    assert_eq!(kind(agent.identities()), NotFound);
    assert_eq!(kind(agent.find("key of RSA")), NotFound);
    let _ = part.add_key(SignatureScheme::Ed25519, "key of Ed25519");
    let keys = agent.keys().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].comment(), "key of Ed25519");
}

/// A client with an agent is never anonymous without being told.
#[test]
fn a_locked_agent_and_an_empty_one_are_found() {
    let (part, agent, _) = both();
    let identities = agent.identities().unwrap();
    let locked = || {
        assert!(agent.keys().unwrap().is_empty());
        assert_eq!(kind(agent.identities()), Locked);
        assert_eq!(kind(agent.find("host key")), Locked);
        for identity in &identities {
            assert_eq!(kind(sign(&agent, identity)), Locked);
        }
        let built: Result<OssuaryConnection<_, _>, _> = Builder::<ossuary::DefaultSuite>::client()
            .key_store(&agent)
            .build();
        assert!(matches!(built, Err(OssuaryError::KeyStore(error)) if error.kind() == Locked));
    };
    part.lock("passphrase");
    locked();
    part.unlock("passphrase");
    assert_eq!(agent.identities().unwrap(), identities);
    converse_in_both_roles(&agent, &identities[0]);
    part.remove_all();
    locked();
}

/// The store knows the keys from before: what it says is what the agent lists then.
#[test]
fn an_agent_that_is_locked_in_between_refuses_to_sign() {
    let (part, agent, _) = both();
    for identity in &agent.identities().unwrap() {
        part.lock("passphrase");
        assert_eq!(kind(sign(&agent, identity)), Locked);
        part.unlock("passphrase");
        sign(&agent, identity).unwrap();
    }
}

#[test]
fn a_key_that_was_removed_is_not_found() {
    let (part, agent, files) = both();
    let identities = agent.identities().unwrap();
    part.remove(&files[0]);
    for _ in 0..2 {
        assert_eq!(kind(sign(&agent, &identities[0])), NotFound);
    }
    sign(&agent, &identities[1]).unwrap();
    part.add(&files[0], &[]);
    sign(&agent, &identities[0]).unwrap();
}

#[test]
fn a_person_can_say_no() {
    let part = SshAgent::start();
    let agent = Agent::at(part.socket());
    for scheme in SCHEMES {
        part.add(&part.make_key(scheme, "ask first"), &["-c"]);
    }
    for identity in &agent.identities().unwrap() {
        for role in [Role::Client, Role::Server] {
            match converse(role, &agent, identity).unwrap_err() {
                OssuaryError::KeyStore(error) => assert_eq!(error.kind(), Denied),
                other => panic!("{other:?}"),
            }
        }
        part.answer("yes");
        converse_in_both_roles(&agent, identity);
        part.answer("no");
    }
}

#[test]
fn an_agent_that_is_not_there_is_not_found() {
    let mut part = SshAgent::start();
    let _ = part.add_key(SignatureScheme::Ed25519, "key");
    let agent = Agent::at(part.socket());
    let identity = agent.find("key").unwrap();
    part.kill();
    // The socket is there and nobody listens; then it is gone too.
    for _ in 0..2 {
        assert_eq!(kind(agent.keys()), NotFound);
        assert_eq!(kind(sign(&agent, &identity)), NotFound);
        let error = agent.identities().unwrap_err();
        assert!(said(&error).contains(part.socket().to_str().unwrap()));
        let _ = std::fs::remove_file(part.socket());
    }
}

/// The agent ends in the middle of a handshake: nothing is sent, and the same connection
/// completes with an agent that was started in its place.
#[test]
fn a_connection_outlives_its_agent() {
    for scheme in SCHEMES {
        for role in [Role::Client, Role::Server] {
            let mut part = SshAgent::start();
            let file = part.add_key(scheme, "host key");
            let agent = Agent::at(part.socket());
            let identity = agent.find("host key").unwrap();
            let mut ends = Ends::up_to_signing(role, &agent, &identity);
            part.kill();
            ends.fails_to_send(NotFound);
            part.restart();
            ends.fails_to_send(Locked);
            part.add(&file, &[]);
            ends.complete();
        }
    }
}
