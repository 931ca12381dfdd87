//! Errors, by whose fault they are, and the one map from them to the reasons
//! that alerts carry.

use crate::alert::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
#[cfg(feature = "std")]
use ossuary_traits::Role;
use ossuary_traits::{
    BoxError, CryptoError, Identity, KeyStoreError, SignatureScheme, SuiteId, WrongLength,
};

/// Why a call on a connection did not do what it was asked to.
///
/// The first six are conditions that the caller of the byte stream API meets
/// in the normal course of things; the others are faults, by whose they are.
#[derive(Debug)]
#[non_exhaustive]
pub enum OssuaryError {
    /// The stream took or gave only part of a packet: this many bytes. What is
    /// left is kept, and the next call goes on with it.
    WouldBlock(usize),
    /// The server proved that it holds this public key, and nothing says
    /// whether to trust it. Add it with `add_authorized_key` or `authorize`, or hang
    /// up. No clock of this side runs meanwhile; the peer's does.
    UntrustedServer(Vec<u8>),
    /// The same, of a client, on a server whose trust policy left it open.
    UntrustedClient(Vec<u8>),
    /// The channel lost its keys to an error that a new handshake may mend;
    /// go on with the handshake. This many bytes were taken from the stream.
    ConnectionReset(usize),
    /// The connection ended with an error, and is over. What ended it was
    /// returned when it happened and stays in `failure`.
    ConnectionFailed,
    /// The connection was closed in good order, and is over.
    ConnectionClosed,
    /// The caller's buffer is too small for what is to be written there.
    /// Nothing has changed; repeat the call with at least `needed` bytes.
    BufferTooSmall {
        /// How many bytes are needed.
        needed: usize,
    },
    /// The caller asked for something that cannot be; nothing has changed.
    Misuse(Misuse),
    /// The peer's fault, or that of whoever holds the line. The connection is
    /// over.
    Peer(PeerError),
    /// The cryptography library or the random source failed.
    Crypto(CryptoError),
    /// The key store did not answer, or answered something impossible. Nothing
    /// has changed; the call can be repeated.
    KeyStore(KeyStoreError),
    /// The trust policy could not tell whether to trust the peer. The connection is
    /// over.
    Trust(BoxError),
    /// The stream's own error.
    #[cfg(feature = "std")]
    Io(std::io::Error),
}

impl fmt::Display for OssuaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OssuaryError::WouldBlock(bytes) => {
                write!(f, "the stream would block after {bytes} bytes")
            }
            OssuaryError::UntrustedServer(_) => {
                f.write_str("the server's key is not known: add it to the authorized keys to go on")
            }
            OssuaryError::UntrustedClient(_) => {
                f.write_str("the client's key is not known: add it to the authorized keys to go on")
            }
            OssuaryError::ConnectionReset(_) => {
                f.write_str("the channel was reset: go on with the handshake")
            }
            OssuaryError::ConnectionFailed => f.write_str("the connection has failed"),
            OssuaryError::ConnectionClosed => f.write_str("the connection is closed"),
            OssuaryError::BufferTooSmall { needed } => {
                write!(f, "the buffer is too small: {needed} bytes are needed")
            }
            OssuaryError::Misuse(error) => error.fmt(f),
            OssuaryError::Peer(error) => error.fmt(f),
            OssuaryError::Crypto(error) => error.fmt(f),
            OssuaryError::KeyStore(error) => error.fmt(f),
            OssuaryError::Trust(_) => f.write_str("the trust policy failed"),
            #[cfg(feature = "std")]
            OssuaryError::Io(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for OssuaryError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            OssuaryError::Misuse(error) => error.source(),
            OssuaryError::Peer(error) => error.source(),
            OssuaryError::Crypto(error) => error.source(),
            OssuaryError::KeyStore(error) => error.source(),
            OssuaryError::Trust(error) => Some(error.as_ref()),
            #[cfg(feature = "std")]
            OssuaryError::Io(error) => error.source(),
            _ => None,
        }
    }
}

impl OssuaryError {
    /// A peer in the other role than `own` waits for a decision.
    #[cfg(feature = "std")]
    pub(crate) fn untrusted(own: Role, peer: &Identity) -> Self {
        let key = peer.public_key().to_vec();
        match own {
            Role::Client => OssuaryError::UntrustedServer(key),
            Role::Server => OssuaryError::UntrustedClient(key),
        }
    }
}

