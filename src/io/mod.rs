//! A channel over a blocking stream, as a stream.
//!
//! [`Stream`] runs the handshake over anything that is [`Read`] and [`Write`],
//! and is then itself [`Read`], [`BufRead`] and [`Write`]. It recovers a damaged
//! channel by itself, and says so only where records were lost, or where it cannot
//! tell: [`RecordsLost`].
//!
//! ```
//! # #[cfg(feature = "rustcrypto")] {
//! use ossuary::{ConnectionType, OssuaryConnection, io::Stream};
//! use std::io::{Read, Write};
//! use std::net::{TcpListener, TcpStream};
//!
//! let server = OssuaryConnection::new(ConnectionType::UnauthenticatedServer, None)?;
//! let server_key = server.local_public_key()?.to_vec();
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let address = listener.local_addr()?;
//! let thread = std::thread::spawn(move || -> Result<_, Box<dyn std::error::Error + Send + Sync>> {
//!     let mut stream = Stream::accept(listener.accept()?.0, server)?;
//!     let mut text = String::new();
//!     stream.read_to_string(&mut text)?; // until the client shuts down
//!     Ok(text)
//! });
//!
//! let mut client = OssuaryConnection::new(ConnectionType::Client, None)?;
//! client.add_authorized_key(&server_key)?;
//! let mut stream = Stream::connect(TcpStream::connect(address)?, client)?;
//! stream.write_all(b"a message")?;
//! stream.shutdown()?;
//! assert_eq!(thread.join().unwrap().unwrap(), "a message");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Timeouts
//!
//! A blocking stream notices the time only when its reads return. Give the
//! socket a read timeout (`TcpStream::set_read_timeout`, one second, say), and
//! the protocol's timeouts work: a peer that stops in the middle of a packet is
//! found, and [`Stream`] goes on reading where nothing is wrong. Without one, a
//! damaged length can make both ends wait for each other; over protocol 1 so can a
//! second fault before the first one is mended. A write that runs into a write
//! timeout keeps what is left, for the next one, or the next read. A stream in
//! non-blocking mode is for the connection's own methods, not for this module.
//!
//! A reset is noticed by whoever reads. A program that only writes learns of it
//! when it reads its peer's answer, or in the end: let a thread read
//! ([`Stream::split`]), or agree on answers.

mod pump;
mod split;

pub use split::{ReadHalf, TryClone, WriteHalf};

use crate::channel::Channel;
#[cfg(feature = "rustcrypto")]
use crate::connection::OssuaryConnection;
use crate::connection::{Delivery, Status};
use crate::error::{Misuse, OssuaryError, PeerError};
use core::fmt;
use ossuary_traits::{BoxError, Identity, Role};
use pump::{Ask, Pump, nobody};
use std::io::{self, BufRead, ErrorKind, Read, Write};

/// A secure channel over the stream `T`.
///
/// Each write is sent as one record (several, where it is longer than
/// [`Channel::max_plaintext`]) at once; wrap it in
/// [`BufWriter`](io::BufWriter) for many small writes. A read gives what one
/// record held, or the front of it.
///
/// A stream that is dropped without [`shutdown`](Self::shutdown) ends for its
/// peer with [`ErrorKind::UnexpectedEof`].
pub struct Stream<
    T,
    #[cfg(feature = "rustcrypto")] C = OssuaryConnection,
    #[cfg(not(feature = "rustcrypto"))] C,
> {
    inner: T,
    channel: C,
    pump: Pump,
}

impl<T: Read + Write, C: Channel> Stream<T, C> {
    /// Runs a client's handshake over `inner`.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::UntrustedServer`] where nothing says whether to trust the
    /// server's key: see [`connect_with`](Self::connect_with).
    /// [`OssuaryError::Peer`] and [`OssuaryError::Io`] where the handshake
    /// failed; the peer has been told, where it could be.
    /// [`OssuaryError::KeyStore`] and [`Misuse::SignaturePending`] where there is
    /// no signature.
    pub fn connect(inner: T, channel: C) -> Result<Self, OssuaryError> {
        Self::handshake(inner, channel, Role::Client, &mut nobody)
    }

