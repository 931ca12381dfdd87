//! Protocol 1 and protocol 2 side by side.

use crate::pair::{CLIENT_KEY, End, Pair, SERVER_KEY, Seen, client, identity, key, keys, server};
use crate::resets::RESET;
use ossuary::backend::rustcrypto::X25519Aes256GcmSha256;
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::AuthorizedKeys;
use ossuary::{
    Acceptor, AnySuite, Builder, Channel, DefaultSuite, Event, HEADER_LEN, Identity, KeyStore,
    KeyStoreError, PeerError, Reason, ResetCause, SignRequest, Signing, Status,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

fn acceptor() -> Acceptor {
    Builder::<AnySuite>::server()
        .key_store(keys(SERVER_KEY))
        .trust(AuthorizedKeys::new([identity(CLIENT_KEY)]))
        .acceptor(&[
            AnySuite::of::<DefaultSuite>("rustcrypto"),
            AnySuite::of::<X25519Aes256GcmSha256>("rustcrypto"),
        ])
        .unwrap()
}

fn both() -> Acceptor {
    acceptor().also_protocol_1::<DefaultSuite>().unwrap()
}

#[test]
fn the_first_packet_decides() {
    let mut pair = Pair::of(client().build_v1().unwrap(), both());
    assert_eq!(pair.server.channel.protocol(), 2);
    pair.settle();
    assert_eq!(pair.server.channel.protocol(), 1);
    assert_eq!(pair.server.channel.max_plaintext(), 16_384);
    pair.converse();
    // It stays what it is, over resets too.
    let mut record = pair.client.seal(b"text");
    record[20] ^= 1;
    pair.server.incoming.extend(record);
    pair.settle();
    pair.converse();

    let of_2 = Builder::<X25519Aes256GcmSha256>::client()
        .key_store(keys(CLIENT_KEY))
        .trust(AuthorizedKeys::new([identity(SERVER_KEY)]));
    let mut pair = Pair::of(of_2.build().unwrap(), both());
    pair.settle();
    assert_eq!(pair.server.channel.protocol(), 2);
    pair.converse();
    // A client that comes back with the older protocol is not listened to.
    let hello = client().build_v1().unwrap().send_all();
    pair.server.feed(&hello);
    assert!(!pair.server.is_open());
    assert_eq!(pair.server.channel.protocol(), 2);
}

trait SendAll {
    fn send_all(&mut self) -> Vec<u8>;
}

impl<C: Channel> SendAll for C {
    fn send_all(&mut self) -> Vec<u8> {
        let mut packet = vec![0; self.send_len()];
        self.send(&mut packet).unwrap();
        packet
    }
}

#[test]
fn without_being_told_it_serves_protocol_2_only() {
    let mut pair = Pair::of(client().build_v1().unwrap(), acceptor());
    pair.settle();
    let refused = PeerError::VersionNotSupported(0);
    assert_eq!(pair.server.seen, [Seen::Ended(refused)]);
    let told = PeerError::Disconnected(Reason::VersionNotSupported);
    assert_eq!(pair.client.seen, [Seen::Ended(told)]);
}

/// A client of protocol 1 that comes late, or to a line on which there has been a Reset,
/// is served all the same.
#[test]
fn the_first_packet_is_waited_for() {
    for before in [&[][..], &RESET] {
        let mut server = End::new(both());
        for minutes in 0..5 {
            let now = Duration::from_secs(60 * minutes);
            assert!(!server.channel.advance(now).unwrap());
            assert_eq!(server.channel.deadline(), None);
        }
        let answer = server.feed(before);
        assert_eq!(answer.len(), before.len());
        let mut pair = Pair::of(client().build_v1().unwrap(), server.into_channel());
        pair.settle();
        assert_eq!(pair.server.channel.protocol(), 1);
        pair.converse();
    }
    // What has begun has to come whole, and a client of protocol 2 has its timeouts.
    let mut server = End::new(both());
    server.channel.advance(Duration::ZERO).unwrap();
    server.feed(&[0]);
    assert_eq!(server.channel.deadline(), Some(Duration::from_secs(3)));
    let mut client = Builder::<DefaultSuite>::client().build().unwrap();
    let mut server = End::new(both());
    server.channel.advance(Duration::ZERO).unwrap();
    assert!(!server.feed(&client.send_all()).is_empty());
    server.channel.advance(Duration::ZERO).unwrap();
    assert_eq!(server.channel.deadline(), Some(Duration::from_secs(60)));
}

/// Byte by byte, nothing is decided too early.
#[test]
fn a_first_packet_may_come_in_pieces() {
    let mut end = End::new(both());
    let hello = client().build_v1().unwrap().send_all();
    for byte in &hello[..91] {
        assert!(end.feed(&[*byte]).is_empty());
    }
    assert_eq!(end.feed(&hello[91..]).len(), 208);
}

/// What is done to the first packet's header: each byte, by each value.
fn damages() -> impl Iterator<Item = (usize, u8)> {
    (0..HEADER_LEN).flat_map(|at| (1..=255).map(move |by| (at, by)))
}

/// Lets a side give up that gets no answer.
fn wait_long(pair: &mut Pair) {
    for _ in 0..10 {
        pair.wait(Duration::from_secs(6));
        pair.settle();
    }
}

/// Where the damage leaves a header that is none of protocol 2, the server asks for a new
/// handshake in protocol 1. The version is what it cannot doubt.
#[test]
fn a_damaged_first_packet_is_mended() {
    for (at, by) in damages() {
        let mut pair = Pair::of(client().build_v1().unwrap(), both());
        let mut hello = pair.client.outgoing();
        hello[at] ^= by;
        pair.server.incoming.extend(&hello);
        pair.settle();
        let refused = match (at, hello[6]) {
            // The inner header is read as a suite.
            (6, 2) => PeerError::SuiteNotSupported {
                asked: [84, 0, 1],
                ours: both().suites().iter().map(AnySuite::id).collect(),
            },
            (6, version) => PeerError::VersionNotSupported(version),
            _ => {
                assert_eq!(pair.server.channel.protocol(), 1, "{at} {by}");
                pair.converse();
                continue;
            }
        };
        assert_eq!(pair.server.seen, [Seen::Ended(refused)]);
        // Told by an alert of protocol 2, of which the client knows one; otherwise it gives
        // up when nobody answers.
        wait_long(&mut pair);
        assert_eq!(pair.client.channel.status(), Status::Failed, "{at} {by}");
    }
}

/// To serve protocol 1 too costs a client of protocol 2 nothing, but where its version is
/// damaged into that of protocol 1: it then fails as on any server, and later.
#[test]
fn a_damaged_first_packet_of_2_is_mended_too() {
    for (at, by) in damages() {
        let of_2 = Builder::<DefaultSuite>::client()
            .key_store(keys(CLIENT_KEY))
            .trust(AuthorizedKeys::new([identity(SERVER_KEY)]));
        let mut pair = Pair::of(of_2.build().unwrap(), both());
        let mut hello = pair.client.outgoing();
        hello[at] ^= by;
        pair.server.incoming.extend(&hello);
        pair.settle();
        // A damaged length has the server wait for more.
        wait_long(&mut pair);
        if at == 6 {
            assert_eq!(pair.client.channel.status(), Status::Failed, "{at} {by}");
            assert_eq!(pair.server.channel.status(), Status::Failed, "{at} {by}");
        } else {
            pair.converse();
        }
    }
}

/// A client of one protocol and a server of the other: both know why.
#[test]
fn the_other_protocol_is_named_on_both_sides() {
    let told = PeerError::Disconnected(Reason::VersionNotSupported);
    let mut pair = Pair::of(client().build_v1().unwrap(), server().build().unwrap());
    pair.settle();
    let refused = PeerError::VersionNotSupported(0);
    assert!(refused.to_string().contains("version 1"));
    assert_eq!(pair.server.seen, [Seen::Ended(refused)]);
    assert_eq!(pair.client.seen, [Seen::Ended(told.clone())]);

    let mut pair = Pair::of(client().build().unwrap(), server().build_v1().unwrap());
    pair.settle();
    let refused = PeerError::VersionNotSupported(2);
    assert!(refused.to_string().contains("version 2"));
    assert_eq!(pair.server.seen, [Seen::Ended(refused)]);
    assert_eq!(pair.client.seen, [Seen::Ended(told)]);
    assert_eq!(pair.client.channel.status(), Status::Failed);
}

/// Remembers what it has signed.
struct Recorder(Rc<RefCell<Vec<Vec<u8>>>>);

impl KeyStore for Recorder {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        Ok(vec![identity(7)])
    }

    fn sign(&self, _: &Identity, request: &SignRequest<'_>) -> Result<Signing, KeyStoreError> {
        self.0.borrow_mut().push(request.message().to_vec());
        Ok(Signing::Done(key(7).sign(request.message()).unwrap()))
    }
}

