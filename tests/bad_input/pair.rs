//! A connection of `ossuary` and the hand-made peer, joined.

use crate::peer::wire::{self, Alert, NO_TOKEN, Token};
use crate::peer::{Peer, Seeded, host_key};
use ossuary::trust::Anyone;
use ossuary::{
    Builder, CryptoSuite, DefaultSuite, Delivery, Event, Identity, KeyStore, MemoryKeyStore,
    OssuaryConnection, OssuaryError, PeerError, ResetCause, Role, Status,
};
use std::rc::Rc;
use std::time::Duration;

/// What our side made of what it was given.
#[derive(Debug, PartialEq, Eq)]
pub enum Got {
    Need(usize),
    NotYet,
    Progress,
    Undecided,
    Open,
    Record(Vec<u8>),
    Reset(ResetCause),
    Closed,
    Failed(PeerError),
    /// It had failed before.
    AlreadyFailed,
    /// It had been closed before.
    AlreadyClosed,
}

impl Got {
    /// Our side found `error` and resets the channel.
    pub fn reset(error: PeerError) -> Self {
        Got::Reset(ResetCause::Here(error))
    }
}

/// What a bad input leads to: the error, and the reason that the peer is told.
#[derive(Debug)]
pub enum Then {
    Reset(PeerError, u8),
    End(PeerError, u8),
}

/// Our side, with the bytes that have come for it and are not read yet.
pub struct Ours<S: CryptoSuite, K> {
    pub connection: OssuaryConnection<S, K>,
    input: Vec<u8>,
}

impl<S: CryptoSuite, K: KeyStore> Ours<S, K> {
    /// Everything that comes of `bytes`; that more is needed, or that nothing is
    /// read now, only where it is all.
    pub fn give(&mut self, bytes: &[u8]) -> Vec<Got> {
        self.input.extend(bytes);
        let mut all = Vec::new();
        loop {
            let (consumed, got) = match self.connection.receive(&mut self.input) {
                Ok(received) => (
                    received.consumed,
                    match received.event {
                        Event::NeedBytes(more) => Got::Need(more),
                        Event::NotYet => Got::NotYet,
                        Event::Progress => Got::Progress,
                        Event::Undecided => Got::Undecided,
                        Event::Open => Got::Open,
                        Event::Record(plaintext) => Got::Record(plaintext.to_vec()),
                        Event::Reset(cause) => Got::Reset(cause),
                        Event::Closed => Got::Closed,
                        event => panic!("{event:?}"),
                    },
                ),
                Err(OssuaryError::Peer(error)) => (self.input.len(), Got::Failed(error)),
                Err(OssuaryError::ConnectionFailed) => (self.input.len(), Got::AlreadyFailed),
                Err(OssuaryError::ConnectionClosed) => (self.input.len(), Got::AlreadyClosed),
                Err(error) => panic!("{error:?}"),
            };
            self.input.drain(..consumed);
            let more = match &got {
                Got::Need(_) | Got::NotYet if all.is_empty() => false,
                Got::Need(_) | Got::NotYet => return all,
                Got::Progress | Got::Open | Got::Record(_) | Got::Reset(_) => true,
                _ => false,
            };
            all.push(got);
            if !more {
                return all;
            }
        }
    }

    /// The next packet that our side sends; empty where there is none.
    pub fn take(&mut self) -> Vec<u8> {
        let mut packet = vec![0; self.connection.send_len()];
        let len = self.connection.send(&mut packet).unwrap();
        assert_eq!(len, packet.len());
        packet
    }

    pub fn seal(&mut self, plaintext: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; plaintext.len() + 24];
        assert_eq!(
            self.connection.seal(plaintext, &mut packet).unwrap(),
            packet.len()
        );
        packet
    }
}

pub struct Pair<S: CryptoSuite = DefaultSuite, K = MemoryKeyStore> {
    pub ours: Ours<S, K>,
    pub peer: Peer<S>,
    /// How many Resets of kind 0 our side has sent.
    pub resets: u16,
    /// The time, where a test tells it.
    now: Duration,
}

