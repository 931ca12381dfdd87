//! A server's connection that runs whichever suite its client asks for.

use crate::channel::Channel;
use crate::connection::{OssuaryConnection, Parts};
use crate::error::{Misuse, OssuaryError};
use crate::suites::{AnySuite, DynKeyStore};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
#[cfg(feature = "v1")]
use ossuary_traits::KeyStore;
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
/// With the feature `v1` it serves protocol 1 too, where it is told to by
/// `also_protocol_1`.
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
    serving: Serving,
    suites: Box<[AnySuite]>,
    prologue: Box<[u8]>,
    /// Makes a connection of protocol 1, where that is served too.
    #[cfg(feature = "v1")]
    v1: Option<BeginV1>,
}

/// The connection as it is now.
enum Serving {
    /// Of protocol 2.
    Switchable(Box<dyn Switchable + Send>),
    /// Of protocol 1: it stays what it is.
    #[cfg(feature = "v1")]
    V1(Box<dyn Channel + Send>),
}

#[cfg(feature = "v1")]
type BeginV1 = fn(Parts<DynKeyStore>) -> Box<dyn Channel + Send>;

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
            serving: Serving::Switchable(first.begin(parts, &prologue)),
            suites: suites.into(),
            prologue,
            #[cfg(feature = "v1")]
            v1: None,
        })
    }

    /// The suites that it runs, in the order that it was given.
    #[must_use]
    pub fn suites(&self) -> &[AnySuite] {
        &self.suites
    }

    /// The connection, over the suite that it has now and keeps from now on. Where no
    /// packet has come, that is one of protocol 2 only; an acceptor that was told to
    /// serve protocol 1 too still waits for the first one without a clock there.
    #[must_use]
    pub fn into_channel(self) -> Box<dyn Channel + Send> {
        match self.serving {
            Serving::Switchable(channel) => channel,
            #[cfg(feature = "v1")]
            Serving::V1(channel) => channel,
        }
    }

    /// Serves clients of protocol 1 too, over the suite `S`, of which
    /// [`build_v1`](crate::Builder::build_v1) says what it has to be. The first packet
    /// decides, and whether it was one of protocol 1 is what [`Channel::protocol`] then
    /// says.
    ///
    /// That packet is waited for without a clock, as protocol 1 does, from clients of
    /// protocol 2 too: whoever connects and says nothing stays until the program hangs
    /// up. The host key is the acceptor's, for both protocols: the key store's first, where
    /// no rule picks one. A stream over an acceptor has no halves for two threads.
    ///
    /// A first packet may come damaged. Where its header has zeros in place of protocol
    /// 2's version and flags, or a zero in place of the version in what is a
    /// ClientHandshake otherwise, it is protocol 1's, whatever else is wrong with it; all
    /// other bytes are protocol 2's. The protocol that it is taken for asks for a new
    /// handshake then. So of one damaged byte in the header of a ClientHandshake all is
    /// mended but for the version's:
    ///
    /// | the client's protocol | damaged into | what follows |
    /// |---|---|---|
    /// | 1 | 2 | [`PeerError::SuiteNotSupported`](crate::PeerError::SuiteNotSupported): the rest is read as protocol 2's |
    /// | 2 | 0 | resets without an answer, and [`PeerError::TooManyResets`](crate::PeerError::TooManyResets) |
    /// | either | another | [`PeerError::VersionNotSupported`](crate::PeerError::VersionNotSupported) |
    ///
    /// Where bytes are missing or too many, a client of protocol 1 may be taken for one of
    /// protocol 2, and fails.
    ///
    /// Whoever holds the line can choose the older protocol where a client would take
    /// either. Clients of this library never do: theirs is what they were made with.
    ///
    /// ```
    /// # #[cfg(all(feature = "rustcrypto", feature = "getrandom"))] {
    /// use ossuary::backend::rustcrypto::Ed25519SigningKey;
    /// use ossuary::{AnySuite, Builder, Channel, DefaultSuite, MemoryKeyStore, Status};
    /// use ossuary::trust::Anyone;
    ///
    /// let key = Ed25519SigningKey::generate(&mut ossuary::OsRandom)?;
    /// let mut server = Builder::<AnySuite>::server()
    ///     .key_store(MemoryKeyStore::new().with(key))
    ///     .trust(Anyone)
    ///     .acceptor(&[AnySuite::of::<DefaultSuite>("rustcrypto")])?
    ///     .also_protocol_1::<DefaultSuite>()?;
    /// assert_eq!(server.protocol(), 2); // until the first packet has come
    ///
    /// let mut client = Builder::<DefaultSuite>::client().trust(Anyone).build_v1()?;
    /// let mut buffer = vec![0; ossuary::MAX_PACKET];
    /// while client.status() != Status::Open || server.status() != Status::Open {
    ///     let sent = client.send(&mut buffer)?;
    ///     server.receive(&mut buffer[..sent])?;
    ///     let sent = server.send(&mut buffer)?;
    ///     client.receive(&mut buffer[..sent])?;
    /// }
    /// assert_eq!(server.protocol(), 1);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OssuaryError::Crypto`] where a library behind the suite cannot run on this
    /// machine; [`Misuse::SchemeNotInProtocol1`] where the acceptor's host key is not
    /// an Ed25519 key; [`Misuse::NotInProtocol1`] where it has a prologue or a
    /// pre-shared key; [`Misuse::HandshakeBegun`].
    #[cfg(feature = "v1")]
    pub fn also_protocol_1<S: CryptoSuite>(mut self) -> Result<Self, OssuaryError>
    where
        crate::v1::Connection<S, Box<dyn KeyStore + Send>>: Send,
    {
        const { crate::v1::assert_suite::<S>() };
        crate::v1::available::<S>()?;
        let Serving::Switchable(channel) = &mut self.serving else {
            return Err(Misuse::HandshakeBegun.into());
        };
        if !channel.is_first() {
            return Err(Misuse::HandshakeBegun.into());
        }
        if channel.has_pre_shared_key() || !self.prologue.is_empty() {
            return Err(Misuse::NotInProtocol1.into());
        }
        crate::v1::check_identity(channel.local_identity())?;
        self.v1 = Some(|parts| Box::new(crate::v1::Connection::<S, _>::begin(parts)));
        channel.wait_without_end();
        Ok(self)
    }

    pub(crate) fn channel(&self) -> &(dyn Channel + Send) {
        match &self.serving {
            Serving::Switchable(channel) => &**channel,
            #[cfg(feature = "v1")]
            Serving::V1(channel) => &**channel,
        }
    }

    pub(crate) fn channel_mut(&mut self) -> &mut (dyn Channel + Send) {
        match &mut self.serving {
            Serving::Switchable(channel) => &mut **channel,
            #[cfg(feature = "v1")]
            Serving::V1(channel) => &mut **channel,
        }
    }

    /// Goes to the suite that a ClientHandshake at the front of `input` asks for.
    pub(crate) fn choose(&mut self, input: &[u8]) -> Result<(), OssuaryError> {
        #[cfg(feature = "v1")]
        let Serving::Switchable(channel) = &mut self.serving else {
            return Ok(());
        };
        #[cfg(not(feature = "v1"))]
        let Serving::Switchable(channel) = &mut self.serving;
        #[cfg(feature = "v1")]
        if let Some(begin) = self.v1
            && channel.is_first()
            && crate::v1::begins_with_header(input)
        {
            self.serving = Serving::V1(begin(channel.take_parts()));
            return Ok(());
        }
        let Some(asked) = channel.suite_asked(input) else {
            return Ok(());
        };
        if asked == channel.suite().code() {
            return Ok(());
        }
        let suite = self.suites.iter().find(|suite| suite.id().code() == asked);
        match suite {
            Some(suite) => {
                let parts = channel.take_parts();
                *channel = suite.begin(parts, &self.prologue);
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
                Err(channel.refuse_suite(asked, ours.into()))
            }
        }
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("suite", &self.channel().suite())
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
    /// As [`OssuaryConnection::is_first`].
    #[cfg(feature = "v1")]
    fn is_first(&self) -> bool;
    /// As [`OssuaryConnection::has_pre_shared_key`].
    #[cfg(feature = "v1")]
    fn has_pre_shared_key(&self) -> bool;
    /// As [`OssuaryConnection::wait_without_end`].
    #[cfg(feature = "v1")]
    fn wait_without_end(&mut self);
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

    #[cfg(feature = "v1")]
    fn is_first(&self) -> bool {
        self.is_first()
    }

    #[cfg(feature = "v1")]
    fn has_pre_shared_key(&self) -> bool {
        self.has_pre_shared_key()
    }

    #[cfg(feature = "v1")]
    fn wait_without_end(&mut self) {
        self.wait_without_end();
    }
}