#[cfg(feature = "std")]
impl OssuaryError {
    /// The `OssuaryError` inside an error that [`io::Stream`](crate::io::Stream) gave for a
    /// read or a write: why the connection is over.
    #[must_use]
    pub fn of(error: &std::io::Error) -> Option<&OssuaryError> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Misuse> for OssuaryError {
    fn from(error: Misuse) -> Self {
        OssuaryError::Misuse(error)
    }
}

impl From<PeerError> for OssuaryError {
    fn from(error: PeerError) -> Self {
        OssuaryError::Peer(error)
    }
}

impl From<CryptoError> for OssuaryError {
    fn from(error: CryptoError) -> Self {
        OssuaryError::Crypto(error)
    }
}

impl From<KeyStoreError> for OssuaryError {
    fn from(error: KeyStoreError) -> Self {
        OssuaryError::KeyStore(error)
    }
}

/// The caller asked for something that cannot be. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// A record was to hold more than it can.
    RecordTooLong {
        /// How many bytes it was to hold, its padding included.
        len: usize,
        /// How many it can hold: [`MAX_PLAINTEXT`](crate::MAX_PLAINTEXT), and less
        /// in protocol 1.
        max: usize,
    },
    /// A record was to be padded to a length that does not hold it and the
    /// padding's marker of one byte.
    PaddedTooShort {
        /// How many bytes are needed at least.
        needed: usize,
    },
    /// The channel is not open: its handshake is not done.
    NotOpen,
    /// A packet waits to be sent; `flush` it before the next.
    FlushFirst,
    /// A packet has begun to come through `recv_handshake` or `recv_data`: go on with those.
    PacketBegun,
    /// A server needs a host key, and its key store has none.
    NoHostKey,
    /// The key store does not list the identity that the connection is to use.
    UnknownIdentity,
    /// The host key is of a scheme that this suite cannot verify, so its
    /// signature cannot be checked before it is sent.
    SchemeNotInSuite(SignatureScheme),
    /// A key or signature has the wrong length.
    WrongLength(WrongLength),
    /// A secret key is none of its scheme's.
    InvalidSecretKey,
    /// A pre-shared key is shorter than 16 bytes.
    PreSharedKeyTooShort,
    /// This direction has sent all the packets that a handshake allows: 2^64, and 2^32
    /// in protocol 1.
    CounterExhausted,
    /// No decision about a peer's key is pending.
    NoDecisionPending,
    /// No signature is pending.
    NoSignaturePending,
    /// The key store leaves its signature to the application, and a blocking
    /// stream cannot wait for that: drive the connection itself.
    SignaturePending,
    /// The handshake has begun, and what was to be set can only be set before.
    HandshakeBegun,
    /// The connection has the other role than this call is for.
    WrongRole,
    /// A label or an output of exported keying material is too long: at most
    /// 255 bytes, and 255 times the hash's length.
    ExportTooLong,
    /// The peer is an anonymous client, and has no public key.
    AnonymousPeer,
    /// The two halves do not belong to the same channel.
    ForeignHalf,
    /// An acceptor needs at least one suite.
    NoSuite,
    /// Protocol 1 does not have what was asked for: re-keying, padding, exported
    /// keys, a channel binding, a prologue or a pre-shared key.
    NotInProtocol1,
    /// The host key is of a scheme that protocol 1 does not have: its identities
    /// are Ed25519 keys.
    SchemeNotInProtocol1(SignatureScheme),
    /// No source of random bytes was given, and without the feature `getrandom`
    /// there is no other.
    NoRandom,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misuse::RecordTooLong { len, max } => write!(
                f,
                "a record holds at most {max} bytes, not {len}: send the data in several"
            ),
            Misuse::PaddedTooShort { needed } => {
                write!(f, "the padded length must be at least {needed} bytes")
            }
            Misuse::NotOpen => f.write_str("the channel is not open: finish the handshake first"),
            Misuse::FlushFirst => {
                f.write_str("an earlier packet waits to be sent: call flush first")
            }
            Misuse::PacketBegun => f.write_str(
                "a packet has come in part: go on with recv_handshake or recv_data",
            ),
            Misuse::NoHostKey => f.write_str("a server needs a host key, and has none"),
            Misuse::UnknownIdentity => {
                f.write_str("the key store does not list the chosen identity")
            }
            Misuse::SchemeNotInSuite(scheme) => {
                write!(f, "the suite cannot verify {scheme}, the scheme of the host key")
            }
            Misuse::WrongLength(error) => error.fmt(f),
            Misuse::InvalidSecretKey => f.write_str("these bytes are no secret key"),
            Misuse::PreSharedKeyTooShort => {
                f.write_str("a pre-shared key has at least 16 bytes; it is no password")
            }
            Misuse::CounterExhausted => {
                f.write_str("the packet counter is exhausted: make a new connection")
            }
            Misuse::NoDecisionPending => f.write_str("no decision about a key is pending"),
            Misuse::NoSignaturePending => f.write_str("no signature is pending"),
            Misuse::SignaturePending => f.write_str(
                "the key store leaves its signature to the application: a blocking stream cannot wait for it",
            ),
            Misuse::HandshakeBegun => f.write_str("the handshake has already begun"),
            Misuse::WrongRole => f.write_str("the connection has the other role"),
            Misuse::ExportTooLong => f.write_str("the label or the exported key is too long"),
            Misuse::NoSuite => f.write_str("an acceptor needs at least one suite"),
            Misuse::NotInProtocol1 => f.write_str(
                "protocol 1 has no re-keying, padding, exported keys, channel binding, \
                 prologue or pre-shared key",
            ),
            Misuse::SchemeNotInProtocol1(scheme) => {
                write!(f, "protocol 1 has Ed25519 keys only, and the host key is one of {scheme}")
            }
            Misuse::NoRandom => f.write_str("a source of random bytes is needed: Builder::random"),
            Misuse::AnonymousPeer => f.write_str("the peer is anonymous, and has no public key"),
            Misuse::ForeignHalf => f.write_str("the halves belong to different channels"),
        }
    }
}

