//! Records, padding and clean ends, on an open channel.

use crate::pair::{Got, Pair, ROLES, Then};
use crate::peer::wire::{self, Alert, Header, with_header};
use ossuary::{DefaultSuite, MAX_PLAINTEXT, PeerError, Role, Status};

fn open(role: Role) -> Pair {
    Pair::<DefaultSuite>::new(role).into_open()
}

fn not_opened() -> Then {
    Then::Reset(PeerError::DecryptionFailed, wire::DECRYPTION_FAILED)
}

fn malformed(error: PeerError) -> Then {
    Then::Reset(error, wire::MALFORMED)
}

/// The counter of the next packet from the peer.
fn counter(pair: &Pair) -> u16 {
    pair.peer.outgoing.as_ref().unwrap().counter as u16
}

// ---- Sizes

#[test]
fn a_record_holds_nothing_or_as_much_as_there_can_be() {
    for role in ROLES {
        let mut pair = open(role);
        for len in [0, 1, MAX_PLAINTEXT - 1, MAX_PLAINTEXT] {
            let plaintext = vec![0x5a; len];
            let record = pair.peer.record(&plaintext);
            assert_eq!(record.len(), len + 24);
            let got = pair.ours.give(&record);
            assert!(got == [Got::Record(plaintext)], "{len} bytes");
        }
        assert_eq!(pair.ours.connection.records_received(), 4);
        pair.talk();
    }
}

// ---- What does not open

#[test]
fn a_changed_byte_does_not_open() {
    for role in ROLES {
        let len = 8 + 20 + 16;
        for at in 8..len {
            let mut pair = open(role);
            pair.talk();
            let mut record = pair.peer.record(&[0x5a; 20]);
            assert_eq!(record.len(), len);
            record[at] ^= 0x10;
            pair.refuses(&format!("byte {at}"), &record, not_opened());
        }
    }
}

/// The header is authenticated, and every bit of it means something.
#[test]
fn a_changed_bit_of_the_header_is_found() {
    for role in ROLES {
        for bit in 0..64 {
            let mut pair = open(role);
            let expected = counter(&pair);
            let record = pair.peer.record(&[0x5a; 0xaa - 16]);
            let mut bad = record.clone();
            bad[bit / 8] ^= 0x80 >> (bit % 8);
            let header = Header::decode(&bad);
            let then = match bit / 8 {
                // More is waited for, and with it does not open.
                0 | 1 if header.length > 0xaa => {
                    let missing = usize::from(header.length) - 0xaa;
                    assert_eq!(pair.ours.give(&bad), [Got::Need(missing)]);
                    assert_eq!(pair.known().0, 0);
                    bad = vec![0; missing];
                    not_opened()
                }
                0 | 1 => not_opened(),
                2 | 3 => malformed(PeerError::WrongMessageId {
                    expected,
                    received: header.msg_id,
                }),
                4 | 5 => malformed(PeerError::UnknownPacketType(header.kind)),
                6 => malformed(PeerError::UnknownVersion(header.version)),
                // REKEY and PADDED are flags that it could have.
                _ if [3, 5].contains(&header.flags) => not_opened(),
                _ => malformed(PeerError::UnknownFlags(header.flags)),
            };
            pair.refuses(&format!("bit {bit}"), &bad, then);
        }
    }
}

#[test]
fn a_record_does_not_come_twice() {
    for role in ROLES {
        let mut pair = open(role);
        let received = counter(&pair);
        let record = pair.peer.record(b"once");
        assert_eq!(pair.ours.give(&record), [Got::Record(b"once".to_vec())]);
        let error = PeerError::WrongMessageId {
            expected: received + 1,
            received,
        };
        pair.refuses("as it was", &record, malformed(error));

        // With the number that is due.
        let mut pair = open(role);
        let record = pair.peer.record(b"once");
        assert_eq!(pair.ours.give(&record), [Got::Record(b"once".to_vec())]);
        let due = counter(&pair);
        let replayed = with_header(&record, |header| header.msg_id = due);
        pair.refuses("renumbered", &replayed, not_opened());
    }
}

