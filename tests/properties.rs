//! Properties: any order of calls, any split of the stream, any corruption, any
//! bytes.
//!
//! It is a long file because each property brings its own generator and its own
//! model of what must come out.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]
#![allow(missing_docs, reason = "tests")]

#[path = "toy/pair.rs"]
mod pair;
mod toy;

use ossuary::{
    Event, HEADER_LEN, MAX_PACKET, MAX_PLAINTEXT, OssuaryError, PeerError, RECORD_OVERHEAD,
    Receiver, ResetCause, Sender, Signing, Status,
};
use ossuary::{KeyStore, OssuaryConnection};
use pair::{
    CLIENT, Connection, Damage, Keys, NOBODY, PATIENCE, PLAIN, Pair, Person, SERVER, Setup,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::io::{self, Read};
use std::time::Duration;
use toy::Toy;

/// Both persons and both tokens take their time.
const ASKING: Setup = Setup {
    persons: [Person {
        decides: Some(1),
        signs: Some([1, 1]),
    }; 2],
    ..PLAIN
};

const PRE_SHARED: Setup = Setup {
    pre_shared_key: true,
    anonymous: true,
    ..PLAIN
};

const SETUPS: [Setup; 3] = [PLAIN, ASKING, PRE_SHARED];

/// A call, or something that happens to the stream.
#[derive(Clone, Debug)]
enum Call {
    /// Both sides send and receive until nothing moves, and answer what they are
    /// asked.
    Exchange,
    Send,
    /// So many bytes arrive, and one packet is received.
    Receive(usize),
    /// All that was written arrives and is received.
    ReceiveAll,
    Seal(usize),
    SealPadded(usize, usize),
    Rekey,
    Advance(u64),
    Disconnect(bool),
    EndOfStream,
    Decide(bool),
    Authorize,
    ProvideSignature,
    Split,
    Rejoin,
    /// A byte on its way is changed.
    Corrupt(usize, u8),
    /// A byte on its way is lost.
    Lose(usize),
    /// Bytes that nobody sent arrive.
    Insert(Vec<u8>),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        20 => Just(Call::Exchange),
        20 => Just(Call::Send),
        10 => (0..300_usize).prop_map(Call::Receive),
        20 => Just(Call::ReceiveAll),
        30 => (0..80_usize).prop_map(Call::Seal),
        6 => (0..40_usize, 0..60_usize).prop_map(|(len, to)| Call::SealPadded(len, to)),
        3 => Just(Call::Rekey),
        4 => (0..10_000_u64).prop_map(Call::Advance),
        1 => any::<bool>().prop_map(Call::Disconnect),
        1 => Just(Call::EndOfStream),
        4 => prop::bool::weighted(0.9).prop_map(Call::Decide),
        4 => Just(Call::Authorize),
        4 => Just(Call::ProvideSignature),
        6 => Just(Call::Split),
        10 => Just(Call::Rejoin),
        4 => (any::<usize>(), 1..=255_u8).prop_map(|(at, bits)| Call::Corrupt(at, bits)),
        2 => any::<usize>().prop_map(Call::Lose),
        1 => vec(any::<u8>(), 1..40).prop_map(Call::Insert),
    ]
}

/// A connection, whole or in halves.
enum Form {
    Whole(Box<Connection<Toy>>),
    Halves(Box<(Sender<Toy>, Receiver<Toy, Keys>)>),
    /// While it changes from one to the other.
    Gone,
}

struct Side {
    form: Form,
    /// What this side wrote and what has not arrived.
    wire: Vec<u8>,
    inbox: Vec<u8>,
    /// The plaintexts of its records, by their number. After a recovery the
    /// numbers go on from what has arrived, and so new ones replace the lost.
    log: Vec<Vec<u8>>,
}

impl Side {
    fn connection(&self) -> &Connection<Toy> {
        match &self.form {
            Form::Whole(connection) => connection,
            Form::Halves(halves) => halves.1.connection(),
            Form::Gone => panic!("a change that did not end"),
        }
    }

    fn whole(&mut self) -> Option<&mut Connection<Toy>> {
        match &mut self.form {
            Form::Whole(connection) => Some(connection),
            _ => None,
        }
    }

