//! Mutual handshakes against the public-key operations that they cannot do
//! without: two key generations, two shared secrets, two signatures, two
//! verifications, by the same backend.
//!
//! The host keys are Ed25519 keys of the backend; orion, which has none, borrows
//! RustCrypto's, as its suites do.

use crate::REFERENCE;
use crate::turns::{Candidate, On, Speed, Turn, compare};
use ossuary::backend::{aws_lc, graviola, ring, rustcrypto};
use ossuary::trust::{AuthorizedKeys, Trust};
use ossuary::{
    AnySuite, Builder, CryptoSuite, KeyStore, MAX_PACKET, MemoryKeyStore, OsRandom, Status,
};
use ossuary_traits::{KeyExchange, SigningKey, SuiteId, Verifier};
use std::hint::black_box;
use std::sync::Arc;

/// How many handshakes a batch has.
pub const BATCH: usize = 4;

/// How many batches of each side the ratios are the medians of.
pub const ROUNDS: usize = 400;

/// How long what the protocol signs with SHA-256 is: a label and a hash.
const MESSAGE_LEN: usize = 59;

/// A suite of a backend.
struct Entry {
    suite: AnySuite,
    candidate: fn() -> Option<Candidate>,
}

/// Lists suites of a module of `ossuary::backend` by the last parts of their
/// names, and whose Ed25519 keys their hosts have; without names, all suites.
macro_rules! suites {
    ($backend:literal $module:ident $keys:ident) => {
        suites!($backend $module $keys:
            X25519ChaCha20Poly1305Sha256
            X25519ChaCha20Poly1305Sha384
            X25519Aes256GcmSha256
            X25519Aes256GcmSha384
            P256ChaCha20Poly1305Sha256
            P256ChaCha20Poly1305Sha384
            P256Aes256GcmSha256
            P256Aes256GcmSha384
            X25519MlKem768ChaCha20Poly1305Sha256
            X25519MlKem768ChaCha20Poly1305Sha384
            X25519MlKem768Aes256GcmSha256
            X25519MlKem768Aes256GcmSha384)
    };
    ($backend:literal $module:ident $keys:ident: $($suite:ident)*) => {
        &[$(Entry {
            suite: AnySuite::of::<ossuary::backend::$module::$suite>($backend),
            candidate: || candidate::<ossuary::backend::$module::$suite, _>(
                $backend,
                || $keys::Ed25519SigningKey::generate(&mut OsRandom).expect("a key"),
            ),
        }),*]
    };
}

/// By backend.
const ALL: [&[Entry]; 5] = [
    suites!("rustcrypto" rustcrypto rustcrypto),
    suites!("ring" ring ring),
    suites!("orion" orion rustcrypto:
        X25519ChaCha20Poly1305Sha256
        X25519ChaCha20Poly1305Sha384
        X25519MlKem768ChaCha20Poly1305Sha256
        X25519MlKem768ChaCha20Poly1305Sha384),
    suites!("aws-lc" aws_lc aws_lc),
    suites!("graviola" graviola graviola),
];

fn entries() -> impl Iterator<Item = &'static Entry> {
    ALL.into_iter().flatten()
}

/// The suites: the reference backend has them all.
pub fn suites() -> impl Iterator<Item = SuiteId> {
    let suites = entries().map(|entry| entry.suite);
    suites
        .filter(|suite| suite.backend() == REFERENCE)
        .map(|suite| suite.id())
}

/// The backends, and the libraries behind the suites of each with their versions.
#[must_use]
pub fn libraries() -> Vec<(&'static str, Vec<&'static str>)> {
    ALL.into_iter()
        .map(|entries| {
            let mut libraries = Vec::new();
            for library in entries.iter().flat_map(|entry| entry.suite.libraries()) {
                if !libraries.contains(&library) {
                    libraries.push(library);
                }
            }
            (entries[0].suite.backend(), libraries)
        })
        .collect()
}

/// Measures a suite with every backend that has it and runs here.
#[must_use]
pub fn measure(suite: SuiteId, rounds: usize) -> Vec<Speed> {
    let entries = entries().filter(|entry| entry.suite.id() == suite);
    let candidates = entries.filter_map(|entry| (entry.candidate)());
    let mut candidates: Vec<Candidate> = candidates.collect();
    compare(&mut candidates, rounds, BATCH)
}