#[test]
fn records_come_in_their_order() {
    for role in ROLES {
        let mut pair = open(role);
        let expected = counter(&pair);
        let _first = pair.peer.record(b"first");
        let second = pair.peer.record(b"second");
        let error = PeerError::WrongMessageId {
            expected,
            received: expected + 1,
        };
        pair.refuses("the second first", &second, malformed(error));

        let mut pair = open(role);
        let _first = pair.peer.record(b"first");
        let second = pair.peer.record(b"second");
        let renumbered = with_header(&second, |header| header.msg_id = expected);
        pair.refuses("the second as the first", &renumbered, not_opened());
    }
}

/// Each direction has its own key: what our side sent does not come back.
#[test]
fn a_record_is_not_reflected() {
    for role in ROLES {
        let mut pair = open(role);
        let due = counter(&pair);
        let own = pair.ours.seal(b"ours");
        let reflected = with_header(&own, |header| header.msg_id = due);
        // Until the counters of both directions are equal.
        pair.refuses("renumbered", &reflected, not_opened());

        let mut pair = open(role);
        pair.ours.seal(b"ours");
        if role == Role::Client {
            pair.peer.record(b"lost");
        }
        let own = pair.ours.seal(b"ours");
        let mut behind = open(role);
        while counter(&behind) != Header::decode(&own).msg_id {
            let record = behind.peer.record(b"the peer's");
            behind.ours.give(&record);
        }
        behind.refuses("of the same number", &own, not_opened());
    }
}

/// A record of an earlier handshake of the same channel.
#[test]
fn a_record_is_of_this_handshake() {
    for role in ROLES {
        let mut pair = open(role);
        let record = pair.peer.record(b"before");
        pair.is_reset_by_peer("a reset", wire::FAILED);
        let due = counter(&pair);
        let record = with_header(&record, |header| header.msg_id = due);
        pair.refuses("an old record", &record, not_opened());
    }
}

#[test]
fn after_rekey_the_old_key_opens_nothing() {
    let (data, sealed) = (wire::ENCRYPTED_DATA, wire::SEALED);
    for role in ROLES {
        // The flag, and no new key behind it.
        let mut pair = open(role);
        let record = pair.peer.seal(data, sealed | wire::REKEY, b"the last");
        assert_eq!(pair.ours.give(&record), [Got::Record(b"the last".to_vec())]);
        let due = counter(&pair);
        let mut old = open(role);
        while counter(&old) != due {
            old.peer.record(b"");
        }
        // Both pairs have the same randomness, so the same keys.
        let next = old.peer.record(b"under the old key");
        pair.refuses("the old key", &next, not_opened());

        // A new key, and no flag before it.
        let mut pair = open(role);
        pair.peer.outgoing.as_mut().unwrap().rekey();
        let record = pair.peer.record(b"under the new key");
        pair.refuses("the new key", &record, not_opened());
    }
}

// ---- Padding

#[test]
fn padding_has_its_marker() {
    let longest = vec![0; MAX_PLAINTEXT];
    let bad: [(&str, &[u8]); 8] = [
        ("nothing", b""),
        ("one zero", b"\0"),
        ("zeros", &[0; 64]),
        ("as many zeros as there can be", &longest),
        ("another last byte", b"text\x80\0\0\x01"),
        ("a byte next to it", b"text\x81\0\0\0"),
        ("the sign alone is not enough", b"text\xc0"),
        ("text alone", b"text"),
    ];
    for role in ROLES {
        for (case, plaintext) in bad {
            for rekey in [0, wire::REKEY] {
                let mut pair = open(role);
                pair.talk();
                let flags = wire::SEALED | wire::PADDED | rekey;
                let record = pair.peer.seal(wire::ENCRYPTED_DATA, flags, plaintext);
                let then = Then::End(PeerError::BadPadding, wire::MALFORMED);
                pair.refuses(case, &record, then);
            }
        }
    }
}

