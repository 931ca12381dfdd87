//! A peer of protocol 2, made by hand for tests.
//!
//! It is written from docs/protocol.md over the parts of a suite (key exchange,
//! AEAD, hash, signing keys) and shares no code with the connection that it talks
//! to. Each step of the protocol is split where a test may want to bend it: one
//! method makes a message with all its fields public, the next sends it as it then
//! is. Unbent, the peer follows the protocol, and panics where the other side does
//! not.
//!
//! | file | section of the protocol |
//! |---|---|
//! | `wire.rs` | Packets |
//! | `schedule.rs` | Key schedule, Nonces |
//! | `mod.rs` | Handshake |
//! | `channel.rs` | Records, Alerts, Recovery |

#![allow(dead_code, reason = "each test takes what it needs of the peer")]

mod channel;
pub mod schedule;
pub mod wire;

use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::{
    FixedBytes, Hash, KeyExchange, Random, RandomError, Secret, SigningKey, Verifier,
};
use ossuary::{CryptoSuite, DefaultSuite, Identity, Role, SignatureScheme};
use schedule::{Credentials, Direction, Key, export, extract, hash};
use std::rc::Rc;
use wire::{Auth, ClientHandshake, Header, NO_TOKEN, Token, packet};

pub const SERVER_SIGNATURE: &[u8] = b"ossuary/2 server signature\0";
pub const CLIENT_SIGNATURE: &[u8] = b"ossuary/2 client signature\0";

/// Random bytes that are the same in each run: SHA-256 in counter mode.
pub struct Seeded {
    seed: u64,
    block: u64,
}

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Seeded { seed, block: 0 }
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes).expect("it never fails");
        bytes
    }
}

impl Random for Seeded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for chunk in out.chunks_mut(32) {
            self.block += 1;
            let (seed, block) = (self.seed.to_be_bytes(), self.block.to_be_bytes());
            let hash = <DefaultSuite as CryptoSuite>::Hash::digest(&[&seed, &block]);
            chunk.copy_from_slice(&hash[..chunk.len()]);
        }
        Ok(())
    }
}

/// The Ed25519 host key of a seed of 32 equal bytes.
pub fn host_key(seed: u8) -> Ed25519SigningKey {
    Ed25519SigningKey::from_secret(Secret::from([seed; 32])).expect("every seed is a key")
}

/// What the server is about to say, for a test to bend.
pub struct ServerHandshake {
    pub share: Vec<u8>,
    pub nonce: [u8; 12],
    /// The shared secret, which a test that bends the share may know otherwise.
    pub z: Vec<u8>,
    pub auth: Auth,
}

/// One end of a connection.
pub struct Peer<S: CryptoSuite = DefaultSuite> {
    role: Role,
    /// `None` for an anonymous client.
    pub key: Option<Rc<dyn SigningKey>>,
    pub prologue: Vec<u8>,
    pub random: Seeded,

    /// What the next handshake's key schedule takes in beside z.
    pub chain: Vec<u8>,
    /// Of a server: the client token of the handshake that the chain comes from.
    pub chain_token: Token,
    /// Of the latest ServerHandshake that it opened or sent.
    pub current: Option<Credentials>,
    resets_sent: u16,
    /// How many records it has opened since the connection began.
    pub received: u64,
    /// How many it has sent; after a recovery, from what the other side has.
    pub sent: u64,

    // The present handshake.
    key_exchange: Option<S::KeyExchange>,
    client: Option<ClientHandshake>,
    /// The transcript so far: h1, then h2, and so on.
    pub h: Vec<u8>,
    prk: Option<<S::Hash as Hash>::Prk>,
    h2: Vec<u8>,
    /// The two directions, once the channel is open.
    pub outgoing: Option<Direction<S>>,
    pub incoming: Option<Direction<S>>,
}

impl<S: CryptoSuite> Peer<S> {
    /// A client with a host key, or an anonymous one.
    pub fn client(key: Option<Rc<dyn SigningKey>>) -> Self {
        Self::new(Role::Client, key)
    }

    pub fn server(key: Rc<dyn SigningKey>) -> Self {
        Self::new(Role::Server, Some(key))
    }

    fn new(role: Role, key: Option<Rc<dyn SigningKey>>) -> Self {
        Peer {
            role,
            key,
            prologue: Vec::new(),
            random: Seeded::new(0x7065_6572),
            chain: Vec::new(),
            chain_token: NO_TOKEN,
            current: None,
            resets_sent: 0,
            received: 0,
            sent: 0,
            key_exchange: None,
            client: None,
            h: Vec::new(),
            prk: None,
            h2: Vec::new(),
            outgoing: None,
            incoming: None,
        }
    }

    pub fn role(&self) -> Role {
        self.role
    }

    pub fn identity(&self) -> Option<Identity> {
        self.key.as_ref().map(|key| key.identity())
    }

    /// `h0 = H("ossuary/2" || 0x00 || suite(3) || u64(len(prologue)) || prologue)`
    fn h0(&self) -> Vec<u8> {
        let len = (self.prologue.len() as u64).to_be_bytes();
        hash::<S>(&[b"ossuary/2\0", &S::ID.code(), &len, &self.prologue])
    }

