//! Every backend talks to every other: each suite, each pair of backends that
//! have it, in both roles, with host keys of every scheme.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "interop/conversation.rs"]
mod conversation;
#[path = "interop/parts.rs"]
mod parts;

use conversation::{Side, authenticate, converse};
use ossuary::{AnySuite, SignatureScheme, SuiteId, suites};
use parts::{key_store, with_all_schemes};
use std::collections::{BTreeMap, BTreeSet};

/// The host keys of a client: none, or one of each scheme.
const CLIENT_KEYS: [Option<SignatureScheme>; 4] = [
    None,
    Some(SignatureScheme::Ed25519),
    Some(SignatureScheme::EcdsaP256Sha256),
    Some(SignatureScheme::MlDsa65),
];

/// The suites, by what they are on the wire.
fn by_id(all: impl IntoIterator<Item = AnySuite>) -> BTreeMap<SuiteId, Vec<AnySuite>> {
    let mut by_id = BTreeMap::<SuiteId, Vec<AnySuite>>::new();
    for suite in all {
        match suite.available() {
            Ok(()) => by_id.entry(suite.id()).or_default().push(suite),
            Err(error) => println!("{suite} was left out: {error}"),
        }
    }
    by_id
}

/// How many conversations there were of each pair of backends, client first.
type Conversations = BTreeMap<(&'static str, &'static str), usize>;

/// Calls `talk` with every suite and pair of backends that have it, client first;
/// it returns how many conversations it had.
fn matrix(
    all: impl IntoIterator<Item = AnySuite>,
    talk: impl Fn(&AnySuite, &AnySuite) -> usize,
) -> Conversations {
    let mut conversations = BTreeMap::new();
    for backends in by_id(all).values() {
        for client in backends {
            for server in backends {
                let count = talk(client, server);
                assert!(count > 0, "{client} and {server} have no scheme in common");
                *conversations
                    .entry((client.backend(), server.backend()))
                    .or_default() += count;
            }
        }
    }
    conversations
}

fn side(suite: &AnySuite, scheme: Option<SignatureScheme>) -> Side<'_> {
    Side {
        suite,
        keys: key_store(suite.backend(), scheme),
    }
}

fn report(title: &str, conversations: &Conversations) {
    let total: usize = conversations.values().sum();
    println!("{title}: {total} conversations");
    for ((client, server), count) in conversations {
        println!("  {client:<12} with {server:<12} {count}");
    }
    // Every pair of backends was there, in both roles.
    let backends: BTreeSet<_> = conversations.keys().map(|(client, _)| client).collect();
    let available = suites::ALL.iter().filter(|suite| suite.available().is_ok());
    let built: BTreeSet<_> = available.map(AnySuite::backend).collect();
    assert_eq!(backends.len(), built.len());
    assert_eq!(conversations.len(), built.len() * built.len());
    assert!(total > 0);
}

/// The suites as they are, with a key of the first scheme that the other side
/// can verify; each side closes once.
#[test]
fn every_backend_talks_to_every_other() {
    let conversations = matrix(suites::ALL.iter().copied(), |client, server| {
        let client_side = side(client, server.schemes().first().copied());
        let server_side = side(server, client.schemes().first().copied());
        converse(&client_side, &server_side, true);
        converse(&client_side, &server_side, false);
        2
    });
    report("all that a channel does", &conversations);
}

/// And with RustCrypto's verifier for the schemes that a backend lacks.
#[test]
fn every_mix_of_host_keys_works_on_every_backend() {
    let conversations = matrix(with_all_schemes(), |client, server| {
        for server_key in SignatureScheme::ALL {
            for client_key in CLIENT_KEYS {
                authenticate(&side(client, client_key), &side(server, Some(*server_key)));
            }
        }
        SignatureScheme::ALL.len() * CLIENT_KEYS.len()
    });
    report("every mix of host keys", &conversations);
}
