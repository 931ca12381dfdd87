//! A second, hand-made peer that can bend every field.

use crate::pair::{Counted, key};
use ossuary::backend::rustcrypto::{ChaCha20Poly1305, X25519};
use ossuary::ossuary_traits::{Aead, AeadKey, FixedBytes, KeyExchange, Secret, SigningKey};

/// What a packet's header says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Packet {
    pub(crate) length: u16,
    pub(crate) msg_id: u16,
    pub(crate) kind: u16,
    pub(crate) reserved: u16,
    pub(crate) body: Vec<u8>,
}

impl Packet {
    pub(crate) fn new(kind: u16, msg_id: u16, body: Vec<u8>) -> Self {
        Packet {
            length: u16::try_from(body.len()).unwrap(),
            msg_id,
            kind,
            reserved: 0,
            body,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in [self.length, self.msg_id, self.kind, self.reserved] {
            bytes.extend(field.to_be_bytes());
        }
        bytes.extend(&self.body);
        bytes
    }
}

pub(crate) fn inner_header(len: u16) -> Vec<u8> {
    let [l0, l1] = len.to_le_bytes();
    vec![l0, l1, 1, 0, 0, 0, 0, 0]
}

/// One end. Both sides' key exchanges are those of a client: X25519 is the same.
pub(crate) struct Peer {
    key_exchange: Option<X25519>,
    pub(crate) share: [u8; 32],
    pub(crate) nonce: [u8; 12],
    pub(crate) challenge: [u8; 32],
    pub(crate) theirs: Theirs,
    aead: Option<ChaCha20Poly1305>,
    /// How many boxes this side and the other have sealed.
    boxes: [u128; 2],
}

/// What the other side said of itself.
#[derive(Default)]
pub(crate) struct Theirs {
    pub(crate) share: [u8; 32],
    pub(crate) nonce: [u8; 12],
    pub(crate) challenge: [u8; 32],
}

impl Peer {
    pub(crate) fn new() -> Self {
        let (key_exchange, share) = X25519::generate(&mut Counted(77)).unwrap();
        Peer {
            key_exchange: Some(key_exchange),
            share,
            nonce: [0x31; 12],
            challenge: [0x32; 32],
            theirs: Theirs::default(),
            aead: None,
            boxes: [0; 2],
        }
    }

    pub(crate) fn client_handshake(&self) -> Packet {
        let mut body = inner_header(84);
        body.extend(self.share);
        body.extend(self.nonce);
        body.extend(self.challenge);
        Packet::new(1, 0, body)
    }

    /// Takes the other side's share and nonce, and derives the key.
    fn agree(&mut self, share: &[u8], nonce: &[u8]) {
        self.theirs.share = share.try_into().unwrap();
        self.theirs.nonce = nonce.try_into().unwrap();
        let z = self.key_exchange.take().unwrap();
        let z = z.complete(&self.theirs.share).unwrap();
        self.know_key(z.as_ref());
    }

    pub(crate) fn know_key(&mut self, z: &[u8]) {
        let key: AeadKey = Secret::from_slice(z).unwrap();
        self.aead = Some(ChaCha20Poly1305::new(&key));
    }

    pub(crate) fn take_client_handshake(&mut self, packet: &[u8]) {
        assert_eq!(packet.len(), 92);
        self.theirs.challenge = packet[60..].try_into().unwrap();
        self.agree(&packet[16..48], &packet[48..60]);
    }

    pub(crate) fn take_server_handshake(&mut self, packet: &[u8]) {
        assert_eq!(packet.len(), 208);
        self.agree(&packet[16..48], &packet[48..60]);
        let auth = self.open(&packet[60..]);
        self.theirs.challenge = auth[32..64].try_into().unwrap();
    }

    fn nonce_of(&self, own: bool) -> [u8; 12] {
        let (nonce, boxes) = match own {
            true => (self.nonce, self.boxes[0]),
            false => (self.theirs.nonce, self.boxes[1]),
        };
        let mut wide = [0; 16];
        wide[4..].copy_from_slice(&nonce);
        let counted = u128::from_be_bytes(wide) + boxes;
        counted.to_be_bytes()[4..].try_into().unwrap()
    }

    pub(crate) fn seal(&mut self, plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = plaintext.to_vec();
        let nonce = self.nonce_of(true);
        let aead = self.aead.as_ref().unwrap();
        let tag = aead.seal_in_place(&nonce, &[], &mut sealed).unwrap();
        self.boxes[0] += 1;
        let [l0, l1] = u16::try_from(plaintext.len()).unwrap().to_le_bytes();
        let mut boxed = vec![l0, l1, 16, 0];
        boxed.extend(sealed);
        boxed.extend(tag);
        boxed
    }

    pub(crate) fn open(&mut self, boxed: &[u8]) -> Vec<u8> {
        let nonce = self.nonce_of(false);
        let mut sealed = boxed[4..].to_vec();
        let aead = self.aead.as_ref().unwrap();
        aead.open_in_place(&nonce, &[], &mut sealed).unwrap();
        self.boxes[1] += 1;
        sealed.truncate(sealed.len() - 16);
        sealed
    }

    /// The signature that this side owes.
    pub(crate) fn sign(&self, seed: u8) -> Vec<u8> {
        let message = [&self.share[..], &self.nonce, &self.theirs.challenge].concat();
        key(seed).sign(&message).unwrap().bytes().to_vec()
    }

    pub(crate) fn client_authentication(&mut self, public: &[u8], signature: &[u8]) -> Packet {
        let mut body = inner_header(124);
        body.extend(self.seal(&[public, signature].concat()));
        Packet::new(3, 1, body)
    }

    pub(crate) fn server_handshake(&mut self, public: &[u8], signature: &[u8]) -> Packet {
        let mut body = inner_header(200);
        body.extend(self.share);
        body.extend(self.nonce);
        body.extend(self.seal(&[public, &{ self.challenge }[..], signature].concat()));
        Packet::new(2, 0, body)
    }
}