/// Both sides of a backend, where it runs on this machine.
fn candidate<S: CryptoSuite, K: SigningKey + Send + Sync + 'static>(
    backend: &'static str,
    host_key: fn() -> K,
) -> Option<Candidate> {
    S::available().ok()?;
    Some(Candidate {
        backend,
        raw: Box::new(bare::<S, K>(host_key())),
        channel: Box::new(mutual::<S, K>(host_key)),
    })
}

/// The bare operations of both sides.
fn bare<S: CryptoSuite, K: SigningKey>(host_key: K) -> impl Turn {
    let message = [0; MESSAGE_LEN];
    On::new(
        (host_key, message),
        |_, _| {},
        |(key, message), _| {
            let random = &mut OsRandom;
            let (client, share) = S::KeyExchange::generate(random).expect("a share");
            let (answer, z) = S::KeyExchange::respond(random, black_box(&share)).expect("a secret");
            black_box(z);
            black_box(client.complete(black_box(&answer)).expect("a secret"));
            for _ in 0..2 {
                let signature = key.sign(black_box(message)).expect("a signature");
                let identity = key.identity();
                S::Verifier::verify(
                    black_box(identity.scheme()),
                    black_box(identity.public_key()),
                    black_box(message),
                    black_box(signature.bytes()),
                )
                .expect("a signature that verifies");
                // Another message each time: how verification branches depends
                // on the signature, and a processor learns one that comes again.
                message.copy_from_slice(&signature.bytes()[..MESSAGE_LEN]);
            }
        },
    )
}

/// What a program has once for all its connections: its own key, and the keys
/// that it trusts.
struct Host {
    keys: MemoryKeyStore,
    trusted: Arc<AuthorizedKeys>,
}

/// Two hosts that trust each other.
fn hosts<K: SigningKey + Send + Sync + 'static>(host_key: fn() -> K) -> (Host, Host) {
    let [server, client] = [(), ()].map(|()| MemoryKeyStore::new().with(host_key()));
    let trusting = |peer: &MemoryKeyStore| {
        let identities = peer.identities().expect("a list");
        Arc::new(AuthorizedKeys::new(identities))
    };
    let (of_server, of_client) = (trusting(&client), trusting(&server));
    let host = |keys, trusted| Host { keys, trusted };
    (host(server, of_server), host(client, of_client))
}

impl Host {
    fn trust(&self) -> impl Trust + Send + 'static {
        Arc::clone(&self.trusted)
    }
}

/// Both sides of a connection, from nothing to the open channel.
fn mutual<S: CryptoSuite, K: SigningKey + Send + Sync + 'static>(host_key: fn() -> K) -> impl Turn {
    On::new(
        (hosts(host_key), vec![0; MAX_PACKET]),
        |_, _| {},
        |((server_host, client_host), buffer), _| {
            let mut server = Builder::<S>::server()
                .key_store(&server_host.keys)
                .trust(server_host.trust())
                .build()
                .expect("a server");
            let mut client = Builder::<S>::client()
                .key_store(&client_host.keys)
                .trust(client_host.trust())
                .build()
                .expect("a client");
            // ClientHandshake, ServerHandshake, ClientAuthentication
            let sent = client.send(buffer).expect("a packet");
            server.receive(&mut buffer[..sent]).expect("an answer");
            let sent = server.send(buffer).expect("a packet");
            client.receive(&mut buffer[..sent]).expect("an answer");
            let sent = client.send(buffer).expect("a packet");
            server.receive(&mut buffer[..sent]).expect("an answer");
            assert_eq!(client.status(), Status::Open);
            assert_eq!(server.status(), Status::Open);
            black_box((client, server));
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_suite_can_be_measured() {
        for suite in suites() {
            let speeds = measure(suite, 1);
            assert_eq!(speeds[0].backend, REFERENCE);
            assert!(speeds.len() > 1, "{suite}");
        }
    }

    #[test]
    fn every_suite_of_the_library_is_measured() {
        let measured: BTreeSet<String> = entries().map(|entry| entry.suite.name()).collect();
        let all = ossuary::suites::ALL.iter().map(AnySuite::name).collect();
        assert_eq!(measured, all);
    }
}
