//! The application at one end: what it has to say, what it has sent, what has
//! come, and what it was told.

use super::{CLIENT, Delivery, PeerError};
use std::time::Duration;

/// One record of an application's script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    /// It is sent when so many of the peer's have come.
    after: usize,
    pub(crate) text: &'static [u8],
    /// Padded to this length.
    pub(crate) padded: Option<usize>,
    /// The sender goes on with a new key after it.
    pub(crate) rekey: bool,
}

const fn message(after: usize, text: &'static [u8]) -> Message {
    Message {
        after,
        text,
        padded: None,
        rekey: false,
    }
}

/// What the client says. The server's last record tells it that all of it has
/// arrived; then it closes.
const CLIENT_SCRIPT: [Message; 5] = [
    message(0, b"client 1"),
    message(0, b""),
    Message {
        padded: Some(16),
        ..message(0, b"client 3")
    },
    Message {
        rekey: true,
        ..message(2, b"client 4")
    },
    message(2, b"client 5, the last"),
];

const SERVER_SCRIPT: [Message; 5] = [
    message(1, b"server 1"),
    Message {
        padded: Some(1),
        ..message(1, b"")
    },
    Message {
        rekey: true,
        ..message(4, b"server 3")
    },
    message(4, b""),
    message(5, b"server 5: all of it has come"),
];

const SCRIPTS: [[Message; 5]; 2] = [CLIENT_SCRIPT, SERVER_SCRIPT];

/// An application.
pub(crate) struct App {
    side: usize,
    script: &'static [Message],
    /// How many records it has sent, counted on after a recovery from what the
    /// peer has.
    pub(crate) sent: usize,
    /// How many have come: always the first of the peer's script.
    pub(crate) received: usize,
    /// The front of the next, which the application has begun to take.
    pub(crate) begun: Option<Vec<u8>>,
    /// What recoveries told it.
    pub(crate) told: Vec<Delivery>,
    /// The channel was lost, and what became of the records is not known yet.
    pub(crate) recovering: bool,
    pub(crate) open: bool,
    /// When the channel opened, or something last came or was sent on it.
    pub(crate) active: Duration,
    /// When its person, or token, will have answered.
    pub(crate) answer: Option<Duration>,
    pub(crate) signed: usize,
    /// The error that ended the connection, where a call returned one.
    pub(crate) failed: Option<PeerError>,
}

impl App {
    pub(crate) fn new(side: usize) -> Self {
        App {
            side,
            script: &SCRIPTS[side],
            sent: 0,
            received: 0,
            begun: None,
            told: Vec::new(),
            recovering: false,
            open: false,
            active: Duration::ZERO,
            answer: None,
            signed: 0,
            failed: None,
        }
    }

    /// The record that it is to send now.
    pub(crate) fn due(&self) -> Option<&'static Message> {
        self.script
            .get(self.sent)
            .filter(|message| message.after <= self.received)
    }

    /// All was said, and the peer has it: the client closes.
    pub(crate) fn closes(&self) -> bool {
        self.side == CLIENT && self.sent == self.script.len() && self.got_all()
    }

    /// How many records its connection has received.
    pub(crate) fn counted(&self) -> usize {
        self.received + usize::from(self.begun.is_some())
    }

    pub(crate) fn got_all(&self) -> bool {
        self.received == SCRIPTS[1 - self.side].len()
    }

    pub(crate) fn got(&mut self, plaintext: &[u8], now: Duration) {
        let script = &SCRIPTS[1 - self.side];
        let next = script.get(self.received);
        assert_eq!(
            Some(plaintext),
            next.map(|message| message.text),
            "side {} has {} records, and this one came next",
            self.side,
            self.received
        );
        self.received += 1;
        self.active = now;
    }

    /// What was lost is sent again.
    pub(crate) fn told(&mut self, delivery: Delivery, peer_has: usize) {
        let expected = Delivery {
            sent: self.sent as u64,
            received: peer_has as u64,
            counted: true,
        };
        assert_eq!(delivery, expected, "what side {} is told", self.side);
        self.sent = peer_has;
        self.told.push(delivery);
    }
}
