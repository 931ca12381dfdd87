//! The end of a connection, which protocol 1 does not prove.

use crate::pair::{Pair, Seen};
use crate::resets::RESET;
use ossuary::{OssuaryError, PeerError, Reason, Status};

/// A Disconnect, as anyone can write it.
pub(crate) const CLOSED: [u8; 12] = [0, 4, 0, 0, 0, 0x10, 0, 0, 4, 0, 0, 0];
pub(crate) const FAILED: [u8; 12] = [0, 4, 0, 0, 0, 0x10, 0, 0, 4, 0, 1, 0];

#[test]
fn a_close_ends_both_sides() {
    let mut pair = Pair::open();
    let record = pair.client.seal(b"the last");
    pair.client.channel.disconnect(false);
    assert_eq!(pair.client.channel.status(), Status::Closed);
    pair.server.incoming.extend(record);
    pair.settle();
    let seen = [
        Seen::Record(b"the last".to_vec()),
        Seen::Ended(PeerError::UnprovenClose),
    ];
    assert_eq!(pair.server.seen, seen);
    assert_eq!(pair.server.channel.status(), Status::Failed);
    // This side knows that it closed.
    pair.client.channel.end_of_stream().unwrap();
    let error = pair.client.channel.seal(b"more", &mut [0; 100]);
    assert!(matches!(error, Err(OssuaryError::ConnectionClosed)));
}

#[test]
fn a_failed_end_ends_both_sides() {
    let mut pair = Pair::open();
    pair.server.channel.disconnect(true);
    pair.settle();
    let told = PeerError::Disconnected(Reason::Failed);
    assert_eq!(pair.client.seen, [Seen::Ended(told)]);
    let own = pair.server.channel.failure();
    assert_eq!(own, Some(&PeerError::LocalEnd));
    let error = pair.client.channel.receive(&mut []);
    assert!(matches!(error, Err(OssuaryError::ConnectionFailed)));
}

#[test]
fn an_end_before_the_channel_is_open_is_a_failure() {
    let mut pair = Pair::new();
    let hello = pair.client.outgoing();
    pair.server.feed(&hello);
    pair.client.channel.disconnect(false);
    pair.settle();
    let told = PeerError::Disconnected(Reason::Failed);
    assert_eq!(pair.server.last(), Some(&Seen::Ended(told)));
    assert_eq!(pair.client.channel.status(), Status::Failed);
}

/// Nothing tells a forged close, a real one and the end of the stream apart, and
/// so all of them are errors.
#[test]
fn a_close_proves_nothing() {
    let mut pair = Pair::open();
    assert!(pair.client.feed(&CLOSED).is_empty());
    assert_eq!(pair.client.seen, [Seen::Ended(PeerError::UnprovenClose)]);
    let mut pair = Pair::open();
    let error = pair.client.channel.end_of_stream().unwrap_err();
    assert!(matches!(error, OssuaryError::Peer(PeerError::StreamEnded)));
}

/// `msg_id` and the first field may be anything; the rest is as it is.
#[test]
fn notices_are_read_as_they_are_defined() {
    for (bytes, error) in [
        (CLOSED, PeerError::UnprovenClose),
        (FAILED, PeerError::Disconnected(Reason::Failed)),
    ] {
        let mut other = bytes;
        other[2..4].copy_from_slice(&[0xab, 0xcd]);
        other[8..10].copy_from_slice(&[0xf0, 0xbf]);
        for bytes in [bytes, other] {
            for waits in [false, true] {
                let mut pair = Pair::open();
                if waits {
                    // In the middle of a reset, behind what is dropped.
                    pair.server.feed(&[0xff; 8]);
                    pair.server.feed(&[0x55; 300]);
                }
                assert!(pair.server.feed(&bytes).is_empty());
                assert_eq!(pair.server.last(), Some(&Seen::Ended(error.clone())));
            }
        }
    }
    for (place, value) in [(10, 2), (11, 1)] {
        let mut pair = Pair::open();
        let mut bytes = CLOSED;
        bytes[place] = value;
        assert_eq!(pair.server.feed(&bytes), RESET);
        assert!(matches!(pair.server.last(), Some(Seen::Reset(_))));
    }
}
