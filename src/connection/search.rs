//! A search through the interleavings of two connections and a bad stream.
//!
//! Two connections talk over two queues of packets. At each state the search
//! takes every move there is:
//!
//! * fair ones: the next packet arrives; an application sends a record;
//! * the adversary's: the next packet is lost, damaged (its type, its length, its
//!   last byte), cut short or doubled; an alert is forged (a token of zeros, some
//!   token, this conversation's own first or latest one, sent again); a side's
//!   timeout passes, however early; a side ends the connection with an error.
//!
//! From each state that it reaches it lets the stream be good from then on: all
//! packets arrive, time passes where nothing else happens, and each application
//! sends one more record. Within [`MAX_STEPS`] the pair must then be
//!
//! * open at both ends, with one channel binding and the same next chain, all
//!   records delivered once and in order, and both applications told to the record
//!   what had arrived at each recovery; or
//! * over at both ends. A side whose peer is over and that has nothing to wait
//!   for is told that the stream has ended, as the peer's program would see to.
//!
//! Anything else fails with the path that leads there. Where the adversary neither
//! forged an alert nor ended the connection, the pair must be open.
//!
//! Connections cannot be copied, so each path is played from the start, over the
//! toy suite, where that is cheap. States are compared by what the protocol
//! distinguishes ([`World::fingerprint`]): a path to one that was there before,
//! with as many moves left to the adversary, is not followed.
//!
//! The search begins at a fresh pair, at a channel just opened, and at one that
//! has recovered once. In the test suite it goes to a depth of 6 moves, 3 of which
//! are the adversary's: 172,000 paths to 50,000 states. `OSSUARY_SEARCH_DEPTH=9`
//! goes deeper: 1,400,000 paths to 400,000 states, in a few minutes.
//!
//! It is one long file because the model, its moves and the walk through them make
//! sense together only.

extern crate std;

#[path = "../../tests/toy/mod.rs"]
mod toy;

use super::{Builder, Delivery, Event, OssuaryConnection, State, Status};
use crate::alert::{Alert, NO_TOKEN, Reason};
use crate::error::{OssuaryError, PeerError};
use crate::packet::{HEADER_LEN, PacketType};
use crate::trust::AuthorizedKeys;
use alloc::collections::VecDeque;
use alloc::collections::btree_map::{BTreeMap, Entry};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use ossuary_traits::{MemoryKeyStore, SigningKey};
use std::println;
use toy::{Counter, Toy, ToyKey};

/// How many moves a path has at most, where nothing else is asked for.
const DEPTH: usize = 6;
/// How many of them are the adversary's.
const ADVERSARY: usize = 3;
/// How many records an application sends at most before the stream is good.
const RECORDS: u64 = 3;
/// How many steps a pair may take to its end once the stream is good.
const MAX_STEPS: usize = 200;
/// How long that may take: the longest timeout, six resets with two timeouts each.
const MAX_TIME: Duration = Duration::from_secs(60 + 6 * 6);

const CLIENT: usize = 0;
const SERVER: usize = 1;

/// A move; the number is the side that it concerns or that wrote the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    // Fair.
    Deliver(usize),
    Record(usize),
    // The adversary's.
    Lose(usize),
    DamageType(usize),
    DamageLength(usize),
    DamageEnd(usize),
    Cut(usize),
    Twice(usize),
    ForgeZeros(usize),
    ForgeToken(usize),
    ForgeDisconnect(usize),
    ReplayFirst(usize),
    ReplayLatest(usize),
    Timeout(usize),
    EndWithError(usize),
}

use Move::*;

impl Move {
    fn is_fair(self) -> bool {
        matches!(self, Deliver(_) | Record(_))
    }

    /// A forged alert may end a connection that has not heard its peer.
    fn may_end(self) -> bool {
        matches!(
            self,
            ForgeZeros(_)
                | ForgeToken(_)
                | ForgeDisconnect(_)
                | ReplayFirst(_)
                | ReplayLatest(_)
                | EndWithError(_)
        )
    }
}

