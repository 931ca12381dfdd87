//! Records against the bare AEAD of the same backend.
//!
//! `cargo bench --bench record --` measures with criterion and then prints the
//! ratios; with a filter that matches nothing (`-- ratios`) it prints these only.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets something unexpected is to stop"
)]

mod compare;

use compare::{On, Operation, Table, measure, measuring};
use criterion::{BenchmarkId, Criterion, Throughput};
use ossuary::backend::rustcrypto::{
    Ed25519SigningKey, X25519Aes256GcmSha256, X25519ChaCha20Poly1305Sha256,
};
use ossuary::trust::Anyone;
use ossuary::{
    Builder, CryptoSuite, Event, HEADER_LEN, MAX_PACKET, MAX_PLAINTEXT, MemoryKeyStore, OsRandom,
    OssuaryConnection, RECORD_OVERHEAD, Status,
};
use ossuary_traits::{Aead, NONCE_LEN, Secret, TAG_LEN};
use std::hint::black_box;

/// Plaintext lengths, each with how many records a batch has: enough to outweigh
/// reading the clock, and few enough to stay in the cache.
const SIZES: [(usize, usize); 4] = [(64, 64), (1024, 64), (16 * 1024, 16), (MAX_PLAINTEXT, 4)];

/// How many batches of each side the ratios are the medians of.
const ROUNDS: usize = 1000;

/// The bare side's header. Room for it stands before each text there too: AES is
/// up to 5 % slower on a text that is not aligned.
const AAD: [u8; HEADER_LEN] = [0x5a; HEADER_LEN];

/// The two ends of an open channel.
fn open_channel<S: CryptoSuite>() -> (OssuaryConnection<S>, OssuaryConnection<S>) {
    let key = Ed25519SigningKey::generate(&mut OsRandom).expect("a key");
    let mut server = Builder::<S>::server()
        .key_store(MemoryKeyStore::new().with(key))
        .trust(Anyone)
        .build()
        .expect("a server");
    let mut client = Builder::<S>::client()
        .trust(Anyone)
        .build()
        .expect("a client");
    let mut buffer = vec![0; MAX_PACKET];
    while client.status() != Status::Open || server.status() != Status::Open {
        let sent = client.send(&mut buffer).expect("a packet");
        server.receive(&mut buffer[..sent]).expect("an answer");
        let sent = server.send(&mut buffer).expect("a packet");
        client.receive(&mut buffer[..sent]).expect("an answer");
    }
    (client, server)
}

fn bare_key<A: Aead>() -> A {
    A::new(&Secret::from(black_box([0x42; 32])))
}

fn bare_seal_in_place<A: Aead>(len: usize) -> impl Operation {
    let state = (bare_key::<A>(), [0; NONCE_LEN], vec![0; HEADER_LEN + len]);
    On::new(
        state,
        |_, _| {},
        |(key, nonce, buffer), _| {
            let text = &mut buffer[HEADER_LEN..];
            let sealed = key.seal_in_place(black_box(nonce), black_box(&AAD), black_box(text));
            black_box(sealed).expect("a tag");
        },
    )
}

fn seal_in_place<S: CryptoSuite>(len: usize) -> impl Operation {
    let state = (open_channel::<S>().0, vec![0; len + RECORD_OVERHEAD]);
    On::new(
        state,
        |_, _| {},
        move |(channel, buffer), _| {
            let sealed = channel.seal_in_place(black_box(buffer), black_box(len));
            black_box(sealed).expect("a record");
        },
    )
}

fn bare_seal<A: Aead>(len: usize) -> impl Operation {
    let buffers = (vec![0x17; len], vec![0; HEADER_LEN + len]);
    let state = (bare_key::<A>(), [0; NONCE_LEN], buffers);
    On::new(
        state,
        |_, _| {},
        |(key, nonce, (plaintext, out)), _| {
            let sealed = key.seal(
                black_box(nonce),
                black_box(&AAD),
                black_box(plaintext),
                black_box(&mut out[HEADER_LEN..]),
            );
            black_box(sealed).expect("a tag");
        },
    )
}

