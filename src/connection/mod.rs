//! A connection: the states joined (docs/protocol.md; the life of a connection
//! is told in ARCHITECTURE.md).
//!
//! | file | what it does |
//! |---|---|
//! | `mod.rs` | the connection, its states, what can be asked of it |
//! | `builder.rs` | how one is made |
//! | `parts.rs` | a connection without its suite |
//! | `receive.rs` | the next packet in a buffer |
//! | `send.rs` | what the protocol has to send |
//! | `recovery.rs` | resets, ends and timeouts |
//! | `search.rs` | a test that searches the interleavings of two connections |
//! | `split.rs` | two halves for two threads |
//! | `stream.rs` | the API over `Read` and `Write` |

mod builder;
mod parts;
mod receive;
mod recovery;
#[cfg(test)]
mod search;
mod send;
mod split;
#[cfg(feature = "std")]
mod stream;

pub use builder::{Builder, ConnectionType, IdentityChoice, Timeouts};
pub(crate) use parts::Parts;
pub use receive::{Event, Received, ResetCause};
#[cfg(feature = "v1")]
pub(crate) use receive::{Step, received};
pub use split::Receiver;
#[cfg(all(feature = "std", feature = "rustcrypto"))]
pub use stream::generate_auth_keypair;

use crate::admission::Admission;
use crate::alert::{ALERT_PACKET_LEN, Alerts, Reason};
use crate::clock::Clock;
use crate::error::{Misuse, OssuaryError, PeerError};
use crate::handshake::{Established, client, server};
use crate::key_schedule::{ExportError, Exporter};
use crate::record::{Opener, Sender};
use crate::signing::{PendingSignature, Signing};
use crate::transcript::{H0, H4};
use alloc::boxed::Box;
use core::fmt;
use core::mem;
use ossuary_traits::{CryptoSuite, Identity, KeyStore, MemoryKeyStore, Random, Role, SuiteId};

#[cfg(feature = "rustcrypto")]
use crate::DefaultSuite;

/// One end of a secure channel, generic over the suite `S` that it computes
/// with and the key store `K` that holds its host key.
///
/// It does no input or output, takes no lock, starts no thread and reads no
/// clock. There are two ways to drive it:
///
/// * on the caller's buffers: [`send`](Self::send) writes what the protocol has
///   to send, [`receive`](Self::receive) takes the next packet where it stands,
///   [`seal`](Self::seal) makes a record. Nothing is copied and, once the
///   channel is open, nothing allocated;
/// * over anything that is `Read` and `Write` (feature `std`):
///   `send_handshake`, `recv_handshake`, `send_data`, `recv_data`, `flush`.
///
/// ```
/// # #[cfg(all(feature = "rustcrypto", feature = "std"))] {
/// use ossuary::{ConnectionType, Event, OssuaryConnection, Status};
///
/// let mut server = OssuaryConnection::new(ConnectionType::UnauthenticatedServer, None)?;
/// let mut client = OssuaryConnection::new(ConnectionType::Client, None)?;
/// client.add_authorized_key(server.local_public_key()?)?;
///
/// // Carry packets from one to the other until both ends are open.
/// let mut buffer = vec![0; ossuary::MAX_PACKET];
/// while client.status() != Status::Open || server.status() != Status::Open {
///     let sent = client.send(&mut buffer)?;
///     server.receive(&mut buffer[..sent])?;
///     let sent = server.send(&mut buffer)?;
///     client.receive(&mut buffer[..sent])?;
/// }
///
/// let len = client.seal(b"hello", &mut buffer)?;
/// match server.receive(&mut buffer[..len])?.event {
///     Event::Record(plaintext) => assert_eq!(plaintext, b"hello"),
///     event => panic!("{event:?}"),
/// }
/// # }
/// # Ok::<(), ossuary::OssuaryError>(())
/// ```
///
/// # Secrets
///
/// All keys are wiped when they are replaced, when the connection ends and when
/// it is dropped.
pub struct OssuaryConnection<
    #[cfg(feature = "rustcrypto")] S: CryptoSuite = DefaultSuite,
    #[cfg(not(feature = "rustcrypto"))] S: CryptoSuite,
    K = MemoryKeyStore,
