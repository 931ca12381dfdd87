//! Two halves of an open channel, for two threads.

use crate::connection::{Connection, Ends, OssuaryConnection, split as is_split};
use crate::handle::{Handle, call, destroy, last_error, look, take};
use crate::library::Suite;
use crate::pointer::{Out, bytes, bytes_mut, read, result, sized, written};
use crate::status::{Failure, StatusCode, ossuary_status_t as S};
use ossuary::Sender;
use std::ffi::c_char;
use std::marker::PhantomData;
use std::mem;

/// The sending half of a channel, which another thread can use while the connection receives.
pub struct OssuarySender(PhantomData<Handle<Half>>);

type Half = Sender<Suite>;

impl OssuarySender {
    fn handle(sender: *mut OssuarySender) -> *mut Handle<Half> {
        sender.cast()
    }
}

/// Splits the sending half off an open channel, and sets `*sender` to it; to null where the call
/// fails. The connection stays as the other half: it receives, is told the time, and can be asked;
/// whatever needs both halves returns OSSUARY_ERR_SPLIT. The two can be used by two threads at
/// once.
///
/// When `ossuary_needs_join` afterwards, stop sending and join the halves, so that the channel can
/// be recovered or its end be sent.
///
/// Errors, after which the connection is whole: OSSUARY_ERR_NOT_OPEN, OSSUARY_ERR_SPLIT where it
/// is split already, OSSUARY_ERR_NOT_IN_PROTOCOL_1; OSSUARY_ERR_FLUSH_FIRST and
/// OSSUARY_ERR_PACKET_BEGUN where a function of 2019 keeps a part of a packet.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_split(
    conn: *mut OssuaryConnection,
    sender: *mut *mut OssuarySender,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(
            OssuaryConnection::handle(conn),
            &[result(sender)],
            |connection| {
                let mut place = Out::new(sender);
                let whole = match mem::replace(&mut connection.ends, Ends::Nothing) {
                    Ends::Whole(whole) => whole,
                    other => {
                        connection.ends = other;
                        return Err(cannot_split(connection));
                    }
                };
                match whole.split() {
                    Ok((half, receiver)) => {
                        connection.ends = Ends::Receiving(receiver.into());
                        place.set(Handle::give(half).cast());
                        Ok(())
                    }
                    Err((whole, error)) => {
                        connection.ends = Ends::Whole(whole.into());
                        Err(error.into())
                    }
                }
            },
        )
    }
}

fn cannot_split(connection: &Connection) -> Failure {
    match connection.ends {
        #[cfg(feature = "v1")]
        Ends::V1(_) => Failure::new(
            S::OSSUARY_ERR_NOT_IN_PROTOCOL_1,
            "a connection of protocol 1 has no halves",
        ),
        _ => is_split(),
    }
}

/// Whether the channel of a split connection is no longer open, and the halves are to be joined:
/// 1 or 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_needs_join(conn: *const OssuaryConnection) -> i32 {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        look(
            OssuaryConnection::handle(conn.cast_mut()),
            0,
            |connection| match &connection.ends {
                Ends::Receiving(receiver) => receiver.needs_rejoin().into(),
                _ => 0,
            },
        )
    }
}

/// Makes the halves one connection again, frees `*sender`, and sets it to null. Before that the
/// program sees to it that no other thread uses the sending half any more: where one does, this is
/// as if it had been destroyed meanwhile.
///
/// Errors, after which both halves are as they were: OSSUARY_ERR_FOREIGN_HALF where `*sender` is
/// not the half that was split off, OSSUARY_ERR_NULL_POINTER, OSSUARY_ERR_BUSY, and
/// OSSUARY_ERR_NOT_OPEN where the connection is not split.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_join(
    conn: *mut OssuaryConnection,
    sender: *mut *mut OssuarySender,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConnection::handle(conn), &[], |connection| {
            if !matches!(connection.ends, Ends::Receiving(_)) {
                return Err(Failure::new(
                    S::OSSUARY_ERR_NOT_OPEN,
                    "the connection is not split",
                ));
            }
            take::<Half>(sender.cast(), |half| {
                let Ends::Receiving(receiver) = mem::replace(&mut connection.ends, Ends::Nothing)
                else {
                    return Err((half, is_split()));
                };
                match receiver.rejoin(half) {
                    Ok(whole) => {
                        connection.ends = Ends::Whole(whole.into());
                        Ok(())
                    }
                    Err((receiver, half, error)) => {
                        connection.ends = Ends::Receiving(receiver.into());
                        Err((half, error.into()))
                    }
                }
            })
        })
    }
}

