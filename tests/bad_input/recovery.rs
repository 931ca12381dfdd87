//! What lasts over several handshakes of a connection: the records that were
//! received, who the peer is, and how often the channel may be reset.

use crate::pair::{Got, OUR_KEY, PEER_KEY, Pair, ROLES, Then, builder, peer_of};
use crate::peer::wire::{self, Alert};
use crate::peer::{Peer, host_key};
use ossuary::backend::rustcrypto::EcdsaP256SigningKey;
use ossuary::ossuary_traits::{Secret, SigningKey};
use ossuary::trust::{Anyone, AuthorizedKeys, Verdict, trust_fn};
use ossuary::{DefaultSuite, PeerError, Reason, ResetCause, Role, Status};
use std::rc::Rc;
use std::time::Duration;

/// The peer resets the channel; up to its next authentication.
fn again(pair: &mut Pair) {
    let reset = pair.peer.reset(wire::FAILED);
    let cause = ResetCause::Peer(Reason::Failed);
    assert_eq!(pair.ours.give(&reset), [Got::Reset(cause)]);
    pair.answered("again", &reset);
    pair.middle();
}

fn damaged(pair: &mut Pair) -> Vec<u8> {
    let mut record = pair.peer.record(b"damaged");
    record[8] ^= 1;
    record
}

// ---- Records received

fn impossible(count: u64) -> Then {
    Then::End(PeerError::ImpossibleCount(count), wire::MALFORMED)
}

/// The peer's authentication, which reports `count` records.
fn reporting(pair: &mut Pair, count: u64) -> Vec<u8> {
    pair.authentication(|_, auth| auth.records_received = count, |_, _| {})
}

#[test]
fn in_the_first_handshake_nothing_has_been_received() {
    for role in ROLES {
        for count in [1, 2, u64::MAX] {
            let mut pair = Pair::<DefaultSuite>::new(role).into_middle();
            let packet = reporting(&mut pair, count);
            pair.refuses("the first", &packet, impossible(count));
        }
    }
}

/// Also in a first handshake that is not the first attempt.
#[test]
fn before_anything_was_sent_nothing_has_been_received() {
    for role in ROLES {
        for count in [1, u64::MAX] {
            let mut pair = Pair::<DefaultSuite>::new(role).into_open();
            again(&mut pair);
            let packet = reporting(&mut pair, count);
            pair.refuses("the second", &packet, impossible(count));
        }
    }
}

#[test]
fn what_was_received_is_between_what_was_reported_and_what_was_sent() {
    // Our side has sent 3, the peer has 2 of them; then 4 more are sent, so that
    // from 2 to 6 can be.
    let history = |role| {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        for at in 0..3 {
            let record = pair.ours.seal(b"ours");
            if at < 2 {
                pair.peer.open(&record);
            }
        }
        again(&mut pair);
        let packet = reporting(&mut pair, 2);
        pair.finish(&packet);
        let delivery = pair.ours.connection.take_delivery().unwrap();
        assert_eq!(
            (delivery.sent, delivery.received, delivery.lost()),
            (3, 2, 1)
        );
        assert_eq!(pair.ours.connection.records_sent(), 2);
        for _ in 0..4 {
            pair.ours.seal(b"ours");
        }
        assert_eq!(pair.ours.connection.records_sent(), 6);
        again(&mut pair);
        pair
    };
    for role in ROLES {
        for count in [0, 1, 7, 8, u64::MAX] {
            let mut pair = history(role);
            let packet = reporting(&mut pair, count);
            pair.refuses("the third", &packet, impossible(count));
            assert_eq!(pair.ours.connection.take_delivery(), None);
        }
        for count in 2..=6 {
            let mut pair = history(role);
            pair.peer.received = count;
            let packet = reporting(&mut pair, count);
            pair.finish(&packet);
            let delivery = pair.ours.connection.take_delivery().unwrap();
            assert_eq!((delivery.sent, delivery.received), (6, count));
            assert_eq!(pair.ours.connection.records_sent(), count);
            pair.talk();
        }
    }
}

/// A handshake that did not come to its end does not lower what was reported.
#[test]
fn a_count_stays_reported_when_its_handshake_does_not_end() {
    let mut pair = Pair::<DefaultSuite>::new(Role::Client).into_open();
    for _ in 0..2 {
        let record = pair.ours.seal(b"ours");
        pair.peer.open(&record);
    }
    again(&mut pair);
    // Our client has opened this, and its answer is lost.
    let packet = reporting(&mut pair, 2);
    assert_eq!(pair.ours.give(&packet), [Got::Progress]);
    pair.ours.take();
    again(&mut pair);
    let packet = reporting(&mut pair, 1);
    pair.refuses("fewer than before", &packet, impossible(1));
}