    fn records_sent(&self) -> u64 {
        match &self.form {
            Form::Halves(halves) => halves.0.records_sent(),
            _ => self.connection().records_sent(),
        }
    }

    fn seal(
        &mut self,
        peer_has: u64,
        plaintext: Vec<u8>,
        padded: Option<usize>,
    ) -> Result<(), OssuaryError> {
        let before = self.records_sent();
        let mut out = vec![0; 200];
        let len = match (&mut self.form, padded) {
            (Form::Whole(whole), None) => whole.seal(&plaintext, &mut out),
            (Form::Whole(whole), Some(to)) => whole.seal_padded(&plaintext, to, &mut out),
            (Form::Halves(halves), None) => halves.0.seal(&plaintext, &mut out),
            (Form::Halves(halves), Some(to)) => halves.0.seal_padded(&plaintext, to, &mut out),
            (Form::Gone, _) => panic!("a change that did not end"),
        };
        let sealed = match len {
            Ok(len) => {
                assert_eq!(self.records_sent(), before + 1);
                // What the peer has is never sent again under the same number.
                assert!(before >= peer_has);
                self.log.truncate(usize::try_from(before).unwrap());
                self.log.push(plaintext);
                self.wire.extend_from_slice(&out[..len]);
                return Ok(());
            }
            Err(error) => error,
        };
        assert_eq!(self.records_sent(), before, "an error changed nothing");
        Err(sealed)
    }

    /// Receives one packet; `false` where there is none.
    fn receive(&mut self, peers_log: &[Vec<u8>]) -> bool {
        let before = self.connection().records_received();
        let shown = self.inbox.len();
        let result = match &mut self.form {
            Form::Whole(connection) => connection.receive(&mut self.inbox),
            Form::Halves(halves) => halves.1.receive(&mut self.inbox),
            Form::Gone => panic!("a change that did not end"),
        };
        let Ok(received) = result else {
            self.inbox.clear();
            return false;
        };
        let consumed = received.consumed;
        let mut count = before;
        match received.event {
            Event::NeedBytes(want) => {
                assert!(consumed == 0 && want > 0 && shown + want <= MAX_PACKET);
                return false;
            }
            Event::NotYet => {
                assert_eq!(consumed, 0);
                return false;
            }
            Event::Record(plaintext) => {
                let number = usize::try_from(before).unwrap();
                assert_eq!(Some(&plaintext.to_vec()), peers_log.get(number));
                count += 1;
            }
            _ => {}
        }
        assert!(0 < consumed && consumed <= shown);
        self.inbox.drain(..consumed);
        assert_eq!(self.connection().records_received(), count);
        true
    }

    /// What can be asked at any time.
    fn look(&self) {
        let connection = self.connection();
        let status = connection.status();
        assert_eq!(connection.failure().is_some(), status == Status::Failed);
        let open = status == Status::Open;
        assert_eq!(connection.channel_binding().is_ok(), open);
        let mut key = [0; 16];
        let exported = connection.export_keying_material(b"label", b"", &mut key);
        assert_eq!(exported.is_ok(), open);
        assert_eq!(
            connection.undecided_peer().is_some(),
            status == Status::Undecided
        );
        assert_eq!(connection.wants_send(), connection.send_len() > 0);
        if connection.wants_send() {
            assert!(!open);
        }
        let waits = [Status::Undecided, Status::AwaitingSignature, Status::Closed];
        if waits.contains(&status) {
            assert_eq!(connection.deadline(), None);
        }
        let _ = format!("{connection:?}");
    }
}

/// What an application calls in turn.
const IN_TURN: [Call; 4] = [
    Call::Authorize,
    Call::ProvideSignature,
    Call::Send,
    Call::ReceiveAll,
];