/// One host key for both protocols: no message of one is one of the other, by its
/// length, whatever the peer sends.
#[test]
fn a_signature_of_one_protocol_is_none_of_the_other() {
    let signed = Rc::new(RefCell::new(Vec::new()));
    let store = || Recorder(Rc::clone(&signed));
    let known = || AuthorizedKeys::new([identity(7)]);
    let converse = |mut client: End, mut server: End| {
        let hello = client.outgoing();
        let answer = server.feed(&hello);
        let authentication = client.feed(&answer);
        server.feed(&authentication);
        assert!(client.is_open() && server.is_open());
    };
    macro_rules! both_protocols {
        ($suite:ty, $($build:ident)*) => {$(
            let client = Builder::<$suite>::client().key_store(store()).trust(known());
            let server = Builder::<$suite>::server().key_store(store()).trust(known());
            converse(End::new(client.$build().unwrap()), End::new(server.$build().unwrap()));
        )*};
    }
    both_protocols!(DefaultSuite, build build_v1);
    both_protocols!(ossuary::backend::rustcrypto::X25519ChaCha20Poly1305Sha384, build build_v1);
    let lengths: Vec<_> = signed.borrow().iter().map(Vec::len).collect();
    assert_eq!(lengths, [59, 59, 76, 76, 75, 75, 76, 76]);
    for message in signed.borrow().iter() {
        assert_eq!(message.starts_with(b"ossuary/2 "), message.len() != 76);
    }
}

