//! Resets: by either side, at every moment, forged, and without end.

use crate::ends::{CLOSED, FAILED};
use crate::pair::{CLIENT_KEY, End, Pair, SERVER_KEY, Seen, client, keys, server};
use ossuary::trust::AuthorizedKeys;
use ossuary::{Deferred, Delivery, PeerError, Reason, ResetCause, Status};
use std::time::Duration;

/// A Reset, as anyone can write it.
pub(crate) const RESET: [u8; 12] = [0, 4, 0, 0, 0, 0x11, 0, 0, 4, 0, 1, 0];
/// A packet of no type.
const GARBAGE: [u8; 8] = [0, 0, 0, 0, 0, 0x77, 0, 0];
/// The timeout of a packet, and so long that a Reset is sent again.
const PACKET: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_secs(6);
/// That of a packet for which a person may be asked.
const PERSON: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Whom {
    Client,
    Server,
}

impl Whom {
    fn of(self, pair: &mut Pair) -> &mut End {
        match self {
            Whom::Client => &mut pair.client,
            Whom::Server => &mut pair.server,
        }
    }
}

const BOTH: [Whom; 2] = [Whom::Client, Whom::Server];

/// A pair of which so many packets have been carried.
fn after_packets(packets: usize) -> Pair {
    let mut pair = Pair::new();
    for packet in 0..packets {
        let (from, to) = match packet % 2 {
            0 => (&mut pair.client, &mut pair.server),
            _ => (&mut pair.server, &mut pair.client),
        };
        let mut bytes = from.outgoing();
        let received = to.channel.receive(&mut bytes).unwrap();
        assert_eq!(received.consumed, bytes.len());
    }
    pair
}

/// Gives one side `bytes` after so many packets, and lets the two come to rest.
fn disturbed(packets: usize, whom: Whom, bytes: &[u8]) -> Pair {
    let mut pair = after_packets(packets);
    // What stands in a side's way out goes first.
    let (to_server, to_client) = (pair.client.outgoing(), pair.server.outgoing());
    pair.server.incoming.extend(to_server);
    pair.client.incoming.extend(to_client);
    whom.of(&mut pair).incoming.extend_from_slice(bytes);
    pair.settle();
    pair
}

#[test]
fn either_side_may_reset_at_every_moment() {
    for packets in 0..=3 {
        for whom in BOTH {
            let mut pair = disturbed(packets, whom, &GARBAGE);
            assert!(pair.is_open(), "{packets} {whom:?}");
            pair.converse();
        }
    }
}

/// One that is forged is mended without a clock.
#[test]
fn a_forged_reset_at_any_moment_is_mended() {
    for packets in 0..=3 {
        for whom in BOTH {
            let mut pair = disturbed(packets, whom, &RESET);
            assert!(pair.is_open(), "{packets} {whom:?}: {:?}", pair.client.seen);
            pair.converse();
        }
    }
    // After the handshake it costs nothing.
    for whom in BOTH {
        let mut pair = Pair::open();
        whom.of(&mut pair).incoming.extend(RESET);
        pair.settle();
        pair.converse();
    }
}

#[test]
fn a_damaged_record_is_mended_at_once() {
    for whom in BOTH {
        let mut pair = Pair::open();
        let mut record = match whom {
            Whom::Server => pair.client.seal(b"lost"),
            Whom::Client => pair.server.seal(b"lost"),
        };
        *record.last_mut().unwrap() ^= 1;
        whom.of(&mut pair).incoming.extend(record);
        pair.settle();
        pair.converse();
        let here = Seen::Reset(ResetCause::Here(PeerError::DecryptionFailed));
        let there = Seen::Reset(ResetCause::Peer(Reason::Failed));
        let (client, server) = match whom {
            Whom::Client => (here, there),
            Whom::Server => (there, here),
        };
        assert_eq!(pair.client.seen[0], client);
        assert_eq!(pair.server.seen[0], server);
        assert!(!pair.client.records().contains(&b"lost".to_vec()));
        assert!(!pair.server.records().contains(&b"lost".to_vec()));
    }
}

