//! What a peer, or whoever holds the line, may send in place of what is due.

use crate::pair::{CLIENT_KEY, End, Pair, SERVER_KEY, Seen, client, identity, server};
use crate::peer::{Packet, Peer, inner_header};
use crate::resets::RESET;
use ossuary::trust::{Anyone, AuthorizedKeys};
use ossuary::{MemoryKeyStore, PeerError, ResetCause, Status};

fn public(seed: u8) -> Vec<u8> {
    identity(seed).public_key().to_vec()
}

/// A server that waits for the ClientAuthentication of a hand-made client.
fn server_with_client() -> (End, Peer) {
    server_with(Peer::new(), End::new(server().build_v1().unwrap()))
}

fn server_with(mut peer: Peer, mut end: End) -> (End, Peer) {
    let answer = end.feed(&peer.client_handshake().bytes());
    peer.take_server_handshake(&answer);
    (end, peer)
}

/// A client that waits for the ServerHandshake of a hand-made server.
fn client_with_server() -> (End, Peer) {
    let mut end = End::new(client().build_v1().unwrap());
    let mut peer = Peer::new();
    peer.take_client_handshake(&end.outgoing());
    (end, peer)
}

/// What the end sees when it gets `packet`, and whether it says so by a Reset or
/// a Disconnect.
fn refuses(end: &mut End, packet: &[u8]) -> PeerError {
    let sent = end.feed(packet);
    match end.last().unwrap() {
        Seen::Reset(ResetCause::Here(error)) => {
            assert_eq!(sent, RESET);
            assert!(error.is_recoverable());
            error.clone()
        }
        Seen::Ended(error) => {
            assert_eq!(sent, [0, 4, 0, 0, 0, 0x10, 0, 0, 4, 0, 1, 0]);
            assert!(!error.is_recoverable());
            assert_eq!(end.channel.status(), Status::Failed);
            error.clone()
        }
        seen => panic!("{seen:?}"),
    }
}

#[test]
fn the_hand_made_peer_talks_in_both_roles() {
    let (mut end, mut peer) = server_with_client();
    let signature = peer.sign(CLIENT_KEY);
    let packet = peer.client_authentication(&public(CLIENT_KEY), &signature);
    end.feed(&packet.bytes());
    assert_eq!(end.last(), Some(&Seen::Open));
    let record = Packet::new(0x20, 2, peer.seal(b"text"));
    end.feed(&record.bytes());
    assert_eq!(end.last(), Some(&Seen::Record(b"text".to_vec())));
    assert_eq!(peer.open(&end.seal(b"back")[8..]), b"back");

    let (mut end, mut peer) = client_with_server();
    let signature = peer.sign(SERVER_KEY);
    let packet = peer.server_handshake(&public(SERVER_KEY), &signature);
    let answer = end.feed(&packet.bytes());
    assert!(end.is_open());
    let auth = peer.open(&answer[16..]);
    assert_eq!(auth[..32], public(CLIENT_KEY));
}

/// What is changed in a good packet, and what it is then refused as.
type Bend = (fn(&mut Packet), fn(&PeerError) -> bool);

