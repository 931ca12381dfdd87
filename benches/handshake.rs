//! Mutual handshakes against the public-key operations that they cannot do
//! without: two key generations, two shared secrets, two signatures, two
//! verifications, by the same backend.
//!
//! `cargo bench --bench handshake --` measures with criterion and then prints
//! the ratios; with a filter that matches nothing (`-- ratios`) it prints these
//! only.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that meets something unexpected is to stop"
)]

mod compare;

use compare::{On, Operation, Table, measure, measuring};
use criterion::{BenchmarkId, Criterion};
use ossuary::backend::rustcrypto::{
    Ed25519SigningKey, P256ChaCha20Poly1305Sha256, X25519Aes256GcmSha256,
    X25519ChaCha20Poly1305Sha256, X25519MlKem768ChaCha20Poly1305Sha256,
};
use ossuary::trust::{AuthorizedKeys, Peer, Trust};
use ossuary::{Builder, CryptoSuite, KeyStore, MAX_PACKET, MemoryKeyStore, OsRandom, Status};
use ossuary_traits::{KeyExchange, SigningKey, Verifier};
use std::hint::black_box;
use std::sync::Arc;

/// How many handshakes a batch has.
const BATCH: usize = 4;

/// How long what the protocol signs with SHA-256 is: a label and a hash.
const MESSAGE_LEN: usize = 59;

fn host_key() -> Ed25519SigningKey {
    Ed25519SigningKey::generate(&mut OsRandom).expect("a key")
}

/// The bare operations of both sides.
fn bare<S: CryptoSuite>() -> impl Operation {
    let message = [0; MESSAGE_LEN];
    On::new(
        (host_key(), message),
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
fn hosts() -> (Host, Host) {
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
        let trusted = Arc::clone(&self.trusted);
        move |peer: &Peer<'_>| trusted.verdict(peer)
    }
}

/// Both sides of a connection, from nothing to the open channel.
fn mutual<S: CryptoSuite>() -> impl Operation {
    On::new(
        (hosts(), vec![0; MAX_PACKET]),
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

fn handshakes<S: CryptoSuite>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("handshake");
    let id = |name| BenchmarkId::new(name, S::ID);
    measure(&mut group, id("bare operations"), BATCH, &mut bare::<S>());
    measure(&mut group, id("mutual"), BATCH, &mut mutual::<S>());
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    handshakes::<X25519ChaCha20Poly1305Sha256>(&mut criterion);
    handshakes::<X25519Aes256GcmSha256>(&mut criterion);
    handshakes::<P256ChaCha20Poly1305Sha256>(&mut criterion);
    handshakes::<X25519MlKem768ChaCha20Poly1305Sha256>(&mut criterion);
    criterion.final_summary();
    if measuring() {
        let table = Table::new("Mutual handshakes with Ed25519", "bare sum", "handshake");
        ratio::<X25519ChaCha20Poly1305Sha256>(&table);
        ratio::<X25519Aes256GcmSha256>(&table);
        ratio::<P256ChaCha20Poly1305Sha256>(&table);
        ratio::<X25519MlKem768ChaCha20Poly1305Sha256>(&table);
    }
}

fn ratio<S: CryptoSuite>(table: &Table) {
    let (mut bare, mut mutual) = (bare::<S>(), mutual::<S>());
    table.row(&S::ID.to_string(), 400, BATCH, &mut bare, &mut mutual);
}