/// Nothing is known of what was sent since the channel was opened last.
#[test]
fn what_may_be_lost_is_told() {
    let mut pair = Pair::open();
    let lost = |sent, received| {
        let counted = false;
        Some(Delivery {
            sent,
            received,
            counted,
        })
    };
    for text in [b"1", b"2", b"3"] {
        let record = pair.client.seal(text);
        pair.server.incoming.extend(record);
    }
    pair.settle();
    pair.server.incoming.extend(RESET);
    pair.settle();
    assert_eq!(pair.client.channel.take_delivery(), lost(3, 0));
    assert_eq!(pair.server.channel.take_delivery(), lost(0, 0));
    assert_eq!(pair.client.channel.take_delivery(), None);

    let record = pair.client.seal(b"4");
    pair.server.incoming.extend(record);
    pair.settle();
    pair.server.incoming.extend(RESET);
    pair.settle();
    // Not taken, and nothing sent since.
    pair.server.incoming.extend(RESET);
    pair.settle();
    assert_eq!(pair.client.channel.take_delivery(), lost(1, 0));
    assert_eq!(pair.client.channel.records_sent(), 0);
}

/// Who sends again what is told to be lost, as the documentation of `RecordsLost` has
/// it, loses nothing, however often the channel is reset.
#[test]
fn who_sends_again_what_may_be_lost_loses_nothing() {
    let mut pair = Pair::open();
    let log = [b"1", b"2", b"3"];
    let first = pair.client.seal(log[0]);
    pair.server.feed(&first);
    for text in &log[1..] {
        pair.client.seal(*text);
    }
    // Lost again at the first two times, and not taken at once at the second.
    for (resets, arrives) in [(1, false), (2, false), (1, true)] {
        for _ in 0..resets {
            pair.server.incoming.extend(RESET);
            pair.settle();
        }
        let delivery = pair.client.channel.take_delivery().unwrap();
        let lost = usize::try_from(delivery.lost()).unwrap();
        for text in &log[log.len() - lost..] {
            let record = pair.client.seal(*text);
            if arrives {
                pair.server.feed(&record);
            }
        }
    }
    assert_eq!(pair.server.records(), [b"1", b"1", b"2", b"3"]);
}

/// A server that waits for the client's authentication resets, and repeats that, while
/// the client's person is asked: all of these are read at once when the answer is there.
#[test]
fn a_person_who_takes_long_is_no_end() {
    for resets in 0..=3 {
        let asks = client().trust(AuthorizedKeys::default().or_ask());
        let mut pair = Pair::of(asks.build_v1().unwrap(), server().build_v1().unwrap());
        pair.settle();
        assert_eq!(pair.client.channel.status(), Status::Undecided);
        let waits = [PERSON, AGAIN, AGAIN];
        for time in &waits[..resets] {
            pair.wait(*time);
            pair.settle();
        }
        pair.client.channel.decide(true).unwrap();
        for _ in 0..5 {
            pair.settle();
            pair.wait(PACKET);
        }
        pair.settle();
        assert!(pair.is_open(), "{resets}: {:?}", pair.client.seen);
        pair.converse();
    }
}

/// Carries what there is, and brings the signatures that are pending then; `before` is
/// done to `whom` before its own. Whether there were any.
fn sign_pending(pair: &mut Pair, whom: Whom, mut before: impl FnMut(&mut End)) -> bool {
    pair.settle();
    let mut any = false;
    for (side, seed) in [(Whom::Server, SERVER_KEY), (Whom::Client, CLIENT_KEY)] {
        let end = side.of(pair);
        if let Some(pending) = end.channel.pending_signature() {
            if side == whom {
                before(end);
            }
            let signature = pending.sign(&keys(seed)).unwrap();
            end.channel.provide_signature(signature).unwrap();
            any = true;
        }
    }
    any
}

