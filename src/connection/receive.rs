//! The next packet in the caller's buffer.

use super::{OssuaryConnection, State};
use crate::alert::{ALERT_LEN, Alert, Reason, Scan};
#[cfg(doc)]
use crate::error::Misuse;
use crate::error::{OssuaryError, PeerError};
use crate::handshake::{Verified, server};
use crate::message::{
    ClientHandshake, SUITE_LEN, ServerHandshake, client_authentication_allows, suite_asked,
};
use crate::packet::{Flags, HEADER_LEN, Header, PacketType, VERSION, client_handshake_version};
use core::fmt;
use core::mem;
use ossuary_traits::{CryptoSuite, KeyStore, Role, TAG_LEN};

/// What [`receive`](OssuaryConnection::receive) found.
#[derive(Debug)]
pub struct Received<'a> {
    /// How many bytes at the front of the buffer are done with. They are to be
    /// removed before the next call; what is behind them is untouched.
    pub consumed: usize,
    /// What it was.
    pub event: Event<'a>,
}

/// What came.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The next packet is not whole: at least so many more bytes are needed.
    NeedBytes(usize),
    /// Nothing is read now: the connection has something to
    /// [`send`](OssuaryConnection::send) first, or waits for the application's
    /// decision or signature.
    NotYet,
    /// Something of the protocol's own was dealt with, or dropped. There may be
    /// something to [`send`](OssuaryConnection::send).
    Progress,
    /// The peer has proved its key, and the application is to
    /// [`decide`](OssuaryConnection::decide). This comes once.
    Undecided,
    /// The handshake is done, and the channel is open.
    Open,
    /// A record: its plaintext, in the caller's buffer.
    Record(&'a mut [u8]),
    /// The channel has lost its keys; [`send`](OssuaryConnection::send) has
    /// what begins a new handshake.
    Reset(ResetCause),
    /// The peer closed the channel in good order: nothing was lost, and nothing
    /// more will come.
    Closed,
}

/// Why a channel was reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// This side found an error in what came.
    Here(PeerError),
    /// The peer found one, and says which.
    Peer(Reason),
}

impl fmt::Display for ResetCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResetCause::Here(error) => write!(f, "this side reset the channel: {error}"),
            ResetCause::Peer(reason) => write!(f, "the peer reset the channel: {reason}"),
        }
    }
}

/// A step's answer: how much is consumed, and what it was.
pub(crate) type Step<'a> = Result<Received<'a>, OssuaryError>;

