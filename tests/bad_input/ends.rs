//! How a connection comes to its end, and that no call brings it back.

use crate::calls::misuse;
use crate::pair::{At, Got, Pair, ROLES, builder, peer_of};
use crate::peer::host_key;
use crate::peer::wire::{self, Alert};
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::AuthorizedKeys;
use ossuary::{DefaultSuite, Misuse, OssuaryConnection, OssuaryError, PeerError, Status};
use std::time::Duration;

/// Every way in which our side can stand before it is over.
fn standing() -> Vec<(String, Pair)> {
    let mut all = Vec::new();
    for role in ROLES {
        for at in [At::First, At::Middle, At::Open] {
            all.push((format!("{role:?} {at:?}"), Pair::at((role, at))));
        }
        let mut due = Pair::new(role).into_open();
        due.ours.give(&wire::packet(0x0004, 0, 0, &[]));
        all.push((format!("{role:?}, a Reset is due"), due));

        let mut waiting = Pair::new(role).into_open();
        waiting.ours.give(&wire::packet(0x0004, 0, 0, &[]));
        waiting.ours.take();
        all.push((format!("{role:?}, waiting"), waiting));

        let mut answer = Pair::new(role).into_open();
        let reset = answer.peer.reset(wire::FAILED);
        answer.ours.give(&reset);
        all.push((format!("{role:?}, an answer is due"), answer));

        let ask = builder(role).trust(AuthorizedKeys::default().or_ask());
        let mut undecided = Pair::of(ask, peer_of(role)).into_middle();
        let packet = undecided.authentication(|_, _| {}, |_, _| {});
        assert_eq!(undecided.ours.give(&packet), [Got::Undecided]);
        all.push((format!("{role:?}, undecided"), undecided));

        let mut begun = Pair::new(role).into_open();
        let record = begun.peer.record(b"half of it");
        begun.ours.give(&record[..20]);
        all.push((format!("{role:?}, a packet has begun"), begun));
    }
    all
}

#[test]
fn a_stream_that_ends_without_a_clean_end_has_failed() {
    for (case, mut pair) in standing() {
        let known = pair.known();
        assert!(
            matches!(
                pair.ours.connection.end_of_stream(),
                Err(OssuaryError::Peer(PeerError::StreamEnded))
            ),
            "{case}"
        );
        assert_eq!(pair.status(), Status::Failed, "{case}");
        let failure = pair.ours.connection.failure();
        assert_eq!(failure, Some(&PeerError::StreamEnded), "{case}");
        // Nothing is sent: nobody is there to read it.
        pair.is_over(&case);
        assert_eq!((pair.known().0, pair.known().1), (known.0, known.1));
        stays_failed(&case, pair);
    }
}

#[test]
fn a_stream_that_ends_after_a_clean_end_is_well() {
    for role in ROLES {
        // The peer's.
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let close = pair.peer.close();
        assert_eq!(pair.ours.give(&close), [Got::Closed]);
        for _ in 0..2 {
            pair.ours.connection.end_of_stream().unwrap();
        }
        stays_closed(pair);

        // Our own, sent or not.
        for sent in [true, false] {
            let mut pair = Pair::<DefaultSuite>::new(role).into_open();
            pair.ours.connection.disconnect(false);
            assert_eq!(pair.status(), Status::Closed);
            if sent {
                assert_eq!(pair.ours.take().len(), 42);
            }
            pair.ours.connection.end_of_stream().unwrap();
            if sent {
                stays_closed(pair);
            }
        }
    }
}

#[test]
fn an_application_that_ends_it_says_so() {
    for (case, _) in standing() {
        for with_error in [false, true] {
            let (_, mut pair) = standing().into_iter().find(|(at, _)| *at == case).unwrap();
            let was_open = pair.status() == Status::Open;
            let (known, token) = (pair.known(), pair.peer.peer_token());
            pair.ours.connection.disconnect(with_error);
            let packet = pair.ours.take();
            if was_open && !with_error {
                let (header, plaintext) = pair.peer.open(&packet);
                assert_eq!(header.flags, wire::SEALED, "{case}");
                let alert = Alert::decode(&plaintext);
                assert_eq!((alert.reason, alert.kind), (wire::CLOSED, 0), "{case}");
                stays_closed(pair);
                continue;
            }
            // Before the channel is open, an error is not told.
            let reason = if was_open { wire::FAILED } else { wire::CLOSED };
            let alert = Alert {
                reason,
                kind: 0,
                token,
            };
            assert_eq!(packet, alert.packet(wire::DISCONNECT, 0), "{case}");
            let failure = pair.ours.connection.failure();
            assert_eq!(failure, Some(&PeerError::LocalEnd), "{case}");
            assert_eq!((pair.known().0, pair.known().1), (known.0, known.1));
            pair.is_over(&case);
            stays_failed(&case, pair);
        }
    }
}

/// Our side has found an error, and its Disconnect is not sent yet: all calls
/// fail already, and the Disconnect stays due.
#[test]
fn all_calls_fail_as_soon_as_an_error_is_found() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let flags = wire::SEALED | wire::PADDED;
        let bad = pair.peer.seal(wire::ENCRYPTED_DATA, flags, b"");
        assert_eq!(pair.ours.give(&bad), [Got::Failed(PeerError::BadPadding)]);
        calls_fail("due", &mut pair.ours.connection, 26);
        pair.has_ended("due", PeerError::BadPadding, wire::MALFORMED);
        stays_failed("sent", pair);
    }
}

