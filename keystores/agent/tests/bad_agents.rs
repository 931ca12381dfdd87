//! Agents that do not keep to the protocol, and agents of other makes: made by hand,
//! answer by answer.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod common;

use common::by_hand::{
    Answer, ByHand, FAILURE, FULL_QUEUE, SUCCESS, dripping, ed25519_blob, frame, framed, in_time,
    key, list, our_list, signed, signing_with, some_signature, string, with_full_queue,
};
use common::{Ends, kind, said};
use ossuary::trust::fingerprint;
use ossuary_agent::Agent;
use ossuary_rustcrypto::EcdsaP256SigningKey;
use ossuary_traits::KeyStoreErrorKind::{Broken, Denied, Locked, NotFound, TryAgain};
use ossuary_traits::{
    Identity, KeyStore, KeyStoreError, Role, Secret, SignRequest, Signing, SigningKey,
};
use std::fs;
use std::os::unix::net::UnixListener;
use std::time::Duration;

fn sign(agent: &Agent, identity: &Identity) -> Result<Signing, KeyStoreError> {
    agent.sign(identity, &SignRequest::new(Role::Server, b"message"))
}

#[test]
fn requests_are_those_of_the_protocol() {
    let identity = key(1).identity();
    let (by_hand, agent) = ByHand::new([frame(&our_list()), frame(&some_signature())]);
    match sign(&agent, &identity).unwrap() {
        Signing::Done(signature) => assert_eq!(signature.bytes(), [7; 64]),
        Signing::Pending => panic!("it is pending"),
    }
    let asked = [
        vec![11],
        [
            &[13][..],
            &string(&ed25519_blob(&identity)),
            &string(b"message"),
            &[0; 4],
        ]
        .concat(),
    ];
    assert_eq!(by_hand.requests(), asked);
}

#[test]
fn malformed_lists_are_found() {
    let list = our_list();
    let mut long_key = list.clone();
    // The key's length, and with that everything behind it.
    long_key[5..9].copy_from_slice(&u32::MAX.to_be_bytes());
    let mut too_many = list.clone();
    too_many[1..5].copy_from_slice(&u32::MAX.to_be_bytes());
    let too_few = [&[12][..], &[0; 4], &list[5..]].concat();
    let with_rest = [&list[..], &[0]].concat();
    let cases = [
        vec![],
        vec![0],
        SUCCESS.to_vec(),
        some_signature(),
        vec![12],
        list[..list.len() - 1].to_vec(),
        long_key,
        too_many,
        too_few,
        with_rest,
    ];
    for case in cases {
        let (by_hand, agent) = ByHand::new([frame(&case)]);
        let error = agent.identities().unwrap_err();
        assert_eq!(error.kind(), Broken, "{case:?}");
        assert!(said(&error).contains("malformed"), "{}", said(&error));
        by_hand.requests();
    }
    for end in 1..list.len() {
        let (by_hand, agent) = ByHand::new([frame(&list[..end])]);
        assert_eq!(kind(agent.identities()), Broken, "{end}");
        by_hand.requests();
    }
}

#[test]
fn malformed_signatures_are_found() {
    let right = some_signature();
    let cases = [
        vec![],
        SUCCESS.to_vec(),
        vec![28],
        our_list(),
        right[..right.len() - 1].to_vec(),
        [&right[..], &[0]].concat(),
        signed(b"ssh-ed25519", &[7; 63]),
        signed(b"ssh-ed25519", &[7; 65]),
        signed(b"ssh-ed25519", &[]),
        // Of another algorithm, whatever its length.
        signed(b"rsa-sha2-256", &[7; 64]),
        signed(
            b"ecdsa-sha2-nistp256",
            &[string(&[1]), string(&[1])].concat(),
        ),
        signed(b"somebody@example.com", &[7; 64]),
        signed(b"", &[7; 64]),
        signed(&[0xff; 11], &[7; 64]),
    ];
    for case in cases {
        let (by_hand, agent) = ByHand::new([frame(&our_list()), frame(&case)]);
        assert_eq!(kind(sign(&agent, &key(1).identity())), Broken, "{case:?}");
        by_hand.requests();
    }
}

