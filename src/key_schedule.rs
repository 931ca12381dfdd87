//! The key schedule (docs/protocol.md, "Handshake" and "Records").
//!
//! ```text
//!  chain: pre-shared key, recovery secret, or nothing
//!    |
//!    v
//!  HKDF-Extract(client nonce || server nonce, z || chain) = prk
//!    |
//!    +-- Secret("server handshake", h2)  key, iv of the server's authentication
//!    +-- Secret("client handshake", h2)  key, iv of the client's authentication
//!    +-- Secret("server alert", h2)      server alert token
//!    +-- Secret("client alert", h2)      client alert token
//!    +-- Secret("recovery", h2)          recovery secret: the chain after a reset
//!    |
//!    +-- Secret("client traffic", h4) --> key, iv --"rekey"--> secret' --> key, iv ...
//!    +-- Secret("server traffic", h4) --> key, iv --"rekey"--> secret' --> key, iv ...
//!    +-- Secret("exporter", h4)       --> exported keying material
//! ```
//!
//! [`HandshakeSecrets`] holds the prk and is used up by h4; a [`TrafficSecret`]
//! is used up by its successor.

use crate::alert::{Credentials, NO_TOKEN};
use crate::secret::Chain;
use crate::transcript::{H2, H4};
use alloc::boxed::Box;
use ossuary_traits::{
    AEAD_KEY_LEN, Aead, AeadKey, CryptoError, CryptoSuite, FixedBytes, Hash, NONCE_LEN, Nonce,
    Secret,
};

// The labels, each with the prefix and the zero byte that surround it.
const SERVER_HANDSHAKE: &[u8] = b"ossuary/2 server handshake\0";
const CLIENT_HANDSHAKE: &[u8] = b"ossuary/2 client handshake\0";
const SERVER_ALERT: &[u8] = b"ossuary/2 server alert\0";
const CLIENT_ALERT: &[u8] = b"ossuary/2 client alert\0";
const RECOVERY: &[u8] = b"ossuary/2 recovery\0";
const CLIENT_TRAFFIC: &[u8] = b"ossuary/2 client traffic\0";
const SERVER_TRAFFIC: &[u8] = b"ossuary/2 server traffic\0";
const EXPORTER: &[u8] = b"ossuary/2 exporter\0";
// Those below are not followed by a hash, nor by a zero byte.
const KEY: &[u8] = b"ossuary/2 key";
const IV: &[u8] = b"ossuary/2 iv";
const REKEY: &[u8] = b"ossuary/2 rekey";
const EXPORT: &[u8] = b"ossuary/2 export ";

/// A key with its iv: what nonces are made from.
///
/// The key stays in one place on the heap: moves of what holds it, into the
/// open channel and out of it when it is split, leave no copy of it behind. So
/// do the prk and the secrets.
pub(crate) struct Keys<A> {
    aead: Box<A>,
    iv: Secret<NONCE_LEN>,
}

impl<A: Aead> Keys<A> {
    /// `nonce(n) = iv XOR (0x00000000 || u64(n))`, n being the packet counter.
    #[inline]
    fn nonce(&self, counter: u64) -> Nonce {
        let mut nonce = *self.iv.expose();
        for (byte, n) in nonce.iter_mut().skip(4).zip(counter.to_be_bytes()) {
            *byte ^= n;
        }
        nonce
    }

