//! Protocol 1, of 2019, for peers that speak no other. It is never a default and
//! never a fallback: a connection speaks it where it was made to.
//!
//! Its weaknesses are in its wire format, and no implementation can mend them. An
//! attacker on the line can cut the stream anywhere and have it look like the peer's
//! own close, can take the front of it away where the server lets anonymous clients in,
//! and can reset the channel. All records of a handshake, of both directions, are
//! sealed with one key, the raw result of X25519. `docs/protocol-1.md` in the repository
//! has the format and the list. Wherever both ends can be changed, use protocol 2.
//!
//! `docs/moving.md`, in the repository too, is for who has a program of 0.5: what each
//! call has become, in what order a fleet moves, and what to do about a peer of 0.5,
//! which waits no longer than 3 seconds for each packet of the handshake. A server of
//! both protocols is an [`Acceptor`](crate::Acceptor) that
//! [serves protocol 1 too](crate::Acceptor::also_protocol_1).
//!
//! A [`Connection`] is a [`Channel`], and has no methods beside those. So it works
//! wherever one does: in [`io::Stream`](crate::io::Stream), in an event loop, as a
//! `Box<dyn Channel>`, over the suite of any backend.
//!
//! ```
//! # #[cfg(all(feature = "rustcrypto", feature = "getrandom"))] {
//! use ossuary::backend::rustcrypto::Ed25519SigningKey;
//! use ossuary::{Builder, Channel, DefaultSuite, Event, MemoryKeyStore, Status, trust::Anyone};
//!
//! let key = Ed25519SigningKey::generate(&mut ossuary::OsRandom)?;
//! let mut server = Builder::<DefaultSuite>::server()
//!     .key_store(MemoryKeyStore::new().with(key))
//!     .trust(Anyone)
//!     .build_v1()?;
//! let mut client = Builder::<DefaultSuite>::client().build_v1()?;
//! client.authorize(server.local_identity().cloned().ok_or("a server has a key")?)?;
//!
//! let mut buffer = vec![0; ossuary::v1::MAX_PACKET];
//! while client.status() != Status::Open || server.status() != Status::Open {
//!     let sent = client.send(&mut buffer)?;
//!     server.receive(&mut buffer[..sent])?;
//!     let sent = server.send(&mut buffer)?;
//!     client.receive(&mut buffer[..sent])?;
//! }
//! let len = client.seal(b"hello", &mut buffer)?;
//! match server.receive(&mut buffer[..len])?.event {
//!     Event::Record(plaintext) => assert_eq!(plaintext, b"hello"),
//!     event => panic!("{event:?}"),
//! }
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is different from protocol 2
//!
//! | | |
//! |---|---|
//! | host keys | Ed25519 keys only |
//! | a record | at most [`MAX_PLAINTEXT`] bytes, [`RECORD_OVERHEAD`] more on the wire |
//! | [`rekey`](Channel::rekey), [`seal_padded`](Channel::seal_padded), [`channel_binding`](Channel::channel_binding), [`export_keying_material`](Channel::export_keying_material) | [`Misuse::NotInProtocol1`] |
//! | the peer's close | [`PeerError::UnprovenClose`], an error like the end of the stream: anyone on the line can write it |
//! | [`disconnect`](Channel::disconnect) | tells the peer so, and proves nothing to it either |
//! | the peer's reasons | [`Reason::Failed`] always, as its notices have none |
//! | [`take_delivery`](Channel::take_delivery) | of what was sent nothing is known: `received` is 0, and `counted` is `false`; what is not taken is in the next one too |
//! | [`records_sent`](Channel::records_sent) | since the channel was opened last; [`records_received`](Channel::records_received) is over all handshakes |
//! | two halves for two threads | are not there: drive it from one |
//! | an idle server | waits for its first packet without a clock |
//! | a client | has to be told the time ([`advance`](Channel::advance)): after a reset it drops every further Reset until its server has answered, or its wait is over |
//! | [`suite`](Channel::suite) | that of the type; its hash is not used |
//! | a handshake | at most 2^32 packets a direction; then [`Misuse::CounterExhausted`] |
//!
//! A client that shows a key has to prove it, whatever the server's policy; a policy
//! that trusts everybody lets anonymous clients in besides.

