//! The functions of 2019, over the same connections.

use crate::config::{Config, Policy, SharedStore};
use crate::connection::{Connection, Core, Ends, OssuaryConnection, split, with};
use crate::handle::{Handle, alone};
use crate::key::{
    OSSUARY_SECRET_KEY_SIZE, SchemeCode, generate, identity, ossuary_scheme_t, signing_key,
};
use crate::library::Suite;
use crate::pointer::{Out, Place, array, bytes, bytes_mut, copy, read, result, written};
use crate::status::{Failure, StatusCode, ossuary_status_t as S};
use ossuary::{Identity, Misuse, OssuaryError, Role, SignatureScheme};
use std::ffi::c_uint;
use std::ptr;
use std::time::Duration;

/// An `ossuary_conn_type_t` as it crosses the ABI.
pub(crate) type ConnTypeCode = c_uint;

const ED25519: SchemeCode = ossuary_scheme_t::OSSUARY_ED25519 as SchemeCode;

/// What the functions of 2019 need to know of a connection that they created.
pub(crate) struct Simple {
    /// What it was made of, while it can be made anew with another key. `None` for a connection
    /// that the full interface has made, or whose handshake has begun.
    config: Option<Config>,
    /// The time that it was told.
    now: Option<Duration>,
}

impl Simple {
    /// Of a connection that was made by the full interface.
    pub(crate) fn none() -> Self {
        Simple {
            config: None,
            now: None,
        }
    }

    /// The connection was told the time; and by that it has begun where a timeout has come.
    pub(crate) fn told(&mut self, now: Duration, has_come: bool) {
        self.now = Some(now);
        if has_come {
            self.config = None;
        }
    }
}

impl Connection {
    fn of_type(kind: ConnTypeCode, secret: &[u8]) -> Result<Self, Failure> {
        let mut config = match kind {
            0 => Config::new(Role::Client),
            1 | 2 => Config::new(Role::Server),
            _ => {
                return Err(Failure::new(
                    S::OSSUARY_ERR_INVALID_ARGUMENT,
                    format!("{kind} is no ossuary_conn_type_t"),
                ));
            }
        };
        if kind == 2 {
            config.policy = Policy::Anyone;
        }
        match secret {
            [] if kind == 0 => {}
            [] => {
                let (secret, _) = generate(SignatureScheme::Ed25519)?;
                config.add_key(signing_key(ED25519, secret.expose())?);
            }
            secret => config.add_key(signing_key(ED25519, secret)?),
        }
        let connection = config.connection()?;
        let simple = Simple {
            config: Some(config),
            now: None,
        };
        Ok(Connection::new(connection, simple))
    }

    /// Authorizes a key, also for when it is made anew.
    pub(crate) fn authorize(&mut self, identity: Identity) -> Result<(), Failure> {
        self.whole()?.authorize(identity.clone())?;
        if let Some(config) = &mut self.simple.config {
            config.authorize(identity);
        }
        Ok(())
    }

    /// The connection, for the functions over streams, which protocol 1 does not have. The
    /// handshake begins.
    fn stream(&mut self) -> Result<&mut Core<Suite, SharedStore>, Failure> {
        self.simple.config = None;
        match &mut self.ends {
            Ends::Whole(connection) => Ok(connection),
            #[cfg(feature = "v1")]
            Ends::V1(_) => Err(Failure::new(
                S::OSSUARY_ERR_NOT_IN_PROTOCOL_1,
                "the functions of 2019 speak protocol 2: drive this connection by \
                 ossuary_send, ossuary_receive and ossuary_seal",
            )),
            Ends::Receiving(_) | Ends::Nothing => Err(split()),
        }
    }
}

/// The three statuses that programs of 2019 know.
fn old(status: StatusCode) -> StatusCode {
    let known = [
        S::OSSUARY_ERR_WOULDBLOCK.code(),
        S::OSSUARY_ERR_UNTRUSTED_SERVER.code(),
    ];
    if known.contains(&status) {
        status
    } else {
        S::OSSUARY_ERR_OTHER.code()
    }
}

fn count(result: Result<usize, StatusCode>) -> i32 {
    // What these functions count are buffers of at most 65535 bytes.
    result.map_or_else(old, |count| i32::try_from(count).unwrap_or(i32::MAX))
}

fn done(result: Result<(), StatusCode>) -> i32 {
    count(result.map(|()| 0))
}

/// A length of 16 bits that a call reads, and writes when it is done.
struct InOut {
    place: *mut u16,
    given: usize,
}

