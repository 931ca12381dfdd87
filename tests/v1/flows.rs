//! Whole conversations between two sides of this library.

use crate::pair::{
    CLIENT_KEY, Counted, End, Pair, SERVER_KEY, Seen, client, identity, key, keys, server,
};
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::{Anyone, AuthorizedKeys, KnownHosts};
use ossuary::{
    Builder, ConnectionType, DefaultSuite, Deferred, Event, KeyStore, OssuaryError, PeerError,
    Signature, Status,
};

#[test]
fn both_sides_know_each_other() {
    let mut pair = Pair::new();
    pair.settle();
    assert_eq!(pair.server.seen, [Seen::Open]);
    assert_eq!(
        pair.client.channel.remote_identity(),
        Some(&identity(SERVER_KEY))
    );
    assert_eq!(
        pair.server.channel.remote_identity(),
        Some(&identity(CLIENT_KEY))
    );
    assert_eq!(pair.client.channel.protocol(), 1);
    pair.converse();
    assert_eq!(pair.client.channel.records_sent(), 2);
    assert_eq!(pair.client.channel.records_received(), 2);
    assert_eq!(pair.client.channel.take_delivery(), None);
}

#[test]
fn an_anonymous_client_is_let_in_where_anyone_is() {
    let anonymous = Builder::<DefaultSuite>::client().trust(Anyone);
    let anonymous = anonymous.random(Counted(3)).build_v1().unwrap();
    let open = Builder::<DefaultSuite>::of_type(ConnectionType::UnauthenticatedServer)
        .key_store(keys(SERVER_KEY));
    let mut pair = Pair::of(anonymous, open.build_v1().unwrap());
    pair.settle();
    pair.converse();
    assert_eq!(pair.server.channel.remote_identity(), None);

    let anonymous = Builder::<DefaultSuite>::client().trust(Anyone);
    let mut pair = Pair::of(anonymous.build_v1().unwrap(), server().build_v1().unwrap());
    pair.settle();
    let refused = Seen::Ended(PeerError::AnonymousPeer);
    assert_eq!(pair.server.last(), Some(&refused));
    let told = PeerError::Disconnected(ossuary::Reason::Failed);
    assert_eq!(pair.client.last(), Some(&Seen::Ended(told)));
}

/// Whoever shows a key on such a server has proved it.
#[test]
fn a_server_of_anyone_knows_who_it_was() {
    let open = server().trust(Anyone).build_v1().unwrap();
    let mut pair = Pair::of(client().build_v1().unwrap(), open);
    pair.settle();
    pair.converse();
    let known = identity(CLIENT_KEY);
    assert_eq!(pair.server.channel.remote_identity(), Some(&known));
}

#[test]
fn a_key_that_is_not_authorized_is_refused() {
    let stranger = client().key_store(keys(9)).build_v1().unwrap();
    let mut pair = Pair::of(stranger, server().build_v1().unwrap());
    pair.settle();
    let refused = PeerError::NotAuthorized(Box::new(identity(9)));
    assert_eq!(pair.server.seen, [Seen::Ended(refused)]);
    assert_eq!(pair.server.channel.status(), Status::Failed);
    let told = PeerError::Disconnected(ossuary::Reason::Failed);
    assert_eq!(pair.client.seen, [Seen::Ended(told)]);
}

#[test]
fn a_client_asks_about_a_server_before_it_shows_itself() {
    for trusted in [true, false] {
        let asks = client().trust(AuthorizedKeys::default().or_ask());
        let mut pair = Pair::of(asks.build_v1().unwrap(), server().build_v1().unwrap());
        pair.settle();
        assert_eq!(pair.client.seen, [Seen::Undecided]);
        assert_eq!(pair.client.channel.status(), Status::Undecided);
        assert_eq!(pair.client.channel.send_len(), 0);
        assert!(pair.client.channel.remote_identity().is_none());
        let asked = pair.client.channel.undecided_peer();
        assert_eq!(asked, Some(&identity(SERVER_KEY)));
        let decided = pair.client.channel.decide(trusted);
        pair.settle();
        if trusted {
            decided.unwrap();
            pair.converse();
        } else {
            assert!(matches!(
                decided,
                Err(OssuaryError::Peer(PeerError::NotAuthorized(_)))
            ));
            assert_eq!(pair.client.channel.status(), Status::Failed);
            assert_eq!(pair.server.channel.status(), Status::Failed);
        }
    }
}

