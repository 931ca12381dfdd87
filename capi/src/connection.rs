//! Connections, on buffers of the caller's.

use crate::config::{Config, OssuaryConfig, SharedStore};
use crate::handle::{Handle, call, destroy, enter, last_error, look};
use crate::key::{SchemeCode, identity, scheme_code};
use crate::library::Suite;
use crate::pointer::{
    Out, Place, bytes, bytes_mut, copy, optional, read, ready, result, sized, written,
};
use crate::simple::Simple;
use crate::status::{Failure, StatusCode, of_peer, of_reset, ossuary_status_t as S};
use ossuary::{Channel, Event, Identity, OssuaryError, Receiver, ResetCause, Signature, Status};
use std::ffi::c_char;
use std::marker::PhantomData;
use std::ptr;
use std::time::Duration;

/// One end of a secure channel. It does no input or output: the program carries bytes between it
/// and its stream.
///
/// It is used by one thread at a time, of any thread; a call while another is not done returns
/// OSSUARY_ERR_BUSY. For two threads there is `ossuary_split`.
pub struct OssuaryConnection(PhantomData<Handle<Connection>>);

/// What is behind an `OssuaryConnection`.
pub(crate) struct Connection {
    pub(crate) ends: Ends,
    /// For the functions of 2019.
    pub(crate) simple: Simple,
}

/// By another name than that of C, which cbindgen would take it for.
pub(crate) use ossuary::OssuaryConnection as Core;

type Whole = Core<Suite, SharedStore>;

/// What there is of a connection.
pub(crate) enum Ends {
    Whole(Box<Whole>),
    /// Its sending half is an `OssuarySender`.
    Receiving(Box<Receiver<Suite, SharedStore>>),
    #[cfg(feature = "v1")]
    V1(Box<ossuary::v1::Connection<crate::library::SuiteV1, SharedStore>>),
    /// While it is changed from one to another.
    Nothing,
}

impl Connection {
    pub(crate) fn new(connection: Whole, simple: Simple) -> Self {
        Connection {
            ends: Ends::Whole(connection.into()),
            simple,
        }
    }

    /// Both directions, for what begins the handshake, or ends the connection.
    fn begun(&mut self) -> Result<&mut (dyn Channel + 'static), Failure> {
        self.simple = Simple::none();
        self.whole()
    }

    /// Both directions.
    pub(crate) fn whole(&mut self) -> Result<&mut (dyn Channel + 'static), Failure> {
        match &mut self.ends {
            Ends::Whole(connection) => Ok(&mut **connection),
            #[cfg(feature = "v1")]
            Ends::V1(connection) => Ok(&mut **connection),
            Ends::Receiving(_) | Ends::Nothing => Err(split()),
        }
    }

    /// What can be asked of it in any case.
    fn read(&self) -> Result<&(dyn Channel + 'static), Failure> {
        match &self.ends {
            Ends::Whole(connection) => Ok(&**connection),
            #[cfg(feature = "v1")]
            Ends::V1(connection) => Ok(&**connection),
            Ends::Receiving(receiver) => Ok(receiver.connection()),
            Ends::Nothing => Err(split()),
        }
    }
}

pub(crate) fn split() -> Failure {
    Failure::new(
        S::OSSUARY_ERR_SPLIT,
        "the sending half is split off: seal with it, or join the halves first",
    )
}

impl OssuaryConnection {
    /// The handle that a pointer of C is to.
    pub(crate) fn handle(connection: *mut OssuaryConnection) -> *mut Handle<Connection> {
        connection.cast()
    }

