//! The API over `Read` and `Write`: a filter between the program and the
//! stream, which may be non-blocking.
//!
//! It is a thin layer over [`send`](OssuaryConnection::send),
//! [`receive`](OssuaryConnection::receive) and
//! [`seal`](OssuaryConnection::seal) with a buffer for the packet that is on
//! its way in and one for the packet that is on its way out. A buffer is given
//! back when it is empty.

use super::{Event, OssuaryConnection, State, Status};
use crate::error::{Misuse, OssuaryError};
use crate::packet::MAX_PACKET;
use crate::record::{MAX_PLAINTEXT, RECORD_OVERHEAD};
use alloc::vec::Vec;
use core::ops::Range;
use ossuary_traits::{CryptoSuite, Identity, KeyStore, SignatureScheme};
use std::io::{ErrorKind, Read, Write};

/// What is on its way.
#[derive(Default)]
pub(super) struct Buffers {
    /// The packet that is coming in, as much as has come.
    incoming: Vec<u8>,
    /// The rest of a packet that the stream has not taken yet.
    outgoing: Vec<u8>,
    /// The plaintext of a record that the application's writer has not taken
    /// yet: a range of `delivering`.
    delivering: Vec<u8>,
    deliver: Range<usize>,
}

/// A record's packet, opened, and where in it the plaintext stands.
type Record = (Vec<u8>, Range<usize>);

/// How much is read at once, at most, in bytes: a stream that gives single
/// bytes does not make each of them cost a whole packet's room.
const READ_AT_ONCE: usize = 8 * 1024;

/// Reads at most `want` bytes more; how many came, 0 for none at present.
fn fill(from: &mut impl Read, to: &mut Vec<u8>, want: usize) -> Result<usize, OssuaryError> {
    let have = to.len();
    let want = want.min(READ_AT_ONCE);
    to.resize(have + want, 0);
    let result = loop {
        match from.read(to.get_mut(have..).unwrap_or_default()) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break Ok(0),
            result => break result,
        }
    };
    to.truncate(have + result.as_ref().map_or(0, |read| *read));
    result.map_err(OssuaryError::Io)
}

/// Writes of `bytes` as much as the stream takes.
fn drain(bytes: &[u8], to: &mut impl Write) -> (usize, Result<(), OssuaryError>) {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match to.write(rest) {
            Ok(0) => break,
            Ok(more) => written += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return (written, Err(OssuaryError::Io(error))),
        }
    }
    (written, Ok(()))
}

impl<S: CryptoSuite, K: KeyStore> OssuaryConnection<S, K> {
    /// Authorizes an Ed25519 public key of 32 bytes on this connection. Where it
    /// is the key of the peer that waits for a decision, the peer is trusted and
    /// the handshake can go on.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongLength`]; otherwise those of [`authorize`](Self::authorize),
    /// which takes keys of other schemes.
    pub fn add_authorized_key(&mut self, public_key: &[u8]) -> Result<(), OssuaryError> {
        let identity =
            Identity::new(SignatureScheme::Ed25519, public_key).map_err(Misuse::WrongLength)?;
        self.authorize(identity)
    }

    /// Authorizes several Ed25519 public keys; returns how many.
    ///
    /// # Errors
    ///
    /// As [`add_authorized_key`](Self::add_authorized_key); the keys before the
    /// faulty one have been added.
    pub fn add_authorized_keys<'a>(
        &mut self,
        public_keys: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<usize, OssuaryError> {
        let mut added = 0;
        for public_key in public_keys {
            self.add_authorized_key(public_key)?;
            added += 1;
        }
        Ok(added)
    }

    /// Whether the channel is open, for [`send_data`](Self::send_data) and
    /// [`recv_data`](Self::recv_data).
    ///
    /// # Errors
    ///
    /// [`OssuaryError::ConnectionClosed`] and [`OssuaryError::ConnectionFailed`]
    /// where it never will be again.
    pub fn handshake_done(&self) -> Result<bool, OssuaryError> {
        match self.status() {
            Status::Open => Ok(true),
            Status::Closed => Err(OssuaryError::ConnectionClosed),
            Status::Failed => Err(OssuaryError::ConnectionFailed),
            _ => Ok(false),
        }
    }

    /// This side's public key.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoHostKey`] on an anonymous client.
    pub fn local_public_key(&self) -> Result<&[u8], OssuaryError> {
        let identity = self.local_identity().ok_or(Misuse::NoHostKey)?;
        Ok(identity.public_key())
    }

    /// The peer's public key, once it has been verified and trusted.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOpen`] before that; [`Misuse::AnonymousPeer`] for a client
    /// that has none.
    pub fn remote_public_key(&self) -> Result<&[u8], OssuaryError> {
        match self.remote_identity() {
            Some(identity) => Ok(identity.public_key()),
            None if self.status() == Status::Open => Err(Misuse::AnonymousPeer.into()),
            None => Err(Misuse::NotOpen.into()),
        }
    }

