//! A stream in two halves, for two threads.

use super::pump::{Found, Outbox, Pump, nobody};
use super::{RecordsLost, Stream};
use crate::connection::{Delivery, OssuaryConnection, Receiver, Status};
use crate::error::OssuaryError;
use crate::record::{CLOSE_LEN, MAX_PLAINTEXT, RECORD_OVERHEAD, Sender};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::mem;
use core::time::Duration;
use ossuary_traits::{CryptoSuite, KeyStore};
use std::io::{self, BufRead, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// How long a recovery lets a write finish before it reads in its place.
const PATIENCE: Duration = Duration::from_millis(5);

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

/// What the halves share: the way out. The reading half takes it for as long as
/// a recovery lasts.
struct Shared<T, S: CryptoSuite> {
    inner: T,
    sending: Sending<S>,
    outbox: Outbox,
    lost: Option<Delivery>,
}

enum Sending<S: CryptoSuite> {
    Open(Sender<S>),
    /// The reading half has stopped in the middle of a recovery; when it is read
    /// again, it goes on.
    Recovering,
    Failed,
}

impl<T: Write, S: CryptoSuite> Shared<T, S> {
    /// Seals one packet and writes it.
    fn write(
        &mut self,
        room: usize,
        seal: impl FnOnce(&mut Sender<S>, &mut [u8]) -> Result<usize, OssuaryError>,
    ) -> io::Result<()> {
        if let Some(lost) = self.lost.take() {
            return Err(RecordsLost(lost).into());
        }
        let sender = match &mut self.sending {
            Sending::Open(sender) => sender,
            Sending::Recovering => return Err(OssuaryError::ConnectionReset(0).into()),
            Sending::Failed => return Err(OssuaryError::ConnectionFailed.into()),
        };
        self.outbox
            .write(&mut self.inner, room, |out| seal(sender, out))?;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.outbox.drain(&mut self.inner)?;
        self.inner.flush()
    }
}

struct Link<T, S: CryptoSuite> {
    shared: Mutex<Shared<T, S>>,
    /// Whoever wants `shared` takes this first. A recovery keeps it while it
    /// waits, so that no further record is written before it.
    turn: Mutex<()>,
    /// Either side has closed the channel in good order.
    closed: AtomicBool,
}

impl<T, S: CryptoSuite> Link<T, S> {
    /// Waits for the way out.
    fn lock(&self) -> MutexGuard<'_, Shared<T, S>> {
        let _turn = lock(&self.turn);
        lock(&self.shared)
    }

    /// Writes what an earlier call could not, where the way out is free.
    fn drain_in_time(&self) -> Result<(), OssuaryError>
    where
        T: Write,
    {
        match self.shared.try_lock() {
            Ok(mut shared) => {
                let shared = &mut *shared;
                shared.outbox.drain_in_time(&mut shared.inner)
            }
            Err(_) => Ok(()),
        }
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// A panic in one half leaves the other whole: what is shared changes in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The two halves of a [`Stream`].
type Halves<T, S, K> = (ReadHalf<T, S, K>, WriteHalf<T, S>);

impl<T: Read + Write + TryClone, S: CryptoSuite, K: KeyStore> Stream<T, OssuaryConnection<S, K>> {
    /// Splits the stream into a half that reads and one that writes, which can
    /// go to two threads.
    ///
    /// Recovery is the reading half's work: while it lasts, writes wait. Where
    /// records were lost, both halves say so.
    ///
    /// # Errors
    ///
    /// The stream below cannot be cloned, or the channel is not open; the stream
    /// comes back as it was.
    #[expect(
        clippy::result_large_err,
        reason = "the stream comes back where it cannot be split"
    )]
    pub fn split(self) -> Result<Halves<T, S, K>, (Self, io::Error)> {
        let inner = match self.inner.try_clone() {
            Ok(inner) => inner,
            Err(error) => return Err((self, error)),
        };
        let Stream {
            inner: read,
            channel,
            mut pump,
        } = self;
        let (sender, receiver) = match channel.split() {
            Ok(halves) => halves,
            Err((channel, error)) => {
                let stream = Stream {
                    inner: read,
                    channel,
                    pump,
                };
                return Err((stream, error.into()));
            }
        };
        let mut outbox = Outbox::default();
        pump.swap_outbox(&mut outbox);
        let sending = Sending::Open(sender);
        let link = Arc::new(Link {
            shared: Mutex::new(Shared {
                inner,
                sending,
                outbox,
                lost: None,
            }),
            turn: Mutex::new(()),
            closed: AtomicBool::new(false),
        });
        let write = WriteHalf {
            link: Arc::clone(&link),
        };
        Ok((
            ReadHalf {
                inner: read,
                side: Side::Split(Box::new(receiver)),
                pump,
                link,
            },
            write,
        ))
    }
}

