//! Records: seal and open, counter and nonce, re-keying, padding and usage
//! limits (docs/protocol.md, "Records").

use crate::alert::{ALERT_LEN, Alert, Reason, Token};
use crate::error::{Misuse, OssuaryError, PeerError};
use crate::key_schedule::{Keys, TrafficSecret};
use crate::packet::{Flags, HEADER_LEN, Header, MAX_BODY, PacketType, msg_id};
use core::fmt;
use ossuary_traits::{CryptoError, CryptoSuite, TAG_LEN};
use zeroize::Zeroize;

/// The longest plaintext of a record, in bytes.
pub const MAX_PLAINTEXT: usize = MAX_BODY - TAG_LEN;
/// How much longer a record is on the wire than its plaintext: header and tag,
/// in bytes.
pub const RECORD_OVERHEAD: usize = HEADER_LEN + TAG_LEN;

/// The length of a clean close on the wire, in bytes.
pub const CLOSE_LEN: usize = ALERT_LEN + RECORD_OVERHEAD;

/// A sender re-keys by itself before so many packets under one key: the packet
/// of the number below, counted from 1, is the last.
const REKEY_BEFORE: u32 = 1 << 22;
/// A receiver refuses the packet of this number under one key, counted from 1.
const REFUSED_UNDER_KEY: u32 = 1 << 23;
/// What marks the end of the plaintext in a padded record.
const PADDING_MARKER: u8 = 0x80;

/// The state of one direction: its secret, its keys, and its place in the sequence.
struct Direction<S: CryptoSuite> {
    secret: TrafficSecret<S>,
    keys: Keys<S::Aead>,
    /// The number of the next packet since the handshake began.
    counter: u64,
    /// How many packets have gone under this key.
    under_key: u32,
}

impl<S: CryptoSuite> Direction<S> {
    fn new(secret: TrafficSecret<S>, counter: u64) -> Result<Self, CryptoError> {
        Ok(Direction {
            keys: secret.keys()?,
            secret,
            counter,
            under_key: 0,
        })
    }

    /// The next secret and its keys, made before the present ones are given up.
    fn next_key(&self) -> Result<(TrafficSecret<S>, Keys<S::Aead>), CryptoError> {
        let secret = self.secret.next()?;
        let keys = secret.keys()?;
        Ok((secret, keys))
    }

    fn advance(&mut self, next_key: Option<(TrafficSecret<S>, Keys<S::Aead>)>) {
        self.counter = self.counter.saturating_add(1);
        self.under_key += 1;
        if let Some((secret, keys)) = next_key {
            self.secret = secret;
            self.keys = keys;
            self.under_key = 0;
        }
    }
}

/// The sending direction of an open channel: it seals records into the
/// caller's buffers. It can go to another thread than the connection that it
/// came from (`OssuaryConnection::split`).
pub struct Sender<S: CryptoSuite> {
    direction: Direction<S>,
    rekey: bool,
    /// How many records were sent on the connection, over all its handshakes.
    records: u64,
    /// The token that this side's alerts carry in this handshake.
    token: Token,
    /// A clean close was sealed: nothing may follow it.
    closed: bool,
}

impl<S: CryptoSuite> Sender<S> {
    pub(crate) fn new(
        secret: TrafficSecret<S>,
        counter: u64,
        records: u64,
        token: Token,
    ) -> Result<Self, CryptoError> {
        let direction = Direction::new(secret, counter)?;
        Ok(Sender {
            direction,
            rekey: false,
            records,
            token,
            closed: false,
        })
    }

    /// How many records were sent on the connection, over all its handshakes;
    /// after a recovery, counted on from what the peer has received.
    #[must_use]
    pub fn records_sent(&self) -> u64 {
        self.records
    }

    /// The token tells which handshake this belongs to.
    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Goes on with a new key after the next record, which is marked so.
    pub fn rekey(&mut self) {
        self.rekey = true;
    }