    fn handle_to_read(connection: *const OssuaryConnection) -> *const Handle<Connection> {
        connection.cast()
    }
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ossuary_state_t {
    /// There is none: a null pointer, a call that is not done, an earlier defect.
    OSSUARY_STATE_NONE = 0,
    /// The first handshake is under way.
    OSSUARY_STATE_HANDSHAKING = 1,
    /// The channel lost its keys, and a new handshake is under way.
    OSSUARY_STATE_RECOVERING = 2,
    /// The program is to decide about the peer's key: `ossuary_undecided_peer`,
    /// `ossuary_decide`.
    OSSUARY_STATE_UNDECIDED = 3,
    /// The program is to bring this side's signature: `ossuary_pending_signature`,
    /// `ossuary_provide_signature`.
    OSSUARY_STATE_AWAITING_SIGNATURE = 4,
    /// Records go both ways.
    OSSUARY_STATE_OPEN = 5,
    /// It is over, by a clean close.
    OSSUARY_STATE_CLOSED = 6,
    /// It is over, by an error: `ossuary_failure`.
    OSSUARY_STATE_FAILED = 7,
}

/// A state as it crosses the ABI.
pub(crate) type StateCode = u32;

fn state_code(status: Status) -> StateCode {
    use ossuary_state_t as T;
    let state = match status {
        Status::Handshaking => T::OSSUARY_STATE_HANDSHAKING,
        Status::Recovering => T::OSSUARY_STATE_RECOVERING,
        Status::Undecided => T::OSSUARY_STATE_UNDECIDED,
        Status::AwaitingSignature => T::OSSUARY_STATE_AWAITING_SIGNATURE,
        Status::Open => T::OSSUARY_STATE_OPEN,
        Status::Closed => T::OSSUARY_STATE_CLOSED,
        Status::Failed => T::OSSUARY_STATE_FAILED,
        _ => T::OSSUARY_STATE_NONE,
    };
    state as StateCode
}

/// What `ossuary_receive` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ossuary_event_t {
    /// Nothing: the call failed.
    OSSUARY_EVENT_NONE = 0,
    /// The next packet is not whole: at least `need` more bytes are needed.
    OSSUARY_EVENT_NEED_BYTES = 1,
    /// Nothing is read now: the connection has something to send first, or waits for the
    /// program's decision or signature.
    OSSUARY_EVENT_NOT_YET = 2,
    /// Something of the protocol's own was dealt with, or dropped. There may be something to send.
    OSSUARY_EVENT_PROGRESS = 3,
    /// The peer has proved its key, and the program is to decide: `ossuary_undecided_peer`,
    /// `ossuary_decide`. This comes once.
    OSSUARY_EVENT_UNDECIDED = 4,
    /// The handshake is done, and the channel is open. This is a server's event: a client's channel
    /// is open when `ossuary_send` has written its last packet of the handshake, and a server's
    /// that waited for `ossuary_decide` when that has returned.
    OSSUARY_EVENT_OPEN = 5,
    /// A record: `plaintext` and `plaintext_len`.
    OSSUARY_EVENT_RECORD = 6,
    /// The channel has lost its keys (`ossuary_last_reset`); `ossuary_send` has what begins a new
    /// handshake.
    OSSUARY_EVENT_RESET = 7,
    /// The peer closed the channel in good order: all that it had sent has come, and nothing more
    /// will. Whether it read what this side had sent last, it does not say.
    OSSUARY_EVENT_CLOSED = 8,
}

/// An event as it crosses the ABI.
pub(crate) type EventCode = u32;

/// What `ossuary_receive` found, and where.
#[repr(C)]
pub struct ossuary_received_t {
    /// What it was.
    pub event: EventCode,
    /// How many bytes at the front of the buffer are done with. They are to be removed before
    /// the next call; what is behind them is untouched.
    pub consumed: usize,
    /// Of OSSUARY_EVENT_RECORD: the plaintext, inside of the buffer that was given; otherwise
    /// null.
    pub plaintext: *mut u8,
    /// Of OSSUARY_EVENT_RECORD: how long it is, in bytes; otherwise 0.
    pub plaintext_len: usize,
    /// Of OSSUARY_EVENT_NEED_BYTES: how many more bytes are needed at least; otherwise 0.
    pub need: usize,
}

impl ossuary_received_t {
    const NOTHING: Self = ossuary_received_t {
        event: ossuary_event_t::OSSUARY_EVENT_NONE as EventCode,
        consumed: 0,
        plaintext: ptr::null_mut(),
        plaintext_len: 0,
        need: 0,
    };

    fn new(consumed: usize, event: Event<'_>) -> Self {
        use ossuary_event_t as T;
        let mut received = ossuary_received_t {
            consumed,
            ..Self::NOTHING
        };
        let kind = match event {
            Event::NeedBytes(need) => {
                received.need = need;
                T::OSSUARY_EVENT_NEED_BYTES
            }
            Event::NotYet => T::OSSUARY_EVENT_NOT_YET,
            Event::Undecided => T::OSSUARY_EVENT_UNDECIDED,
            Event::Open => T::OSSUARY_EVENT_OPEN,
            Event::Record(plaintext) => {
                received.plaintext = plaintext.as_mut_ptr();
                received.plaintext_len = plaintext.len();
                T::OSSUARY_EVENT_RECORD
            }
            Event::Reset(_) => T::OSSUARY_EVENT_RESET,
            Event::Closed => T::OSSUARY_EVENT_CLOSED,
            _ => T::OSSUARY_EVENT_PROGRESS,
        };
        received.event = kind as EventCode;
        received
    }
}

/// What became of the records that this side had sent when the channel was reset: the first
/// `received` of them arrived, and the others did not.
#[repr(C)]
pub struct ossuary_delivery_t {
    /// How many records this side had sent, over the whole connection.
    pub sent: u64,
    /// How many of them arrived. In protocol 1, which tells nobody, 0.
    pub received: u64,
    /// 1 where the two sides told each other their counts; 0 in protocol 1, where records of the
    /// peer's may be missing too.
    pub counted: u8,
}

/// Creates a connection of protocol 2, and sets `*connection` to it; to null where the call
/// fails. It is freed by `ossuary_destroy_connection`.
///
/// Key store callbacks are called inside of this call.
///
/// Errors: OSSUARY_ERR_NO_HOST_KEY for a server without a key, OSSUARY_ERR_UNKNOWN_IDENTITY,
/// OSSUARY_ERR_SCHEME_NOT_IN_SUITE, OSSUARY_ERR_PRE_SHARED_KEY_TOO_SHORT, OSSUARY_ERR_CRYPTO
/// where the cryptography library cannot run on this machine, OSSUARY_ERR_KEY_... of a key store
/// that could not be asked. The text is that of `ossuary_config_last_error`.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_create_connection_with(
    config: *mut OssuaryConfig,
    connection: *mut *mut OssuaryConnection,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        create(config, connection, |config| {
            Ok(Ends::Whole(config.connection()?.into()))
        })
    }
}

