//! A stream in two halves, for two threads.

use super::pump::{Found, Pump};
use super::{RecordsLost, Stream};
use crate::connection::{Delivery, OssuaryConnection, Receiver};
use crate::error::OssuaryError;
use crate::record::{CLOSE_LEN, RECORD_OVERHEAD, Sender};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use ossuary_traits::{CryptoSuite, KeyStore};
use std::io::{self, BufRead, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A stream that can be read through one handle while it is written through
/// another.
pub trait TryClone: Sized {
    /// A second handle to the same stream.
    ///
    /// # Errors
    ///
    /// The system has no more handles.
    fn try_clone(&self) -> io::Result<Self>;
}

impl TryClone for std::net::TcpStream {
    fn try_clone(&self) -> io::Result<Self> {
        std::net::TcpStream::try_clone(self)
    }
}

#[cfg(unix)]
impl TryClone for std::os::unix::net::UnixStream {
    fn try_clone(&self) -> io::Result<Self> {
        std::os::unix::net::UnixStream::try_clone(self)
    }
}

/// What the halves share: the writing side of the stream and the channel's
/// sending half. The reading half takes it for as long as a recovery lasts.
struct Shared<T, S: CryptoSuite> {
    inner: T,
    /// `None` when the connection is over.
    sender: Option<Sender<S>>,
    outgoing: Vec<u8>,
    lost: Option<Delivery>,
}

impl<T, S: CryptoSuite> Shared<T, S> {
    /// Whether nothing more can be written, because this side has closed.
    fn is_closed(&self) -> bool {
        self.sender.as_ref().is_some_and(Sender::is_closed)
    }
}

impl<T: Write, S: CryptoSuite> Shared<T, S> {
    /// Seals one packet and writes it.
    fn write(
        &mut self,
        len: usize,
        seal: impl FnOnce(&mut Sender<S>, &mut [u8]) -> Result<usize, OssuaryError>,
    ) -> io::Result<()> {
        if let Some(lost) = self.lost.take() {
            return Err(RecordsLost(lost).into());
        }
        let sender = self.sender.as_mut().ok_or(OssuaryError::ConnectionFailed)?;
        if self.outgoing.len() < len {
            self.outgoing.resize(len, 0);
        }
        let len = seal(sender, &mut self.outgoing)?;
        self.inner
            .write_all(self.outgoing.get(..len).unwrap_or_default())
    }
}

type Link<T, S> = Arc<Mutex<Shared<T, S>>>;

/// A panic in one half leaves the other whole: what is shared changes in one step.
fn lock<T, S: CryptoSuite>(link: &Link<T, S>) -> MutexGuard<'_, Shared<T, S>> {
    link.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Read + Write + TryClone, S: CryptoSuite, K: KeyStore> Stream<T, OssuaryConnection<S, K>> {
    /// Splits the stream into a half that reads and one that writes, which can
    /// go to two threads.
    ///
    /// Recovery is the reading half's work: while it lasts, writes wait. Where
    /// records were lost, both halves say so.
    ///
    /// # Errors
    ///
    /// The stream below cannot be cloned, or the channel is not open.
    #[allow(clippy::type_complexity, reason = "two halves of one generic stream")]
    pub fn split(self) -> io::Result<(ReadHalf<T, S, K>, WriteHalf<T, S>)> {
        let inner = self.inner.try_clone()?;
        let (sender, receiver) = self.channel.split().map_err(|(_, error)| error)?;
        let shared = Shared {
            inner,
            sender: Some(sender),
            outgoing: Vec::new(),
            lost: None,
        };
        let link = Arc::new(Mutex::new(shared));
        let read = ReadHalf {
            inner: self.inner,
            receiver: Some(receiver),
            pump: self.pump,
            link: Arc::clone(&link),
            closed: false,
        };
        Ok((read, WriteHalf { link }))
    }
}

/// The writing half of a [`Stream`].
pub struct WriteHalf<T, S: CryptoSuite> {
    link: Link<T, S>,
}

impl<T: Write, S: CryptoSuite> WriteHalf<T, S> {
    /// As [`Stream::write_record`].
    ///
    /// # Errors
    ///
    /// As those of [`Stream::write_record`].
    pub fn write_record(&mut self, plaintext: &[u8]) -> io::Result<()> {
        let len = plaintext.len().min(crate::MAX_PLAINTEXT) + RECORD_OVERHEAD;
        lock(&self.link).write(len, |sender, out| sender.seal(plaintext, out))
    }

    /// As [`Stream::shutdown`].
    ///
    /// # Errors
    ///
    /// Those of the stream below; and as those of [`Write::write`].
    pub fn shutdown(&mut self) -> io::Result<()> {
        let mut shared = lock(&self.link);
        shared.write(CLOSE_LEN, Sender::close)?;
        shared.inner.flush()
    }
}

impl<T: Write, S: CryptoSuite> Write for WriteHalf<T, S> {
    /// As [`Write::write`] of [`Stream`].
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let len = buf.len().min(crate::MAX_PLAINTEXT);
        let record = buf.get(..len).unwrap_or_default();
        if !record.is_empty() {
            self.write_record(record)?;
        }
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        lock(&self.link).inner.flush()
    }
}