fn bends() -> Vec<Bend> {
    vec![
        (
            |p| p.length += 1,
            |e| matches!(e, PeerError::WrongPacketLength(_)),
        ),
        (
            |p| p.length -= 1,
            |e| matches!(e, PeerError::WrongPacketLength(_)),
        ),
        (
            |p| p.length = 0,
            |e| matches!(e, PeerError::WrongPacketLength(0)),
        ),
        (
            |p| p.length = u16::MAX,
            |e| matches!(e, PeerError::WrongPacketLength(u16::MAX)),
        ),
        (
            |p| p.msg_id += 1,
            |e| matches!(e, PeerError::WrongMessageId { .. }),
        ),
        (
            |p| p.reserved = 1,
            |e| matches!(e, PeerError::UnknownFlags(1)),
        ),
        (
            |p| p.kind = 0x20,
            |e| matches!(e, PeerError::UnexpectedPacket(0x20)),
        ),
        (
            |p| p.kind = 0x77,
            |e| matches!(e, PeerError::UnknownPacketType(0x77)),
        ),
        (
            |p| p.body[0] ^= 1,
            |e| matches!(e, PeerError::WrongPacketLength(_)),
        ),
        (
            |p| p.body[1] ^= 1,
            |e| matches!(e, PeerError::WrongPacketLength(_)),
        ),
        (
            |p| p.body[2] = 2,
            |e| matches!(e, PeerError::UnknownVersion(2)),
        ),
        (
            |p| p.body[3] = 3,
            |e| matches!(e, PeerError::UnknownFlags(3)),
        ),
        (
            |p| p.body[7] = 4,
            |e| matches!(e, PeerError::UnknownFlags(4)),
        ),
    ]
}

/// The lengths of a box, which begins so far into the body, and its tag.
fn bends_of_box(packet: &Packet, at: usize) -> Vec<(Packet, bool)> {
    let mut all = Vec::new();
    for (place, value) in [(0, 1), (1, 1), (2, 1), (3, 1), (2, 16), (3, 0xff)] {
        let mut bent = packet.clone();
        bent.body[at + place] ^= value;
        all.push((bent, true));
    }
    let mut bent = packet.clone();
    *bent.body.last_mut().unwrap() ^= 1;
    all.push((bent, false));
    all
}

#[test]
fn every_field_of_the_handshake_is_checked() {
    for (bend, expected) in bends() {
        let mut end = End::new(server().build_v1().unwrap());
        let mut packet = Peer::new().client_handshake();
        bend(&mut packet);
        // A first packet with a number of its own is no ClientHandshake of any version.
        let error = refuses(&mut end, &packet.bytes());
        assert!(expected(&error), "{error:?}");

        let (mut end, mut peer) = client_with_server();
        let signature = peer.sign(SERVER_KEY);
        let mut packet = peer.server_handshake(&public(SERVER_KEY), &signature);
        bend(&mut packet);
        let error = refuses(&mut end, &packet.bytes());
        assert!(expected(&error), "{error:?}");

        let (mut end, mut peer) = server_with_client();
        let signature = peer.sign(CLIENT_KEY);
        let mut packet = peer.client_authentication(&public(CLIENT_KEY), &signature);
        bend(&mut packet);
        let error = refuses(&mut end, &packet.bytes());
        assert!(expected(&error), "{error:?}");
    }
}

#[test]
fn every_field_of_a_box_is_checked() {
    let (_, mut peer) = client_with_server();
    let signature = peer.sign(SERVER_KEY);
    let packet = peer.server_handshake(&public(SERVER_KEY), &signature);
    let expect = |end: &mut End, bent: &Packet, length: bool| {
        let error = refuses(end, &bent.bytes());
        match length {
            true => assert!(
                matches!(error, PeerError::WrongPacketLength(_)),
                "{error:?}"
            ),
            false => assert_eq!(error, PeerError::DecryptionFailed),
        }
    };
    for (bent, length) in bends_of_box(&packet, 52) {
        let (mut end, _) = client_with_server();
        expect(&mut end, &bent, length);
    }
    let (_, mut peer) = server_with_client();
    let signature = peer.sign(CLIENT_KEY);
    let packet = peer.client_authentication(&public(CLIENT_KEY), &signature);
    for (bent, length) in bends_of_box(&packet, 8) {
        let (mut end, _) = server_with_client();
        expect(&mut end, &bent, length);
    }
    for len in [0, 5, 16_384] {
        let record = Pair::open().client.seal(&vec![9; len]);
        let packet = Packet::new(0x20, 2, record[8..].to_vec());
        for (bent, length) in bends_of_box(&packet, 0) {
            let mut pair = Pair::open();
            expect(&mut pair.server, &bent, length);
        }
    }
}