    /// Writes whatever the handshake has to send to `out`, and returns how many
    /// bytes. Call it in turn with [`recv_handshake`](Self::recv_handshake)
    /// until [`handshake_done`](Self::handshake_done), and again after a reset.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::WouldBlock`]: so many bytes were written, and the stream
    /// takes no more at present, or a signature is pending;
    /// [`OssuaryError::KeyStore`]: call again later; [`OssuaryError::Io`];
    /// [`OssuaryError::ConnectionClosed`] and [`OssuaryError::ConnectionFailed`]
    /// where there is nothing left to send.
    pub fn send_handshake(&mut self, mut out: impl Write) -> Result<usize, OssuaryError> {
        let written = self.flush(&mut out)?;
        if written == 0 {
            match self.status() {
                Status::Closed => return Err(OssuaryError::ConnectionClosed),
                Status::Failed => return Err(OssuaryError::ConnectionFailed),
                Status::AwaitingSignature => return Err(OssuaryError::WouldBlock(0)),
                _ => {}
            }
        }
        Ok(written)
    }

    /// Reads one packet of the handshake from `input`, and returns how many
    /// bytes were taken. Never more is taken than the packet.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::WouldBlock`]: so many bytes were taken, and the packet is
    /// not whole, or this side has something to send first;
    /// [`OssuaryError::UntrustedServer`] and [`OssuaryError::UntrustedClient`]:
    /// once, where the peer's key needs a decision (afterwards `WouldBlock(0)`
    /// until it is made);
    /// [`OssuaryError::ConnectionReset`]: go on with
    /// [`send_handshake`](Self::send_handshake); [`OssuaryError::Peer`],
    /// [`OssuaryError::Crypto`]: the connection is over, and
    /// [`flush`](Self::flush) tells the peer; [`OssuaryError::Io`].
    ///
    /// An `input` that ends and one that has nothing at present look alike:
    /// `WouldBlock`. Whoever knows that the stream has ended says so with
    /// [`end_of_stream`](Self::end_of_stream).
    pub fn recv_handshake(&mut self, mut input: impl Read) -> Result<usize, OssuaryError> {
        // A record may follow the handshake closely: it is for `recv_data`.
        if self.status() == Status::Open {
            return Ok(0);
        }
        let (taken, _) = self.pump(&mut input)?;
        Ok(taken)
    }

    /// Seals `plaintext` as one record, of at most
    /// [`MAX_PLAINTEXT`] bytes, writes it to `out`, and
    /// returns how many bytes were written.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::WouldBlock`]: so many bytes were written, the record is
    /// accepted, and [`flush`](Self::flush) writes the rest. [`OssuaryError::Io`]
    /// likewise: the record is accepted, and `flush` goes on where the stream
    /// failed, if it can.
    ///
    /// In all other cases the record is not accepted.
    /// [`Misuse::FlushFirst`]: an earlier packet is not written yet;
    /// [`Misuse::RecordTooLong`]; [`Misuse::NotOpen`];
    /// [`OssuaryError::ConnectionReset`]: the channel was reset, go on with the
    /// handshake; [`OssuaryError::ConnectionClosed`] and
    /// [`OssuaryError::ConnectionFailed`].
    pub fn send_data(
        &mut self,
        plaintext: &[u8],
        mut out: impl Write,
    ) -> Result<usize, OssuaryError> {
        self.check_open()?;
        if !self.buffers().outgoing.is_empty() {
            return Err(Misuse::FlushFirst.into());
        }
        if plaintext.len() > MAX_PLAINTEXT {
            return Err(Misuse::RecordTooLong {
                len: plaintext.len(),
                max: MAX_PLAINTEXT,
            }
            .into());
        }
        let mut packet = core::mem::take(&mut self.buffers().outgoing);
        packet.resize(plaintext.len() + RECORD_OVERHEAD, 0);
        self.seal(plaintext, &mut packet)?;
        self.buffers().outgoing = packet;
        self.write_out(&mut out)
    }