/// Nothing is read while a signature is waited for; what came meanwhile is read then.
#[test]
fn a_reset_while_a_signature_is_pending_is_mended() {
    for whom in BOTH {
        for forged in 1..=2 {
            let deferred = |seed| Deferred::new(keys(seed)).unwrap();
            let client = client().key_store(deferred(CLIENT_KEY)).build_v1();
            let server = server().key_store(deferred(SERVER_KEY)).build_v1();
            let mut pair = Pair::of(client.unwrap(), server.unwrap());
            let mut reset = false;
            for _ in 0..5 {
                while sign_pending(&mut pair, whom, |end| {
                    let times = if reset { 0 } else { forged };
                    reset = true;
                    (0..times).for_each(|_| end.incoming.extend(RESET));
                }) {}
                pair.wait(AGAIN);
            }
            pair.settle();
            assert!(
                reset && pair.is_open(),
                "{whom:?} {forged}: {:?}",
                pair.client.seen
            );
            pair.converse();
        }
    }
}

/// A forged Reset with the peer's records behind it, which are of the keys before.
#[test]
fn a_forged_reset_between_records_is_mended() {
    for whom in BOTH {
        for records in 0..3 {
            let mut pair = Pair::open();
            whom.of(&mut pair).incoming.extend(RESET);
            for _ in 0..records {
                let record = match whom {
                    Whom::Client => pair.server.seal(b"late"),
                    Whom::Server => pair.client.seal(b"late"),
                };
                whom.of(&mut pair).incoming.extend(record);
            }
            for _ in 0..5 {
                pair.settle();
                pair.wait(AGAIN);
            }
            pair.settle();
            assert!(pair.is_open(), "{whom:?} {records}: {:?}", pair.client.seen);
            pair.converse();
        }
    }
}

/// A client that was overtaken by an answer to its ClientHandshake before drops Resets and records,
/// but acts on a Disconnect: its sender answers no more.
#[test]
fn who_was_overtaken_hears_the_end() {
    for (close, error) in [
        (CLOSED, PeerError::UnprovenClose),
        (FAILED, PeerError::Disconnected(Reason::Failed)),
    ] {
        let mut pair = Pair::new();
        let hello = pair.client.outgoing();
        assert_eq!(pair.client.feed(&RESET).len(), 12 + 92);
        let late = pair.server.feed(&hello);
        assert_eq!(late.len(), 208);
        // Of the old answer, and of what stands behind it, nothing is said.
        assert!(pair.client.feed(&late).is_empty());
        assert!(pair.client.feed(&RESET).is_empty());
        let mut record = [0; 28];
        record[..8].copy_from_slice(&[0, 20, 0, 9, 0, 0x20, 0, 0]);
        assert!(pair.client.feed(&record).is_empty());
        assert_eq!(pair.client.seen.len(), 1);
        assert!(pair.client.feed(&close).is_empty());
        assert_eq!(pair.client.last(), Some(&Seen::Ended(error)));
        assert_eq!(pair.client.channel.status(), Status::Failed);
        pair.wait(AGAIN);
        assert!(pair.client.outgoing().is_empty());
    }
}

/// Both answer, and neither answers the other's answer.
#[test]
fn a_forged_reset_to_both_sides_is_mended() {
    let mut pair = Pair::open();
    pair.client.incoming.extend(RESET);
    pair.server.incoming.extend(RESET);
    pair.settle();
    pair.converse();
}

/// Errors on both sides at once: each waits for a Reset, and gets the other's.
#[test]
fn both_sides_may_reset_at_once() {
    let mut pair = Pair::open();
    pair.client.incoming.extend(GARBAGE);
    pair.server.incoming.extend(GARBAGE);
    pair.settle();
    pair.converse();
}

/// The packet after a Reset has number 0 again, on fresh keys.
#[test]
fn a_new_handshake_begins_from_nothing() {
    let mut pair = Pair::open();
    let before = pair.client.seal(b"text");
    let answer = pair.client.feed(&RESET);
    assert_eq!(answer[..12], RESET);
    let hello = &answer[12..];
    assert_eq!((hello.len(), &hello[2..6]), (92, &[0, 0, 0, 1][..]));
    // The old record is nothing to the new session.
    pair.server.incoming.extend(RESET);
    pair.server.incoming.extend(hello);
    pair.server.incoming.extend(before);
    pair.server.take(|_| {});
    let unexpected = ResetCause::Here(PeerError::UnexpectedPacket(0x20));
    assert_eq!(pair.server.last(), Some(&Seen::Reset(unexpected)));
}

