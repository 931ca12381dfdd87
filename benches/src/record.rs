//! Records against the AEAD of the backend's own library.
//!
//! What a record costs depends on the AEAD alone, so each is measured in one
//! suite of each backend: the other parts have done their work by then.

use crate::REFERENCE;
use crate::raw::{self, Raw, RustCrypto};
use crate::turns::{Candidate, On, Speed, Turn, compare};
use aes_gcm::Aes256Gcm;
use chacha20poly1305::ChaCha20Poly1305;
use ossuary::backend::{aws_lc, graviola, orion, ring, rustcrypto};
use ossuary::trust::Anyone;
use ossuary::{
    Builder, CryptoSuite, Event, HEADER_LEN, MAX_PACKET, MAX_PLAINTEXT, MemoryKeyStore, OsRandom,
    OssuaryConnection, RECORD_OVERHEAD, Status,
};
use ossuary_traits::{AEAD_KEY_LEN, Aead, AeadId, NONCE_LEN, Nonce};
use std::hint::black_box;
use std::ops::{Deref, DerefMut};

/// The AEADs.
pub const AEADS: [AeadId; 2] = [AeadId::ChaCha20Poly1305, AeadId::Aes256Gcm];

/// Plaintext lengths, each with how many records a batch has: enough to outweigh
/// reading the clock, and few enough to stay in the cache.
pub const SIZES: [(usize, usize); 4] = [(64, 64), (1024, 64), (16 * 1024, 16), (MAX_PLAINTEXT, 4)];

/// How many batches of each side the ratios are the medians of.
pub const ROUNDS: usize = 1000;

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Sealed in the caller's buffer.
    SealInPlace,
    /// Sealed from one buffer into another.
    Seal,
    /// Opened where it stands.
    Receive,
}

impl Operation {
    /// All of them.
    pub const ALL: [Operation; 3] = [Operation::SealInPlace, Operation::Seal, Operation::Receive];

    /// The channel's method.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Operation::SealInPlace => "seal_in_place",
            Operation::Seal => "seal",
            Operation::Receive => "receive",
        }
    }
}

/// Which measurement.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// With which AEAD.
    pub aead: AeadId,
    /// What is measured.
    pub operation: Operation,
    /// The length of the plaintext, in bytes.
    pub len: usize,
    /// How many records a batch has.
    pub batch: usize,
}

impl Case {
    /// All that the report has.
    pub fn all() -> impl Iterator<Item = Case> {
        AEADS.into_iter().flat_map(|aead| {
            Operation::ALL.into_iter().flat_map(move |operation| {
                SIZES.into_iter().map(move |(len, batch)| Case {
                    aead,
                    operation,
                    len,
                    batch,
                })
            })
        })
    }

    /// Measures it with every backend that has the AEAD and runs here.
    #[must_use]
    pub fn measure(self, rounds: usize) -> Vec<Speed> {
        compare(&mut self.candidates(), rounds, self.batch)
    }

    fn candidates(self) -> Vec<Candidate> {
        let candidates = match self.aead {
            AeadId::ChaCha20Poly1305 => vec![
                self.of::<rustcrypto::X25519ChaCha20Poly1305Sha256, RustCrypto<ChaCha20Poly1305>>(
                    REFERENCE,
                ),
                self.of::<ring::X25519ChaCha20Poly1305Sha256, raw::ring::LessSafeKey>("ring"),
                self.of::<orion::X25519ChaCha20Poly1305Sha256, raw::orion::SecretKey>("orion"),
                self.of::<aws_lc::X25519ChaCha20Poly1305Sha256, raw::aws_lc::LessSafeKey>("aws-lc"),
                self.of::<graviola::X25519ChaCha20Poly1305Sha256, raw::graviola::ChaCha20Poly1305>(
                    "graviola",
                ),
            ],
            AeadId::Aes256Gcm => vec![
                self.of::<rustcrypto::X25519Aes256GcmSha256, RustCrypto<Aes256Gcm>>(REFERENCE),
                self.of::<ring::X25519Aes256GcmSha256, raw::ring::LessSafeKey>("ring"),
                self.of::<aws_lc::X25519Aes256GcmSha256, raw::aws_lc::LessSafeKey>("aws-lc"),
                self.of::<graviola::X25519Aes256GcmSha256, raw::graviola::AesGcm>("graviola"),
            ],
            _ => Vec::new(),
        };
        candidates.into_iter().flatten().collect()
    }

    /// Both sides of a backend, where it runs on this machine.
    fn of<S: CryptoSuite, R: Raw + 'static>(self, backend: &'static str) -> Option<Candidate> {
        S::available().ok()?;
        assert_eq!(S::Aead::ID, self.aead);
        let Case { len, batch, .. } = self;
        let key = R::new(self.aead, black_box(&[0x42; AEAD_KEY_LEN]));
        let (raw, channel): (Box<dyn Turn>, Box<dyn Turn>) = match self.operation {
            Operation::SealInPlace => (
                Box::new(raw_seal_in_place(key, len)),
                Box::new(seal_in_place::<S>(len)),
            ),
            Operation::Seal => (Box::new(raw_seal(key, len)), Box::new(seal::<S>(len))),
            Operation::Receive => (
                Box::new(raw_open(key, len, batch)),
                Box::new(receive::<S>(len, batch)),
            ),
        };
        Some(Candidate {
            backend,
            raw,
            channel,
        })
    }
}

