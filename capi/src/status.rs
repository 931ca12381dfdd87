//! What calls return: one number for each thing that can go wrong, in classes by whose
//! fault it is.

use ossuary::{
    CryptoError, KeyStoreError, KeyStoreErrorKind, Misuse, OssuaryError, PeerError, ResetCause,
};
use std::borrow::Cow;
use std::error::Error;
use std::ffi::{CStr, CString, c_char};

use ossuary_status_t as S;

/// A status as it crosses the ABI: from C any number may come.
pub(crate) type StatusCode = i32;
/// A class as it crosses the ABI.
pub(crate) type ClassCode = u32;

/// What a call returns: OSSUARY_OK, or what is wrong.
///
/// The numbers are part of the ABI: none ever changes its meaning. New ones may be added, so
/// take a number that you do not know by its class, `ossuary_error_class`.
// Names end with a zero byte, as C wants them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::FromRepr, strum::IntoStaticStr,
)]
#[strum(suffix = "\0")]
#[repr(i32)]
pub enum ossuary_status_t {
    /// It is done.
    OSSUARY_OK = 0,
    /// What a signing callback returns when the signature will come later, by
    /// `ossuary_provide_signature`.
    OSSUARY_PENDING = 1,

    /// Of the functions of 2019: it failed. `ossuary_last_error_code` and `ossuary_last_error`
    /// tell why.
    OSSUARY_ERR_OTHER = -1,

    // Conditions: nothing is wrong with the call.
    /// Of the functions of 2019: only a part was taken or written, as the sizes say. Call again
    /// when there is more to read, or room to write.
    OSSUARY_ERR_WOULDBLOCK = -64,
    /// Of the functions of 2019: the server has proved a key that is not authorized.
    /// `ossuary_remote_public_key` shows it, `ossuary_add_authorized_key` accepts it.
    OSSUARY_ERR_UNTRUSTED_SERVER = -65,
    /// The connection was closed in good order, and is over.
    OSSUARY_ERR_CONNECTION_CLOSED = -66,
    /// The connection ended with an error, and is over: `ossuary_failure` has the error.
    OSSUARY_ERR_CONNECTION_FAILED = -67,
    /// The channel was reset: go on with the handshake.
    OSSUARY_ERR_CONNECTION_RESET = -68,