/// One side: the connection and its application.
struct Side {
    connection: OssuaryConnection<Toy>,
    now: Duration,
    /// What has come and was not consumed.
    inbox: Vec<u8>,
    /// How many records the application wants to send, and has sent; the
    /// plaintext of a record is its number.
    wanted: u64,
    sent: u64,
    received: u64,
    recovering: bool,
    recoveries: usize,
    /// How many handshakes have opened the channel.
    opened: usize,
    open: bool,
    /// The alerts that this side has sent.
    alerts: Vec<Vec<u8>>,
    /// The handshake packet that this side has sent or acted on last.
    handshake: u64,
}

struct Packet {
    bytes: Vec<u8>,
    /// What it was made in: the handshake packet before it, or the channel.
    origin: u64,
}

struct World {
    sides: [Side; 2],
    /// `queues[side]` is what `side` has written and what has not arrived.
    queues: [VecDeque<Packet>; 2],
}

/// How a pair came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// Open at both ends.
    Open,
    /// Over at both ends.
    Over,
    /// The same, where one of them learned of it by the stream's end.
    OverByEnd,
}

fn number(bytes: &[u8]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    state
}

impl Side {
    fn new(side: usize) -> Self {
        let keys = [1, 2].map(ToyKey::new);
        let identities = [0, 1].map(|n: usize| keys[n].identity());
        let [client, server] = keys;
        let (builder, key) = match side {
            CLIENT => (Builder::<Toy>::client(), client),
            _ => (Builder::<Toy>::server(), server),
        };
        let mut connection = builder
            .key_store(MemoryKeyStore::new().with(key))
            .trust(AuthorizedKeys::new([identities[1 - side].clone()]))
            .random(Counter::new(u8::try_from(side).unwrap()))
            .build()
            .unwrap();
        connection.advance(Duration::ZERO).unwrap();
        Side {
            connection,
            now: Duration::ZERO,
            inbox: Vec::new(),
            wanted: 0,
            sent: 0,
            received: 0,
            recovering: false,
            recoveries: 0,
            opened: 0,
            open: false,
            alerts: Vec::new(),
            handshake: 0,
        }
    }

    fn over(&self) -> bool {
        matches!(self.connection.status(), Status::Closed | Status::Failed)
    }

    fn heard(&self) -> bool {
        self.connection.alerts.inside().3
    }

    /// After each call: was the application told, and the truth?
    fn settle(&mut self, peer_has: u64) {
        let delivery = self.connection.take_delivery();
        let open = self.connection.status() == Status::Open;
        self.opened += usize::from(open && !self.open);
        self.open = open;
        if !open {
            assert_eq!(delivery, None, "told before the channel is open");
            return;
        }
        assert_eq!(delivery.is_some(), self.recovering, "told, and only then");
        self.recovering = false;
        if let Some(delivery) = delivery {
            let (sent, received) = (self.sent, peer_has);
            let counted = true;
            let expected = Delivery {
                sent,
                received,
                counted,
            };
            assert_eq!(delivery, expected);
            self.sent = received;
            self.recoveries += 1;
        }
        assert_eq!(self.connection.records_sent(), self.sent);
        assert_eq!(self.connection.records_received(), self.received);
    }

    fn settle_result(&mut self, result: Result<bool, OssuaryError>, peer_has: u64) {
        match result {
            Ok(reset) => self.recovering |= reset,
            Err(OssuaryError::Peer(_)) => assert_eq!(self.connection.status(), Status::Failed),
            Err(error) => panic!("{error:?}"),
        }
        self.settle(peer_has);
    }

    /// The time passes, to this moment on this side's clock.
    fn pass(&mut self, now: Duration, peer_has: u64) {
        self.now = now;
        let result = self.connection.advance(now);
        self.settle_result(result, peer_has);
    }
}

impl World {
    fn new() -> Self {
        let mut world = World {
            sides: [CLIENT, SERVER].map(Side::new),
            queues: [VecDeque::new(), VecDeque::new()],
        };
        world.run(CLIENT);
        world
    }

    /// A side sends what is due and takes what has come.
    fn run(&mut self, side: usize) {
        loop {
            self.send(side);
            if !self.receive(side) {
                break;
            }
        }
        // A wait that has just begun is timed from now.
        let peer_has = self.sides[1 - side].received;
        let side = &mut self.sides[side];
        side.pass(side.now, peer_has);
    }