#[test]
fn the_fifth_reset_is_a_failure() {
    for bytes in [&GARBAGE[..], &RESET[..]] {
        let mut pair = Pair::open();
        for count in 1..=5 {
            pair.server.incoming.extend(bytes);
            pair.settle();
            assert_eq!(pair.is_open(), count < 5, "{count}");
        }
        assert_eq!(pair.server.channel.status(), Status::Failed);
        assert_eq!(pair.client.channel.status(), Status::Failed);
        assert!(matches!(
            pair.server.last(),
            Some(Seen::Ended(PeerError::TooManyResets(_)))
        ));
    }
    // A record in between forgives them.
    let mut pair = Pair::open();
    for _ in 0..20 {
        pair.server.incoming.extend(GARBAGE);
        pair.settle();
        pair.converse();
    }
}

/// A Reset that is lost is sent again, and counts.
#[test]
fn a_reset_without_an_answer_is_sent_again() {
    let mut pair = Pair::open();
    assert_eq!(pair.server.feed(&GARBAGE), RESET);
    for _ in 2..5 {
        assert!(pair.server.outgoing().is_empty());
        pair.wait(AGAIN);
        assert_eq!(pair.server.outgoing(), RESET);
    }
    pair.wait(AGAIN);
    let sent = pair.server.outgoing();
    assert_eq!(sent[4..8], [0, 0x10, 0, 0]);
    assert_eq!(
        pair.server.last(),
        Some(&Seen::Ended(PeerError::TooManyResets(Reason::Malformed)))
    );
    // One that arrives in time is answered.
    let mut pair = Pair::open();
    pair.server.feed(&GARBAGE);
    pair.wait(AGAIN);
    pair.settle();
    pair.converse();
}

#[test]
fn what_waits_and_what_does_not() {
    // An idle server waits for ever, before and after a conversation.
    let mut pair = Pair::new();
    pair.wait(Duration::from_secs(1_000_000));
    assert!(pair.server.outgoing().is_empty());
    assert_eq!(pair.server.channel.deadline(), None);
    pair.settle();
    pair.converse();
    pair.wait(Duration::from_secs(1_000_000));
    pair.converse();
    // But not for the rest of a packet.
    let record = pair.client.seal(b"text");
    pair.server.feed(&record[..10]);
    pair.wait(PACKET);
    assert_eq!(pair.server.outgoing(), RESET);
    pair.settle();
    pair.wait(AGAIN);
    pair.settle();

    // A client waits for the ServerHandshake as long as for a packet, and a server
    // for the ClientAuthentication as long as for a person.
    let mut pair = Pair::new();
    let hello = pair.client.outgoing();
    pair.wait(PACKET);
    assert_eq!(pair.client.outgoing(), RESET);
    let mut pair_of_server = Pair::new();
    let server = &mut pair_of_server.server;
    assert!(!server.feed(&hello).is_empty());
    pair_of_server.wait(Duration::from_secs(59));
    assert!(pair_of_server.server.outgoing().is_empty());
    pair_of_server.wait(Duration::from_secs(1));
    assert_eq!(pair_of_server.server.outgoing(), RESET);
}

/// A client that has begun anew drops a Reset, for it may be the answer to its own. Where
/// it is none, the server waits for an answer, and gets it when the client's wait is over.
#[test]
fn a_reset_that_was_dropped_has_its_answer_in_the_end() {
    let mut pair = Pair::open();
    assert_eq!(pair.client.feed(&GARBAGE), RESET);
    assert_eq!(pair.server.feed(&RESET), RESET);
    let mut hello = pair.client.feed(&RESET);
    assert_eq!(hello.len(), 92);
    hello[7] ^= 1;
    assert_eq!(pair.server.feed(&hello), RESET);
    assert!(pair.client.feed(&RESET).is_empty());
    pair.wait(PACKET);
    pair.settle();
    pair.converse();

    // The same after a ServerHandshake that was overtaken.
    let mut pair = after_packets(1);
    let overtaken = pair.server.outgoing();
    assert_eq!(pair.client.feed(&RESET).len(), 12 + 92);
    for bytes in [&overtaken[..], &RESET] {
        assert!(pair.client.feed(bytes).is_empty());
    }
    pair.wait(PACKET);
    let sent = pair.client.outgoing();
    assert_eq!((sent.len(), &sent[..12]), (12 + 92, &RESET[..]));
}