#[test]
fn a_server_asks_about_a_client() {
    let asks = server().trust(AuthorizedKeys::default().or_ask());
    let mut pair = Pair::of(client().build_v1().unwrap(), asks.build_v1().unwrap());
    pair.settle();
    assert_eq!(pair.server.seen, [Seen::Undecided]);
    pair.server.channel.authorize(identity(CLIENT_KEY)).unwrap();
    pair.converse();
}

#[test]
fn changed_and_revoked_keys_are_refused_whatever_was_authorized() {
    let mut changed = KnownHosts::new();
    changed.add("host", identity(7));
    let mut revoked = KnownHosts::new();
    revoked.revoke(identity(SERVER_KEY));
    let of = Box::new(identity(SERVER_KEY));
    for (hosts, error) in [
        (changed, PeerError::KeyChanged(of.clone())),
        (revoked, PeerError::KeyRevoked(of)),
    ] {
        let knows = client().peer_name("host").trust(hosts).build_v1().unwrap();
        let mut pair = Pair::of(knows, server().build_v1().unwrap());
        let own = identity(SERVER_KEY);
        pair.client.channel.authorize(own).unwrap();
        pair.settle();
        assert_eq!(pair.client.seen, [Seen::Ended(error)]);
        assert_eq!(pair.server.channel.status(), Status::Failed);
    }
}

/// What is signed, and by whom: 76 bytes, of which no message of protocol 2 is one.
#[test]
fn signatures_may_come_from_the_application() {
    let deferred = |seed| Deferred::new(keys(seed)).unwrap();
    let mut pair = Pair::of(
        client().key_store(deferred(CLIENT_KEY)).build_v1().unwrap(),
        server().key_store(deferred(SERVER_KEY)).build_v1().unwrap(),
    );
    for (server_signs, seed) in [(true, SERVER_KEY), (false, CLIENT_KEY)] {
        pair.settle();
        let end = match server_signs {
            true => &mut pair.server,
            false => &mut pair.client,
        };
        assert_eq!(end.channel.status(), Status::AwaitingSignature);
        let pending = end.channel.pending_signature().unwrap();
        assert_eq!(pending.identity(), &identity(seed));
        assert_eq!(pending.request().message().len(), 76);
        assert!(!pending.request().message().starts_with(b"ossuary/2"));
        // Another key's, and one over something else.
        for wrong in [
            key(9).sign(pending.request().message()).unwrap(),
            key(seed).sign(b"ossuary/2").unwrap(),
        ] {
            let error = end.channel.provide_signature(wrong).unwrap_err();
            assert!(matches!(error, OssuaryError::KeyStore(_)));
        }
        let signature: Signature = pending.sign(&keys(seed)).unwrap();
        end.channel.provide_signature(signature).unwrap();
    }
    pair.settle();
    pair.converse();
}