#[track_caller]
fn stays_failed(case: &str, mut pair: Pair) {
    let failure = pair.ours.connection.failure().cloned();
    assert!(failure.is_some(), "{case}");
    for _ in 0..2 {
        calls_fail(case, &mut pair.ours.connection, 0);
    }
    // What ended it stays what ended it.
    assert_eq!(pair.ours.connection.failure().cloned(), failure, "{case}");
    let (connection, error) = pair.ours.connection.split().unwrap_err();
    assert!(matches!(error, OssuaryError::Misuse(Misuse::NotOpen)));
    assert_eq!(connection.status(), Status::Failed, "{case}");
}

/// Every call on a connection that has failed.
#[track_caller]
fn calls_fail(case: &str, ours: &mut OssuaryConnection, due: usize) {
    macro_rules! fails {
        ($($call:expr),* $(,)?) => {$(
            let result = $call.map(drop);
            assert!(
                matches!(result, Err(OssuaryError::ConnectionFailed)),
                "{case}, {}: {result:?}", stringify!($call)
            );
        )*};
    }
    let mut out = [0; 100];
    let mut packet = wire::packet(0x0004, 0, 0, &[]);
    fails!(
        ours.receive(&mut packet),
        ours.receive(&mut []),
        ours.seal(b"", &mut out),
        ours.seal(b"", &mut []),
        ours.seal_in_place(&mut out, 0),
        ours.seal_padded(b"", 1, &mut out),
        ours.rekey(),
        ours.channel_binding(),
        ours.export_keying_material(b"", b"", &mut out),
        ours.end_of_stream(),
        ours.handshake_done(),
        ours.recv_handshake(&packet[..]),
        ours.send_data(b"", &mut Vec::new()),
        ours.recv_data(&packet[..], &mut Vec::new()),
    );
    ours.disconnect(false);
    ours.disconnect(true);
    others(case, ours, Status::Failed, due);
    if due == 0 {
        fails!(ours.send_handshake(&mut Vec::new()));
        assert_eq!(ours.flush(&mut Vec::new()).unwrap(), 0);
        assert_eq!(ours.send(&mut []).unwrap(), 0);
    }
}

/// Every call on a connection that is closed.
fn stays_closed(mut pair: Pair) {
    let ours = &mut pair.ours.connection;
    macro_rules! closed {
        ($($call:expr),* $(,)?) => {$(
            let result = $call.map(drop);
            assert!(
                matches!(result, Err(OssuaryError::ConnectionClosed)),
                "{}: {result:?}", stringify!($call)
            );
        )*};
    }
    let mut out = [0; 100];
    for _ in 0..2 {
        let mut packet = wire::packet(0x0004, 0, 0, &[]);
        closed!(
            ours.receive(&mut packet),
            ours.receive(&mut []),
            ours.seal(b"", &mut out),
            ours.seal_in_place(&mut out, 0),
            ours.seal_padded(b"", 1, &mut out),
            ours.rekey(),
            ours.channel_binding(),
            ours.export_keying_material(b"", b"", &mut out),
            ours.handshake_done(),
            ours.send_handshake(&mut Vec::new()),
            ours.recv_handshake(&packet[..]),
            ours.send_data(b"", &mut Vec::new()),
            ours.recv_data(&packet[..], &mut Vec::new()),
        );
        ours.end_of_stream().unwrap();
        ours.disconnect(false);
        ours.disconnect(true);
        assert_eq!(ours.flush(&mut Vec::new()).unwrap(), 0);
        assert_eq!(ours.send(&mut []).unwrap(), 0);
        others("closed", ours, Status::Closed, 0);
        assert_eq!(ours.failure(), None);
    }
}

/// The calls that do not say that it is over, because they have nothing to do
/// with the channel: nothing comes of them.
#[track_caller]
fn others(case: &str, ours: &mut OssuaryConnection, status: Status, due: usize) {
    let key = host_key(0x55);
    ours.authorize(key.identity()).unwrap();
    ours.add_authorized_key(key.identity().public_key())
        .unwrap();
    assert_eq!(misuse(ours.decide(true)), Misuse::NoDecisionPending);
    assert_eq!(misuse(ours.decide(false)), Misuse::NoDecisionPending);
    let signature = key.sign(b"").unwrap();
    assert_eq!(
        misuse(ours.provide_signature(signature)),
        Misuse::NoSignaturePending
    );
    assert!(ours.pending_signature().is_none(), "{case}");
    assert_eq!(ours.undecided_peer(), None, "{case}");
    assert_eq!(
        misuse(ours.set_secret_key(&[1; 32])),
        Misuse::HandshakeBegun
    );
    assert!(!ours.advance(Duration::from_secs(1_000_000)).unwrap());
    assert_eq!(ours.deadline(), None, "{case}");
    assert_eq!(ours.send_len(), due, "{case}");
    assert_eq!(ours.status(), status, "{case}");
}
