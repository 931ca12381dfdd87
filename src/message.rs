//! The bodies of the handshake's packets: sizes, encoding and decoding of each
//! side by side (docs/protocol.md, "Packets" and "Handshake").

use crate::error::PeerError;
use ossuary_traits::{
    CryptoSuite, FixedBytes, Identity, KeyExchange, NONCE_LEN, Nonce, SignatureScheme, TAG_LEN,
};

/// The length of a challenge, in bytes.
pub(crate) const CHALLENGE_LEN: usize = 32;
/// The length of a suite's three code points, in bytes.
pub(crate) const SUITE_LEN: usize = 3;
const SCHEME_LEN: usize = 1;
const COUNT_LEN: usize = 8;

/// The scheme of an anonymous client, and the sizes of its fields of zeros.
const ANONYMOUS: u8 = 0x00;
const ANONYMOUS_KEY_LEN: usize = 32;
const ANONYMOUS_SIGNATURE_LEN: usize = 64;

/// 32 random bytes with which a side makes its handshake its own.
pub(crate) type Challenge = [u8; CHALLENGE_LEN];

type ClientShare<S> = <<S as CryptoSuite>::KeyExchange as KeyExchange>::ClientShare;
type ServerShare<S> = <<S as CryptoSuite>::KeyExchange as KeyExchange>::ServerShare;

/// Takes `N` bytes off the front of what a peer sent.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

fn take_slice<'a>(bytes: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(first)
}

/// Writes `parts` one after the other into `out`. The caller has made `out`
/// as long as they are together.
fn put(out: &mut [u8], parts: &[&[u8]]) {
    let mut out = out;
    for part in parts {
        let Some((to, rest)) = core::mem::take(&mut out).split_at_mut_checked(part.len()) else {
            debug_assert!(false, "a buffer is shorter than what was measured for it");
            return;
        };
        to.copy_from_slice(part);
        out = rest;
    }
}

/// `suite(3) ‖ client share ‖ client nonce(12) ‖ client challenge(32)`
pub(crate) struct ClientHandshake<S: CryptoSuite> {
    pub(crate) share: ClientShare<S>,
    pub(crate) nonce: Nonce,
    pub(crate) challenge: Challenge,
}

impl<S: CryptoSuite> ClientHandshake<S> {
    pub(crate) const LEN: usize = SUITE_LEN + ClientShare::<S>::LEN + NONCE_LEN + CHALLENGE_LEN;

    pub(crate) fn encode(&self, body: &mut [u8]) {
        put(
            body,
            &[
                &S::ID.code(),
                self.share.as_ref(),
                &self.nonce,
                &self.challenge,
            ],
        );
    }

    /// Decodes a body that is known to be of this suite.
    pub(crate) fn decode(body: &[u8]) -> Option<Self> {
        let mut rest = body;
        let _suite: [u8; SUITE_LEN] = take(&mut rest)?;
        let share = ClientShare::<S>::from_slice(take_slice(&mut rest, ClientShare::<S>::LEN)?)?;
        let nonce = take(&mut rest)?;
        let challenge = take(&mut rest)?;
        rest.is_empty().then_some(ClientHandshake {
            share,
            nonce,
            challenge,
        })
    }
}

/// The suite that a ClientHandshake asks for, from the first bytes of its body.
pub(crate) fn suite_asked(body: &[u8]) -> Option<[u8; SUITE_LEN]> {
    body.first_chunk().copied()
}

/// `server share ‖ server nonce(12) ‖ sealed server auth`
pub(crate) struct ServerHandshake<'a, S: CryptoSuite> {
    pub(crate) share: ServerShare<S>,
    pub(crate) nonce: Nonce,
    pub(crate) sealed: &'a mut [u8],
}

impl<'a, S: CryptoSuite> ServerHandshake<'a, S> {
    /// What stands before the sealed authentication.
    const CLEAR_LEN: usize = ServerShare::<S>::LEN + NONCE_LEN;

    pub(crate) const fn len(scheme: SignatureScheme) -> usize {
        Self::CLEAR_LEN + server_auth_len(scheme) + TAG_LEN
    }

    pub(crate) fn allows(len: usize) -> bool {
        SignatureScheme::ALL
            .iter()
            .any(|scheme| Self::len(*scheme) == len)
    }

    /// Writes the share and the nonce; the rest is for the authentication and
    /// its tag.
    pub(crate) fn encode(
        share: &ServerShare<S>,
        nonce: &Nonce,
        body: &'a mut [u8],
    ) -> &'a mut [u8] {
        let (clear, rest) = body.split_at_mut(Self::CLEAR_LEN.min(body.len()));
        put(clear, &[share.as_ref(), nonce]);
        rest
    }

    pub(crate) fn decode(body: &'a mut [u8]) -> Option<Self> {
        let (clear, sealed) = body.split_at_mut_checked(Self::CLEAR_LEN)?;
        let mut rest: &[u8] = clear;
        let share = ServerShare::<S>::from_slice(take_slice(&mut rest, ServerShare::<S>::LEN)?)?;
        let nonce = take(&mut rest)?;
        Some(ServerHandshake {
            share,
            nonce,
            sealed,
        })
    }
}