/// What our side has received it has delivered, and says so.
#[test]
fn our_side_reports_what_it_has_given_out() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        for text in [&b"one"[..], b"", b"three"] {
            let record = pair.peer.record(text);
            assert_eq!(pair.ours.give(&record), [Got::Record(text.to_vec())]);
        }
        let bad = damaged(&mut pair);
        assert_eq!(pair.peer.sent, 4);
        let then = Then::Reset(PeerError::DecryptionFailed, wire::DECRYPTION_FAILED);
        // The pair checks the number that our side reports.
        pair.refuses("the fourth", &bad, then);
        assert_eq!(pair.peer.sent, 3 + 1);
        assert_eq!(pair.ours.connection.records_received(), 3 + 1);
    }
}

// ---- Who the peer is

#[test]
fn the_peer_stays_who_it_is() {
    type Host = Option<Rc<dyn SigningKey>>;
    let ed25519 = |seed| -> Host { Some(Rc::new(host_key(seed))) };
    let ecdsa = || -> Host {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([7; 32])).unwrap();
        Some(Rc::new(key))
    };
    let changes: [(&str, Role, Host, Host); 7] = [
        ("a server's key", Role::Client, ed25519(1), ed25519(2)),
        ("its scheme", Role::Client, ed25519(1), ecdsa()),
        ("our own key", Role::Client, ed25519(1), ed25519(OUR_KEY)),
        ("a client's key", Role::Server, ed25519(1), ed25519(2)),
        ("its scheme", Role::Server, ecdsa(), ed25519(1)),
        ("nobody before", Role::Server, None, ed25519(1)),
        ("nobody afterwards", Role::Server, ed25519(1), None),
    ];
    for (case, role, before, after) in changes {
        // Whether or not the channel had been open, and a record was received.
        for open in [true, false] {
            let mut peer = peer_of::<DefaultSuite>(role);
            peer.key.clone_from(&before);
            let mut pair = Pair::of(builder(role).trust(Anyone), peer).into_middle();
            let packet = pair.authentication(|_, _| {}, |_, _| {});
            if open {
                pair.finish(&packet);
                pair.talk();
            } else if role == Role::Client {
                // It is fixed when its signature has verified.
                assert_eq!(pair.ours.give(&packet), [Got::Progress]);
                pair.ours.take();
            } else {
                assert_eq!(pair.ours.give(&packet), [Got::Open]);
            }
            again(&mut pair);
            let first = before.as_ref().map(|key| key.identity());
            assert_eq!(pair.ours.connection.remote_identity(), first.as_ref());
            pair.peer.key.clone_from(&after);
            let packet = pair.authentication(|_, _| {}, |_, _| {});
            let then = Then::End(PeerError::IdentityChanged, wire::NOT_AUTHORIZED);
            pair.refuses(case, &packet, then);
            assert_eq!(pair.ours.connection.remote_identity(), first.as_ref());
        }
    }
}

/// A key that waits for a decision is fixed as well: another one does not take
/// its place, and the application is not asked about it.
#[test]
fn another_key_is_not_asked_about() {
    let ours = builder(Role::Client).trust(AuthorizedKeys::default().or_ask());
    let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(Role::Client)).into_middle();
    let packet = pair.authentication(|_, _| {}, |_, _| {});
    assert_eq!(pair.ours.give(&packet), [Got::Undecided]);
    pair.ours.connection.decide(true).unwrap();
    pair.ours.take();
    again(&mut pair);
    pair.peer.key = Some(Rc::new(host_key(0x44)));
    let packet = pair.authentication(|_, _| {}, |_, _| {});
    let then = Then::End(PeerError::IdentityChanged, wire::NOT_AUTHORIZED);
    pair.refuses("another", &packet, then);
}