#[test]
fn records_have_a_length_and_a_place() {
    for length in [0, 19, 16_384 + 21, u16::MAX] {
        let mut pair = Pair::open();
        let mut head = Packet::new(0x20, 2, Vec::new());
        head.length = length;
        let error = refuses(&mut pair.server, &head.bytes());
        assert_eq!(error, PeerError::WrongPacketLength(length));
    }
    // Left out, and twice.
    let mut pair = Pair::open();
    pair.client.seal(b"1");
    let second = pair.client.seal(b"2");
    let wrong = |expected, received| PeerError::WrongMessageId { expected, received };
    assert_eq!(refuses(&mut pair.server, &second), wrong(2, 3));
    let mut pair = Pair::open();
    let first = pair.client.seal(b"1");
    pair.server.feed(&first);
    assert_eq!(refuses(&mut pair.server, &first), wrong(3, 2));
    // Sent back to whoever sealed it, with a number that fits: the nonce does not.
    let mut pair = Pair::open();
    let mut own = pair.server.seal(b"1");
    own[3] = 2;
    assert_eq!(refuses(&mut pair.server, &own), PeerError::DecryptionFailed);
    // With the number of another that fits in its place.
    let mut pair = Pair::open();
    pair.client.seal(b"1");
    let mut second = pair.client.seal(b"2");
    second[3] = 2;
    assert_eq!(
        refuses(&mut pair.server, &second),
        PeerError::DecryptionFailed
    );
}

#[test]
fn a_share_that_gives_zeros_is_refused() {
    let mut one = [0; 32];
    one[0] = 1;
    for share in [[0; 32], one] {
        let mut end = End::new(server().build_v1().unwrap());
        let mut peer = Peer::new();
        peer.share = share;
        let packet = peer.client_handshake().bytes();
        assert_eq!(refuses(&mut end, &packet), PeerError::InvalidShare);

        let (mut end, mut peer) = client_with_server();
        peer.share = share;
        peer.know_key(&[0; 32]);
        let signature = peer.sign(SERVER_KEY);
        let packet = peer.server_handshake(&public(SERVER_KEY), &signature);
        assert_eq!(refuses(&mut end, &packet.bytes()), PeerError::InvalidShare);
    }
}

/// A server that answers with the client's own nonce would have both sides seal
/// under one key and nonce.
#[test]
fn a_nonce_that_is_too_near_is_refused() {
    let wrap = 1u128 << 96;
    let far = u128::from(u32::MAX);
    // From above and from below, over the end too.
    for add in [0, 1, far, wrap - 1, wrap - far] {
        let (mut end, mut peer) = client_with_server();
        let mut wide = [0; 16];
        wide[4..].copy_from_slice(&peer.theirs.nonce);
        let near = u128::from_be_bytes(wide) + add;
        peer.nonce.copy_from_slice(&near.to_be_bytes()[4..]);
        let signature = peer.sign(SERVER_KEY);
        let packet = peer.server_handshake(&public(SERVER_KEY), &signature);
        assert_eq!(refuses(&mut end, &packet.bytes()), PeerError::NonceTooNear);
    }
}

