//! Two halves of an open channel, for two threads.

use super::{Event, OssuaryConnection, Received, State, Status};
use crate::alert::Token;
use crate::error::{Misuse, OssuaryError};
use crate::record::Sender;
use core::fmt;
use core::time::Duration;
use ossuary_traits::{CryptoSuite, KeyStore};
use zeroize::Zeroizing;

/// What seals, and everything else.
type Halves<S, K> = (Sender<S>, Receiver<S, K>);

impl<S: CryptoSuite, K: KeyStore> OssuaryConnection<S, K> {
    /// Splits an open channel into a half that seals records and one that
    /// receives, which can go to two threads. They share nothing.
    ///
    /// Whatever needs both directions, a recovery or an end, needs both halves:
    /// [`Receiver::receive`] says so, and [`Receiver::rejoin`] makes them one
    /// again.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOpen`], and the connection as it was; [`Misuse::FlushFirst`] and
    /// [`Misuse::PacketBegun`] where the methods over `Read` and `Write` keep a part of a
    /// packet.
    #[expect(
        clippy::result_large_err,
        reason = "the connection comes back where it cannot be split"
    )]
    pub fn split(mut self) -> Result<Halves<S, K>, (Self, OssuaryError)> {
        if let Err(error) = self.check_written().and_then(|()| self.check_taken()) {
            return Err((self, error));
        }
        let State::Open(channel) = &mut self.state else {
            return Err((self, Misuse::NotOpen.into()));
        };
        match channel.sender.take() {
            Some(sender) => {
                self.counts.sent = sender.records_sent();
                let token = Zeroizing::new(*sender.token());
                let connection = self;
                Ok((sender, Receiver { connection, token }))
            }
            None => Err((self, Misuse::NotOpen.into())),
        }
    }
}

/// The receiving half of a channel, and everything of the connection but its
/// [`Sender`].
pub struct Receiver<S: CryptoSuite, K> {
    connection: OssuaryConnection<S, K>,
    /// What the sending half has, by which it is known, also when the connection is over.
    token: Zeroizing<Token>,
}

impl<S: CryptoSuite, K: KeyStore> Receiver<S, K> {
    /// As [`OssuaryConnection::receive`]. When [`needs_rejoin`](Self::needs_rejoin)
    /// afterwards, stop the sending half before it sends another record, and
    /// [`rejoin`](Self::rejoin).
    ///
    /// # Errors
    ///
    /// As those of [`OssuaryConnection::receive`].
    #[inline]
    pub fn receive<'a>(&mut self, input: &'a mut [u8]) -> Result<Received<'a>, OssuaryError> {
        if self.needs_rejoin() && !matches!(self.status(), Status::Closed | Status::Failed) {
            return Ok(Received {
                consumed: 0,
                event: Event::NotYet,
            });
        }
        self.connection.receive(input)
    }

    /// As [`OssuaryConnection::advance`].
    ///
    /// # Errors
    ///
    /// As those of [`OssuaryConnection::advance`].
    pub fn advance(&mut self, now: Duration) -> Result<bool, OssuaryError> {
        self.connection.advance(now)
    }

    /// As [`OssuaryConnection::end_of_stream`].
    ///
    /// # Errors
    ///
    /// As those of [`OssuaryConnection::end_of_stream`].
    pub fn end_of_stream(&mut self) -> Result<(), OssuaryError> {
        self.connection.end_of_stream()
    }

    /// The connection, to ask it who the peer is and the like.
    pub fn connection(&self) -> &OssuaryConnection<S, K> {
        &self.connection
    }

    /// As [`OssuaryConnection::deadline`].
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.connection.deadline()
    }

    /// As [`OssuaryConnection::status`].
    #[must_use]
    pub fn status(&self) -> Status {
        self.connection.status()
    }

    /// Whether the channel is no longer open: the halves are to be rejoined, so
    /// that it can be recovered or its end be sent.
    #[must_use]
    pub fn needs_rejoin(&self) -> bool {
        !matches!(self.connection.state, State::Open(_))
    }

    /// Makes the halves one connection again.
    ///
    /// # Errors
    ///
    /// [`Misuse::ForeignHalf`] where `sender` is not the half that was split
    /// off, and both halves as they were.
    #[expect(
        clippy::result_large_err,
        reason = "the halves come back where they do not belong together"
    )]
    pub fn rejoin(
        self,
        sender: Sender<S>,
    ) -> Result<OssuaryConnection<S, K>, (Self, Sender<S>, OssuaryError)> {
        if *sender.token() != *self.token {
            return Err((self, sender, Misuse::ForeignHalf.into()));
        }
        let mut connection = self.connection;
        let closed = sender.is_closed();
        match &mut connection.state {
            State::Open(channel) if !closed => channel.sender = Some(sender),
            State::Over | State::DisconnectDue(_) => {}
            _ if closed => connection.over(None),
            _ => connection.counts.sent = sender.records_sent(),
        }
        Ok(connection)
    }
}

impl<S: CryptoSuite, K> fmt::Debug for Receiver<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Receiver").field(&self.connection).finish()
    }
}
