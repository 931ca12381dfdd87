//! Unsealed alerts: whom our side believes, and what it makes of those that are
//! not formed as they should be.

use crate::pair::{At, Got, PLACES, Pair, ROLES, Then, WRONG_TOKEN};
use crate::peer::wire::{self, Alert, NO_TOKEN, Token, with_header};
use ossuary::{DefaultSuite, PeerError, Reason, ResetCause, Role, Status};

/// Whose token an alert carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// The current one of the peer.
    Peers,
    /// The current one of our side, which comes back.
    Ours,
    /// That of the handshake from which the chain of this one comes.
    Chains,
    /// Zeros: no token.
    Nobodys,
    /// One that nobody has.
    Wrong,
}

use Whose::{Chains, Nobodys, Ours, Peers, Wrong};

fn token(pair: &Pair, whose: Whose) -> Token {
    let peer = &pair.peer;
    match whose {
        Peers => peer.own_token(),
        Ours => peer.peer_token(),
        Chains => peer.chain_token,
        Nobodys => NO_TOKEN,
        Wrong => WRONG_TOKEN,
    }
}

fn alert(pair: &Pair, reason: u8, kind: u8, whose: Whose) -> Alert {
    Alert {
        reason,
        kind,
        token: token(pair, whose),
    }
}

fn disconnect(pair: &Pair, whose: Whose) -> Vec<u8> {
    alert(pair, wire::FAILED, 0, whose).packet(wire::DISCONNECT, 0)
}

/// Both have shared a secret before: it is the second handshake, after a reset.
fn second(place: (Role, At)) -> Pair {
    let (role, at) = place;
    let mut pair = Pair::<DefaultSuite>::new(role).into_open();
    pair.talk();
    let reset = pair.peer.reset(wire::FAILED);
    let cause = ResetCause::Peer(Reason::Failed);
    assert_eq!(pair.ours.give(&reset), [Got::Reset(cause)]);
    pair.answered("between", &reset);
    if role == Role::Server {
        // What the protocol calls "the client token of the handshake that its
        // chain comes from".
        assert_eq!(pair.peer.chain_token, pair.peer.own_token());
    }
    match at {
        At::First => {}
        At::Middle => pair.middle(),
        At::Open => pair.handshake(),
    }
    pair
}

/// After a forged alert was dropped: the handshake, or the channel, goes on.
fn goes_on(mut pair: Pair, at: At) {
    match at {
        At::First => pair.handshake(),
        At::Middle => {
            let packet = pair.authentication(|_, _| {}, |_, _| {});
            pair.finish(&packet);
        }
        At::Open => {}
    }
    pair.talk();
}

/// A place, and whose tokens are believed there in the first handshake of a
/// connection and in a later one.
type Row = ((Role, At), &'static [Whose], &'static [Whose]);

/// The whole of "Who acts on an unsealed alert". All others are dropped.
const BELIEVED: [Row; 5] = [
    // A client that has opened nothing yet acts on anything.
    (
        (Role::Client, At::Middle),
        &[Peers, Ours, Nobodys, Wrong],
        &[Peers, Ours, Nobodys, Wrong],
    ),
    ((Role::Client, At::Open), &[Peers], &[Peers]),
    // In its first handshake a server has no token yet that it could expect.
    (
        (Role::Server, At::First),
        &[Peers, Ours, Nobodys],
        &[Peers, Chains],
    ),
    (
        (Role::Server, At::Middle),
        &[Peers, Nobodys],
        &[Peers, Chains],
    ),
    ((Role::Server, At::Open), &[Peers], &[Peers]),
];

/// In the first place of a connection no token is derived: all of them are zeros.
fn is_believed(pair: &Pair, whose: Whose, believed: &[Whose]) -> bool {
    believed.contains(&whose)
        || believed
            .iter()
            .any(|other| token(pair, *other) == token(pair, whose))
}

