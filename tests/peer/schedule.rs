//! The key schedule of protocol 2, and the nonces.

use super::wire::Token;
use ossuary::CryptoSuite;
use ossuary::ossuary_traits::{Aead, AeadKey, FixedBytes, Hash};

type Prk<S> = <<S as CryptoSuite>::Hash as Hash>::Prk;
type Secret<S> = <<S as CryptoSuite>::Hash as Hash>::Secret;

pub fn hash<S: CryptoSuite>(parts: &[&[u8]]) -> Vec<u8> {
    S::Hash::digest(parts).as_ref().to_vec()
}

/// `prk = HKDF-Extract(salt = client nonce(12) || server nonce(12), IKM = z || chain)`
pub fn extract<S: CryptoSuite>(client: &[u8], server: &[u8], z: &[u8], chain: &[u8]) -> Prk<S> {
    S::Hash::extract(&[client, server].concat(), &[z, chain])
}

/// `Secret(label, h, L) = HKDF-Expand(prk, "ossuary/2 " || label || 0x00 || h, L)`
fn secret<S: CryptoSuite, T: FixedBytes>(prk: &Prk<S>, label: &str, h: &[u8]) -> T {
    let mut out = T::zeroed();
    let info = [b"ossuary/2 ", label.as_bytes(), &[0], h];
    S::Hash::expand(prk, &info, out.as_mut()).expect("less than 255 hashes");
    out
}

/// `HKDF-Expand(traffic secret, "ossuary/2 key" | "ossuary/2 iv" | "ossuary/2 rekey", L)`
fn follow<S: CryptoSuite, T: FixedBytes>(secret: &Secret<S>, label: &str) -> T {
    let mut out = T::zeroed();
    let prk = S::Hash::prk(secret);
    S::Hash::expand(&prk, &[label.as_bytes()], out.as_mut()).expect("less than 255 hashes");
    out
}

/// A key with its iv.
pub struct Key<S: CryptoSuite> {
    aead: S::Aead,
    iv: [u8; 12],
}

impl<S: CryptoSuite> Key<S> {
    fn new(key: &[u8], iv: &[u8]) -> Self {
        Key {
            aead: S::Aead::new(&AeadKey::from_slice(key).expect("32 bytes")),
            iv: iv.try_into().expect("12 bytes"),
        }
    }

    /// `server handshake key(32) || iv(12)` of label "server handshake", and the client's.
    pub fn handshake(prk: &Prk<S>, label: &str, h2: &[u8]) -> Self {
        let both: [u8; 44] = secret::<S, _>(prk, label, h2);
        Self::new(&both[..32], &both[32..])
    }

    /// `nonce(n) = iv XOR (0x00 0x00 0x00 0x00 || u64(n))`
    fn nonce(&self, n: u64) -> [u8; 12] {
        let mut nonce = self.iv;
        for (byte, n) in nonce[4..].iter_mut().zip(n.to_be_bytes()) {
            *byte ^= n;
        }
        nonce
    }

    pub fn seal(&self, n: u64, aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = plaintext.to_vec();
        let tag = self.aead.seal_in_place(&self.nonce(n), aad, &mut sealed);
        sealed.extend(tag.expect("a tag"));
        sealed
    }

    pub fn open(&self, n: u64, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut opened = sealed.to_vec();
        self.aead
            .open_in_place(&self.nonce(n), aad, &mut opened)
            .ok()?;
        opened.truncate(sealed.len() - 16);
        Some(opened)
    }
}

/// What a handshake leaves for the alerts after it and for the next handshake.
#[derive(Clone)]
pub struct Credentials {
    pub client_token: Token,
    pub server_token: Token,
    pub recovery: Vec<u8>,
}

impl Credentials {
    pub fn new<S: CryptoSuite>(prk: &Prk<S>, h2: &[u8]) -> Self {
        let recovery: Secret<S> = secret::<S, _>(prk, "recovery", h2);
        Credentials {
            client_token: secret::<S, _>(prk, "client alert", h2),
            server_token: secret::<S, _>(prk, "server alert", h2),
            recovery: recovery.as_ref().to_vec(),
        }
    }
}

/// One direction of an open channel.
pub struct Direction<S: CryptoSuite> {
    secret: Secret<S>,
    pub key: Key<S>,
    /// The packet counter: the number of the next packet.
    pub counter: u64,
}

impl<S: CryptoSuite> Direction<S> {
    /// Of label "client traffic" or "server traffic".
    pub fn new(prk: &Prk<S>, label: &str, h4: &[u8], counter: u64) -> Self {
        Self::of(secret::<S, _>(prk, label, h4), counter)
    }

    fn of(secret: Secret<S>, counter: u64) -> Self {
        let key: [u8; 32] = follow::<S, _>(&secret, "ossuary/2 key");
        let iv: [u8; 12] = follow::<S, _>(&secret, "ossuary/2 iv");
        let key = Key::new(&key, &iv);
        Direction {
            secret,
            key,
            counter,
        }
    }

    /// "The packet counter goes on and does not restart."
    pub fn rekey(&mut self) {
        *self = Self::of(
            follow::<S, _>(&self.secret, "ossuary/2 rekey"),
            self.counter,
        );
    }
}

/// Exported keying material.
pub fn export<S: CryptoSuite>(
    prk: &Prk<S>,
    h4: &[u8],
    label: &[u8],
    context: &[u8],
    len: usize,
) -> Vec<u8> {
    let exporter: Secret<S> = secret::<S, _>(prk, "exporter", h4);
    let mut out = vec![0; len];
    let info = [
        b"ossuary/2 export ",
        &[label
            .len()
            .try_into()
            .expect("a label of at most 255 bytes")][..],
        label,
        &hash::<S>(&[context]),
    ];
    S::Hash::expand(&S::Hash::prk(&exporter), &info, &mut out).expect("at most 255 hashes");
    out
}
