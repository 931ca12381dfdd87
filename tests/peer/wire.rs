//! The wire format of protocol 2: packets, alerts and authentications, as bytes
//! and back. Nothing here is checked; that is for whoever receives it.

pub const CLIENT_HANDSHAKE: u16 = 0x0001;
pub const SERVER_HANDSHAKE: u16 = 0x0002;
pub const CLIENT_AUTHENTICATION: u16 = 0x0003;
pub const DISCONNECT: u16 = 0x0010;
pub const RESET: u16 = 0x0011;
pub const ENCRYPTED_DATA: u16 = 0x0020;

pub const SEALED: u8 = 0x01;
pub const REKEY: u8 = 0x02;
pub const PADDED: u8 = 0x04;

// The reasons of alerts.
pub const CLOSED: u8 = 0x00;
pub const FAILED: u8 = 0x01;
pub const SUITE_NOT_SUPPORTED: u8 = 0x02;
pub const VERSION_NOT_SUPPORTED: u8 = 0x03;
pub const NOT_AUTHORIZED: u8 = 0x04;
pub const TIMED_OUT: u8 = 0x05;
pub const MALFORMED: u8 = 0x06;
pub const DECRYPTION_FAILED: u8 = 0x07;

pub type Token = [u8; 16];
/// What an alert carries while no token is derived.
pub const NO_TOKEN: Token = [0; 16];

/// `u16(length of body) || u16(msg_id) || u16(type) || u8(version) || u8(flags)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub length: u16,
    pub msg_id: u16,
    pub kind: u16,
    pub version: u8,
    pub flags: u8,
}

impl Header {
    pub fn new(kind: u16, flags: u8, msg_id: u16, length: usize) -> Self {
        Header {
            length: length.try_into().expect("a body of at most 65,535 bytes"),
            msg_id,
            kind,
            version: 2,
            flags,
        }
    }

    pub fn encode(self) -> [u8; 8] {
        let [l0, l1] = self.length.to_be_bytes();
        let [m0, m1] = self.msg_id.to_be_bytes();
        let [t0, t1] = self.kind.to_be_bytes();
        [l0, l1, m0, m1, t0, t1, self.version, self.flags]
    }

    pub fn decode(packet: &[u8]) -> Self {
        let two = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
        Header {
            length: two(0),
            msg_id: two(2),
            kind: two(4),
            version: packet[6],
            flags: packet[7],
        }
    }
}

/// `packet = header(8) || body`
pub fn packet(kind: u16, flags: u8, msg_id: u16, body: &[u8]) -> Vec<u8> {
    [&Header::new(kind, flags, msg_id, body.len()).encode(), body].concat()
}

/// Changes the header of a packet that is there already, and nothing else of it.
pub fn with_header(packet: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = Header::decode(packet);
    change(&mut header);
    [&header.encode(), &packet[8..]].concat()
}

/// `alert = u8(reason) || u8(kind) || token(16)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    pub reason: u8,
    pub kind: u8,
    pub token: Token,
}

impl Alert {
    pub fn encode(self) -> Vec<u8> {
        [&[self.reason, self.kind][..], &self.token].concat()
    }

    pub fn decode(body: &[u8]) -> Self {
        Alert {
            reason: body[0],
            kind: body[1],
            token: body[2..].try_into().expect("an alert of 18 bytes"),
        }
    }

    /// The packet of an unsealed alert.
    pub fn packet(self, kind: u16, msg_id: u16) -> Vec<u8> {
        packet(kind, 0, msg_id, &self.encode())
    }
}

/// `suite(3) || client share || client nonce(12) || client challenge(32)`
#[derive(Clone, Debug)]
pub struct ClientHandshake {
    pub suite: [u8; 3],
    pub share: Vec<u8>,
    pub nonce: [u8; 12],
    pub challenge: [u8; 32],
}

impl ClientHandshake {
    pub fn encode(&self) -> Vec<u8> {
        [&self.suite[..], &self.share, &self.nonce, &self.challenge].concat()
    }

    pub fn decode(body: &[u8]) -> Self {
        let (share_end, nonce_end) = (body.len() - 44, body.len() - 32);
        ClientHandshake {
            suite: body[..3].try_into().expect("a suite"),
            share: body[3..share_end].to_vec(),
            nonce: body[share_end..nonce_end].try_into().expect("a nonce"),
            challenge: body[nonce_end..].try_into().expect("a challenge"),
        }
    }
}

/// The sizes of a scheme's public key and signature; those of an anonymous
/// client's zeros under 0x00.
pub fn sizes(scheme: u8) -> (usize, usize) {
    match scheme {
        0x00 | 0x01 => (32, 64),
        0x02 => (33, 64),
        0x11 => (1952, 3309),
        _ => panic!("the protocol has no scheme {scheme:#04x}"),
    }
}

/// `u8(scheme) || public key || [server challenge(32)] || u64(records received) || signature`
#[derive(Clone, Debug)]
pub struct Auth {
    pub scheme: u8,
    pub public_key: Vec<u8>,
    /// Empty in a client's.
    pub challenge: Vec<u8>,
    pub records_received: u64,
    pub signature: Vec<u8>,
}

impl Auth {
    /// Everything up to the signature: what is signed.
    pub fn unsigned(&self) -> Vec<u8> {
        [
            &[self.scheme][..],
            &self.public_key,
            &self.challenge,
            &self.records_received.to_be_bytes(),
        ]
        .concat()
    }

    pub fn encode(&self) -> Vec<u8> {
        [self.unsigned(), self.signature.clone()].concat()
    }

    pub fn decode(auth: &[u8], challenge_len: usize) -> Self {
        let scheme = auth[0];
        let (key_len, signature_len) = sizes(scheme);
        let mut rest = &auth[1..];
        let mut take = |len: usize| {
            let (taken, left) = rest.split_at(len);
            rest = left;
            taken.to_vec()
        };
        let decoded = Auth {
            scheme,
            public_key: take(key_len),
            challenge: take(challenge_len),
            records_received: u64::from_be_bytes(take(8).try_into().expect("8 bytes")),
            signature: take(signature_len),
        };
        assert!(
            rest.is_empty(),
            "an authentication as long as its scheme says"
        );
        decoded
    }
}
