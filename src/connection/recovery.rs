//! Resets, ends and timeouts (docs/protocol.md, "Alerts").

use super::{OssuaryConnection, ResetCause, State, Timeouts};
use crate::alert::{Alert, Reason};
use crate::clock::REPEAT_RESET;
use crate::error::{Fault, OssuaryError, PeerError};
use crate::packet::{HEADER_LEN, PacketType};
use crate::signing::Signing;
use core::time::Duration;
use ossuary_traits::{CryptoSuite, KeyStore, Role};

impl<S: CryptoSuite> State<S> {
    /// Where a handshake begins.
    pub(super) fn first(role: Role) -> Self {
        match role {
            Role::Client => State::ClientStart,
            Role::Server => State::ServerStart,
        }
    }
}

impl<S: CryptoSuite, K: KeyStore> OssuaryConnection<S, K> {
    /// Tells the connection the time: how long it has been since any moment of
    /// the caller's choice, the same for all calls, on a clock that does not go
    /// back. Call it before [`receive`](Self::receive) and when
    /// [`deadline`](Self::deadline) has come; a connection that is never told
    /// the time never times out.
    ///
    /// Returns whether something timed out: [`send`](Self::send) then has a
    /// Reset.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::Peer`] where the connection ended because of it.
    pub fn advance(&mut self, now: Duration) -> Result<bool, OssuaryError> {
        self.clock.advance(now);
        if !self.clock.has_come(self.deadline()) {
            return Ok(false);
        }
        match self.state {
            // "When it has waited for twice the timeout, it sends Reset kind 0 again".
            State::AwaitingReset(reason) => {
                self.reset(reason, None)?;
                Ok(true)
            }
            _ => {
                // The header of a packet that did not come whole is passed over.
                let begun = self.clock.begun();
                self.recover_from(PeerError::TimedOut)?;
                self.skip = if begun >= HEADER_LEN { HEADER_LEN } else { 0 };
                Ok(true)
            }
        }
    }