    fn send(&mut self, at: usize) {
        let peer_has = self.sides[1 - at].received;
        let side = &mut self.sides[at];
        let mut buffer = [0; 256];
        loop {
            let connection = &mut side.connection;
            let len = if connection.wants_send() {
                let len = connection.send(&mut buffer).unwrap();
                side.settle(peer_has);
                len
            } else if connection.status() == Status::Open && side.sent < side.wanted {
                side.sent += 1;
                let plaintext = side.sent.to_be_bytes();
                connection.seal(&plaintext, &mut buffer).unwrap()
            } else {
                return;
            };
            let bytes = buffer[..len].to_vec();
            let connection = &side.connection;
            let origin = match bytes[5] {
                0x01..0x10 => {
                    side.handshake = number(&[&bytes[..], &side.handshake.to_be_bytes()].concat());
                    side.handshake
                }
                0x20 => connection.channel_binding().map_or(0, number),
                _ => {
                    side.alerts.push(bytes.clone());
                    0
                }
            };
            self.queues[at].push_back(Packet { bytes, origin });
        }
    }

    /// Takes one packet; `false` where there is none.
    fn receive(&mut self, at: usize) -> bool {
        let peer_has = self.sides[1 - at].received;
        let side = &mut self.sides[at];
        let shown = side.inbox.len();
        let first = side.inbox.clone();
        let (consumed, reset) = match side.connection.receive(&mut side.inbox) {
            Ok(received) => match received.event {
                Event::NeedBytes(want) => {
                    assert!(want > 0 && received.consumed == 0);
                    return false;
                }
                Event::NotYet => return false,
                Event::Record(plaintext) => {
                    side.received += 1;
                    assert_eq!(plaintext, side.received.to_be_bytes(), "the next record");
                    (received.consumed, false)
                }
                Event::Reset(_) => (received.consumed, true),
                Event::Closed => panic!("nobody closes"),
                _ => (received.consumed, false),
            },
            Err(OssuaryError::Peer(error)) => {
                assert_eq!(side.connection.failure(), Some(&error));
                side.inbox.clear();
                return true;
            }
            Err(_) => {
                side.inbox.clear();
                return false;
            }
        };
        assert!(0 < consumed && consumed <= shown);
        if matches!(
            side.connection.state,
            State::Answering(_) | State::Authenticating(_)
        ) {
            side.handshake = number(&first[..consumed]);
        }
        side.inbox.drain(..consumed);
        side.settle_result(Ok(reset), peer_has);
        true
    }

