//! One direction of a byte stream in memory, and what can happen to it.

use std::io::{self, Read, Write};

/// What happens to the bytes of one direction from one place on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// The byte is changed.
    Xor(u8),
    /// The byte does not come.
    Drop,
    /// The byte comes twice.
    Twice,
    /// These bytes come before it, which nobody sent.
    Insert(Vec<u8>),
    /// It does not come, nor anything behind it; nobody is told.
    Silence,
    /// The stream ends there, for both sides and in both directions.
    Cut,
}

/// One direction of the stream.
#[derive(Default)]
pub(crate) struct Wire {
    /// What its sender wrote, before any damage.
    pub(crate) written: Vec<u8>,
    pub(crate) damage: Vec<(usize, Damage)>,
    silent: bool,
    pub(crate) cut: bool,
    /// What has come to its receiver and was not consumed.
    pub(crate) inbox: Vec<u8>,
    /// How much of that `receive` has been shown, where it comes in pieces.
    pub(crate) seen: usize,
}

impl Wire {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let first = self.written.len();
        self.written.extend_from_slice(bytes);
        let span = first..self.written.len();
        if !self.damage.iter().any(|(place, _)| span.contains(place)) {
            if !self.silent {
                self.inbox.extend_from_slice(bytes);
            }
            return;
        }
        for (place, byte) in span.zip(bytes) {
            let mut byte = Some(*byte);
            for (_, damage) in self.damage.iter().filter(|(at, _)| *at == place) {
                match damage {
                    Damage::Xor(bits) => byte = byte.map(|byte| byte ^ bits),
                    Damage::Drop => byte = None,
                    Damage::Twice => self.inbox.extend(byte.filter(|_| !self.silent)),
                    Damage::Insert(more) if !self.silent => self.inbox.extend_from_slice(more),
                    Damage::Insert(_) => {}
                    Damage::Silence => self.silent = true,
                    Damage::Cut => self.cut = true,
                }
            }
            self.silent |= self.cut;
            self.inbox.extend(byte.filter(|_| !self.silent));
        }
    }
}

/// A stream that takes and gives a few bytes at a time.
pub(crate) struct Trickle<'a> {
    pub(crate) wire: &'a mut Wire,
    pub(crate) left: usize,
    /// What a call takes or gives at most.
    pub(crate) most: usize,
}

impl Write for Trickle<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = bytes.len().min(self.most).min(self.left);
        if len == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.left -= len;
        self.wire.write(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = out.len().min(self.most).min(self.wire.inbox.len());
        if len == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        out[..len].copy_from_slice(&self.wire.inbox[..len]);
        self.wire.inbox.drain(..len);
        Ok(len)
    }
}

/// A writer that takes a few bytes, and no more.
pub(crate) struct Sip<'a> {
    pub(crate) taken: &'a mut Vec<u8>,
    pub(crate) left: usize,
}

impl Write for Sip<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = bytes.len().min(self.left);
        if len == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.left -= len;
        self.taken.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