    /// When [`advance`](Self::advance) is to be called at the latest, on the
    /// clock of its argument; `None` while nothing is waited for. Where a wait
    /// has just begun it is at once, to tell the connection since when it waits.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let Timeouts { packet, person } = self.clock.timeouts();
        let wait = match &self.state {
            State::AwaitingReset(_) => Some(packet.saturating_mul(REPEAT_RESET)),
            State::AwaitingServer(_) => Some(packet),
            State::ServerStart if self.reset_cause.is_some() => Some(packet),
            State::ServerStart | State::AwaitingClient(_) => Some(person),
            State::Open(_) => None,
            _ => return None,
        };
        self.clock.deadline(wait)
    }

    /// An error that was found in what came: a Reset where a new handshake may
    /// mend it, otherwise the end.
    pub(super) fn recover_from(&mut self, error: PeerError) -> Result<(), OssuaryError> {
        if !error.is_recoverable() {
            return Err(self.fail(error));
        }
        self.reset(error.reason(), Some(ResetCause::Here(error)))
    }

    /// A fault of a handshake's step.
    pub(super) fn recover_from_fault(&mut self, fault: Fault) -> Result<(), OssuaryError> {
        match fault {
            Fault::Peer(error) => self.recover_from(error),
            fault => Err(self.fail_by(fault)),
        }
    }

    /// The keys are dropped, and a Reset of kind 0 is to be sent. "When the
    /// count would reach 6 it sends a Disconnect instead and the connection
    /// fails."
    fn reset(&mut self, reason: Reason, cause: Option<ResetCause>) -> Result<(), OssuaryError> {
        if !self.alerts.count_reset() {
            return Err(self.fail(PeerError::TooManyResets(reason)));
        }
        self.leave_channel();
        self.state = State::ResetDue(reason);
        self.skip = 0;
        if cause.is_some() {
            self.reset_cause = cause;
        }
        Ok(())
    }

    /// Acts on a Reset of kind 0: "answers with Reset kind 1 and goes to its
    /// first state".
    pub(super) fn answer_reset(&mut self, alert: &Alert, msg_id: u16) -> Result<(), OssuaryError> {
        let waiting = matches!(self.state, State::AwaitingReset(_));
        if !waiting && !self.alerts.count_reset() {
            return Err(self.fail(PeerError::TooManyResets(alert.reason)));
        }
        self.leave_channel();
        self.alerts.reset_by(&alert.token);
        self.state = State::AnswerDue {
            reason: alert.reason,
            msg_id,
        };
        if !waiting {
            self.reset_cause = Some(ResetCause::Peer(alert.reason));
        }
        Ok(())
    }

    /// Acts on the Reset of kind 1 that answers this side's own: "goes to its
    /// first state".
    pub(super) fn reset_answered(&mut self, alert: &Alert) {
        self.alerts.reset_by(&alert.token);
        self.begin_handshake();
    }

    /// To the first state, for a new handshake.
    pub(super) fn begin_handshake(&mut self) {
        self.state = State::first(self.role);
        self.clock.restart();
    }

    /// The present handshake's keys go, and what it has counted stays.
    fn leave_channel(&mut self) {
        self.counts.sent = self.records_sent();
        self.signing = Signing::Due;
        self.admission.withdraw();
        self.clock.whole();
    }

    /// The connection is over, by an error of this side's finding: the keys are
    /// dropped, and a Disconnect is to be sent.
    #[cold]
    pub(super) fn fail(&mut self, error: PeerError) -> OssuaryError {
        let reason = error.reason();
        self.end_with(reason, error.clone());
        error.into()
    }

    /// The same, by a fault that no new handshake mends.
    #[cold]
    pub(super) fn fail_by(&mut self, fault: Fault) -> OssuaryError {
        match fault {
            Fault::Peer(error) => self.fail(error),
            Fault::Local(error) => {
                self.fail(PeerError::LocalFailure);
                error
            }
        }
    }

    fn end_with(&mut self, reason: Reason, failure: PeerError) {
        let alert = Alert {
            reason,
            kind: 0,
            token: self.alerts.own_token(),
        };
        self.over(Some(failure));
        self.state = State::DisconnectDue(alert.packet(PacketType::Disconnect, 0));
    }

    /// The connection is over, by the peer's word or the stream's end: nothing
    /// more is sent.
    #[cold]
    pub(super) fn ended(&mut self, error: PeerError) -> OssuaryError {
        self.over(Some(error.clone()));
        error.into()
    }

    /// Everything secret goes.
    pub(super) fn over(&mut self, failure: Option<PeerError>) {
        self.leave_channel();
        self.state = State::Over;
        self.failure = failure;
        self.alerts.erase();
    }

    /// Ends the connection: [`send`](Self::send) then has the last packet.
    ///
    /// An open channel is closed in good order, unless `with_error`: the peer
    /// then knows that it has had everything. Before it is open, or
    /// `with_error`, the peer is told that the connection failed. Records that
    /// the peer is sending meanwhile are lost.
    pub fn disconnect(&mut self, with_error: bool) {
        match core::mem::replace(&mut self.state, State::Over) {
            State::Open(channel) if !with_error && channel.sender.is_some() => {
                self.state = State::Closing(channel);
            }
            state @ (State::Over | State::Closing(_) | State::DisconnectDue(_)) => {
                self.state = state;
            }
            state => {
                self.state = state;
                // "An application that ends a connection before it is open causes
                // an unsealed Disconnect with reason 0x00."
                let reason = match self.state {
                    State::Open(_) => Reason::Failed,
                    _ => Reason::Closed,
                };
                self.end_with(reason, PeerError::LocalEnd);
            }
        }
    }

    /// Tells the connection that its stream has ended: nothing more will come.
    ///
    /// # Errors
    ///
    /// [`PeerError::StreamEnded`] where the channel was not closed in good order
    /// before: data may be missing. An attacker can end a stream; only the close
    /// is proof.
    pub fn end_of_stream(&mut self) -> Result<(), OssuaryError> {
        match &self.state {
            State::Over | State::Closing(_) | State::DisconnectDue(_) => match &self.failure {
                None => Ok(()),
                Some(_) => Err(OssuaryError::ConnectionFailed),
            },
            _ => Err(self.ended(PeerError::StreamEnded)),
        }
    }
}
