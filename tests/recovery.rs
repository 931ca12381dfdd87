//! Recovery loses nothing silently: one damage at every place of a conversation,
//! and what both applications are told.
//!
//! The conversation: a handshake; ten records, both ways, several in flight,
//! empty, padded and before a new key; the clean close. The damage: a byte
//! changed, lost, doubled or inserted, the stream silent or cut from there on. It
//! ends in one of two ways, or the test fails:
//!
//! * the channel goes on, everything is delivered once and in order, and each
//!   recovery has told both applications to the record what had arrived;
//! * both ends report a failure, within [`LIMIT`].
//!
//! One exception cannot be avoided: the close is the last word of the side that
//! sends it. Where the damage hits that, nothing else is missing, the closer has
//! closed, and the other side alone reports a failure.
//!
//! Almost every damage must end in the first way. [`may_fail`] lists the others.
//! Time is simulated throughout. `toy/pair.rs` has the driver and what it checks
//! at each step.
//!
//! The file is long because the single cases at its end stand beside the sweeps
//! that would pass without them: `stream.rs` has those over `ossuary::io::Stream`.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

#[path = "toy/pair.rs"]
mod pair;
#[path = "recovery/pipe.rs"]
mod pipe;
#[path = "recovery/stream.rs"]
mod stream;
mod toy;

use ossuary::{DefaultSuite, OssuaryError, PeerError, Reason, Role, Status};
use pair::{
    CLIENT, Connection, Damage, NOBODY, Outcome, PATIENCE, PLAIN, Pair, Person, SERVER, Setup,
    TestSuite,
};
use std::time::Duration;
use toy::Toy;

/// The protocol's timeouts, at their defaults.
const TIMEOUT: Duration = Duration::from_secs(3);
const LONG_TIMEOUT: Duration = Duration::from_secs(60);
/// The count of resets that ends a connection.
const RESETS: u32 = 6;

/// How much longer than without damage a conversation lasts at most: one wait for
/// a handshake packet that a person may delay, a Reset and its repetitions, each
/// after twice the timeout, until the count is reached, and one wait for a record
/// by an application, on whose side nothing was wrong.
const LIMIT: Duration = LONG_TIMEOUT
    .saturating_add(TIMEOUT.saturating_mul(2 * RESETS))
    .saturating_add(PATIENCE);

const ANONYMOUS_WITH_PRE_SHARED_KEY: Setup = Setup {
    pre_shared_key: true,
    anonymous: true,
    ..PLAIN
};

/// Both sides ask a person about the other's key.
const DECISIONS: Setup = Setup {
    persons: [decides_after(50), decides_after(20)],
    ..PLAIN
};

/// Both sides sign with a token that is slow at first.
const SIGNATURES: Setup = Setup {
    persons: [signs_after([50, 1]), signs_after([2, 1])],
    ..PLAIN
};

/// The client's person and the server's token are slower than the timeouts allow:
/// the channel is reset, and recovers, also without damage.
const TOO_SLOW: Setup = Setup {
    persons: [decides_after(70), signs_after([4, 1])],
    ..PLAIN
};

const fn decides_after(seconds: u64) -> Person {
    Person {
        decides: Some(seconds),
        ..NOBODY
    }
}

const fn signs_after(seconds: [u64; 2]) -> Person {
    Person {
        signs: Some(seconds),
        ..NOBODY
    }
}

const fn over_streams(setup: Setup) -> Setup {
    Setup {
        streams: true,
        ..setup
    }
}

const HEADER_LEN: usize = 8;
const SUITE_LEN: usize = 3;

/// A conversation without damage, to compare with.
struct Sound {
    setup: Setup,
    time: Duration,
    written: [Vec<u8>; 2],
}

fn sound<S: TestSuite>(setup: Setup) -> Sound {
    let mut pair = Pair::<S>::new(setup);
    let outcome = pair.run();
    assert!(outcome.completed(), "{outcome:?}");
    let [client, server] = pair.wires;
    Sound {
        setup,
        time: outcome.time,
        written: [client.written, server.written],
    }
}