    /// Reads one record from `input` and writes its plaintext to `out`; returns
    /// how many bytes were taken and how many written. What `out` does not take
    /// is kept for the next call, also across a reset.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::WouldBlock`]: so many bytes were taken, and the record is
    /// not whole, or `out` did not take all of it (call again);
    /// [`OssuaryError::ConnectionReset`]: the channel was reset, go on with the
    /// handshake; [`OssuaryError::ConnectionClosed`]: the peer closed the
    /// channel in good order, and nothing was lost; [`OssuaryError::Peer`]: the
    /// connection is over, and [`flush`](Self::flush) tells the peer;
    /// [`OssuaryError::Io`].
    ///
    /// An `input` that ends and one that has nothing at present look alike; see
    /// [`recv_handshake`](Self::recv_handshake).
    pub fn recv_data(
        &mut self,
        mut input: impl Read,
        mut out: impl Write,
    ) -> Result<(usize, usize), OssuaryError> {
        if !self.buffers().deliver.is_empty() {
            return Ok((0, self.deliver(0, &mut out)?));
        }
        self.check_open()?;
        let (taken, record) = self.pump(&mut input)?;
        // What was dealt with besides is no record.
        let (record, plaintext) = record.ok_or(OssuaryError::WouldBlock(taken))?;
        self.buffers().delivering = record;
        self.buffers().deliver = plaintext;
        let written = self.deliver(taken, &mut out)?;
        Ok((taken, written))
    }

    /// Writes to `out` what earlier calls could not write, and whatever the
    /// protocol has to send: a handshake's packet, a reset, the end of the
    /// connection. Returns how many bytes were written.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::WouldBlock`]: so many bytes were written, and there is
    /// more; [`OssuaryError::KeyStore`]; [`OssuaryError::Io`].
    pub fn flush(&mut self, mut out: impl Write) -> Result<usize, OssuaryError> {
        let mut written = 0;
        loop {
            match self.write_out(&mut out) {
                Ok(more) => written += more,
                Err(OssuaryError::WouldBlock(more)) => {
                    return Err(OssuaryError::WouldBlock(written + more));
                }
                Err(error) => return Err(error),
            }
            let needed = self.send_len();
            if needed == 0 {
                return Ok(written);
            }
            let mut packet = core::mem::take(&mut self.buffers().outgoing);
            packet.resize(needed, 0);
            let len = self.send(&mut packet)?;
            packet.truncate(len);
            self.buffers().outgoing = packet;
            if len == 0 {
                return Ok(written);
            }
        }
    }

    /// Whether a packet waits here to be written, before which no other may be.
    pub(super) fn check_written(&self) -> Result<(), OssuaryError> {
        match &self.buffers {
            Some(buffers) if !buffers.outgoing.is_empty() => Err(Misuse::FlushFirst.into()),
            _ => Ok(()),
        }
    }

    /// Whether a packet has come here in part, behind which nothing else can be taken.
    pub(super) fn check_taken(&self) -> Result<(), OssuaryError> {
        match &self.buffers {
            Some(buffers) if !buffers.incoming.is_empty() => Err(Misuse::PacketBegun.into()),
            _ => Ok(()),
        }
    }

    fn buffers(&mut self) -> &mut Buffers {
        self.buffers.get_or_insert_default()
    }

    /// What is to be said where the channel is not open.
    fn check_open(&self) -> Result<(), OssuaryError> {
        match self.status() {
            Status::Open => Ok(()),
            Status::Closed | Status::Failed => Err(self.not_open()),
            _ if self.reset_cause.is_some() => Err(OssuaryError::ConnectionReset(0)),
            _ => Err(self.not_open()),
        }
    }

    fn write_out(&mut self, out: &mut impl Write) -> Result<usize, OssuaryError> {
        let (written, result) = drain(&self.buffers().outgoing, out);
        if written == self.buffers().outgoing.len() {
            self.buffers().outgoing = Vec::new();
        } else {
            self.buffers().outgoing.drain(..written);
        }
        result?;
        if self.buffers().outgoing.is_empty() {
            Ok(written)
        } else {
            Err(OssuaryError::WouldBlock(written))
        }
    }

    fn deliver(&mut self, taken: usize, out: &mut impl Write) -> Result<usize, OssuaryError> {
        let buffers = self.buffers();
        let plaintext = buffers
            .delivering
            .get(buffers.deliver.clone())
            .unwrap_or_default();
        let (written, result) = drain(plaintext, out);
        buffers.deliver.start += written;
        let done = buffers.deliver.is_empty();
        if done {
            buffers.delivering = Vec::new();
        }
        result?;
        if done {
            Ok(written)
        } else {
            Err(OssuaryError::WouldBlock(taken))
        }
    }

