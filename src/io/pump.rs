//! What moves packets between a channel and a blocking stream.

use crate::channel::Channel;
use crate::connection::{Delivery, Event, Status};
use crate::error::{Misuse, OssuaryError};
use crate::packet::MAX_PACKET;
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;
use ossuary_traits::{BoxError, Identity};
use std::io::{self, ErrorKind, Read, Write};
use std::time::Instant;

/// How much is read from the stream at once, at least, in bytes.
const READ_AHEAD: usize = 16 * 1024;

/// The buffers of a stream, and its clock.
pub(super) struct Pump {
    begun: Instant,
    /// What was read from the stream stands in `unread`; what is before it has
    /// been dealt with.
    incoming: Vec<u8>,
    unread: Range<usize>,
    /// The plaintext of the present record, in `incoming`.
    plaintext: Range<usize>,
    outbox: Outbox,
    lost: Option<Delivery>,
}

/// The packet that is on its way out. What the stream has not taken of it goes
/// before anything else, so that a write that failed half-way, or timed out,
/// can be gone on with.
#[derive(Default)]
pub(super) struct Outbox {
    packet: Vec<u8>,
    unsent: Range<usize>,
}

impl Outbox {
    /// Writes a packet of at most `room` bytes that `make` makes, once what was
    /// there before is written.
    ///
    /// An error of the stream below that only asks to try again is none where
    /// the packet has been made: it is kept, and goes with the next one or with
    /// [`drain`](Self::drain).
    pub(super) fn write(
        &mut self,
        inner: &mut impl Write,
        room: usize,
        make: impl FnOnce(&mut [u8]) -> Result<usize, OssuaryError>,
    ) -> Result<usize, OssuaryError> {
        self.drain(inner)?;
        if self.packet.len() < room {
            self.packet.resize(room, 0);
        }
        let len = make(&mut self.packet)?;
        self.unsent = 0..len;
        self.drain_in_time(inner).map(|()| len)
    }

    /// Writes what has not been sent yet, or as much of it as the stream takes before
    /// its write timeout.
    pub(super) fn drain_in_time(&mut self, inner: &mut impl Write) -> Result<(), OssuaryError> {
        match self.drain(inner) {
            Err(OssuaryError::Io(error)) if is_timeout(&error) => Ok(()),
            result => result,
        }
    }

