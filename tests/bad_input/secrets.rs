//! Prologues and pre-shared keys that differ: nothing opens.

use crate::pair::{Got, Pair, ROLES, builder, peer_of};
use crate::peer::{Peer, wire};
use ossuary::trust::Anyone;
use ossuary::{DefaultSuite, PeerError, Role, Status};

const KEY: [u8; 16] = *b"sixteen bytes!!!";

/// Our side has a prologue and a pre-shared key, and so has the peer, until it is
/// bent.
fn pair(role: Role) -> Pair {
    let ours = builder(role)
        .trust(Anyone)
        .prologue(b"a prologue")
        .pre_shared_key(&KEY);
    let mut peer = peer_of::<DefaultSuite>(role);
    unbend(&mut peer);
    Pair::of(ours, peer)
}

fn unbend(peer: &mut Peer) {
    peer.prologue = b"a prologue".to_vec();
    peer.chain = KEY.to_vec();
}

type Bend = (&'static str, fn(&mut Peer));
const BENDS: [Bend; 8] = [
    ("another prologue", |peer| peer.prologue[0] ^= 1),
    ("a longer prologue", |peer| peer.prologue.push(0)),
    ("a shorter prologue", |peer| peer.prologue.truncate(9)),
    ("no prologue", |peer| peer.prologue.clear()),
    ("another key", |peer| peer.chain[15] ^= 1),
    ("a longer key", |peer| peer.chain.push(0)),
    ("a shorter key", |peer| peer.chain.truncate(15)),
    ("no key", |peer| peer.chain.clear()),
];

/// The peer's authentication, from a peer that is bent.
fn does_not_open(pair: &mut Pair) -> Vec<u8> {
    match pair.role() {
        Role::Client => {
            let hello = pair.ours.take();
            pair.peer.read_client_handshake(&hello);
        }
        Role::Server => {
            let message = pair.peer.client_handshake();
            let hello = pair.peer.send_client_handshake(&message);
            assert_eq!(pair.ours.give(&hello), [Got::Progress]);
            // What our side says of itself stays shut.
            let packet = pair.ours.take();
            assert!(pair.peer.open_server_handshake(&packet).is_none());
        }
    }
    pair.authentication(|_, _| {}, |_, _| {})
}

#[test]
fn a_peer_with_another_secret_is_not_understood() {
    for role in ROLES {
        for (case, bend) in BENDS {
            let mut pair = pair(role);
            bend(&mut pair.peer);
            let packet = does_not_open(&mut pair);
            // A client that has opened nothing has no token; the server's stands
            // in a ServerHandshake that this peer could not open.
            let reset = match role {
                Role::Client => {
                    let error = PeerError::DecryptionFailed;
                    pair.resets(case, &packet, error, wire::DECRYPTION_FAILED)
                }
                Role::Server => {
                    let error = PeerError::DecryptionFailed;
                    assert_eq!(pair.ours.give(&packet), [Got::reset(error)], "{case}");
                    pair.ours.take()
                }
            };
            assert_eq!(pair.ours.connection.remote_identity(), None);
            assert_eq!(pair.ours.connection.undecided_peer(), None);
            // It mends when the peer is what it should be.
            unbend(&mut pair.peer);
            pair.recover(&reset);
        }
    }
}

#[test]
fn the_other_way_round_too() {
    // Our side has neither, and the peer has one.
    let bends: [Bend; 2] = [
        ("a prologue", |peer| peer.prologue.push(0)),
        ("a key", |peer| peer.chain.extend(KEY)),
    ];
    for role in ROLES {
        for (case, bend) in bends {
            let mut pair = Pair::new(role);
            bend(&mut pair.peer);
            let packet = does_not_open(&mut pair);
            let error = PeerError::DecryptionFailed;
            assert_eq!(pair.ours.give(&packet), [Got::reset(error)], "{case}");
        }
    }
}

/// "After the resets that the counter allows, the connection fails with reason
/// 0x07."
#[test]
fn a_peer_that_stays_wrong_is_given_up() {
    for role in ROLES {
        let mut pair = pair(role);
        pair.peer.chain[0] ^= 1;
        for _ in 0..5 {
            let packet = does_not_open(&mut pair);
            let error = PeerError::DecryptionFailed;
            assert_eq!(pair.ours.give(&packet), [Got::reset(error)]);
            assert_eq!(pair.status(), Status::Recovering);
            let reset = pair.ours.take();
            pair.back_to_first(&reset);
        }
        let packet = does_not_open(&mut pair);
        let reason = ossuary::Reason::DecryptionFailed;
        let error = PeerError::TooManyResets(reason);
        assert_eq!(pair.ours.give(&packet), [Got::Failed(error.clone())]);
        assert_eq!(pair.ours.connection.failure(), Some(&error));
        let last = pair.ours.take();
        assert_eq!(wire::Header::decode(&last).kind, wire::DISCONNECT);
        let alert = wire::Alert::decode(&last[8..]);
        assert_eq!((alert.reason, alert.kind), (wire::DECRYPTION_FAILED, 0));
        pair.is_over("given up");
    }
}
