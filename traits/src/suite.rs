//! A suite: the four parts of a channel's cryptography.

use crate::{Aead, AeadId, CryptoError, Hash, HashId, KeyExchange, KeyExchangeId, Verifier};
use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

/// What a channel computes with: a key exchange, an AEAD, a hash and a
/// signature verifier.
///
/// It is a name, never a value: dispatch is static. Two suites with the same
/// [`ID`](CryptoSuite::ID) are the same on the wire, byte for byte, whatever
/// libraries are behind them.
///
/// [`Suite`] makes one out of parts; implement this trait by hand only to give
/// a suite a name of its own.
pub trait CryptoSuite: 'static {
    /// The key exchange.
    type KeyExchange: KeyExchange;
    /// The AEAD of the handshake's seals and the records.
    type Aead: Aead;
    /// The hash of the transcript and the key schedule.
    type Hash: Hash;
    /// The verifier of the peer's signature.
    type Verifier: Verifier;

    /// The suite's identity on the wire, which follows from its parts. A suite
    /// that says otherwise does not compile where it is used.
    const ID: SuiteId = SuiteId {
        key_exchange: Self::KeyExchange::ID,
        aead: Self::Aead::ID,
        hash: Self::Hash::ID,
    };

    /// Whether the libraries behind the suite can run on this machine. Some are
    /// for processors that have certain instructions, and of no use elsewhere.
    ///
    /// `ossuary` asks when a connection is made, before it uses the suite.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Library`]: one cannot, and why.
    fn available() -> Result<(), CryptoError> {
        Self::KeyExchange::available()?;
        Self::Aead::available()?;
        Self::Hash::available()?;
        Self::Verifier::available()
    }
}

/// A suite of four parts, which may come from different libraries.
#[allow(
    clippy::type_complexity,
    reason = "a name for four types, and nothing else"
)]
pub struct Suite<Kx, A, H, V>(PhantomData<fn() -> (Kx, A, H, V)>);

impl<Kx, A, H, V> fmt::Debug for Suite<Kx, A, H, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Suite")
    }
}

impl<Kx, A, H, V> CryptoSuite for Suite<Kx, A, H, V>
where
    Kx: KeyExchange + 'static,
    A: Aead + 'static,
    H: Hash + 'static,
    V: Verifier + 'static,
{
    type KeyExchange = Kx;
    type Aead = A;
    type Hash = H;
    type Verifier = V;
}

/// A suite's identity on the wire: three algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SuiteId {
    /// The key exchange.
    pub key_exchange: KeyExchangeId,
    /// The AEAD.
    pub aead: AeadId,
    /// The hash.
    pub hash: HashId,
}

impl SuiteId {
    /// The three code points, in the order of the wire.
    #[must_use]
    pub const fn code(self) -> [u8; 3] {
        [self.key_exchange.code(), self.aead.code(), self.hash.code()]
    }

    /// Its name in one word, lower case, for command lines and configuration:
    /// `x25519-chacha20poly1305-sha256`.
    #[must_use]
    pub fn name(self) -> String {
        let parts = [self.key_exchange.name(), self.aead.name(), self.hash.name()];
        parts
            .map(|part| part.replace('-', "").to_lowercase())
            .join("-")
    }