impl core::error::Error for Misuse {}

impl From<WrongLength> for Misuse {
    fn from(error: WrongLength) -> Self {
        Misuse::WrongLength(error)
    }
}

/// The peer's fault, or that of whoever holds the line between.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerError {
    // What a new handshake may mend: it causes a Reset.
    /// A packet of a type that the protocol does not have.
    UnknownPacketType(u16),
    /// A packet of another version than the channel's, by its header.
    UnknownVersion(u8),
    /// A packet with flags that its type does not have.
    UnknownFlags(u8),
    /// A packet of a length that its type, the suite and the schemes do not allow.
    WrongPacketLength(u16),
    /// A packet that has no place at this point of the conversation.
    UnexpectedPacket(u16),
    /// A packet out of sequence.
    WrongMessageId {
        /// The low 16 bits of the packet counter.
        expected: u16,
        /// What came.
        received: u16,
    },
    /// An alert that is not formed as one, from somebody who knows the token. Protocol
    /// 1 has no tokens: there it is from anybody.
    MalformedAlert,
    /// A key exchange share that is a point off the curve or at infinity, an
    /// ML-KEM key that fails its check, or gives an X25519 result of zeros.
    InvalidShare,
    /// A packet that does not open. Sides whose suites agree and whose
    /// prologues or pre-shared keys differ find this too; protocol 1 has neither.
    DecryptionFailed,
    /// A packet did not come, or did not come whole, within the timeout.
    TimedOut,

    // What it cannot mend: it causes a Disconnect.
    /// The client speaks a version that this side does not, by the byte that its
    /// header has for it. Protocol 1 has a 0 there.
    VersionNotSupported(u8),
    /// The client asked for another suite, by these code points.
    SuiteNotSupported {
        /// What the client asked for.
        asked: [u8; 3],
        /// What this side runs: one suite, or those of an
        /// [`Acceptor`](crate::Acceptor).
        ours: Box<[SuiteId]>,
    },
    /// The peer's signature is not that of its key, or its key is none: an
    /// Ed25519 key of small order or not in canonical form, a point off the curve.
    BadSignature,
    /// The peer's key is of a scheme that the protocol or this suite does not have.
    /// A suite's [`Verifier`](ossuary_traits::Verifier) has the schemes of its library;
    /// [`Verifiers`](ossuary_traits::Verifiers) adds those of another.
    SchemeNotSupported(u8),
    /// The peer's authentication has fields that its scheme does not allow.
    MalformedIdentity,
    /// A server without a key, or a client without one on a server that asks for it.
    AnonymousPeer,
    /// The peer proved this key, and is not authorized.
    NotAuthorized(Box<Identity>),
    /// The peer proved this key, which is not among those that its name is known to have.
    KeyChanged(Box<Identity>),
    /// The peer proved this key, which is revoked.
    KeyRevoked(Box<Identity>),
    /// Another peer than before answered in a new handshake of this connection.
    IdentityChanged,
    /// The peer says to have received a number of records that cannot be.
    ImpossibleCount(u64),
    /// Padding without its marker.
    BadPadding,
    /// A sealed Disconnect that is not a clean end.
    MalformedClose,
    /// The peer sent more packets under one key than the protocol allows.
    KeyLimitReached,
    /// The peer's nonce of protocol 1 equals this side's, or is so near that one
    /// would come to be used by both: no honest peer has such a nonce.
    NonceTooNear,
    /// Too many resets without a record between them; the last was for this.
    TooManyResets(Reason),

    // How the peer, or the stream, ended it.
    /// The peer ended the connection, and says why.
    Disconnected(Reason),
    /// The peer refused the suite that this client asked for.
    SuiteRefused(SuiteId),
    /// The stream ended without a clean close: data may be missing.
    StreamEnded,
    /// The peer closed the channel, by its word in protocol 1, which anyone on the
    /// line can write: data may be missing, as where the stream just ends.
    UnprovenClose,
    /// This side's own application ended the connection before it was open, or
    /// with an error.
    LocalEnd,
    /// This side's own cryptography library, or trust policy, failed in a place that
    /// cannot be repeated.
    LocalFailure,
}