/// Makes one call on `sides[at]`.
fn make(sides: &mut [Side; 2], at: usize, call: Call, now: &mut u64, serial: &mut u32) {
    let peer_has = sides[1 - at].connection().records_received();
    let peers_log = sides[1 - at].log.clone();
    let arrived = match &call {
        Call::Receive(len) => (*len).min(sides[1 - at].wire.len()),
        Call::ReceiveAll => sides[1 - at].wire.len(),
        _ => 0,
    };
    let arrived: Vec<u8> = sides[1 - at].wire.drain(..arrived).collect();
    let side = &mut sides[at];
    side.inbox.extend(arrived);
    let mut text = |len: usize| {
        *serial += 1;
        let mut text = vec![0x80; len];
        for (to, from) in text.iter_mut().zip(serial.to_be_bytes()) {
            *to = from;
        }
        text
    };
    // What fails has changed nothing that the checks afterwards would not see.
    match call {
        Call::Exchange => {
            for _ in 0..12 {
                for (call, at) in IN_TURN
                    .into_iter()
                    .flat_map(|call| [(call.clone(), 0), (call, 1)])
                {
                    make(sides, at, call, now, serial);
                }
            }
        }
        Call::Send => {
            let Some(connection) = side.whole() else {
                return;
            };
            let mut out = [0; 256];
            let announced = connection.send_len();
            let len = connection.send(&mut out).unwrap();
            assert!(len == announced || len == 0);
            side.wire.extend_from_slice(&out[..len]);
        }
        Call::Receive(_) => {
            side.receive(&peers_log);
        }
        Call::ReceiveAll => while side.receive(&peers_log) {},
        Call::Seal(len) => {
            let _ = side.seal(peer_has, text(len), None);
        }
        Call::SealPadded(len, to) => {
            let _ = side.seal(peer_has, text(len), Some(to));
        }
        Call::Rekey => match &mut side.form {
            Form::Whole(connection) => drop(connection.rekey()),
            Form::Halves(halves) => halves.0.rekey(),
            Form::Gone => {}
        },
        Call::Advance(ms) => {
            *now += ms;
            let now = Duration::from_millis(*now);
            let _ = match &mut side.form {
                Form::Whole(connection) => connection.advance(now),
                Form::Halves(halves) => halves.1.advance(now),
                Form::Gone => Ok(false),
            };
        }
        Call::Disconnect(with_error) => {
            if let Some(connection) = side.whole() {
                connection.disconnect(with_error);
            }
        }
        Call::EndOfStream => {
            let _ = match &mut side.form {
                Form::Whole(connection) => connection.end_of_stream(),
                Form::Halves(halves) => halves.1.end_of_stream(),
                Form::Gone => Ok(()),
            };
        }
        Call::Decide(trusted) => {
            if let Some(connection) = side.whole() {
                let _ = connection.decide(trusted);
            }
        }
        Call::Authorize => {
            if let Some(connection) = side.whole()
                && let Some(peer) = connection.undecided_peer().cloned()
            {
                connection.authorize(peer).unwrap();
                assert_ne!(connection.status(), Status::Undecided);
            }
        }
        Call::ProvideSignature => {
            let Some(connection) = side.whole() else {
                return;
            };
            let signed = connection.pending_signature().map(|pending| {
                let store = &connection.key_store().store;
                store.sign(pending.identity(), &pending.request()).unwrap()
            });
            if let Some(Signing::Done(signature)) = signed {
                connection.provide_signature(signature).unwrap();
            }
        }
        Call::Split => {
            side.form = match std::mem::replace(&mut side.form, Form::Gone) {
                Form::Whole(connection) => {
                    let open = connection.status() == Status::Open;
                    match OssuaryConnection::split(*connection) {
                        Ok(halves) => {
                            assert!(open);
                            Form::Halves(Box::new(halves))
                        }
                        Err((connection, _)) => {
                            assert!(!open);
                            Form::Whole(Box::new(connection))
                        }
                    }
                }
                form => form,
            };
        }
        Call::Rejoin => {
            side.form = match std::mem::replace(&mut side.form, Form::Gone) {
                Form::Halves(halves) => {
                    let (sender, receiver) = *halves;
                    let sent = sender.records_sent();
                    let whole = receiver
                        .rejoin(sender)
                        .map_err(|(_, _, error)| error)
                        .unwrap();
                    let over = matches!(whole.status(), Status::Closed | Status::Failed);
                    assert!(over || whole.records_sent() == sent);
                    Form::Whole(Box::new(whole))
                }
                form => form,
            };
        }
        Call::Corrupt(place, bits) => {
            if !side.wire.is_empty() {
                let place = place % side.wire.len();
                side.wire[place] ^= bits;
            }
        }
        Call::Lose(place) => {
            if !side.wire.is_empty() {
                let place = place % side.wire.len();
                side.wire.remove(place);
            }
        }
        Call::Insert(bytes) => side.wire.extend(bytes),
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (1..=255_u8).prop_map(Damage::Xor),
        2 => Just(Damage::Drop),
        2 => Just(Damage::Twice),
        2 => vec(any::<u8>(), 1..60).prop_map(Damage::Insert),
        1 => Just(Damage::Silence),
        1 => Just(Damage::Cut),
    ]
}

