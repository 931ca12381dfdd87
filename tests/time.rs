//! Time is handed in: what counts against a peer, and what does not; and what an
//! application is told after it.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::SigningKey;
use ossuary::{
    Builder, DefaultSuite, Delivery, Event, Identity, KeyStore, KeyStoreError, MAX_PACKET,
    MemoryKeyStore, OsRandom, OssuaryConnection, PeerError, ResetCause, SignRequest, Signing,
    Status, trust::Anyone,
};
use std::time::Duration;

type Connection<K = MemoryKeyStore> = OssuaryConnection<DefaultSuite, K>;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn client() -> Connection {
    Builder::client().trust(Anyone).build().unwrap()
}

fn server() -> Connection {
    let key = Ed25519SigningKey::generate(&mut OsRandom).unwrap();
    let keys = MemoryKeyStore::new().with(key);
    Builder::server()
        .key_store(keys)
        .trust(Anyone)
        .build()
        .unwrap()
}

/// What `from` has to send.
fn sent<K: KeyStore>(from: &mut Connection<K>) -> Vec<u8> {
    let mut packet = vec![0; MAX_PACKET];
    let len = from.send(&mut packet).unwrap();
    packet.truncate(len);
    packet
}

fn carry<A: KeyStore, B: KeyStore>(from: &mut Connection<A>, to: &mut Connection<B>) {
    let mut packet = sent(from);
    let received = to.receive(&mut packet).unwrap();
    assert_eq!(received.consumed, packet.len());
}

fn shake_hands(client: &mut Connection, server: &mut Connection) {
    carry(client, server);
    carry(server, client);
    carry(client, server);
    assert_eq!(
        (client.status(), server.status()),
        (Status::Open, Status::Open)
    );
}

/// A server whose key store leaves signatures to the application.
struct FarAway(Identity);

impl KeyStore for FarAway {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        Ok(vec![self.0.clone()])
    }

    fn sign(&self, _: &Identity, _: &SignRequest<'_>) -> Result<Signing, KeyStoreError> {
        Ok(Signing::Pending)
    }
}

#[test]
fn a_slow_signature_does_not_count_against_the_peer() {
    let key = Ed25519SigningKey::generate(&mut OsRandom).unwrap();
    let mut server: Connection<FarAway> = Builder::server()
        .key_store(FarAway(key.identity()))
        .trust(Anyone)
        .build()
        .unwrap();
    let mut client = client();
    server.advance(seconds(0)).unwrap();
    carry(&mut client, &mut server);
    assert!(sent(&mut server).is_empty());
    assert_eq!(server.status(), Status::AwaitingSignature);
    assert_eq!(server.deadline(), None);

    // An hour later.
    let pending = server.pending_signature().unwrap();
    let signature = key.sign(pending.request().message()).unwrap();
    server.provide_signature(signature).unwrap();
    carry(&mut server, &mut client);
    let hour = seconds(3600);
    assert!(!server.advance(hour).unwrap());
    assert_eq!(server.deadline(), Some(hour + seconds(60)));
    assert!(!server.advance(hour + seconds(59)).unwrap());
    carry(&mut client, &mut server);
    assert_eq!(server.status(), Status::Open);
}

#[test]
fn a_wait_begins_when_the_time_is_told_after_it() {
    let mut client = client();
    client.advance(seconds(0)).unwrap();
    let _handshake = sent(&mut client);
    // The time is to be told at once, and it is ten seconds later already.
    assert_eq!(client.deadline(), Some(seconds(0)));
    assert!(!client.advance(seconds(10)).unwrap());
    assert_eq!(client.deadline(), Some(seconds(13)));
    assert!(
        !client
            .advance(seconds(13) - Duration::from_nanos(1))
            .unwrap()
    );
    assert!(client.advance(seconds(13)).unwrap());
    assert_eq!(
        client.last_reset(),
        Some(&ResetCause::Here(PeerError::TimedOut))
    );
}

#[test]
fn a_packet_that_began_before_time_did_is_not_late() {
    let mut server = server();
    let mut part = sent(&mut client());
    server.receive(&mut part[..20]).unwrap();
    assert!(!server.advance(seconds(100_000)).unwrap());
    assert!(!server.advance(seconds(100_002)).unwrap());
    assert!(server.advance(seconds(100_003)).unwrap());
}

