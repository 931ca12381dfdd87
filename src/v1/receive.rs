//! The next packet in the caller's buffer.

use super::handshake;
use super::packet::{NOTICE_PACKET_LEN, Scan, notice_error, scan};
use super::{Connection, State};
use crate::alert::{ALERT_LEN, ALERT_PACKET_LEN, Alert, NO_TOKEN, Reason};
use crate::connection::{Event, Step, received};
use crate::error::{Fault, OssuaryError, PeerError};
use crate::handshake::PeerIdentity;
use crate::packet::{self, Flags, HEADER_LEN, PacketType, client_handshake_version};
use crate::v1::packet::Header;
use core::mem;
use ossuary_traits::{CryptoSuite, KeyStore, Role};

impl<S: CryptoSuite, K: KeyStore> Connection<S, K> {
    pub(crate) fn receive<'a>(&mut self, input: &'a mut [u8]) -> Step<'a> {
        match &self.state {
            State::Open(_)
            | State::AwaitingServer(_)
            | State::Overtaken
            | State::ServerStart
            | State::AwaitingClient(_) => {}
            State::Over | State::DisconnectDue(_) => {
                return Err(match self.failure {
                    Some(_) => OssuaryError::ConnectionFailed,
                    None => OssuaryError::ConnectionClosed,
                });
            }
            State::AwaitingReset(_) => return self.search(input),
            State::ClientStart
            | State::Authenticating(_)
            | State::Answering(_)
            | State::Deciding(_)
            | State::ResetDue(_)
            | State::AnswerDue => return received(0, Event::NotYet),
        }
        let Some(head) = input.first_chunk::<HEADER_LEN>().copied() else {
            return self.need(input.len(), HEADER_LEN);
        };
        if self.may_be_alert_of_2(&head) {
            return self.alert_of_2(input);
        }
        let header = match self.check_header(&head) {
            Ok(header) => header,
            Err(error) => return self.found(HEADER_LEN, error),
        };
        let have = input.len();
        let Some(body) = input.get_mut(HEADER_LEN..header.packet_len()) else {
            return self.need(have, header.packet_len());
        };
        self.clock.whole();
        if self.is_of_old_handshake(&header) {
            return received(header.packet_len(), Event::Progress);
        }
        match header.kind {
            PacketType::Disconnect | PacketType::Reset => self.notice(&header, body),
            PacketType::EncryptedData => self.record(body),
            PacketType::ClientHandshake => self.client_handshake(body),
            PacketType::ServerHandshake => self.server_handshake(body),
            PacketType::ClientAuthentication => self.client_authentication(body),
        }
    }

    /// The packet is not whole.
    fn need<'a>(&mut self, have: usize, want: usize) -> Step<'a> {
        self.clock.partial(have);
        received(0, Event::NeedBytes(want.saturating_sub(have)))
    }

    /// An error was found. Where a new handshake may mend it, what follows
    /// `consumed` is searched for the peer's Reset.
    #[cold]
    fn found<'a>(&mut self, consumed: usize, error: PeerError) -> Step<'a> {
        self.clock.whole();
        self.recover_from(error)?;
        self.reset_event(consumed)
    }

    fn reset_event<'a>(&mut self, consumed: usize) -> Step<'a> {
        match self.reset_cause.clone() {
            Some(cause) => received(consumed, Event::Reset(cause)),
            None => received(consumed, Event::Progress),
        }
    }

    /// What is wrong with a packet, by its header, before its body is waited for.
    fn check_header(&self, head: &[u8; HEADER_LEN]) -> Result<Header, PeerError> {
        // Only the first packet of all is one of protocol 2. Elsewhere it is a damaged one,
        // and no reason to end a connection that can be mended.
        if let (State::ServerStart, None, Some(version @ packet::VERSION)) = (
            &self.state,
            &self.reset_cause,
            client_handshake_version(head),
        ) {
            return Err(PeerError::VersionNotSupported(version));
        }
        let header = Header::decode(head)?;
        let expected = match (header.kind, &self.state) {
            // "accepted with any"
            (PacketType::Disconnect | PacketType::Reset, _) => header.msg_id,
            (PacketType::ClientHandshake, State::ServerStart)
            | (PacketType::ServerHandshake, State::AwaitingServer(_) | State::Overtaken) => 0,
            (PacketType::ClientAuthentication, State::AwaitingClient(step)) => step.msg_id(),
            (PacketType::EncryptedData, State::Open(session)) => session.peers.msg_id(),
            _ if self.is_of_old_handshake(&header) => header.msg_id,
            _ => return Err(PeerError::UnexpectedPacket(header.kind.code())),
        };
        match header.msg_id {
            received if received == expected => Ok(header),
            received => Err(PeerError::WrongMessageId { expected, received }),
        }
    }

    /// Whether a client that has begun anew sees a record that its server had sent
    /// before.
    fn is_of_old_handshake(&self, header: &Header) -> bool {
        self.answered
            && header.kind == PacketType::EncryptedData
            && matches!(self.state, State::AwaitingServer(_) | State::Overtaken)
    }

    /// Whether a client that waits for its server's answer sees what a server of
    /// protocol 2 answers: an unsealed Disconnect of that protocol.
    fn may_be_alert_of_2(&self, head: &[u8; HEADER_LEN]) -> bool {
        matches!(self.state, State::AwaitingServer(_))
            && packet::Header::decode(head).is_ok_and(|header| {
                header.kind == PacketType::Disconnect
                    && header.flags == Flags::NONE
                    && header.msg_id == 0
                    && usize::from(header.length) == ALERT_LEN
            })
    }

    fn alert_of_2<'a>(&mut self, input: &mut [u8]) -> Step<'a> {
        let Some(packet) = input.first_chunk::<ALERT_PACKET_LEN>() else {
            return self.need(input.len(), ALERT_PACKET_LEN);
        };
        // A server that has answered in protocol 1 before does not say this any more.
        let refused = |alert: &Alert| {
            alert.kind == 0
                && alert.token == NO_TOKEN
                && alert.reason == Reason::VersionNotSupported
                && self.admission.peer().is_none()
        };
        match packet.last_chunk::<ALERT_LEN>().map(Alert::decode) {
            Some(alert) if refused(&alert) => {
                Err(self.ended(PeerError::Disconnected(alert.reason)))
            }
            _ => self.found(ALERT_PACKET_LEN, PeerError::MalformedAlert),
        }
    }

    /// "waits for a Reset in return, dropping all else", but for a Disconnect:
    /// its sender answers no more.
    fn search<'a>(&mut self, input: &'a mut [u8]) -> Step<'a> {
        match scan(input) {
            Scan::Found { kind, error, end } => self.act_on(kind, error, end),
            Scan::Nothing { skip } if skip > 0 => received(skip, Event::Progress),
            Scan::Nothing { .. } => {
                let want = NOTICE_PACKET_LEN.saturating_sub(input.len());
                received(0, Event::NeedBytes(want))
            }
        }
    }

    /// A notice in its place between packets.
    fn notice<'a>(&mut self, header: &Header, body: &[u8]) -> Step<'a> {
        match notice_error(body) {
            Some(error) => self.act_on(header.kind, error, header.packet_len()),
            None => self.found(header.packet_len(), PeerError::MalformedAlert),
        }
    }

    fn act_on<'a>(&mut self, kind: PacketType, error: bool, consumed: usize) -> Step<'a> {
        if kind == PacketType::Disconnect {
            return Err(self.ended(if error {
                PeerError::Disconnected(Reason::Failed)
            } else {
                PeerError::UnprovenClose
            }));
        }
        if matches!(self.state, State::AwaitingReset(_)) {
            self.begin_handshake();
            return received(consumed, Event::Progress);
        }
        if self.answered {
            // A client has a clock, which ends this. A server has none in its first
            // state, so it drops one.
            self.answered = self.role == Role::Client;
            self.unanswered = self.answered;
            return received(consumed, Event::Progress);
        }
        self.answer_reset()?;
        self.reset_event(consumed)
    }

    #[inline]
    fn record<'a>(&mut self, body: &'a mut [u8]) -> Step<'a> {
        let end = HEADER_LEN + body.len();
        let State::Open(session) = &mut self.state else {
            return self.found(
                end,
                PeerError::UnexpectedPacket(PacketType::EncryptedData.code()),
            );
        };
        match session.open(body) {
            Ok(plaintext) => {
                self.counts.received = self.counts.received.saturating_add(1);
                self.resets = 0;
                received(end, Event::Record(plaintext))
            }
            Err(error) => self.found(end, error),
        }
    }

    fn client_handshake<'a>(&mut self, body: &[u8]) -> Step<'a> {
        let end = HEADER_LEN + body.len();
        match handshake::receive::<S>(&mut *self.random, body) {
            Ok(step) => {
                self.answered = false;
                self.state = State::Answering(step.into());
                received(end, Event::Progress)
            }
            Err(fault) => self.fault(end, fault),
        }
    }

    /// A fault of a handshake's step.
    fn fault<'a>(&mut self, consumed: usize, fault: Fault) -> Step<'a> {
        match fault {
            Fault::Peer(error) => self.found(consumed, error),
            fault => Err(self.fail_by(fault)),
        }
    }

    fn server_handshake<'a>(&mut self, body: &mut [u8]) -> Step<'a> {
        let end = HEADER_LEN + body.len();
        let step = match mem::replace(&mut self.state, State::Over) {
            State::AwaitingServer(step) => step,
            // To the last ClientHandshake, of which nothing is left: nothing else is on
            // its way, and a new one can be begun.
            State::Overtaken => {
                let code = PacketType::ServerHandshake.code();
                return self.found(end, PeerError::UnexpectedPacket(code));
            }
            _ => return Err(self.fail(PeerError::LocalFailure)),
        };
        let (step, peer) = match step.open(body) {
            Ok(opened) => opened,
            // To a ClientHandshake that went before the Reset: each side would answer
            // the other's packet before the last until the resets run out.
            Err(Fault::Peer(error)) if self.answered && error.is_recoverable() => {
                self.state = State::Overtaken;
                self.clock.restart();
                return received(end, Event::Progress);
            }
            Err(fault) => return self.fault(end, fault),
        };
        self.answered = false;
        self.admit(peer)?;
        self.state = State::Authenticating(step.into());
        let event = match self.admission.is_pending() {
            true => Event::Undecided,
            false => Event::Progress,
        };
        received(end, event)
    }

    fn client_authentication<'a>(&mut self, body: &mut [u8]) -> Step<'a> {
        let State::AwaitingClient(step) = mem::replace(&mut self.state, State::Over) else {
            return Err(self.fail(PeerError::LocalFailure));
        };
        let end = HEADER_LEN + body.len();
        let (session, peer) = match step.open(body) {
            Ok(opened) => opened,
            Err(fault) => {
                // The client's channel is open, and it may have written.
                self.counts.was_open = true;
                return self.fault(end, fault);
            }
        };
        self.admit(peer)?;
        if self.admission.is_pending() {
            self.state = State::Deciding(session);
            return received(end, Event::Undecided);
        }
        self.open(session);
        received(end, Event::Open)
    }

    /// A peer whose signature has verified, or who is anonymous: is it the one
    /// that was here before, and is it trusted?
    fn admit(&mut self, peer: PeerIdentity) -> Result<(), OssuaryError> {
        let recognized = self.admission.recognize(peer);
        recognized.map_err(|error| self.fail(error))?;
        let judged = self.admission.judge();
        judged.map_err(|fault| self.fail_by(fault))
    }
}