    /// Runs a client's handshake over `inner`, and has `ask` ask about the
    /// server's key, which has been verified, where its policy knows nothing of it
    /// (trust on first use). No clock of this side runs meanwhile; a server of this
    /// library waits for [`Timeouts::person`](crate::Timeouts::person). One of 0.5 waits
    /// for 3 seconds: hang up there instead, ask, and connect again with the key
    /// authorized.
    ///
    /// # Errors
    ///
    /// As those of [`connect`](Self::connect);
    /// [`PeerError::NotAuthorized`] where `ask` says no;
    /// [`OssuaryError::Trust`] with the error of `ask`.
    pub fn connect_with(
        inner: T,
        channel: C,
        mut ask: impl FnMut(&Identity) -> Result<bool, BoxError>,
    ) -> Result<Self, OssuaryError> {
        let ask = &mut |peer: &Identity| Some(ask(peer));
        Self::handshake(inner, channel, Role::Client, ask)
    }

    /// Runs a server's handshake over `inner`.
    ///
    /// # Errors
    ///
    /// As those of [`connect`](Self::connect).
    pub fn accept(inner: T, channel: C) -> Result<Self, OssuaryError> {
        Self::handshake(inner, channel, Role::Server, &mut nobody)
    }

    /// Runs a server's handshake over `inner`, and has `ask` ask about a client's
    /// key that its policy knows nothing of.
    ///
    /// # Errors
    ///
    /// As those of [`connect_with`](Self::connect_with).
    pub fn accept_with(
        inner: T,
        channel: C,
        mut ask: impl FnMut(&Identity) -> Result<bool, BoxError>,
    ) -> Result<Self, OssuaryError> {
        let ask = &mut |peer: &Identity| Some(ask(peer));
        Self::handshake(inner, channel, Role::Server, ask)
    }

    fn handshake(
        inner: T,
        channel: C,
        role: Role,
        ask: &mut Ask<'_>,
    ) -> Result<Self, OssuaryError> {
        if channel.role() != role {
            return Err(Misuse::WrongRole.into());
        }
        let mut stream = Stream {
            inner,
            channel,
            pump: Pump::new(),
        };
        stream
            .pump
            .open(&mut stream.channel, &mut stream.inner, ask)?;
        Ok(stream)
    }

    /// The connection: who the peer is, the channel's binding, exported keys.
    pub fn channel(&self) -> &C {
        &self.channel
    }

    /// The connection, to re-key it, say. Sending or receiving on it by hand
    /// upsets the stream.
    pub fn channel_mut(&mut self) -> &mut C {
        &mut self.channel
    }

    /// The stream below. Reading or writing it upsets the channel.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// The next record, whole, just as the peer sent it, an empty one too; `None`
    /// after the peer's clean close. It stands in the stream's own buffer.
    ///
    /// What [`Read`] has left of a record that it began counts as a record.
    ///
    /// # Errors
    ///
    /// As those of [`Read::read`] on this type.
    pub fn read_record(&mut self) -> io::Result<Option<&[u8]>> {
        if self.pump.plaintext().is_empty() && !self.next_record()? {
            return Ok(None);
        }
        Ok(Some(self.pump.take_plaintext()))
    }

    /// Sends `plaintext` as one record.
    ///
    /// # Errors
    ///
    /// As those of [`Write::write`] on this type, and
    /// [`ErrorKind::InvalidInput`] where it is longer than
    /// [`Channel::max_plaintext`].
    pub fn write_record(&mut self, plaintext: &[u8]) -> io::Result<()> {
        self.reopen()?;
        Ok(self
            .pump
            .write_record(&mut self.channel, &mut self.inner, plaintext)?)
    }