    /// `h(n+1) = H(h(n) || …)`
    fn mix(&mut self, parts: &[&[u8]]) {
        self.h = hash::<S>(&[&[&self.h[..]][..], parts].concat());
    }

    fn prk(&self) -> &<S::Hash as Hash>::Prk {
        self.prk.as_ref().expect("the shares are exchanged")
    }

    // ---- ClientHandshake

    /// What a client says first.
    pub fn client_handshake(&mut self) -> ClientHandshake {
        let (key_exchange, share) = S::KeyExchange::generate(&mut self.random).expect("a share");
        self.key_exchange = Some(key_exchange);
        ClientHandshake {
            suite: S::ID.code(),
            share: share.as_ref().to_vec(),
            nonce: self.random.bytes(),
            challenge: self.random.bytes(),
        }
    }

    pub fn send_client_handshake(&mut self, message: &ClientHandshake) -> Vec<u8> {
        let packet = packet(wire::CLIENT_HANDSHAKE, 0, 0, &message.encode());
        self.client = Some(message.clone());
        // h1 = H(h0 || ClientHandshake packet)
        self.h = self.h0();
        self.mix(&[&packet]);
        packet
    }

    pub fn read_client_handshake(&mut self, packet: &[u8]) {
        let message = ClientHandshake::decode(&packet[8..]);
        assert_eq!(
            Header::decode(packet),
            Header::new(wire::CLIENT_HANDSHAKE, 0, 0, message.encode().len())
        );
        assert_eq!(message.suite, S::ID.code());
        self.client = Some(message);
        self.h = self.h0();
        self.mix(&[packet]);
    }

    // ---- ServerHandshake

    /// What a server answers.
    pub fn server_handshake(&mut self) -> ServerHandshake {
        let client = self.client.as_ref().expect("a ClientHandshake");
        let client_share = FixedBytes::from_slice(&client.share).expect("a share");
        let (share, z) =
            S::KeyExchange::respond(&mut self.random, &client_share).expect("a secret");
        ServerHandshake {
            share: share.as_ref().to_vec(),
            nonce: self.random.bytes(),
            z: z.as_ref().to_vec(),
            auth: self.auth(),
        }
    }

    /// What this side says of itself, not signed yet.
    pub fn auth(&mut self) -> Auth {
        let identity = self.identity();
        let scheme = identity
            .as_ref()
            .map_or(0, |identity| identity.scheme().code());
        let (key_len, signature_len) = wire::sizes(scheme);
        Auth {
            scheme,
            public_key: identity.map_or(vec![0; key_len], |id| id.public_key().to_vec()),
            challenge: match self.role {
                Role::Client => Vec::new(),
                Role::Server => self.random.bytes::<32>().to_vec(),
            },
            records_received: self.received,
            signature: vec![0; signature_len],
        }
    }

    /// Mixes the server's share and nonce in; the header counts the server auth.
    pub fn begin_server_handshake(&mut self, message: &ServerHandshake) {
        let client = self.client.as_ref().expect("a ClientHandshake");
        self.prk = Some(extract::<S>(
            &client.nonce,
            &message.nonce,
            &message.z,
            &self.chain,
        ));
        // h2 = H(h1 || ServerHandshake header(8) || server share || server nonce(12))
        let len = message.share.len() + 12 + message.auth.encode().len() + 16;
        let header = Header::new(wire::SERVER_HANDSHAKE, 0, 0, len).encode();
        self.mix(&[&header, &message.share, &message.nonce]);
        self.h2 = self.h.clone();
    }

    /// Signs an authentication with this side's key; leaves an anonymous one.
    pub fn sign(&self, auth: &mut Auth) {
        if let Some(key) = &self.key {
            let message = self.signed(self.role, auth);
            auth.signature = key.sign(&message).expect("a signature").bytes().to_vec();
        }
    }

    /// The string that is signed: a label, and
    /// `H(h2 || u8(scheme) || server public key || server challenge(32) || u64(records received))`
    /// or `H(h3 || u8(scheme) || client public key || u64(records received))`.
    pub fn signed(&self, role: Role, auth: &Auth) -> Vec<u8> {
        Self::signed_over(&self.h, role, auth)
    }

    pub fn signed_over(h: &[u8], role: Role, auth: &Auth) -> Vec<u8> {
        let label = match role {
            Role::Client => CLIENT_SIGNATURE,
            Role::Server => SERVER_SIGNATURE,
        };
        [label, &hash::<S>(&[h, &auth.unsigned()])].concat()
    }