/// A ServerHandshake that was overtaken has another behind it, or an error.
#[test]
fn a_client_that_is_overtaken_waits_for_the_next_server_handshake() {
    let unexpected = ResetCause::Here(PeerError::UnexpectedPacket(2));
    let malformed = ResetCause::Here(PeerError::UnknownPacketType(0x77));
    for (last, cause) in [(None, unexpected), (Some(GARBAGE), malformed)] {
        let mut pair = after_packets(1);
        let mut overtaken = pair.server.outgoing();
        assert_eq!(pair.client.feed(&RESET).len(), 12 + 92);
        assert!(pair.client.feed(&overtaken).is_empty());
        // What stands in a packet is no Disconnect.
        overtaken[100..112].copy_from_slice(&[0, 4, 0, 0, 0, 0x10, 0, 0, 4, 0, 1, 0]);
        let last = last.map_or(overtaken, Vec::from);
        let (first, rest) = last.split_at(7);
        assert!(pair.client.feed(first).is_empty());
        assert_eq!(pair.client.feed(rest), RESET);
        assert_eq!(pair.client.last(), Some(&Seen::Reset(cause)));
    }
}

/// A client may write behind its ClientAuthentication. Where that is not taken, the server
/// is told that records were lost, though its channel has not been open.
#[test]
fn what_came_before_the_server_was_open_is_told() {
    let lost = |sent| {
        let (received, counted) = (0, false);
        Some(Delivery {
            sent,
            received,
            counted,
        })
    };
    // Damaged in its header and in its box, behind a Reset, and late.
    for case in 0..4 {
        let mut pair = after_packets(2);
        let mut authentication = pair.client.outgoing();
        let record = pair.client.seal(b"lost");
        match case {
            0 => authentication[7] ^= 1,
            1 => *authentication.last_mut().unwrap() ^= 1,
            2 => authentication.splice(..0, RESET).for_each(drop),
            _ => pair.wait(PERSON),
        }
        pair.server.incoming.extend(authentication);
        pair.server.incoming.extend(record);
        pair.settle();
        assert_eq!(pair.client.channel.take_delivery(), lost(1), "{case}");
        assert_eq!(pair.server.channel.take_delivery(), lost(0), "{case}");
        assert!(pair.server.records().is_empty());
        pair.converse();
    }
    // No client has opened its channel before there is a ServerHandshake.
    let mut pair = Pair::new();
    assert_eq!(pair.server.feed(&RESET), RESET);
    pair.settle();
    assert_eq!(pair.server.channel.take_delivery(), None);
}

/// What ends a connection for good is the version of protocol 2 in the first packet of
/// all. Any other byte there, or later, is damage.
#[test]
fn a_damaged_version_is_mended() {
    for version in [1, 3, 0x80, 0xff] {
        let mut pair = Pair::new();
        let mut hello = pair.client.outgoing();
        hello[6] = version;
        pair.server.incoming.extend(hello);
        pair.settle();
        let damaged = ResetCause::Here(PeerError::UnknownVersion(version));
        assert_eq!(pair.server.seen[0], Seen::Reset(damaged));
        pair.converse();
    }
    for mut pair in [Pair::new(), Pair::open()] {
        assert_eq!(pair.server.feed(&RESET), RESET);
        let mut hello = pair.client.feed(&RESET);
        let at = hello.len() - 92;
        hello[at + 6] = 2;
        pair.server.incoming.extend(&hello[at..]);
        pair.settle();
        pair.wait(PACKET);
        pair.settle();
        pair.converse();
    }
}

/// What was lost and not taken is told with what is lost later.
#[test]
fn a_loss_that_is_not_taken_is_not_forgotten() {
    let mut pair = Pair::open();
    for resets in 1..=3 {
        pair.client.seal(b"lost");
        pair.server.incoming.extend(RESET);
        pair.settle();
        assert_eq!(pair.client.channel.records_sent(), 0, "{resets}");
    }
    let delivery = pair.client.channel.take_delivery().unwrap();
    assert_eq!((delivery.sent, delivery.received), (3, 0));
}