/// Frees a sending half, wipes its keys, and sets `*sender` to null. The connection can then
/// receive, and not send any more. Null, and a null half, are nothing to free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_destroy_sender(sender: *mut *mut OssuarySender) {
    // SAFETY: the documentation says it; a sender is its handle.
    unsafe { destroy::<Half>(sender.cast()) }
}

/// What the last call on `sender` that failed says, as `ossuary_last_error` does of a connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_sender_last_error(sender: *const OssuarySender) -> *const c_char {
    // SAFETY: the documentation says it.
    unsafe { last_error::<Half>(sender.cast()).1 }
}

/// Seals as `ossuary_seal` does.
///
/// Errors, after which nothing has changed: OSSUARY_ERR_RECORD_TOO_LONG,
/// OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `out_len`,
/// OSSUARY_ERR_COUNTER_EXHAUSTED, OSSUARY_ERR_OVERLAP, OSSUARY_ERR_CONNECTION_CLOSED after
/// `ossuary_sender_close`. A reset or the peer's close is the connection's to notice.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 6)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_sender_seal(
    sender: *mut OssuarySender,
    plaintext: *const u8,
    plaintext_len: usize,
    out: *mut u8,
    out_size: usize,
    out_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuarySender::handle(sender),
            &[
                read(plaintext, plaintext_len),
                written(out, out_size),
                result(out_len),
            ],
            |sender| {
                let mut len = Out::new(out_len);
                let plaintext = bytes(plaintext, plaintext_len)?;
                let out = bytes_mut(out, out_size)?;
                sized(&mut len, || Ok(sender.seal(plaintext, out)?))
            },
        )
    }
}

/// Seals as `ossuary_seal_in_place` does.
///
/// Errors: as those of `ossuary_sender_seal`.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2, 5)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_sender_seal_in_place(
    sender: *mut OssuarySender,
    buffer: *mut u8,
    buffer_size: usize,
    plaintext_len: usize,
    record_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuarySender::handle(sender),
            &[written(buffer, buffer_size), result(record_len)],
            |sender| {
                let mut len = Out::new(record_len);
                let buffer = bytes_mut(buffer, buffer_size)?;
                sized(
                    &mut len,
                    || Ok(sender.seal_in_place(buffer, plaintext_len)?),
                )
            },
        )
    }
}

/// Seals as `ossuary_seal_padded` does.
///
/// Errors: as those of `ossuary_sender_seal`; OSSUARY_ERR_PADDED_TOO_SHORT.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 7)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_sender_seal_padded(
    sender: *mut OssuarySender,
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
            OssuarySender::handle(sender),
            &[
                read(plaintext, plaintext_len),
                written(out, out_size),
                result(out_len),
            ],
            |sender| {
                let mut len = Out::new(out_len);
                let plaintext = bytes(plaintext, plaintext_len)?;
                let out = bytes_mut(out, out_size)?;
                sized(&mut len, || {
                    Ok(sender.seal_padded(plaintext, padded_len, out)?)
                })
            },
        )
    }
}

/// Goes on with a new key after the next record.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_sender_rekey(sender: *mut OssuarySender) -> StatusCode {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        call(OssuarySender::handle(sender), &[], |sender| {
            sender.rekey();
            Ok(())
        })
    }
}

/// Writes the packet of a clean close to the front of `out`, and its length to `out_len`:
/// OSSUARY_CLOSE_SIZE bytes. Nothing can be sealed afterwards; the connection still receives what
/// the peer had sent, and when the halves are joined, it is over.
///
/// Errors, after which nothing has changed: OSSUARY_ERR_BUFFER_TOO_SMALL,
/// OSSUARY_ERR_CONNECTION_CLOSED where it was closed before.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 4)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_sender_close(
    sender: *mut OssuarySender,
    out: *mut u8,
    out_size: usize,
    out_len: *mut usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(
            OssuarySender::handle(sender),
            &[written(out, out_size), result(out_len)],
            |sender| {
                let mut len = Out::new(out_len);
                let out = bytes_mut(out, out_size)?;
                sized(&mut len, || Ok(sender.close(out)?))
            },
        )
    }
}

/// How many records have been sent, over all handshakes of the connection.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_sender_records_sent(sender: *const OssuarySender) -> u64 {
    // SAFETY: the documentation says what the pointer is.
    unsafe { look::<Half, _>(sender.cast(), 0, Sender::records_sent) }
}