> {
    role: Role,
    h0: H0<S::Hash>,
    key_store: K,
    /// This side's host key; `None` for an anonymous client.
    identity: Option<Identity>,
    admission: Admission,
    random: Box<dyn Random + Send>,
    clock: Clock,
    alerts: Alerts,

    state: State<S>,
    signing: Signing,
    counts: Counts,
    /// How many bytes of what comes are passed over before the search for alerts.
    skip: usize,
    /// Why the connection was reset last.
    reset_cause: Option<ResetCause>,
    failure: Option<PeerError>,
    /// Made when they are needed: whoever has buffers of their own does not.
    #[cfg(feature = "std")]
    buffers: Option<Box<stream::Buffers>>,
}

/// Where a connection stands. What holds large keys is boxed, so that an open
/// channel is small.
enum State<S: CryptoSuite> {
    /// Client, first state: ClientHandshake to be sent.
    ClientStart,
    /// Client: ServerHandshake to come.
    AwaitingServer(Box<client::AwaitingServer<S>>),
    /// Client: the server is verified; the decision about it and this side's
    /// signature may be pending; ClientAuthentication to be sent.
    Authenticating(Box<client::Authenticating<S>>),

    /// Server, first state: ClientHandshake to come.
    ServerStart,
    /// Server: this side's signature may be pending; ServerHandshake to be sent.
    Answering(Box<server::Answering<S>>),
    /// Server: ClientAuthentication to come.
    AwaitingClient(Box<server::AwaitingClient<S>>),
    /// Server: the client is verified, the decision about it is pending.
    Deciding(Box<Established<S>>),

    /// Records go both ways.
    Open(Box<Channel<S>>),
    /// A clean close is to be sent, the last packet.
    Closing(Box<Channel<S>>),

    /// A Reset of kind 0 is to be sent.
    ResetDue(Reason),
    /// It has been sent; a Reset is to come.
    AwaitingReset(Reason),
    /// A Reset of kind 1 is to be sent, then the first state.
    AnswerDue { reason: Reason, msg_id: u16 },

    /// An unsealed Disconnect is to be sent, the last packet.
    DisconnectDue([u8; ALERT_PACKET_LEN]),
    /// It is over: closed in good order, or failed where `failure` says so.
    Over,
}

/// The keys of an open channel.
struct Channel<S: CryptoSuite> {
    /// `None` while it is split off.
    sender: Option<Sender<S>>,
    opener: Opener<S>,
    h4: H4<S::Hash>,
    exporter: Exporter<S>,
}

/// Counts of records, over all handshakes of the connection.
#[derive(Default)]
struct Counts {
    /// How many this side has opened.
    received: u64,
    /// How many this side has sent, while the channel is not open; the
    /// [`Sender`] counts while it is.
    sent: u64,
    /// How many of them the peer reported last.
    reported: u64,
    /// What a recovery found, until the application takes it.
    delivery: Option<Delivery>,
}

/// What became of the records that this side had sent when the channel was
/// reset: the first `received` of them arrived, and the others did not.
///
/// Counts are over the whole connection. After a recovery sending goes on at
/// `received`: the next record that is sent counts as the one after it.
///
/// Protocol 1 tells nobody what arrived ([`counted`](Self::counted) is `false`).
/// There `sent` counts from when the channel was opened last, and `received` is 0: of
/// no record it is known, and each may have arrived or not. Who sends all of them
/// again loses none, and may have some arrive twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How many records this side had sent.
    pub sent: u64,
    /// How many of them the peer's side is known to have received and to deliver.
    pub received: u64,
    /// Whether the two sides told each other their counts in the recovery, and showed
    /// that they are the same two as before. Where it is not so, which is in
    /// protocol 1 only, records of the peer's may be missing too, or come twice, and
    /// an anonymous peer may be another one.
    pub counted: bool,
}

