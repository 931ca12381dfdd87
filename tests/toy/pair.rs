//! Two connections with a byte stream between them that can be damaged, a clock
//! that only the test moves, and two applications that keep books: what they
//! sent, what came, and what a recovery told them.
//!
//! Whatever happens, the driver itself checks, at the moment it happens:
//!
//! * a plaintext that comes is the next one of the peer's script: none that was
//!   not sent, none twice, none out of order;
//! * after each recovery, and at no other time, a [`Delivery`] is there, once; it
//!   says how many records this application had sent and how many the other one
//!   has, to the record;
//! * `receive` consumes or asks for more, and asks for no more than a packet;
//! * no clock runs while a decision or a signature is pending;
//! * steps and simulated time are bounded.
//!
//! The application's part of a recovery is [`App::told`]: it goes on with the
//! first record that was lost.
//!
//! The file is long because the checks stand where the driver takes its steps; the
//! stream, the application and the loop over `Read` and `Write` have files of their
//! own.

#![allow(dead_code, reason = "each test file uses a part of it")]

mod app;
mod streams;
mod wire;

use crate::toy::{Counter, Toy, ToyKey};
use app::App;
use ossuary::trust::AuthorizedKeys;
use ossuary::{
    Builder, CryptoSuite, Delivery, Event, Identity, KeyStore, KeyStoreError, MAX_PACKET,
    MemoryKeyStore, OssuaryConnection, OssuaryError, PeerError, SignRequest, Signing, Status,
};
use std::time::Duration;
use wire::Wire;

pub(crate) use wire::Damage;

pub(crate) const CLIENT: usize = 0;
pub(crate) const SERVER: usize = 1;

/// How long an application whose channel is open waits for a record that must
/// come, before it ends the connection: the protocol has no clock for that.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// More than any run here takes; a run that reaches it hangs.
const MAX_STEPS: usize = 20_000;

/// A suite, and host keys for it.
pub(crate) trait TestSuite: CryptoSuite {
    fn key_store(seed: u8) -> MemoryKeyStore;
}

impl TestSuite for Toy {
    fn key_store(seed: u8) -> MemoryKeyStore {
        MemoryKeyStore::new().with(ToyKey::new(seed))
    }
}

impl TestSuite for ossuary::DefaultSuite {
    fn key_store(seed: u8) -> MemoryKeyStore {
        use ossuary::backend::rustcrypto::Ed25519SigningKey;
        let key = Ed25519SigningKey::from_secret([seed; 32].into()).unwrap();
        MemoryKeyStore::new().with(key)
    }
}

/// A key store that signs at once, or leaves it to the application.
pub(crate) struct Keys {
    pub(crate) store: MemoryKeyStore,
    pub(crate) slow: bool,
}

impl KeyStore for Keys {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        self.store.identities()
    }

    fn sign(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> Result<Signing, KeyStoreError> {
        if self.slow {
            Ok(Signing::Pending)
        } else {
            self.store.sign(identity, request)
        }
    }
}

pub(crate) type Connection<S> = OssuaryConnection<S, Keys>;

/// How the two sides are set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) pre_shared_key: bool,
    /// The client has no key.
    pub(crate) anonymous: bool,
    pub(crate) persons: [Person; 2],
    /// Whether the applications use the methods over `Read` and `Write`.
    pub(crate) streams: bool,
}

/// How long a side's person, or token, takes: in seconds, the first time and
/// later; `None` where nobody is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) decides: Option<u64>,
    pub(crate) signs: Option<[u64; 2]>,
}

pub(crate) const NOBODY: Person = Person {
    decides: None,
    signs: None,
};

pub(crate) const PLAIN: Setup = Setup {
    pre_shared_key: false,
    anonymous: false,
    persons: [NOBODY; 2],
    streams: false,
};

/// How a side ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) status: Status,
    pub(crate) failure: Option<PeerError>,
    /// All of the peer's records came.
    pub(crate) got_all: bool,
    pub(crate) recoveries: usize,
}

/// How a conversation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) ends: [End; 2],
    pub(crate) time: Duration,
}

impl Outcome {
    /// The channel went on, everything was delivered, and it was closed in good
    /// order.
    pub(crate) fn completed(&self) -> bool {
        self.ends
            .iter()
            .all(|end| end.status == Status::Closed && end.got_all)
    }