    /// Seals `plaintext` into the front of `out` as one record, and returns the
    /// record's length, [`RECORD_OVERHEAD`] bytes more than the plaintext's.
    ///
    /// # Errors
    ///
    /// [`Misuse::RecordTooLong`] for more than [`MAX_PLAINTEXT`] bytes and
    /// [`OssuaryError::BufferTooSmall`]: nothing has changed, and nothing was
    /// written. [`OssuaryError::Crypto`]: the library failed; nothing was
    /// counted, and what stands in `out` is not to be sent.
    #[inline]
    pub fn seal(&mut self, plaintext: &[u8], out: &mut [u8]) -> Result<usize, OssuaryError> {
        let packet = room_for(plaintext.len(), out)?;
        let written = self.seal_packet(
            packet,
            PacketType::EncryptedData,
            Flags::SEALED,
            |keys, counter, aad, body| keys.seal(counter, aad, plaintext, body),
        )?;
        self.records += 1;
        Ok(written)
    }

    /// Seals in place: the plaintext of `len` bytes stands in `buffer` behind
    /// room for the header of [`HEADER_LEN`] bytes, and
    /// room for the tag is behind it. Returns the record's length; the record
    /// stands at the front of `buffer`.
    ///
    /// # Errors
    ///
    /// As those of [`seal`](Self::seal).
    #[inline]
    pub fn seal_in_place(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, OssuaryError> {
        let packet = room_for(len, buffer)?;
        let written = self.seal_packet(
            packet,
            PacketType::EncryptedData,
            Flags::SEALED,
            Keys::seal_in_place,
        )?;
        self.records += 1;
        Ok(written)
    }

    /// Seals `plaintext` with padding, so that the record does not show its
    /// length: what is sealed is `padded_len` bytes long, the plaintext, a
    /// marker of one byte and zeros. The receiver removes the padding.
    ///
    /// # Errors
    ///
    /// [`Misuse::PaddedTooShort`] where `padded_len` is not greater than the
    /// plaintext's length; otherwise as those of [`seal`](Self::seal).
    pub fn seal_padded(
        &mut self,
        plaintext: &[u8],
        padded_len: usize,
        out: &mut [u8],
    ) -> Result<usize, OssuaryError> {
        if padded_len <= plaintext.len() {
            let needed = plaintext.len().saturating_add(1);
            return Err(Misuse::PaddedTooShort { needed }.into());
        }
        let packet = room_for(padded_len, out)?;
        let flags = Flags::SEALED.with(Flags::PADDED, true);
        let written = self.seal_packet(
            packet,
            PacketType::EncryptedData,
            flags,
            |keys, counter, aad, body| {
                let (text, padding) = body.split_at_mut(plaintext.len());
                text.copy_from_slice(plaintext);
                padding.fill(0);
                if let Some(marker) = padding.first_mut() {
                    *marker = PADDING_MARKER;
                }
                keys.seal_in_place(counter, aad, body)
            },
        )?;
        self.records += 1;
        Ok(written)
    }

    /// Seals a clean close, the last packet of this direction, into the front of
    /// `out`, and returns its length of [`CLOSE_LEN`] bytes.
    ///
    /// # Errors
    ///
    /// As those of [`seal`](Self::seal).
    pub fn close(&mut self, out: &mut [u8]) -> Result<usize, OssuaryError> {
        let alert = Alert {
            reason: Reason::Closed,
            kind: 0,
            token: self.token,
        }
        .encode();
        let packet = room_for(alert.len(), out)?;
        let seal = |keys: &Keys<S::Aead>, counter, aad: &[u8], body: &mut [u8]| {
            keys.seal(counter, aad, &alert, body)
        };
        let written = self.seal_packet(packet, PacketType::Disconnect, Flags::SEALED, seal)?;
        self.closed = true;
        Ok(written)
    }

    /// Seals what `seal` makes of the packet's body. The header is the AAD; the
    /// counter moves only when all has gone well.
    #[inline]
    fn seal_packet(
        &mut self,
        packet: &mut [u8],
        kind: PacketType,
        flags: Flags,
        seal: impl FnOnce(&Keys<S::Aead>, u64, &[u8], &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError>,
    ) -> Result<usize, OssuaryError> {
        if self.closed {
            return Err(OssuaryError::ConnectionClosed);
        }
        let direction = &mut self.direction;
        if direction.counter == u64::MAX {
            return Err(Misuse::CounterExhausted.into());
        }
        let rekey = kind == PacketType::EncryptedData
            && (self.rekey || direction.under_key + 2 >= REKEY_BEFORE);
        let next_key = if rekey {
            Some(direction.next_key()?)
        } else {
            None
        };
        let len = packet.len();
        let flags = flags.with(Flags::REKEY, rekey);
        let header = Header::new(kind, flags, msg_id(direction.counter), len - HEADER_LEN).encode();
        let (head, rest) = packet.split_at_mut(HEADER_LEN);
        let (body, tag) = rest.split_at_mut(len - RECORD_OVERHEAD);
        head.copy_from_slice(&header);
        tag.copy_from_slice(&seal(&direction.keys, direction.counter, &header, body)?);
        direction.advance(next_key);
        self.rekey &= !rekey;
        Ok(len)
    }
}

impl<S: CryptoSuite> Drop for Sender<S> {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

impl<S: CryptoSuite> fmt::Debug for Sender<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("records_sent", &self.records)
            .finish_non_exhaustive()
    }
}

/// The front of `out` that a record of `len` plaintext bytes takes.
#[inline]
fn room_for(len: usize, out: &mut [u8]) -> Result<&mut [u8], OssuaryError> {
    if len > MAX_PLAINTEXT {
        return Err(Misuse::RecordTooLong {
            len,
            max: MAX_PLAINTEXT,
        }
        .into());
    }
    let needed = len + RECORD_OVERHEAD;
    out.get_mut(..needed)
        .ok_or(OssuaryError::BufferTooSmall { needed })
}

/// The receiving direction of an open channel.
pub(crate) struct Opener<S: CryptoSuite> {
    direction: Direction<S>,
}

impl<S: CryptoSuite> Opener<S> {
    pub(crate) fn new(secret: TrafficSecret<S>, counter: u64) -> Result<Self, CryptoError> {
        Ok(Opener {
            direction: Direction::new(secret, counter)?,
        })
    }