    // The caller's fault. Nothing has changed.
    /// A pointer is null that must not be.
    OSSUARY_ERR_NULL_POINTER = -100,
    /// A size is larger than any object can be.
    OSSUARY_ERR_SIZE = -101,
    /// Two buffers overlap that must not.
    OSSUARY_ERR_OVERLAP = -102,
    /// The buffer is too small; the size that is needed was written.
    OSSUARY_ERR_BUFFER_TOO_SMALL = -103,
    /// Another call on the same object is not done: of another thread, or the one whose callback
    /// this is.
    OSSUARY_ERR_BUSY = -104,
    /// An argument is none of the values that it may have, or a string is not UTF-8.
    OSSUARY_ERR_INVALID_ARGUMENT = -105,
    /// This library was built without what was asked for.
    OSSUARY_ERR_NOT_BUILT = -106,
    /// The sending half of the connection is split off, and this needs both.
    OSSUARY_ERR_SPLIT = -107,
    /// A record was to hold more than `ossuary_max_plaintext` bytes.
    OSSUARY_ERR_RECORD_TOO_LONG = -110,
    /// The padded length does not hold the record and one byte more.
    OSSUARY_ERR_PADDED_TOO_SHORT = -111,
    /// The channel is not open: its handshake is not done.
    OSSUARY_ERR_NOT_OPEN = -112,
    /// An earlier packet waits to be written: `ossuary_flush` first.
    OSSUARY_ERR_FLUSH_FIRST = -113,
    /// A server needs a host key, and has none.
    OSSUARY_ERR_NO_HOST_KEY = -114,
    /// The key store does not list the identity that was chosen.
    OSSUARY_ERR_UNKNOWN_IDENTITY = -115,
    /// The host key is of a scheme that the suite cannot verify.
    OSSUARY_ERR_SCHEME_NOT_IN_SUITE = -116,
    /// A key or a signature has not the length of its scheme.
    OSSUARY_ERR_WRONG_LENGTH = -117,
    /// A secret key is none of its scheme's.
    OSSUARY_ERR_INVALID_SECRET_KEY = -118,
    /// A pre-shared key is shorter than 16 bytes.
    OSSUARY_ERR_PRE_SHARED_KEY_TOO_SHORT = -119,
    /// This direction has sent all the packets that a handshake allows.
    OSSUARY_ERR_COUNTER_EXHAUSTED = -120,
    /// No decision about a peer's key is pending.
    OSSUARY_ERR_NO_DECISION_PENDING = -121,
    /// No signature is pending.
    OSSUARY_ERR_NO_SIGNATURE_PENDING = -122,
    /// The handshake has begun, and this can only be set before.
    OSSUARY_ERR_HANDSHAKE_BEGUN = -123,
    /// Reserved: the connection has the other role.
    OSSUARY_ERR_WRONG_ROLE = -124,
    /// A label is longer than 255 bytes, or exported keys than 255 hashes.
    OSSUARY_ERR_EXPORT_TOO_LONG = -125,
    /// The peer is an anonymous client, and has no key.
    OSSUARY_ERR_ANONYMOUS_PEER = -126,
    /// The sending half is not of this connection.
    OSSUARY_ERR_FOREIGN_HALF = -127,
    /// A packet has come in part through the functions of 2019: go on with those.
    OSSUARY_ERR_PACKET_BEGUN = -130,
    /// Protocol 1 does not have what was asked for.
    OSSUARY_ERR_NOT_IN_PROTOCOL_1 = -128,
    /// Protocol 1 has Ed25519 keys only.
    OSSUARY_ERR_SCHEME_NOT_IN_PROTOCOL_1 = -129,
    /// The calling program asked for something else that cannot be.
    OSSUARY_ERR_MISUSE = -199,