#[test]
fn a_reset_without_an_answer_is_repeated_and_given_up() {
    let mut client = client();
    client.advance(seconds(0)).unwrap();
    let _handshake = sent(&mut client);
    client.advance(seconds(0)).unwrap();
    let mut now = client.deadline().unwrap();
    assert!(client.advance(now).unwrap());
    for count in 1..=5 {
        // Reset kind 0 for a timeout, with how many there were.
        let reset = sent(&mut client);
        assert_eq!(
            (reset[3], reset[5], reset[8], reset[9]),
            (count, 0x11, 5, 0)
        );
        assert!(!client.advance(now).unwrap());
        assert_eq!(client.deadline(), Some(now + seconds(6)));
        now += seconds(6);
        if count < 5 {
            assert!(client.advance(now).unwrap());
        }
    }
    assert!(client.advance(now).is_err());
    assert!(matches!(
        client.failure(),
        Some(PeerError::TooManyResets(_))
    ));
    assert_eq!(sent(&mut client)[5], 0x10);
}

/// Seals a record that nobody gets.
fn lose(from: &mut Connection) {
    from.seal(b"lost", &mut [0; 100]).unwrap();
}

/// A recovery that `from` begins, having received something out of sequence.
fn recover(from: &mut Connection, other: &mut Connection, is_client: bool) {
    let mut packet = vec![0; 100];
    let len = other.seal(b"damaged", &mut packet).unwrap();
    packet[len - 1] ^= 1;
    let received = from.receive(&mut packet[..len]).unwrap();
    assert!(matches!(received.event, Event::Reset(_)));
    carry(from, other);
    carry(other, from);
    if is_client {
        shake_hands(from, other);
    } else {
        shake_hands(other, from);
    }
}

#[test]
fn what_was_lost_is_told_also_where_it_was_not_asked_at_once() {
    let (mut client, mut server) = (client(), server());
    shake_hands(&mut client, &mut server);
    assert_eq!(client.take_delivery(), None);
    lose(&mut client);
    lose(&mut client);
    recover(&mut server, &mut client, false);
    // Nothing was taken, nothing was sent, and the channel breaks again, by a
    // record of the server's.
    recover(&mut client, &mut server, true);
    let delivery = client.take_delivery().unwrap();
    assert_eq!((delivery.sent, delivery.received), (3, 0));
    assert_eq!(delivery.lost(), 3);
    assert_eq!(client.take_delivery(), None);
    assert_eq!(
        server.take_delivery(),
        Some(Delivery {
            sent: 1,
            received: 0,
            counted: true
        })
    );
}

#[test]
fn counts_stay_when_the_channel_is_closed() {
    let (mut client, mut server) = (client(), server());
    shake_hands(&mut client, &mut server);
    let mut packet = vec![0; 100];
    for _ in 0..3 {
        let len = client.seal(b"record", &mut packet).unwrap();
        server.receive(&mut packet[..len]).unwrap();
    }
    client.disconnect(false);
    assert_eq!(client.records_sent(), 3);
    carry(&mut client, &mut server);
    assert_eq!((client.records_sent(), server.records_received()), (3, 3));
    assert_eq!(
        (client.status(), server.status()),
        (Status::Closed, Status::Closed)
    );
}

/// Bytes without an end, none of which begin an alert; each read is counted.
struct Noise(usize);

impl std::io::Read for Noise {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.0 += buf.len();
        assert!(self.0 < 4 * MAX_PACKET, "the call does not return");
        buf.fill(0xff);
        Ok(buf.len())
    }
}

#[test]
fn noise_without_end_does_not_keep_a_call_from_returning() {
    let mut client = client();
    client.advance(seconds(0)).unwrap();
    let _handshake = sent(&mut client);
    client.advance(seconds(0)).unwrap();
    assert!(client.advance(seconds(3)).unwrap());
    let _reset = sent(&mut client);
    client.advance(seconds(3)).unwrap();
    // The call returns, and the caller can tell the time.
    assert!(client.recv_handshake(Noise(0)).unwrap() >= MAX_PACKET);
    assert!(client.advance(seconds(9)).unwrap());
}
