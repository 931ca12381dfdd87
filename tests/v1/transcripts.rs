//! The conversations of `vectors/v1`, byte for byte, in both roles, on every
//! backend that takes its randomness from the file.

use crate::pair::End;
use crate::pair::{Seen, buffer};
use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::RandomError;
use ossuary::trust::{Anyone, AuthorizedKeys};
use ossuary::{
    Builder, CryptoSuite, Identity, MemoryKeyStore, PeerError, Random, SignatureScheme, Status,
};
use serde_json::Value;

/// The anonymous client's key in the file is another than this side sends: from
/// here on its ClientAuthentication differs.
const BEFORE_CLIENT_AUTH: usize = 8 + 8 + 4;
/// Two bytes of a notice are not specified.
const NOTICE_FIELD: std::ops::Range<usize> = 8..10;

struct Script(Vec<u8>);

impl Random for Script {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        assert!(out.len() <= self.0.len(), "no more randomness is drawn");
        out.copy_from_slice(&self.0[..out.len()]);
        self.0.drain(..out.len());
        Ok(())
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn keys(side: &Value) -> MemoryKeyStore {
    let store = MemoryKeyStore::new();
    if side["auth_secret"].is_null() {
        return store;
    }
    let secret: [u8; 32] = bytes(&side["auth_secret"]).try_into().unwrap();
    store.with(Ed25519SigningKey::from_secret(secret.into()).unwrap())
}

fn identity(side: &Value) -> Option<Identity> {
    let public = side["auth_public"].as_str()?;
    let public = hex::decode(public).unwrap();
    Some(Identity::new(SignatureScheme::Ed25519, &public).unwrap())
}

/// What a side draws: its key exchange, its nonce, its challenge.
fn random(side: &Value) -> Script {
    Script(
        ["session_secret", "session_nonce", "challenge"]
            .iter()
            .flat_map(|field| bytes(&side[*field]))
            .collect(),
    )
}

fn as_client<S: CryptoSuite>(test: &Value) {
    let (own, peer) = (&test["client"], &test["server"]);
    let mut builder = Builder::<S>::client()
        .key_store(keys(own))
        .random(random(own));
    let first_use = test["trust_on_first_use"].as_bool().unwrap();
    if !first_use {
        builder = builder.trust(AuthorizedKeys::new(identity(peer)));
    }
    let mut end = End::new(builder.build_v1().unwrap());
    assert_eq!(end.outgoing(), bytes(&test["client_handshake"]));
    let mut sent = end.feed(&bytes(&test["server_handshake"]));
    if first_use {
        assert_eq!((sent.len(), end.last()), (0, Some(&Seen::Undecided)));
        assert_eq!(end.channel.undecided_peer(), identity(peer).as_ref());
        end.channel.decide(true).unwrap();
        sent = end.outgoing();
    }
    let expected = bytes(&test["client_authentication"]);
    let same = match identity(own) {
        Some(_) => expected.len(),
        None => BEFORE_CLIENT_AUTH,
    };
    assert_eq!(sent.len(), expected.len());
    assert_eq!(sent[..same], expected[..same]);
    assert_eq!(end.channel.remote_identity(), identity(peer).as_ref());
    records(&mut end, test, "client");

    end.channel.disconnect(false);
    let (mut sent, mut expected) = (end.outgoing(), bytes(&test["client_clean_disconnect"]));
    assert_eq!(sent[NOTICE_FIELD], [4, 0]);
    sent[NOTICE_FIELD].fill(0);
    expected[NOTICE_FIELD].fill(0);
    assert_eq!(sent, expected);
    assert_eq!(end.channel.status(), Status::Closed);
}

fn as_server<S: CryptoSuite>(test: &Value) {
    let (own, peer) = (&test["server"], &test["client"]);
    let builder = Builder::<S>::server()
        .key_store(keys(own))
        .random(random(own));
    let builder = match test["server_type"].as_str().unwrap() {
        "authenticated" => builder.trust(AuthorizedKeys::new(identity(peer))),
        "unauthenticated" => builder.trust(Anyone),
        other => panic!("{other}"),
    };
    let mut end = End::new(builder.build_v1().unwrap());
    let sent = end.feed(&bytes(&test["client_handshake"]));
    assert_eq!(sent, bytes(&test["server_handshake"]));
    end.feed(&bytes(&test["client_authentication"]));
    assert_eq!(end.last(), Some(&Seen::Open));
    assert_eq!(end.channel.remote_identity(), identity(peer).as_ref());
    records(&mut end, test, "server");
    let sent = end.feed(&bytes(&test["client_clean_disconnect"]));
    assert_eq!(end.last(), Some(&Seen::Ended(PeerError::UnprovenClose)));
    assert!(sent.is_empty());
}

fn records(end: &mut End, test: &Value, own: &str) {
    let mut buffer = buffer();
    for record in test["records"].as_array().unwrap() {
        let (plaintext, wire) = (bytes(&record["plaintext"]), bytes(&record["wire"]));
        if record["from"] != own {
            end.feed(&wire);
            assert_eq!(end.last(), Some(&Seen::Record(plaintext)));
            continue;
        }
        // Each second one in place.
        if plaintext.len().is_multiple_of(2) {
            assert_eq!(end.seal(&plaintext), wire);
        } else {
            let at = ossuary::HEADER_LEN;
            buffer[at..at + plaintext.len()].copy_from_slice(&plaintext);
            let len = end
                .channel
                .seal_in_place(&mut buffer, plaintext.len())
                .unwrap();
            assert_eq!(buffer[..len], wire);
        }
    }
}

fn reproduces<S: CryptoSuite>() {
    let text = include_str!("../../vectors/v1/transcripts.json");
    let file: Value = serde_json::from_str(text).unwrap();
    let tests = file["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 8);
    for test in tests {
        println!("{}", test["comment"]);
        as_client::<S>(test);
        as_server::<S>(test);
    }
}

#[test]
fn rustcrypto_reproduces_all() {
    reproduces::<ossuary::DefaultSuite>();
}

#[cfg(feature = "orion")]
#[test]
fn orion_reproduces_all() {
    reproduces::<ossuary::backend::orion::X25519ChaCha20Poly1305Sha256>();
}

#[cfg(feature = "aws-lc")]
#[test]
fn aws_lc_reproduces_all() {
    reproduces::<ossuary::backend::aws_lc::X25519ChaCha20Poly1305Sha256>();
}

#[cfg(feature = "graviola")]
#[test]
fn graviola_reproduces_all() {
    type Suite = ossuary::backend::graviola::X25519ChaCha20Poly1305Sha256;
    if Suite::available().is_ok() {
        reproduces::<Suite>();
    }
}
