//! The handshake of protocol 1: each packet written and read by one function,
//! under the lines of the protocol page (docs/protocol-1.md, "Handshake").

use super::packet::{
    BOX_HEADER_LEN, BOX_OVERHEAD, CHALLENGE_LEN, CLIENT_AUTH_LEN, CLIENT_AUTHENTICATION_LEN,
    CLIENT_HANDSHAKE_LEN, Header, INNER_HEADER_LEN, PUBLIC_KEY_LEN, SERVER_HANDSHAKE_LEN,
    SESSION_KEY_LEN, SIGNATURE_LEN, after_inner_header, check_inner_header, inner_header,
};
use super::session::Session;
use crate::error::{Fault, OssuaryError, PeerError};
use crate::handshake::{PeerIdentity, draw, share_fault, verify};
use crate::packet::{HEADER_LEN, PacketType};
use crate::transcript::Signed;
use ossuary_traits::{
    CryptoError, CryptoSuite, FixedBytes, Identity, KeyExchange, NONCE_LEN, Nonce, Random, Role,
    SignatureScheme,
};

type Challenge = [u8; CHALLENGE_LEN];
type ClientShare<S> = <<S as CryptoSuite>::KeyExchange as KeyExchange>::ClientShare;
type ServerShare<S> = <<S as CryptoSuite>::KeyExchange as KeyExchange>::ServerShare;

/// How long each packet of the handshake is.
pub(super) const CLIENT_HANDSHAKE_PACKET: usize = HEADER_LEN + CLIENT_HANDSHAKE_LEN;
pub(super) const SERVER_HANDSHAKE_PACKET: usize = HEADER_LEN + SERVER_HANDSHAKE_LEN;
pub(super) const CLIENT_AUTHENTICATION_PACKET: usize = HEADER_LEN + CLIENT_AUTHENTICATION_LEN;

/// Writes `parts` one behind the other into `out`.
fn join(out: &mut [u8], parts: &[&[u8]]) {
    let all = parts.iter().flat_map(|part| part.iter());
    for (to, from) in out.iter_mut().zip(all) {
        *to = *from;
    }
}

/// The client has sent its ClientHandshake.
pub(super) struct AwaitingServer<S: CryptoSuite> {
    key_exchange: S::KeyExchange,
    share: ClientShare<S>,
    nonce: Nonce,
    challenge: Challenge,
}

/// Writes a ClientHandshake into `packet`, which has just its length.
pub(super) fn start<S: CryptoSuite>(
    random: &mut dyn Random,
    packet: &mut [u8],
) -> Result<AwaitingServer<S>, CryptoError> {
    // ClientHandshake: inner header ‖ client session public key(32) ‖ client nonce(12)
    //                  ‖ client challenge(32)
    let (key_exchange, share) = S::KeyExchange::generate(random)?;
    let nonce: Nonce = draw(random)?;
    let challenge: Challenge = draw(random)?;
    let header = Header::new(PacketType::ClientHandshake, 0, CLIENT_HANDSHAKE_LEN).encode();
    let inner = inner_header(CLIENT_HANDSHAKE_LEN);
    join(
        packet,
        &[&header, &inner, share.as_ref(), &nonce, &challenge],
    );
    Ok(AwaitingServer {
        key_exchange,
        share,
        nonce,
        challenge,
    })
}