    // The peer's fault, or that of whoever holds the line.
    /// A packet of a type that the protocol does not have.
    OSSUARY_ERR_UNKNOWN_PACKET_TYPE = -200,
    /// A packet of another version than the channel's.
    OSSUARY_ERR_UNKNOWN_VERSION = -201,
    /// A packet with flags that its type does not have.
    OSSUARY_ERR_UNKNOWN_FLAGS = -202,
    /// A packet of a length that its type does not allow.
    OSSUARY_ERR_WRONG_PACKET_LENGTH = -203,
    /// A packet that has no place at this point of the conversation.
    OSSUARY_ERR_UNEXPECTED_PACKET = -204,
    /// A packet out of sequence.
    OSSUARY_ERR_WRONG_MESSAGE_ID = -205,
    /// An alert that is not formed as one.
    OSSUARY_ERR_MALFORMED_ALERT = -206,
    /// A key exchange share that is none.
    OSSUARY_ERR_INVALID_SHARE = -207,
    /// A packet that does not open. Sides whose prologues or pre-shared keys differ find this
    /// too.
    OSSUARY_ERR_DECRYPTION_FAILED = -208,
    /// A packet did not come, or not whole, within the timeout.
    OSSUARY_ERR_TIMED_OUT = -209,
    /// The client speaks a version that this side does not.
    OSSUARY_ERR_VERSION_NOT_SUPPORTED = -210,
    /// The client asked for another suite.
    OSSUARY_ERR_SUITE_NOT_SUPPORTED = -211,
    /// The peer's signature is not that of its key, or its key is none.
    OSSUARY_ERR_BAD_SIGNATURE = -212,
    /// The peer's key is of a scheme that this side cannot verify.
    OSSUARY_ERR_SCHEME_NOT_SUPPORTED = -213,
    /// The peer's authentication is malformed.
    OSSUARY_ERR_MALFORMED_IDENTITY = -214,
    /// The peer has no key, and must have one.
    OSSUARY_ERR_PEER_WITHOUT_KEY = -215,
    /// The peer's key is not authorized.
    OSSUARY_ERR_NOT_AUTHORIZED = -216,
    /// The peer's key is not among those that its name is known to have.
    OSSUARY_ERR_KEY_CHANGED = -217,
    /// The peer's key is revoked.
    OSSUARY_ERR_KEY_REVOKED = -218,
    /// Another peer than before answered in a new handshake.
    OSSUARY_ERR_IDENTITY_CHANGED = -219,
    /// The peer says to have received a number of records that cannot be.
    OSSUARY_ERR_IMPOSSIBLE_COUNT = -220,
    /// Padding without its marker.
    OSSUARY_ERR_BAD_PADDING = -221,
    /// A malformed close.
    OSSUARY_ERR_MALFORMED_CLOSE = -222,
    /// The peer sent more packets under one key than is allowed.
    OSSUARY_ERR_KEY_LIMIT_REACHED = -223,
    /// The peer's nonce of protocol 1 is too near to this side's.
    OSSUARY_ERR_NONCE_TOO_NEAR = -224,
    /// Too many resets without a record between them.
    OSSUARY_ERR_TOO_MANY_RESETS = -225,
    /// The peer ended the connection, and says why.
    OSSUARY_ERR_DISCONNECTED = -226,
    /// The server does not run the suite of this client.
    OSSUARY_ERR_SUITE_REFUSED = -227,
    /// The stream ended without a clean close: data may be missing.
    OSSUARY_ERR_STREAM_ENDED = -228,
    /// The peer closed the channel, which protocol 1 does not prove: data may be missing.
    OSSUARY_ERR_UNPROVEN_CLOSE = -229,
    /// The peer reset the channel: what `ossuary_last_reset` says of it.
    OSSUARY_ERR_RESET_BY_PEER = -230,
    /// Something else in what the peer sent is wrong.
    OSSUARY_ERR_PEER = -299,

    // The cryptography library.
    /// The cryptography library failed, or cannot run on this machine.
    OSSUARY_ERR_CRYPTO = -300,
    /// The system gave no random bytes.
    OSSUARY_ERR_RANDOM = -301,

    // The key store. A signing callback may return these.
    /// The key store, or the key in it, is not there.
    OSSUARY_ERR_KEY_NOT_FOUND = -400,
    /// It is locked: a PIN, a passphrase or a login is needed.
    OSSUARY_ERR_KEY_LOCKED = -401,
    /// It refuses this program, or this use of the key.
    OSSUARY_ERR_KEY_DENIED = -402,
    /// A person said no, or did not answer.
    OSSUARY_ERR_KEY_CANCELLED = -403,
    /// It cannot answer now; the same call may succeed later.
    OSSUARY_ERR_KEY_TRY_AGAIN = -404,
    /// It does not work, or signed with another key than it announced.
    OSSUARY_ERR_KEY_BROKEN = -405,

    // The trust policy.
    /// The trust policy could not tell whether to trust the peer.
    OSSUARY_ERR_TRUST = -500,

    // This side's own end.
    /// This side's own program ended the connection before it was open, or with an error.
    OSSUARY_ERR_LOCAL_END = -600,
    /// This side's own cryptography library or trust policy failed where it cannot be repeated.
    OSSUARY_ERR_LOCAL_FAILURE = -601,