    /// Both ends report a failure.
    pub(crate) fn both_failed(&self) -> bool {
        self.ends
            .iter()
            .all(|end| end.status == Status::Failed && end.failure.is_some())
    }

    /// Everything was delivered, and the client closed, which is its last word:
    /// the server did not get that, and reports it.
    pub(crate) fn only_the_close_was_lost(&self) -> bool {
        let [client, server] = &self.ends;
        client.got_all
            && server.got_all
            && client.status == Status::Closed
            && server.status == Status::Failed
            && server.failure.is_some()
    }
}

pub(crate) struct Pair<S: CryptoSuite> {
    pub(crate) connections: [Connection<S>; 2],
    pub(crate) apps: [App; 2],
    /// `wires[side]` is what `side` writes.
    pub(crate) wires: [Wire; 2],
    pub(crate) now: Duration,
    setup: Setup,
    ended: bool,
    /// What comes is shown to `receive` in pieces of these lengths, in turn;
    /// all at once where there are none.
    pub(crate) pieces: Vec<usize>,
    buffer: Vec<u8>,
}

impl<S: TestSuite> Pair<S> {
    pub(crate) fn new(setup: Setup) -> Self {
        let stores = [11, 22].map(S::key_store);
        let identities = [0, 1].map(|side: usize| stores[side].identities().unwrap().remove(0));
        let [client_store, server_store] = stores;
        let build = |side: usize, store: MemoryKeyStore| {
            let person = setup.persons[side];
            let builder = if side == CLIENT {
                Builder::<S>::client()
            } else {
                Builder::<S>::server()
            };
            let peer = identities[1 - side].clone();
            let builder = match person.decides {
                Some(_) => builder.trust(AuthorizedKeys::default().or_ask()),
                None if setup.anonymous && side == SERVER => builder.trust(ossuary::trust::Anyone),
                None => builder.trust(AuthorizedKeys::new([peer])),
            };
            let builder = if setup.pre_shared_key {
                builder.pre_shared_key(b"a pre-shared key of 32 bytes or so")
            } else {
                builder
            };
            let keys = Keys {
                store,
                slow: person.signs.is_some(),
            };
            let random = Counter::new([1, 2][side]);
            builder.key_store(keys).random(random).build().unwrap()
        };
        let client_store = if setup.anonymous {
            MemoryKeyStore::new()
        } else {
            client_store
        };
        let mut pair = Pair {
            connections: [build(CLIENT, client_store), build(SERVER, server_store)],
            apps: [App::new(CLIENT), App::new(SERVER)],
            wires: [Wire::default(), Wire::default()],
            now: Duration::ZERO,
            setup,
            ended: false,
            pieces: Vec::new(),
            buffer: vec![0; 512],
        };
        for side in [CLIENT, SERVER] {
            pair.advance(side);
        }
        pair
    }

    pub(crate) fn damaged(setup: Setup, side: usize, place: usize, damage: Damage) -> Self {
        let mut pair = Pair::new(setup);
        pair.wires[side].damage.push((place, damage));
        pair
    }

    fn over(&self, side: usize) -> bool {
        matches!(
            self.connections[side].status(),
            Status::Closed | Status::Failed
        ) && !self.connections[side].wants_send()
    }

    /// Runs the conversation to its end.
    pub(crate) fn run(&mut self) -> Outcome {
        for _ in 0..MAX_STEPS {
            let before = self.progress();
            for side in [CLIENT, SERVER] {
                // A wait that has just begun is timed from now.
                self.advance(side);
                if self.setup.streams {
                    self.turn_over_streams(side);
                } else {
                    self.turn(side);
                }
            }
            if self.progress() != before {
                continue;
            }
            if self.wires.iter().any(|wire| wire.cut) && !self.ended {
                // Nothing that comes is left: both are told that it has ended.
                self.ended = true;
                for side in [CLIENT, SERVER] {
                    let result = self.connections[side].end_of_stream();
                    self.note(side, result.map(|()| 0));
                }
                continue;
            }
            if self.over(CLIENT) && self.over(SERVER) {
                return self.outcome();
            }
            self.wait();
        }
        panic!("no end after {MAX_STEPS} steps: {}", self.describe());
    }

