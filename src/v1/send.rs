//! What the protocol has to send.

use super::handshake::{
    self, Answering, Authenticating, CLIENT_AUTHENTICATION_PACKET, CLIENT_HANDSHAKE_PACKET,
    SERVER_HANDSHAKE_PACKET,
};
use super::packet::{NOTICE_PACKET_LEN, notice};
use super::{Connection, LastPacket, State};
use crate::alert::{ALERT_PACKET_LEN, Alert, NO_TOKEN, Reason};
use crate::error::{OssuaryError, PeerError};
use crate::packet::PacketType;
use crate::signing::Signing;
use core::mem;
use ossuary_traits::{CryptoSuite, KeyStore, Signature};

impl<S: CryptoSuite, K: KeyStore> Connection<S, K> {
    pub(crate) fn wants_send(&self) -> bool {
        match &self.state {
            State::ClientStart
            | State::ResetDue(_)
            | State::AnswerDue
            | State::DisconnectDue(_) => true,
            State::Answering(_) => !matches!(self.signing, Signing::Pending),
            State::Authenticating(_) => {
                self.admission.is_trusted() && !matches!(self.signing, Signing::Pending)
            }
            _ => false,
        }
    }

    pub(crate) fn send_len(&self) -> usize {
        if !self.wants_send() {
            return 0;
        }
        match &self.state {
            State::ClientStart => CLIENT_HANDSHAKE_PACKET,
            State::Authenticating(_) => CLIENT_AUTHENTICATION_PACKET,
            State::Answering(_) => SERVER_HANDSHAKE_PACKET,
            State::DisconnectDue(LastPacket::VersionNotSupported) => ALERT_PACKET_LEN,
            _ => NOTICE_PACKET_LEN,
        }
    }

    pub(crate) fn send(&mut self, out: &mut [u8]) -> Result<usize, OssuaryError> {
        if !self.wants_send() || !self.sign()? {
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
            State::ResetDue(reason) => {
                packet.copy_from_slice(&notice(PacketType::Reset, true));
                self.state = State::AwaitingReset(reason);
                self.clock.restart();
            }
            State::AnswerDue => {
                packet.copy_from_slice(&notice(PacketType::Reset, true));
                self.begin_handshake();
            }
            State::DisconnectDue(LastPacket::Notice { error }) => {
                packet.copy_from_slice(&notice(PacketType::Disconnect, error));
            }
            State::DisconnectDue(LastPacket::VersionNotSupported) => {
                let alert = Alert {
                    reason: Reason::VersionNotSupported,
                    kind: 0,
                    token: NO_TOKEN,
                };
                packet.copy_from_slice(&alert.packet(PacketType::Disconnect, 0));
            }
            state => self.state = state,
        }
        Ok(needed)
    }

    /// Sees to it that this side's signature is there, where one is needed;
    /// `false` where the application is to bring it.
    fn sign(&mut self) -> Result<bool, OssuaryError> {
        let signed = match &self.state {
            State::Answering(step) => &step.signs,
            State::Authenticating(step) => &step.signs,
            _ => return Ok(true),
        };
        match &self.identity {
            Some(identity) => self.signing.ask::<S>(&self.key_store, identity, signed),
            None => Ok(true),
        }
    }

    pub(crate) fn provide_signature(&mut self, signature: Signature) -> Result<(), OssuaryError> {
        let pending = self.pending_signature();
        self.signing.provide::<S>(pending, signature)
    }

    fn send_client_handshake(&mut self, packet: &mut [u8]) -> Result<(), OssuaryError> {
        match handshake::start::<S>(&mut *self.random, packet) {
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
        step: Answering<S>,
        packet: &mut [u8],
    ) -> Result<(), OssuaryError> {
        let signature = self.signing.take();
        let (Some(identity), Some(signature)) = (&self.identity, &signature) else {
            return Err(self.fail(PeerError::LocalFailure));
        };
        match step.finish(identity, signature.bytes(), packet) {
            Ok(step) => {
                self.state = State::AwaitingClient(step.into());
                self.clock.restart();
                Ok(())
            }
            Err(error) => {
                self.fail(PeerError::LocalFailure);
                Err(error)
            }
        }
    }

    fn send_client_authentication(
        &mut self,
        step: Authenticating<S>,
        packet: &mut [u8],
    ) -> Result<(), OssuaryError> {
        let signature = self.signing.take();
        let own = self.identity.as_ref().zip(signature.as_ref());
        let own = own.map(|(identity, signature)| (identity, signature.bytes()));
        match step.finish(own, packet) {
            Ok(session) => {
                self.clock.restart();
                self.open(session);
                Ok(())
            }
            Err(error) => {
                self.fail(PeerError::LocalFailure);
                Err(error)
            }
        }
    }
}