fn damages(most: usize) -> impl Strategy<Value = Vec<(usize, usize, Damage)>> {
    vec((0..2_usize, 0..600_usize, damage()), 0..=most)
}

fn damaged(setup: Setup, damages: &[(usize, usize, Damage)]) -> Pair<Toy> {
    let mut pair = Pair::<Toy>::new(setup);
    for (side, place, damage) in damages {
        pair.wires[*side].damage.push((*place, damage.clone()));
    }
    pair
}

/// No order of calls panics; what comes is what was sent under that number.
#[test]
fn any_order_of_calls() {
    let (records, recoveries, rejoined) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let calls = (0..SETUPS.len(), vec((0..2_usize, call()), 1..150));
    let mut runner = TestRunner::new(config());
    let result = runner.run(&calls, |(setup, calls)| {
        let Pair { connections, .. } = Pair::<Toy>::new(SETUPS[setup]);
        let mut sides = connections.map(|connection| Side {
            form: Form::Whole(Box::new(connection)),
            wire: Vec::new(),
            inbox: Vec::new(),
            log: Vec::new(),
        });
        let (mut now, mut serial) = (0, 0);
        for (at, call) in calls {
            let split = sides[at].whole().is_none();
            make(&mut sides, at, call, &mut now, &mut serial);
            sides[at].look();
            rejoined.set(rejoined.get() + usize::from(split && sides[at].whole().is_some()));
        }
        for side in &mut sides {
            records.set(records.get() + side.connection().records_received());
            let told = side.whole().and_then(Connection::take_delivery);
            recoveries.set(recoveries.get() + usize::from(told.is_some()));
        }
        Ok(())
    });
    result.unwrap();
    let reached = (records.get(), recoveries.get(), rejoined.get());
    println!("{reached:?}");
    assert!(
        reached.0 > 1000 && reached.1 > 100 && reached.2 > 100,
        "{reached:?}"
    );
}