impl InOut {
    /// # Safety
    ///
    /// Where `place` is not null, it can be read and written, as long as this lives.
    unsafe fn new(place: *mut u16) -> Self {
        let given = if place.is_null() {
            0
        } else {
            // SAFETY: it is not null, and the caller promises the rest.
            unsafe { place.read_unaligned() }
        };
        InOut {
            place,
            given: given.into(),
        }
    }

    /// Where the length of what was used goes. It is 0 until then.
    fn result(&self) -> Place {
        result(self.place)
    }

    /// How much of the buffer is used, where so much is left.
    fn left(&self, left: usize) -> usize {
        let used = self.given.saturating_sub(left);
        // SAFETY: whoever made `self` promised it.
        let mut out = unsafe { Out::new(self.place) };
        out.set(u16::try_from(used).unwrap_or(u16::MAX));
        used
    }
}

/// Creates a connection: a client, a server that lets in clients whose keys are authorized, or one
/// that lets in everybody. `auth_key` is an Ed25519 secret key of 32 bytes, which is copied. With
/// null a server makes itself a random key, and a client is anonymous.
///
/// It returns null where the type is none, or the system gives no random bytes
/// (`ossuary_last_error` of null). It is freed by `ossuary_destroy_connection`.
///
/// This and the functions below with the names of 2019 are the simple interface. Their buffers
/// have lengths of 16 bits, and what does not fit into one is kept inside of the connection for
/// the next call. They return 0 or a count, or one of the three errors OSSUARY_ERR_OTHER,
/// OSSUARY_ERR_WOULDBLOCK and OSSUARY_ERR_UNTRUSTED_SERVER; `ossuary_last_error_code` and
/// `ossuary_last_error` tell more of an OSSUARY_ERR_OTHER. After
/// OSSUARY_ERR_CONNECTION_RESET the handshake goes on; after the others the connection is over,
/// unless the caller was at fault.
/// cbindgen:ptrs-as-arrays=[[auth_key; 32]]
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_create_connection(
    r#type: ConnTypeCode,
    auth_key: *const u8,
) -> *mut OssuaryConnection {
    let mut connection = ptr::null_mut();
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        alone(&[], || {
            let secret = if auth_key.is_null() {
                &[]
            } else {
                array::<OSSUARY_SECRET_KEY_SIZE>(auth_key)?
            };
            connection = Handle::give(Connection::of_type(r#type, secret)?).cast();
            Ok(())
        });
    }
    connection
}

/// Takes another host key, an Ed25519 secret key of 32 bytes, before the handshake begins. It
/// returns 0.
///
/// Errors: OSSUARY_ERR_OTHER for OSSUARY_ERR_HANDSHAKE_BEGUN, also on a connection that the full
/// interface has created.
/// cbindgen:ptrs-as-arrays=[[key; 32]]
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_set_secret_key(
    conn: *mut OssuaryConnection,
    key: *const u8,
) -> i32 {
    // SAFETY: the documentation says what the pointers are.
    done(unsafe {
        with(conn, &[], |connection| {
            let secret = array::<OSSUARY_SECRET_KEY_SIZE>(key)?;
            let key = signing_key(ED25519, secret)?;
            let config = connection.simple.config.as_mut();
            let config = config.ok_or_else(|| Failure::from(Misuse::HandshakeBegun))?;
            config.set_key(key);
            let mut made = config.connection()?;
            if let Some(now) = connection.simple.now {
                made.advance(now)?;
            }
            connection.ends = Ends::Whole(made.into());
            Ok(())
        })
    })
}

/// Authorizes an Ed25519 public key of 32 bytes. Where it is that of the server that is not
/// trusted yet, the handshake can go on. It returns 0.
/// cbindgen:ptrs-as-arrays=[[key; 32]]
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_add_authorized_key(
    conn: *mut OssuaryConnection,
    key: *const u8,
) -> i32 {
    // SAFETY: the documentation says what the pointers are.
    done(unsafe {
        with(conn, &[], |connection| {
            connection.authorize(identity(ED25519, array::<32>(key)?)?)
        })
    })
}

/// Authorizes `count` Ed25519 public keys of 32 bytes. It returns how many were added.
///
/// Errors: OSSUARY_ERR_OTHER for OSSUARY_ERR_NULL_POINTER where one of them is null; the keys
/// before it have been added.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_add_authorized_keys(
    conn: *mut OssuaryConnection,
    key: *mut *mut u8,
    count: u8,
) -> i32 {
    // SAFETY: the documentation says what the pointers are.
    self::count(unsafe {
        with(conn, &[], |connection| {
            let keys = usize::from(count);
            if keys > 0 && key.is_null() {
                return Err(Failure::new(
                    S::OSSUARY_ERR_NULL_POINTER,
                    "the list of keys is a null pointer",
                ));
            }
            for index in 0..keys {
                let key = array::<32>(key.add(index).read_unaligned())?;
                connection.authorize(identity(ED25519, key)?)?;
            }
            Ok(keys)
        })
    })
}