#[test]
fn signatures_are_checked() {
    let zeros = [0; 64];
    let (_, peer) = client_with_server();
    let (good, others) = (peer.sign(SERVER_KEY), peer.sign(CLIENT_KEY));
    for signature in [&others[..], &zeros] {
        let (mut end, mut peer) = client_with_server();
        let packet = peer.server_handshake(&public(SERVER_KEY), signature);
        assert_eq!(refuses(&mut end, &packet.bytes()), PeerError::BadSignature);
    }
    // Signed for another challenge, nonce or session key.
    let changes: [fn(&mut Peer); 3] = [
        |peer| peer.theirs.challenge[0] ^= 1,
        |peer| peer.nonce[0] ^= 1,
        |peer| peer.share[0] ^= 1,
    ];
    for change in changes {
        let (mut end, mut peer) = client_with_server();
        let (nonce, share) = (peer.nonce, peer.share);
        change(&mut peer);
        let signature = peer.sign(SERVER_KEY);
        assert_ne!(signature, good);
        (peer.nonce, peer.share) = (nonce, share);
        let packet = peer.server_handshake(&public(SERVER_KEY), &signature);
        assert_eq!(refuses(&mut end, &packet.bytes()), PeerError::BadSignature);
    }
    // A client that shows a key proves it, on a server of anyone too.
    for builder in [server(), server().trust(Anyone)] {
        let end = End::new(builder.build_v1().unwrap());
        let (mut end, mut peer) = server_with(Peer::new(), end);
        let packet = peer.client_authentication(&public(CLIENT_KEY), &zeros);
        assert_eq!(refuses(&mut end, &packet.bytes()), PeerError::BadSignature);
    }
}

/// Keys of small order, for which a signature of anything is easily made, and one
/// that is not in canonical form.
#[test]
fn keys_of_small_order_are_refused() {
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let mut beyond = minus_one;
    beyond[0] = 0xed;
    let mut one = [0; 32];
    one[0] = 1;
    // R = the neutral element and S = 0 satisfy the equation of such a key.
    let mut easy = [0; 64];
    easy[0] = 1;
    for public in [[0; 32], one, minus_one, beyond] {
        let (mut end, mut peer) = client_with_server();
        let packet = peer.server_handshake(&public, &easy);
        assert_eq!(refuses(&mut end, &packet.bytes()), PeerError::BadSignature);
        let (mut end, mut peer) = server_with_client();
        let packet = peer.client_authentication(&public, &easy);
        assert_eq!(refuses(&mut end, &packet.bytes()), PeerError::BadSignature);
    }
    // A server is never anonymous.
    let (mut end, mut peer) = client_with_server();
    let packet = peer.server_handshake(&[0; 32], &[0; 64]);
    assert_eq!(refuses(&mut end, &packet.bytes()), PeerError::BadSignature);
}

#[test]
fn both_forms_of_an_anonymous_client_are_taken() {
    let mut one = [0; 32];
    one[0] = 1;
    for public in [[0; 32], one] {
        let end = End::new(server().trust(Anyone).build_v1().unwrap());
        let (mut end, mut peer) = server_with(Peer::new(), end);
        let packet = peer.client_authentication(&public, &[0; 64]);
        end.feed(&packet.bytes());
        assert_eq!(end.last(), Some(&Seen::Open));
        assert_eq!(end.channel.remote_identity(), None);

        let (mut end, mut peer) = server_with_client();
        let packet = peer.client_authentication(&public, &[0; 64]);
        assert_eq!(refuses(&mut end, &packet.bytes()), PeerError::AnonymousPeer);
    }
}

/// A hand-made client's ClientAuthentication: with a key, or as an anonymous one.
fn authentication(peer: &mut Peer, seed: Option<u8>) -> Packet {
    match seed {
        None => peer.client_authentication(&[0; 32], &[0; 64]),
        Some(seed) => {
            let signature = peer.sign(seed);
            peer.client_authentication(&public(seed), &signature)
        }
    }
}

/// After a reset the peer is who it was, whoever else may come.
#[test]
fn nobody_else_may_answer_a_reset() {
    for (first, then) in [
        (Some(CLIENT_KEY), Some(9)),
        (Some(CLIENT_KEY), None),
        (None, Some(CLIENT_KEY)),
    ] {
        let mut end = End::new(server().trust(Anyone).build_v1().unwrap());
        for (seed, same) in [(first, true), (first, true), (then, false)] {
            let (after, mut peer) = server_with(Peer::new(), end);
            end = after;
            let packet = authentication(&mut peer, seed).bytes();
            if same {
                end.feed(&packet);
                assert_eq!(end.last(), Some(&Seen::Open));
                assert_eq!(end.feed(&RESET), RESET);
            } else {
                assert_eq!(refuses(&mut end, &packet), PeerError::IdentityChanged);
            }
        }
    }
    let mut end = End::new(client().trust(Anyone).build_v1().unwrap());
    let mut hello = end.outgoing();
    for (seed, same) in [(SERVER_KEY, true), (SERVER_KEY, true), (9, false)] {
        let mut peer = Peer::new();
        peer.take_client_handshake(&hello);
        let signature = peer.sign(seed);
        let packet = peer.server_handshake(&public(seed), &signature).bytes();
        if same {
            end.feed(&packet);
            assert!(end.is_open());
            hello = end.feed(&RESET)[RESET.len()..].to_vec();
        } else {
            assert_eq!(refuses(&mut end, &packet), PeerError::IdentityChanged);
        }
    }
}