pub const OUR_KEY: u8 = 0x0a;
pub const PEER_KEY: u8 = 0x0b;

/// A builder with a key and randomness that is the same in each run.
pub fn builder<S: CryptoSuite>(role: Role) -> Builder<S> {
    let builder = match role {
        Role::Client => Builder::client(),
        Role::Server => Builder::server(),
    };
    builder
        .key_store(MemoryKeyStore::new().with(host_key(OUR_KEY)))
        .random(Seeded::new(0x6f75_7273))
}

/// The peer of our side in `role`.
pub fn peer_of<S: CryptoSuite>(role: Role) -> Peer<S> {
    let key = Rc::new(host_key(PEER_KEY));
    match role {
        Role::Client => Peer::server(key),
        Role::Server => Peer::client(Some(key)),
    }
}

/// The roles that our side can have.
pub const ROLES: [Role; 2] = [Role::Client, Role::Server];

impl<S: CryptoSuite> Pair<S> {
    /// Both with an Ed25519 key, and our side trusting anyone.
    pub fn new(role: Role) -> Self {
        Self::of(builder(role).trust(Anyone), peer_of(role))
    }
}

impl<S: CryptoSuite, K: KeyStore> Pair<S, K> {
    pub fn of(ours: Builder<S, K>, peer: Peer<S>) -> Self {
        Pair {
            ours: Ours {
                connection: ours.build().unwrap(),
                input: Vec::new(),
            },
            peer,
            resets: 0,
            now: Duration::from_secs(1),
        }
    }

    pub fn role(&self) -> Role {
        self.ours.connection.role()
    }

    pub fn status(&self) -> Status {
        self.ours.connection.status()
    }

    /// Up to the point where our side waits for the peer's authentication: a
    /// client has said hello, a server has answered (states C1 and S2).
    pub fn into_middle(mut self) -> Self {
        self.middle();
        self
    }

    /// Until the channel is open (states C3 and S4).
    pub fn into_open(mut self) -> Self {
        self.handshake();
        self
    }

    pub fn middle(&mut self) {
        match self.role() {
            Role::Client => {
                let packet = self.ours.take();
                self.peer.read_client_handshake(&packet);
            }
            Role::Server => {
                let message = self.peer.client_handshake();
                let packet = self.peer.send_client_handshake(&message);
                assert_eq!(self.ours.give(&packet), [Got::Progress]);
                let packet = self.ours.take();
                let auth = self.peer.read_server_handshake(&packet);
                self.told(auth.records_received);
            }
        }
    }

    /// A whole handshake.
    pub fn handshake(&mut self) {
        self.middle();
        let packet = self.authentication(|_, _| {}, |_, _| {});
        self.finish(&packet);
    }

    /// From the peer's authentication on.
    pub fn finish(&mut self, authentication: &[u8]) {
        let got = self.ours.give(authentication);
        match self.role() {
            Role::Client => {
                assert_eq!(got, [Got::Progress]);
                let packet = self.ours.take();
                let auth = self.peer.read_client_authentication(&packet);
                self.told(auth.records_received);
            }
            Role::Server => assert_eq!(got, [Got::Open]),
        }
        assert_eq!(self.status(), Status::Open);
        assert_eq!(
            self.ours.connection.channel_binding().unwrap(),
            self.peer.channel_binding()
        );
        assert_eq!(
            self.ours.connection.remote_identity(),
            self.peer.identity().as_ref()
        );
    }

    fn told(&mut self, records_received: u64) {
        assert_eq!(records_received, self.ours.connection.records_received());
        self.peer.sent = records_received;
    }

    /// The packet with the peer's authentication, which `before` bends before it
    /// is signed and `after` bends afterwards.
    pub fn authentication(
        &mut self,
        before: impl FnOnce(&mut Peer<S>, &mut wire::Auth),
        after: impl FnOnce(&Peer<S>, &mut wire::Auth),
    ) -> Vec<u8> {
        let peer = &mut self.peer;
        match peer.role() {
            Role::Server => {
                let mut message = peer.server_handshake();
                before(peer, &mut message.auth);
                peer.begin_server_handshake(&message);
                peer.sign(&mut message.auth);
                after(peer, &mut message.auth);
                peer.finish_server_handshake(&message)
            }
            Role::Client => {
                let mut auth = peer.auth();
                before(peer, &mut auth);
                peer.sign(&mut auth);
                after(peer, &mut auth);
                peer.send_client_authentication(&auth)
            }
        }
    }

