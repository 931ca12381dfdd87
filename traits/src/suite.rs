//! A suite: the four parts of a channel's cryptography.

use crate::{Aead, AeadId, Hash, HashId, KeyExchange, KeyExchangeId, Verifier};
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

    /// The suite's identity on the wire, which follows from its parts.
    const ID: SuiteId = SuiteId {
        key_exchange: Self::KeyExchange::ID,
        aead: Self::Aead::ID,
        hash: Self::Hash::ID,
    };
}

/// A suite of four parts, which may come from different libraries.
///
/// ```
/// # use ossuary_traits::*;
/// # fn example<X: KeyExchange + 'static, A: Aead + 'static, H: Hash + 'static, V: Verifier + 'static>() {
/// type MySuite<X, A, H, V> = Suite<X, A, H, V>;
/// assert_eq!(<MySuite<X, A, H, V> as CryptoSuite>::ID.aead, A::ID);
/// # }
/// ```
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