fn each_token(test: impl Fn(&str, Pair, At, Whose, bool)) {
    for (place, in_first, in_second) in BELIEVED {
        for whose in [Peers, Ours, Chains, Nobodys, Wrong] {
            for later in [false, true] {
                let (pair, believed) = match later {
                    false => (Pair::at(place), in_first),
                    true => (second(place), in_second),
                };
                let believes = is_believed(&pair, whose, believed);
                let case = format!("{whose:?}, {place:?}, later: {later}");
                test(&case, pair, place.1, whose, believes);
            }
        }
    }
}

#[test]
fn a_disconnect_is_believed_by_its_token() {
    each_token(|case, mut pair, at, whose, believed| {
        let packet = disconnect(&pair, whose);
        if !believed {
            pair.drops(case, &packet);
            return goes_on(pair, at);
        }
        let known = pair.known();
        let error = PeerError::Disconnected(Reason::Failed);
        assert_eq!(
            pair.ours.give(&packet),
            [Got::Failed(error.clone())],
            "{case}"
        );
        assert_eq!(pair.known(), known, "{case}");
        assert_eq!(pair.status(), Status::Failed, "{case}");
        assert_eq!(pair.ours.connection.failure(), Some(&error), "{case}");
        // Nothing is answered.
        pair.is_over(case);
    });
}

#[test]
fn a_reset_is_believed_by_its_token() {
    each_token(|case, mut pair, at, whose, believed| {
        let known = pair.known();
        let reset = alert(&pair, wire::MALFORMED, 0, whose).packet(wire::RESET, 0x1234);
        if !believed {
            pair.drops(case, &reset);
            return goes_on(pair, at);
        }
        let cause = ResetCause::Peer(Reason::Malformed);
        assert_eq!(pair.ours.give(&reset), [Got::Reset(cause)], "{case}");
        assert_eq!(pair.status(), Status::Recovering, "{case}");
        assert_eq!(pair.known(), known, "{case}");
        // The answer has the reason and the msg_id of the Reset.
        let answer = pair.ours.take();
        let said = Alert::decode(&answer[8..]);
        assert_eq!((said.reason, said.kind), (wire::MALFORMED, 1), "{case}");
        assert_eq!(&answer[..8], &reset[..8], "{case}");
        assert!([pair.peer.peer_token(), pair.peer.chain_token].contains(&said.token));
        let first = pair.ours.connection.wants_send();
        assert_eq!(first, pair.role() == Role::Client, "{case}");
    });
}

/// A Reset of the peer's own is answered, and both go on, in every place.
#[test]
fn a_reset_by_the_peer_is_answered() {
    for place in PLACES {
        // A reason that the protocol does not name is repeated as it came.
        for reason in [wire::CLOSED, wire::DECRYPTION_FAILED, 0x09, 0x77, 0xff] {
            let case = format!("reason {reason:#04x}, {place:?}");
            let (role, at) = place;
            if (role, at) == (Role::Client, At::Middle) {
                // The peer has no token yet, and does not need one.
                let mut pair = Pair::<DefaultSuite>::at(place);
                pair.is_reset_by_peer(&case, reason);
            }
            second(place).is_reset_by_peer(&case, reason);
        }
    }
}

#[test]
fn a_disconnect_says_why() {
    for role in ROLES {
        for reason in [0x00, 0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0xff] {
            let mut pair = Pair::<DefaultSuite>::new(role).into_open();
            let packet = pair.peer.disconnect(reason);
            let error = PeerError::Disconnected(Reason::from_code(reason));
            assert_eq!(pair.ours.give(&packet), [Got::Failed(error)]);
            pair.is_over("ended");
        }
    }
}

/// That a suite is refused can be said of a client's suite only.
#[test]
fn a_client_that_refuses_a_suite_ends_it_like_any_other() {
    for at in [At::First, At::Middle, At::Open] {
        let mut pair = Pair::<DefaultSuite>::at((Role::Server, at));
        let packet = pair.peer.disconnect(wire::SUITE_NOT_SUPPORTED);
        let error = PeerError::Disconnected(Reason::SuiteNotSupported);
        assert_eq!(pair.ours.give(&packet), [Got::Failed(error)]);
    }
}