    /// The moves that there are.
    fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        for at in [CLIENT, SERVER] {
            let side = &self.sides[at];
            let to = &self.sides[1 - at];
            if !self.queues[at].is_empty() {
                moves.extend([
                    Deliver(at),
                    Lose(at),
                    DamageType(at),
                    DamageLength(at),
                    DamageEnd(at),
                    Cut(at),
                    Twice(at),
                ]);
            }
            if !to.over() {
                moves.extend([ForgeZeros(at), ForgeToken(at), ForgeDisconnect(at)]);
                if !side.alerts.is_empty() {
                    moves.push(ReplayLatest(at));
                }
                if side.alerts.len() > 1 {
                    moves.push(ReplayFirst(at));
                }
            }
            if side.over() {
                continue;
            }
            if side.wanted < RECORDS {
                moves.push(Record(at));
            }
            if side.connection.deadline().is_some() {
                moves.push(Timeout(at));
            }
            moves.push(EndWithError(at));
        }
        moves
    }

    fn deliver(&mut self, from: usize, bytes: &[u8]) {
        self.sides[1 - from].inbox.extend_from_slice(bytes);
        self.run(1 - from);
    }

    /// The next packet arrives as `change` makes it.
    fn deliver_next(&mut self, from: usize, change: impl FnOnce(&mut Vec<u8>)) {
        let mut packet = self.queues[from].pop_front().unwrap();
        change(&mut packet.bytes);
        self.deliver(from, &packet.bytes);
    }

    fn forge(&mut self, from: usize, kind: PacketType, token: [u8; 16]) {
        let alert = Alert {
            reason: Reason::TimedOut,
            kind: 0,
            token,
        };
        let to = &self.sides[1 - from];
        // "Others are dropped silently."
        let dropped = to.heard() && to.inbox.is_empty();
        let before = dropped.then(|| self.fingerprint());
        let msg_id = u16::from(kind == PacketType::Reset);
        self.deliver(from, &alert.packet(kind, msg_id));
        if let Some(before) = before {
            assert_eq!(
                before,
                self.fingerprint(),
                "a forged alert changed something"
            );
        }
    }

    fn make(&mut self, choice: Move) {
        match choice {
            Deliver(from) => self.deliver_next(from, |_| {}),
            Record(at) => {
                self.sides[at].wanted += 1;
                self.run(at);
            }
            Lose(from) => drop(self.queues[from].pop_front()),
            DamageType(from) => self.deliver_next(from, |bytes| bytes[5] ^= 0x40),
            // Longer than what comes.
            DamageLength(from) => self.deliver_next(from, |bytes| bytes[0] ^= 0x40),
            DamageEnd(from) => self.deliver_next(from, |bytes| {
                *bytes.last_mut().unwrap() ^= 0x01;
            }),
            Cut(from) => self.deliver_next(from, |bytes| bytes.truncate(HEADER_LEN + 4)),
            Twice(from) => self.deliver_next(from, |bytes| bytes.extend(bytes.clone())),
            ForgeZeros(from) => self.forge(from, PacketType::Reset, NO_TOKEN),
            ForgeToken(from) => self.forge(from, PacketType::Reset, [0x5a; 16]),
            ForgeDisconnect(from) => self.forge(from, PacketType::Disconnect, [0x5a; 16]),
            ReplayFirst(from) => {
                let alert = self.sides[from].alerts[0].clone();
                self.deliver(from, &alert);
            }
            ReplayLatest(from) => {
                let alert = self.sides[from].alerts.last().unwrap().clone();
                self.deliver(from, &alert);
            }
            Timeout(at) => {
                let peer_has = self.sides[1 - at].received;
                let side = &mut self.sides[at];
                let deadline = side.connection.deadline().unwrap();
                side.pass(deadline, peer_has);
                self.run(at);
            }
            EndWithError(at) => {
                self.sides[at].connection.disconnect(true);
                self.run(at);
            }
        }
    }

    /// What the protocol distinguishes about this state. Tokens, chains, channels
    /// and handshake packets count by which of them are the same.
    fn fingerprint(&self) -> Vec<u64> {
        fn class(classes: &mut Vec<u64>, id: u64) -> u64 {
            let known = classes.iter().position(|known| *known == id);
            let class = known.unwrap_or_else(|| {
                classes.push(id);
                classes.len() - 1
            });
            class as u64
        }
        let mut classes = vec![0, number(&NO_TOKEN), number(&[])];
        let mut all = Vec::new();
        for side in &self.sides {
            let connection = &side.connection;
            let (current, chain, chain_token, heard, resets) = connection.alerts.inside();
            for id in [
                current.map_or(0, |current| number(&current.client_token)),
                current.map_or(0, |current| number(&current.server_token)),
                number(chain.bytes()),
                number(chain_token),
                side.handshake,
                connection.channel_binding().map_or(0, number),
            ] {
                all.push(class(&mut classes, id));
            }
            let state: u64 = match &connection.state {
                State::ClientStart | State::ServerStart => 0,
                State::AwaitingServer(_) | State::AwaitingClient(_) => 1,
                State::Authenticating(_) | State::Answering(_) => 2,
                State::Deciding(_) => 3,
                State::Open(_) => 4,
                State::Closing(_) => 5,
                State::ResetDue(_) => 6,
                State::AwaitingReset(_) => 7,
                State::AnswerDue { .. } => 8,
                State::DisconnectDue(_) => 9,
                State::Over => 10,
            };
            let left = connection.deadline().map(|deadline| deadline - side.now);
            // What a side that waits keeps is the end of something that it drops.
            let unread: &[u8] = match &connection.state {
                State::AwaitingReset(_) => &[],
                _ => &side.inbox,
            };
            all.extend([
                state,
                u64::from(heard),
                u64::from(resets),
                u64::from(connection.alerts.latest_reset_id()),
                u64::from(connection.reset_cause.is_some()),
                connection.counts.reported,
                side.wanted,
                side.sent,
                side.received,
                connection.skip as u64,
                unread.len() as u64,
                u64::from(unread.get(5).copied().unwrap_or_default()),
                left.map_or(u64::MAX, |left| left.as_secs()),
                side.alerts.len() as u64,
            ]);
            for alert in [side.alerts.first(), side.alerts.last()]
                .into_iter()
                .flatten()
            {
                all.push(class(&mut classes, number(&alert[HEADER_LEN + 2..])));
                all.push(number(&alert[..HEADER_LEN + 2]));
            }
        }
        for queue in &self.queues {
            all.push(queue.len() as u64);
            for packet in queue {
                all.push(number(&packet.bytes[..HEADER_LEN]));
                let id = match packet.bytes[5] {
                    0x10 | 0x11 => number(&packet.bytes[HEADER_LEN + 2..]),
                    _ => packet.origin,
                };
                all.push(class(&mut classes, id));
            }
        }
        all
    }

    /// From here on the stream is good.
    fn come_to_rest(&mut self) -> Rest {
        for side in &mut self.sides {
            side.wanted += 1;
        }
        let begun = self.sides[CLIENT].now;
        let mut by_end = false;
        for _ in 0..MAX_STEPS {
            for at in [CLIENT, SERVER] {
                self.run(at);
                if !self.queues[at].is_empty() {
                    self.deliver_next(at, |_| {});
                }
            }
            if self.queues.iter().any(|queue| !queue.is_empty()) {
                continue;
            }
            assert!(
                self.sides[CLIENT].now - begun <= MAX_TIME,
                "no end in time: {}",
                self.describe()
            );
            if self.sides.iter().all(Side::over) {
                return if by_end { Rest::OverByEnd } else { Rest::Over };
            }
            if self.is_open() {
                return Rest::Open;
            }
            let wait = self.sides.iter().filter_map(|side| {
                let deadline = side.connection.deadline()?;
                Some(deadline.saturating_sub(side.now))
            });
            if let Some(wait) = wait.min() {
                for at in [CLIENT, SERVER] {
                    let peer_has = self.sides[1 - at].received;
                    let side = &mut self.sides[at];
                    side.pass(side.now + wait, peer_has);
                }
                continue;
            }
            let [client, server] = &mut self.sides;
            let left = match (client.over(), server.over()) {
                (true, false) => server,
                (false, true) => client,
                _ => panic!("nobody waits for anything: {}", self.describe()),
            };
            let ended = left.connection.end_of_stream();
            assert!(matches!(
                ended,
                Err(OssuaryError::Peer(PeerError::StreamEnded))
            ));
            by_end = true;
        }
        panic!("no rest after {MAX_STEPS} steps: {}", self.describe());
    }

    /// Open at both ends, everything delivered, and both ends agree on what a
    /// next recovery would start from.
    fn is_open(&self) -> bool {
        let [client, server] = &self.sides;
        let (Ok(one), Ok(other)) = (
            client.connection.channel_binding(),
            server.connection.channel_binding(),
        ) else {
            return false;
        };
        let delivered = client.received == server.wanted && server.received == client.wanted;
        if one != other || !delivered || self.sides.iter().any(|side| !side.inbox.is_empty()) {
            return false;
        }
        let inside = [client, server].map(|side| side.connection.alerts.inside());
        let [(one, chain, ..), (other, other_chain, ..)] = inside;
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.client_token, other.client_token);
        assert_eq!(one.server_token, other.server_token);
        assert_eq!(one.recovery.bytes(), other.recovery.bytes());
        assert_eq!(chain.bytes(), other_chain.bytes());
        // "Once the two sides have shared a secret, only the same two can go on."
        let again = client.opened > 1 && server.opened > 1;
        assert!(!again || !chain.bytes().is_empty(), "an unrelated channel");
        true
    }

    fn describe(&self) -> String {
        let side = |side: &Side| {
            let (_, _, _, heard, resets) = side.connection.alerts.inside();
            format!(
                "{:?} {:?}, heard {heard}, {resets} resets, sent {} of {}, received {}, {} bytes unread",
                side.connection.status(),
                side.connection.failure(),
                side.sent,
                side.wanted,
                side.received,
                side.inbox.len()
            )
        };
        let [client, server] = &self.sides;
        format!("client {}; server {}", side(client), side(server))
    }
}

