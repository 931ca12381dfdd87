//! Key exchange, in the shape of a key encapsulation mechanism.

use crate::{CryptoError, FixedBytes, Random};
use zeroize::ZeroizeOnDrop;

/// The key exchanges that protocol 2 names, with their code points on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum KeyExchangeId {
    /// X25519 (RFC 7748).
    X25519 = 0x01,
    /// ECDH on P-256 with uncompressed SEC 1 points; the secret is the x coordinate.
    P256 = 0x02,
    /// ML-KEM-768 (FIPS 203) and X25519 joined, ML-KEM first
    /// (draft-ietf-tls-ecdhe-mlkem).
    X25519MlKem768 = 0x11,
}

impl KeyExchangeId {
    /// The code point on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The key exchange of a code point, or `None` where the protocol has none.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0x01 => Some(KeyExchangeId::X25519),
            0x02 => Some(KeyExchangeId::P256),
            0x11 => Some(KeyExchangeId::X25519MlKem768),
            _ => None,
        }
    }

    /// The length of a client's share, in bytes.
    #[must_use]
    pub const fn client_share_len(self) -> usize {
        match self {
            KeyExchangeId::X25519 => 32,
            KeyExchangeId::P256 => 65,
            KeyExchangeId::X25519MlKem768 => 1216,
        }
    }

    /// The length of a server's share, in bytes.
    #[must_use]
    pub const fn server_share_len(self) -> usize {
        match self {
            KeyExchangeId::X25519 => 32,
            KeyExchangeId::P256 => 65,
            KeyExchangeId::X25519MlKem768 => 1120,
        }
    }

    /// The length of the shared secret, in bytes.
    #[must_use]
    pub const fn shared_secret_len(self) -> usize {
        match self {
            KeyExchangeId::X25519 | KeyExchangeId::P256 => 32,
            KeyExchangeId::X25519MlKem768 => 64,
        }
    }

    /// The algorithm's usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyExchangeId::X25519 => "X25519",
            KeyExchangeId::P256 => "P-256",
            KeyExchangeId::X25519MlKem768 => "X25519MLKEM768",
        }
    }
}

/// One key exchange, from the client's side; a value is the client's ephemeral
/// private key.
///
/// Diffie-Hellman fits this shape with the server's public key as its share;
/// a KEM with the encapsulation key as the client's share and the ciphertext as
/// the server's.
///
/// A value that is dropped must leave no private key behind. `ossuary` moves it
/// from one state of the handshake to the next, and a move in Rust leaves the old
/// place as it was: keep the key on the heap, and wipe it there.
///
/// # Randomness
///
/// Both sides draw from the [`Random`] they are given, and what they draw *is*
/// the private key, so that a recorded exchange can be replayed:
///
/// | key exchange | [`generate`](Self::generate) draws | [`respond`](Self::respond) draws |
/// |---|---|---|
/// | X25519 | private key, 32 bytes, unclamped | the same |
/// | P-256 | private scalar, 32 bytes, big-endian; again where it is 0 or not below the order | the same |
/// | X25519MLKEM768 | ML-KEM `d`, `z`, X25519 private key, 32 bytes each | ML-KEM `m`, X25519 private key, 32 bytes each |
///
/// A library that insists on randomness of its own ignores `random` and sets
/// [`REPLAYABLE`](Self::REPLAYABLE) to `false`. Of a hybrid, that may be so of the
/// ML-KEM half alone.
pub trait KeyExchange: Sized {
    /// Which algorithm this is.
    const ID: KeyExchangeId;
    /// The library behind it and its version, for people: `"x25519-dalek 3.0"`.
    const LIBRARY: &'static str;
    /// Whether all randomness comes from the [`Random`] that is handed in.
    const REPLAYABLE: bool = true;

    /// The client's share, of [`KeyExchangeId::client_share_len`] bytes.
    type ClientShare: FixedBytes;
    /// The server's share, of [`KeyExchangeId::server_share_len`] bytes.
    type ServerShare: FixedBytes;
    /// The shared secret, of [`KeyExchangeId::shared_secret_len`] bytes.
    type SharedSecret: FixedBytes + ZeroizeOnDrop;

    /// Whether the library can run on this machine: see
    /// [`CryptoSuite::available`](crate::CryptoSuite::available).
    ///
    /// # Errors
    ///
    /// [`CryptoError::Library`]: it cannot, and why.
    fn available() -> Result<(), CryptoError> {
        Ok(())
    }

    /// Makes the client's ephemeral private key and its share.
    ///
    /// # Errors
    ///
    /// The random source or the library failed.
    fn generate(random: &mut dyn Random) -> Result<(Self, Self::ClientShare), CryptoError>;

    /// Answers the client's share with the server's, and gives the shared secret.
    ///
    /// An X25519 result of zeros is not this method's business: the protocol
    /// checks for it. A library that refuses one by itself returns
    /// [`CryptoError::InvalidShare`].
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidShare`] where the client's share is not valid;
    /// otherwise the random source or the library failed.
    fn respond(
        random: &mut dyn Random,
        client: &Self::ClientShare,
    ) -> Result<(Self::ServerShare, Self::SharedSecret), CryptoError>;

    /// Gives the shared secret from the server's share. The private key is
    /// used up.
    ///
    /// # Errors
    ///
    /// [`CryptoError::InvalidShare`] where the server's share is not valid;
    /// otherwise the library failed. A failed ML-KEM decapsulation is no error:
    /// it gives the secret of implicit rejection (FIPS 203, section 6.3).
    fn complete(self, server: &Self::ServerShare) -> Result<Self::SharedSecret, CryptoError>;
}