    /// A record each way.
    pub fn talk(&mut self) {
        let packet = self.peer.record(b"from the peer");
        let before = self.ours.connection.records_received();
        assert_eq!(
            self.ours.give(&packet),
            [Got::Record(b"from the peer".to_vec())]
        );
        assert_eq!(self.ours.connection.records_received(), before + 1);
        let packet = self.ours.seal(b"from us");
        assert_eq!(self.peer.open(&packet).1, b"from us");
    }

    /// The records that our side has counted, and who it says the peer is.
    pub fn known(&self) -> (u64, u64, Option<Identity>) {
        let ours = &self.ours.connection;
        (
            ours.records_received(),
            ours.records_sent(),
            ours.remote_identity().cloned(),
        )
    }

    /// Our side refuses `input`: what it finds, what it sends, that nothing else
    /// has changed, and, where a new handshake may mend it, that one does.
    #[track_caller]
    pub fn refuses(&mut self, case: &str, input: &[u8], then: Then) {
        match then {
            Then::Reset(error, reason) => {
                let reset = self.resets(case, input, error, reason);
                self.recover(&reset);
            }
            Then::End(error, reason) => self.ends(case, input, error, reason),
        }
    }

    /// Our side finds `error` in `input` and sends a Reset, which is returned.
    #[track_caller]
    pub fn resets(&mut self, case: &str, input: &[u8], error: PeerError, reason: u8) -> Vec<u8> {
        let (known, token) = (self.known(), self.our_token_before_opening());
        assert!(error.is_recoverable(), "{case}");
        assert_eq!(self.ours.give(input), [Got::reset(error)], "{case}");
        assert_eq!(self.status(), Status::Recovering, "{case}");
        assert_eq!(self.ours.connection.failure(), None, "{case}");
        self.resets += 1;
        let kind = 0;
        let alert = Alert {
            reason,
            kind,
            token,
        };
        let reset = self.ours.take();
        assert_eq!(reset, alert.packet(wire::RESET, self.resets), "{case}");
        assert_eq!(self.ours.take(), [0; 0], "{case}");
        assert_eq!(self.known(), known, "{case}");
        reset
    }

    /// Our side finds `error` in `input` and ends the connection.
    #[track_caller]
    pub fn ends(&mut self, case: &str, input: &[u8], error: PeerError, reason: u8) {
        let known = self.known();
        assert!(!error.is_recoverable(), "{case}");
        assert_eq!(
            self.ours.give(input),
            [Got::Failed(error.clone())],
            "{case}"
        );
        assert_eq!(self.known(), known, "{case}");
        self.has_ended(case, error, reason);
    }

    /// Our side has failed with `error`, says so once, and is over.
    #[track_caller]
    pub fn has_ended(&mut self, case: &str, error: PeerError, reason: u8) {
        assert_eq!(self.status(), Status::Failed, "{case}");
        assert_eq!(self.ours.connection.failure(), Some(&error), "{case}");
        let alert = Alert {
            reason,
            kind: 0,
            token: self.peer.peer_token(),
        };
        assert_eq!(
            self.ours.take(),
            alert.packet(wire::DISCONNECT, 0),
            "{case}"
        );
        self.is_over(case);
    }

    /// Our side has nothing to say any more, and hears nothing.
    #[track_caller]
    pub fn is_over(&mut self, case: &str) {
        assert!(!self.ours.connection.wants_send(), "{case}");
        assert_eq!(self.ours.take(), [0; 0], "{case}");
        let reset = self.peer.reset(wire::MALFORMED);
        assert_eq!(self.ours.give(&reset), [Got::AlreadyFailed], "{case}");
        assert_eq!(self.ours.take(), [0; 0], "{case}");
    }