pub(crate) fn received(consumed: usize, event: Event<'_>) -> Step<'_> {
    Ok(Received { consumed, event })
}

impl<S: CryptoSuite, K: KeyStore> OssuaryConnection<S, K> {
    /// Takes the next packet at the front of `input`, bytes as they came from
    /// the stream, and opens it where it stands.
    ///
    /// At most one packet is taken. `input` may hold less than one, which stays
    /// where it is for the next call, with more behind it; or more, which is for
    /// the calls after. A buffer of [`MAX_PACKET`](crate::MAX_PACKET) bytes
    /// always suffices.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::Peer`] or [`OssuaryError::Crypto`]: the connection has
    /// ended, and [`send`](Self::send) may have the Disconnect that tells the
    /// peer. After that [`OssuaryError::ConnectionFailed`] or
    /// [`OssuaryError::ConnectionClosed`]. [`Misuse::PacketBegun`] where `recv_handshake`
    /// or `recv_data` keeps a part of a packet.
    pub fn receive<'a>(&mut self, input: &'a mut [u8]) -> Step<'a> {
        self.check_taken()?;
        self.next_packet(input)
    }

    /// As [`receive`](Self::receive), whatever is kept besides.
    pub(super) fn next_packet<'a>(&mut self, input: &'a mut [u8]) -> Step<'a> {
        match &self.state {
            State::Open(_) => {}
            State::Over | State::Closing(_) | State::DisconnectDue(_) => {
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
            | State::AnswerDue { .. } => return received(0, Event::NotYet),
            State::AwaitingServer(_) | State::ServerStart | State::AwaitingClient(_) => {}
        }
        let Some(head) = input.first_chunk::<HEADER_LEN>().copied() else {
            return self.need(input.len(), HEADER_LEN);
        };
        if let Err(error) = self.check_version(&head) {
            return self.found(HEADER_LEN, error);
        }
        let header = match Header::decode(&head) {
            Ok(header) => header,
            Err(error) => return self.found(HEADER_LEN, error),
        };
        if let Err(error) = self.check_header(&header, input) {
            return self.found(HEADER_LEN, error);
        }
        if input.len() < header.packet_len() {
            // The suite is judged before the length, so it is asked for first.
            let judged = HEADER_LEN + SUITE_LEN;
            let want = match header.kind {
                PacketType::ClientHandshake if input.len() < judged => judged,
                _ => header.packet_len(),
            };
            return self.need(input.len(), want);
        }
        let Some(body) = input.get_mut(HEADER_LEN..header.packet_len()) else {
            return self.need(0, header.packet_len());
        };
        self.clock.whole();
        match header.kind {
            PacketType::Reset => self.unsealed(&header, body),
            PacketType::Disconnect if !header.flags.has(Flags::SEALED) => {
                self.unsealed(&header, body)
            }
            PacketType::Disconnect => self.close(&header, &head, body),
            PacketType::EncryptedData => self.record(&header, &head, body),
            PacketType::ClientHandshake => self.client_handshake(&head, body),
            PacketType::ServerHandshake => self.server_handshake(&head, body),
            PacketType::ClientAuthentication => self.client_authentication(body),
        }
    }

    /// The packet is not whole.
    fn need<'a>(&mut self, have: usize, want: usize) -> Step<'a> {
        self.clock.partial(have);
        received(0, Event::NeedBytes(want.saturating_sub(have)))
    }

    /// An error was found. Where a new handshake may mend it, what follows
    /// `consumed` is searched for the peer's alerts.
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

    /// "A ClientHandshake's version and suite are read before its length is
    /// judged". Elsewhere another version is a malformed packet.
    fn check_version(&self, head: &[u8; HEADER_LEN]) -> Result<(), PeerError> {
        match (&self.state, client_handshake_version(head)) {
            (State::ServerStart, Some(version)) if version != VERSION => {
                Err(PeerError::VersionNotSupported(version))
            }
            _ => Ok(()),
        }
    }

    /// What is wrong with a packet, by its header, before its body is waited
    /// for, in the protocol's order of checks.
    fn check_header(&self, header: &Header, input: &[u8]) -> Result<(), PeerError> {
        let len = usize::from(header.length);
        let sealed = header.flags.has(Flags::SEALED);

        // "The length is judged only when both [version and suite] are known".
        let allowed = match (header.kind, &self.state) {
            (PacketType::ClientHandshake, State::ServerStart)
                if header.msg_id == 0 && len >= SUITE_LEN =>
            {
                match suite_asked(input.get(HEADER_LEN..).unwrap_or(&[])) {
                    Some(asked) if asked != S::ID.code() => {
                        return Err(PeerError::SuiteNotSupported {
                            asked,
                            ours: [S::ID].into(),
                        });
                    }
                    Some(_) => len == ClientHandshake::<S>::LEN,
                    None => true,
                }
            }
            (PacketType::ClientHandshake, _) => len == ClientHandshake::<S>::LEN,
            (PacketType::ServerHandshake, _) => ServerHandshake::<S>::allows(len),
            (PacketType::ClientAuthentication, _) => client_authentication_allows(len),
            (PacketType::Disconnect, _) if sealed => len == ALERT_LEN + TAG_LEN,
            (PacketType::Disconnect | PacketType::Reset, _) => len == ALERT_LEN,
            (PacketType::EncryptedData, _) => len >= TAG_LEN,
        };
        if !allowed {
            return Err(PeerError::WrongPacketLength(header.length));
        }

        // Its place, and the msg_id of a counted packet.
        let numbered = |expected: u16| match header.msg_id {
            received if received == expected => Ok(()),
            received => Err(PeerError::WrongMessageId { expected, received }),
        };
        match (header.kind, &self.state) {
            (PacketType::Reset, _) => Ok(()),
            (PacketType::Disconnect, _) if !sealed => Ok(()),
            (PacketType::Disconnect | PacketType::EncryptedData, State::Open(channel)) => {
                channel.opener.check(header)
            }
            (PacketType::ClientHandshake, State::ServerStart)
            | (PacketType::ServerHandshake, State::AwaitingServer(_)) => numbered(0),
            (PacketType::ClientAuthentication, State::AwaitingClient(_)) => numbered(1),
            _ => Err(PeerError::UnexpectedPacket(header.kind.code())),
        }
    }

    /// A side that waits for a Reset "drops all that arrives, scanning the byte
    /// stream […] for a Disconnect or Reset that it may act on".
    fn search<'a>(&mut self, input: &'a mut [u8]) -> Step<'a> {
        let skip = self.skip.min(input.len());
        self.skip -= skip;
        let rest = input.get(skip..).unwrap_or(&[]);
        match self.alerts.scan(rest) {
            Scan::Found { header, alert, end } => self.act_on(&header, &alert, skip + end),
            Scan::Nothing { skip: more } if skip + more > 0 => {
                received(skip + more, Event::Progress)
            }
            Scan::Nothing { .. } => {
                let want = crate::alert::ALERT_PACKET_LEN + self.skip;
                received(0, Event::NeedBytes(want.saturating_sub(rest.len())))
            }
        }
    }

    /// An unsealed alert, in its place between packets.
    fn unsealed<'a>(&mut self, header: &Header, body: &[u8]) -> Step<'a> {
        let Ok(body) = <&[u8; ALERT_LEN]>::try_from(body) else {
            return self.found(HEADER_LEN, PeerError::WrongPacketLength(header.length));
        };
        let alert = Alert::decode(body);
        let end = header.packet_len();
        if !self.alerts.may_act_on(&alert.token) {
            // "Others are dropped silently."
            return received(end, Event::Progress);
        }
        let formed = match header.kind {
            PacketType::Disconnect => alert.kind == 0 && header.msg_id == 0,
            _ => alert.kind <= 1,
        };
        if !formed {
            return self.found(HEADER_LEN, PeerError::MalformedAlert);
        }
        self.act_on(header, &alert, end)
    }

    /// Acts on an alert whose token allows it.
    fn act_on<'a>(&mut self, header: &Header, alert: &Alert, consumed: usize) -> Step<'a> {
        let waiting = matches!(self.state, State::AwaitingReset(_));
        match (header.kind, alert.kind) {
            (PacketType::Disconnect, _) => Err(match alert.reason {
                Reason::SuiteNotSupported if self.role == Role::Client => {
                    self.ended(PeerError::SuiteRefused(S::ID))
                }
                reason => self.ended(PeerError::Disconnected(reason)),
            }),
            (_, 0) => {
                self.answer_reset(alert, header.msg_id)?;
                if waiting {
                    received(consumed, Event::Progress)
                } else {
                    self.reset_event(consumed)
                }
            }
            _ => {
                // "A side that waits and acts on a Reset of kind 1 whose msg_id
                // is that of its latest Reset of kind 0 goes to its first state.
                // Any other Reset of kind 1 is dropped."
                if waiting && header.msg_id == self.alerts.latest_reset_id() {
                    self.reset_answered(alert);
                }
                received(consumed, Event::Progress)
            }
        }
    }

    #[inline]
    fn record<'a>(
        &mut self,
        header: &Header,
        head: &[u8; HEADER_LEN],
        body: &'a mut [u8],
    ) -> Step<'a> {
        let State::Open(channel) = &mut self.state else {
            return self.found(HEADER_LEN, PeerError::UnexpectedPacket(header.kind.code()));
        };
        match channel.opener.open(header, head, body) {
            Ok(plaintext) => {
                self.counts.received = self.counts.received.saturating_add(1);
                self.alerts.forgive_resets();
                received(header.packet_len(), Event::Record(plaintext))
            }
            Err(error) => self.found(header.packet_len(), error),
        }
    }

    /// "A clean end is a sealed Disconnect with reason 0x00 in its place in the
    /// sequence: 18 bytes of plaintext, kind 0, its token ignored."
    fn close<'a>(&mut self, header: &Header, head: &[u8; HEADER_LEN], body: &mut [u8]) -> Step<'a> {
        let State::Open(channel) = &mut self.state else {
            return self.found(HEADER_LEN, PeerError::UnexpectedPacket(header.kind.code()));
        };
        let alert = match channel.opener.open(header, head, body) {
            Ok(plaintext) => <&[u8; ALERT_LEN]>::try_from(&*plaintext).map(Alert::decode),
            Err(error) => return self.found(header.packet_len(), error),
        };
        match alert {
            Ok(Alert {
                reason: Reason::Closed,
                kind: 0,
                ..
            }) => {
                self.over(None);
                received(header.packet_len(), Event::Closed)
            }
            _ => self.found(header.packet_len(), PeerError::MalformedClose),
        }
    }

    fn client_handshake<'a>(&mut self, head: &[u8; HEADER_LEN], body: &[u8]) -> Step<'a> {
        let Some(identity) = &self.identity else {
            return Err(self.fail(PeerError::LocalFailure));
        };
        let chain = self.alerts.chain();
        match server::receive::<S>(&self.h0, identity, &mut *self.random, head, body, chain) {
            Ok(answering) => {
                self.state = State::Answering(answering.into());
                received(HEADER_LEN + body.len(), Event::Progress)
            }
            Err(fault) => {
                self.recover_from_fault(fault)?;
                self.reset_event(HEADER_LEN)
            }
        }
    }

    fn server_handshake<'a>(&mut self, head: &[u8; HEADER_LEN], body: &mut [u8]) -> Step<'a> {
        let State::AwaitingServer(step) = mem::replace(&mut self.state, State::Over) else {
            return Err(self.fail(PeerError::LocalFailure));
        };
        let end = HEADER_LEN + body.len();
        let (opened, credentials) = match step.open(head, body, self.alerts.chain()) {
            Ok(opened) => opened,
            Err(fault) => {
                let consumed = match &fault {
                    // The body may have been decrypted where it stood.
                    crate::error::Fault::Peer(PeerError::DecryptionFailed) => end,
                    _ => HEADER_LEN,
                };
                self.recover_from_fault(fault)?;
                return self.reset_event(consumed);
            }
        };
        self.alerts.renew(credentials);
        self.alerts.peer_heard();
        let (authenticating, verified) = match opened.verified() {
            Ok(verified) => verified,
            Err(error) => return Err(self.fail(error)),
        };
        self.admit(verified)?;
        self.state = State::Authenticating(authenticating.into());
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
        let opened = match step.open(body) {
            Ok(opened) => opened,
            Err(error) => return self.found(end, error),
        };
        self.alerts.peer_heard();
        let (established, verified) = match opened.verified() {
            Ok(verified) => verified,
            Err(fault) => {
                self.recover_from_fault(fault)?;
                return self.reset_event(end);
            }
        };
        self.admit(verified)?;
        if self.admission.is_pending() {
            self.state = State::Deciding(established.into());
            return received(end, Event::Undecided);
        }
        self.open(established)?;
        received(end, Event::Open)
    }

    /// A peer whose signature has verified: is it the one that was here before,
    /// can its count be, and is it trusted?
    fn admit(&mut self, verified: Verified) -> Result<(), OssuaryError> {
        // "A side whose peer's identity has been fixed […] treats another as not
        // authorized."
        let recognized = self.admission.recognize(verified.peer);
        recognized.map_err(|error| self.fail(error))?;

        // "A value that is not 0 in the first handshake, is below one reported
        // before, or above the number of EncryptedData packets sent makes the
        // packet malformed."
        let count = verified.records_received;
        if count < self.counts.reported || count > self.counts.sent {
            return Err(self.fail(PeerError::ImpossibleCount(count)));
        }
        if count > self.counts.reported {
            self.counts.reported = count;
            self.alerts.forgive_resets();
        }

        // "A decision about a key holds for the connection and survives resets."
        let judged = self.admission.judge();
        judged.map_err(|fault| self.fail_by(fault))
    }
}