/// A path and the moves that lead on from its end.
struct Path {
    moves: Vec<Move>,
    left: usize,
    next: Vec<Move>,
}

/// What a search has seen.
#[derive(Debug, Default)]
struct Found {
    paths: usize,
    states: usize,
    /// From how many of them the pair came to rest open, and that after a recovery.
    open: usize,
    recovered: usize,
    over: usize,
    over_by_end: usize,
}

/// Prints the path on which a check fails.
struct Witness<'a>(&'a [Move], Move);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the path: {:?}, {:?}", self.0, self.1);
        }
    }
}

fn play(moves: &[Move]) -> World {
    let mut world = World::new();
    for choice in moves {
        world.make(*choice);
    }
    world
}

/// Searches all paths of `depth` moves that begin with those of `root`, and of
/// which `adversary` are the adversary's.
fn search(root: &[Move], depth: usize, adversary: usize) -> Found {
    let mut found = Found::default();
    // The most moves that were left to the adversary where a state was reached.
    let mut seen: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    let mut layer = vec![Path {
        moves: root.to_vec(),
        left: adversary,
        next: play(root).moves(),
    }];
    for _ in 0..depth {
        let mut next_layer = Vec::new();
        for path in layer {
            for choice in path.next {
                let Some(left) = path.left.checked_sub(usize::from(!choice.is_fair())) else {
                    continue;
                };
                let mut moves = path.moves.clone();
                moves.push(choice);
                let _witness = Witness(&path.moves, choice);
                found.paths += 1;
                let mut world = play(&moves);
                match seen.entry(world.fingerprint()) {
                    Entry::Occupied(before) if *before.get() >= left => continue,
                    Entry::Occupied(mut before) => drop(before.insert(left)),
                    Entry::Vacant(new) => {
                        new.insert(left);
                        found.states += 1;
                    }
                }
                let next = world.moves();
                found.rest(&mut world, &moves[root.len()..]);
                next_layer.push(Path { moves, left, next });
            }
        }
        layer = next_layer;
    }
    found
}