    /// The suite of three code points, or `None` where one of them is none of
    /// the protocol's.
    #[must_use]
    pub const fn from_code(code: [u8; 3]) -> Option<Self> {
        let [key_exchange, aead, hash] = code;
        match (
            KeyExchangeId::from_code(key_exchange),
            AeadId::from_code(aead),
            HashId::from_code(hash),
        ) {
            (Some(key_exchange), Some(aead), Some(hash)) => Some(SuiteId {
                key_exchange,
                aead,
                hash,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for SuiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SuiteId {
            key_exchange,
            aead,
            hash,
        } = self;
        write!(
            f,
            "{}, {}, {}",
            key_exchange.name(),
            aead.name(),
            hash.name()
        )
    }
}

/// Names the suites that can be made of a backend's parts, as every backend
/// names them: for each key exchange and AEAD that it has, one line, with the
/// two hashes and the verifier. It does not compile where a part is of another
/// algorithm than its place says.
///
/// ```text
/// ossuary_traits::name_suites! {
///     // X25519ChaCha20Poly1305Sha256 and X25519ChaCha20Poly1305Sha384
///     X25519 ChaCha20Poly1305: X25519, ChaCha20Poly1305, Sha256, Sha384, MyVerifier;
/// }
/// ```
#[macro_export]
macro_rules! name_suites {
    (@ X25519 ChaCha20Poly1305 $kx:ty, $aead:ty, $sha256:ty, $sha384:ty, $verifier:ty) => {
        /// X25519, ChaCha20-Poly1305 and SHA-256: `01 01 01` on the wire.
        pub type X25519ChaCha20Poly1305Sha256 = $crate::Suite<$kx, $aead, $sha256, $verifier>;
        /// X25519, ChaCha20-Poly1305 and SHA-384: `01 01 02` on the wire.
        pub type X25519ChaCha20Poly1305Sha384 = $crate::Suite<$kx, $aead, $sha384, $verifier>;
    };
    (@ X25519 Aes256Gcm $kx:ty, $aead:ty, $sha256:ty, $sha384:ty, $verifier:ty) => {
        /// X25519, AES-256-GCM and SHA-256: `01 02 01` on the wire.
        pub type X25519Aes256GcmSha256 = $crate::Suite<$kx, $aead, $sha256, $verifier>;
        /// X25519, AES-256-GCM and SHA-384: `01 02 02` on the wire.
        pub type X25519Aes256GcmSha384 = $crate::Suite<$kx, $aead, $sha384, $verifier>;
    };
    (@ P256 ChaCha20Poly1305 $kx:ty, $aead:ty, $sha256:ty, $sha384:ty, $verifier:ty) => {
        /// P-256, ChaCha20-Poly1305 and SHA-256: `02 01 01` on the wire.
        pub type P256ChaCha20Poly1305Sha256 = $crate::Suite<$kx, $aead, $sha256, $verifier>;
        /// P-256, ChaCha20-Poly1305 and SHA-384: `02 01 02` on the wire.
        pub type P256ChaCha20Poly1305Sha384 = $crate::Suite<$kx, $aead, $sha384, $verifier>;
    };
    (@ P256 Aes256Gcm $kx:ty, $aead:ty, $sha256:ty, $sha384:ty, $verifier:ty) => {
        /// P-256, AES-256-GCM and SHA-256: `02 02 01` on the wire.
        pub type P256Aes256GcmSha256 = $crate::Suite<$kx, $aead, $sha256, $verifier>;
        /// P-256, AES-256-GCM and SHA-384: `02 02 02` on the wire.
        pub type P256Aes256GcmSha384 = $crate::Suite<$kx, $aead, $sha384, $verifier>;
    };
    (@ X25519MlKem768 ChaCha20Poly1305 $kx:ty, $aead:ty, $sha256:ty, $sha384:ty, $verifier:ty) => {
        /// X25519MLKEM768, ChaCha20-Poly1305 and SHA-256: `11 01 01` on the wire.
        pub type X25519MlKem768ChaCha20Poly1305Sha256 = $crate::Suite<$kx, $aead, $sha256, $verifier>;
        /// X25519MLKEM768, ChaCha20-Poly1305 and SHA-384: `11 01 02` on the wire.
        pub type X25519MlKem768ChaCha20Poly1305Sha384 = $crate::Suite<$kx, $aead, $sha384, $verifier>;
    };
    (@ X25519MlKem768 Aes256Gcm $kx:ty, $aead:ty, $sha256:ty, $sha384:ty, $verifier:ty) => {
        /// X25519MLKEM768, AES-256-GCM and SHA-256: `11 02 01` on the wire.
        pub type X25519MlKem768Aes256GcmSha256 = $crate::Suite<$kx, $aead, $sha256, $verifier>;
        /// X25519MLKEM768, AES-256-GCM and SHA-384: `11 02 02` on the wire.
        pub type X25519MlKem768Aes256GcmSha384 = $crate::Suite<$kx, $aead, $sha384, $verifier>;
    };
    ($($key_exchange:ident $cipher:ident:
        $kx:ty, $aead:ty, $sha256:ty, $sha384:ty, $verifier:ty;)*) => {$(
        const _: () = assert!(
            <$kx as $crate::KeyExchange>::ID.code() == $crate::KeyExchangeId::$key_exchange.code()
                && <$aead as $crate::Aead>::ID.code() == $crate::AeadId::$cipher.code()
                && <$sha256 as $crate::Hash>::ID.code() == $crate::HashId::Sha256.code()
                && <$sha384 as $crate::Hash>::ID.code() == $crate::HashId::Sha384.code(),
            "a suite has other parts than its name says",
        );
        $crate::name_suites!(@ $key_exchange $cipher $kx, $aead, $sha256, $sha384, $verifier);
    )*};
}
