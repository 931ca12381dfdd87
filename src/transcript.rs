//! The transcript: h0 to h4, and the only door into the handshake's hash
//! (docs/protocol.md, "Handshake").
//!
//! Each hash is a type of its own, made from the one before it and used up by
//! the next, so that a step can be neither left out nor taken twice.

use crate::packet::HEADER_LEN;
use ossuary_traits::{FixedBytes, Hash, Role, SuiteId};

const DOMAIN: &[u8] = b"ossuary/2\0";
const SERVER_SIGNATURE: &[u8] = b"ossuary/2 server signature\0";
const CLIENT_SIGNATURE: &[u8] = b"ossuary/2 client signature\0";

/// The longest message that is signed: protocol 1's. A label and a hash of 48
/// bytes have one less, so no message of one protocol is one of the other.
const MAX_SIGNED: usize = 76;
const _: () = assert!(SERVER_SIGNATURE.len() + 48 < MAX_SIGNED);
const _: () = assert!(CLIENT_SIGNATURE.len() + 48 < MAX_SIGNED);

/// Before any packet.
pub(crate) struct H0<H: Hash>(H::Output);
/// Up to the ClientHandshake.
pub(crate) struct H1<H: Hash>(H::Output);
/// Up to the server's share and nonce.
pub(crate) struct H2<H: Hash>(H::Output);
/// Up to the server's authentication.
pub(crate) struct H3<H: Hash>(H::Output);
/// The whole handshake.
pub(crate) struct H4<H: Hash>(H::Output);

impl<H: Hash> H0<H> {
    /// `h0 = H("ossuary/2" || 0x00 || suite || u64(len(prologue)) || prologue)`
    pub(crate) fn new(suite: SuiteId, prologue: &[u8]) -> Self {
        let len = (prologue.len() as u64).to_be_bytes();
        H0(H::digest(&[DOMAIN, &suite.code(), &len, prologue]))
    }

    /// `h1 = H(h0 || ClientHandshake packet, header included)`
    ///
    /// h0 stays: every handshake of a connection starts from it.
    pub(crate) fn client_handshake(&self, header: &[u8; HEADER_LEN], body: &[u8]) -> H1<H> {
        H1(H::digest(&[self.0.as_ref(), header, body]))
    }
}

impl<H: Hash> H1<H> {
    /// `h2 = H(h1 || ServerHandshake header || server share || server nonce)`
    pub(crate) fn server_share(
        self,
        header: &[u8; HEADER_LEN],
        share: &[u8],
        nonce: &[u8],
    ) -> H2<H> {
        H2(H::digest(&[self.0.as_ref(), header, share, nonce]))
    }
}

impl<H: Hash> H2<H> {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The hash by itself: it is the AAD of a seal that the next hash covers.
    pub(crate) fn hash(&self) -> H::Output {
        self.0
    }

    /// `"ossuary/2 server signature" || 0x00 || H(h2 || server auth without its signature)`
    pub(crate) fn server_signs(&self, unsigned: &[&[u8]]) -> Signed {
        Signed::new::<H>(Role::Server, SERVER_SIGNATURE, self.bytes(), unsigned)
    }

    /// `h3 = H(h2 || server auth)`
    pub(crate) fn server_auth(self, auth: &[u8]) -> H3<H> {
        H3(H::digest(&[self.0.as_ref(), auth]))
    }
}

impl<H: Hash> H3<H> {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The hash by itself: it is the AAD of a seal that the next hash covers.
    pub(crate) fn hash(&self) -> H::Output {
        self.0
    }

    /// `"ossuary/2 client signature" || 0x00 || H(h3 || client auth without its signature)`
    pub(crate) fn client_signs(&self, unsigned: &[&[u8]]) -> Signed {
        Signed::new::<H>(Role::Client, CLIENT_SIGNATURE, self.bytes(), unsigned)
    }

    /// `h4 = H(h3 || client auth)`
    pub(crate) fn client_auth(self, auth: &[u8]) -> H4<H> {
        H4(H::digest(&[self.0.as_ref(), auth]))
    }
}

impl<H: Hash> H4<H> {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }
}

/// A message that a host key signs, of at most [`MAX_SIGNED`] bytes.
#[cfg_attr(feature = "v1", derive(Clone))]
pub(crate) struct Signed {
    role: Role,
    len: usize,
    bytes: [u8; MAX_SIGNED],
}

impl Signed {
    fn new<H: Hash>(role: Role, label: &[u8], h: &[u8], unsigned: &[&[u8]]) -> Self {
        // The authentication's fields come in at most four parts.
        let mut parts: [&[u8]; 5] = [&[]; 5];
        for (part, bytes) in parts.iter_mut().zip([h].iter().chain(unsigned)) {
            *part = bytes;
        }
        let hash = H::digest(&parts);
        let signed = Signed::joined(role, label.iter().chain(hash.as_ref()));
        debug_assert_eq!(signed.len, label.len() + H::Output::LEN);
        signed
    }

    /// `own session public key(32) || own nonce(12) || the other side's challenge(32)`
    #[cfg(feature = "v1")]
    pub(crate) fn v1(
        role: Role,
        session_key: &[u8],
        nonce: &ossuary_traits::Nonce,
        challenge: &[u8; 32],
    ) -> Self {
        let signed = Signed::joined(role, session_key.iter().chain(nonce).chain(challenge));
        debug_assert_eq!(signed.len, MAX_SIGNED);
        signed
    }

    fn joined<'a>(role: Role, all: impl Iterator<Item = &'a u8>) -> Self {
        let mut bytes = [0; MAX_SIGNED];
        let mut len = 0;
        for (to, from) in bytes.iter_mut().zip(all) {
            *to = *from;
            len += 1;
        }
        Signed { role, len, bytes }
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    pub(crate) fn message(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}