impl Found {
    /// Lets the pair come to rest.
    fn rest(&mut self, world: &mut World, moves: &[Move]) {
        let rest = world.come_to_rest();
        match rest {
            Rest::Open => self.open += 1,
            Rest::Over => self.over += 1,
            Rest::OverByEnd => self.over_by_end += 1,
        }
        let recovered = world.sides.iter().any(|side| side.recoveries > 0);
        self.recovered += usize::from(rest == Rest::Open && recovered);
        // A bad stream alone ends no connection: three faults do not exhaust the
        // count of resets. (Four can, where two are timeouts that come too early.)
        let ended = moves.iter().any(|choice| choice.may_end());
        if !ended {
            assert_eq!(rest, Rest::Open, "not mended: {}", world.describe());
        }
    }
}

/// A channel just opened.
const OPENED: &[Move] = &[Deliver(CLIENT), Deliver(SERVER), Deliver(CLIENT)];

/// A channel on which each side has received a record, and that has recovered
/// from the damage of another: its chain and its tokens are those of an earlier
/// handshake.
const RECOVERED: &[Move] = &[
    Deliver(CLIENT),
    Deliver(SERVER),
    Deliver(CLIENT),
    Record(CLIENT),
    Record(SERVER),
    Deliver(CLIENT),
    Deliver(SERVER),
    Record(CLIENT),
    DamageEnd(CLIENT),
    // The Reset; its answer and the new handshake; the record again.
    Deliver(SERVER),
    Deliver(CLIENT),
    Deliver(CLIENT),
    Deliver(SERVER),
    Deliver(CLIENT),
    Deliver(CLIENT),
];

/// Searches from one root, to the depth that is asked for.
fn search_from(root: &[Move], least: usize) {
    let depth = match std::env::var("OSSUARY_SEARCH_DEPTH") {
        Ok(depth) => depth.parse().unwrap(),
        Err(_) => DEPTH,
    };
    let found = search(root, depth, ADVERSARY);
    println!("to depth {depth}: {found:#?}");
    assert!(
        found.states >= least || depth < DEPTH,
        "too little was searched"
    );
    assert!(2 * found.open > found.states && found.over > 0);
}

#[test]
fn from_the_beginning() {
    search_from(&[], 25_000);
}

#[test]
fn from_an_open_channel() {
    search_from(OPENED, 11_000);
}

#[test]
fn from_a_recovered_channel() {
    let world = play(RECOVERED);
    assert!(world.sides.iter().all(|side| side.recoveries == 1));
    assert!(world.queues.iter().all(VecDeque::is_empty));
    search_from(RECOVERED, 6_500);
}