/// Creates a connection of protocol 1, that of 2019, for a peer that speaks no other. Host keys
/// have to be Ed25519 keys; there is no prologue, no pre-shared key, no padding, no re-keying and
/// no exporter; and a forged or missing end of the conversation cannot be told from the peer's
/// own. Wherever both ends can be changed, use protocol 2.
///
/// It takes the full interface only, without `ossuary_split`: the functions of 2019
/// (`ossuary_send_data` and those beside it) speak protocol 2.
///
/// Errors: OSSUARY_ERR_NOT_BUILT where this library was built without its feature `v1`;
/// OSSUARY_ERR_SCHEME_NOT_IN_PROTOCOL_1, OSSUARY_ERR_NOT_IN_PROTOCOL_1, and those of
/// `ossuary_create_connection_with`.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_create_connection_v1(
    config: *mut OssuaryConfig,
    connection: *mut *mut OssuaryConnection,
) -> StatusCode {
    #[cfg(feature = "v1")]
    let ends = |config: &mut Config| Ok(Ends::V1(config.connection_v1()?.into()));
    #[cfg(not(feature = "v1"))]
    let ends = |_: &mut Config| Err(crate::store::not_built("v1"));
    // SAFETY: the documentation says what the pointers are.
    unsafe { create(config, connection, ends) }
}

/// # Safety
///
/// `config` is null or a configuration; `connection` is null, or a pointer can be written there.
unsafe fn create(
    config: *mut OssuaryConfig,
    connection: *mut *mut OssuaryConnection,
    ends: impl FnOnce(&mut Config) -> Result<Ends, Failure>,
) -> StatusCode {
    // SAFETY: the caller promises it.
    unsafe {
        call(
            OssuaryConfig::handle(config),
            &[result(connection)],
            |config| {
                let mut place = Out::new(connection);
                let connection = Connection {
                    ends: ends(config)?,
                    simple: Simple::none(),
                };
                place.set(Handle::give(connection).cast());
                Ok(())
            },
        )
    }
}

/// Frees a connection, wipes its keys, and sets `*conn` to null. The peer is told nothing: see
/// `ossuary_disconnect`. Null, and a null connection, are nothing to free. Inside of a callback
/// of the same connection, it is freed when the call is done that the callback belongs to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_destroy_connection(conn: *mut *mut OssuaryConnection) {
    // SAFETY: the documentation says it; a connection is its handle.
    unsafe { destroy::<Connection>(conn.cast()) }
}

/// What the last call on `conn` that failed says, for people, in UTF-8: what is wrong and what
/// helps, without secrets. It is empty where none has failed, and valid until the next call on
/// `conn`. For null it is that of the last call on this thread that had no object, or whose object
/// was null or busy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_last_error(conn: *const OssuaryConnection) -> *const c_char {
    // SAFETY: the documentation says it.
    unsafe { last_error(OssuaryConnection::handle_to_read(conn)).1 }
}

/// The status of the call whose text `ossuary_last_error` has. Of a function of 2019, which
/// returns OSSUARY_ERR_OTHER for most, it is the one that tells what is wrong.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_last_error_code(conn: *const OssuaryConnection) -> StatusCode {
    // SAFETY: the documentation says it.
    unsafe { last_error(OssuaryConnection::handle_to_read(conn)).0 }
}

/// What the connection is doing.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_state(conn: *const OssuaryConnection) -> StateCode {
    let none = ossuary_state_t::OSSUARY_STATE_NONE as StateCode;
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        look(
            OssuaryConnection::handle_to_read(conn),
            none,
            |connection| {
                connection
                    .read()
                    .map_or(none, |channel| state_code(channel.status()))
            },
        )
    }
}

/// The version of the protocol that the connection speaks: 2 or 1; 0 for null.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_protocol(conn: *const OssuaryConnection) -> u8 {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        look(OssuaryConnection::handle_to_read(conn), 0, |connection| {
            connection.read().map_or(0, |channel| channel.protocol())
        })
    }
}

/// The longest plaintext of a record of this connection, in bytes: OSSUARY_MAX_PLAINTEXT, and
/// less in protocol 1. For null it is OSSUARY_MAX_PLAINTEXT.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_max_plaintext(conn: *const OssuaryConnection) -> usize {
    let most = ossuary::MAX_PLAINTEXT;
    if conn.is_null() {
        return most;
    }
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        look(
            OssuaryConnection::handle_to_read(conn),
            most,
            |connection| {
                connection
                    .read()
                    .map_or(most, |channel| channel.max_plaintext())
            },
        )
    }
}