    /// Changes with everything that is written, consumed or decided.
    fn progress(&self) -> [([usize; 4], Status); 2] {
        [CLIENT, SERVER].map(|side| {
            let (wire, app) = (&self.wires[side], &self.apps[side]);
            let begun = app.begun.as_ref().map_or(0, Vec::len);
            let counts = [wire.written.len(), wire.inbox.len(), app.signed, begun];
            (counts, self.connections[side].status())
        })
    }

    fn describe(&self) -> String {
        let side = |side: usize| {
            let (connection, app) = (&self.connections[side], &self.apps[side]);
            format!(
                "{:?} {:?}, sent {}, received {}, {} bytes unread",
                connection.status(),
                connection.failure(),
                app.sent,
                app.received,
                self.wires[1 - side].inbox.len()
            )
        };
        format!("at {:?}: client {}; server {}", self.now, side(0), side(1))
    }

    fn outcome(&self) -> Outcome {
        let ends = [CLIENT, SERVER].map(|side| {
            let (connection, app) = (&self.connections[side], &self.apps[side]);
            let failure = connection.failure().cloned();
            assert_eq!(failure.is_some(), connection.status() == Status::Failed);
            if let Some(error) = &app.failed {
                assert_eq!(Some(error), failure.as_ref(), "it stays in `failure`");
            }
            End {
                status: connection.status(),
                failure,
                got_all: app.got_all(),
                recoveries: app.told.len(),
            }
        });
        Outcome {
            ends,
            time: self.now,
        }
    }

    /// Nothing moves: the clock goes on to the next thing that somebody waits
    /// for. That there is one is what this test is about.
    fn wait(&mut self) {
        let due = [CLIENT, SERVER].into_iter().filter_map(|side| {
            let (connection, app) = (&self.connections[side], &self.apps[side]);
            let status = connection.status();
            if matches!(status, Status::Undecided | Status::AwaitingSignature) {
                assert_eq!(connection.deadline(), None, "a clock runs at {status:?}");
            }
            let patience = (status == Status::Open).then_some(app.active + PATIENCE);
            [connection.deadline(), app.answer, patience]
                .into_iter()
                .flatten()
                .min()
        });
        let due = due
            .min()
            .unwrap_or_else(|| panic!("nobody waits for anything: {}", self.describe()));
        self.now = self.now.max(due);
        for side in [CLIENT, SERVER] {
            self.advance(side);
            self.answer(side);
            let app = &self.apps[side];
            if self.connections[side].status() == Status::Open && app.active + PATIENCE <= self.now
            {
                self.connections[side].disconnect(true);
            }
        }
    }

    fn advance(&mut self, side: usize) {
        let result = self.connections[side].advance(self.now);
        match result {
            Ok(reset) => self.apps[side].recovering |= reset,
            Err(error) => self.note(side, Err(error)),
        }
    }

    /// The person, or the token, answers when its time has come.
    fn answer(&mut self, side: usize) {
        let connection = &mut self.connections[side];
        let app = &mut self.apps[side];
        if app.answer.is_none_or(|answer| answer > self.now) {
            return;
        }
        app.answer = None;
        match connection.status() {
            Status::Undecided => connection.decide(true).unwrap(),
            Status::AwaitingSignature => {
                let pending = connection.pending_signature().unwrap();
                let store = &connection.key_store().store;
                let Ok(Signing::Done(signature)) =
                    store.sign(pending.identity(), &pending.request())
                else {
                    panic!("the store in memory signs at once");
                };
                connection.provide_signature(signature).unwrap();
                app.signed += 1;
            }
            status => panic!("an answer, and no question at {status:?}"),
        }
        self.settle(side);
    }