mod handshake;
mod packet;
mod receive;
mod record;
mod recovery;
mod send;
mod session;

pub use packet::{MAX_PLAINTEXT, RECORD_OVERHEAD};

use crate::admission::Admission;
use crate::alert::Reason;
#[cfg(doc)]
use crate::channel::Channel;
use crate::clock::Clock;
use crate::connection::{Delivery, Parts, ResetCause, Status};
use crate::error::{Misuse, OssuaryError, PeerError};
use crate::handshake::assert_sizes;
use crate::packet::{HEADER_LEN, client_handshake_version};
use crate::signing::{PendingSignature, Signing};
use crate::transcript::Signed;
use alloc::boxed::Box;
use core::{fmt, mem};
use handshake::{Answering, Authenticating, AwaitingClient, AwaitingServer};
use ossuary_traits::{
    Aead, AeadId, CryptoError, CryptoSuite, Identity, KeyExchange, KeyExchangeId, KeyStore,
    MemoryKeyStore, Random, Role, SignatureScheme, SuiteId, Verifier,
};
use session::Session;

/// The longest packet, in bytes: a record of [`MAX_PLAINTEXT`].
pub const MAX_PACKET: usize = MAX_PLAINTEXT + RECORD_OVERHEAD;

/// Protocol 1 has one suite. Called where a connection is made, so that another
/// does not compile.
///
/// ```compile_fail,E0080
/// use ossuary::{Builder, backend::rustcrypto::X25519Aes256GcmSha256};
///
/// let client = Builder::<X25519Aes256GcmSha256>::client().build_v1();
/// ```
pub(crate) const fn assert_suite<S: CryptoSuite>() {
    assert_sizes::<S>();
    assert!(S::ID.key_exchange.code() == KeyExchangeId::X25519.code());
    assert!(S::ID.aead.code() == AeadId::ChaCha20Poly1305.code());
    let mut schemes = <S::Verifier as Verifier>::SCHEMES;
    let mut verifies = false;
    while let [scheme, rest @ ..] = schemes {
        verifies |= scheme.code() == SignatureScheme::Ed25519.code();
        schemes = rest;
    }
    assert!(verifies);
}

/// Whether the libraries of `S` that protocol 1 uses can run on this machine.
pub(crate) fn available<S: CryptoSuite>() -> Result<(), CryptoError> {
    S::KeyExchange::available()?;
    S::Aead::available()?;
    S::Verifier::available()
}

/// A host key of protocol 1 is an Ed25519 key.
pub(crate) fn check_identity(identity: Option<&Identity>) -> Result<(), Misuse> {
    match identity.map(Identity::scheme) {
        None | Some(SignatureScheme::Ed25519) => Ok(()),
        Some(scheme) => Err(Misuse::SchemeNotInProtocol1(scheme)),
    }
}

/// Whether `input` begins with what may be a header of protocol 1, whole or damaged, and is
/// none of protocol 2: in place of that one's version and flags there are zeros, or at
/// least of the version, in what is a ClientHandshake otherwise.
pub(crate) fn begins_with_header(input: &[u8]) -> bool {
    let Some(head) = input.first_chunk::<HEADER_LEN>() else {
        return false;
    };
    head.ends_with(&[0, 0]) || client_handshake_version(head) == Some(0)
}

/// One end of a channel of protocol 1, generic over the suite `S` that it computes
/// with and the key store `K` that holds its host key. It is made by
/// [`Builder::build_v1`](crate::Builder::build_v1), and used by the methods of
/// [`Channel`].
///
/// It does no input or output, takes no lock, starts no thread and reads no clock.
/// Keys are wiped when they are replaced, when the connection ends and when it is
/// dropped.
pub struct Connection<S: CryptoSuite, K = MemoryKeyStore> {
    role: Role,
    key_store: K,
    /// This side's host key; `None` for an anonymous client.
    identity: Option<Identity>,
    admission: Admission,
    random: Box<dyn Random + Send>,
    clock: Clock,

