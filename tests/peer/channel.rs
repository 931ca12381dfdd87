//! What comes after the handshake: records, alerts and recovery.

use super::Peer;
use super::wire::{self, Alert, Header, NO_TOKEN, Token};
use ossuary::{CryptoSuite, Role};

impl<S: CryptoSuite> Peer<S> {
    // ---- Records

    /// A sealed packet of any type and flags, in its place in the sequence.
    pub fn seal(&mut self, kind: u16, flags: u8, plaintext: &[u8]) -> Vec<u8> {
        let outgoing = self.outgoing.as_mut().expect("an open channel");
        let counter = outgoing.counter;
        let header = Header::new(kind, flags, counter as u16, plaintext.len() + 16).encode();
        // "The nonce is that of the packet counter. The AAD is the header".
        let sealed = outgoing.key.seal(counter, &header, plaintext);
        outgoing.counter += 1;
        if flags & wire::REKEY != 0 {
            outgoing.rekey();
        }
        [&header[..], &sealed].concat()
    }

    pub fn record(&mut self, plaintext: &[u8]) -> Vec<u8> {
        self.sent += 1;
        self.seal(wire::ENCRYPTED_DATA, wire::SEALED, plaintext)
    }

    /// `content || 0x80 || 0x00 … 0x00`
    pub fn padded(&mut self, content: &[u8], padded_len: usize) -> Vec<u8> {
        let mut plaintext = [content, &[0x80]].concat();
        plaintext.resize(padded_len, 0);
        self.sent += 1;
        self.seal(
            wire::ENCRYPTED_DATA,
            wire::SEALED | wire::PADDED,
            &plaintext,
        )
    }

    /// A clean end.
    pub fn close(&mut self) -> Vec<u8> {
        let alert = self.alert(wire::CLOSED, 0);
        self.seal(wire::DISCONNECT, wire::SEALED, &alert.encode())
    }

    /// Opens the next sealed packet of the other side.
    pub fn open(&mut self, packet: &[u8]) -> (Header, Vec<u8>) {
        let incoming = self.incoming.as_mut().expect("an open channel");
        let header = Header::decode(packet);
        assert_eq!(header.version, 2);
        assert_eq!(header.msg_id, incoming.counter as u16);
        assert_eq!(usize::from(header.length), packet.len() - 8);
        let mut plaintext = incoming
            .key
            .open(incoming.counter, &packet[..8], &packet[8..])
            .expect("a packet that opens");
        incoming.counter += 1;
        if header.flags & wire::REKEY != 0 {
            incoming.rekey();
        }
        if header.flags & wire::PADDED != 0 {
            let marker = plaintext.iter().rposition(|byte| *byte != 0);
            let marker = marker.expect("padding with its marker");
            assert_eq!(plaintext[marker], 0x80);
            plaintext.truncate(marker);
        }
        if header.kind == wire::ENCRYPTED_DATA {
            self.received += 1;
        }
        (header, plaintext)
    }

    // ---- Alerts

    /// The token that this side's alerts carry.
    pub fn own_token(&self) -> Token {
        self.current
            .as_ref()
            .map_or(NO_TOKEN, |current| match self.role {
                Role::Client => current.client_token,
                Role::Server => current.server_token,
            })
    }

    /// The token that the other side's alerts carry, when it has come as far.
    pub fn peer_token(&self) -> Token {
        self.current
            .as_ref()
            .map_or(NO_TOKEN, |current| match self.role {
                Role::Client => current.server_token,
                Role::Server => current.client_token,
            })
    }

    pub fn alert(&self, reason: u8, kind: u8) -> Alert {
        Alert {
            reason,
            kind,
            token: self.own_token(),
        }
    }

    /// An unsealed Disconnect.
    pub fn disconnect(&self, reason: u8) -> Vec<u8> {
        self.alert(reason, 0).packet(wire::DISCONNECT, 0)
    }

    /// A Reset of kind 0.
    pub fn reset(&mut self, reason: u8) -> Vec<u8> {
        self.resets_sent += 1;
        self.alert(reason, 0).packet(wire::RESET, self.resets_sent)
    }

    // ---- Recovery

    /// Answers a Reset of kind 0, and goes to the first state.
    pub fn acknowledge(&mut self, reset: &[u8]) -> Vec<u8> {
        let (header, alert) = (Header::decode(reset), Alert::decode(&reset[8..]));
        assert_eq!((header.kind, header.flags, alert.kind), (wire::RESET, 0, 0));
        self.settle(&alert.token);
        self.alert(alert.reason, 1)
            .packet(wire::RESET, header.msg_id)
    }

    /// Takes the Reset of kind 1 that answers this side's own.
    pub fn acknowledged(&mut self, reset: &[u8]) {
        let (header, alert) = (Header::decode(reset), Alert::decode(&reset[8..]));
        assert_eq!((header.kind, header.flags, alert.kind), (wire::RESET, 0, 1));
        assert_eq!(header.msg_id, self.resets_sent);
        self.settle(&alert.token);
    }

    /// Settles the chain of the next handshake, by the token of the Reset.
    fn settle(&mut self, token: &Token) {
        if let Some(current) = &self.current
            && (self.role == Role::Client || *token == current.client_token)
        {
            self.chain = current.recovery.clone();
            self.chain_token = current.client_token;
        } else if self.role == Role::Server {
            assert_eq!(*token, self.chain_token);
        }
        (self.outgoing, self.incoming) = (None, None);
    }
}