/// The writing half of a [`Stream`].
pub struct WriteHalf<T, S: CryptoSuite> {
    link: Arc<Link<T, S>>,
}

impl<T: Write, S: CryptoSuite> WriteHalf<T, S> {
    /// As [`Stream::write_record`].
    ///
    /// # Errors
    ///
    /// As those of [`Stream::write_record`].
    pub fn write_record(&mut self, plaintext: &[u8]) -> io::Result<()> {
        if self.link.is_closed() {
            return Err(OssuaryError::ConnectionClosed.into());
        }
        let room = plaintext.len().min(MAX_PLAINTEXT) + RECORD_OVERHEAD;
        let seal = |sender: &mut Sender<S>, out: &mut [u8]| sender.seal(plaintext, out);
        self.link.lock().write(room, seal)
    }

    /// As [`Stream::shutdown`]. What the peer sent before it learns of it can
    /// still be read.
    ///
    /// # Errors
    ///
    /// As those of [`Stream::shutdown`].
    pub fn shutdown(&mut self) -> io::Result<()> {
        let mut shared = self.link.lock();
        if !self.link.is_closed() {
            shared.write(CLOSE_LEN, Sender::close)?;
            self.link.closed.store(true, Ordering::Release);
        }
        shared.flush()
    }
}

impl<T: Write, S: CryptoSuite> Write for WriteHalf<T, S> {
    /// As [`Write::write`] of [`Stream`].
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let len = buf.len().min(MAX_PLAINTEXT);
        let record = buf.get(..len).unwrap_or_default();
        if !record.is_empty() {
            self.write_record(record)?;
        }
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.link.lock().flush()
    }
}

/// The reading half of a [`Stream`].
pub struct ReadHalf<T, S: CryptoSuite, K> {
    inner: T,
    side: Side<S, K>,
    pump: Pump,
    link: Arc<Link<T, S>>,
}

/// What the reading half has of the connection.
enum Side<S: CryptoSuite, K> {
    Split(Box<Receiver<S, K>>),
    /// All of it, in the middle of a recovery.
    Whole(Box<OssuaryConnection<S, K>>),
    /// It is over; `true` where it was closed in good order.
    Over(bool),
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
    /// The connection, to ask it who the peer is and the like; `None` when it is
    /// over.
    pub fn connection(&self) -> Option<&OssuaryConnection<S, K>> {
        match &self.side {
            Side::Split(receiver) => Some(receiver.connection()),
            Side::Whole(connection) => Some(connection),
            Side::Over(_) => None,
        }
    }

    /// As [`Stream::read_record`]. After this side's own
    /// [`shutdown`](WriteHalf::shutdown) the end of the stream below is an end
    /// like the peer's clean close, and proves nothing.
    ///
    /// # Errors
    ///
    /// As those of [`Stream::read_record`].
    pub fn read_record(&mut self) -> io::Result<Option<&[u8]>> {
        if self.pump.plaintext().is_empty() && !self.next_record()? {
            return Ok(None);
        }
        Ok(Some(self.pump.take_plaintext()))
    }