#[test]
fn padding_is_taken_off_once() {
    let good: [(&[u8], &[u8]); 6] = [
        (b"\x80", b""),
        (b"\x80\0\0\0\0\0", b""),
        (b"text\x80", b"text"),
        (b"text\x80\0", b"text"),
        (b"ends in it\x80\x80\0\0", b"ends in it\x80"),
        (b"ends in zeros\0\0\x80\0\0", b"ends in zeros\0\0"),
    ];
    for role in ROLES {
        let mut pair = open(role);
        for (plaintext, text) in good {
            let flags = wire::SEALED | wire::PADDED;
            let record = pair.peer.seal(wire::ENCRYPTED_DATA, flags, plaintext);
            assert_eq!(pair.ours.give(&record), [Got::Record(text.to_vec())]);
        }
        let content = vec![0x5a; MAX_PLAINTEXT - 1];
        let record = pair.peer.padded(&content, MAX_PLAINTEXT);
        assert!(pair.ours.give(&record) == [Got::Record(content)]);
        assert_eq!(pair.ours.connection.records_received(), 7);
    }
}

// ---- Clean ends

/// What the peer seals as its end, with the token as the peer has it.
fn sealed_end(pair: &mut Pair, bend: impl FnOnce(&mut Alert)) -> Vec<u8> {
    let mut alert = pair.peer.alert(wire::CLOSED, 0);
    bend(&mut alert);
    pair.peer
        .seal(wire::DISCONNECT, wire::SEALED, &alert.encode())
}

#[test]
fn a_clean_end_is_of_reason_and_kind_zero() {
    for role in ROLES {
        for (reason, kind) in [(0x01, 0), (0x06, 0), (0xff, 0), (0, 1), (0, 2), (0, 0xff)] {
            let mut pair = open(role);
            pair.talk();
            let end = sealed_end(&mut pair, |alert| {
                (alert.reason, alert.kind) = (reason, kind);
            });
            let then = Then::End(PeerError::MalformedClose, wire::MALFORMED);
            pair.refuses(&format!("reason {reason}, kind {kind}"), &end, then);
        }
    }
}

#[test]
fn the_token_of_a_clean_end_is_ignored() {
    for role in ROLES {
        for token in [wire::NO_TOKEN, crate::pair::WRONG_TOKEN] {
            let mut pair = open(role);
            let end = sealed_end(&mut pair, |alert| alert.token = token);
            assert_eq!(pair.ours.give(&end), [Got::Closed]);
            is_closed(&mut pair);
        }
    }
}

fn is_closed(pair: &mut Pair) {
    assert_eq!(pair.status(), Status::Closed);
    assert_eq!(pair.ours.connection.failure(), None);
    assert!(!pair.ours.connection.wants_send());
    assert_eq!(pair.ours.take(), [0; 0]);
    assert_eq!(pair.ours.give(&[]), [Got::AlreadyClosed]);
}

#[test]
fn nothing_is_read_behind_a_clean_end() {
    for role in ROLES {
        let mut pair = open(role);
        let end = sealed_end(&mut pair, |_| {});
        let behind = pair.peer.record(b"behind the end");
        let got = pair.ours.give(&[end, behind].concat());
        assert_eq!(got, [Got::Closed]);
        is_closed(&mut pair);
        assert_eq!(pair.ours.connection.records_received(), 0);
    }
}

#[test]
fn a_clean_end_that_does_not_open_is_none() {
    for role in ROLES {
        for at in [8, 25, 26, 41] {
            let mut pair = open(role);
            let mut end = sealed_end(&mut pair, |_| {});
            end[at] ^= 1;
            pair.refuses(&format!("byte {at}"), &end, not_opened());
        }
        // A record of the same bytes is not an end, nor an end a record.
        let mut pair = open(role);
        let plaintext = pair.peer.alert(wire::CLOSED, 0).encode();
        let record = pair.peer.record(&plaintext);
        let renamed = with_header(&record, |header| header.kind = wire::DISCONNECT);
        pair.refuses("a record as an end", &renamed, not_opened());
        let mut pair = open(role);
        let end = sealed_end(&mut pair, |_| {});
        let renamed = with_header(&end, |header| header.kind = wire::ENCRYPTED_DATA);
        pair.refuses("an end as a record", &renamed, not_opened());
    }
}