impl Delivery {
    /// How many records, the last ones sent, did not arrive; in protocol 1, may not
    /// have.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.sent.saturating_sub(self.received)
    }
}

/// What a connection is doing, for its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The first handshake is under way.
    Handshaking,
    /// The channel lost its keys, and a new handshake is under way.
    Recovering,
    /// The application is to decide about the peer's key:
    /// [`undecided_peer`](OssuaryConnection::undecided_peer),
    /// [`decide`](OssuaryConnection::decide).
    Undecided,
    /// The application is to bring this side's signature:
    /// [`pending_signature`](OssuaryConnection::pending_signature),
    /// [`provide_signature`](OssuaryConnection::provide_signature).
    AwaitingSignature,
    /// Records go both ways.
    Open,
    /// It is over, by a clean close.
    Closed,
    /// It is over, by an error: [`failure`](OssuaryConnection::failure).
    Failed,
}

impl<S: CryptoSuite, K: KeyStore> OssuaryConnection<S, K> {
    /// The version of the protocol that it speaks: 2.
    #[must_use]
    pub fn protocol(&self) -> u8 {
        crate::packet::VERSION
    }

    /// The longest plaintext of a record, in bytes:
    /// [`MAX_PLAINTEXT`](crate::MAX_PLAINTEXT).
    #[must_use]
    pub fn max_plaintext(&self) -> usize {
        crate::MAX_PLAINTEXT
    }

    /// How many bytes longer a record is than its plaintext:
    /// [`RECORD_OVERHEAD`](crate::RECORD_OVERHEAD).
    #[must_use]
    pub fn record_overhead(&self) -> usize {
        crate::RECORD_OVERHEAD
    }

    /// The suite, as both sides name it.
    #[must_use]
    pub fn suite(&self) -> SuiteId {
        S::ID
    }

