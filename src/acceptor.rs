//! A server's connection that runs whichever suite its client asks for.

use crate::channel::Channel;
use crate::connection::{OssuaryConnection, Parts};
use crate::error::{Misuse, OssuaryError};
use crate::suites::{AnySuite, DynKeyStore};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use ossuary_traits::{CryptoSuite, SuiteId};

/// A server's connection that runs several suites: the client asks for one in
/// its ClientHandshake, and the acceptor goes on with that, before it answers.
///
/// It is a [`Channel`] like any other, and works wherever one does, in
/// [`io::Stream::accept`](crate::io::Stream::accept) too. A client that asks
/// for a suite which is not among them is refused: `receive` returns
/// [`PeerError::SuiteNotSupported`](crate::PeerError::SuiteNotSupported), which
/// names what was asked for and all that this server runs; `send` then has the
/// Disconnect that tells the client, and the connection is over.
///
/// Of two suites that are the same on the wire, the one that stands first in the
/// list is run. A suite whose libraries cannot run on this machine has no place in
/// it: filter by [`AnySuite::available`].
///
/// The suite may change with each ClientHandshake until a client has proved its
/// key, or that it may be anonymous, so that a first packet that was damaged into
/// another suite of the list costs no more than a new handshake. From then on it
/// stays what it is.
///
/// ```
/// # #[cfg(all(feature = "rustcrypto", feature = "getrandom"))] {
/// use ossuary::{AnySuite, Builder, MemoryKeyStore, suites, trust::Anyone};
/// use ossuary::backend::rustcrypto::Ed25519SigningKey;
///
/// let key = Ed25519SigningKey::generate(&mut ossuary::OsRandom)?;
/// // Those that can run here: a library may be for other processors.
/// let suites: Vec<AnySuite> = suites::ALL
///     .iter()
///     .copied()
///     .filter(|suite| suite.available().is_ok())
///     .collect();
/// let mut server = Builder::<AnySuite>::server()
///     .key_store(MemoryKeyStore::new().with(key))
///     .trust(Anyone)
///     .acceptor(&suites)?;
///
/// let suite = suites::find("x25519-aes256gcm-sha256")?;
/// let mut client = Builder::<AnySuite>::client().trust(Anyone).build_with(suite)?;
/// let mut buffer = vec![0; ossuary::MAX_PACKET];
/// let sent = client.send(&mut buffer)?;
/// ossuary::Channel::receive(&mut server, &mut buffer[..sent])?;
/// assert_eq!(ossuary::Channel::suite(&server), suite.id());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Acceptor {
    /// Over the suite that was asked for last; at first, the preferred one.
    pub(crate) channel: Box<dyn Switchable + Send>,
    suites: Box<[AnySuite]>,
    prologue: Box<[u8]>,
}

impl Acceptor {
    /// The first of `suites` is what the acceptor runs until it is asked for
    /// another.
    pub(crate) fn new(
        parts: Parts<DynKeyStore>,
        prologue: Box<[u8]>,
        suites: &[AnySuite],
    ) -> Result<Self, OssuaryError> {
        let first = suites.first().ok_or(Misuse::NoSuite)?;
        Ok(Acceptor {
            channel: first.begin(parts, &prologue),
            suites: suites.into(),
            prologue,
        })
    }

    /// The suites that it runs, in the order that it was given.
    #[must_use]
    pub fn suites(&self) -> &[AnySuite] {
        &self.suites
    }

    /// The connection, over the suite that it has now and keeps from now on.
    #[must_use]
    pub fn into_channel(self) -> Box<dyn Channel + Send> {
        self.channel
    }

    /// Goes to the suite that a ClientHandshake at the front of `input` asks for.
    pub(crate) fn choose(&mut self, input: &[u8]) -> Result<(), OssuaryError> {
        let Some(asked) = self.channel.suite_asked(input) else {
            return Ok(());
        };
        if asked == self.channel.suite().code() {
            return Ok(());
        }
        let suite = self.suites.iter().find(|suite| suite.id().code() == asked);
        match suite {
            Some(suite) => {
                let parts = self.channel.take_parts();
                self.channel = suite.begin(parts, &self.prologue);
                Ok(())
            }
            None => {
                // Several may be the same on the wire.
                let mut ours: Vec<SuiteId> = Vec::new();
                for id in self.suites.iter().map(AnySuite::id) {
                    if !ours.contains(&id) {
                        ours.push(id);
                    }
                }
                Err(self.channel.refuse_suite(asked, ours.into()))
            }
        }
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("suite", &self.channel.suite())
            .field("suites", &self.suites)
            .finish_non_exhaustive()
    }
}

/// A connection that can give its parts up for one over another suite.
pub(crate) trait Switchable: Channel {
    /// As [`OssuaryConnection::suite_asked`].
    fn suite_asked(&self, input: &[u8]) -> Option<[u8; 3]>;
    /// As [`OssuaryConnection::take_parts`].
    fn take_parts(&mut self) -> Parts<DynKeyStore>;
    /// As [`OssuaryConnection::refuse_suite`].
    fn refuse_suite(&mut self, asked: [u8; 3], ours: Box<[SuiteId]>) -> OssuaryError;
}

impl<S: CryptoSuite> Switchable for OssuaryConnection<S, DynKeyStore> {
    fn suite_asked(&self, input: &[u8]) -> Option<[u8; 3]> {
        self.suite_asked(input)
    }

    fn take_parts(&mut self) -> Parts<DynKeyStore> {
        self.take_parts()
    }

    fn refuse_suite(&mut self, asked: [u8; 3], ours: Box<[SuiteId]>) -> OssuaryError {
        self.refuse_suite(asked, ours)
    }
}