    // Defects.
    /// This library failed by a defect of its own. The object cannot be used any more, and is to
    /// be destroyed.
    OSSUARY_ERR_PANIC = -700,
    /// The object cannot be used since a call on it returned OSSUARY_ERR_PANIC.
    OSSUARY_ERR_POISONED = -701,
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
#[repr(u32)]
pub enum ossuary_error_class_t {
    /// None: OSSUARY_OK and OSSUARY_PENDING.
    OSSUARY_CLASS_NONE = 0,
    /// Nobody's: the connection is over or was reset, or the call is to be repeated.
    OSSUARY_CLASS_CONDITION = 1,
    /// The calling program's. Nothing has changed.
    OSSUARY_CLASS_CALLER = 2,
    /// The peer's, or of whoever holds the line.
    OSSUARY_CLASS_PEER = 3,
    /// The cryptography library's or the random source's.
    OSSUARY_CLASS_CRYPTO = 4,
    /// The key store's.
    OSSUARY_CLASS_KEY_STORE = 5,
    /// The trust policy's.
    OSSUARY_CLASS_TRUST = 6,
    /// This side ended the connection.
    OSSUARY_CLASS_LOCAL = 7,
    /// A defect of this library.
    OSSUARY_CLASS_DEFECT = 8,
    /// Not known: OSSUARY_ERR_OTHER, and numbers that are no status.
    OSSUARY_CLASS_UNKNOWN = 9,
}

impl ossuary_status_t {
    pub(crate) const fn code(self) -> StatusCode {
        self as StatusCode
    }
}

/// Whose fault `status` is.
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_error_class(status: StatusCode) -> ClassCode {
    use ossuary_error_class_t as C;
    let class = match status {
        0 | 1 => C::OSSUARY_CLASS_NONE,
        -99..=-64 => C::OSSUARY_CLASS_CONDITION,
        -199..=-100 => C::OSSUARY_CLASS_CALLER,
        -299..=-200 => C::OSSUARY_CLASS_PEER,
        -399..=-300 => C::OSSUARY_CLASS_CRYPTO,
        -499..=-400 => C::OSSUARY_CLASS_KEY_STORE,
        -599..=-500 => C::OSSUARY_CLASS_TRUST,
        -699..=-600 => C::OSSUARY_CLASS_LOCAL,
        -799..=-700 => C::OSSUARY_CLASS_DEFECT,
        _ => C::OSSUARY_CLASS_UNKNOWN,
    };
    class as ClassCode
}

/// The name of `status`, as it stands in this header: "OSSUARY_ERR_NOT_OPEN". For a number that
/// is no status it is "unknown". It is valid for ever, and never null.
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_error_name(status: StatusCode) -> *const c_char {
    name(status).as_ptr()
}

/// What is left of a text when the zero bytes are gone.
pub(crate) fn text(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}

/// Why a call did not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: ossuary_status_t,
    pub(crate) text: Cow<'static, str>,
    /// Of a buffer that is too small: the size that is needed.
    pub(crate) needed: usize,
}

impl Failure {
    pub(crate) fn new(status: ossuary_status_t, text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        Failure {
            status,
            text,
            needed: 0,
        }
    }

    pub(crate) fn too_small(needed: usize) -> Self {
        OssuaryError::BufferTooSmall { needed }.into()
    }

    /// An error with all its sources.
    pub(crate) fn of(status: ossuary_status_t, error: &dyn Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            let more = error.to_string();
            if !text.ends_with(&more) {
                text = format!("{text}: {more}");
            }
            source = error.source();
        }
        Failure::new(status, text)
    }
}

impl From<OssuaryError> for Failure {
    #[cold]
    fn from(error: OssuaryError) -> Self {
        let mut failure = Failure::of(status_of(&error), &error);
        if let OssuaryError::BufferTooSmall { needed } = error {
            failure.needed = needed;
        }
        failure
    }
}

impl From<Misuse> for Failure {
    fn from(error: Misuse) -> Self {
        OssuaryError::from(error).into()
    }
}

impl From<KeyStoreError> for Failure {
    fn from(error: KeyStoreError) -> Self {
        OssuaryError::from(error).into()
    }
}

impl From<CryptoError> for Failure {
    fn from(error: CryptoError) -> Self {
        OssuaryError::from(error).into()
    }
}