/// The reading half of a [`Stream`].
pub struct ReadHalf<T, S: CryptoSuite, K> {
    inner: T,
    /// `None` when the connection is over.
    receiver: Option<Receiver<S, K>>,
    pump: Pump,
    link: Link<T, S>,
    /// The channel was closed in good order.
    closed: bool,
}

/// Both handles of the stream below, while a recovery needs them.
struct Both<'a, T> {
    read: &'a mut T,
    write: &'a mut T,
}

impl<T: Read> Read for Both<'_, T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.read.read(buf)
    }
}

impl<T: Write> Write for Both<'_, T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write.flush()
    }
}

impl<T: Read + Write, S: CryptoSuite, K: KeyStore> ReadHalf<T, S, K> {
    /// The connection, to ask it who the peer is and the like; `None` after it
    /// has failed.
    pub fn connection(&self) -> Option<&OssuaryConnection<S, K>> {
        self.receiver.as_ref().map(Receiver::connection)
    }

    /// As [`Stream::read_record`].
    ///
    /// # Errors
    ///
    /// As those of [`Stream::read_record`].
    pub fn read_record(&mut self) -> io::Result<Option<&[u8]>> {
        if self.pump.plaintext().is_empty() && (self.closed || !self.next_record()?) {
            return Ok(None);
        }
        Ok(Some(self.pump.take_plaintext()))
    }

    fn next_record(&mut self) -> io::Result<bool> {
        // Before anything is received: a packet that has begun is timed from now.
        let now = self.pump.now();
        let mut failed = self
            .receiver
            .as_mut()
            .and_then(|receiver| receiver.advance(now).err());
        loop {
            if self.receiver.as_ref().is_some_and(Receiver::needs_rejoin) {
                self.recover(failed.take())?;
            }
            let Some(receiver) = &mut self.receiver else {
                return Err(OssuaryError::ConnectionFailed.into());
            };
            let result = match self.pump.receive(|input| receiver.receive(input)) {
                Ok(Found::Record) => return Ok(true),
                Ok(Found::Closed) => return Ok(self.end()),
                Ok(Found::Need(want)) => match self.pump.read(&mut self.inner, want)? {
                    Some(0) if lock(&self.link).is_closed() => return Ok(self.end()),
                    Some(0) => receiver.end_of_stream(),
                    _ => receiver.advance(self.pump.now()).map(drop),
                },
                Ok(Found::Other) => Ok(()),
                Err(error) => Err(error),
            };
            failed = result.err();
        }
    }

    /// The clean end: nothing is read or written any more.
    fn end(&mut self) -> bool {
        lock(&self.link).sender = None;
        self.closed = true;
        false
    }

    /// Joins the halves, drives the connection until it is open again or has
    /// ended, and splits it.
    fn recover(&mut self, failed: Option<OssuaryError>) -> io::Result<()> {
        let mut shared = lock(&self.link);
        let (Some(receiver), Some(sender)) = (self.receiver.take(), shared.sender.take()) else {
            return Err(OssuaryError::ConnectionFailed.into());
        };
        let mut connection = receiver
            .rejoin(sender)
            .map_err(|(_, _, error)| io::Error::from(error))?;
        let mut both = Both {
            read: &mut self.inner,
            write: &mut shared.inner,
        };
        if let Some(error) = failed {
            // The peer is told why, if it can be; the error is what counts.
            let _ = self.pump.flush(&mut connection, &mut both);
            return Err(error.into());
        }
        self.pump.open(&mut connection, &mut both, &mut |_| false)?;
        let (sender, receiver) = connection.split().map_err(|(_, error)| error)?;
        self.receiver = Some(receiver);
        shared.sender = Some(sender);
        let lost = self.pump.take_lost();
        shared.lost = lost;
        match lost {
            Some(lost) => Err(RecordsLost(lost).into()),
            None => Ok(()),
        }
    }
}

impl<T: Read + Write, S: CryptoSuite, K: KeyStore> BufRead for ReadHalf<T, S, K> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.pump.plaintext().is_empty() && !self.closed && self.next_record()? {}
        Ok(self.pump.plaintext())
    }

    fn consume(&mut self, amount: usize) {
        self.pump.consume(amount);
    }
}

impl<T: Read + Write, S: CryptoSuite, K: KeyStore> Read for ReadHalf<T, S, K> {
    /// As [`Read::read`] of [`Stream`].
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

impl<T: fmt::Debug, S: CryptoSuite> fmt::Debug for WriteHalf<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteHalf").finish_non_exhaustive()
    }
}

impl<T: fmt::Debug, S: CryptoSuite, K> fmt::Debug for ReadHalf<T, S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadHalf")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