/// Where each packet begins, with its type.
fn packets(written: &[u8]) -> Vec<(usize, u8)> {
    let mut packets = Vec::new();
    let mut start = 0;
    while let Some(header) = written.get(start..start + HEADER_LEN) {
        packets.push((start, header[5]));
        start += HEADER_LEN + usize::from(u16::from_be_bytes([header[0], header[1]]));
    }
    assert_eq!(start, written.len());
    packets
}

impl Sound {
    fn close(&self) -> usize {
        packets(&self.written[CLIENT]).last().unwrap().0
    }

    /// Whether this damage may end in the failure of both sides.
    fn may_fail(&self, side: usize, place: usize, damage: &Damage) -> bool {
        if matches!(damage, Damage::Silence | Damage::Cut) {
            return true;
        }
        side == CLIENT
            && packets(&self.written[CLIENT])
                .into_iter()
                .filter(|(_, kind)| *kind == 0x01)
                .any(|(start, _)| {
                    // A client of another version or suite: a Disconnect.
                    let version_or_suite = start..start + HEADER_LEN + SUITE_LEN;
                    // A stray byte after the ClientHandshake: the server's resets
                    // run out while the client's person makes up their mind.
                    let end = start + HEADER_LEN + 79;
                    let slow = self.time > TIMEOUT.saturating_mul(2 * RESETS);
                    version_or_suite.contains(&place)
                        || slow && place == end - 1 && *damage == Damage::Twice
                })
    }

    /// One damage, and what must become of it. `true` where it was mended.
    fn damage<S: TestSuite>(&self, side: usize, place: usize, damage: Damage) -> bool {
        let outcome = Pair::<S>::damaged(self.setup, side, place, damage.clone()).run();
        let what = || format!("{damage:?} of byte {place} of side {side}: {outcome:?}");
        assert!(outcome.time <= self.time + LIMIT, "{}", what());
        if side == CLIENT && self.last_word(place, &damage) {
            assert!(outcome.only_the_close_was_lost(), "{}", what());
            return false;
        }
        let mended = outcome.completed();
        if self.may_fail(side, place, &damage) {
            assert!(mended || outcome.both_failed(), "{}", what());
        } else {
            assert!(mended, "{}", what());
        }
        mended
    }

    /// Whether the damage hits the client's close and nothing else.
    fn last_word(&self, place: usize, damage: &Damage) -> bool {
        let close = self.close()..self.written[CLIENT].len();
        match damage {
            // The second of the two bytes is in the place of the next.
            Damage::Twice => close.contains(&(place + 1)),
            _ => close.contains(&place),
        }
    }

    /// These damages at every place of both directions, or at every `step`th.
    fn sweep<S: TestSuite>(&self, damages: &[Damage], step: usize) {
        let (mut mended, mut cases) = (0, 0);
        for side in [CLIENT, SERVER] {
            for place in (0..self.written[side].len()).step_by(step) {
                for damage in damages {
                    cases += 1;
                    mended += usize::from(self.damage::<S>(side, place, damage.clone()));
                }
            }
        }
        println!("{cases} cases, {mended} mended");
        assert!(mended > cases / 2, "of {cases} only {mended}");
    }
}

fn lasting_damage() -> Vec<Damage> {
    vec![Damage::Silence, Damage::Cut]
}

fn some_damage() -> Vec<Damage> {
    let mut damages = lasting_damage();
    damages.extend([0x01, 0x80, 0xff].map(Damage::Xor));
    damages.extend([Damage::Drop, Damage::Twice]);
    damages.extend([0x00, 0xff].map(|byte| Damage::Insert(vec![byte])));
    damages
}

fn all_damage() -> Vec<Damage> {
    let mut damages = some_damage();
    damages.extend((1..7).map(|bit| Damage::Xor(1 << bit)));
    damages.push(Damage::Insert(vec![0x12]));
    damages.push(Damage::Insert(vec![0; 30]));
    damages
}

#[test]
fn any_damage_at_any_place() {
    sound::<Toy>(PLAIN).sweep::<Toy>(&all_damage(), 1);
}