    state: State<S>,
    signing: Signing,
    counts: Counts,
    /// How many resets there were since a record was received.
    resets: u8,
    /// There was a Reset, and nothing of the peer's new handshake has come since: one
    /// that comes now may be the peer's answer to the same, or have been sent before.
    answered: bool,
    /// A client has dropped such a one. Where nothing comes after it, it was no answer:
    /// the server waits for one.
    unanswered: bool,
    /// Why the connection was reset last.
    reset_cause: Option<ResetCause>,
    failure: Option<PeerError>,
}

/// Where a connection stands.
enum State<S: CryptoSuite> {
    /// Client, first state: ClientHandshake to be sent.
    ClientStart,
    /// Client: ServerHandshake to come.
    AwaitingServer(Box<AwaitingServer<S>>),
    /// Client: a ServerHandshake came that is none to its last ClientHandshake. What the
    /// server says until the next one is not to that one either.
    Overtaken,
    /// Client: the server is verified; the decision about it and this side's
    /// signature may be pending; ClientAuthentication to be sent.
    Authenticating(Box<Authenticating<S>>),

    /// Server, first state: ClientHandshake to come.
    ServerStart,
    /// Server: this side's signature may be pending; ServerHandshake to be sent.
    Answering(Box<Answering<S>>),
    /// Server: ClientAuthentication to come.
    AwaitingClient(Box<AwaitingClient<S>>),
    /// Server: the client is verified, the decision about it is pending.
    Deciding(Session<S>),

    /// Records go both ways.
    Open(Session<S>),

    /// A Reset is to be sent.
    ResetDue(Reason),
    /// It has been sent; a Reset is to come.
    AwaitingReset(Reason),
    /// A Reset is to be sent in answer to one, then the first state.
    AnswerDue,

    /// A Disconnect is to be sent, the last packet.
    DisconnectDue(LastPacket),
    /// It is over: closed, or failed where `failure` says so.
    Over,
}

/// How the peer is told of the end.
#[derive(Clone, Copy)]
enum LastPacket {
    /// By a notice, of an error or of none.
    Notice { error: bool },
    /// By an alert of protocol 2, to a client that speaks that.
    VersionNotSupported,
}

/// Counts of records.
#[derive(Default)]
struct Counts {
    /// Over all handshakes of the connection.
    received: u64,
    /// Since the channel was opened last.
    sent: u64,
    /// Whether the channel was open before, on the peer's side at least.
    was_open: bool,
    /// What is known after a reset, until the application takes it.
    delivery: Option<Delivery>,
}

impl<S: CryptoSuite, K> Connection<S, K> {
    /// A connection in its first state. Its identity is one that
    /// [`check_identity`] has let through.
    pub(crate) fn begin(parts: Parts<K>) -> Self {
        Connection {
            role: parts.role,
            key_store: parts.key_store,
            identity: parts.identity,
            admission: parts.admission,
            random: parts.random,
            clock: parts.clock,
            state: State::first(parts.role),
            signing: Signing::Due,
            counts: Counts::default(),
            resets: 0,
            answered: false,
            unanswered: false,
            reset_cause: None,
            failure: None,
        }
    }
}

impl<S: CryptoSuite> State<S> {
    /// Where a handshake begins.
    fn first(role: Role) -> Self {
        match role {
            Role::Client => State::ClientStart,
            Role::Server => State::ServerStart,
        }
    }
}

// The methods of `Channel`, which its implementation calls by these names.
impl<S: CryptoSuite, K: KeyStore> Connection<S, K> {
    pub(crate) fn protocol(&self) -> u8 {
        1
    }