    /// Seals the server auth as it is. [`begin_server_handshake`] comes before.
    ///
    /// [`begin_server_handshake`]: Self::begin_server_handshake
    pub fn finish_server_handshake(&mut self, message: &ServerHandshake) -> Vec<u8> {
        let auth = message.auth.encode();
        // "sealed under the server handshake key and iv with counter 0 and AAD = h2"
        let sealed = self
            .handshake_key("server handshake")
            .seal(0, &self.h, &auth);
        let body = [&message.share[..], &message.nonce, &sealed].concat();
        // h3 = H(h2 || server auth)
        self.mix(&[&auth]);
        self.current = Some(Credentials::new::<S>(self.prk(), &self.h2));
        packet(wire::SERVER_HANDSHAKE, 0, 0, &body)
    }

    /// The whole of it, signed and sent.
    pub fn send_server_handshake(&mut self, mut message: ServerHandshake) -> Vec<u8> {
        self.begin_server_handshake(&message);
        self.sign(&mut message.auth);
        self.finish_server_handshake(&message)
    }

    pub fn read_server_handshake(&mut self, packet: &[u8]) -> Auth {
        self.open_server_handshake(packet)
            .expect("a ServerHandshake that opens")
    }

    /// `None` where it does not open; the keys are derived all the same.
    pub fn open_server_handshake(&mut self, packet: &[u8]) -> Option<Auth> {
        let body = &packet[8..];
        let expected = Header::new(wire::SERVER_HANDSHAKE, 0, 0, body.len());
        assert_eq!(Header::decode(packet), expected);
        let share_len = <S::KeyExchange as KeyExchange>::ServerShare::LEN;
        let (share, rest) = body.split_at(share_len);
        let (nonce, sealed) = rest.split_at(12);
        let key_exchange = self.key_exchange.take().expect("a ClientHandshake");
        let z = key_exchange
            .complete(&FixedBytes::from_slice(share).expect("a share"))
            .expect("a secret");
        let client = self.client.as_ref().expect("a ClientHandshake");
        self.prk = Some(extract::<S>(&client.nonce, nonce, z.as_ref(), &self.chain));
        self.mix(&[&packet[..8], share, nonce]);
        self.h2 = self.h.clone();
        let auth = self
            .handshake_key("server handshake")
            .open(0, &self.h, sealed)?;
        self.current = Some(Credentials::new::<S>(self.prk(), &self.h2));
        let decoded = Auth::decode(&auth, 32);
        self.verify(Role::Server, &decoded);
        self.mix(&[&auth]);
        Some(decoded)
    }

    /// Of label "server handshake" or "client handshake".
    fn handshake_key(&self, label: &str) -> Key<S> {
        Key::handshake(self.prk(), label, &self.h2)
    }

    fn verify(&self, role: Role, auth: &Auth) {
        let scheme = SignatureScheme::from_code(auth.scheme).expect("a scheme");
        let message = self.signed(role, auth);
        S::Verifier::verify(scheme, &auth.public_key, &message, &auth.signature)
            .expect("a signature that verifies");
    }

    // ---- ClientAuthentication

    /// Seals a client auth as it is, and opens the channel.
    pub fn send_client_authentication(&mut self, auth: &Auth) -> Vec<u8> {
        let auth = auth.encode();
        // "sealed under the client handshake key and iv with counter 1 and AAD = h3"
        let sealed = self
            .handshake_key("client handshake")
            .seal(1, &self.h, &auth);
        // h4 = H(h3 || client auth)
        self.mix(&[&auth]);
        self.open_channel();
        packet(wire::CLIENT_AUTHENTICATION, 0, 1, &sealed)
    }

    /// The whole of it, signed and sent.
    pub fn authenticate(&mut self) -> Vec<u8> {
        let mut auth = self.auth();
        self.sign(&mut auth);
        self.send_client_authentication(&auth)
    }

    pub fn read_client_authentication(&mut self, packet: &[u8]) -> Auth {
        let expected = Header::new(wire::CLIENT_AUTHENTICATION, 0, 1, packet.len() - 8);
        assert_eq!(Header::decode(packet), expected);
        let auth = self
            .handshake_key("client handshake")
            .open(1, &self.h, &packet[8..])
            .expect("a ClientAuthentication that opens");
        let decoded = Auth::decode(&auth, 0);
        if decoded.scheme == 0 {
            assert_eq!(
                (&decoded.public_key[..], &decoded.signature[..]),
                (&[0; 32][..], &[0; 64][..])
            );
        } else {
            self.verify(Role::Client, &decoded);
        }
        self.mix(&[&auth]);
        self.open_channel();
        decoded
    }

    fn open_channel(&mut self) {
        // The packets of the handshake count: two of the client's, one of the server's.
        let client = Direction::new(self.prk(), "client traffic", &self.h, 2);
        let server = Direction::new(self.prk(), "server traffic", &self.h, 1);
        let (outgoing, incoming) = match self.role {
            Role::Client => (client, server),
            Role::Server => (server, client),
        };
        self.outgoing = Some(outgoing);
        self.incoming = Some(incoming);
    }

    /// "The channel binding is h4."
    pub fn channel_binding(&self) -> &[u8] {
        &self.h
    }

    pub fn export(&self, label: &[u8], context: &[u8], len: usize) -> Vec<u8> {
        export::<S>(self.prk(), &self.h, label, context, len)
    }
}