    /// Writes what has not been sent yet.
    pub(super) fn drain(&mut self, inner: &mut impl Write) -> Result<(), OssuaryError> {
        while !self.unsent.is_empty() {
            let rest = self.packet.get(self.unsent.clone()).unwrap_or_default();
            match inner.write(rest) {
                Ok(0) => return Err(OssuaryError::Io(ErrorKind::WriteZero.into())),
                Ok(written) => self.unsent.start += written,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(OssuaryError::Io(error)),
            }
        }
        Ok(())
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// What was received.
pub(super) enum Found {
    /// A record; its plaintext is in the buffer.
    Record,
    /// The peer's clean close.
    Closed,
    /// More bytes are needed.
    Need(usize),
    /// Something else.
    Other,
}

/// Asks about a peer that is undecided; `None` where there is nobody to ask.
pub(super) type Ask<'a> = dyn FnMut(&Identity) -> Option<Result<bool, BoxError>> + 'a;

pub(super) fn nobody(_: &Identity) -> Option<Result<bool, BoxError>> {
    None
}

impl Pump {
    pub(super) fn new() -> Self {
        Pump {
            begun: Instant::now(),
            incoming: Vec::new(),
            unread: 0..0,
            plaintext: 0..0,
            outbox: Outbox::default(),
            lost: None,
        }
    }

    /// The time, on the clock that the channel is told.
    pub(super) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// What is left of the present record.
    pub(super) fn plaintext(&self) -> &[u8] {
        self.incoming
            .get(self.plaintext.clone())
            .unwrap_or_default()
    }

    pub(super) fn consume(&mut self, amount: usize) {
        self.plaintext.start = self
            .plaintext
            .end
            .min(self.plaintext.start.saturating_add(amount));
    }

    pub(super) fn take_plaintext(&mut self) -> &[u8] {
        let whole = self.plaintext.clone();
        self.plaintext.start = self.plaintext.end;
        self.incoming.get(whole).unwrap_or_default()
    }

    /// What a recovery found to be lost, once.
    pub(super) fn take_lost(&mut self) -> Option<Delivery> {
        self.lost.take()
    }

    /// Drives the channel until it is open.
    pub(super) fn open<C: Channel>(
        &mut self,
        channel: &mut C,
        inner: &mut (impl Read + Write),
        ask: &mut Ask<'_>,
    ) -> Result<(), OssuaryError> {
        self.tick(channel, inner)?;
        while channel.status() != Status::Open {
            self.step(channel, inner, ask)?;
        }
        self.note_delivery(channel);
        Ok(())
    }

    /// Drives the channel until a record has come; `false` where it was closed.
    pub(super) fn next_record<C: Channel>(
        &mut self,
        channel: &mut C,
        inner: &mut (impl Read + Write),
    ) -> Result<bool, OssuaryError> {
        // A recovery may have come to its end in a call that failed.
        self.note_delivery(channel);
        if self.lost.is_some() {
            return Ok(true);
        }
        // Before anything is received: a packet that has begun is timed from now.
        self.tick(channel, inner)?;
        loop {
            match channel.status() {
                Status::Closed => return Ok(false),
                Status::Failed => return Err(OssuaryError::ConnectionFailed),
                _ => {}
            }
            match self.step(channel, inner, &mut nobody)? {
                Found::Record => return Ok(true),
                Found::Closed => return Ok(false),
                Found::Need(_) | Found::Other => {}
            }
            self.note_delivery(channel);
            if self.lost.is_some() {
                // The caller is told before it waits any longer.
                return Ok(true);
            }
        }
    }

    /// What a recovery of the channel found, which the caller is to be told.
    pub(super) fn note_delivery(&mut self, channel: &mut impl Channel) {
        if self.lost.is_none()
            && let Some(delivery) = channel.take_delivery()
            && (delivery.lost() > 0 || !delivery.counted)
        {
            self.lost = Some(delivery);
        }
    }

    /// Sends what is due, takes one packet, and reads where it is not whole.
    fn step<C: Channel>(
        &mut self,
        channel: &mut C,
        inner: &mut (impl Read + Write),
        ask: &mut Ask<'_>,
    ) -> Result<Found, OssuaryError> {
        if self.flush(channel, inner)? {
            // What was sent may have opened the channel.
            return Ok(Found::Other);
        }
        if channel.status() == Status::AwaitingSignature {
            return Err(Misuse::SignaturePending.into());
        }
        if let Some(peer) = channel.undecided_peer() {
            let answer = match ask(peer) {
                Some(answer) => answer.map_err(OssuaryError::Trust),
                None => Err(OssuaryError::untrusted(channel.role(), peer)),
            };
            let decided = channel.decide(matches!(answer, Ok(true)));
            // The peer is told, if it can be; the decision is what counts.
            let _ = self.flush(channel, inner);
            return answer.and(decided).map(|()| Found::Other);
        }
        let found = self.receive(|input| channel.receive(input));
        match found {
            Ok(Found::Need(want)) => {
                // The peer may be waiting for the rest. Where that cannot be written, what
                // the peer has sent can still be read.
                let drained = self.outbox.drain_in_time(inner);
                match self.read(inner, want)? {
                    Some(0) => match channel.end_of_stream() {
                        Ok(()) => return Ok(Found::Closed),
                        Err(error) => return Err(error),
                    },
                    Some(_) => self.tick(channel, inner)?,
                    None => {
                        self.tick(channel, inner)?;
                        drained?;
                    }
                }
            }
            Err(_) => {
                // The peer is told why, if it can be; the error is what counts.
                let _ = self.flush(channel, inner);
            }
            _ => {}
        }
        found
    }

    /// Tells the channel the time.
    fn tick<C: Channel>(
        &mut self,
        channel: &mut C,
        inner: &mut (impl Read + Write),
    ) -> Result<(), OssuaryError> {
        let result = channel.advance(self.now());
        if result.is_err() {
            let _ = self.flush(channel, inner);
        }
        result.map(drop)
    }

    /// Takes the next packet out of what was read.
    pub(super) fn receive(
        &mut self,
        receive: impl FnOnce(&mut [u8]) -> Result<crate::Received<'_>, OssuaryError>,
    ) -> Result<Found, OssuaryError> {
        let start = self.unread.start;
        let input = self
            .incoming
            .get_mut(self.unread.clone())
            .unwrap_or_default();
        let base = input.as_ptr().addr();
        let received = receive(input)?;
        self.unread.start += received.consumed;
        Ok(match received.event {
            Event::Record(plaintext) => {
                let offset = start + plaintext.as_ptr().addr().wrapping_sub(base);
                self.plaintext = offset..offset + plaintext.len();
                Found::Record
            }
            Event::NeedBytes(want) => Found::Need(want),
            Event::Closed => Found::Closed,
            _ => Found::Other,
        })
    }

    /// Reads from the stream, as much as it gives; makes room for `want` bytes
    /// at least. `None` where it gave nothing within its own timeout.
    pub(super) fn read(
        &mut self,
        inner: &mut impl Read,
        want: usize,
    ) -> Result<Option<usize>, OssuaryError> {
        self.plaintext = 0..0;
        if self.unread.is_empty() {
            self.unread = 0..0;
        }
        if self.unread.end + want > self.incoming.len() {
            self.incoming.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
            let room = (self.unread.end + want).max(READ_AHEAD);
            if room > self.incoming.len() {
                self.incoming.resize(room, 0);
            }
        }
        loop {
            let room = self.incoming.get_mut(self.unread.end..).unwrap_or_default();
            match inner.read(room) {
                Ok(read) => {
                    self.unread.end += read;
                    return Ok(Some(read));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(None),
                Err(error) => return Err(OssuaryError::Io(error)),
            }
        }
    }

    /// Writes what the protocol has to send; whether there was anything.
    pub(super) fn flush<C: Channel>(
        &mut self,
        channel: &mut C,
        inner: &mut impl Write,
    ) -> Result<bool, OssuaryError> {
        let mut sent = false;
        while channel.wants_send() {
            let room = channel.send_len();
            if self.outbox.write(inner, room, |out| channel.send(out))? == 0 {
                break;
            }
            sent = true;
        }
        Ok(sent)
    }

    pub(super) fn write_record<C: Channel>(
        &mut self,
        channel: &mut C,
        inner: &mut impl Write,
        plaintext: &[u8],
    ) -> Result<(), OssuaryError> {
        let room = plaintext.len().min(channel.max_plaintext()) + channel.record_overhead();
        self.outbox
            .write(inner, room, |out| channel.seal(plaintext, out))?;
        Ok(())
    }

    /// Writes what an earlier call could not.
    pub(super) fn drain(&mut self, inner: &mut impl Write) -> Result<(), OssuaryError> {
        self.outbox.drain(inner)
    }

    /// The way out, for the half that writes.
    pub(super) fn swap_outbox(&mut self, outbox: &mut Outbox) {
        core::mem::swap(&mut self.outbox, outbox);
    }

    /// Reads and throws away, but for the last packet's worth: what a side that
    /// waits for a Reset does, while it cannot send its own yet.
    pub(super) fn discard(&mut self, inner: &mut impl Read) -> Result<bool, OssuaryError> {
        if self.unread.len() > MAX_PACKET {
            self.unread.start = self.unread.end - MAX_PACKET;
        }
        Ok(self.read(inner, READ_AHEAD)? != Some(0))
    }
}