/// Copies the peer's public key: of a peer that is verified and trusted, or of the server whose key
/// is not trusted yet (OSSUARY_ERR_UNTRUSTED_SERVER). An Ed25519 key has 32 bytes. It returns 0.
///
/// Errors: OSSUARY_ERR_OTHER for OSSUARY_ERR_NOT_OPEN before the peer is known,
/// OSSUARY_ERR_ANONYMOUS_PEER, OSSUARY_ERR_BUFFER_TOO_SMALL.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_remote_public_key(
    conn: *mut OssuaryConnection,
    key_buf: *mut u8,
    key_buf_len: u16,
) -> i32 {
    // SAFETY: the documentation says what the pointers and sizes are.
    done(unsafe {
        with(conn, &[], |connection| {
            let out = bytes_mut(key_buf, key_buf_len.into())?;
            let channel = connection.whole()?;
            let peer = channel.remote_identity().or(channel.undecided_peer());
            match peer.map(Identity::public_key) {
                Some(key) => copy(key, out).map(drop),
                None if channel.status() == ossuary::Status::Open => {
                    Err(Misuse::AnonymousPeer.into())
                }
                None => Err(Misuse::NotOpen.into()),
            }
        })
    })
}

/// Makes an Ed25519 key pair. Both buffers have at least 32 bytes. It returns 0.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_generate_auth_keypair(
    secret_buf: *mut u8,
    secret_buf_len: u16,
    public_buf: *mut u8,
    public_buf_len: u16,
) -> i32 {
    let places = [
        written(secret_buf, secret_buf_len.into()),
        written(public_buf, public_buf_len.into()),
    ];
    // SAFETY: the documentation says what the pointers and sizes are.
    let status = unsafe {
        alone(&places, || {
            let secret_out = bytes_mut(secret_buf, secret_buf_len.into())?;
            let public_out = bytes_mut(public_buf, public_buf_len.into())?;
            let (secret, identity) = generate(SignatureScheme::Ed25519)?;
            let (secret, public) = (secret.expose(), identity.public_key());
            // Both or none.
            if public_out.len() < public.len() {
                return Err(Failure::too_small(public.len()));
            }
            copy(secret, secret_out)?;
            copy(public, public_out).map(drop)
        })
    };
    if status == S::OSSUARY_OK.code() {
        status
    } else {
        old(status)
    }
}

/// Takes one packet of the handshake from `in_buf`, of `*in_buf_len` bytes, which is set to the
/// number of bytes that were taken; that is returned too. Never more is taken than the packet.
///
/// Errors: OSSUARY_ERR_WOULDBLOCK where the packet is not whole, or this side has something to send
/// first: what was taken is kept. OSSUARY_ERR_UNTRUSTED_SERVER, once, where the program is to decide
/// about the server's key. OSSUARY_ERR_OTHER.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_recv_handshake(
    conn: *mut OssuaryConnection,
    in_buf: *mut u8,
    in_buf_len: *mut u16,
) -> i32 {
    // SAFETY: the documentation says what the pointers and sizes are.
    count(unsafe {
        let len = InOut::new(in_buf_len);
        with(
            conn,
            &[read(in_buf, len.given), len.result()],
            |connection| {
                let mut input = bytes(in_buf, len.given)?;
                let result = connection.stream()?.recv_handshake(&mut input);
                let taken = len.left(input.len());
                result?;
                Ok(taken)
            },
        )
    })
}

/// Writes what the handshake has to send to `out_buf`, of `*out_buf_len` bytes, which is set to the
/// number of bytes that were written; that is returned too. Call it in turn with
/// `ossuary_recv_handshake` until `ossuary_handshake_done`, and again after a reset.
///
/// Errors: OSSUARY_ERR_WOULDBLOCK where there is more to write than room: the rest is kept; and
/// where a signature is pending (`ossuary_state` is OSSUARY_STATE_AWAITING_SIGNATURE), until it is
/// provided. OSSUARY_ERR_OTHER.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_send_handshake(
    conn: *mut OssuaryConnection,
    out_buf: *mut u8,
    out_buf_len: *mut u16,
) -> i32 {
    // SAFETY: the documentation says what the pointers and sizes are.
    count(unsafe {
        let len = InOut::new(out_buf_len);
        with(
            conn,
            &[written(out_buf, len.given), len.result()],
            |connection| {
                let mut out = bytes_mut(out_buf, len.given)?;
                let result = connection.stream()?.send_handshake(&mut out);
                let written = len.left(out.len());
                result?;
                Ok(written)
            },
        )
    })
}