#[test]
fn any_value_of_any_byte_of_any_header() {
    let sound = sound::<Toy>(PLAIN);
    let mut cases = 0;
    for side in [CLIENT, SERVER] {
        for (start, _) in packets(&sound.written[side]) {
            for place in start..start + HEADER_LEN {
                for bits in 1..=255 {
                    sound.damage::<Toy>(side, place, Damage::Xor(bits));
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 14 * 8 * 255);
}

#[test]
fn an_anonymous_client_and_a_pre_shared_key() {
    sound::<Toy>(ANONYMOUS_WITH_PRE_SHARED_KEY).sweep::<Toy>(&some_damage(), 1);
}

#[test]
fn while_a_decision_is_pending() {
    sound::<Toy>(DECISIONS).sweep::<Toy>(&some_damage(), 1);
}

#[test]
fn while_a_signature_is_pending() {
    sound::<Toy>(SIGNATURES).sweep::<Toy>(&some_damage(), 1);
}

#[test]
fn after_timeouts_that_came_too_early() {
    sound::<Toy>(TOO_SLOW).sweep::<Toy>(&some_damage(), 1);
}

#[test]
fn over_read_and_write() {
    sound::<Toy>(over_streams(PLAIN)).sweep::<Toy>(&some_damage(), 1);
}

#[test]
fn over_read_and_write_with_pauses() {
    for setup in [
        ANONYMOUS_WITH_PRE_SHARED_KEY,
        DECISIONS,
        SIGNATURES,
        TOO_SLOW,
    ] {
        sound::<Toy>(over_streams(setup)).sweep::<Toy>(&some_damage(), 5);
    }
}

#[test]
fn the_default_suite() {
    sound::<DefaultSuite>(PLAIN).sweep::<DefaultSuite>(&[Damage::Xor(1)], 1);
    sound::<DefaultSuite>(over_streams(ANONYMOUS_WITH_PRE_SHARED_KEY))
        .sweep::<DefaultSuite>(&[Damage::Drop], 3);
}

/// A forged alert: `type`, `msg_id`, reason, kind, and every byte of the token.
fn forged(kind: u8, msg_id: u8, reason: u8, alert_kind: u8, token: u8) -> Vec<u8> {
    let mut packet = vec![0, 18, 0, msg_id, 0, kind, 2, 0, reason, alert_kind];
    packet.extend([token; 16]);
    packet
}

#[test]
fn forged_alerts_change_nothing_once_the_peer_was_heard() {
    let (mut cases, mut acted_on) = (0, 0);
    for setup in [PLAIN, ANONYMOUS_WITH_PRE_SHARED_KEY, DECISIONS] {
        let sound = sound::<Toy>(setup);
        for side in [CLIENT, SERVER] {
            // How many of the sender's packets come before it was heard. A server
            // before that acts on a token of zeros and on no other.
            let unheard = if side == CLIENT { 2 } else { 1 };
            for (n, (place, _)) in packets(&sound.written[side]).into_iter().enumerate() {
                for case in 0..2 * 2 * 3 * 3 * 3_usize {
                    let kind = [0x10, 0x11][case % 2];
                    let msg_id = [0, 1][case / 2 % 2];
                    let reason = [0x00, 0x07, 0x99][case / 4 % 3];
                    let alert_kind = [0, 1, 2][case / 12 % 3];
                    let token = [0x00, 0x5a, 0xff][case / 36];
                    let alert = forged(kind, msg_id, reason, alert_kind, token);
                    let damage = Damage::Insert(alert);
                    let mut pair = Pair::<Toy>::damaged(setup, side, place, damage.clone());
                    let outcome = pair.run();
                    let dropped = n >= unheard || side == CLIENT && token != 0;
                    let written = pair.wires.map(|wire| wire.written);
                    if dropped {
                        assert!(outcome.completed(), "{damage:?}: {outcome:?}");
                        assert_eq!(outcome.time, sound.time, "{damage:?} moved a clock");
                        assert!(written == sound.written, "{damage:?} was answered");
                    } else {
                        assert!(outcome.completed() || outcome.both_failed());
                        assert!(outcome.time <= sound.time + LIMIT);
                        acted_on += usize::from(written != sound.written);
                    }
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 3 * 14 * 108);
    assert!(acted_on > 100, "before that, {acted_on} were acted on");
}

#[test]
fn the_application_is_told_what_arrived() {
    let sound = sound::<Toy>(PLAIN);
    // The third of the client's records; and the first of the server's.
    let cases = [
        (CLIENT, 4, [(5, 2, 3), (2, 2, 0)]),
        (SERVER, 1, [(3, 3, 0), (2, 0, 2)]),
    ];
    for (side, packet, expected) in cases {
        let (start, _) = packets(&sound.written[side])[packet];
        let mut pair = Pair::<Toy>::damaged(PLAIN, side, start + HEADER_LEN, Damage::Xor(1));
        let Outcome { ends, time } = pair.run();
        assert_eq!(ends.map(|end| end.recoveries), [1, 1]);
        assert_eq!(time, Duration::ZERO);
        let told = pair.apps.map(|app| app.told[0]);
        assert_eq!(
            told.map(|told| (told.sent, told.received, told.lost())),
            expected
        );
    }
}

/// Carries packets between two connections until nothing more comes.
fn exchange(pair: &mut Pair<Toy>) {
    let [client, server] = &mut pair.connections;
    let mut buffer = [0; 256];
    loop {
        let len = client.send(&mut buffer).unwrap();
        if len > 0 {
            server.receive(&mut buffer[..len]).unwrap();
        }
        let back = server.send(&mut buffer).unwrap();
        if back > 0 {
            client.receive(&mut buffer[..back]).unwrap();
        }
        if len + back == 0 {
            return;
        }
    }
}

#[test]
fn what_nobody_took_is_told_with_the_next() {
    let mut pair = Pair::<Toy>::new(PLAIN);
    exchange(&mut pair);
    let mut buffer = [0; 256];
    for n in 0..5_u8 {
        let len = pair.connections[CLIENT].seal(&[n], &mut buffer).unwrap();
        if n < 2 {
            pair.connections[SERVER]
                .receive(&mut buffer[..len])
                .unwrap();
        }
    }
    for _ in 0..2 {
        // Nothing that is a packet; and nobody asks what became of the records.
        pair.connections[SERVER].receive(&mut [0; 8]).unwrap();
        exchange(&mut pair);
    }
    let delivery = pair.connections[CLIENT].take_delivery().unwrap();
    assert_eq!(
        (delivery.sent, delivery.received, delivery.lost()),
        (5, 2, 3)
    );
    assert_eq!(pair.connections[CLIENT].take_delivery(), None);
    assert_eq!(pair.connections[CLIENT].records_sent(), 2);
}

/// A client and a server that have been told the time, and a ClientHandshake.
fn begun() -> (Connection<Toy>, Connection<Toy>, Vec<u8>) {
    let [mut client, server] = Pair::<Toy>::new(PLAIN).connections;
    let mut packet = vec![0; client.send_len()];
    client.send(&mut packet).unwrap();
    client.advance(Duration::ZERO).unwrap();
    (client, server, packet)
}

#[test]
fn a_packet_that_trickles_in_has_ten_timeouts() {
    let (_, mut server, mut packet) = begun();
    let limit = TIMEOUT * 10;
    let mut now = Duration::ZERO;
    let mut shown = 0;
    while now < limit {
        // Each byte in time, if just so.
        assert!(!server.advance(now).unwrap(), "{now:?}");
        shown += 1;
        server.receive(&mut packet[..shown]).unwrap();
        now += TIMEOUT - Duration::from_millis(1);
    }
    assert_eq!(server.deadline(), Some(limit));
    assert!(!server.advance(limit - Duration::from_nanos(1)).unwrap());
    assert!(server.advance(limit).unwrap());
}

#[test]
fn the_header_of_a_packet_that_stalled_is_passed_over() {
    // A client that has not heard its server would act on any Reset, and this is
    // the header of one.
    let alert = forged(0x11, 1, 0x05, 0, 0x5a);
    let (mut client, _, _) = begun();
    client.receive(&mut alert[..10].to_vec()).unwrap();
    assert!(client.advance(TIMEOUT).unwrap());
    let mut out = [0; 256];
    assert!(client.send(&mut out).unwrap() > 0);
    let mut input = alert.clone();
    while let received = client.receive(&mut input).unwrap()
        && received.consumed > 0
    {
        let consumed = received.consumed;
        input.drain(..consumed);
    }
    assert!(!client.wants_send(), "it has answered what had timed out");
    // Whole, it is acted on.
    client.receive(&mut alert.clone()).unwrap();
    assert!(client.wants_send());
}

#[test]
fn an_alert_behind_a_damaged_header_is_found() {
    // No version; another msg_id; a length that no close has.
    for header in [
        [0; HEADER_LEN],
        [0, 16, 0, 9, 0, 0x20, 2, 1],
        [0, 19, 0, 2, 0, 0x10, 2, 1],
    ] {
        let mut pair = Pair::<Toy>::new(PLAIN);
        exchange(&mut pair);
        let [client, server] = &mut pair.connections;
        client.receive(&mut [0; HEADER_LEN]).unwrap();
        let mut input = vec![0; HEADER_LEN + 26];
        input[..HEADER_LEN].copy_from_slice(&header);
        assert_eq!(client.send(&mut input[HEADER_LEN..]).unwrap(), 26);
        assert_eq!(server.receive(&mut input).unwrap().consumed, HEADER_LEN);
        let mut out = [0; 256];
        assert_eq!(server.send(&mut out).unwrap(), 26);
        server.receive(&mut input[HEADER_LEN..]).unwrap();
        assert!(server.wants_send(), "the Reset is answered");
    }
}

/// The server finds eight bytes that are no packet.
fn upset(pair: &mut Pair<Toy>) -> Result<(), OssuaryError> {
    pair.connections[SERVER].receive(&mut [0; HEADER_LEN])?;
    exchange(pair);
    for connection in &mut pair.connections {
        assert_eq!(connection.status(), Status::Open);
        assert!(connection.take_delivery().is_some());
    }
    Ok(())
}

#[test]
fn the_sixth_reset_in_a_row_is_a_disconnect() {
    let mut pair = Pair::<Toy>::new(PLAIN);
    exchange(&mut pair);
    for _ in 1..RESETS {
        upset(&mut pair).unwrap();
    }
    let too_many = PeerError::TooManyResets(Reason::Malformed);
    match upset(&mut pair) {
        Err(OssuaryError::Peer(error)) => assert_eq!(error, too_many),
        result => panic!("{result:?}"),
    }
    let [client, server] = &mut pair.connections;
    let mut buffer = [0; 256];
    let len = server.send(&mut buffer).unwrap();
    match client.receive(&mut buffer[..len]) {
        Err(OssuaryError::Peer(error)) => {
            assert_eq!(error, PeerError::Disconnected(Reason::Malformed));
        }
        result => panic!("{result:?}"),
    }
}

#[test]
fn a_record_between_two_resets_forgives_those_before() {
    // The server counts anew because it opens records; the client, which opens
    // none, because the server reports more.
    let mut pair = Pair::<Toy>::new(PLAIN);
    exchange(&mut pair);
    for n in 1..=4 * u64::from(RESETS) {
        for _ in 0..2 {
            upset(&mut pair).unwrap();
        }
        let mut buffer = [0; 256];
        let [client, server] = &mut pair.connections;
        let len = client.seal(b"in between", &mut buffer).unwrap();
        server.receive(&mut buffer[..len]).unwrap();
        assert_eq!(server.records_received(), n);
    }
}

#[test]
fn time_begins_when_it_is_told_first() {
    let [client, server] = [Role::Client, Role::Server].map(stream::connection);
    let (mut client, mut server) = (client, server);
    let mut packet = [0; 256];
    client.send(&mut packet).unwrap();
    // Half a packet has come before anybody looks at a clock.
    server.receive(&mut packet[..40]).unwrap();
    assert_eq!(server.deadline(), None);
    let begun = Duration::from_secs(1_000_000);
    assert!(!server.advance(begun).unwrap());
    assert_eq!(server.deadline(), Some(begun + TIMEOUT));
    let almost = begun + TIMEOUT - Duration::from_nanos(1);
    assert!(!server.advance(almost).unwrap());
    assert!(server.advance(begun + TIMEOUT).unwrap());
}