/// How many bytes longer a record of this connection is than its plaintext:
/// OSSUARY_RECORD_OVERHEAD, and more in protocol 1. For null it is OSSUARY_RECORD_OVERHEAD.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_record_overhead(conn: *const OssuaryConnection) -> usize {
    let overhead = ossuary::RECORD_OVERHEAD;
    if conn.is_null() {
        return overhead;
    }
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        look(
            OssuaryConnection::handle_to_read(conn),
            overhead,
            |connection| {
                connection
                    .read()
                    .map_or(overhead, |channel| channel.record_overhead())
            },
        )
    }
}

/// How many bytes `ossuary_send` needs; 0 where it has nothing to write. Nothing is received
/// before that is written.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_send_len(conn: *const OssuaryConnection) -> usize {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        look(
            OssuaryConnection::handle_to_read(conn),
            0,
            |connection| match &connection.ends {
                Ends::Receiving(_) => 0,
                _ => connection.read().map_or(0, |channel| channel.send_len()),
            },
        )
    }
}

/// Writes the next packet of the protocol's own to the front of `out`, and its length to
/// `out_len`; 0 where there is none. The bytes are to be sent, all of them and once, before any
/// record that is sealed later. OSSUARY_MAX_PACKET bytes are always enough.
///
/// This is where the key store is asked for a signature. Where the answer is that it comes later,
/// there is nothing to send until `ossuary_provide_signature`.
///
/// Errors: OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `out_len`, and
/// OSSUARY_ERR_KEY_...: nothing has changed, and the call can be repeated. OSSUARY_ERR_CRYPTO,
/// OSSUARY_ERR_RANDOM. OSSUARY_ERR_SPLIT, and OSSUARY_ERR_FLUSH_FIRST where a function of 2019
/// keeps a part of an earlier packet.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 4)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_send(
    conn: *mut OssuaryConnection,
    out: *mut u8,
    out_size: usize,
    out_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[written(out, out_size), result(out_len)],
            |connection| {
                let mut len = Out::new(out_len);
                let out = bytes_mut(out, out_size)?;
                let channel = connection.begun()?;
                sized(&mut len, || Ok(channel.send(out)?))
            },
        )
    }
}

/// Takes the next packet at the front of `buffer`, bytes as they came from the stream, and opens
/// it where it stands. At most one packet is taken; `received` tells what it was and how many
/// bytes it had. `buffer` may hold less than a packet, which stays where it is for the next call,
/// with more behind it; or more, which is for the calls after. A buffer of OSSUARY_MAX_PACKET
/// bytes is always enough.
///
/// The trust callback is called inside of this call.
///
/// Errors: those of the class OSSUARY_CLASS_PEER, OSSUARY_ERR_CRYPTO and OSSUARY_ERR_TRUST: the
/// connection has ended, and `ossuary_send` may have the packet that tells the peer. After that
/// OSSUARY_ERR_CONNECTION_FAILED or OSSUARY_ERR_CONNECTION_CLOSED. OSSUARY_ERR_PACKET_BEGUN where
/// `ossuary_recv_handshake` or `ossuary_recv_data` keeps a part of a packet.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 4)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_receive(
    conn: *mut OssuaryConnection,
    buffer: *mut u8,
    buffer_len: usize,
    received: *mut ossuary_received_t,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[written(buffer, buffer_len), result(received)],
            |connection| {
                let mut place = Out::new(received);
                let input = bytes_mut(buffer, buffer_len)?;
                connection.simple = Simple::none();
                let received = match &mut connection.ends {
                    Ends::Whole(connection) => connection.receive(input)?,
                    Ends::Receiving(receiver) => receiver.receive(input)?,
                    #[cfg(feature = "v1")]
                    Ends::V1(connection) => Channel::receive(&mut **connection, input)?,
                    Ends::Nothing => return Err(split()),
                };
                place.set(ossuary_received_t::new(received.consumed, received.event));
                Ok(())
            },
        )
    }
}

/// Seals `plaintext` as one record to the front of `out`, and writes its length to `out_len`:
/// `ossuary_record_overhead` bytes more than the plaintext's. The buffers must not overlap.
///
/// Errors, after which nothing has changed: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_RECORD_TOO_LONG,
/// OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `out_len`,
/// OSSUARY_ERR_COUNTER_EXHAUSTED, OSSUARY_ERR_OVERLAP, OSSUARY_ERR_SPLIT,
/// OSSUARY_ERR_FLUSH_FIRST where `ossuary_send_data` keeps a part of an earlier record,
/// OSSUARY_ERR_CONNECTION_CLOSED, OSSUARY_ERR_CONNECTION_FAILED.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 6)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_seal(
    conn: *mut OssuaryConnection,
    plaintext: *const u8,
    plaintext_len: usize,
    out: *mut u8,
    out_size: usize,
    out_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[
                read(plaintext, plaintext_len),
                written(out, out_size),
                result(out_len),
            ],
            |connection| {
                let mut len = Out::new(out_len);
                let plaintext = bytes(plaintext, plaintext_len)?;
                let out = bytes_mut(out, out_size)?;
                let channel = connection.whole()?;
                sized(&mut len, || Ok(channel.seal(plaintext, out)?))
            },
        )
    }
}