/// The length of a server's authentication, in bytes.
pub(crate) const fn server_auth_len(scheme: SignatureScheme) -> usize {
    SCHEME_LEN + scheme.public_key_len() + CHALLENGE_LEN + COUNT_LEN + scheme.signature_len()
}

/// The length of a client's authentication, in bytes; `None` is anonymous.
pub(crate) const fn client_auth_len(scheme: Option<SignatureScheme>) -> usize {
    let (public_key, signature) = match scheme {
        Some(scheme) => (scheme.public_key_len(), scheme.signature_len()),
        None => (ANONYMOUS_KEY_LEN, ANONYMOUS_SIGNATURE_LEN),
    };
    SCHEME_LEN + public_key + COUNT_LEN + signature
}

/// The length of a ClientAuthentication's body.
pub(crate) const fn client_authentication_len(scheme: Option<SignatureScheme>) -> usize {
    client_auth_len(scheme) + TAG_LEN
}

pub(crate) fn client_authentication_allows(len: usize) -> bool {
    client_authentication_len(None) == len
        || SignatureScheme::ALL
            .iter()
            .any(|scheme| client_authentication_len(Some(*scheme)) == len)
}

/// What a side says of itself under the handshake keys:
/// `u8(scheme) ‖ public key ‖ [server challenge(32)] ‖ u64(records received) ‖ signature`
pub(crate) struct Auth<'a> {
    pub(crate) scheme: Option<SignatureScheme>,
    pub(crate) public_key: &'a [u8],
    pub(crate) records_received: u64,
    /// Everything before the signature: what is signed.
    pub(crate) unsigned: &'a [u8],
    pub(crate) signature: &'a [u8],
}

impl<'a> Auth<'a> {
    /// Decodes `server auth`.
    pub(crate) fn decode_server(auth: &'a [u8]) -> Result<Self, PeerError> {
        Self::decode(auth, CHALLENGE_LEN)
    }

    /// Decodes `client auth`.
    pub(crate) fn decode_client(auth: &'a [u8]) -> Result<Self, PeerError> {
        Self::decode(auth, 0)
    }

    fn decode(auth: &'a [u8], challenge_len: usize) -> Result<Self, PeerError> {
        let code = *auth.first().ok_or(PeerError::MalformedIdentity)?;
        let (scheme, key_len, signature_len) = match SignatureScheme::from_code(code) {
            Some(scheme) => (
                Some(scheme),
                scheme.public_key_len(),
                scheme.signature_len(),
            ),
            None if code == ANONYMOUS => (None, ANONYMOUS_KEY_LEN, ANONYMOUS_SIGNATURE_LEN),
            None => return Err(PeerError::SchemeNotSupported(code)),
        };
        let fields = || {
            let mut rest = auth;
            take_slice(&mut rest, SCHEME_LEN)?;
            let public_key = take_slice(&mut rest, key_len)?;
            take_slice(&mut rest, challenge_len)?;
            let records_received = u64::from_be_bytes(take(&mut rest)?);
            let signature = take_slice(&mut rest, signature_len)?;
            let unsigned = auth.get(..auth.len() - signature_len)?;
            rest.is_empty().then_some(Auth {
                scheme,
                public_key,
                records_received,
                unsigned,
                signature,
            })
        };
        fields().ok_or(PeerError::MalformedIdentity)
    }

    /// Whether the key and the signature are zeros, as an anonymous client's are.
    pub(crate) fn is_blank(&self) -> bool {
        self.public_key
            .iter()
            .chain(self.signature)
            .all(|byte| *byte == 0)
    }
}

/// What a side is about to say of itself.
pub(crate) struct OwnAuth<'a> {
    /// `None` for an anonymous client.
    pub(crate) identity: Option<&'a Identity>,
    /// Empty on a client.
    pub(crate) challenge: &'a [u8],
    pub(crate) records_received: u64,
}

impl OwnAuth<'_> {
    fn scheme_code(&self) -> u8 {
        self.identity
            .map_or(ANONYMOUS, |identity| identity.scheme().code())
    }

    /// Calls `with` on the fields before the signature.
    pub(crate) fn unsigned<T>(&self, with: impl FnOnce(&[&[u8]]) -> T) -> T {
        let count = self.records_received.to_be_bytes();
        let public_key = self
            .identity
            .map_or(&[0; ANONYMOUS_KEY_LEN][..], Identity::public_key);
        with(&[&[self.scheme_code()], public_key, self.challenge, &count])
    }

    /// Writes the whole authentication; an anonymous client's signature is zeros.
    pub(crate) fn encode(&self, signature: Option<&[u8]>, out: &mut [u8]) {
        let signature = signature.unwrap_or(&[0; ANONYMOUS_SIGNATURE_LEN]);
        self.unsigned(|unsigned| {
            if let [scheme, public_key, challenge, count] = unsigned {
                put(out, &[scheme, public_key, challenge, count, signature]);
            }
        });
    }
}