/// Nobody but the same two can go on: the chain holds a secret of theirs.
#[test]
fn another_chain_does_not_go_on() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let reset = pair.peer.reset(wire::FAILED);
        assert_eq!(
            pair.ours.give(&reset),
            [Got::Reset(ResetCause::Peer(Reason::Failed))]
        );
        pair.answered("a reset", &reset);
        // Somebody with the same host key, and without the recovery secret.
        pair.peer.chain.clear();
        let packet = match role {
            Role::Client => {
                pair.middle();
                pair.authentication(|_, _| {}, |_, _| {})
            }
            Role::Server => {
                let message = pair.peer.client_handshake();
                let hello = pair.peer.send_client_handshake(&message);
                assert_eq!(pair.ours.give(&hello), [Got::Progress]);
                let packet = pair.ours.take();
                assert!(pair.peer.open_server_handshake(&packet).is_none());
                pair.authentication(|_, _| {}, |_, _| {})
            }
        };
        let error = PeerError::DecryptionFailed;
        assert_eq!(pair.ours.give(&packet), [Got::reset(error)]);
    }
}

/// A client that lost the ServerHandshake goes on from the handshake before it,
/// as its token says; in a first handshake, from the beginning.
#[test]
fn a_lost_server_handshake_is_not_gone_on_from() {
    for first in [true, false] {
        let mut pair = Pair::<DefaultSuite>::new(Role::Server);
        if !first {
            pair.handshake();
            let reset = pair.peer.reset(wire::FAILED);
            pair.ours.give(&reset);
            pair.answered("between", &reset);
        }
        for _ in 0..3 {
            let message = pair.peer.client_handshake();
            let hello = pair.peer.send_client_handshake(&message);
            assert_eq!(pair.ours.give(&hello), [Got::Progress]);
            let _lost = pair.ours.take();
            let reset = pair.peer.reset(wire::TIMED_OUT);
            let cause = ResetCause::Peer(Reason::TimedOut);
            assert_eq!(pair.ours.give(&reset), [Got::Reset(cause)]);
            pair.answered("lost", &reset);
        }
        pair.handshake();
        pair.talk();
    }
}

// ---- The reset counter

/// Ways to reset the channel, each of which counts one: up to the first state.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Our side finds an error.
    Ours,
    /// The peer does.
    Peers,
}

fn one_reset(pair: &mut Pair, way: Way) {
    match way {
        Way::Ours => {
            let bad = damaged(pair);
            let error = PeerError::DecryptionFailed;
            let reset = pair.resets("damaged", &bad, error, wire::DECRYPTION_FAILED);
            pair.back_to_first(&reset);
        }
        Way::Peers => {
            let reset = pair.peer.reset(wire::MALFORMED);
            let cause = ResetCause::Peer(Reason::Malformed);
            assert_eq!(pair.ours.give(&reset), [Got::Reset(cause)]);
            pair.answered("by the peer", &reset);
        }
    }
}

/// The sixth, which ends it with the reason of the last error.
fn one_too_many(pair: &mut Pair, way: Way) {
    let (input, reason) = match way {
        Way::Ours => (damaged(pair), wire::DECRYPTION_FAILED),
        Way::Peers => (pair.peer.reset(wire::MALFORMED), wire::MALFORMED),
    };
    let error = PeerError::TooManyResets(Reason::from_code(reason));
    pair.refuses(&format!("{way:?}"), &input, Then::End(error, reason));
}

const WAYS: [Way; 2] = [Way::Ours, Way::Peers];

#[test]
fn five_resets_pass_and_the_sixth_ends_it() {
    for role in ROLES {
        for five in WAYS {
            for sixth in WAYS {
                let mut pair = Pair::<DefaultSuite>::new(role).into_open();
                for _ in 0..5 {
                    one_reset(&mut pair, five);
                    pair.handshake();
                }
                one_too_many(&mut pair, sixth);
            }
        }
    }
}

#[test]
fn a_record_between_them_begins_the_count_anew() {
    for role in ROLES {
        for way in WAYS {
            let mut pair = Pair::<DefaultSuite>::new(role).into_open();
            for _ in 0..2 {
                for _ in 0..5 {
                    one_reset(&mut pair, way);
                    pair.handshake();
                }
                // An empty one is enough.
                let record = pair.peer.record(b"");
                assert_eq!(pair.ours.give(&record), [Got::Record(Vec::new())]);
            }
            for _ in 0..5 {
                one_reset(&mut pair, way);
                pair.handshake();
            }
            one_too_many(&mut pair, way);
        }
    }
}

/// The growth of what the peer reports does the same, where nothing is opened.
#[test]
fn so_does_a_record_that_the_peer_has_received() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        for received in [false, true, true, false] {
            for _ in 0..4 {
                one_reset(&mut pair, Way::Ours);
                pair.handshake();
            }
            let record = pair.ours.seal(b"ours");
            if received {
                pair.peer.open(&record);
            }
            one_reset(&mut pair, Way::Ours);
            pair.handshake();
            if !received {
                one_too_many(&mut pair, Way::Ours);
                pair = Pair::new(role).into_open();
            }
        }
    }
}

