//! The client's side of the handshake.

use super::{Established, Own, Verified, draw, schedule, verify};
use crate::alert::Credentials;
use crate::error::{Fault, PeerError};
use crate::key_schedule::{HandshakeSecrets, Keys};
use crate::message::{
    Auth, ClientHandshake, OwnAuth, ServerHandshake, client_auth_len, client_authentication_len,
};
use crate::packet::{Flags, HEADER_LEN, Header, PacketType};
use crate::secret::Chain;
use crate::transcript::{H0, H1, H3, Signed};
use ossuary_traits::{CryptoError, CryptoSuite, KeyExchange, Nonce, Random, Role, TAG_LEN};

/// The client has sent its ClientHandshake.
pub(crate) struct AwaitingServer<S: CryptoSuite> {
    h1: H1<S::Hash>,
    key_exchange: S::KeyExchange,
    nonce: Nonce,
}

/// The length of a ClientHandshake packet.
pub(crate) const fn client_handshake_len<S: CryptoSuite>() -> usize {
    HEADER_LEN + ClientHandshake::<S>::LEN
}

/// Writes a ClientHandshake into `packet`, which has just its length.
pub(crate) fn start<S: CryptoSuite>(
    h0: &H0<S::Hash>,
    random: &mut dyn Random,
    packet: &mut [u8],
) -> Result<AwaitingServer<S>, CryptoError> {
    // ClientHandshake: suite(3) ‖ client share ‖ client nonce(12) ‖ client challenge(32)
    let (key_exchange, share) = S::KeyExchange::generate(random)?;
    let nonce = draw(random)?;
    let challenge = draw(random)?;
    let message = ClientHandshake::<S> {
        share,
        nonce,
        challenge,
    };
    let len = ClientHandshake::<S>::LEN;
    let header = Header::new(PacketType::ClientHandshake, Flags::NONE, 0, len).encode();
    let (head, body) = packet.split_at_mut(HEADER_LEN);
    head.copy_from_slice(&header);
    message.encode(body);

    // h1 = H(h0 || ClientHandshake packet, header included)
    let h1 = h0.client_handshake(&header, body);
    Ok(AwaitingServer {
        h1,
        key_exchange,
        nonce,
    })
}

impl<S: CryptoSuite> AwaitingServer<S> {
    /// Reads the ServerHandshake up to the point where it has opened: from
    /// then on its tokens are the current ones.
    pub(crate) fn open(
        self,
        header: &[u8; HEADER_LEN],
        body: &mut [u8],
        chain: &Chain,
    ) -> Result<(Opened<S>, Credentials), Fault> {
        let len = u16::try_from(body.len()).unwrap_or(u16::MAX);
        // ServerHandshake: server share ‖ server nonce(12) ‖ sealed server auth
        let message =
            ServerHandshake::<S>::decode(body).ok_or(PeerError::WrongPacketLength(len))?;

        // h2 = H(h1 || ServerHandshake header || server share || server nonce)
        let h2 = self
            .h1
            .server_share(header, message.share.as_ref(), &message.nonce);

        // z = the key exchange's shared secret
        // prk = HKDF-Extract(salt = client nonce || server nonce, IKM = z || chain)
        let z = self
            .key_exchange
            .complete(&message.share)
            .map_err(verify::share_fault)?;
        let secrets = schedule::<S>(&self.nonce, &message.nonce, &z, chain)?;

        // sealed under the server handshake key, counter 0, AAD = h2
        secrets
            .server_handshake_keys(&h2)?
            .open_in_place(0, h2.bytes(), message.sealed)
            .map_err(|_| PeerError::DecryptionFailed)?;
        let auth_len = message.sealed.len().saturating_sub(TAG_LEN);
        let auth = message.sealed.get(..auth_len).unwrap_or(&[]);

        let credentials = secrets.credentials(&h2)?;
        let client_keys = secrets.client_handshake_keys(&h2)?;

        // "The client checks the server's signature first […]": the outcome is
        // kept until the caller has taken the credentials, which hold whether
        // the signature verifies or not.
        let verified = Auth::decode_server(auth).and_then(|auth| {
            // the signature signs "ossuary/2 server signature" || 0x00 ||
            //     H(h2 || u8(scheme) || server public key || server challenge || u64(records received))
            let signed = h2.server_signs(&[auth.unsigned]);
            let peer = verify::peer::<S>(Role::Server, &auth, &signed)?;
            Ok(Verified {
                peer,
                records_received: auth.records_received,
            })
        });

        // h3 = H(h2 || server auth)
        let h3 = h2.server_auth(auth);
        Ok((
            Opened {
                authenticating: Authenticating {
                    h3,
                    secrets,
                    client_keys,
                },
                verified,
            },
            credentials,
        ))
    }
}

/// The ServerHandshake has opened.
pub(crate) struct Opened<S: CryptoSuite> {
    authenticating: Authenticating<S>,
    verified: Result<Verified, PeerError>,
}

impl<S: CryptoSuite> Opened<S> {
    /// What the server's signature says; without it, nothing goes on.
    pub(crate) fn verified(self) -> Result<(Authenticating<S>, Verified), PeerError> {
        Ok((self.authenticating, self.verified?))
    }
}

/// The client has verified the server and is to send its ClientAuthentication.
pub(crate) struct Authenticating<S: CryptoSuite> {
    h3: H3<S::Hash>,
    secrets: HandshakeSecrets<S>,
    client_keys: Keys<S::Aead>,
}

/// The length of a ClientAuthentication packet.
pub(crate) fn packet_len(own: &Own<'_>) -> usize {
    HEADER_LEN + client_authentication_len(own.identity.map(|identity| identity.scheme()))
}

impl<S: CryptoSuite> Authenticating<S> {
    /// The message that the client's host key signs.
    pub(crate) fn signs(&self, own: &Own<'_>) -> Signed {
        // the signature signs "ossuary/2 client signature" || 0x00 ||
        //     H(h3 || u8(scheme) || client public key || u64(records received))
        auth(own).unsigned(|unsigned| self.h3.client_signs(unsigned))
    }

    /// Writes the ClientAuthentication into `packet`, which has just its
    /// length. Without a signature the client stays anonymous.
    pub(crate) fn finish(
        self,
        own: &Own<'_>,
        signature: Option<&[u8]>,
        packet: &mut [u8],
    ) -> Result<Established<S>, CryptoError> {
        // client auth = u8(scheme) || client public key || u64(records received) || signature
        let len = client_auth_len(own.identity.map(|identity| identity.scheme()));
        let header = Header::new(
            PacketType::ClientAuthentication,
            Flags::NONE,
            1,
            len + TAG_LEN,
        )
        .encode();
        let (head, body) = packet.split_at_mut(HEADER_LEN);
        let (sealed, tag) = body.split_at_mut(len);
        head.copy_from_slice(&header);
        auth(own).encode(signature, sealed);

        // h4 = H(h3 || client auth)
        // sealed under the client handshake key, counter 1, AAD = h3
        let aad = self.h3.hash();
        let h4 = self.h3.client_auth(sealed);
        tag.copy_from_slice(&self.client_keys.seal_in_place(1, aad.as_ref(), sealed)?);

        // client traffic secret, server traffic secret, exporter secret
        Ok(Established {
            traffic: self.secrets.traffic(&h4)?,
            h4,
        })
    }
}

fn auth<'a>(own: &Own<'a>) -> OwnAuth<'a> {
    OwnAuth {
        identity: own.identity,
        challenge: &[],
        records_received: own.records_received,
    }
}