impl PeerError {
    /// Whether a new handshake may mend it: these cause a Reset, the others a
    /// Disconnect.
    #[must_use]
    pub fn is_recoverable(&self) -> bool {
        use PeerError as E;
        matches!(
            self,
            E::UnknownPacketType(_)
                | E::UnknownVersion(_)
                | E::UnknownFlags(_)
                | E::WrongPacketLength(_)
                | E::UnexpectedPacket(_)
                | E::WrongMessageId { .. }
                | E::MalformedAlert
                | E::InvalidShare
                | E::DecryptionFailed
                | E::TimedOut
        )
    }

    /// The reason that an alert about it carries: the one map from errors to
    /// reasons.
    #[must_use]
    pub fn reason(&self) -> Reason {
        use PeerError as E;
        match self {
            E::UnknownPacketType(_)
            | E::UnknownVersion(_)
            | E::UnknownFlags(_)
            | E::WrongPacketLength(_)
            | E::UnexpectedPacket(_)
            | E::WrongMessageId { .. }
            | E::MalformedAlert
            | E::InvalidShare
            | E::MalformedIdentity
            | E::ImpossibleCount(_)
            | E::BadPadding
            | E::MalformedClose
            | E::NonceTooNear => Reason::Malformed,
            E::DecryptionFailed => Reason::DecryptionFailed,
            E::TimedOut => Reason::TimedOut,
            E::VersionNotSupported(_) => Reason::VersionNotSupported,
            E::SuiteNotSupported { .. } | E::SuiteRefused(_) => Reason::SuiteNotSupported,
            E::BadSignature
            | E::SchemeNotSupported(_)
            | E::AnonymousPeer
            | E::NotAuthorized(_)
            | E::KeyChanged(_)
            | E::KeyRevoked(_)
            | E::IdentityChanged => Reason::NotAuthorized,
            E::KeyLimitReached => Reason::KeyLimitReached,
            E::TooManyResets(reason) | E::Disconnected(reason) => *reason,
            E::UnprovenClose => Reason::Closed,
            E::StreamEnded | E::LocalEnd | E::LocalFailure => Reason::Failed,
        }
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use PeerError as E;
        match self {
            E::UnknownPacketType(kind) => write!(f, "the peer sent a packet of unknown type {kind:#06x}"),
            E::UnknownVersion(version) => write!(f, "the peer sent a packet of version {version}"),
            E::UnknownFlags(flags) => {
                write!(f, "the peer sent a packet with flags {flags:#04x}, which its type does not have")
            }
            E::WrongPacketLength(len) => {
                write!(f, "the peer sent a packet of {len} bytes, which its type does not allow")
            }
            E::UnexpectedPacket(kind) => {
                write!(f, "the peer sent a packet of type {kind:#06x} out of place")
            }
            E::WrongMessageId { expected, received } => {
                write!(f, "the peer sent packet {received} where packet {expected} was due")
            }
            E::MalformedAlert => f.write_str("the peer sent a malformed alert"),
            E::InvalidShare => f.write_str("the peer's key exchange share is not valid"),
            E::DecryptionFailed => f.write_str(
                "a packet did not decrypt: it was damaged, or the prologues or pre-shared keys differ",
            ),
            E::TimedOut => f.write_str("the peer did not answer in time"),
            E::VersionNotSupported(version) => {
                let version = match version {
                    0 => 1,
                    version => *version,
                };
                write!(f, "the client speaks protocol version {version}, which this side does not")
            }
            E::SuiteNotSupported { asked: [kx, aead, hash], ours } => {
                write!(f, "the client asked for suite {kx:02x}{aead:02x}{hash:02x}")?;
                if let Some(suite) = SuiteId::from_code([*kx, *aead, *hash]) {
                    write!(f, " ({suite})")?;
                }
                f.write_str(", and this side runs ")?;
                for (index, suite) in ours.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(f, "{separator}{suite}")?;
                }
                Ok(())
            }
            E::BadSignature => f.write_str("the peer's signature does not verify"),
            E::SchemeNotSupported(scheme) => {
                write!(f, "the peer's key is of signature scheme {scheme:#04x}, which this side does not support")
            }
            E::MalformedIdentity => f.write_str("the peer's authentication is malformed"),
            E::AnonymousPeer => f.write_str("the peer has no key, and must have one"),
            E::NotAuthorized(_) => f.write_str("the peer's key is not authorized"),
            E::KeyChanged(_) => f.write_str(
                "the peer's key is not one that its name is known to have: somebody may be \
                 in the way, or its owner has a new key and can tell which",
            ),
            E::KeyRevoked(_) => f.write_str("the peer's key is revoked"),
            E::IdentityChanged => f.write_str("another peer than before answered"),
            E::ImpossibleCount(count) => {
                write!(f, "the peer says to have received {count} records, which cannot be")
            }
            E::BadPadding => f.write_str("the peer sent padding without its marker"),
            E::MalformedClose => f.write_str("the peer sent a malformed close"),
            E::KeyLimitReached => f.write_str("the peer sent too many packets under one key"),
            E::NonceTooNear => f.write_str("the peer's nonce is too near to this side's"),
            E::TooManyResets(reason) => {
                write!(f, "the channel could not be recovered; the last reset was for: {reason}")
            }
            E::Disconnected(reason) => write!(f, "the peer ended the connection: {reason}"),
            E::SuiteRefused(suite) => {
                write!(f, "the server does not run {suite}, the suite of this client")
            }
            E::StreamEnded => {
                f.write_str("the stream ended without a clean close: data may be missing")
            }
            E::UnprovenClose => f.write_str(
                "the peer closed the channel, which protocol 1 does not prove: data may be missing",
            ),
            E::LocalEnd => f.write_str("this side ended the connection"),
            E::LocalFailure => {
                f.write_str("this side's cryptography library or trust policy failed")
            },
        }
    }
}

impl core::error::Error for PeerError {}

/// What happens to a connection on an error inside the protocol: it is the
/// peer's, or something of this side's own failed where nothing can be repeated.
#[derive(Debug)]
pub(crate) enum Fault {
    Peer(PeerError),
    Local(OssuaryError),
}

impl From<PeerError> for Fault {
    fn from(error: PeerError) -> Self {
        Fault::Peer(error)
    }
}

impl From<CryptoError> for Fault {
    fn from(error: CryptoError) -> Self {
        Fault::Local(error.into())
    }
}