/// Seals in place. `buffer`, of `buffer_size` bytes, has the plaintext of `plaintext_len` bytes
/// at OSSUARY_PLAINTEXT_OFFSET, and gets the record, whose length is written to `record_len`: it
/// is `ossuary_record_overhead` bytes longer than the plaintext.
///
/// Errors: as those of `ossuary_seal`, after which the buffer is as it was.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2, 5)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_seal_in_place(
    conn: *mut OssuaryConnection,
    buffer: *mut u8,
    buffer_size: usize,
    plaintext_len: usize,
    record_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[written(buffer, buffer_size), result(record_len)],
            |connection| {
                let mut len = Out::new(record_len);
                let buffer = bytes_mut(buffer, buffer_size)?;
                let channel = connection.whole()?;
                sized(&mut len, || {
                    Ok(channel.seal_in_place(buffer, plaintext_len)?)
                })
            },
        )
    }
}

/// Seals as `ossuary_seal` does, with padding: the record is as long as one of `padded_len` bytes,
/// whatever the plaintext is. `padded_len` is at least one more than `plaintext_len`.
///
/// Errors: as those of `ossuary_seal`; OSSUARY_ERR_PADDED_TOO_SHORT,
/// OSSUARY_ERR_NOT_IN_PROTOCOL_1.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 7)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_seal_padded(
    conn: *mut OssuaryConnection,
    plaintext: *const u8,
    plaintext_len: usize,
    padded_len: usize,
    out: *mut u8,
    out_size: usize,
    out_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[
                read(plaintext, plaintext_len),
                written(out, out_size),
                result(out_len),
            ],
            |connection| {
                let mut len = Out::new(out_len);
                let plaintext = bytes(plaintext, plaintext_len)?;
                let out = bytes_mut(out, out_size)?;
                let channel = connection.whole()?;
                sized(&mut len, || {
                    Ok(channel.seal_padded(plaintext, padded_len, out)?)
                })
            },
        )
    }
}

/// Goes on with a new key after the next record.
///
/// Errors: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_SPLIT, OSSUARY_ERR_NOT_IN_PROTOCOL_1,
/// OSSUARY_ERR_CONNECTION_CLOSED, OSSUARY_ERR_CONNECTION_FAILED.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_rekey(conn: *mut OssuaryConnection) -> StatusCode {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        call(OssuaryConnection::handle(conn), &[], |connection| {
            Ok(connection.whole()?.rekey()?)
        })
    }
}

/// Ends the connection: `ossuary_send` then has the last packet, which tells the peer. With
/// `with_error` 0 an open channel is closed in good order, of which the peer learns that nothing
/// is missing; otherwise, and before the channel is open, it is ended by an error. Nothing is
/// received any more: a program that wants what the peer is still sending has it say when it is
/// done, and ends then.
///
/// Errors: OSSUARY_ERR_SPLIT.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_disconnect(
    conn: *mut OssuaryConnection,
    with_error: i32,
) -> StatusCode {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        call(OssuaryConnection::handle(conn), &[], |connection| {
            connection.begun()?.disconnect(with_error != 0);
            Ok(())
        })
    }
}

/// Says that the stream has ended: nothing more will come.
///
/// It returns OSSUARY_OK where the connection had been closed in good order,
/// OSSUARY_ERR_STREAM_ENDED where data may be missing, and OSSUARY_ERR_CONNECTION_FAILED where it
/// had failed before.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_end_of_stream(conn: *mut OssuaryConnection) -> StatusCode {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        call(OssuaryConnection::handle(conn), &[], |connection| {
            match &mut connection.ends {
                Ends::Receiving(receiver) => receiver.end_of_stream()?,
                _ => connection.begun()?.end_of_stream()?,
            }
            Ok(())
        })
    }
}

/// Tells the time, in milliseconds of a clock that does not go back, whatever it began at. Where a
/// timeout has come, the channel is reset or the connection ends, and `timed_out` is set to 1,
/// otherwise to 0; `timed_out` may be null.
///
/// Errors: OSSUARY_ERR_TOO_MANY_RESETS: the connection has ended.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_advance(
    conn: *mut OssuaryConnection,
    now_ms: u64,
    timed_out: *mut i32,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[optional(timed_out)],
            |connection| {
                let mut timed_out = Out::new(timed_out);
                let now = Duration::from_millis(now_ms);
                let has_come = match &mut connection.ends {
                    Ends::Receiving(receiver) => receiver.advance(now)?,
                    _ => connection.whole()?.advance(now)?,
                };
                connection.simple.told(now, has_come);
                timed_out.set(has_come.into());
                Ok(())
            },
        )
    }
}

/// When the next timeout comes, on the clock that `ossuary_advance` tells, in milliseconds;
/// UINT64_MAX where none is waited for.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_deadline(conn: *const OssuaryConnection) -> u64 {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        look(
            OssuaryConnection::handle_to_read(conn),
            u64::MAX,
            |connection| {
                let deadline = connection
                    .read()
                    .ok()
                    .and_then(|channel| channel.deadline());
                // A part of a millisecond is waited for as a whole one.
                let millis = deadline.map(|deadline| deadline.as_nanos().div_ceil(1_000_000));
                millis.map_or(u64::MAX, |millis| u64::try_from(millis).unwrap_or(u64::MAX))
            },
        )
    }
}