// ---- Alerts that are not formed as they should be

/// Each of these, of a token that is believed.
fn malformed(pair: &Pair) -> [(&'static str, Vec<u8>); 5] {
    let with = |kind| alert(pair, wire::FAILED, kind, Peers);
    let numbered = with_header(&with(0).packet(wire::DISCONNECT, 0), |header| {
        header.msg_id = 1;
    });
    [
        ("a Reset of kind 2", with(2).packet(wire::RESET, 1)),
        ("a Reset of kind 255", with(255).packet(wire::RESET, 1)),
        (
            "a Disconnect of kind 1",
            with(1).packet(wire::DISCONNECT, 0),
        ),
        (
            "a Disconnect of kind 2",
            with(2).packet(wire::DISCONNECT, 0),
        ),
        ("a Disconnect with a msg_id", numbered),
    ]
}

#[test]
fn a_believed_alert_is_well_formed() {
    for place in PLACES {
        for at in 0..5 {
            let mut pair = second(place);
            let (case, packet) = malformed(&pair)[at].clone();
            let then = Then::Reset(PeerError::MalformedAlert, wire::MALFORMED);
            pair.refuses(&format!("{case}, {place:?}"), &packet, then);
        }
    }
}

/// One that is not believed is dropped, formed or not.
#[test]
fn a_malformed_alert_of_nobody_changes_nothing() {
    for place in PLACES {
        if place == (Role::Client, At::Middle) {
            continue; // It believes everybody.
        }
        for at in 0..5 {
            let mut pair = second(place);
            let (case, mut packet) = malformed(&pair)[at].clone();
            packet[10..].copy_from_slice(&WRONG_TOKEN);
            pair.drops(case, &packet);
            goes_on(pair, place.1);
        }
    }
}

#[test]
fn an_answer_that_nobody_asked_for_is_dropped() {
    for place in PLACES {
        for msg_id in [0, 1, 2] {
            let mut pair = second(place);
            let answer = alert(&pair, wire::FAILED, 1, Peers).packet(wire::RESET, msg_id);
            pair.drops(&format!("{place:?}"), &answer);
            goes_on(pair, place.1);
        }
    }
}

/// However many there are: none counts.
#[test]
fn forged_alerts_do_not_wear_a_channel_down() {
    for role in ROLES {
        let mut pair = second((role, At::Open));
        for whose in [Ours, Nobodys, Wrong, Chains].iter().cycle().take(40) {
            let forged = disconnect(&pair, *whose);
            pair.drops("forged", &forged);
            for kind in [0, 1, 2] {
                let forged = alert(&pair, wire::FAILED, kind, *whose).packet(wire::RESET, 1);
                pair.drops("forged", &forged);
            }
        }
        pair.talk();
        // All five resets are left.
        for _ in 0..5 {
            let reset = pair.peer.reset(wire::FAILED);
            let cause = ResetCause::Peer(Reason::Failed);
            assert_eq!(pair.ours.give(&reset), [Got::Reset(cause)]);
            pair.answered("a true one", &reset);
            pair.handshake();
        }
    }
}

// ---- Waiting

/// Our side has found an error, has sent its Reset, and waits.
fn waiting(role: Role) -> (Pair, Vec<u8>) {
    let mut pair = second((role, At::Open));
    let mut damaged = pair.peer.record(b"damaged");
    damaged[8] ^= 1;
    let error = PeerError::DecryptionFailed;
    let reset = pair.resets("damaged", &damaged, error, wire::DECRYPTION_FAILED);
    (pair, reset)
}

/// What comes while our side waits is dropped, and it goes on waiting.
#[track_caller]
fn is_passed_over(pair: &mut Pair, case: &str, input: &[u8]) {
    let known = pair.known();
    let got = pair.ours.give(input);
    let passed = |got: &Got| matches!(got, Got::Progress | Got::Need(_));
    assert!(got.iter().all(passed), "{case}: {got:?}");
    assert_eq!(pair.known(), known, "{case}");
    assert_eq!(pair.status(), Status::Recovering, "{case}");
    assert!(!pair.ours.connection.wants_send(), "{case}");
}

#[test]
fn a_waiting_side_drops_everything_else() {
    for role in ROLES {
        let (mut pair, reset) = waiting(role);
        let record = pair.peer.record(b"not opened any more");
        is_passed_over(&mut pair, "a record", &record);
        let close = pair.peer.close();
        is_passed_over(&mut pair, "a clean end", &close);
        for (case, packet) in malformed(&pair) {
            is_passed_over(&mut pair, case, &packet);
        }
        for whose in [Ours, Nobodys, Wrong, Chains] {
            let forged = disconnect(&pair, whose);
            is_passed_over(&mut pair, "a forged Disconnect", &forged);
            for kind in [0, 1, 2] {
                let forged = alert(&pair, wire::FAILED, kind, whose).packet(wire::RESET, 1);
                is_passed_over(&mut pair, "a forged Reset", &forged);
            }
        }
        // Not the answer to the latest Reset.
        for msg_id in [0, 2, 0x0101] {
            let answer = alert(&pair, 0x07, 1, Peers).packet(wire::RESET, msg_id);
            is_passed_over(&mut pair, "another answer", &answer);
        }
        let hello = wire::packet(wire::CLIENT_HANDSHAKE, 0, 0, &[1; 79]);
        is_passed_over(&mut pair, "a hello", &hello);
        is_passed_over(&mut pair, "noise", &[0xa5; 1000]);
        is_passed_over(&mut pair, "zeros", &[0; 1000]);
        is_passed_over(
            &mut pair,
            "almost an alert",
            &[0, 0x12, 0, 1, 0, 0x11, 2, 0],
        );
        pair.recover(&reset);
    }
}

/// The answer is found wherever it stands, and however it is cut.
#[test]
fn a_waiting_side_finds_the_answer_at_any_byte() {
    for role in ROLES {
        for noise in 0..40 {
            for cut in [1, 5, 26, 1000] {
                let (mut pair, reset) = waiting(role);
                let mut input = vec![0x12; noise];
                input.extend(pair.peer.acknowledge(&reset));
                for chunk in input.chunks(cut) {
                    let got = pair.ours.give(chunk);
                    let passed =
                        |got: &Got| matches!(got, Got::Progress | Got::Need(_) | Got::NotYet);
                    assert!(got.iter().all(passed), "{got:?}");
                }
                pair.handshake();
                pair.talk();
            }
        }
    }
}

/// Both have reset at once: each answers the other, and only its own Reset counts.
#[test]
fn a_waiting_side_answers_a_reset_and_does_not_count_it() {
    for role in ROLES {
        let (mut pair, _) = waiting(role);
        for more in [true, true, true, true, false] {
            let reset = pair.peer.reset(wire::MALFORMED);
            assert_eq!(pair.ours.give(&reset), [Got::Progress]);
            pair.answered("both at once", &reset);
            pair.handshake();
            if more {
                let mut damaged = pair.peer.record(b"damaged");
                damaged[8] ^= 1;
                let error = PeerError::DecryptionFailed;
                pair.resets("again", &damaged, error, wire::DECRYPTION_FAILED);
            }
        }
        pair.talk();
    }
}

#[test]
fn a_waiting_side_believes_a_disconnect_with_the_right_token() {
    for role in ROLES {
        let (mut pair, _) = waiting(role);
        let packet = disconnect(&pair, Peers);
        let error = PeerError::Disconnected(Reason::Failed);
        assert_eq!(pair.ours.give(&packet), [Got::Failed(error)]);
        pair.is_over("ended");
    }
}
