//! The server's side of the handshake.

use super::{Established, Own, Verified, draw, schedule, verify};
use crate::alert::Credentials;
use crate::error::{Fault, PeerError};
use crate::key_schedule::{HandshakeSecrets, Keys};
use crate::message::{Auth, Challenge, ClientHandshake, OwnAuth, ServerHandshake};
use crate::packet::{Flags, HEADER_LEN, Header, PacketType};
use crate::secret::Chain;
use crate::transcript::{H0, H2, H3, Signed};
use ossuary_traits::{
    CryptoError, CryptoSuite, Identity, KeyExchange, Nonce, Random, Role, TAG_LEN,
};

/// The server has read a ClientHandshake and is to send its ServerHandshake.
pub(crate) struct Answering<S: CryptoSuite> {
    h2: H2<S::Hash>,
    secrets: HandshakeSecrets<S>,
    share: <S::KeyExchange as KeyExchange>::ServerShare,
    nonce: Nonce,
    challenge: Challenge,
}

/// The length of a ServerHandshake packet of a server with this identity.
pub(crate) fn packet_len<S: CryptoSuite>(identity: &Identity) -> usize {
    HEADER_LEN + ServerHandshake::<S>::len(identity.scheme())
}

/// Reads a ClientHandshake, whose suite the caller has found to be this one.
///
/// `identity` is the server's own: the length of its ServerHandshake, and so
/// the header that h2 covers, follows from its scheme.
pub(crate) fn receive<S: CryptoSuite>(
    h0: &H0<S::Hash>,
    identity: &Identity,
    random: &mut dyn Random,
    header: &[u8; HEADER_LEN],
    body: &[u8],
    chain: &Chain,
) -> Result<Answering<S>, Fault> {
    let len = u16::try_from(body.len()).unwrap_or(u16::MAX);
    // ClientHandshake: suite(3) ‖ client share ‖ client nonce(12) ‖ client challenge(32)
    let message = ClientHandshake::<S>::decode(body).ok_or(PeerError::WrongPacketLength(len))?;

    // h1 = H(h0 || ClientHandshake packet, header included)
    let h1 = h0.client_handshake(header, body);

    // z = the key exchange's shared secret
    let (share, z) =
        S::KeyExchange::respond(random, &message.share).map_err(verify::share_fault)?;
    let nonce: Nonce = draw(random)?;
    let challenge = draw(random)?;

    // h2 = H(h1 || ServerHandshake header || server share || server nonce)
    let h2 = h1.server_share(&own_header::<S>(identity).encode(), share.as_ref(), &nonce);

    // prk = HKDF-Extract(salt = client nonce || server nonce, IKM = z || chain)
    let secrets = schedule::<S>(&message.nonce, &nonce, &z, chain)?;
    Ok(Answering {
        h2,
        secrets,
        share,
        nonce,
        challenge,
    })
}

fn own_header<S: CryptoSuite>(identity: &Identity) -> Header {
    let len = ServerHandshake::<S>::len(identity.scheme());
    Header::new(PacketType::ServerHandshake, Flags::NONE, 0, len)
}

impl<S: CryptoSuite> Answering<S> {
    fn auth<'a>(&'a self, own: &Own<'a>) -> OwnAuth<'a> {
        OwnAuth {
            identity: own.identity,
            challenge: &self.challenge,
            records_received: own.records_received,
        }
    }

    /// The message that the server's host key signs.
    pub(crate) fn signs(&self, own: &Own<'_>) -> Signed {
        // the signature signs "ossuary/2 server signature" || 0x00 ||
        //     H(h2 || u8(scheme) || server public key || server challenge || u64(records received))
        self.auth(own)
            .unsigned(|unsigned| self.h2.server_signs(unsigned))
    }

    /// Writes the ServerHandshake into `packet`, which has just its length.
    pub(crate) fn finish(
        self,
        own: &Own<'_>,
        identity: &Identity,
        signature: &[u8],
        packet: &mut [u8],
    ) -> Result<(AwaitingClient<S>, Credentials), CryptoError> {
        // ServerHandshake: server share ‖ server nonce(12) ‖ sealed server auth
        let (head, body) = packet.split_at_mut(HEADER_LEN);
        head.copy_from_slice(&own_header::<S>(identity).encode());
        let sealed = ServerHandshake::<S>::encode(&self.share, &self.nonce, body);
        let auth_len = sealed.len().saturating_sub(TAG_LEN);
        let (text, tag) = sealed.split_at_mut(auth_len);

        // server auth = u8(scheme) || server public key || server challenge(32)
        //               || u64(records received) || signature
        self.auth(own).encode(Some(signature), text);

        let credentials = self.secrets.credentials(&self.h2)?;
        let client_keys = self.secrets.client_handshake_keys(&self.h2)?;
        let server_keys = self.secrets.server_handshake_keys(&self.h2)?;

        // h3 = H(h2 || server auth)
        // sealed under the server handshake key, counter 0, AAD = h2
        let aad = self.h2.hash();
        let h3 = self.h2.server_auth(text);
        tag.copy_from_slice(&server_keys.seal_in_place(0, aad.as_ref(), text)?);
        Ok((
            AwaitingClient {
                h3,
                secrets: self.secrets,
                client_keys,
            },
            credentials,
        ))
    }
}

/// The server has sent its ServerHandshake.
pub(crate) struct AwaitingClient<S: CryptoSuite> {
    h3: H3<S::Hash>,
    secrets: HandshakeSecrets<S>,
    client_keys: Keys<S::Aead>,
}

impl<S: CryptoSuite> AwaitingClient<S> {
    /// Opens a ClientAuthentication.
    pub(crate) fn open<'a>(self, body: &'a mut [u8]) -> Result<Opened<'a, S>, PeerError> {
        // sealed under the client handshake key, counter 1, AAD = h3
        self.client_keys
            .open_in_place(1, self.h3.bytes(), body)
            .map_err(|_| PeerError::DecryptionFailed)?;
        let auth_len = body.len().saturating_sub(TAG_LEN);
        let auth = body.get(..auth_len).unwrap_or(&[]);
        Ok(Opened {
            h3: self.h3,
            secrets: self.secrets,
            auth,
        })
    }
}

/// The ClientAuthentication has opened.
pub(crate) struct Opened<'a, S: CryptoSuite> {
    h3: H3<S::Hash>,
    secrets: HandshakeSecrets<S>,
    auth: &'a [u8],
}

impl<S: CryptoSuite> Opened<'_, S> {
    /// Verifies the client's signature.
    pub(crate) fn verified(self) -> Result<(Established<S>, Verified), Fault> {
        // client auth = u8(scheme) || client public key || u64(records received) || signature
        let auth = Auth::decode_client(self.auth)?;

        // the signature signs "ossuary/2 client signature" || 0x00 ||
        //     H(h3 || u8(scheme) || client public key || u64(records received))
        let signed = self.h3.client_signs(&[auth.unsigned]);
        let peer = verify::peer::<S>(Role::Client, &auth, &signed)?;

        // h4 = H(h3 || client auth)
        // client traffic secret, server traffic secret, exporter secret
        let h4 = self.h3.client_auth(self.auth);
        let established = Established {
            traffic: self.secrets.traffic(&h4)?,
            h4,
        };
        Ok((
            established,
            Verified {
                peer,
                records_received: auth.records_received,
            },
        ))
    }
}