fn status_of(error: &OssuaryError) -> ossuary_status_t {
    match error {
        OssuaryError::WouldBlock(_) => S::OSSUARY_ERR_WOULDBLOCK,
        OssuaryError::UntrustedServer(_) | OssuaryError::UntrustedClient(_) => {
            S::OSSUARY_ERR_UNTRUSTED_SERVER
        }
        OssuaryError::ConnectionReset(_) => S::OSSUARY_ERR_CONNECTION_RESET,
        OssuaryError::ConnectionFailed => S::OSSUARY_ERR_CONNECTION_FAILED,
        OssuaryError::ConnectionClosed => S::OSSUARY_ERR_CONNECTION_CLOSED,
        OssuaryError::BufferTooSmall { .. } => S::OSSUARY_ERR_BUFFER_TOO_SMALL,
        OssuaryError::Misuse(error) => of_misuse(error),
        OssuaryError::Peer(error) => of_peer(error),
        OssuaryError::Crypto(CryptoError::Random(_)) => S::OSSUARY_ERR_RANDOM,
        OssuaryError::Crypto(_) => S::OSSUARY_ERR_CRYPTO,
        OssuaryError::KeyStore(error) => of_key_store(error.kind()),
        OssuaryError::Trust(_) => S::OSSUARY_ERR_TRUST,
        _ => S::OSSUARY_ERR_OTHER,
    }
}

fn of_misuse(error: &Misuse) -> ossuary_status_t {
    match error {
        Misuse::RecordTooLong { .. } => S::OSSUARY_ERR_RECORD_TOO_LONG,
        Misuse::PaddedTooShort { .. } => S::OSSUARY_ERR_PADDED_TOO_SHORT,
        Misuse::NotOpen => S::OSSUARY_ERR_NOT_OPEN,
        Misuse::FlushFirst => S::OSSUARY_ERR_FLUSH_FIRST,
        Misuse::NoHostKey => S::OSSUARY_ERR_NO_HOST_KEY,
        Misuse::UnknownIdentity => S::OSSUARY_ERR_UNKNOWN_IDENTITY,
        Misuse::SchemeNotInSuite(_) => S::OSSUARY_ERR_SCHEME_NOT_IN_SUITE,
        Misuse::WrongLength(_) => S::OSSUARY_ERR_WRONG_LENGTH,
        Misuse::InvalidSecretKey => S::OSSUARY_ERR_INVALID_SECRET_KEY,
        Misuse::PreSharedKeyTooShort => S::OSSUARY_ERR_PRE_SHARED_KEY_TOO_SHORT,
        Misuse::CounterExhausted => S::OSSUARY_ERR_COUNTER_EXHAUSTED,
        Misuse::NoDecisionPending => S::OSSUARY_ERR_NO_DECISION_PENDING,
        Misuse::NoSignaturePending => S::OSSUARY_ERR_NO_SIGNATURE_PENDING,
        Misuse::HandshakeBegun => S::OSSUARY_ERR_HANDSHAKE_BEGUN,
        Misuse::WrongRole => S::OSSUARY_ERR_WRONG_ROLE,
        Misuse::ExportTooLong => S::OSSUARY_ERR_EXPORT_TOO_LONG,
        Misuse::AnonymousPeer => S::OSSUARY_ERR_ANONYMOUS_PEER,
        Misuse::ForeignHalf => S::OSSUARY_ERR_FOREIGN_HALF,
        Misuse::PacketBegun => S::OSSUARY_ERR_PACKET_BEGUN,
        Misuse::NotInProtocol1 => S::OSSUARY_ERR_NOT_IN_PROTOCOL_1,
        Misuse::SchemeNotInProtocol1(_) => S::OSSUARY_ERR_SCHEME_NOT_IN_PROTOCOL_1,
        // Of what this library does not offer to C.
        _ => S::OSSUARY_ERR_MISUSE,
    }
}

