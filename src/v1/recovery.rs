//! Resets, ends and timeouts (docs/protocol-1.md, "Reset" and "The end").

use super::{Connection, LastPacket, State};
use crate::alert::Reason;
use crate::clock::REPEAT_RESET;
use crate::connection::{ResetCause, Timeouts};
use crate::error::{Fault, OssuaryError, PeerError};
use crate::signing::Signing;
use core::time::Duration;
use ossuary_traits::{CryptoSuite, KeyStore, Role};

/// "The fifth reset is a failure."
const RESET_LIMIT: u8 = 5;

impl<S: CryptoSuite, K: KeyStore> Connection<S, K> {
    pub(crate) fn advance(&mut self, now: Duration) -> Result<bool, OssuaryError> {
        self.clock.advance(now);
        if !self.clock.has_come(self.deadline()) {
            return Ok(false);
        }
        match self.state {
            State::AwaitingReset(reason) => self.reset(reason, None)?,
            // A Reset of this side's own would be taken for the answer, and get none.
            State::AwaitingServer(_) | State::Overtaken if self.unanswered => {
                self.answer_reset()?;
            }
            _ => self.recover_from(PeerError::TimedOut)?,
        }
        Ok(true)
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        let Timeouts { packet, person } = self.clock.timeouts();
        let wait = match &self.state {
            State::AwaitingReset(_) => Some(packet.saturating_mul(REPEAT_RESET)),
            State::AwaitingServer(_) | State::Overtaken => Some(packet),
            State::AwaitingClient(_) => Some(person),
            // An idle server does not time itself out: its peer's answer would be
            // to begin again, or to fail.
            State::ServerStart | State::Open(_) => None,
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

    /// The keys are dropped, and a Reset is to be sent.
    fn reset(&mut self, reason: Reason, cause: Option<ResetCause>) -> Result<(), OssuaryError> {
        self.count_reset(reason)?;
        self.leave_channel();
        self.answered = false;
        self.state = State::ResetDue(reason);
        if cause.is_some() {
            self.reset_cause = cause;
        }
        Ok(())
    }

    /// Acts on a Reset that this side did not wait for: "answers with a Reset […]
    /// and goes to its first state".
    pub(super) fn answer_reset(&mut self) -> Result<(), OssuaryError> {
        self.count_reset(Reason::Failed)?;
        self.leave_channel();
        self.answered = true;
        self.state = State::AnswerDue;
        self.reset_cause = Some(ResetCause::Peer(Reason::Failed));
        Ok(())
    }

    fn count_reset(&mut self, reason: Reason) -> Result<(), OssuaryError> {
        self.resets += 1;
        if self.resets >= RESET_LIMIT {
            return Err(self.fail(PeerError::TooManyResets(reason)));
        }
        Ok(())
    }

    /// To the first state, for a new handshake.
    pub(super) fn begin_handshake(&mut self) {
        self.state = State::first(self.role);
        // What a client's server sent before it had this side's Reset is on its way.
        self.answered |= self.role == Role::Client;
        self.unanswered = false;
        self.clock.restart();
    }

    /// What is left of the present handshake goes, but for its state.
    fn leave_channel(&mut self) {
        // A client may write at once after its ClientAuthentication.
        self.counts.was_open |= matches!(self.state, State::AwaitingClient(_));
        self.signing = Signing::Due;
        self.admission.withdraw();
        self.clock.whole();
    }

    /// The connection is over, by an error of this side's finding: the keys are
    /// dropped, and a Disconnect is to be sent.
    #[cold]
    pub(super) fn fail(&mut self, error: PeerError) -> OssuaryError {
        let last = match error {
            PeerError::VersionNotSupported(_) => LastPacket::VersionNotSupported,
            _ => LastPacket::Notice { error: true },
        };
        self.over(Some(error.clone()));
        self.state = State::DisconnectDue(last);
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

    /// The connection is over, by the peer's word or the stream's end: nothing
    /// more is sent.
    #[cold]
    pub(super) fn ended(&mut self, error: PeerError) -> OssuaryError {
        self.over(Some(error.clone()));
        error.into()
    }

    /// The state holds all keys, and goes.
    fn over(&mut self, failure: Option<PeerError>) {
        self.leave_channel();
        self.state = State::Over;
        self.failure = failure;
    }

    pub(crate) fn disconnect(&mut self, with_error: bool) {
        match self.state {
            State::Over | State::DisconnectDue(_) => {}
            State::Open(_) if !with_error => {
                self.over(None);
                self.state = State::DisconnectDue(LastPacket::Notice { error: false });
            }
            _ => {
                self.fail(PeerError::LocalEnd);
            }
        }
    }

    pub(crate) fn end_of_stream(&mut self) -> Result<(), OssuaryError> {
        match &self.state {
            State::Over | State::DisconnectDue(_) => match &self.failure {
                None => Ok(()),
                Some(_) => Err(OssuaryError::ConnectionFailed),
            },
            _ => Err(self.ended(PeerError::StreamEnded)),
        }
    }
}