/// The two ends of an open channel.
fn open_channel<S: CryptoSuite>() -> (OssuaryConnection<S>, OssuaryConnection<S>) {
    let key = rustcrypto::Ed25519SigningKey::generate(&mut OsRandom).expect("a key");
    let mut server = Builder::<S>::server()
        .key_store(MemoryKeyStore::new().with(key))
        .trust(Anyone)
        .build()
        .expect("a server");
    let mut client = Builder::<S>::client()
        .trust(Anyone)
        .build()
        .expect("a client");
    let mut buffer = vec![0; MAX_PACKET];
    while client.status() != Status::Open || server.status() != Status::Open {
        let sent = client.send(&mut buffer).expect("a packet");
        server.receive(&mut buffer[..sent]).expect("an answer");
        let sent = server.send(&mut buffer).expect("a packet");
        client.receive(&mut buffer[..sent]).expect("an answer");
    }
    (client, server)
}

/// The header of a bare text. Room for it stands before each, as in a record:
/// AES is up to 5 % slower on a text that is not aligned.
const AAD: [u8; HEADER_LEN] = [0x5a; HEADER_LEN];
const NONCE: Nonce = [0; NONCE_LEN];

/// A processor that loads from one page where it has just stored in another, at
/// the same distance from their beginnings, waits for the store.
const PAGE: usize = 4096;

/// Bytes that begin so far behind the beginning of a page: at the same place for
/// all, so that nobody is lucky.
struct Buffer {
    bytes: Vec<u8>,
    start: usize,
}

impl Buffer {
    fn new(offset: usize, len: usize) -> Self {
        let mut bytes = vec![0x17; 2 * PAGE + len];
        let start = bytes.as_ptr().align_offset(PAGE) + offset % PAGE;
        bytes.truncate(start + len);
        Buffer { bytes, start }
    }

    /// For what is sealed or opened.
    fn record(len: usize) -> Self {
        Buffer::new(0, len + RECORD_OVERHEAD)
    }

    /// For what is sealed into one of those.
    fn plaintext(len: usize) -> Self {
        Buffer::new(PAGE / 2, len)
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }
}

fn raw_seal_in_place<R: Raw>(key: R, len: usize) -> impl Turn {
    On::new(
        (key, Buffer::record(len)),
        |_, _| {},
        |(key, buffer), _| {
            let text_and_tag = black_box(&mut buffer[HEADER_LEN..]);
            key.seal_in_place(black_box(&NONCE), black_box(&AAD), text_and_tag);
        },
    )
}

fn seal_in_place<S: CryptoSuite>(len: usize) -> impl Turn {
    On::new(
        (open_channel::<S>().0, Buffer::record(len)),
        |_, _| {},
        move |(channel, buffer), _| {
            let sealed = channel.seal_in_place(black_box(buffer), black_box(len));
            black_box(sealed).expect("a record");
        },
    )
}

fn raw_seal<R: Raw>(key: R, len: usize) -> impl Turn {
    On::new(
        (key, Buffer::plaintext(len), Buffer::record(len)),
        |_, _| {},
        |(key, plaintext, out), _| {
            let out = black_box(&mut out[HEADER_LEN..]);
            key.seal(
                black_box(&NONCE),
                black_box(&AAD),
                black_box(plaintext),
                out,
            );
        },
    )
}

fn seal<S: CryptoSuite>(len: usize) -> impl Turn {
    let channel = open_channel::<S>().0;
    On::new(
        (channel, Buffer::plaintext(len), Buffer::record(len)),
        |_, _| {},
        |(channel, plaintext, out), _| {
            let sealed = channel.seal(black_box(plaintext), black_box(out));
            black_box(sealed).expect("a record");
        },
    )
}

// What is opened has been sealed before, untimed and in the same order: a record
// opens once, and only in its place. The bare side has as many buffers, so that
// both find them equally warm.

fn records(len: usize, batch: usize) -> Vec<Buffer> {
    (0..=batch).map(|_| Buffer::record(len)).collect()
}

fn raw_open<R: Raw>(key: R, len: usize, batch: usize) -> impl Turn {
    On::new(
        (key, records(len, batch)),
        |(key, buffers), index| {
            key.seal_in_place(&NONCE, &AAD, &mut buffers[index][HEADER_LEN..]);
        },
        |(key, buffers), index| {
            let sealed = black_box(&mut buffers[index][HEADER_LEN..]);
            key.open_in_place(black_box(&NONCE), black_box(&AAD), sealed);
        },
    )
}

fn receive<S: CryptoSuite>(len: usize, batch: usize) -> impl Turn {
    On::new(
        (open_channel::<S>(), records(len, batch)),
        move |((sender, _), buffers), index| {
            sender
                .seal_in_place(&mut buffers[index], len)
                .expect("a record");
        },
        |((_, receiver), buffers), index| {
            let received = receiver.receive(black_box(&mut buffers[index]));
            match received.expect("a packet").event {
                Event::Record(plaintext) => black_box(plaintext),
                event => panic!("{event:?} and no record"),
            };
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_can_be_measured() {
        for case in Case::all() {
            let speeds = case.measure(1);
            assert_eq!(speeds[0].backend, REFERENCE);
            assert!(speeds.len() > 1, "{case:?}");
        }
    }

    #[test]
    fn buffers_begin_where_they_should() {
        let record = Buffer::record(65);
        assert_eq!(record.as_ptr().addr() % PAGE, 0);
        assert_eq!(record.len(), 65 + RECORD_OVERHEAD);
        let plaintext = Buffer::plaintext(65);
        assert_eq!(plaintext.as_ptr().addr() % PAGE, PAGE / 2);
        assert_eq!(plaintext.len(), 65);
    }
}
