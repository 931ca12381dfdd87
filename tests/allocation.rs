//! What a connection allocates and what it holds, counted by the allocator.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use allocation_counter::{AllocationInfo, measure, opt_out};
use ossuary::backend::rustcrypto::{
    Ed25519SigningKey, X25519Aes256GcmSha256, X25519ChaCha20Poly1305Sha384,
    X25519MlKem768ChaCha20Poly1305Sha256,
};
use ossuary::trust::{Anyone, AuthorizedKeys};
use ossuary::{
    AnySuite, Builder, Channel, CryptoSuite, DefaultSuite, Event, HEADER_LEN, Identity, KeyStore,
    MAX_PACKET, MAX_PLAINTEXT, MemoryKeyStore, OssuaryConnection, OssuaryError, RECORD_OVERHEAD,
    Received, Role, Status, suites,
};
use std::io::{self, Read};
use std::mem::size_of;
use std::sync::Arc;

/// What an established connection of the default suite may take, in bytes. Its
/// host key and its trusted keys are shared with the program's others.
const MOST_HELD: usize = 1024;
/// And a host key in memory and a trusted key that are its own.
const MOST_OWNED: usize = 448;
/// How often a side may allocate from nothing to an open channel.
const MOST_ALLOCATIONS: u64 = 44;

const SERVER_KEY: [u8; 32] = [1; 32];
const CLIENT_KEY: [u8; 32] = [2; 32];

fn key_store(key: [u8; 32]) -> MemoryKeyStore {
    MemoryKeyStore::new().with(Ed25519SigningKey::from_secret(key.into()).unwrap())
}

fn authorized(key: [u8; 32]) -> AuthorizedKeys {
    let identities: Vec<Identity> = key_store(key).identities().unwrap();
    AuthorizedKeys::new(identities)
}

fn client<S: CryptoSuite>() -> OssuaryConnection<S> {
    let builder = Builder::<S>::client().key_store(key_store(CLIENT_KEY));
    builder.trust(authorized(SERVER_KEY)).build().unwrap()
}

fn server<S: CryptoSuite>() -> OssuaryConnection<S> {
    let builder = Builder::<S>::server().key_store(key_store(SERVER_KEY));
    builder.trust(authorized(CLIENT_KEY)).build().unwrap()
}

/// The two ends of an open channel, client first.
fn open_channel<S: CryptoSuite>() -> (OssuaryConnection<S>, OssuaryConnection<S>) {
    let (mut client, mut server) = (client::<S>(), server::<S>());
    open(&mut client, &mut server);
    (client, server)
}

fn open(client: &mut impl Channel, server: &mut impl Channel) {
    let mut buffer = vec![0; MAX_PACKET];
    let sent = client.send(&mut buffer).unwrap();
    server.receive(&mut buffer[..sent]).unwrap();
    let sent = server.send(&mut buffer).unwrap();
    client.receive(&mut buffer[..sent]).unwrap();
    let sent = client.send(&mut buffer).unwrap();
    server.receive(&mut buffer[..sent]).unwrap();
    assert_eq!(client.status(), Status::Open);
    assert_eq!(server.status(), Status::Open);
}

fn plaintext(received: Received<'_>) -> &mut [u8] {
    match received.event {
        Event::Record(plaintext) => plaintext,
        event => panic!("{event:?} and no record"),
    }
}

/// What `f` allocates, and what it gives.
fn counted<T>(f: impl FnOnce() -> T) -> (AllocationInfo, T) {
    let mut result = None;
    let info = measure(|| result = Some(f()));
    (info, result.unwrap())
}

/// Calls `f` without counting.
fn uncounted<T>(f: impl FnOnce() -> T) -> T {
    let mut result = None;
    opt_out(|| result = Some(f()));
    result.unwrap()
}

#[test]
fn the_counter_counts() {
    let (info, kept) = counted(|| (vec![0u8; 100], uncounted(|| vec![0u8; 1000])));
    assert_eq!((info.count_total, info.bytes_current), (1, 100));
    drop(kept);
}

/// All ways to send, both ways, in all sizes.
fn records_allocate_nothing(suite: &AnySuite, mut client: impl Channel, mut server: impl Channel) {
    let mut buffer = vec![0; MAX_PACKET];
    let text = vec![0x17; MAX_PLAINTEXT];
    let (info, ()) = counted(|| {
        for len in [0, 1, 64, 1024, 16 * 1024, MAX_PLAINTEXT - 1, MAX_PLAINTEXT] {
            let sent = client.seal(&text[..len], &mut buffer).unwrap();
            let received = server.receive(&mut buffer[..sent]).unwrap();
            assert_eq!(plaintext(received), &text[..len]);

            buffer[HEADER_LEN..][..len].copy_from_slice(&text[..len]);
            let sent = server.seal_in_place(&mut buffer, len).unwrap();
            let received = client.receive(&mut buffer[..sent]).unwrap();
            assert_eq!(plaintext(received), &text[..len]);

            let text = &text[..len.min(1000)];
            let sent = client.seal_padded(text, 1024, &mut buffer).unwrap();
            let received = server.receive(&mut buffer[..sent]).unwrap();
            assert_eq!(plaintext(received), text);
        }
    });
    assert_eq!(info, AllocationInfo::default(), "{suite}");
}