/// Why the connection failed: OSSUARY_OK where it has not. `reason`, which may be null, is set to
/// the reason that stands in the packet which tells the peer of it, or by which the peer told it.
/// `ossuary_last_error` then has the text.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_failure(
    conn: *mut OssuaryConnection,
    reason: *mut u8,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[optional(reason)],
            |connection| {
                let mut reason = Out::new(reason);
                match connection.read()?.failure() {
                    None => Ok(()),
                    Some(error) => {
                        reason.set(error.reason().code());
                        Err(Failure::of(of_peer(error), error))
                    }
                }
            },
        )
    }
}

/// Why the channel was reset last: OSSUARY_OK where it was not; OSSUARY_ERR_RESET_BY_PEER where
/// the peer did; otherwise what this side found. `reason`, which may be null, is set to the reason
/// that stood in the Reset. `ossuary_last_error` then has the text.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_last_reset(
    conn: *mut OssuaryConnection,
    reason: *mut u8,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[optional(reason)],
            |connection| {
                let mut reason = Out::new(reason);
                match connection.read()?.last_reset() {
                    None => Ok(()),
                    Some(cause) => {
                        reason.set(match cause {
                            ResetCause::Here(error) => error.reason().code(),
                            ResetCause::Peer(reason) => reason.code(),
                        });
                        Err(Failure::new(of_reset(cause), cause.to_string()))
                    }
                }
            },
        )
    }
}

/// How many records this side has received, over all handshakes of the connection.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_records_received(conn: *const OssuaryConnection) -> u64 {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        look(OssuaryConnection::handle_to_read(conn), 0, |connection| {
            connection
                .read()
                .map_or(0, |channel| channel.records_received())
        })
    }
}

/// How many records this side has sent; after a recovery, counted on from what the peer has
/// received. While the sending half is split off, it is the count of when that was done.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_records_sent(conn: *const OssuaryConnection) -> u64 {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        look(OssuaryConnection::handle_to_read(conn), 0, |connection| {
            connection
                .read()
                .map_or(0, |channel| channel.records_sent())
        })
    }
}

/// What became of the records that had been sent when the channel was reset: once after a
/// recovery. `present` is set to 1 where there is something to tell, and `delivery` is filled;
/// otherwise to 0. Take it before sending again.
///
/// Errors: OSSUARY_ERR_SPLIT.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2, 3)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_take_delivery(
    conn: *mut OssuaryConnection,
    delivery: *mut ossuary_delivery_t,
    present: *mut i32,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[result(delivery), result(present)],
            |connection| {
                let mut present = Out::new(present);
                let mut place = Out::new(delivery);
                if let Some(delivery) = connection.whole()?.take_delivery() {
                    place.set(ossuary_delivery_t {
                        sent: delivery.sent,
                        received: delivery.received,
                        counted: delivery.counted.into(),
                    });
                    present.set(1);
                }
                Ok(())
            },
        )
    }
}

/// Copies bytes that name this handshake and everything in it, the same on both sides and on no
/// other channel, and their length: 32 or 48, as long as the suite's hash. They are not secret. A
/// recovery changes them.
///
/// Errors: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in
/// `out_len`, OSSUARY_ERR_NOT_IN_PROTOCOL_1, OSSUARY_ERR_CONNECTION_CLOSED,
/// OSSUARY_ERR_CONNECTION_FAILED.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 4)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_channel_binding(
    conn: *mut OssuaryConnection,
    out: *mut u8,
    out_size: usize,
    out_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[written(out, out_size), result(out_len)],
            |connection| {
                let mut len = Out::new(out_len);
                let out = bytes_mut(out, out_size)?;
                let channel = connection.read()?;
                sized(&mut len, || copy(channel.channel_binding()?, out))
            },
        )
    }
}

/// Derives secret bytes that only the two ends of this handshake know, and fills `out` with them:
/// the same label, context and length give the same bytes on both sides. A recovery changes them.
/// `label` has at most 255 bytes. `out` must not overlap the others.
///
/// Errors: as those of `ossuary_channel_binding`; OSSUARY_ERR_EXPORT_TOO_LONG,
/// OSSUARY_ERR_OVERLAP, OSSUARY_ERR_CRYPTO.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_export_keying_material(
    conn: *mut OssuaryConnection,
    label: *const u8,
    label_len: usize,
    context: *const u8,
    context_len: usize,
    out: *mut u8,
    out_size: usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[
                read(label, label_len),
                read(context, context_len),
                written(out, out_size),
            ],
            |connection| {
                let label = bytes(label, label_len)?;
                let context = bytes(context, context_len)?;
                let out = bytes_mut(out, out_size)?;
                Ok(connection
                    .read()?
                    .export_keying_material(label, context, out)?)
            },
        )
    }
}