    /// Reads from `input`, just as much as is needed, until one packet is dealt
    /// with. Returns how many bytes were taken and, if it was a record, its
    /// packet and where in it the plaintext stands.
    fn pump(&mut self, input: &mut impl Read) -> Result<(usize, Option<Record>), OssuaryError> {
        let mut taken = 0;
        loop {
            let mut packet = core::mem::take(&mut self.buffers().incoming);
            let base = packet.as_ptr().addr();
            let received = self.next_packet(&mut packet)?;
            let (consumed, event) = (received.consumed, received.event);
            let outcome = match event {
                Event::Record(plaintext) => {
                    let start = plaintext.as_ptr().addr().wrapping_sub(base);
                    let range = start..start + plaintext.len();
                    self.buffers().incoming = packet.split_off(consumed);
                    return Ok((taken, Some((packet, range))));
                }
                Event::NeedBytes(want) => {
                    let read = fill(input, &mut packet, want);
                    self.buffers().incoming = packet;
                    match read? {
                        0 => return Err(OssuaryError::WouldBlock(taken)),
                        read => taken += read,
                    }
                    continue;
                }
                Event::NotYet => Err(OssuaryError::WouldBlock(taken)),
                Event::Undecided => Err(match self.undecided_peer() {
                    Some(peer) => OssuaryError::untrusted(self.role, peer),
                    None => OssuaryError::WouldBlock(taken),
                }),
                Event::Reset(_) => Err(OssuaryError::ConnectionReset(taken)),
                Event::Progress
                    if matches!(self.state, State::AwaitingReset(_) | State::Open(_))
                        && taken < MAX_PACKET =>
                {
                    // What is dropped, while a reset is waited for or beside records; not
                    // without end, so that the caller can tell the time.
                    packet.drain(..consumed);
                    self.buffers().incoming = packet;
                    continue;
                }
                Event::Closed => Err(OssuaryError::ConnectionClosed),
                Event::Progress | Event::Open => Ok((taken, None)),
            };
            packet.drain(..consumed);
            if !packet.is_empty() {
                self.buffers().incoming = packet;
            }
            return outcome;
        }
    }
}

#[cfg(feature = "rustcrypto")]
impl OssuaryConnection {
    /// A connection of the default suite, with its key in memory.
    ///
    /// `secret_key` is an Ed25519 secret key of 32 bytes. Without one a client
    /// is anonymous, and a server makes itself a fresh key.
    ///
    /// A client asks about servers whose keys it was not told to
    /// [authorize](Self::add_authorized_key): [`OssuaryError::UntrustedServer`].
    /// For everything else there is the [`Builder`](super::Builder).
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongLength`] for a key that has not 32 bytes;
    /// [`OssuaryError::Crypto`] where the random source fails.
    pub fn new(
        connection_type: super::ConnectionType,
        secret_key: Option<&[u8]>,
    ) -> Result<Self, OssuaryError> {
        use crate::backend::rustcrypto::Ed25519SigningKey;
        use ossuary_traits::MemoryKeyStore;

        let key_store = match (secret_key, connection_type) {
            (Some(secret_key), _) => memory_key_store(secret_key)?,
            (None, super::ConnectionType::Client) => MemoryKeyStore::new(),
            (None, _) => {
                MemoryKeyStore::new().with(Ed25519SigningKey::generate(&mut crate::OsRandom)?)
            }
        };
        super::Builder::of_type(connection_type)
            .key_store(key_store)
            .build()
    }

    /// Takes another host key, an Ed25519 secret key of 32 bytes, before the
    /// handshake begins.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongLength`]; [`Misuse::HandshakeBegun`].
    pub fn set_secret_key(&mut self, secret_key: &[u8]) -> Result<(), OssuaryError> {
        let untouched = matches!(self.state, State::ClientStart | State::ServerStart)
            && self.reset_cause.is_none();
        if !untouched {
            return Err(Misuse::HandshakeBegun.into());
        }
        let key_store = memory_key_store(secret_key)?;
        self.identity = key_store.identities()?.into_iter().next();
        self.key_store = key_store;
        Ok(())
    }
}

#[cfg(feature = "rustcrypto")]
fn memory_key_store(secret_key: &[u8]) -> Result<ossuary_traits::MemoryKeyStore, OssuaryError> {
    use ossuary_traits::{FixedBytes, Secret, WrongLength};
    let given = secret_key.len();
    let secret = Secret::<32>::from_slice(secret_key).ok_or(Misuse::WrongLength(WrongLength {
        expected: 32,
        given,
    }))?;
    let key = crate::backend::rustcrypto::Ed25519SigningKey::from_secret(secret)?;
    Ok(ossuary_traits::MemoryKeyStore::new().with(key))
}

/// Makes an Ed25519 key pair: the secret key and the public key, 32 bytes each.
/// The secret key wipes itself.
///
/// # Errors
///
/// [`OssuaryError::Crypto`] where the random source fails.
#[cfg(feature = "rustcrypto")]
pub fn generate_auth_keypair()
-> Result<(impl AsRef<[u8]> + zeroize::ZeroizeOnDrop, impl AsRef<[u8]>), OssuaryError> {
    use crate::backend::rustcrypto::Ed25519SigningKey;
    use ossuary_traits::SigningKey;
    let key = Ed25519SigningKey::generate(&mut crate::OsRandom)?;
    Ok((key.to_secret(), key.identity().public_key().to_vec()))
}