/// How often a property is tried. A case that fails is printed.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 768,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    /// Whatever happens to the bytes, the conversation comes to an end, and who
    /// closed it had everything and delivered everything.
    #[test]
    fn any_corruption(
        setup in 0..SETUPS.len(),
        streams in any::<bool>(),
        damages in damages(6),
    ) {
        let setup = Setup { streams, ..SETUPS[setup] };
        let outcome = damaged(setup, &damages).run();
        let [client, server] = &outcome.ends;
        for end in [client, server] {
            prop_assert!(matches!(end.status, Status::Closed | Status::Failed));
        }
        if client.status == Status::Closed {
            prop_assert!(client.got_all && server.got_all);
        }
        if server.status == Status::Closed {
            prop_assert!(outcome.completed());
        }
        // Each damage costs no more than the connection's end would.
        let limit = Duration::from_secs(60 + 6 * 6) + PATIENCE;
        prop_assert!(outcome.time <= limit * 7, "{outcome:?}");
    }

    /// In pieces of any length the stream has the same meaning.
    #[test]
    fn any_split_of_the_stream(
        setup in 0..SETUPS.len(),
        damages in damages(2),
        pieces in vec(1..100_usize, 1..6),
    ) {
        let mut whole = damaged(SETUPS[setup], &damages);
        let mut split = damaged(SETUPS[setup], &damages);
        split.pieces = pieces;
        prop_assert_eq!(whole.run(), split.run());
        for side in [CLIENT, SERVER] {
            prop_assert!(whole.wires[side].written == split.wires[side].written);
            prop_assert_eq!(&whole.apps[side].told, &split.apps[side].told);
        }
    }

    /// Bytes that nobody sent give no plaintext, to nobody in no state, and are
    /// consumed, waited for, or refused.
    #[test]
    fn any_bytes(state in 0..STATES, bytes in noise()) {
        let mut connection = connection_in(state);
        let mut input = bytes;
        loop {
            let shown = input.len();
            match connection.receive(&mut input) {
                Ok(received) => match received.event {
                    Event::NeedBytes(want) => {
                        prop_assert!(want > 0 && received.consumed == 0);
                        prop_assert!(shown + want <= MAX_PACKET);
                        break;
                    }
                    Event::NotYet => {
                        prop_assert_eq!(received.consumed, 0);
                        // It sends, and goes on reading, as an application would.
                        let mut out = [0; 256];
                        if connection.send(&mut out).unwrap() == 0 {
                            break;
                        }
                    }
                    Event::Record(_) => prop_assert!(false, "a plaintext of noise"),
                    Event::Open | Event::Closed | Event::Undecided => {
                        prop_assert!(false, "noise for a handshake");
                    }
                    _ => {
                        let consumed = received.consumed;
                        prop_assert!(0 < consumed && consumed <= shown);
                        input.drain(..consumed);
                    }
                },
                Err(OssuaryError::Peer(_)) => {
                    prop_assert_eq!(connection.status(), Status::Failed);
                    break;
                }
                Err(error) => {
                    let over = matches!(connection.status(), Status::Closed | Status::Failed);
                    prop_assert!(over, "{error:?}");
                    break;
                }
            }
        }
        prop_assert_eq!(connection.records_received(), 0);
    }

    /// The same over `Read`, which is never asked for more than a packet.
    #[test]
    fn any_bytes_over_read(state in 0..STATES, bytes in noise()) {
        let mut connection = connection_in(state);
        let mut input = Asked(&bytes);
        let mut plaintext = Vec::new();
        for _ in 0..=bytes.len() {
            let before = input.0.len();
            let result = match connection.handshake_done() {
                Ok(false) => {
                    let _ = connection.send_handshake(io::sink());
                    connection.recv_handshake(&mut input)
                }
                Ok(true) => connection.recv_data(&mut input, &mut plaintext).map(|(taken, _)| taken),
                Err(_) => break,
            };
            let taken = before - input.0.len();
            match result {
                Ok(told)
                | Err(OssuaryError::WouldBlock(told) | OssuaryError::ConnectionReset(told)) => {
                    prop_assert_eq!(told, taken);
                }
                Err(_) => {}
            }
        }
        prop_assert!(plaintext.is_empty());
    }
}

/// A reader that is asked for a packet at most.
struct Asked<'a>(&'a [u8]);

impl Read for Asked<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        assert!(!out.is_empty() && out.len() <= MAX_PACKET);
        self.0.read(out)
    }
}

/// Noise that looks like packets here and there.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let types = prop::sample::select(vec![1, 2, 3, 0x10, 0x11, 0x20, 0x21]);
    let lengths = prop_oneof![
        Just(79_u16),
        Just(197),
        Just(121),
        Just(18),
        Just(34),
        0..300_u16,
        any::<u16>(),
    ];
    let body = vec(any::<u8>(), 0..300);
    let packet = (
        lengths,
        0..4_u8,
        types,
        0..4_u8,
        0..8_u8,
        any::<bool>(),
        body,
    );
    let packet = packet.prop_map(|(len, msg_id, kind, version, flags, zeros, mut body)| {
        let [high, low] = len.to_be_bytes();
        // Of four, three are version 2.
        let version = if version == 0 { 1 } else { 2 };
        let flags = if flags < 4 {
            u8::from(kind == 0x20)
        } else {
            flags
        };
        if zeros {
            body.fill(0);
        }
        body.resize(body.len().max(usize::from(len.min(300))), 7);
        body.truncate(usize::from(len));
        let mut packet = vec![high, low, 0, msg_id, 0, kind, version, flags];
        // The default suite, so that a ClientHandshake can be one.
        if kind == 1 && body.len() > 3 {
            body[..3].fill(1);
        }
        packet.extend(body);
        packet
    });
    let part = prop_oneof![2 => packet, 1 => vec(any::<u8>(), 0..60)];
    vec(part, 1..6).prop_map(|parts| parts.concat())
}

/// How many states [`connection_in`] knows.
const STATES: usize = 13;

