//! Headers: what is wrong with a packet is found before its body is there.

use crate::pair::{At, Got, PLACES, Pair, ROLES, Then};
use crate::peer::wire::{self, Header, with_header};
use ossuary::backend::rustcrypto::{
    P256ChaCha20Poly1305Sha256, X25519MlKem768ChaCha20Poly1305Sha256,
};
use ossuary::{CryptoSuite, DefaultSuite, PeerError, Role};

const MIDDLES: [(Role, At); 2] = [(Role::Client, At::Middle), (Role::Server, At::Middle)];
const OPENS: [(Role, At); 2] = [(Role::Client, At::Open), (Role::Server, At::Open)];

fn malformed(error: PeerError) -> Then {
    Then::Reset(error, wire::MALFORMED)
}

/// A header by itself, of version 2.
fn header(kind: u16, flags: u8, msg_id: u16, length: usize) -> Vec<u8> {
    Header::new(kind, flags, msg_id, length).encode().to_vec()
}

/// A well-formed header of each type that counts, with its `msg_id` and lengths
/// of the default suite.
const COUNTED: [(u16, u8, u16, usize); 5] = [
    (wire::CLIENT_HANDSHAKE, 0, 0, 79),
    (wire::SERVER_HANDSHAKE, 0, 0, 197),
    (wire::CLIENT_AUTHENTICATION, 0, 1, 121),
    (wire::ENCRYPTED_DATA, wire::SEALED, 1, 16),
    (wire::DISCONNECT, wire::SEALED, 1, 34),
];

/// The places where a counted packet may come, and its counter there.
fn in_place(kind: u16) -> Vec<((Role, At), u16)> {
    match kind {
        wire::CLIENT_HANDSHAKE => vec![((Role::Server, At::First), 0)],
        wire::SERVER_HANDSHAKE => vec![((Role::Client, At::Middle), 0)],
        wire::CLIENT_AUTHENTICATION => vec![((Role::Server, At::Middle), 1)],
        _ => vec![((Role::Client, At::Open), 1), ((Role::Server, At::Open), 2)],
    }
}

// ---- Versions

#[test]
fn a_server_tells_a_client_of_another_version_so() {
    for version in [0, 1, 3, 0x82, 0xff] {
        // Whatever the length and the flags would be in that version.
        for length in [0, 2, 78, 79, 80, 65535] {
            for flags in [0, 0x01, 0xff] {
                let hello = header(wire::CLIENT_HANDSHAKE, flags, 0, length);
                let hello = with_header(&hello, |header| header.version = version);
                let error = PeerError::VersionNotSupported(version);
                let case = format!("version {version}, length {length}, flags {flags}");
                Pair::<DefaultSuite>::new(Role::Server).ends(
                    &case,
                    &hello,
                    error,
                    wire::VERSION_NOT_SUPPORTED,
                );
            }
        }
    }
}

#[test]
fn a_server_tells_so_after_a_reset_too() {
    let mut pair = Pair::<DefaultSuite>::new(Role::Server).into_open();
    let reset = pair.resets(
        "an unknown type",
        &header(0x0004, 0, 0, 0),
        PeerError::UnknownPacketType(4),
        wire::MALFORMED,
    );
    pair.back_to_first(&reset);
    let hello = header(wire::CLIENT_HANDSHAKE, 0, 0, 79);
    let hello = with_header(&hello, |header| header.version = 3);
    let error = PeerError::VersionNotSupported(3);
    pair.ends("version 3", &hello, error, wire::VERSION_NOT_SUPPORTED);
}

#[test]
fn elsewhere_another_version_is_malformed() {
    for place in PLACES {
        for version in [0, 1, 3, 0xff] {
            for (kind, flags, msg_id, length) in COUNTED {
                if place.1 == At::First && kind == wire::CLIENT_HANDSHAKE {
                    continue;
                }
                let bad = header(kind, flags, msg_id, length);
                let bad = with_header(&bad, |header| header.version = version);
                let case = format!("version {version}, type {kind:#06x}, {place:?}");
                let then = malformed(PeerError::UnknownVersion(version));
                Pair::<DefaultSuite>::at(place).refuses(&case, &bad, then);
            }
        }
    }
    // A ClientHandshake of another msg_id is not a client's first.
    let bad = header(wire::CLIENT_HANDSHAKE, 0, 1, 79);
    let bad = with_header(&bad, |header| header.version = 3);
    let then = malformed(PeerError::UnknownVersion(3));
    Pair::<DefaultSuite>::new(Role::Server).refuses("msg_id 1", &bad, then);
}

