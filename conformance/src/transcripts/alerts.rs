//! The steps `reset` and `disconnect`. What causes an alert is not in the file:
//! where it is our side's, our side is brought to it.

use super::difference::{Found, Outcome, equal, same};
use super::file::{Disconnect, Reset, Step};
use super::replay::{Replay, describe, progress};
use ossuary::trust::Verdict;
use ossuary::{
    Event, HEADER_LEN, OssuaryError, PeerError, RECORD_OVERHEAD, Reason, ResetCause, Status,
    Timeouts,
};
use ossuary_traits::Role;

/// Where the reason stands in an unsealed alert.
const REASON: usize = HEADER_LEN;

impl Replay<'_> {
    pub(super) fn reset(&mut self, step: &Reset) -> Outcome {
        let Reset {
            from,
            reason,
            wire,
            acknowledgment,
        } = step;
        same_reason(*reason, wire)?;
        // The acknowledgment repeats header and reason.
        let head = ..HEADER_LEN + 1;
        same(
            "acknowledgment",
            wire.get(head).unwrap_or_default(),
            acknowledgment.get(head).unwrap_or(acknowledgment),
        )?;
        if *from == self.role {
            self.provoke(*reason)?;
            self.sends("wire", wire)?;
            let expected = "the answer to our side's Reset";
            self.receives("acknowledgment", acknowledgment, expected, progress)?;
        } else {
            let cause = self.receives("wire", wire, "a Reset", |event| match event {
                Event::Reset(ResetCause::Peer(reason)) => Some(*reason),
                _ => None,
            })?;
            equal("reason", *reason, cause.code())?;
            self.sends("acknowledgment", acknowledgment)?;
        }
        self.status("acknowledgment", Status::Recovering)
    }

    /// Brings our side, whose channel is open, to a Reset of `reason`.
    fn provoke(&mut self, reason: u8) -> Outcome {
        // The peer's handshake packets are counted too.
        let handshake_packets = match self.role {
            Role::Client => 1,
            Role::Server => 2,
        };
        let next = self.peer_sealed.wrapping_add(handshake_packets);
        let [high, low] = next.to_be_bytes();
        let cause = match Reason::from_code(reason) {
            // The peer's next record, of nothing, with a tag of zeros.
            Reason::DecryptionFailed => {
                let mut record = vec![0, 16, high, low, 0x00, 0x20, 2, 0x01];
                record.resize(RECORD_OVERHEAD, 0);
                self.receives("reason", &record, "an error", own_reset)?
            }
            // A packet of no type.
            Reason::Malformed => {
                let header = [0, 0, high, low, 0xff, 0xff, 2, 0];
                self.receives("reason", &header, "an error", own_reset)?
            }
            Reason::TimedOut => return self.provoke_timeout(),
            _ => {
                let why = "nothing that can be done to our side makes it send this Reset";
                return Err(Found::unsupported("reason", why));
            }
        };
        equal("reason", reason, cause.code())
    }

    /// A packet begins, and nothing more of it comes.
    fn provoke_timeout(&mut self) -> Outcome {
        let failed = |error| Found::error("reason", "a timeout", &error);
        self.channel.advance(self.now).map_err(failed)?;
        self.channel.receive(&mut [0]).map_err(failed)?;
        self.now += Timeouts::default().packet;
        let timed_out = self.channel.advance(self.now).map_err(failed)?;
        equal("reason", true, timed_out)
    }

    pub(super) fn disconnect(&mut self, step: &Disconnect) -> Outcome {
        let Disconnect { from, reason, wire } = step;
        same_reason(*reason, wire)?;
        if *from == self.role {
            self.disconnect_for(*reason, wire)?;
        } else {
            let expected = "a Disconnect that is acted on";
            let told = match self.channel.receive(&mut wire.clone()) {
                Err(OssuaryError::Peer(PeerError::Disconnected(reason))) => reason,
                Err(OssuaryError::Peer(PeerError::SuiteRefused(_))) => Reason::SuiteNotSupported,
                Err(error) => return Err(Found::error("wire", expected, &error)),
                Ok(received) => {
                    let event = describe(&received.event);
                    return Err(Found::other("wire", expected, event));
                }
            };
            equal("reason", *reason, told.code())?;
            self.status("wire", Status::Failed)?;
        }
        if self.channel.wants_send() {
            return Err(Found::other("wire", "the last packet", "not the last"));
        }
        Ok(())
    }

    /// Our side ends the connection for `reason`.
    fn disconnect_for(&mut self, reason: u8, wire: &[u8]) -> Outcome {
        match (Reason::from_code(reason), self.role) {
            (Reason::Failed, _) => {
                self.channel.disconnect(true);
                self.sends("wire", wire)?;
                self.status("wire", Status::Failed)
            }
            (Reason::NotAuthorized, Role::Server) if self.handshakes == 1 => self.refuse(wire),
            _ => {
                let why = "nothing that can be done to our side makes it send this Disconnect";
                Err(Found::unsupported("reason", why))
            }
        }
    }

    /// The first handshake once more, by a server that does not trust the
    /// client: `wire` is what it sends instead of opening the channel.
    fn refuse(&self, wire: &[u8]) -> Outcome {
        let mut again = Replay::new(self.transcript, self.backend, self.role, Verdict::Refused)?;
        let Some(Step::Handshake(step)) = self.transcript.steps.first() else {
            return Err(Found::other("steps", "a handshake first", "another step"));
        };
        again.draw_from_file()?;
        let expected = "a ClientHandshake that is taken";
        again.receives(
            "client_handshake",
            &step.client_handshake,
            expected,
            progress,
        )?;
        again.sends("server_handshake", &step.server_handshake)?;
        let mut input = step.client_authentication.clone();
        match again.channel.receive(&mut input) {
            Err(OssuaryError::Peer(PeerError::NotAuthorized(_) | PeerError::AnonymousPeer)) => {
                again.sends("wire", wire)
            }
            Err(error) => Err(Found::error("wire", "a refusal", &error)),
            Ok(received) => Err(Found::other("wire", "a refusal", describe(&received.event))),
        }
    }
}

/// An unsealed alert must have the reason that the file gives it.
fn same_reason(expected: u8, wire: &[u8]) -> Outcome {
    match wire.get(REASON) {
        Some(actual) => equal("reason", expected, *actual),
        None => Err(Found::other("wire", "an alert", "too short for one")),
    }
}

/// The reason of a reset that our side has found cause for.
fn own_reset(event: &Event<'_>) -> Option<Reason> {
    match event {
        Event::Reset(ResetCause::Here(error)) => Some(error.reason()),
        _ => None,
    }
}