/// With debug assertions graviola looks into the environment whenever it asks
/// which instructions the processor has, and allocates for that.
fn looks_into_the_environment(suite: &AnySuite) -> bool {
    let (info, _) = counted(|| suite.available());
    suite.backend() == "graviola" && info.count_total > 0
}

#[test]
fn records_allocate_nothing_with_any_suite_of_any_backend() {
    for suite in suites::ALL {
        if let Err(error) = suite.available() {
            println!("{suite} cannot run here: {error}");
            continue;
        }
        if looks_into_the_environment(suite) {
            println!("{suite} is not counted: graviola has debug assertions");
            continue;
        }
        let client = Builder::<AnySuite>::client().trust(Anyone);
        let server = Builder::<AnySuite>::server().trust(Anyone);
        let server = server.key_store(key_store(SERVER_KEY));
        let mut client = client.build_with(suite).unwrap();
        let mut server = server.build_with(suite).unwrap();
        open(&mut client, &mut server);
        records_allocate_nothing(suite, client, server);
    }
}

#[test]
fn two_halves_allocate_nothing() {
    let (client, mut server) = open_channel::<DefaultSuite>();
    let (mut sender, mut receiver) = client.split().unwrap();
    let mut buffer = vec![0; MAX_PACKET];
    let (info, ()) = counted(|| {
        for _ in 0..100 {
            let sent = sender.seal(b"there", &mut buffer).unwrap();
            let received = server.receive(&mut buffer[..sent]).unwrap();
            assert_eq!(plaintext(received), b"there");
            let sent = server.seal(b"and back", &mut buffer).unwrap();
            let received = receiver.receive(&mut buffer[..sent]).unwrap();
            assert_eq!(plaintext(received), b"and back");
        }
    });
    assert_eq!(info, AllocationInfo::default());
}

#[test]
fn re_keying_holds_no_more_than_before() {
    let (mut client, mut server) = open_channel::<DefaultSuite>();
    let mut buffer = vec![0; MAX_PACKET];
    let (info, ()) = counted(|| {
        for _ in 0..1000 {
            client.rekey().unwrap();
            let sent = client.seal(b"the last of its key", &mut buffer).unwrap();
            plaintext(server.receive(&mut buffer[..sent]).unwrap());
        }
    });
    assert_eq!((info.count_current, info.bytes_current), (0, 0));
    // The next key and secret, one side at a time.
    assert!(info.bytes_max <= 256, "{info:?}");
}

#[test]
fn a_plaintext_stands_where_its_record_stood() {
    let (mut client, mut server) = open_channel::<DefaultSuite>();
    let mut buffer = vec![0; MAX_PACKET];
    let sent = client.seal(b"here", &mut buffer).unwrap();
    assert_eq!(sent, 4 + RECORD_OVERHEAD);
    let expected = buffer[HEADER_LEN..][..4].as_ptr_range();
    let received = server.receive(&mut buffer[..sent]).unwrap();
    assert_eq!(plaintext(received).as_ptr_range(), expected);
}

/// What one end of an open channel takes, itself and all that it has on the
/// heap, and what it allocated on the way there. `make` makes it; the other end
/// is not counted.
fn established<S: CryptoSuite, K: KeyStore>(
    make: impl FnOnce() -> OssuaryConnection<S, K>,
) -> (usize, AllocationInfo) {
    let mut buffer = vec![0; MAX_PACKET];
    let (info, this) = counted(|| {
        let mut this = make();
        let mut other = uncounted(|| match this.role() {
            Role::Client => server::<S>(),
            Role::Server => client::<S>(),
        });
        while this.status() != Status::Open || other.status() != Status::Open {
            let sent = this.send(&mut buffer).unwrap();
            let sent = uncounted(|| {
                other.receive(&mut buffer[..sent]).unwrap();
                other.send(&mut buffer).unwrap()
            });
            this.receive(&mut buffer[..sent]).unwrap();
        }
        uncounted(|| drop(other));
        this
    });
    let held = size_of_val(&this) + usize::try_from(info.bytes_current).unwrap();
    println!(
        "{}, {:?}: {held} bytes, {} of them in {} pieces on the heap; {} allocations",
        S::ID,
        this.role(),
        info.bytes_current,
        info.count_current,
        info.count_total,
    );
    (held, info)
}