    /// Closes the channel in good order: the peer reads all that was sent, and
    /// then the end. What the peer is still sending is lost, so where that
    /// matters, let it close first, or agree on who does.
    ///
    /// # Errors
    ///
    /// Those of the stream below; [`RecordsLost`], once, after a recovery in
    /// which records were lost, or any over protocol 1: the channel is then still
    /// open.
    pub fn shutdown(&mut self) -> io::Result<()> {
        if self.channel.status() != Status::Closed {
            self.reopen()?;
            self.channel.disconnect(false);
        }
        self.pump.flush(&mut self.channel, &mut self.inner)?;
        self.flush()
    }

    /// Gives the stream below and the connection back. What has been read and
    /// not taken yet is lost.
    pub fn into_parts(self) -> (T, C) {
        (self.inner, self.channel)
    }

    /// Receives the next record into the buffer; `false` at the clean end.
    fn next_record(&mut self) -> io::Result<bool> {
        let more = self.pump.next_record(&mut self.channel, &mut self.inner);
        self.tell_lost()?;
        Ok(more?)
    }

    /// Finishes a recovery that an error of the stream below interrupted.
    fn reopen(&mut self) -> io::Result<()> {
        match self.channel.status() {
            Status::Open => self.pump.note_delivery(&mut self.channel),
            Status::Closed => return Err(OssuaryError::ConnectionClosed.into()),
            Status::Failed => return Err(OssuaryError::ConnectionFailed.into()),
            _ => self
                .pump
                .open(&mut self.channel, &mut self.inner, &mut nobody)?,
        }
        self.tell_lost()
    }

    fn tell_lost(&mut self) -> io::Result<()> {
        match self.pump.take_lost() {
            Some(delivery) => Err(RecordsLost(delivery).into()),
            None => Ok(()),
        }
    }
}

impl<T: Read + Write, C: Channel> BufRead for Stream<T, C> {
    /// The rest of the record that is being read, or the next one; empty after
    /// the peer's clean close. Empty records are passed over.
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.pump.plaintext().is_empty() && self.next_record()? {}
        Ok(self.pump.plaintext())
    }

    fn consume(&mut self, amount: usize) {
        self.pump.consume(amount);
    }
}

impl<T: Read + Write, C: Channel> Read for Stream<T, C> {
    /// Reads from the record that is being read, or the next one; 0 after the
    /// peer's clean close, or after this side's own
    /// [`shutdown`](Stream::shutdown), which ends both directions.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEof`] where the stream below ended without one, and over
    /// protocol 1, whose close proves nothing, after that too.
    /// [`RecordsLost`], once, after a recovery in which records that this side
    /// had sent were lost, or any over protocol 1; reading can go on. The
    /// stream's own errors, as they are. Otherwise the source of the error is an
    /// [`OssuaryError`], and the connection is over.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut from = self.fill_buf()?;
        let read = from.read(buf)?;
        self.consume(read);
        Ok(read)
    }
}

impl<T: Read + Write, C: Channel> Write for Stream<T, C> {
    /// Sends the front of `buf`, at most [`Channel::max_plaintext`] bytes, as one
    /// record.
    ///
    /// # Errors
    ///
    /// [`RecordsLost`], once, after a recovery in which records that this side
    /// had sent were lost, or any over protocol 1; `buf` was not sent. The
    /// stream's own errors, where `buf` could not be written or not all of it:
    /// what is left is kept, and [`flush`](Write::flush), the next write or a read
    /// that waits goes on with it. Otherwise the source of the error is an
    /// [`OssuaryError`], and the connection is over.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let len = buf.len().min(self.channel.max_plaintext());
        let record = buf.get(..len).unwrap_or_default();
        if !record.is_empty() {
            self.write_record(record)?;
        }
        Ok(len)
    }

    /// Writes what the stream below did not take before its write timeout, and
    /// flushes it.
    fn flush(&mut self) -> io::Result<()> {
        self.pump.drain(&mut self.inner)?;
        self.inner.flush()
    }
}