/// In an open channel no header of protocol 2 has a place, and none of its alerts is
/// looked at.
#[test]
fn a_header_of_2_in_the_wrong_place_is_malformed() {
    let mut pair = Pair::open();
    let mut alert = vec![0, 18, 0, 0, 0, 0x10, 2, 0, 3, 0];
    alert.extend([0; 16]);
    match pair.client.channel.receive(&mut alert).unwrap().event {
        Event::Reset(cause) => {
            let here = ResetCause::Here(PeerError::UnknownVersion(2));
            assert_eq!(cause, here);
        }
        event => panic!("{event:?}"),
    }
}

/// What a server of protocol 2 says to a client of this one has one reason, and comes
/// first: anything else is malformed, and no word of the peer's.
#[test]
fn a_forged_alert_of_2_says_nothing() {
    let alert = |reason| {
        let mut alert = vec![0, 18, 0, 0, 0, 0x10, 2, 0, reason, 0];
        alert.extend([0; 16]);
        alert
    };
    let malformed = Seen::Reset(ResetCause::Here(PeerError::MalformedAlert));
    for reason in [0, 1, 2, 4, 9] {
        let mut end = End::new(client().build_v1().unwrap());
        end.outgoing();
        end.feed(&alert(reason));
        assert_eq!(end.seen, std::slice::from_ref(&malformed), "{reason}");
    }
    // Nor does a server say it that has answered before.
    let mut pair = Pair::open();
    pair.client.feed(&RESET);
    pair.client.feed(&alert(3));
    assert_eq!(pair.client.last(), Some(&malformed));
}