impl<S: CryptoSuite> AwaitingServer<S> {
    /// Reads a ServerHandshake.
    pub(super) fn open(self, body: &mut [u8]) -> Result<(Authenticating<S>, PeerIdentity), Fault> {
        // ServerHandshake: inner header ‖ server session public key(32) ‖ server nonce(12)
        //                  ‖ box(server auth)
        check_inner_header(body)?;
        let wrong = || PeerError::WrongPacketLength(0);
        let (clear, boxed) = body
            .split_at_mut_checked(INNER_HEADER_LEN + SESSION_KEY_LEN + NONCE_LEN)
            .ok_or_else(wrong)?;
        let (share, nonce) = clear
            .get(INNER_HEADER_LEN..)
            .and_then(|clear| clear.split_last_chunk::<NONCE_LEN>())
            .ok_or_else(wrong)?;
        let server_share = ServerShare::<S>::from_slice(share).ok_or_else(wrong)?;

        let z = self
            .key_exchange
            .complete(&server_share)
            .map_err(share_fault)?;
        let mut session = Session::<S>::new(Role::Client, z.as_ref(), &self.nonce, nonce)?;

        // server auth = server public key(32) ‖ server challenge(32) ‖ signature(64)
        let auth = session.open(boxed)?;
        let (public_key, rest) = auth
            .split_at_checked(PUBLIC_KEY_LEN)
            .ok_or(PeerError::MalformedIdentity)?;
        let (challenge, signature) = rest
            .split_first_chunk::<CHALLENGE_LEN>()
            .ok_or(PeerError::MalformedIdentity)?;

        // "own session public key(32) ‖ own nonce(12) ‖ the other side's challenge(32)"
        let signed = Signed::v1(Role::Server, share, nonce, &self.challenge);
        let peer = prove::<S>(public_key, &signed, signature)?;
        let signs = Signed::v1(Role::Client, self.share.as_ref(), &self.nonce, challenge);
        Ok((Authenticating { session, signs }, peer))
    }
}

/// The peer, whose signature over `signed` has verified.
fn prove<S: CryptoSuite>(
    public_key: &[u8],
    signed: &Signed,
    signature: &[u8],
) -> Result<PeerIdentity, PeerError> {
    let scheme = SignatureScheme::Ed25519;
    verify::<S::Verifier>(scheme, public_key, signed.message(), signature)
        .map_err(|_| PeerError::BadSignature)?;
    let identity = Identity::new(scheme, public_key).map_err(|_| PeerError::MalformedIdentity)?;
    Ok(PeerIdentity::Known(identity))
}

/// The client has verified the server and is to send its ClientAuthentication.
pub(super) struct Authenticating<S: CryptoSuite> {
    session: Session<S>,
    /// What the client's host key signs.
    pub(super) signs: Signed,
}

impl<S: CryptoSuite> Authenticating<S> {
    /// Writes the ClientAuthentication into `packet`, which has just its length.
    /// Without a signature the client stays anonymous.
    pub(super) fn finish(
        mut self,
        own: Option<(&Identity, &[u8])>,
        packet: &mut [u8],
    ) -> Result<Session<S>, OssuaryError> {
        // ClientAuthentication: inner header ‖ box(client auth)
        // client auth = client public key(32) ‖ signature(64)
        let msg_id = self.session.own.msg_id();
        let kind = PacketType::ClientAuthentication;
        let header = Header::new(kind, msg_id, CLIENT_AUTHENTICATION_LEN).encode();
        let inner = inner_header(CLIENT_AUTHENTICATION_LEN);
        let (public_key, signature) = match own {
            Some((identity, signature)) => (identity.public_key(), signature),
            None => (&[0; PUBLIC_KEY_LEN][..], &[0; SIGNATURE_LEN][..]),
        };
        let room = [0; BOX_HEADER_LEN];
        join(packet, &[&header, &inner, &room, public_key, signature]);
        let boxed = packet
            .get_mut(HEADER_LEN + INNER_HEADER_LEN..)
            .unwrap_or_default();
        debug_assert_eq!(boxed.len(), BOX_OVERHEAD + CLIENT_AUTH_LEN);
        self.session.seal_in_place(boxed)?;
        Ok(self.session)
    }
}

/// The server has read a ClientHandshake and is to send its ServerHandshake.
pub(super) struct Answering<S: CryptoSuite> {
    session: Session<S>,
    share: ServerShare<S>,
    nonce: Nonce,
    challenge: Challenge,
    client_share: ClientShare<S>,
    client_nonce: Nonce,
    /// What the server's host key signs.
    pub(super) signs: Signed,
}