    fn next_record(&mut self) -> io::Result<bool> {
        // Before anything is received: a packet that has begun is timed from now.
        let now = self.pump.now();
        let mut failed = match &mut self.side {
            Side::Split(receiver) => receiver.advance(now).err(),
            _ => None,
        };
        loop {
            let receiver = match &mut self.side {
                Side::Split(receiver) if !receiver.needs_rejoin() => receiver,
                Side::Over(true) => return Ok(false),
                Side::Over(false) => return Err(OssuaryError::ConnectionFailed.into()),
                _ => {
                    self.recover(failed.take())?;
                    continue;
                }
            };
            let result = match self.pump.receive(|input| receiver.receive(input)) {
                Ok(Found::Record) => return Ok(true),
                Ok(Found::Closed) => return Ok(self.end()),
                Ok(Found::Need(want)) => {
                    // As in `Pump::step`.
                    let drained = self.link.drain_in_time();
                    match self.pump.read(&mut self.inner, want)? {
                        Some(0) if self.link.is_closed() => return Ok(self.end()),
                        Some(0) => receiver.end_of_stream(),
                        read => {
                            if read.is_none() {
                                drained?;
                            }
                            receiver.advance(self.pump.now()).map(drop)
                        }
                    }
                }
                Ok(Found::Other) => Ok(()),
                Err(error) => Err(error),
            };
            failed = result.err();
        }
    }

    /// The clean end: nothing is read or written any more.
    fn end(&mut self) -> bool {
        self.side = Side::Over(true);
        self.link.closed.store(true, Ordering::Release);
        false
    }

    /// Joins the halves, drives the connection until it is open again or has
    /// ended, and splits it.
    fn recover(&mut self, failed: Option<OssuaryError>) -> io::Result<()> {
        let link = Arc::clone(&self.link);
        let mut shared = self.take_way_out(&link)?;
        let sending = mem::replace(&mut shared.sending, Sending::Failed);
        let mut connection = match (mem::replace(&mut self.side, Side::Over(false)), sending) {
            (Side::Split(receiver), Sending::Open(sender)) => {
                let joined = receiver.rejoin(sender);
                Box::new(joined.map_err(|(_, _, error)| io::Error::from(error))?)
            }
            (Side::Whole(connection), _) => connection,
            _ => return Err(OssuaryError::ConnectionFailed.into()),
        };
        self.pump.swap_outbox(&mut shared.outbox);
        let mut both = Both {
            read: &mut self.inner,
            write: &mut shared.inner,
        };
        let opened = match failed {
            Some(error) => {
                // The peer is told why, if it can be; the error is what counts.
                let _ = self.pump.flush(&mut *connection, &mut both);
                Err(error)
            }
            None => self.pump.open(&mut *connection, &mut both, &mut nobody),
        };
        self.pump.swap_outbox(&mut shared.outbox);
        let lost = self.pump.take_lost();
        if lost.is_some() {
            shared.lost = lost;
        }
        if let Err(error) = opened {
            if !matches!(connection.status(), Status::Failed | Status::Closed) {
                // The stream below failed, or the key store: it can be gone on with.
                self.side = Side::Whole(connection);
                shared.sending = Sending::Recovering;
            }
            return Err(error.into());
        }
        let (sender, receiver) = connection.split().map_err(|(_, error)| error)?;
        self.side = Side::Split(Box::new(receiver));
        shared.sending = Sending::Open(sender);
        match lost {
            Some(lost) => Err(RecordsLost(lost).into()),
            None => Ok(()),
        }
    }

    /// Waits for the writing half to finish its packet, and reads meanwhile, so
    /// that a peer which is stuck in writing for want of a reader can finish too.
    fn take_way_out<'a>(
        &mut self,
        link: &'a Link<T, S>,
    ) -> io::Result<MutexGuard<'a, Shared<T, S>>> {
        let _turn = lock(&link.turn);
        loop {
            for _ in 0..2 {
                match link.shared.try_lock() {
                    Ok(shared) => return Ok(shared),
                    Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
                    Err(TryLockError::WouldBlock) => std::thread::sleep(PATIENCE),
                }
            }
            if !self.pump.discard(&mut self.inner)? {
                // The peer is gone: the write fails soon.
                return Ok(lock(&link.shared));
            }
        }
    }
}

impl<T: Read + Write, S: CryptoSuite, K: KeyStore> BufRead for ReadHalf<T, S, K> {
    /// As [`BufRead::fill_buf`] of [`Stream`].
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.pump.plaintext().is_empty() && self.next_record()? {}
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

impl<T, S: CryptoSuite> fmt::Debug for WriteHalf<T, S> {
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