/// Copies this side's public key; its scheme to `scheme`, OSSUARY_NO_KEY for an anonymous client.
///
/// Errors: OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `public_key_len`.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2, 5)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_local_identity(
    conn: *mut OssuaryConnection,
    scheme: *mut SchemeCode,
    public_key: *mut u8,
    public_key_size: usize,
    public_key_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        identity_of(
            conn,
            scheme,
            (public_key, public_key_size),
            public_key_len,
            |channel| channel.local_identity(),
        )
    }
}

/// Copies the public key that the peer proved to have; its scheme to `scheme`. Before the peer has
/// been verified and trusted, and for an anonymous client, that is OSSUARY_NO_KEY, and the length
/// 0.
///
/// Errors: as those of `ossuary_local_identity`.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2, 5)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_remote_identity(
    conn: *mut OssuaryConnection,
    scheme: *mut SchemeCode,
    public_key: *mut u8,
    public_key_size: usize,
    public_key_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        identity_of(
            conn,
            scheme,
            (public_key, public_key_size),
            public_key_len,
            |channel| channel.remote_identity(),
        )
    }
}

/// Copies the public key of the peer whose key waits for the program's decision; its scheme to
/// `scheme`, OSSUARY_NO_KEY where none does. Its signature has been verified.
///
/// Errors: as those of `ossuary_local_identity`.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2, 5)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_undecided_peer(
    conn: *mut OssuaryConnection,
    scheme: *mut SchemeCode,
    public_key: *mut u8,
    public_key_size: usize,
    public_key_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        identity_of(
            conn,
            scheme,
            (public_key, public_key_size),
            public_key_len,
            |channel| channel.undecided_peer(),
        )
    }
}

/// # Safety
///
/// `conn` is null or a connection; the others are null, or can be written to.
unsafe fn identity_of(
    conn: *mut OssuaryConnection,
    scheme: *mut SchemeCode,
    (public_key, public_key_size): (*mut u8, usize),
    public_key_len: *mut usize,
    which: impl FnOnce(&dyn Channel) -> Option<&Identity>,
) -> StatusCode {
    // SAFETY: the caller promises it.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[
                result(scheme),
                written(public_key, public_key_size),
                result(public_key_len),
            ],
            |connection| {
                let mut len = Out::new(public_key_len);
                let mut place = Out::new(scheme);
                let out = bytes_mut(public_key, public_key_size)?;
                let Some(identity) = which(connection.read()?) else {
                    return Ok(());
                };
                place.set(scheme_code(identity.scheme()));
                sized(&mut len, || copy(identity.public_key(), out))
            },
        )
    }
}

/// Authorizes a public key on this connection, beside those that its policy trusts. Where it is
/// that of the peer that waits for a decision, the peer is trusted.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH, OSSUARY_ERR_SPLIT,
/// OSSUARY_ERR_CRYPTO.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 3)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_authorize(
    conn: *mut OssuaryConnection,
    scheme: SchemeCode,
    public_key: *const u8,
    public_key_len: usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[read(public_key, public_key_len)],
            |connection| {
                connection.authorize(identity(scheme, bytes(public_key, public_key_len)?)?)
            },
        )
    }
}

/// Decides about the peer whose key is undecided, for the rest of the connection: with `trusted` 1
/// it is trusted, with 0 refused. A refusal ends the connection, and `ossuary_send` then has the
/// packet that tells the peer.
///
/// It returns OSSUARY_OK for a refusal too. Errors: OSSUARY_ERR_INVALID_ARGUMENT for another number,
/// such as a status or a verdict: nobody is trusted by it. OSSUARY_ERR_NO_DECISION_PENDING,
/// OSSUARY_ERR_SPLIT, OSSUARY_ERR_CRYPTO.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_decide(conn: *mut OssuaryConnection, trusted: i32) -> StatusCode {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        call(OssuaryConnection::handle(conn), &[], |connection| {
            if !matches!(trusted, 0 | 1) {
                return Err(Failure::new(
                    S::OSSUARY_ERR_INVALID_ARGUMENT,
                    format!("{trusted} is neither 1, which trusts, nor 0"),
                ));
            }
            match connection.whole()?.decide(trusted == 1) {
                Err(OssuaryError::Peer(_)) => Ok(()),
                decided => Ok(decided?),
            }
        })
    }
}

/// Copies what this side's host key is to sign, where the signing callback left it for later:
/// `message_len` bytes, at most OSSUARY_MAX_SIGNED_SIZE, not hashed. `ossuary_local_identity` has
/// the key. The length is 0 where no signature is pending.
///
/// Errors: OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `message_len`.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 4)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_pending_signature(
    conn: *mut OssuaryConnection,
    message: *mut u8,
    message_size: usize,
    message_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[written(message, message_size), result(message_len)],
            |connection| {
                let mut len = Out::new(message_len);
                let out = bytes_mut(message, message_size)?;
                let Some(pending) = connection.read()?.pending_signature() else {
                    return Ok(());
                };
                sized(&mut len, || copy(pending.request().message(), out))
            },
        )
    }
}