    pub(crate) fn max_plaintext(&self) -> usize {
        MAX_PLAINTEXT
    }

    pub(crate) fn record_overhead(&self) -> usize {
        RECORD_OVERHEAD
    }

    pub(crate) fn suite(&self) -> SuiteId {
        S::ID
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    pub(crate) fn status(&self) -> Status {
        match &self.state {
            State::Open(_) => Status::Open,
            _ if self.failure.is_some() => Status::Failed,
            State::DisconnectDue(_) | State::Over => Status::Closed,
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

    pub(crate) fn failure(&self) -> Option<&PeerError> {
        self.failure.as_ref()
    }

    pub(crate) fn last_reset(&self) -> Option<&ResetCause> {
        self.reset_cause.as_ref()
    }

    pub(crate) fn local_identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    pub(crate) fn remote_identity(&self) -> Option<&Identity> {
        self.admission.remote()
    }

    pub(crate) fn undecided_peer(&self) -> Option<&Identity> {
        self.admission.undecided()
    }

    pub(crate) fn pending_signature(&self) -> Option<PendingSignature> {
        let signed = || self.signed().cloned();
        self.signing.pending(self.identity.as_ref(), signed)
    }

    /// The message that this side is to sign in its present state.
    fn signed(&self) -> Option<&Signed> {
        match &self.state {
            State::Answering(step) => Some(&step.signs),
            State::Authenticating(step) => Some(&step.signs),
            _ => None,
        }
    }

    pub(crate) fn records_received(&self) -> u64 {
        self.counts.received
    }

    pub(crate) fn records_sent(&self) -> u64 {
        self.counts.sent
    }

    pub(crate) fn take_delivery(&mut self) -> Option<Delivery> {
        self.counts.delivery.take()
    }

    pub(crate) fn channel_binding(&self) -> Result<&[u8], OssuaryError> {
        Err(Misuse::NotInProtocol1.into())
    }

    pub(crate) fn export_keying_material(
        &self,
        _: &[u8],
        _: &[u8],
        _: &mut [u8],
    ) -> Result<(), OssuaryError> {
        Err(Misuse::NotInProtocol1.into())
    }

    pub(crate) fn rekey(&mut self) -> Result<(), OssuaryError> {
        Err(Misuse::NotInProtocol1.into())
    }

    pub(crate) fn seal_padded(
        &mut self,
        _: &[u8],
        _: usize,
        _: &mut [u8],
    ) -> Result<usize, OssuaryError> {
        Err(Misuse::NotInProtocol1.into())
    }

    pub(crate) fn decide(&mut self, trusted: bool) -> Result<(), OssuaryError> {
        match self.admission.decide(trusted)? {
            Ok(()) => {
                self.go_on();
                Ok(())
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    pub(crate) fn authorize(&mut self, identity: Identity) -> Result<(), OssuaryError> {
        if self.admission.authorize(identity) {
            self.go_on();
        }
        Ok(())
    }

    /// The peer is trusted: the handshake goes on.
    fn go_on(&mut self) {
        match mem::replace(&mut self.state, State::Over) {
            State::Deciding(session) => self.open(session),
            state => self.state = state,
        }
    }

    /// The handshake is done: the channel opens.
    fn open(&mut self, session: Session<S>) {
        self.state = State::Open(session);
        let counts = &mut self.counts;
        if !mem::replace(&mut counts.was_open, true) {
            return;
        }
        // Nothing tells that any of it arrived, nor of what was lost before and is untold.
        let untold = counts.delivery.map_or(0, |delivery| delivery.sent);
        counts.delivery = Some(Delivery {
            sent: untold.saturating_add(counts.sent),
            received: 0,
            counted: false,
        });
        counts.sent = 0;
    }
}

impl<S: CryptoSuite, K> fmt::Debug for Connection<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("v1::Connection")
            .field("suite", &S::ID)
            .field("role", &self.role)
            .field("peer", &self.admission.peer())
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}
