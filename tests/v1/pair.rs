//! Two ends, and the bytes between them.

use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::{RandomError, SigningKey};
use ossuary::trust::AuthorizedKeys;
use ossuary::v1::MAX_PACKET;
use ossuary::{
    Builder, Channel, DefaultSuite, Event, Identity, MemoryKeyStore, OssuaryError, PeerError,
    Random, ResetCause, Status,
};
use std::time::Duration;

pub(crate) const CLIENT_KEY: u8 = 1;
pub(crate) const SERVER_KEY: u8 = 2;

/// The Ed25519 host key of a seed of 32 equal bytes.
pub(crate) fn key(seed: u8) -> Ed25519SigningKey {
    Ed25519SigningKey::from_secret([seed; 32].into()).unwrap()
}

pub(crate) fn identity(seed: u8) -> Identity {
    key(seed).identity()
}

pub(crate) fn keys(seed: u8) -> MemoryKeyStore {
    MemoryKeyStore::new().with(key(seed))
}

/// Bytes that are no random ones: another sequence for each seed.
pub(crate) struct Counted(pub(crate) u64);

impl Random for Counted {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for byte in out {
            // The constants of MMIX (Knuth).
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
        Ok(())
    }
}

/// A client with a key, which knows the server's.
pub(crate) fn client() -> Builder<DefaultSuite> {
    Builder::client()
        .key_store(keys(CLIENT_KEY))
        .trust(AuthorizedKeys::new([identity(SERVER_KEY)]))
        .random(Counted(1))
}

/// A server that knows the client's key.
pub(crate) fn server() -> Builder<DefaultSuite> {
    Builder::server()
        .key_store(keys(SERVER_KEY))
        .trust(AuthorizedKeys::new([identity(CLIENT_KEY)]))
        .random(Counted(2))
}

/// What a side's application came to know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Open,
    Undecided,
    Record(Vec<u8>),
    Reset(ResetCause),
    Ended(PeerError),
}

/// One end.
pub(crate) struct End {
    pub(crate) channel: Box<dyn Channel>,
    /// What has come and is not taken.
    pub(crate) incoming: Vec<u8>,
    pub(crate) seen: Vec<Seen>,
}

impl End {
    pub(crate) fn new(channel: impl Channel + 'static) -> Self {
        End {
            channel: Box::new(channel),
            incoming: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// The channel, after what was to be seen of it alone.
    pub(crate) fn into_channel(self) -> Box<dyn Channel> {
        self.channel
    }

    /// What the protocol has to send now.
    pub(crate) fn outgoing(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        while self.channel.wants_send() {
            let mut packet = vec![0; self.channel.send_len()];
            let len = self.channel.send(&mut packet).unwrap();
            if len == 0 {
                // The key store has left its signature to the application.
                break;
            }
            assert_eq!(len, packet.len());
            all.extend(packet);
        }
        all
    }

    /// Takes what has come; `send` gets what there is to send in between.
    pub(crate) fn take(&mut self, mut send: impl FnMut(Vec<u8>)) {
        loop {
            send(self.outgoing());
            let received = match self.channel.receive(&mut self.incoming) {
                Ok(received) => received,
                Err(OssuaryError::Peer(error)) => {
                    self.seen.push(Seen::Ended(error));
                    self.incoming.clear();
                    continue;
                }
                Err(OssuaryError::ConnectionClosed | OssuaryError::ConnectionFailed) => {
                    self.incoming.clear();
                    return;
                }
                Err(error) => panic!("{error:?}"),
            };
            let consumed = received.consumed;
            let seen = match received.event {
                Event::Open => Some(Seen::Open),
                Event::Undecided => Some(Seen::Undecided),
                Event::Record(plaintext) => Some(Seen::Record(plaintext.to_vec())),
                Event::Reset(cause) => Some(Seen::Reset(cause)),
                Event::Progress => None,
                Event::NeedBytes(_) => return,
                Event::NotYet if self.channel.wants_send() => None,
                Event::NotYet => return,
                event => panic!("{event:?}"),
            };
            self.incoming.drain(..consumed);
            self.seen.extend(seen);
        }
    }

    pub(crate) fn seal(&mut self, plaintext: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; plaintext.len() + self.channel.record_overhead()];
        let len = self.channel.seal(plaintext, &mut packet).unwrap();
        assert_eq!(len, packet.len());
        packet
    }

    /// Feeds bytes and takes them; gives what is sent.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.incoming.extend_from_slice(bytes);
        let mut sent = Vec::new();
        self.take(|bytes| sent.extend(bytes));
        sent
    }

    pub(crate) fn last(&self) -> Option<&Seen> {
        self.seen.last()
    }

    pub(crate) fn records(&self) -> Vec<Vec<u8>> {
        let record = |seen: &Seen| match seen {
            Seen::Record(plaintext) => Some(plaintext.clone()),
            _ => None,
        };
        self.seen.iter().filter_map(record).collect()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.channel.status() == Status::Open
    }
}

/// Both ends.
pub(crate) struct Pair {
    pub(crate) client: End,
    pub(crate) server: End,
    now: Duration,
}

impl Pair {
    pub(crate) fn of(client: impl Channel + 'static, server: impl Channel + 'static) -> Self {
        Pair {
            client: End::new(client),
            server: End::new(server),
            now: Duration::ZERO,
        }
    }

    /// A client and a server that know each other.
    pub(crate) fn new() -> Self {
        Pair::of(client().build_v1().unwrap(), server().build_v1().unwrap())
    }

    pub(crate) fn open() -> Self {
        let mut pair = Pair::new();
        pair.settle();
        assert!(pair.is_open());
        pair.client.seen.clear();
        pair.server.seen.clear();
        pair
    }

    pub(crate) fn is_open(&self) -> bool {
        self.client.is_open() && self.server.is_open()
    }

    /// Carries packets until nothing moves.
    pub(crate) fn settle(&mut self) {
        // A conversation that does not come to rest is a defect.
        for _ in 0..100 {
            let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
            self.client.take(|bytes| to_server.extend(bytes));
            self.server.take(|bytes| to_client.extend(bytes));
            if to_server.is_empty() && to_client.is_empty() {
                return;
            }
            self.server.incoming.extend(to_server);
            self.client.incoming.extend(to_client);
        }
        panic!("the two sides do not come to rest");
    }

    /// Lets so much time go by on both sides.
    pub(crate) fn wait(&mut self, time: Duration) {
        // Each wait begins when the time is told first after it.
        for end in [&mut self.client, &mut self.server] {
            let _ = end.channel.advance(self.now);
        }
        self.now += time;
        for end in [&mut self.client, &mut self.server] {
            if let Err(OssuaryError::Peer(error)) = end.channel.advance(self.now) {
                end.seen.push(Seen::Ended(error));
            }
        }
    }

    /// A record each way.
    pub(crate) fn converse(&mut self) {
        assert!(self.is_open());
        for text in [&b"to the server"[..], b""] {
            let record = self.client.seal(text);
            self.server.feed(&record);
            assert_eq!(self.server.last(), Some(&Seen::Record(text.to_vec())));
            let record = self.server.seal(text);
            self.client.feed(&record);
            assert_eq!(self.client.last(), Some(&Seen::Record(text.to_vec())));
        }
    }
}

/// A buffer for any packet.
pub(crate) fn buffer() -> Vec<u8> {
    vec![0; MAX_PACKET]
}