    /// After each call: was somebody asked, has a channel opened?
    fn settle(&mut self, side: usize) {
        let connection = &mut self.connections[side];
        let peer_has = self.apps[1 - side].counted();
        let app = &mut self.apps[side];
        let person = self.setup.persons[side];
        let takes = match connection.status() {
            Status::Undecided => person.decides,
            Status::AwaitingSignature => person.signs.map(|signs| signs[app.signed.min(1)]),
            _ => None,
        };
        if let Some(seconds) = takes
            && app.answer.is_none()
        {
            app.answer = Some(self.now + Duration::from_secs(seconds));
        }
        assert_eq!(connection.records_received(), app.counted() as u64);
        let delivery = connection.take_delivery();
        let opened = !app.open && connection.status() == Status::Open;
        app.open = connection.status() == Status::Open;
        if opened {
            app.active = self.now;
        }
        if app.open {
            assert_eq!(delivery.is_some(), app.recovering, "told, and only then");
            if let Some(delivery) = delivery {
                app.told(delivery, peer_has);
            }
            app.recovering = false;
            assert_eq!(connection.records_sent(), app.sent as u64);
        } else {
            // A clean close may follow at once what opened the channel, never
            // before the application was told.
            assert_eq!(delivery, None, "told before the channel is open");
        }
    }

    /// What a call returned.
    fn note(&mut self, side: usize, result: Result<usize, OssuaryError>) {
        match result {
            Ok(_) => {}
            Err(OssuaryError::Peer(error)) => {
                let before = self.apps[side].failed.replace(error);
                assert_eq!(before, None, "a connection ends once");
            }
            Err(OssuaryError::ConnectionFailed | OssuaryError::ConnectionClosed) => {}
            Err(error) => panic!("side {side}: {error:?}"),
        }
        self.settle(side);
    }

    /// One side sends what is due and receives all that has come.
    fn turn(&mut self, side: usize) {
        loop {
            self.send(side);
            if !self.receive(side) {
                return;
            }
        }
    }

    /// What the protocol has to send, and what the application has.
    fn send(&mut self, side: usize) {
        loop {
            let connection = &mut self.connections[side];
            let wire = &mut self.wires[side];
            let app = &mut self.apps[side];
            if connection.wants_send() {
                let announced = connection.send_len();
                let len = connection.send(&mut self.buffer).unwrap();
                assert!(len == announced || len == 0, "{len} for {announced}");
                if len > 0 {
                    wire.write(&self.buffer[..len]);
                }
                self.settle(side);
                if len == 0 {
                    return;
                }
                continue;
            }
            if connection.status() != Status::Open {
                return;
            }
            if app.closes() {
                connection.disconnect(false);
                continue;
            }
            let Some(message) = app.due() else {
                return;
            };
            if message.rekey {
                connection.rekey().unwrap();
            }
            let len = match message.padded {
                Some(len) => connection.seal_padded(message.text, len, &mut self.buffer),
                None => connection.seal(message.text, &mut self.buffer),
            };
            wire.write(&self.buffer[..len.unwrap()]);
            app.sent += 1;
            app.active = self.now;
        }
    }

    /// Takes one packet; `false` where there is none.
    fn receive(&mut self, side: usize) -> bool {
        let wire = &mut self.wires[1 - side];
        let seen = match self.pieces.is_empty() {
            true => wire.inbox.len(),
            false => wire.inbox.len().min(wire.seen),
        };
        let connection = &mut self.connections[side];
        let app = &mut self.apps[side];
        let status = connection.status();
        let received = match connection.receive(&mut wire.inbox[..seen]) {
            Ok(received) => received,
            Err(error) => {
                let over = matches!(status, Status::Closed | Status::Failed);
                self.note(side, Err(error));
                // It tells the peer, and ignores what comes.
                return !over;
            }
        };
        let consumed = received.consumed;
        match received.event {
            Event::NeedBytes(want) => {
                assert!(want > 0 && seen + want <= MAX_PACKET && consumed == 0);
                if seen < wire.inbox.len() {
                    wire.seen = seen + self.pieces[0];
                    self.pieces.rotate_left(1);
                    return true;
                }
                return false;
            }
            Event::NotYet => {
                assert_eq!(consumed, 0);
                return false;
            }
            Event::Record(plaintext) => {
                assert_eq!(status, Status::Open);
                app.got(plaintext, self.now);
            }
            Event::Reset(_) => app.recovering = true,
            _ => {}
        }
        assert!(0 < consumed && consumed <= seen);
        wire.inbox.drain(..consumed);
        wire.seen = seen - consumed;
        self.settle(side);
        true
    }
}