    #[inline]
    pub(crate) fn seal_in_place(
        &self,
        counter: u64,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError> {
        self.aead.seal_in_place(&self.nonce(counter), aad, in_out)
    }

    #[inline]
    pub(crate) fn seal(
        &self,
        counter: u64,
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError> {
        self.aead.seal(&self.nonce(counter), aad, plaintext, out)
    }

    #[inline]
    pub(crate) fn open_in_place(
        &self,
        counter: u64,
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), CryptoError> {
        self.aead.open_in_place(&self.nonce(counter), aad, sealed)
    }
}

/// From the shared secret to the traffic secrets.
pub(crate) struct HandshakeSecrets<S: CryptoSuite> {
    prk: Box<<S::Hash as Hash>::Prk>,
}

impl<S: CryptoSuite> HandshakeSecrets<S> {
    /// `prk = HKDF-Extract(salt = client nonce || server nonce, IKM = z || chain)`
    pub(crate) fn new(client_nonce: &Nonce, server_nonce: &Nonce, z: &[u8], chain: &Chain) -> Self {
        let mut salt = [0; 2 * NONCE_LEN];
        let (first, second) = salt.split_at_mut(NONCE_LEN);
        first.copy_from_slice(client_nonce);
        second.copy_from_slice(server_nonce);
        HandshakeSecrets {
            prk: Box::new(S::Hash::extract(&salt, &[z, chain.bytes()])),
        }
    }

    /// `Secret(label, h, L) = HKDF-Expand(prk, "ossuary/2 " || label || 0x00 || h, L)`
    fn secret(&self, label: &[u8], h: &[u8], out: &mut [u8]) -> Result<(), CryptoError> {
        S::Hash::expand(&self.prk, &[label, h], out)
    }

    /// `server handshake key(32) || iv(12) = Secret("server handshake", h2, 44)`
    pub(crate) fn server_handshake_keys(
        &self,
        h2: &H2<S::Hash>,
    ) -> Result<Keys<S::Aead>, CryptoError> {
        self.handshake_keys(SERVER_HANDSHAKE, h2)
    }

    /// `client handshake key(32) || iv(12) = Secret("client handshake", h2, 44)`
    pub(crate) fn client_handshake_keys(
        &self,
        h2: &H2<S::Hash>,
    ) -> Result<Keys<S::Aead>, CryptoError> {
        self.handshake_keys(CLIENT_HANDSHAKE, h2)
    }

    fn handshake_keys(&self, label: &[u8], h2: &H2<S::Hash>) -> Result<Keys<S::Aead>, CryptoError> {
        let mut both = Secret::<{ AEAD_KEY_LEN + NONCE_LEN }>::zeroed();
        self.secret(label, h2.bytes(), both.as_mut())?;
        let mut key = AeadKey::zeroed();
        let mut iv = Secret::zeroed();
        let (key_bytes, iv_bytes) = both.expose().split_at(AEAD_KEY_LEN);
        key.as_mut().copy_from_slice(key_bytes);
        iv.as_mut().copy_from_slice(iv_bytes);
        Ok(Keys {
            aead: Box::new(S::Aead::new(&key)),
            iv,
        })
    }

    /// `server alert token(16) = Secret("server alert", h2, 16)`,
    /// `client alert token(16) = Secret("client alert", h2, 16)`,
    /// `recovery secret = Secret("recovery", h2, HashLen)`
    pub(crate) fn credentials(&self, h2: &H2<S::Hash>) -> Result<Credentials, CryptoError> {
        let (mut server_token, mut client_token) = (NO_TOKEN, NO_TOKEN);
        let mut recovery = <S::Hash as Hash>::Secret::zeroed();
        self.secret(SERVER_ALERT, h2.bytes(), &mut server_token)?;
        self.secret(CLIENT_ALERT, h2.bytes(), &mut client_token)?;
        self.secret(RECOVERY, h2.bytes(), recovery.as_mut())?;
        Ok(Credentials {
            client_token,
            server_token,
            recovery: Chain::new(recovery.as_ref()),
        })
    }

    /// `client traffic secret = Secret("client traffic", h4, HashLen)`,
    /// `server traffic secret = Secret("server traffic", h4, HashLen)`,
    /// `exporter secret = Secret("exporter", h4, HashLen)`,
    /// `channel binding = h4`
    pub(crate) fn traffic(self, h4: &H4<S::Hash>) -> Result<Traffic<S>, CryptoError> {
        let secret = |label| {
            let mut secret = <S::Hash as Hash>::Secret::zeroed();
            self.secret(label, h4.bytes(), secret.as_mut())?;
            Ok::<_, CryptoError>(secret)
        };
        Ok(Traffic {
            client: TrafficSecret(secret(CLIENT_TRAFFIC)?),
            server: TrafficSecret(secret(SERVER_TRAFFIC)?),
            exporter: Exporter(secret(EXPORTER)?),
        })
    }
}

/// What the handshake gives to the records.
pub(crate) struct Traffic<S: CryptoSuite> {
    pub(crate) client: TrafficSecret<S>,
    pub(crate) server: TrafficSecret<S>,
    pub(crate) exporter: Exporter<S>,
}

/// The secret of one direction, from which its keys come.
pub(crate) struct TrafficSecret<S: CryptoSuite>(<S::Hash as Hash>::Secret);

impl<S: CryptoSuite> TrafficSecret<S> {
    /// `traffic key = HKDF-Expand(traffic secret, "ossuary/2 key", 32)`,
    /// `traffic iv = HKDF-Expand(traffic secret, "ossuary/2 iv", 12)`
    pub(crate) fn keys(&self) -> Result<Keys<S::Aead>, CryptoError> {
        let prk = S::Hash::prk(&self.0);
        let mut key = AeadKey::zeroed();
        let mut iv = Secret::zeroed();
        S::Hash::expand(&prk, &[KEY], key.as_mut())?;
        S::Hash::expand(&prk, &[IV], iv.as_mut())?;
        Ok(Keys {
            aead: Box::new(S::Aead::new(&key)),
            iv,
        })
    }

    /// `secret' = HKDF-Expand(secret, "ossuary/2 rekey", HashLen)`; the old one
    /// is erased when it is replaced.
    pub(crate) fn next(&self) -> Result<Self, CryptoError> {
        let mut next = <S::Hash as Hash>::Secret::zeroed();
        S::Hash::expand(&S::Hash::prk(&self.0), &[REKEY], next.as_mut())?;
        Ok(TrafficSecret(next))
    }
}

/// The secret from which keying material for the application comes.
pub(crate) struct Exporter<S: CryptoSuite>(<S::Hash as Hash>::Secret);

impl<S: CryptoSuite> Exporter<S> {
    /// `HKDF-Expand(exporter secret, "ossuary/2 export " || u8(len(label)) ||
    /// label || H(context), L)`
    pub(crate) fn export(
        &self,
        label: &[u8],
        context: &[u8],
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        let len = u8::try_from(label.len()).map_err(|_| ExportError::TooLong)?;
        if out.len() > 255 * S::Hash::ID.output_len() {
            return Err(ExportError::TooLong);
        }
        let context = S::Hash::digest(&[context]);
        let info = [EXPORT, &[len], label, context.as_ref()];
        S::Hash::expand(&S::Hash::prk(&self.0), &info, out).map_err(ExportError::Crypto)
    }
}

/// Why no keying material was exported.
pub(crate) enum ExportError {
    TooLong,
    Crypto(CryptoError),
}
