//! What the protocol has to send.

use super::{OssuaryConnection, State};
use crate::alert::{ALERT_PACKET_LEN, Alert, Reason};
use crate::error::{Misuse, OssuaryError, PeerError};
use crate::handshake::{Own, client, server};
use crate::packet::PacketType;
use crate::record::CLOSE_LEN;
use crate::signing::Signing;
use crate::transcript::Signed;
use core::mem;
use ossuary_traits::{CryptoSuite, KeyStore, Signature};

impl<S: CryptoSuite, K: KeyStore> OssuaryConnection<S, K> {
    /// Whether [`send`](Self::send) has something to write. Nothing is
    /// [received](Self::receive) before it is written.
    #[must_use]
    pub fn wants_send(&self) -> bool {
        match &self.state {
            State::ClientStart
            | State::Closing(_)
            | State::ResetDue(_)
            | State::AnswerDue { .. }
            | State::DisconnectDue(_) => true,
            State::Answering(_) => !matches!(self.signing, Signing::Pending),
            State::Authenticating(_) => {
                self.admission.is_trusted() && !matches!(self.signing, Signing::Pending)
            }
            _ => false,
        }
    }

    /// How many bytes [`send`](Self::send) needs; 0 where it has nothing to
    /// write.
    #[must_use]
    pub fn send_len(&self) -> usize {
        if !self.wants_send() {
            return 0;
        }
        match &self.state {
            State::ClientStart => client::client_handshake_len::<S>(),
            State::Authenticating(_) => client::packet_len(&self.own()),
            State::Answering(_) => self.identity.as_ref().map_or(0, server::packet_len::<S>),
            State::Closing(_) => CLOSE_LEN,
            State::ResetDue(_) | State::AnswerDue { .. } | State::DisconnectDue(_) => {
                ALERT_PACKET_LEN
            }
            _ => 0,
        }
    }

    /// Writes the next packet of the protocol's own into the front of `out`, and
    /// returns its length; 0 where there is none. The bytes are to be sent, all
    /// of them and once, before any record that is sealed later.
    ///
    /// This is where the key store is asked for a signature. Where it has left
    /// that to the application, there is nothing to send until
    /// [`provide_signature`](Self::provide_signature).
    ///
    /// # Errors
    ///
    /// [`OssuaryError::BufferTooSmall`] and [`OssuaryError::KeyStore`]: nothing
    /// has changed, and the call can be repeated. [`OssuaryError::Crypto`]: the
    /// random source or the library failed. [`Misuse::FlushFirst`] where an earlier
    /// packet waits for `flush`.
    pub fn send(&mut self, out: &mut [u8]) -> Result<usize, OssuaryError> {
        self.check_written()?;
        if !self.wants_send() {
            return Ok(0);
        }
        if matches!(self.state, State::Answering(_) | State::Authenticating(_)) && !self.sign()? {
            return Ok(0);
        }
        let needed = self.send_len();
        let packet = out
            .get_mut(..needed)
            .ok_or(OssuaryError::BufferTooSmall { needed })?;
        match mem::replace(&mut self.state, State::Over) {
            State::ClientStart => self.send_client_handshake(packet)?,
            State::Answering(step) => self.send_server_handshake(*step, packet)?,
            State::Authenticating(step) => self.send_client_authentication(*step, packet)?,
            State::Closing(mut channel) => {
                let closed = match &mut channel.sender {
                    Some(sender) => sender.close(packet),
                    None => Err(Misuse::NotOpen.into()),
                };
                self.state = State::Closing(channel);
                if let Err(error) = closed {
                    self.fail(PeerError::LocalFailure);
                    return Err(error);
                }
                self.over(None);
            }
            State::ResetDue(reason) => {
                let msg_id = self.alerts.next_reset_id();
                packet.copy_from_slice(&self.reset_packet(reason, 0, msg_id));
                self.state = State::AwaitingReset(reason);
                self.clock.restart();
            }
            State::AnswerDue { reason, msg_id } => {
                packet.copy_from_slice(&self.reset_packet(reason, 1, msg_id));
                self.begin_handshake();
            }
            State::DisconnectDue(bytes) => packet.copy_from_slice(&bytes),
            state => self.state = state,
        }
        Ok(needed)
    }

    fn reset_packet(&self, reason: Reason, kind: u8, msg_id: u16) -> [u8; ALERT_PACKET_LEN] {
        let alert = Alert {
            reason,
            kind,
            token: self.alerts.own_token(),
        };
        alert.packet(PacketType::Reset, msg_id)
    }

    fn send_client_handshake(&mut self, packet: &mut [u8]) -> Result<(), OssuaryError> {
        match client::start::<S>(&self.h0, &mut *self.random, packet) {
            Ok(step) => {
                self.state = State::AwaitingServer(step.into());
                self.clock.restart();
                Ok(())
            }
            Err(error) => {
                self.state = State::ClientStart;
                Err(error.into())
            }
        }
    }

    fn send_server_handshake(
        &mut self,
        step: server::Answering<S>,
        packet: &mut [u8],
    ) -> Result<(), OssuaryError> {
        let signature = self.signing.take();
        let (Some(identity), Some(signature)) = (&self.identity, &signature) else {
            return Err(self.fail(PeerError::LocalFailure));
        };
        match step.finish(&self.own(), identity, signature.bytes(), packet) {
            Ok((step, credentials)) => {
                self.alerts.renew(credentials);
                self.state = State::AwaitingClient(step.into());
                self.clock.restart();
                Ok(())
            }
            Err(error) => {
                self.fail(PeerError::LocalFailure);
                Err(error.into())
            }
        }
    }

    fn send_client_authentication(
        &mut self,
        step: client::Authenticating<S>,
        packet: &mut [u8],
    ) -> Result<(), OssuaryError> {
        let signature = self.signing.take();
        match step.finish(
            &self.own(),
            signature.as_ref().map(Signature::bytes),
            packet,
        ) {
            Ok(established) => {
                self.clock.restart();
                self.open(established)
            }
            Err(error) => {
                self.fail(PeerError::LocalFailure);
                Err(error.into())
            }
        }
    }

    pub(super) fn own(&self) -> Own<'_> {
        Own {
            identity: self.identity.as_ref(),
            records_received: self.counts.received,
        }
    }

    /// The message that this side is to sign in its present state.
    pub(super) fn signed(&self) -> Option<Signed> {
        match &self.state {
            State::Answering(step) => Some(step.signs(&self.own())),
            State::Authenticating(step) if self.identity.is_some() => Some(step.signs(&self.own())),
            _ => None,
        }
    }

    /// Sees to it that this side's signature is there, where one is needed;
    /// `false` where the application is to bring it.
    fn sign(&mut self) -> Result<bool, OssuaryError> {
        let (Some(identity), Some(signed)) = (&self.identity, self.signed()) else {
            return Ok(true);
        };
        self.signing.ask::<S>(&self.key_store, identity, &signed)
    }

    /// Brings the signature that the key store had left to the application. It
    /// is verified before it is sent.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoSignaturePending`]; [`OssuaryError::KeyStore`] of class
    /// [`Broken`](ossuary_traits::KeyStoreErrorKind::Broken) where it is not that of the host
    /// key over the [pending](Self::pending_signature) message. Nothing has
    /// changed, and another can be brought.
    pub fn provide_signature(&mut self, signature: Signature) -> Result<(), OssuaryError> {
        let pending = self.pending_signature();
        self.signing.provide::<S>(pending, signature)
    }
}