pub(crate) fn of_peer(error: &PeerError) -> ossuary_status_t {
    use PeerError as E;
    match error {
        E::UnknownPacketType(_) => S::OSSUARY_ERR_UNKNOWN_PACKET_TYPE,
        E::UnknownVersion(_) => S::OSSUARY_ERR_UNKNOWN_VERSION,
        E::UnknownFlags(_) => S::OSSUARY_ERR_UNKNOWN_FLAGS,
        E::WrongPacketLength(_) => S::OSSUARY_ERR_WRONG_PACKET_LENGTH,
        E::UnexpectedPacket(_) => S::OSSUARY_ERR_UNEXPECTED_PACKET,
        E::WrongMessageId { .. } => S::OSSUARY_ERR_WRONG_MESSAGE_ID,
        E::MalformedAlert => S::OSSUARY_ERR_MALFORMED_ALERT,
        E::InvalidShare => S::OSSUARY_ERR_INVALID_SHARE,
        E::DecryptionFailed => S::OSSUARY_ERR_DECRYPTION_FAILED,
        E::TimedOut => S::OSSUARY_ERR_TIMED_OUT,
        E::VersionNotSupported(_) => S::OSSUARY_ERR_VERSION_NOT_SUPPORTED,
        E::SuiteNotSupported { .. } => S::OSSUARY_ERR_SUITE_NOT_SUPPORTED,
        E::BadSignature => S::OSSUARY_ERR_BAD_SIGNATURE,
        E::SchemeNotSupported(_) => S::OSSUARY_ERR_SCHEME_NOT_SUPPORTED,
        E::MalformedIdentity => S::OSSUARY_ERR_MALFORMED_IDENTITY,
        E::AnonymousPeer => S::OSSUARY_ERR_PEER_WITHOUT_KEY,
        E::NotAuthorized(_) => S::OSSUARY_ERR_NOT_AUTHORIZED,
        E::KeyChanged(_) => S::OSSUARY_ERR_KEY_CHANGED,
        E::KeyRevoked(_) => S::OSSUARY_ERR_KEY_REVOKED,
        E::IdentityChanged => S::OSSUARY_ERR_IDENTITY_CHANGED,
        E::ImpossibleCount(_) => S::OSSUARY_ERR_IMPOSSIBLE_COUNT,
        E::BadPadding => S::OSSUARY_ERR_BAD_PADDING,
        E::MalformedClose => S::OSSUARY_ERR_MALFORMED_CLOSE,
        E::KeyLimitReached => S::OSSUARY_ERR_KEY_LIMIT_REACHED,
        E::NonceTooNear => S::OSSUARY_ERR_NONCE_TOO_NEAR,
        E::TooManyResets(_) => S::OSSUARY_ERR_TOO_MANY_RESETS,
        E::Disconnected(_) => S::OSSUARY_ERR_DISCONNECTED,
        E::SuiteRefused(_) => S::OSSUARY_ERR_SUITE_REFUSED,
        E::StreamEnded => S::OSSUARY_ERR_STREAM_ENDED,
        E::UnprovenClose => S::OSSUARY_ERR_UNPROVEN_CLOSE,
        E::LocalEnd => S::OSSUARY_ERR_LOCAL_END,
        E::LocalFailure => S::OSSUARY_ERR_LOCAL_FAILURE,
        _ => S::OSSUARY_ERR_PEER,
    }
}

pub(crate) fn of_reset(cause: &ResetCause) -> ossuary_status_t {
    match cause {
        ResetCause::Here(error) => of_peer(error),
        ResetCause::Peer(_) => S::OSSUARY_ERR_RESET_BY_PEER,
    }
}

fn of_key_store(kind: KeyStoreErrorKind) -> ossuary_status_t {
    match kind {
        KeyStoreErrorKind::NotFound => S::OSSUARY_ERR_KEY_NOT_FOUND,
        KeyStoreErrorKind::Locked => S::OSSUARY_ERR_KEY_LOCKED,
        KeyStoreErrorKind::Denied => S::OSSUARY_ERR_KEY_DENIED,
        KeyStoreErrorKind::Cancelled => S::OSSUARY_ERR_KEY_CANCELLED,
        KeyStoreErrorKind::TryAgain => S::OSSUARY_ERR_KEY_TRY_AGAIN,
        _ => S::OSSUARY_ERR_KEY_BROKEN,
    }
}