#[test]
fn a_length_is_not_believed() {
    let announced = |len: u32| [&len.to_be_bytes()[..], &our_list()].concat();
    for len in [256 * 1024 + 1, 1 << 31, u32::MAX] {
        let (by_hand, agent) = ByHand::new([announced(len)]);
        let error = agent.identities().unwrap_err();
        assert_eq!(error.kind(), Broken);
        assert!(said(&error).contains(&len.to_string()), "{}", said(&error));
        by_hand.requests();
    }
    // The longest answer that is read: one key, and others that are none.
    let ours = ed25519_blob(&key(1).identity());
    let rest = 256 * 1024 - list(&[(&ours, b"key"), (&[], b"")]).len();
    let longest = list(&[(&vec![0; rest], b""), (&ours, b"key")]);
    assert_eq!(longest.len(), 256 * 1024);
    let (by_hand, agent) = ByHand::new([frame(&longest)]);
    assert_eq!(agent.find("key").unwrap(), key(1).identity());
    by_hand.requests();
}

#[test]
fn an_agent_that_ends_before_it_has_answered_may_be_asked_again() {
    let list = frame(&our_list());
    for end in [0, 1, 4, 5, list.len() - 1] {
        let (by_hand, agent) = ByHand::new([list[..end].to_vec(), list.clone()]);
        assert_eq!(kind(agent.identities()), TryAgain);
        assert_eq!(agent.identities().unwrap(), [key(1).identity()]);
        by_hand.requests();
    }
}

#[test]
fn a_refusal_is_told_apart_by_what_is_listed_then() {
    let identity = key(1).identity();
    let other = list(&[(&ed25519_blob(&key(2).identity()), b"other")]);
    let cases = [
        (our_list(), Denied),
        (other, NotFound),
        (list(&[]), Locked),
        (FAILURE.to_vec(), Locked),
        (vec![0], Broken),
    ];
    for (then, class) in cases {
        let (by_hand, agent) = ByHand::new([our_list(), FAILURE.to_vec(), then].map(framed));
        agent.identities().unwrap();
        assert_eq!(kind(sign(&agent, &identity)), class);
        by_hand.requests();
    }
}

/// The list may hold keys that nobody here has heard of, and comments of other times.
#[test]
fn foreign_keys_and_comments_do_no_harm() {
    let ours = key(1).identity();
    let blob = ed25519_blob(&ours);
    let long = [string(b"ssh-ed25519"), string(&[7; 33])].concat();
    let with_rest = [&blob[..], &[0]].concat();
    let listed = list(&[
        (&[string(b"ssh-ed448"), string(&[7; 57])].concat(), b"Ed448"),
        (b"", b""),
        (b"not a key", b"\xff"),
        (&long, b"33 bytes"),
        (&with_rest, b"a byte too many"),
        (&blob, b"cl\xe9"),
    ]);
    let (by_hand, agent) = ByHand::new([frame(&listed)]);
    let keys = agent.keys().unwrap();
    by_hand.requests();
    assert_eq!(keys.len(), 1);
    assert_eq!(*keys[0].identity(), ours);
    assert_eq!(keys[0].comment(), "cl\u{fffd}");
}

/// A forwarded agent's texts are somebody else's. They would be printed.
#[test]
fn texts_of_an_agent_do_not_command_a_terminal() {
    let blob = ed25519_blob(&key(1).identity());
    let evil = "\x1b]0;title\x07\r\n\u{9b}2J\u{7f}\0\u{202e}txt\u{2069}.";
    let clean = "?]0;title????2J???txt?.".replace('?', "\u{fffd}");
    let listed = list(&[(&blob, evil.as_bytes())]);
    let answers = [&listed, &listed, &listed, FAILURE, &listed].map(frame);
    let (by_hand, agent) = ByHand::new(answers);
    assert_eq!(agent.keys().unwrap()[0].comment(), clean);
    let identity = agent.find(&clean).unwrap();
    let mut errors = vec![
        agent.find(evil).unwrap_err(),
        sign(&agent, &identity).unwrap_err(),
    ];
    by_hand.requests();
    assert!(said(&errors[1]).contains(&clean), "{:?}", said(&errors[1]));

    // The names of algorithms: one of the right form, and one that is malformed.
    for algorithm in [&b"\x1b[2J@example.com"[..], b"\x1b[2J"] {
        let answers = [our_list(), signed(algorithm, &[7; 64])].map(framed);
        let (by_hand, agent) = ByHand::new(answers);
        errors.push(sign(&agent, &identity).unwrap_err());
        by_hand.requests();
    }
    for error in errors {
        let texts = [said(&error), format!("{error:?}")];
        assert!(!texts.concat().contains(char::is_control), "{texts:?}");
    }
}