/// A key store outside of the process that signs with another key than it lists.
#[test]
fn a_wrong_signature_is_found_at_home() {
    struct Liar;
    impl KeyStore for Liar {
        fn identities(&self) -> Result<Vec<ossuary::Identity>, ossuary::KeyStoreError> {
            Ok(vec![identity(SERVER_KEY)])
        }
        fn sign(
            &self,
            _: &ossuary::Identity,
            request: &ossuary::SignRequest<'_>,
        ) -> Result<ossuary::Signing, ossuary::KeyStoreError> {
            let signature = key(9).sign(request.message()).unwrap();
            Ok(ossuary::Signing::Done(signature))
        }
    }
    let mut liar = End::new(server().key_store(Liar).build_v1().unwrap());
    let mut client = End::new(client().build_v1().unwrap());
    let mut hello = client.outgoing();
    let event = liar.channel.receive(&mut hello).unwrap().event;
    assert!(matches!(event, Event::Progress));
    let error = liar.channel.send(&mut [0; 300]).unwrap_err();
    assert!(matches!(error, OssuaryError::KeyStore(_)));
}

/// More records in each direction than a `msg_id` can count.
#[test]
fn the_packet_number_wraps() {
    let mut pair = Pair::open();
    let mut buffer = [0; 64];
    // The client's records follow two packets of the handshake, the server's one.
    for before in [2, 1] {
        let (client, server) = (&mut pair.client.channel, &mut pair.server.channel);
        let (from, to) = match before {
            2 => (client, server),
            _ => (server, client),
        };
        for count in 0..66_000u32 {
            let text = count.to_be_bytes();
            let len = from.seal(&text, &mut buffer).unwrap();
            let msg_id = u16::from_be_bytes([buffer[2], buffer[3]]);
            assert_eq!(u32::from(msg_id), (count + before) % 65_536);
            match to.receive(&mut buffer[..len]).unwrap().event {
                Event::Record(plaintext) => assert_eq!(plaintext, text),
                event => panic!("{event:?}"),
            }
        }
    }
    pair.converse();
    assert_eq!(pair.client.channel.records_sent(), 66_002);
    assert_eq!(pair.client.channel.records_received(), 66_002);
}

/// What each side sends in a conversation: to the client and to the server.
fn conversation(texts: &[Vec<u8>]) -> [Vec<u8>; 2] {
    let mut pair = Pair::new();
    let mut to_server = pair.client.outgoing();
    let mut to_client = pair.server.feed(&to_server);
    let authentication = pair.client.feed(&to_client);
    pair.server.feed(&authentication);
    to_server.extend(authentication);
    for (end, sent) in [
        (&mut pair.client, &mut to_server),
        (&mut pair.server, &mut to_client),
    ] {
        sent.extend(texts.iter().flat_map(|text| end.seal(text)));
        end.channel.disconnect(false);
        sent.extend(end.outgoing());
    }
    [to_client, to_server]
}

/// All that a side gets is cut in two at every place, and so everything before and behind
/// it is joined; and it comes byte by byte.
#[test]
fn a_stream_may_be_cut_anywhere() {
    let texts = [vec![7; 100], Vec::new()];
    let [to_client, to_server] = conversation(&texts);
    let expect = |mut end: End, pieces: &[&[u8]], handshake: &[u8]| {
        let mut sent = end.outgoing();
        for piece in pieces {
            sent.extend(end.feed(piece));
        }
        assert_eq!(sent, handshake, "{:?}", pieces[0].len());
        assert_eq!(end.records(), texts);
        let closed = Seen::Ended(PeerError::UnprovenClose);
        assert_eq!(end.last(), Some(&closed));
    };
    let as_client = |pieces: &[&[u8]]| {
        let end = End::new(client().build_v1().unwrap());
        expect(end, pieces, &to_server[..92 + 132]);
    };
    let as_server = |pieces: &[&[u8]]| {
        let end = End::new(server().build_v1().unwrap());
        expect(end, pieces, &to_client[..208]);
    };
    for cut in 0..=to_client.len() {
        as_client(&[&to_client[..cut], &to_client[cut..]]);
    }
    for cut in 0..=to_server.len() {
        as_server(&[&to_server[..cut], &to_server[cut..]]);
    }
    as_client(&to_client.chunks(1).collect::<Vec<_>>());
    as_server(&to_server.chunks(1).collect::<Vec<_>>());
}