/// Brings the signature that the signing callback left for later. It is verified before it is
/// sent; `ossuary_send` then goes on.
///
/// Errors, after which another can be brought: OSSUARY_ERR_NO_SIGNATURE_PENDING,
/// OSSUARY_ERR_SPLIT, OSSUARY_ERR_WRONG_LENGTH, OSSUARY_ERR_KEY_BROKEN where it is not that of the host key over the
/// pending message.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_provide_signature(
    conn: *mut OssuaryConnection,
    signature: *const u8,
    signature_len: usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[read(signature, signature_len)],
            |connection| {
                let signature = bytes(signature, signature_len)?;
                let channel = connection.whole()?;
                let Some(scheme) = channel.local_identity().map(Identity::scheme) else {
                    return Err(ossuary::Misuse::NoSignaturePending.into());
                };
                let signature =
                    Signature::new(scheme, signature).map_err(ossuary::Misuse::WrongLength)?;
                Ok(channel.provide_signature(signature)?)
            },
        )
    }
}

/// Calls `f` on a connection, and gives its result: for the functions of 2019, which are given
/// these places.
///
/// # Safety
///
/// `conn` is null or a connection; where a result's place is not null, it can be written to.
pub(crate) unsafe fn with<R>(
    conn: *mut OssuaryConnection,
    places: &[Place],
    f: impl FnOnce(&mut Connection) -> Result<R, Failure>,
) -> Result<R, StatusCode> {
    // SAFETY: the caller promises it.
    unsafe {
        let ready = ready(places);
        enter(OssuaryConnection::handle(conn), |connection| {
            ready?;
            f(connection)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OssuaryConfig;
    use crate::handle::Handle;
    use crate::key::ossuary_scheme_t;
    use ossuary::{
        KeyStore, KeyStoreError, MemoryKeyStore, Role, SignRequest, Signing, SigningKey,
    };
    use std::ffi::CStr;
    use std::sync::Arc;

    /// A key store with a defect in it.
    struct Defective {
        keys: MemoryKeyStore,
        lists: bool,
    }

    impl KeyStore for Defective {
        fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
            assert!(self.lists, "a defect in listing");
            self.keys.identities()
        }

        fn sign(&self, _: &Identity, _: &SignRequest<'_>) -> Result<Signing, KeyStoreError> {
            panic!("a defect in signing")
        }
    }

    fn config(lists: bool) -> *mut OssuaryConfig {
        let (secret, _) = crate::key::generate(ossuary::SignatureScheme::Ed25519).unwrap();
        let code = ossuary_scheme_t::OSSUARY_ED25519 as SchemeCode;
        let key: Arc<dyn SigningKey + Send + Sync> =
            crate::key::signing_key(code, secret.expose()).unwrap();
        let keys = MemoryKeyStore::new().with(key);
        let mut config = Config::new(Role::Server);
        config.set_store(Arc::new(Defective { keys, lists }));
        Handle::give(config).cast()
    }

    /// Through the functions that C calls: the panic is an error, and the object says so from
    /// then on, until it is destroyed.
    #[test]
    fn a_panic_inside_is_an_error_outside() {
        let mut connection = ptr::null_mut();
        // SAFETY: all objects here live until they are destroyed below, and buffers have the
        // sizes that are given.
        unsafe {
            let mut broken = config(false);
            let status = ossuary_create_connection_with(broken, &raw mut connection);
            assert_eq!(status, S::OSSUARY_ERR_PANIC.code());
            assert!(connection.is_null());
            let text = CStr::from_ptr(crate::config::ossuary_config_last_error(broken));
            assert!(text.to_str().unwrap().contains("a defect in listing"));
            let status = ossuary_create_connection_with(broken, &raw mut connection);
            assert_eq!(status, S::OSSUARY_ERR_POISONED.code());
            crate::config::ossuary_destroy_config(&raw mut broken);
            assert!(broken.is_null());

            let mut sound = config(true);
            let status = ossuary_create_connection_with(sound, &raw mut connection);
            assert_eq!(status, S::OSSUARY_OK.code());
            crate::config::ossuary_destroy_config(&raw mut sound);

            let mut client = Config::new(Role::Client).connection().unwrap();
            let mut buffer = vec![0; crate::OSSUARY_MAX_PACKET];
            let len = client.send(&mut buffer).unwrap();
            let mut received = ossuary_received_t::NOTHING;
            let status = ossuary_receive(connection, buffer.as_mut_ptr(), len, &raw mut received);
            assert_eq!(status, S::OSSUARY_OK.code());
            let mut len = 0;
            for expected in [S::OSSUARY_ERR_PANIC, S::OSSUARY_ERR_POISONED] {
                let out = buffer.as_mut_ptr();
                let status = ossuary_send(connection, out, buffer.len(), &raw mut len);
                assert_eq!(status, expected.code());
                assert_eq!(ossuary_last_error_code(connection), expected.code());
                assert_eq!(ossuary_state(connection), 0);
            }
            ossuary_destroy_connection(&raw mut connection);
            assert!(connection.is_null());
        }
    }
}