    /// The token of our side's alerts, where it has not opened what the peer may
    /// have sent last: a client's is then that of an earlier handshake.
    fn our_token_before_opening(&self) -> Token {
        match (self.role(), self.status()) {
            (Role::Client, Status::Open) | (Role::Server, _) => self.peer.peer_token(),
            (Role::Client, _) => self.peer.chain_token,
        }
    }

    /// Our side has sent `reset`: the peer answers it, and the channel goes on.
    pub fn recover(&mut self, reset: &[u8]) {
        self.back_to_first(reset);
        let had_sent = self.ours.connection.records_sent();
        self.handshake();
        let delivery = Delivery {
            sent: had_sent,
            received: self.peer.received,
            counted: true,
        };
        assert_eq!(self.ours.connection.take_delivery(), Some(delivery));
        assert_eq!(self.ours.connection.take_delivery(), None);
        self.talk();
    }

    /// Our side has sent `reset`, and the peer answers it: both are in their
    /// first state.
    pub fn back_to_first(&mut self, reset: &[u8]) {
        let answer = self.peer.acknowledge(reset);
        let got = self.ours.give(&answer);
        assert!(got.iter().all(|got| *got == Got::Progress), "{got:?}");
        let first = self.ours.connection.wants_send();
        assert_eq!(first, self.role() == Role::Client);
    }

    /// Nothing comes of `input`: it is dropped, and no state, no counter and no
    /// clock has changed.
    #[track_caller]
    pub fn drops(&mut self, case: &str, input: &[u8]) {
        let deadline = self.tick();
        let (known, status) = (self.known(), self.status());
        assert_eq!(self.ours.give(input), [Got::Progress], "{case}");
        assert_eq!((self.known(), self.status()), (known, status), "{case}");
        assert_eq!(self.tick(), deadline, "{case}");
        assert!(!self.ours.connection.wants_send(), "{case}");
    }

    /// A moment passes; what our side waits for is due by then.
    pub fn tick(&mut self) -> Option<Duration> {
        self.now += Duration::from_millis(1);
        assert!(!self.ours.connection.advance(self.now).unwrap());
        self.ours.connection.deadline()
    }

    /// The peer resets the channel, our side answers, and both go on.
    #[track_caller]
    pub fn is_reset_by_peer(&mut self, case: &str, reason: u8) {
        let known = self.known();
        let reset = self.peer.reset(reason);
        let cause = ResetCause::Peer(ossuary::Reason::from_code(reason));
        assert_eq!(self.ours.give(&reset), [Got::Reset(cause)], "{case}");
        assert_eq!(self.known(), known, "{case}");
        self.answered(case, &reset);
        self.handshake();
        self.talk();
    }

    /// Our side answers the peer's `reset`.
    #[track_caller]
    pub fn answered(&mut self, case: &str, reset: &[u8]) {
        let answer = self.ours.take();
        let (asked, said) = (wire::Header::decode(reset), wire::Header::decode(&answer));
        assert_eq!(said, asked, "{case}");
        let (asked, said) = (Alert::decode(&reset[8..]), Alert::decode(&answer[8..]));
        assert_eq!((said.reason, said.kind), (asked.reason, 1), "{case}");
        self.peer.acknowledged(&answer);
    }
}

/// Where our side stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// S0: a server that has heard nothing.
    First,
    /// C1, S2.
    Middle,
    /// C3, S4.
    Open,
}

/// Every place in which our side reads.
pub const PLACES: [(Role, At); 5] = [
    (Role::Client, At::Middle),
    (Role::Client, At::Open),
    (Role::Server, At::First),
    (Role::Server, At::Middle),
    (Role::Server, At::Open),
];

impl<S: CryptoSuite> Pair<S> {
    /// A pair whose own side has come to that place.
    pub fn at((role, at): (Role, At)) -> Self {
        let pair = Pair::new(role);
        match at {
            At::First => pair,
            At::Middle => pair.into_middle(),
            At::Open => pair.into_open(),
        }
    }
}

/// A token that nobody has.
pub const WRONG_TOKEN: Token = {
    let mut token = NO_TOKEN;
    token[0] = 1;
    token
};