/// Whether the channel is open: 1 or 0.
///
/// Errors: OSSUARY_ERR_OTHER where it never will be again.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_handshake_done(conn: *mut OssuaryConnection) -> i32 {
    // SAFETY: the documentation says what the pointer is.
    count(unsafe {
        with(conn, &[], |connection| match connection.whole()?.status() {
            ossuary::Status::Open => Ok(1),
            ossuary::Status::Closed => Err(OssuaryError::ConnectionClosed.into()),
            ossuary::Status::Failed => Err(OssuaryError::ConnectionFailed.into()),
            _ => Ok(0),
        })
    })
}

/// Seals `in_buf` as one record, and writes it to `out_buf`, of `*out_buf_len` bytes, which is set
/// to the number of bytes that were written; that is returned too.
///
/// Errors: OSSUARY_ERR_WOULDBLOCK where `out_buf` has not room for all of it: the record is
/// accepted, and `ossuary_flush` writes the rest. With OSSUARY_ERR_OTHER it is not accepted, and
/// OSSUARY_ERR_FLUSH_FIRST says that an earlier one is not flushed yet.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 5)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_send_data(
    conn: *mut OssuaryConnection,
    in_buf: *mut u8,
    in_buf_len: u16,
    out_buf: *mut u8,
    out_buf_len: *mut u16,
) -> i32 {
    // SAFETY: the documentation says what the pointers and sizes are.
    count(unsafe {
        let len = InOut::new(out_buf_len);
        let places = [
            read(in_buf, in_buf_len.into()),
            written(out_buf, len.given),
            len.result(),
        ];
        with(conn, &places, |connection| {
            let plaintext = bytes(in_buf, in_buf_len.into())?;
            let mut out = bytes_mut(out_buf, len.given)?;
            let result = connection.stream()?.send_data(plaintext, &mut out);
            let written = len.left(out.len());
            result?;
            Ok(written)
        })
    })
}

/// Takes one record from `in_buf`, of `*in_buf_len` bytes, and writes its plaintext to `out_buf`,
/// of `*out_buf_len` bytes. The two are set to the numbers of bytes that were taken and written;
/// the latter is returned too. Never more is taken than the record.
///
/// Errors: OSSUARY_ERR_WOULDBLOCK where the record is not whole, or `out_buf` has not room for all
/// of it: what was taken is kept, and the next call goes on. OSSUARY_ERR_OTHER:
/// OSSUARY_ERR_CONNECTION_CLOSED is the peer's close in good order.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 3, 5)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_recv_data(
    conn: *mut OssuaryConnection,
    in_buf: *mut u8,
    in_buf_len: *mut u16,
    out_buf: *mut u8,
    out_buf_len: *mut u16,
) -> i32 {
    // SAFETY: the documentation says what the pointers and sizes are.
    count(unsafe {
        let taken = InOut::new(in_buf_len);
        let len = InOut::new(out_buf_len);
        let places = [
            read(in_buf, taken.given),
            taken.result(),
            written(out_buf, len.given),
            len.result(),
        ];
        with(conn, &places, |connection| {
            let mut input = bytes(in_buf, taken.given)?;
            let mut out = bytes_mut(out_buf, len.given)?;
            let result = connection.stream()?.recv_data(&mut input, &mut out);
            taken.left(input.len());
            let written = len.left(out.len());
            result?;
            Ok(written)
        })
    })
}

/// Writes to `out_buf` what earlier calls could not write, and whatever the protocol has to send,
/// and returns how many bytes; 0 where there is nothing. Where `out_buf` was filled there may be
/// more.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_flush(
    conn: *mut OssuaryConnection,
    out_buf: *mut u8,
    out_buf_len: u16,
) -> i32 {
    // SAFETY: the documentation says what the pointers and sizes are.
    count(unsafe {
        let size = usize::from(out_buf_len);
        with(conn, &[written(out_buf, size)], |connection| {
            let mut out = bytes_mut(out_buf, size)?;
            let result = connection.stream()?.flush(&mut out);
            match size - out.len() {
                0 => match result {
                    Err(OssuaryError::WouldBlock(_)) => Ok(0),
                    flushed => Ok(flushed?),
                },
                // What has been written counts; what went wrong then does so again.
                written => Ok(written),
            }
        })
    })
}