// ---- Suites

/// Suites that the default suite's server does not run: the length of their
/// ClientHandshake, where the protocol knows it.
const OTHER_SUITES: [([u8; 3], usize); 8] = [
    ([0x02, 0x01, 0x01], 112),
    ([0x11, 0x01, 0x01], 1263),
    ([0x01, 0x02, 0x01], 79),
    ([0x01, 0x01, 0x02], 79),
    ([0x00, 0x01, 0x01], 79),
    ([0x01, 0x00, 0x01], 79),
    ([0x01, 0x01, 0x03], 79),
    ([0xff, 0xff, 0xff], 79),
];

#[test]
fn a_server_tells_a_client_of_another_suite_so() {
    for (asked, right_length) in OTHER_SUITES {
        // Whatever the length: it is the other suite's business.
        for length in [right_length, 3, 78, 80, 65535] {
            // The first 11 bytes say it all; and more may be there.
            for more in [0, 1, 68] {
                let hello = header(wire::CLIENT_HANDSHAKE, 0, 0, length);
                let hello = [&hello[..], &asked, &vec![0; more]].concat();
                let error = PeerError::SuiteNotSupported {
                    asked,
                    ours: [DefaultSuite::ID].into(),
                };
                let case = format!("suite {asked:02x?}, length {length}, {more} bytes more");
                Pair::<DefaultSuite>::new(Role::Server).ends(
                    &case,
                    &hello,
                    error,
                    wire::SUITE_NOT_SUPPORTED,
                );
            }
        }
    }
}

#[test]
fn a_suite_is_waited_for_before_anything_else_is_judged() {
    for length in [3, 78, 79, 80, 65535] {
        let hello = header(wire::CLIENT_HANDSHAKE, 0, 0, length);
        for (suite, want) in [(&[][..], 3), (&[0xff], 2), (&[0xff, 0xff], 1)] {
            let mut pair = Pair::<DefaultSuite>::new(Role::Server);
            let got = pair.ours.give(&[&hello[..], suite].concat());
            assert_eq!(got, [Got::Need(want)]);
        }
    }
}

#[test]
fn a_body_too_short_for_a_suite_is_malformed() {
    for length in [0, 1, 2] {
        let hello = header(wire::CLIENT_HANDSHAKE, 0, 0, length.into());
        let then = malformed(PeerError::WrongPacketLength(length));
        Pair::<DefaultSuite>::new(Role::Server).refuses("too short", &hello, then);
    }
}

#[test]
fn a_client_whose_suite_is_refused_learns_it() {
    let mut pair = Pair::<DefaultSuite>::new(Role::Client).into_middle();
    let refusal = pair.peer.disconnect(wire::SUITE_NOT_SUPPORTED);
    let error = PeerError::SuiteRefused(DefaultSuite::ID);
    assert_eq!(pair.ours.give(&refusal), [Got::Failed(error.clone())]);
    assert_eq!(pair.ours.connection.failure(), Some(&error));
    pair.is_over("refused");
}

// ---- Types and flags

#[test]
fn an_unknown_type_is_malformed_in_every_place() {
    for place in PLACES {
        for kind in [
            0x0000, 0x0004, 0x000f, 0x0012, 0x001f, 0x0021, 0x0101, 0x2000, 0xffff,
        ] {
            for length in [0, 18, 65535] {
                let case = format!("type {kind:#06x}, length {length}, {place:?}");
                let then = malformed(PeerError::UnknownPacketType(kind));
                Pair::<DefaultSuite>::at(place).refuses(&case, &header(kind, 0, 0, length), then);
            }
        }
    }
}