    /// This side's role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether this is the server's side.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.role == Role::Server
    }

    /// What the connection is doing.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.state {
            State::Open(_) => Status::Open,
            _ if self.failure.is_some() => Status::Failed,
            State::Closing(_) | State::Over => Status::Closed,
            _ if self.admission.is_pending() => Status::Undecided,
            State::Answering(_) | State::Authenticating(_)
                if matches!(self.signing, Signing::Pending) =>
            {
                Status::AwaitingSignature
            }
            _ if self.reset_cause.is_some() => Status::Recovering,
            _ => Status::Handshaking,
        }
    }

    /// What ended the connection, where it failed.
    #[must_use]
    pub fn failure(&self) -> Option<&PeerError> {
        self.failure.as_ref()
    }

    /// Why the channel was reset last, where it was.
    #[must_use]
    pub fn last_reset(&self) -> Option<&ResetCause> {
        self.reset_cause.as_ref()
    }

    /// This side's host key; `None` for an anonymous client.
    #[must_use]
    pub fn local_identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Who the peer proved to be. `None` before its signature has been verified
    /// and it has been trusted, and for an anonymous client.
    #[must_use]
    pub fn remote_identity(&self) -> Option<&Identity> {
        self.admission.remote()
    }

    /// The peer whose key waits for the application's decision. Its signature
    /// has been verified.
    #[must_use]
    pub fn undecided_peer(&self) -> Option<&Identity> {
        self.admission.undecided()
    }

    /// The key store.
    pub fn key_store(&self) -> &K {
        &self.key_store
    }

    /// How many records this side has received, over all handshakes of the
    /// connection.
    #[must_use]
    pub fn records_received(&self) -> u64 {
        self.counts.received
    }

    /// How many records this side has sent; after a recovery, counted on from
    /// what the peer has received.
    #[must_use]
    pub fn records_sent(&self) -> u64 {
        match &self.state {
            State::Open(channel) | State::Closing(channel) => channel
                .sender
                .as_ref()
                .map_or(self.counts.sent, Sender::records_sent),
            _ => self.counts.sent,
        }
    }

    /// What became of the records that had been sent when the channel was
    /// reset: `Some` once after a recovery. Take it before sending again; what a
    /// later recovery finds takes the place of what was not taken.
    pub fn take_delivery(&mut self) -> Option<Delivery> {
        self.counts.delivery.take()
    }

    /// Bytes that name this handshake and everything in it, the same on both
    /// sides and on no other channel: 32 or 48, as long as the suite's hash.
    /// They are not secret. A recovery changes them.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOpen`]; [`OssuaryError::ConnectionClosed`] and
    /// [`OssuaryError::ConnectionFailed`] when it is over.
    pub fn channel_binding(&self) -> Result<&[u8], OssuaryError> {
        match &self.state {
            State::Open(channel) => Ok(channel.h4.bytes()),
            _ => Err(self.not_open()),
        }
    }

    /// Derives secret bytes that only the two ends of this handshake know, and
    /// fills `out` with them; the same label, context and length give the same
    /// bytes on both sides. A recovery changes them.
    ///
    /// # Errors
    ///
    /// As those of [`channel_binding`](Self::channel_binding);
    /// [`Misuse::ExportTooLong`] where `label` is longer than 255 bytes or `out`
    /// than 255 hashes; [`OssuaryError::Crypto`].
    pub fn export_keying_material(
        &self,
        label: &[u8],
        context: &[u8],
        out: &mut [u8],
    ) -> Result<(), OssuaryError> {
        let State::Open(channel) = &self.state else {
            return Err(self.not_open());
        };
        channel
            .exporter
            .export(label, context, out)
            .map_err(|error| match error {
                ExportError::TooLong => Misuse::ExportTooLong.into(),
                ExportError::Crypto(error) => error.into(),
            })
    }

    /// Decides about the peer whose key is undecided, for the rest of the
    /// connection. A refusal ends it; [`send`](Self::send) then has the
    /// Disconnect that tells the peer.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoDecisionPending`]; [`OssuaryError::Peer`] with
    /// [`PeerError::NotAuthorized`] for a refusal.
    pub fn decide(&mut self, trusted: bool) -> Result<(), OssuaryError> {
        match self.admission.decide(trusted)? {
            Ok(()) => self.go_on(),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Authorizes a key on this connection, beside those that its policy
    /// trusts. Where it is the key of the peer that waits for a decision, the
    /// peer is trusted.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::Crypto`]: the library failed in opening the channel.
    pub fn authorize(&mut self, identity: Identity) -> Result<(), OssuaryError> {
        match self.admission.authorize(identity) {
            true => self.go_on(),
            false => Ok(()),
        }
    }

    /// The peer is trusted: the handshake goes on.
    fn go_on(&mut self) -> Result<(), OssuaryError> {
        match mem::replace(&mut self.state, State::Over) {
            State::Deciding(established) => self.open(*established),
            state => {
                self.state = state;
                Ok(())
            }
        }
    }

    /// What this side's host key is to sign, where the key store has left it to
    /// the application: the identity, and the message.
    #[must_use]
    pub fn pending_signature(&self) -> Option<PendingSignature> {
        self.signing
            .pending(self.identity.as_ref(), || self.signed())
    }

    /// Seals `plaintext` into the front of `out` as one record; returns its
    /// length, [`RECORD_OVERHEAD`](crate::RECORD_OVERHEAD) bytes more than the
    /// plaintext's.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOpen`]; [`Misuse::FlushFirst`] where an earlier packet waits for
    /// `flush`; otherwise those of [`Sender::seal`]. Nothing has changed.
    #[inline]
    pub fn seal(&mut self, plaintext: &[u8], out: &mut [u8]) -> Result<usize, OssuaryError> {
        self.check_written()?;
        self.sender()?.seal(plaintext, out)
    }

    /// Seals in place: see [`Sender::seal_in_place`].
    ///
    /// # Errors
    ///
    /// As [`seal`](Self::seal).
    #[inline]
    pub fn seal_in_place(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, OssuaryError> {
        self.check_written()?;
        self.sender()?.seal_in_place(buffer, len)
    }

    /// Seals with padding: see [`Sender::seal_padded`].
    ///
    /// # Errors
    ///
    /// As [`seal`](Self::seal), and [`Misuse::PaddedTooShort`].
    pub fn seal_padded(
        &mut self,
        plaintext: &[u8],
        padded_len: usize,
        out: &mut [u8],
    ) -> Result<usize, OssuaryError> {
        self.check_written()?;
        self.sender()?.seal_padded(plaintext, padded_len, out)
    }

    /// Goes on with a new key after the next record, which is marked so.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOpen`].
    pub fn rekey(&mut self) -> Result<(), OssuaryError> {
        self.sender()?.rekey();
        Ok(())
    }

    #[inline]
    fn sender(&mut self) -> Result<&mut Sender<S>, OssuaryError> {
        if !matches!(self.state, State::Open(_)) {
            return Err(self.not_open());
        }
        match &mut self.state {
            State::Open(channel) => channel.sender.as_mut().ok_or(Misuse::NotOpen.into()),
            _ => Err(Misuse::NotOpen.into()),
        }
    }

    /// Without the methods over `Read` and `Write` nothing is kept.
    #[cfg(not(feature = "std"))]
    fn check_written(&self) -> Result<(), OssuaryError> {
        Ok(())
    }

    #[cfg(not(feature = "std"))]
    fn check_taken(&self) -> Result<(), OssuaryError> {
        Ok(())
    }

    /// Why there is no channel to seal with.
    #[cold]
    fn not_open(&self) -> OssuaryError {
        match self.status() {
            Status::Closed => OssuaryError::ConnectionClosed,
            Status::Failed => OssuaryError::ConnectionFailed,
            _ => Misuse::NotOpen.into(),
        }
    }

    /// The handshake is done: the channel opens.
    fn open(&mut self, established: Established<S>) -> Result<(), OssuaryError> {
        let Established { traffic, h4 } = established;
        // The counters go on from the handshake's packets.
        let (own, own_counter, peers, peers_counter) = match self.role {
            Role::Client => (traffic.client, 2, traffic.server, 1),
            Role::Server => (traffic.server, 1, traffic.client, 2),
        };
        let token = self.alerts.own_token();
        let channel =
            Sender::new(own, own_counter, self.counts.reported, token).and_then(|sender| {
                let opener = Opener::new(peers, peers_counter)?;
                Ok(Channel {
                    sender: Some(sender),
                    opener,
                    h4,
                    exporter: traffic.exporter,
                })
            });
        match channel {
            Ok(channel) => self.state = State::Open(Box::new(channel)),
            Err(error) => {
                self.fail(PeerError::LocalFailure);
                return Err(error.into());
            }
        }
        if self.reset_cause.is_some() {
            let (mut sent, received) = (self.counts.sent, self.counts.reported);
            if let Some(untold) = &self.counts.delivery
                && untold.received == sent
            {
                // Nothing was sent since: what was lost then is lost still.
                sent = untold.sent;
            }
            self.counts.delivery = Some(Delivery {
                sent,
                received,
                counted: true,
            });
        }
        self.counts.sent = self.counts.reported;
        Ok(())
    }
}

impl<S: CryptoSuite, K> fmt::Debug for OssuaryConnection<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssuaryConnection")
            .field("suite", &S::ID)
            .field("role", &self.role)
            .field("peer", &self.admission.peer())
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}