/// Both roles, with what is shared and with what is owned.
fn is_small<S: CryptoSuite>(most: usize) {
    let (server_keys, client_keys) = (key_store(SERVER_KEY), key_store(CLIENT_KEY));
    let shared = |builder: Builder<S>, trusted: &Arc<AuthorizedKeys>| {
        let trusted = Arc::clone(trusted);
        builder.trust(trusted)
    };
    let trusted = Arc::new(authorized(SERVER_KEY));
    let (held, info) = established(|| {
        let builder = shared(Builder::client(), &trusted);
        builder.key_store(&client_keys).build().unwrap()
    });
    assert!(held <= most, "{held} bytes");
    assert!(info.count_total <= MOST_ALLOCATIONS, "{info:?}");

    let trusted = Arc::new(authorized(CLIENT_KEY));
    let (held, info) = established(|| {
        let builder = shared(Builder::server(), &trusted);
        builder.key_store(&server_keys).build().unwrap()
    });
    assert!(held <= most, "{held} bytes");
    assert!(info.count_total <= MOST_ALLOCATIONS, "{info:?}");

    for (held, _) in [established(client::<S>), established(server::<S>)] {
        assert!(held <= most + MOST_OWNED, "{held} bytes");
    }
}

#[test]
fn an_established_connection_is_small() {
    is_small::<DefaultSuite>(MOST_HELD);
    // The key exchange is over: none of its large keys is left.
    is_small::<X25519MlKem768ChaCha20Poly1305Sha256>(MOST_HELD);
}

#[test]
fn other_ciphers_and_hashes_add_their_own_size_and_no_more() {
    // An AES key is expanded; there is one for each direction.
    let key = size_of::<<X25519Aes256GcmSha256 as CryptoSuite>::Aead>();
    is_small::<X25519Aes256GcmSha256>(MOST_HELD + 2 * key);
    // h0, h4, two traffic secrets, the exporter's and the recovery secret.
    is_small::<X25519ChaCha20Poly1305Sha384>(MOST_HELD + 6 * (48 - 32));
}

/// Bytes without any order, always the same.
struct Noise(u64);

impl Read for Noise {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *out {
            // Knuth's linear congruential generator, its upper bits.
            let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
            self.0 = next.wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
        Ok(out.len())
    }
}

const ENDLESS: usize = 1 << 20;

#[test]
fn noise_while_a_reset_is_awaited_allocates_nothing() {
    let (mut client, mut server) = open_channel::<DefaultSuite>();
    let mut buffer = vec![0; MAX_PACKET];
    let sent = client.seal(b"changed on the way", &mut buffer).unwrap();
    buffer[HEADER_LEN] ^= 1;
    let event = server.receive(&mut buffer[..sent]).unwrap().event;
    assert!(matches!(event, Event::Reset(_)));
    assert_ne!(server.send(&mut buffer).unwrap(), 0);

    let mut noise = Noise(1);
    let (info, ()) = counted(|| {
        let mut passed = 0;
        while passed < ENDLESS {
            noise.read_exact(&mut buffer).unwrap();
            passed += server.receive(&mut buffer).unwrap().consumed;
        }
    });
    assert_eq!(info, AllocationInfo::default());
    assert_eq!(server.status(), Status::Recovering);
}

/// What `stream` leads to, read until it has no more or the connection is over.
fn read_all(connection: &mut OssuaryConnection, mut stream: impl Read) -> AllocationInfo {
    let mut stalled = 0;
    measure(|| {
        while stalled < 2 {
            let result = match connection.status() {
                Status::Open => connection.recv_data(&mut stream, io::sink()).map(drop),
                _ => connection.recv_handshake(&mut stream).map(drop),
            };
            match result {
                Err(OssuaryError::WouldBlock(0)) => stalled += 1,
                Err(OssuaryError::ConnectionFailed) => break,
                _ => stalled = 0,
            }
            connection.flush(io::sink()).unwrap();
        }
    })
}

/// The buffers of both directions, while one of them grows.
const MOST_BUFFERED: u64 = 4 * MAX_PACKET as u64;

#[test]
fn noise_from_a_stream_is_not_kept() {
    let noise = || Noise(2).take(ENDLESS as u64);
    let (_, mut established) = open_channel();
    let info = read_all(&mut established, noise());
    assert!(info.bytes_max <= MOST_BUFFERED, "{info:?}");

    let info = read_all(&mut server(), noise());
    assert!(info.bytes_max <= MOST_BUFFERED, "{info:?}");
}

/// A stream that has a few bytes at a time, and nothing at present between them.
struct Trickle<R>(R, bool);

impl<R: Read> Read for Trickle<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if !self.1 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let few = out.len().min(100);
        self.0.read(&mut out[..few])
    }
}

#[test]
fn packets_that_come_in_pieces_take_the_room_of_one() {
    let (mut client, mut server) = open_channel();
    let mut records = Vec::new();
    let text = vec![0x17; MAX_PLAINTEXT];
    for _ in 0..4 {
        client.send_data(&text, &mut records).unwrap();
    }
    // The last one never becomes whole.
    records.pop();
    let info = read_all(&mut server, Trickle(&records[..], false));
    assert_eq!(server.records_received(), 3);
    assert!(info.bytes_max <= MOST_BUFFERED, "{info:?}");
    assert!(info.bytes_current <= 2 * MAX_PACKET as i64, "{info:?}");
}