/// Who has not proved a key is not shown to the application, not even to be asked about.
#[test]
fn nobody_is_asked_about_a_key_that_is_not_proved() {
    let asks = || AuthorizedKeys::default().or_ask();
    let refuses_silently = |end: &mut End, packet: &Packet| {
        assert_eq!(refuses(end, &packet.bytes()), PeerError::BadSignature);
        assert_eq!(end.seen, [Seen::Ended(PeerError::BadSignature)]);
        assert_eq!(end.channel.undecided_peer(), None);
        assert_eq!(end.channel.remote_identity(), None);
        assert!(end.channel.decide(true).is_err());
    };
    let mut end = End::new(client().trust(asks()).build_v1().unwrap());
    let mut peer = Peer::new();
    peer.take_client_handshake(&end.outgoing());
    let others = peer.sign(CLIENT_KEY);
    let packet = peer.server_handshake(&public(SERVER_KEY), &others);
    refuses_silently(&mut end, &packet);

    let end = End::new(server().trust(asks()).build_v1().unwrap());
    let (mut end, mut peer) = server_with(Peer::new(), end);
    let others = peer.sign(SERVER_KEY);
    let packet = peer.client_authentication(&public(CLIENT_KEY), &others);
    refuses_silently(&mut end, &packet);
}

/// An anonymous client's nonce is signed by nobody, and boxes have no associated data. So
/// whoever holds the line can add to the nonce, keep back the ClientAuthentication and the
/// first records, and give a record of 96 zeros for a ClientAuthentication: the channel
/// opens, its beginning is gone, and no side knows. It is in the format, and no
/// implementation can mend it (docs/protocol-1.md, "What cannot be mended").
#[test]
fn the_first_records_of_an_anonymous_client_can_be_cut_off() {
    for keeps_anonymous_clients_out in [false, true] {
        let anonymous = client().key_store(MemoryKeyStore::new());
        let mut client = End::new(anonymous.build_v1().unwrap());
        let server = match keeps_anonymous_clients_out {
            false => server().trust(Anyone),
            true => server(),
        };
        let mut server = End::new(server.build_v1().unwrap());

        let mut hello = client.outgoing();
        let last = hello[48..60].last_mut().unwrap();
        *last = last.checked_add(3).unwrap();
        let answer = server.feed(&hello);
        let kept_back = client.feed(&answer);
        assert!(client.is_open() && kept_back.len() == 132);
        client.seal(b"pay nothing to");
        client.seal(b"the following:");
        let zeros = client.seal(&[0; 96]);
        let mut fourth = client.seal(b"Mallory");

        let body = [&inner_header(124), &zeros[8..]].concat();
        server.feed(&Packet::new(3, 1, body).bytes());
        if keeps_anonymous_clients_out {
            assert_eq!(server.seen, [Seen::Ended(PeerError::AnonymousPeer)]);
            continue;
        }
        fourth[2..4].copy_from_slice(&[0, 2]);
        server.feed(&fourth);
        let seen = [Seen::Open, Seen::Record(b"Mallory".to_vec())];
        assert_eq!(server.seen, seen);
        assert_eq!(server.channel.remote_identity(), None);
    }
}