fn seal<S: CryptoSuite>(len: usize) -> impl Operation {
    let buffers = (vec![0x17; len], vec![0; len + RECORD_OVERHEAD]);
    let state = (open_channel::<S>().0, buffers);
    On::new(
        state,
        |_, _| {},
        |(channel, (plaintext, out)), _| {
            let sealed = channel.seal(black_box(plaintext), black_box(out));
            black_box(sealed).expect("a record");
        },
    )
}

// What is opened has been sealed before, untimed and in the same order: a record
// opens once, and only in its place. The bare side has as many buffers, so that
// both find them equally warm.

fn bare_open<A: Aead>(len: usize, batch: usize) -> impl Operation {
    let buffers = vec![vec![0; HEADER_LEN + len + TAG_LEN]; batch];
    let state = (bare_key::<A>(), [0; NONCE_LEN], buffers);
    On::new(
        state,
        move |(key, nonce, buffers), index| {
            let (text, tag) = buffers[index][HEADER_LEN..].split_at_mut(len);
            let sealed = key.seal_in_place(nonce, &AAD, text).expect("a tag");
            tag.copy_from_slice(&sealed);
        },
        |(key, nonce, buffers), index| {
            let opened = key.open_in_place(
                black_box(nonce),
                black_box(&AAD),
                black_box(&mut buffers[index][HEADER_LEN..]),
            );
            black_box(opened).expect("a plaintext");
        },
    )
}

fn receive<S: CryptoSuite>(len: usize, batch: usize) -> impl Operation {
    let buffers = vec![vec![0; len + RECORD_OVERHEAD]; batch];
    On::new(
        (open_channel::<S>(), buffers),
        move |((sender, _), buffers), index| {
            sender
                .seal_in_place(&mut buffers[index], len)
                .expect("a record");
        },
        |((_, receiver), buffers), index| {
            let received = receiver.receive(black_box(&mut buffers[index]));
            match received.expect("a packet").event {
                Event::Record(plaintext) => black_box(plaintext),
                event => panic!("{event:?} and no record"),
            };
        },
    )
}

fn records<S: CryptoSuite>(criterion: &mut Criterion, suite: &str) {
    let mut group = criterion.benchmark_group(suite);
    for (len, batch) in SIZES {
        group.throughput(Throughput::Bytes(len as u64));
        let id = |name: &str| BenchmarkId::new(name, len);
        let mut seal_bare = bare_seal_in_place::<S::Aead>(len);
        measure(&mut group, id("bare seal in place"), batch, &mut seal_bare);
        let mut seal_here = seal_in_place::<S>(len);
        measure(&mut group, id("seal_in_place"), batch, &mut seal_here);
        let mut copy_bare = bare_seal::<S::Aead>(len);
        measure(&mut group, id("bare seal"), batch, &mut copy_bare);
        measure(&mut group, id("seal"), batch, &mut seal::<S>(len));
        let mut open_bare = bare_open::<S::Aead>(len, batch);
        measure(&mut group, id("bare open in place"), batch, &mut open_bare);
        let mut open_here = receive::<S>(len, batch);
        measure(&mut group, id("receive"), batch, &mut open_here);
    }
    group.finish();
}

fn ratios<S: CryptoSuite>(suite: &str) {
    let table = Table::new(suite, "bare AEAD", "channel");
    for (len, batch) in SIZES {
        table.row(
            &format!("seal_in_place, {len} B"),
            ROUNDS,
            batch,
            &mut bare_seal_in_place::<S::Aead>(len),
            &mut seal_in_place::<S>(len),
        );
        table.row(
            &format!("seal, {len} B"),
            ROUNDS,
            batch,
            &mut bare_seal::<S::Aead>(len),
            &mut seal::<S>(len),
        );
        table.row(
            &format!("receive, {len} B"),
            ROUNDS,
            batch,
            &mut bare_open::<S::Aead>(len, batch),
            &mut receive::<S>(len, batch),
        );
    }
}

const CHACHA: &str = "ChaCha20-Poly1305 of RustCrypto";
const AES: &str = "AES-256-GCM of RustCrypto";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    records::<X25519ChaCha20Poly1305Sha256>(&mut criterion, CHACHA);
    records::<X25519Aes256GcmSha256>(&mut criterion, AES);
    criterion.final_summary();
    if measuring() {
        ratios::<X25519ChaCha20Poly1305Sha256>(CHACHA);
        ratios::<X25519Aes256GcmSha256>(AES);
    }
}