/// Reads a ClientHandshake.
pub(super) fn receive<S: CryptoSuite>(
    random: &mut dyn Random,
    body: &[u8],
) -> Result<Answering<S>, Fault> {
    // ClientHandshake: inner header ‖ client session public key(32) ‖ client nonce(12)
    //                  ‖ client challenge(32)
    let fields = || {
        let clear = after_inner_header(body)?;
        let wrong = PeerError::WrongPacketLength(u16::try_from(body.len()).unwrap_or(u16::MAX));
        let parts = clear
            .split_last_chunk::<CHALLENGE_LEN>()
            .and_then(|(clear, challenge)| {
                let (share, nonce) = clear.split_last_chunk::<NONCE_LEN>()?;
                Some((ClientShare::<S>::from_slice(share)?, *nonce, challenge))
            });
        parts.ok_or(wrong)
    };
    let (client_share, client_nonce, client_challenge) = fields()?;

    let (share, z) = S::KeyExchange::respond(random, &client_share).map_err(share_fault)?;
    let nonce: Nonce = draw(random)?;
    let challenge: Challenge = draw(random)?;
    let session = Session::<S>::new(Role::Server, z.as_ref(), &nonce, &client_nonce)?;
    // "own session public key(32) ‖ own nonce(12) ‖ the other side's challenge(32)"
    let signs = Signed::v1(Role::Server, share.as_ref(), &nonce, client_challenge);
    Ok(Answering {
        session,
        share,
        nonce,
        challenge,
        client_share,
        client_nonce,
        signs,
    })
}

impl<S: CryptoSuite> Answering<S> {
    /// Writes the ServerHandshake into `packet`, which has just its length.
    pub(super) fn finish(
        mut self,
        identity: &Identity,
        signature: &[u8],
        packet: &mut [u8],
    ) -> Result<AwaitingClient<S>, OssuaryError> {
        // ServerHandshake: inner header ‖ server session public key(32) ‖ server nonce(12)
        //                  ‖ box(server auth)
        // server auth = server public key(32) ‖ server challenge(32) ‖ signature(64)
        let header = Header::new(PacketType::ServerHandshake, 0, SERVER_HANDSHAKE_LEN).encode();
        let inner = inner_header(SERVER_HANDSHAKE_LEN);
        let share = self.share.as_ref();
        let room = [0; BOX_HEADER_LEN];
        join(packet, &[&header, &inner, share, &self.nonce, &room]);
        let boxed = packet
            .get_mut(HEADER_LEN + INNER_HEADER_LEN + SESSION_KEY_LEN + NONCE_LEN..)
            .unwrap_or_default();
        let auth = boxed.get_mut(BOX_HEADER_LEN..).unwrap_or_default();
        join(auth, &[identity.public_key(), &self.challenge, signature]);
        self.session.seal_in_place(boxed)?;
        let client_share = self.client_share.as_ref();
        let signed = Signed::v1(
            Role::Client,
            client_share,
            &self.client_nonce,
            &self.challenge,
        );
        Ok(AwaitingClient {
            session: self.session,
            signed,
        })
    }
}

/// The server has sent its ServerHandshake.
pub(super) struct AwaitingClient<S: CryptoSuite> {
    session: Session<S>,
    /// What the client's host key has to have signed.
    signed: Signed,
}

impl<S: CryptoSuite> AwaitingClient<S> {
    /// The `msg_id` that the ClientAuthentication has.
    pub(super) fn msg_id(&self) -> u16 {
        self.session.peers.msg_id()
    }

    /// Reads a ClientAuthentication.
    pub(super) fn open(mut self, body: &mut [u8]) -> Result<(Session<S>, PeerIdentity), Fault> {
        // ClientAuthentication: inner header ‖ box(client auth)
        check_inner_header(body)?;
        let boxed = body.get_mut(INNER_HEADER_LEN..).unwrap_or_default();
        // client auth = client public key(32) ‖ signature(64)
        let auth = self.session.open(boxed)?;
        let (public_key, signature) = auth
            .split_at_checked(PUBLIC_KEY_LEN)
            .ok_or(PeerError::MalformedIdentity)?;
        let peer = if is_anonymous(public_key, signature) {
            PeerIdentity::Anonymous
        } else {
            prove::<S>(public_key, &self.signed, signature)?
        };
        Ok((self.session, peer))
    }
}

/// "A client without a key sends a signature of zeros and, as its public key,
/// either 32 zeros or 01 followed by 31 zeros". Both are points of small order,
/// so no client with a key has one of them.
fn is_anonymous(public_key: &[u8], signature: &[u8]) -> bool {
    let blank = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    match public_key {
        [0 | 1, rest @ ..] => blank(rest) && blank(signature),
        _ => false,
    }
}