/// In the first handshake of a connection nothing can make the count smaller.
#[test]
fn resets_count_before_the_channel_is_open() {
    for role in ROLES {
        let unknown_type = wire::packet(0x0004, 0, 0, &[]);
        let error = PeerError::UnknownPacketType(4);
        let mut pair = Pair::<DefaultSuite>::new(role);
        for _ in 0..5 {
            if role == Role::Client {
                pair.middle();
            }
            let reset = pair.resets("a type", &unknown_type, error.clone(), wire::MALFORMED);
            pair.back_to_first(&reset);
        }
        if role == Role::Client {
            pair.middle();
        }
        let error = PeerError::TooManyResets(Reason::Malformed);
        let then = Then::End(error, wire::MALFORMED);
        pair.refuses("the sixth", &unknown_type, then);
    }
}

/// A Reset that nobody answers is repeated, and each time counts.
#[test]
fn repeated_resets_count() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let mut now = Duration::from_secs(100);
        pair.ours.connection.advance(now).unwrap();
        let bad = damaged(&mut pair);
        let error = PeerError::DecryptionFailed;
        let first = pair.resets("damaged", &bad, error, wire::DECRYPTION_FAILED);
        for msg_id in 2..=5 {
            // The wait begins when the time is told.
            assert!(!pair.ours.connection.advance(now).unwrap());
            assert_eq!(
                pair.ours.connection.deadline(),
                Some(now + Duration::from_secs(6))
            );
            now += Duration::from_secs(6);
            assert!(pair.ours.connection.advance(now).unwrap());
            let repeated = pair.ours.take();
            let expected = Alert::decode(&first[8..]).packet(wire::RESET, msg_id);
            assert_eq!(repeated, expected);
        }
        assert!(!pair.ours.connection.advance(now).unwrap());
        now += Duration::from_secs(6);
        let error = PeerError::TooManyResets(Reason::DecryptionFailed);
        assert!(matches!(
            pair.ours.connection.advance(now),
            Err(ossuary::OssuaryError::Peer(found)) if found == error
        ));
        pair.has_ended("the sixth", error, wire::DECRYPTION_FAILED);
        assert_eq!(pair.ours.connection.deadline(), None);
    }
}

/// An answer to an earlier Reset than the latest is none.
#[test]
fn only_the_latest_reset_is_answered() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let now = Duration::from_secs(100);
        pair.ours.connection.advance(now).unwrap();
        let bad = damaged(&mut pair);
        let error = PeerError::DecryptionFailed;
        pair.resets("damaged", &bad, error, wire::DECRYPTION_FAILED);
        assert!(!pair.ours.connection.advance(now).unwrap());
        let later = now + Duration::from_secs(6);
        assert!(pair.ours.connection.advance(later).unwrap());
        let second = pair.ours.take();
        let answer = pair.peer.alert(wire::DECRYPTION_FAILED, 1);
        assert_eq!(
            pair.ours.give(&answer.packet(wire::RESET, 1)),
            [Got::Progress]
        );
        assert!(!pair.ours.connection.wants_send());
        assert_eq!(pair.status(), Status::Recovering);
        pair.recover(&second);
    }
}

/// A policy is asked once, whatever happens to the channel.
#[test]
fn a_decision_survives_resets() {
    for role in ROLES {
        let identity = host_key(PEER_KEY).identity();
        let asked = std::sync::atomic::AtomicBool::new(false);
        let ours = builder(role).trust(trust_fn(move |peer| {
            assert_eq!(peer.identity(), Some(&identity));
            assert!(!asked.swap(true, std::sync::atomic::Ordering::Relaxed));
            Ok(Verdict::Trusted)
        }));
        let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(role)).into_open();
        for way in WAYS {
            one_reset(&mut pair, way);
            pair.handshake();
        }
        pair.talk();
    }
}

/// A client that was let in as nobody is still nobody, and the same.
#[test]
fn nobody_comes_back_as_nobody() {
    let ours = builder(Role::Server).trust(Anyone);
    let mut pair = Pair::of(ours, Peer::<DefaultSuite>::client(None)).into_open();
    pair.talk();
    pair.is_reset_by_peer("nobody", wire::FAILED);
    assert_eq!(pair.ours.connection.remote_identity(), None);
}