#[test]
fn each_flag_that_a_type_does_not_have_is_malformed() {
    let alerts = [(wire::DISCONNECT, 0, 0, 18), (wire::RESET, 0, 1, 18)];
    let mut refused = 0;
    for (kind, flags, msg_id, length) in COUNTED.into_iter().chain(alerts) {
        let sealed = flags & wire::SEALED != 0;
        for bit in (0..8).map(|bit| 1 << bit) {
            match (kind, bit) {
                // These are its own.
                (wire::ENCRYPTED_DATA, wire::REKEY | wire::PADDED) => continue,
                // This makes the sealed form the unsealed one, and back.
                (wire::DISCONNECT, wire::SEALED) => continue,
                _ => {}
            }
            let places = match kind {
                wire::RESET => PLACES.to_vec(),
                wire::DISCONNECT if !sealed => PLACES.to_vec(),
                _ => in_place(kind).iter().map(|(place, _)| *place).collect(),
            };
            for place in places {
                let bad = flags ^ bit;
                let case = format!("type {kind:#06x}, flags {bad:#04x}, {place:?}");
                let then = malformed(PeerError::UnknownFlags(bad));
                Pair::<DefaultSuite>::at(place).refuses(
                    &case,
                    &header(kind, bad, msg_id, length),
                    then,
                );
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 3 * 8 + 2 * 6 + 2 * 7 + 5 * 7 + 5 * 8);
}

#[test]
fn rekey_and_padded_are_no_flags_of_a_handshake() {
    for (kind, _, msg_id, length) in &COUNTED[..3] {
        for flags in [wire::REKEY, wire::PADDED, wire::REKEY | wire::PADDED] {
            let (place, _) = in_place(*kind)[0];
            let bad = header(*kind, flags, *msg_id, *length);
            let then = malformed(PeerError::UnknownFlags(flags));
            Pair::<DefaultSuite>::at(place).refuses("a handshake", &bad, then);
        }
    }
}

#[test]
fn a_record_that_is_not_sealed_is_malformed() {
    for place in OPENS {
        for flags in [0, wire::REKEY, wire::PADDED, wire::REKEY | wire::PADDED] {
            let mut pair = Pair::<DefaultSuite>::at(place);
            let record = pair.peer.record(b"sealed");
            let bad = with_header(&record, |header| header.flags = flags);
            // The whole packet is there, and its text is not given out either.
            let then = malformed(PeerError::UnknownFlags(flags));
            pair.refuses("not sealed", &bad, then);
        }
    }
}

// ---- Lengths

/// One below and one above each length that a type may have, with what else is
/// looked at before the length.
fn wrong_lengths<S: CryptoSuite>(place: (Role, At), kind: u16, flags: u8, right: &[usize]) {
    let counter = in_place(kind).into_iter().find(|(at, _)| *at == place);
    let msg_id = match (kind, counter) {
        (_, Some((_, counter))) if kind < wire::DISCONNECT || flags & wire::SEALED != 0 => counter,
        (wire::RESET, _) => 1,
        _ => 0,
    };
    let body: &[u8] = match kind {
        wire::CLIENT_HANDSHAKE => &S::ID.code(),
        _ => &[],
    };
    let wrong = right
        .iter()
        .flat_map(|right| [right - 1, right + 1])
        .filter(|wrong| !right.contains(wrong));
    for length in wrong {
        let bad = [&header(kind, flags, msg_id, length)[..], body].concat();
        let case = format!("type {kind:#06x}, length {length}, {place:?}");
        let then = malformed(PeerError::WrongPacketLength(length as u16));
        Pair::<S>::at(place).refuses(&case, &bad, then);
    }
    // The right ones are waited for.
    for length in right {
        let good = [&header(kind, flags, msg_id, *length)[..], body].concat();
        let mut pair = Pair::<S>::at(place);
        let missing = length - body.len();
        assert_eq!(pair.ours.give(&good), [Got::Need(missing)], "{length}");
    }
}

#[test]
fn handshake_packets_have_their_suites_lengths() {
    fn of<S: CryptoSuite>(client: usize, server: [usize; 3]) {
        let first = (Role::Server, At::First);
        wrong_lengths::<S>(first, wire::CLIENT_HANDSHAKE, 0, &[client]);
        wrong_lengths::<S>(MIDDLES[0], wire::SERVER_HANDSHAKE, 0, &server);
        let lengths = [121, 122, 5286];
        wrong_lengths::<S>(MIDDLES[1], wire::CLIENT_AUTHENTICATION, 0, &lengths);
    }
    of::<DefaultSuite>(79, [197, 198, 5362]);
    of::<P256ChaCha20Poly1305Sha256>(112, [230, 231, 5395]);
    of::<X25519MlKem768ChaCha20Poly1305Sha256>(1263, [1285, 1286, 6450]);
}

#[test]
fn alerts_have_their_lengths_in_every_place() {
    for place in PLACES {
        wrong_lengths::<DefaultSuite>(place, wire::DISCONNECT, 0, &[18]);
        wrong_lengths::<DefaultSuite>(place, wire::RESET, 0, &[18]);
    }
    for place in OPENS {
        wrong_lengths::<DefaultSuite>(place, wire::DISCONNECT, wire::SEALED, &[34]);
    }
}

#[test]
fn a_record_is_at_least_its_tag() {
    for (place, counter) in in_place(wire::ENCRYPTED_DATA) {
        for length in [0, 1, 15] {
            let bad = header(wire::ENCRYPTED_DATA, wire::SEALED, counter, length.into());
            let then = malformed(PeerError::WrongPacketLength(length));
            Pair::<DefaultSuite>::at(place).refuses("shorter than a tag", &bad, then);
        }
        for length in [16, 17, 65535] {
            let good = header(wire::ENCRYPTED_DATA, wire::SEALED, counter, length);
            let mut pair = Pair::<DefaultSuite>::at(place);
            assert_eq!(pair.ours.give(&good), [Got::Need(length)]);
        }
    }
}

/// "4. Length. 5. Place. 6. msg_id": the first thing that is wrong is the error.
#[test]
fn what_is_wrong_is_found_in_the_order_of_the_protocol() {
    for place in PLACES {
        for (kind, flags, _, length) in COUNTED {
            // Two bytes more is no length of any of them but a record's.
            let bad = match kind {
                wire::ENCRYPTED_DATA => header(kind, flags, 0x7777, 15),
                wire::CLIENT_HANDSHAKE => {
                    let header = header(kind, flags, 0x7777, length + 2);
                    [&header[..], &DefaultSuite::ID.code()].concat()
                }
                _ => header(kind, flags, 0x7777, length + 2),
            };
            let wrong = Header::decode(&bad).length;
            let case = format!("length and msg_id of {kind:#06x}, {place:?}");
            let then = malformed(PeerError::WrongPacketLength(wrong));
            Pair::<DefaultSuite>::at(place).refuses(&case, &bad, then);
        }
    }
}

// ---- Place and msg_id

#[test]
fn a_packet_out_of_place_is_unexpected() {
    let mut refused = 0;
    for place in PLACES {
        for (kind, flags, msg_id, length) in COUNTED {
            if in_place(kind).iter().any(|(at, _)| *at == place) {
                continue;
            }
            // With the msg_id that it would have, and with another.
            for msg_id in [msg_id, 0x7777] {
                let bad = [
                    &header(kind, flags, msg_id, length)[..],
                    &DefaultSuite::ID.code(),
                ]
                .concat();
                let case = format!("type {kind:#06x}, {place:?}");
                let then = malformed(PeerError::UnexpectedPacket(kind));
                Pair::<DefaultSuite>::at(place).refuses(&case, &bad, then);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 2 * (5 * 5 - 3 - 2 * 2));
}

#[test]
fn a_hello_of_another_suite_is_unexpected_elsewhere() {
    for place in [MIDDLES[1], OPENS[1]] {
        let hello = header(wire::CLIENT_HANDSHAKE, 0, 0, 79);
        let hello = [&hello[..], &[0x02, 0x01, 0x01], &[0; 76]].concat();
        let then = malformed(PeerError::UnexpectedPacket(wire::CLIENT_HANDSHAKE));
        Pair::<DefaultSuite>::at(place).refuses("another suite", &hello, then);
    }
}

#[test]
fn a_counted_packet_is_the_next_one() {
    for (kind, flags, _, length) in COUNTED {
        for (place, expected) in in_place(kind) {
            for received in [
                expected.wrapping_sub(1),
                expected + 1,
                expected ^ 0x0100,
                expected ^ 0x8000,
            ] {
                let bad = header(kind, flags, received, length);
                let case = format!("type {kind:#06x}, msg_id {received}, {place:?}");
                let then = malformed(PeerError::WrongMessageId { expected, received });
                Pair::<DefaultSuite>::at(place).refuses(&case, &bad, then);
            }
        }
    }
}

#[test]
fn the_counter_of_each_direction_goes_on() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        pair.talk();
        pair.talk();
        let expected = match role {
            Role::Client => 3,
            Role::Server => 4,
        };
        let record = pair.peer.record(b"out of sequence");
        for received in [expected - 1, expected + 1] {
            let mut pair = Pair::<DefaultSuite>::new(role).into_open();
            pair.talk();
            pair.talk();
            let bad = with_header(&record, |header| header.msg_id = received);
            let then = malformed(PeerError::WrongMessageId { expected, received });
            pair.refuses("the counter", &bad, then);
        }
    }
}