/// A connection in each of the states that there are.
fn connection_in(state: usize) -> Connection<Toy> {
    let persons = match state {
        2 => [decides(), NOBODY],
        5 => [NOBODY, signs()],
        7 => [NOBODY, decides()],
        _ => [NOBODY; 2],
    };
    let Pair {
        connections: [mut client, mut server],
        ..
    } = Pair::<Toy>::new(Setup { persons, ..PLAIN });
    let pass = |from: &mut Connection<Toy>, to: &mut Connection<Toy>| {
        let mut packet = [0; 256];
        let len = from.send(&mut packet).unwrap();
        assert!(len > 0);
        to.receive(&mut packet[..len]).unwrap();
    };
    let mut out = [0; 256];
    let (connection, status) = match state {
        0 => (client, Status::Handshaking),
        1 => {
            client.send(&mut out).unwrap();
            (client, Status::Handshaking)
        }
        2 => {
            pass(&mut client, &mut server);
            pass(&mut server, &mut client);
            (client, Status::Undecided)
        }
        3 => (server, Status::Handshaking),
        4 => {
            pass(&mut client, &mut server);
            (server, Status::Handshaking)
        }
        5 => {
            pass(&mut client, &mut server);
            assert_eq!(server.send(&mut out).unwrap(), 0);
            (server, Status::AwaitingSignature)
        }
        6 => {
            pass(&mut client, &mut server);
            server.send(&mut out).unwrap();
            (server, Status::Handshaking)
        }
        _ => {
            pass(&mut client, &mut server);
            pass(&mut server, &mut client);
            pass(&mut client, &mut server);
            match state {
                7 => (server, Status::Undecided),
                8 => (server, Status::Open),
                9 => (client, Status::Open),
                10 => {
                    // A Reset is due, and will have been sent.
                    client.receive(&mut [0xee; 8]).unwrap();
                    (client, Status::Recovering)
                }
                11 => {
                    server.receive(&mut [0xee; 8]).unwrap();
                    server.send(&mut out).unwrap();
                    (server, Status::Recovering)
                }
                _ => {
                    server.disconnect(true);
                    (server, Status::Failed)
                }
            }
        }
    };
    assert_eq!(connection.status(), status, "state {state}");
    connection
}

fn decides() -> Person {
    Person {
        decides: Some(1),
        signs: None,
    }
}

fn signs() -> Person {
    Person {
        decides: None,
        signs: Some([1, 1]),
    }
}

#[test]
fn a_packet_is_the_most_that_is_waited_for() {
    let mut server = connection_in(8);
    let mut input = vec![0; MAX_PACKET];
    input[..HEADER_LEN].copy_from_slice(&[0xff, 0xff, 0, 2, 0, 0x20, 2, 1]);
    for (shown, wanted) in [(HEADER_LEN, MAX_PACKET - HEADER_LEN), (MAX_PACKET - 1, 1)] {
        match server.receive(&mut input[..shown]).unwrap().event {
            Event::NeedBytes(want) => assert_eq!(want, wanted),
            event => panic!("{event:?}"),
        }
    }
    match server.receive(&mut input).unwrap().event {
        Event::Reset(ResetCause::Here(error)) => assert_eq!(error, PeerError::DecryptionFailed),
        event => panic!("{event:?}"),
    }
}

#[test]
fn the_longest_record_arrives() {
    let Pair {
        connections: [mut client, mut server],
        ..
    } = Pair::<Toy>::new(PLAIN);
    let mut packet = vec![0; MAX_PACKET];
    while server.status() != Status::Open {
        let len = client.send(&mut packet).unwrap();
        server.receive(&mut packet[..len]).unwrap();
        let len = server.send(&mut packet).unwrap();
        client.receive(&mut packet[..len]).unwrap();
    }
    let plaintext = vec![0x5a; MAX_PLAINTEXT];
    let len = client.seal(&plaintext, &mut packet).unwrap();
    assert_eq!((len, MAX_PACKET), (MAX_PLAINTEXT + RECORD_OVERHEAD, len));
    match server.receive(&mut packet).unwrap().event {
        Event::Record(record) => assert!(*record == plaintext),
        event => panic!("{event:?}"),
    }
}