/// The class that a callback names by a status; what is none of these is a defect of the
/// callback.
pub(crate) fn key_store_kind(status: StatusCode) -> KeyStoreErrorKind {
    match S::from_repr(status) {
        Some(S::OSSUARY_ERR_KEY_NOT_FOUND) => KeyStoreErrorKind::NotFound,
        Some(S::OSSUARY_ERR_KEY_LOCKED) => KeyStoreErrorKind::Locked,
        Some(S::OSSUARY_ERR_KEY_DENIED) => KeyStoreErrorKind::Denied,
        Some(S::OSSUARY_ERR_KEY_CANCELLED) => KeyStoreErrorKind::Cancelled,
        Some(S::OSSUARY_ERR_KEY_TRY_AGAIN) => KeyStoreErrorKind::TryAgain,
        _ => KeyStoreErrorKind::Broken,
    }
}

/// The name of a status: its identifier in the enumeration.
pub(crate) fn name(status: StatusCode) -> &'static CStr {
    let name = S::from_repr(status).map(<&'static str>::from);
    name.and_then(|name| CStr::from_bytes_with_nul(name.as_bytes()).ok())
        .unwrap_or(c"unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossuary::{Reason, SignatureScheme};
    use std::collections::BTreeSet;
    use strum::IntoEnumIterator;

    #[test]
    fn every_status_has_a_name_a_class_and_a_number_of_its_own() {
        let mut numbers = BTreeSet::new();
        for status in S::iter() {
            assert!(numbers.insert(status.code()));
            let text = name(status.code()).to_str().unwrap();
            assert_eq!(text, format!("{status:?}"));
            let class = ossuary_error_class(status.code());
            let unknown = ossuary_error_class_t::OSSUARY_CLASS_UNKNOWN as ClassCode;
            assert_eq!(class == unknown, status == S::OSSUARY_ERR_OTHER, "{text}");
        }
        assert_eq!(name(-12345), c"unknown");
        assert_eq!(
            ossuary_error_class(i32::MIN),
            ossuary_error_class_t::OSSUARY_CLASS_UNKNOWN as ClassCode
        );
    }

    /// The names of the two sides agree: what differs is listed here. What C programs do not see
    /// returned in a test is seen so at least.
    #[test]
    fn every_error_has_the_status_of_its_name() {
        use Misuse as M;
        use PeerError as P;
        let (_, identity) = crate::key::generate(SignatureScheme::Ed25519).unwrap();
        let boxed = || Box::new(identity.clone());
        let suite = <crate::library::Suite as ossuary::CryptoSuite>::ID;
        let wrong = ossuary::ossuary_traits::WrongLength {
            expected: 1,
            given: 2,
        };
        let message_id = P::WrongMessageId {
            expected: 1,
            received: 2,
        };
        let unsupported = P::SuiteNotSupported {
            asked: [0; 3],
            ours: [].into(),
        };
        let peer = [
            P::UnknownPacketType(0),
            P::UnknownVersion(0),
            P::UnknownFlags(0),
            P::WrongPacketLength(0),
            P::UnexpectedPacket(0),
            message_id,
            P::MalformedAlert,
            P::InvalidShare,
            P::DecryptionFailed,
            P::TimedOut,
            P::VersionNotSupported(0),
            unsupported,
            P::BadSignature,
            P::SchemeNotSupported(0),
            P::MalformedIdentity,
            P::AnonymousPeer,
            P::NotAuthorized(boxed()),
            P::KeyChanged(boxed()),
            P::KeyRevoked(boxed()),
            P::IdentityChanged,
            P::ImpossibleCount(0),
            P::BadPadding,
            P::MalformedClose,
            P::KeyLimitReached,
            P::NonceTooNear,
            P::TooManyResets(Reason::Failed),
            P::Disconnected(Reason::Failed),
            P::SuiteRefused(suite),
            P::StreamEnded,
            P::UnprovenClose,
            P::LocalEnd,
            P::LocalFailure,
        ];
        let misuse = [
            M::RecordTooLong { len: 2, max: 1 },
            M::PaddedTooShort { needed: 1 },
            M::NotOpen,
            M::FlushFirst,
            M::PacketBegun,
            M::NoHostKey,
            M::UnknownIdentity,
            M::SchemeNotInSuite(SignatureScheme::Ed25519),
            M::WrongLength(wrong),
            M::InvalidSecretKey,
            M::PreSharedKeyTooShort,
            M::CounterExhausted,
            M::NoDecisionPending,
            M::NoSignaturePending,
            M::HandshakeBegun,
            M::WrongRole,
            M::ExportTooLong,
            M::AnonymousPeer,
            M::ForeignHalf,
            M::NotInProtocol1,
            M::SchemeNotInProtocol1(SignatureScheme::MlDsa65),
        ];
        let peer = peer
            .into_iter()
            .map(|error| (format!("{error:?}"), error.into()));
        let misuse = misuse
            .into_iter()
            .map(|error| (format!("{error:?}"), error.into()));
        let mut found = BTreeSet::new();
        for (debug, error) in peer.chain(misuse) {
            let error: OssuaryError = error;
            let of_peer = matches!(error, OssuaryError::Peer(_));
            let variant = debug.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let variant = match variant {
                "AnonymousPeer" if of_peer => "PeerWithoutKey",
                other => other,
            };
            // As the identifiers of C are made: OSSUARY_ERR_WRONG_MESSAGE_ID.
            let mut name = String::from("OSSUARY_ERR");
            for c in variant.chars() {
                if c.is_ascii_uppercase() || c.is_ascii_digit() {
                    name.push('_');
                }
                name.push(c.to_ascii_uppercase());
            }
            let status = Failure::from(error).status;
            assert_eq!(format!("{status:?}"), name);
            assert!(found.insert(name));
        }
        for (kind, expected) in [
            (KeyStoreErrorKind::NotFound, S::OSSUARY_ERR_KEY_NOT_FOUND),
            (KeyStoreErrorKind::Locked, S::OSSUARY_ERR_KEY_LOCKED),
            (KeyStoreErrorKind::Denied, S::OSSUARY_ERR_KEY_DENIED),
            (KeyStoreErrorKind::Cancelled, S::OSSUARY_ERR_KEY_CANCELLED),
            (KeyStoreErrorKind::TryAgain, S::OSSUARY_ERR_KEY_TRY_AGAIN),
            (KeyStoreErrorKind::Broken, S::OSSUARY_ERR_KEY_BROKEN),
        ] {
            assert_eq!(Failure::from(KeyStoreError::new(kind)).status, expected);
            assert_eq!(key_store_kind(expected.code()), kind);
        }
        let crypto = Failure::from(CryptoError::Unsupported);
        assert_eq!(crypto.status, S::OSSUARY_ERR_CRYPTO);
        let trust = Failure::from(OssuaryError::Trust("no".into()));
        assert_eq!(trust.status, S::OSSUARY_ERR_TRUST);
    }

    #[test]
    fn an_error_is_told_with_its_sources_and_each_once() {
        let store = KeyStoreError::with_source(KeyStoreErrorKind::Locked, "the door is shut");
        let failure = Failure::from(store);
        assert_eq!(failure.status, S::OSSUARY_ERR_KEY_LOCKED);
        assert_eq!(failure.text, "the key store is locked: the door is shut");
        let failure = Failure::too_small(77);
        assert_eq!(failure.needed, 77);
        assert_eq!(failure.status, S::OSSUARY_ERR_BUFFER_TOO_SMALL);
    }

    #[test]
    fn zero_bytes_do_not_end_a_text() {
        assert_eq!(text("a\0b").as_c_str(), c"ab");
    }
}