    /// What is wrong with a sealed packet's header, before its body is waited for.
    pub(crate) fn check(&self, header: &Header) -> Result<(), PeerError> {
        let expected = msg_id(self.direction.counter);
        if header.msg_id != expected {
            return Err(PeerError::WrongMessageId {
                expected,
                received: header.msg_id,
            });
        }
        if self.direction.under_key + 1 >= REFUSED_UNDER_KEY || self.direction.counter == u64::MAX {
            return Err(PeerError::KeyLimitReached);
        }
        Ok(())
    }

    /// Opens a sealed packet's body where it stands and gives the plaintext,
    /// without its padding. Only a packet that opens is counted.
    pub(crate) fn open<'a>(
        &mut self,
        header: &Header,
        aad: &[u8; HEADER_LEN],
        body: &'a mut [u8],
    ) -> Result<&'a mut [u8], PeerError> {
        let direction = &mut self.direction;
        direction
            .keys
            .open_in_place(direction.counter, aad, body)
            .map_err(|_| PeerError::DecryptionFailed)?;
        let next_key = if header.flags.has(Flags::REKEY) {
            Some(direction.next_key().map_err(|_| PeerError::LocalFailure)?)
        } else {
            None
        };
        direction.advance(next_key);
        let len = body.len().saturating_sub(TAG_LEN);
        let plaintext = body.get_mut(..len).ok_or(PeerError::DecryptionFailed)?;
        if !header.flags.has(Flags::PADDED) {
            return Ok(plaintext);
        }
        let marker = plaintext
            .iter()
            .rposition(|byte| *byte != 0)
            .ok_or(PeerError::BadPadding)?;
        match plaintext.split_at_mut_checked(marker) {
            Some((text, [PADDING_MARKER, ..])) => Ok(text),
            _ => Err(PeerError::BadPadding),
        }
    }
}

#[cfg(all(test, feature = "rustcrypto"))]
mod tests;