/// The base point of P-256 (SEC 2, section 2.4.2), uncompressed: the public key of the
/// secret 1.
#[rustfmt::skip]
const BASE_POINT: [u8; 65] = [
    0x04,
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
    0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];

/// RFC 5656 has points in uncompressed form, and numbers without leading zeros.
#[test]
fn ecdsa_is_taken_from_its_encoding() {
    let mut one = [0; 32];
    one[31] = 1;
    let key = EcdsaP256SigningKey::from_secret(Secret::from(one)).unwrap();
    let name = b"ecdsa-sha2-nistp256";
    let blob = [string(name), string(b"nistp256"), string(&BASE_POINT)].concat();
    let numbers = [string(&[1]), string(&[&[0][..], &[0xff; 32]].concat())].concat();
    let answers = [list(&[(&blob, b"key")]), signed(name, &numbers)];
    let (by_hand, agent) = ByHand::new(answers.map(framed));
    let identity = key.identity();
    let listed = &agent.keys().unwrap()[0];
    assert_eq!(*listed.identity(), identity);
    assert_eq!(listed.fingerprint(), fingerprint(&identity));
    match sign(&agent, &identity).unwrap() {
        Signing::Done(signature) => {
            assert_eq!(
                signature.bytes(),
                [&[0; 31][..], &[1], &[0xff; 32]].concat()
            );
        }
        Signing::Pending => panic!("it is pending"),
    }
    let requests = by_hand.requests();
    assert!(requests[1][1..].starts_with(&string(&blob)));
}

/// The signature is well-formed, and of another key: the connection finds it at home.
#[test]
fn a_signature_by_another_key_is_the_agents_fault() {
    for role in [Role::Client, Role::Server] {
        let listing = || Box::new(|_: &[u8]| frame(&our_list())) as Answer;
        let answers = vec![listing(), listing(), signing_with(2), signing_with(1)];
        let (by_hand, agent) = ByHand::answering(answers);
        let identity = agent.find("key").unwrap();
        let mut ends = Ends::up_to_signing(role, &agent, &identity);
        ends.fails_to_send(Broken);
        ends.complete();
        by_hand.requests();
    }
}

#[test]
fn an_agent_that_does_not_answer_is_given_up_where_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _listener = UnixListener::bind(&path).unwrap();
    for timeout in [Duration::ZERO, Duration::from_millis(10)] {
        let agent = Agent::at(&path).with_timeout(timeout);
        assert_eq!(kind(agent.identities()), TryAgain);
    }
}

#[test]
fn an_agent_that_takes_no_connection_is_given_up_too() {
    let (_sockets, agent) = with_full_queue();
    let agent = agent.with_timeout(Duration::from_millis(10));
    assert_eq!(in_time(move || kind(agent.identities())), FULL_QUEUE);
}

#[test]
fn the_timeout_is_for_the_answer_as_a_whole() {
    let (_folder, agent) = dripping();
    let agent = agent.with_timeout(Duration::from_millis(100));
    assert_eq!(in_time(move || kind(agent.identities())), TryAgain);
}

#[test]
fn the_longest_timeout_is_none() {
    let (by_hand, agent) = ByHand::new([frame(&our_list())]);
    let agent = agent.with_timeout(Duration::MAX);
    assert_eq!(agent.identities().unwrap(), [key(1).identity()]);
    by_hand.requests();
}

#[test]
fn a_path_that_is_no_socket_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let _listener = UnixListener::bind(folder.path().join("socket")).unwrap();
    let paths = [
        folder.path().join("nothing"),
        file.clone(),
        file.join("in it"),
        folder.path().join("x".repeat(200)),
        folder.path().join("socket\0"),
    ];
    for path in paths {
        assert_eq!(kind(Agent::at(path).identities()), NotFound);
    }
}