impl<T: fmt::Debug, C: fmt::Debug> fmt::Debug for Stream<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("inner", &self.inner)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// The channel was damaged and has been recovered, and the last records that
/// this side had sent did not arrive: [`Delivery::lost`] of them. The stream can
/// be used on; send them again if they matter.
///
/// Over protocol 1 it comes after every recovery, where nothing is known to be lost and
/// to who only reads too, and before anything that was sent after it: what has been read
/// may have a gap there, and where the peer is anonymous, what follows may be another's
/// ([`Delivery::counted`]). On a server that may be before the first record: a client can
/// write before its server knows that the channel is open.
///
/// It comes inside an [`io::Error`] of kind [`ErrorKind::ConnectionReset`]:
///
/// ```
/// # use ossuary::io::RecordsLost;
/// # fn example(error: std::io::Error) {
/// if let Some(RecordsLost(delivery)) = RecordsLost::of(&error) {
///     println!("go on from record {}", delivery.received);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordsLost(pub Delivery);

impl RecordsLost {
    /// The `RecordsLost` inside an error of this module.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&RecordsLost> {
        error.get_ref()?.downcast_ref()
    }
}

impl fmt::Display for RecordsLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Delivery {
            sent,
            received,
            counted,
        } = self.0;
        if !counted {
            return write!(
                f,
                "the channel was recovered; which of {sent} records sent have arrived is not \
                 known, nor whether all that the peer sent have"
            );
        }
        write!(
            f,
            "the channel was recovered; of {sent} records sent, the peer received the first {received}"
        )
    }
}

impl std::error::Error for RecordsLost {}

impl From<RecordsLost> for io::Error {
    fn from(lost: RecordsLost) -> Self {
        io::Error::new(ErrorKind::ConnectionReset, lost)
    }
}

impl From<OssuaryError> for io::Error {
    /// The stream's own error as it is; any other inside an error of the kind
    /// that comes nearest.
    fn from(error: OssuaryError) -> Self {
        let kind = match &error {
            OssuaryError::Io(_) => {
                let OssuaryError::Io(error) = error else {
                    return ErrorKind::Other.into();
                };
                return error;
            }
            OssuaryError::WouldBlock(_) => ErrorKind::WouldBlock,
            OssuaryError::ConnectionReset(_) => ErrorKind::ConnectionReset,
            OssuaryError::ConnectionFailed | OssuaryError::ConnectionClosed => {
                ErrorKind::NotConnected
            }
            OssuaryError::UntrustedServer(_)
            | OssuaryError::UntrustedClient(_)
            | OssuaryError::Peer(
                PeerError::NotAuthorized(_)
                | PeerError::KeyChanged(_)
                | PeerError::KeyRevoked(_)
                | PeerError::AnonymousPeer
                | PeerError::IdentityChanged
                | PeerError::BadSignature,
            ) => ErrorKind::PermissionDenied,
            OssuaryError::Peer(PeerError::StreamEnded | PeerError::UnprovenClose) => {
                ErrorKind::UnexpectedEof
            }
            OssuaryError::Peer(PeerError::TimedOut | PeerError::TooManyResets(_)) => {
                ErrorKind::TimedOut
            }
            OssuaryError::Peer(PeerError::Disconnected(_) | PeerError::SuiteRefused(_)) => {
                ErrorKind::ConnectionAborted
            }
            OssuaryError::Peer(_) => ErrorKind::InvalidData,
            OssuaryError::BufferTooSmall { .. } | OssuaryError::Misuse(_) => {
                ErrorKind::InvalidInput
            }
            OssuaryError::Crypto(_) | OssuaryError::KeyStore(_) | OssuaryError::Trust(_) => {
                ErrorKind::Other
            }
        };
        io::Error::new(kind, error)
    }
}
