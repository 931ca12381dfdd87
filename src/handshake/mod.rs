//! The handshake: three packets, each written and read by one function, under
//! the lines of the protocol page that it carries out (docs/protocol.md,
//! "Handshake").
//!
//! A state is a type that holds what the next step needs and is used up by it:
//!
//! ```text
//! client                                   server
//! start ---------- ClientHandshake ------> receive
//! AwaitingServer                           Answering   (to be signed)
//! receive <------- ServerHandshake ------- finish
//! Authenticating  (to be signed)           AwaitingClient
//! finish --- ClientAuthentication -------> receive
//! ```
//!
//! Both ends come out with [`Established`].

pub(crate) mod client;
pub(crate) mod server;
mod verify;

use crate::error::Fault;
use crate::key_schedule::{HandshakeSecrets, Traffic};
use crate::secret::Chain;
use crate::transcript::H4;
use ossuary_traits::{CryptoSuite, FixedBytes, Identity, KeyExchange, Nonce, Random};

pub use verify::verify_signature;
pub(crate) use verify::{PeerIdentity, contributory, verify_own};
#[cfg(feature = "v1")]
pub(crate) use verify::{share_fault, verify};

/// What an application may be asked to sign, and for which of its identities.
pub(crate) struct Own<'a> {
    /// `None` for an anonymous client.
    pub(crate) identity: Option<&'a Identity>,
    /// How many records this side has opened since the connection began.
    pub(crate) records_received: u64,
}

/// What the peer said of itself, once its signature has been verified.
pub(crate) struct Verified {
    pub(crate) peer: PeerIdentity,
    /// How many of this side's records the peer says to have received.
    pub(crate) records_received: u64,
}

/// What a finished handshake leaves behind.
pub(crate) struct Established<S: CryptoSuite> {
    pub(crate) traffic: Traffic<S>,
    pub(crate) h4: H4<S::Hash>,
}

/// Fresh random bytes.
pub(crate) fn draw<T: FixedBytes>(
    random: &mut dyn Random,
) -> Result<T, ossuary_traits::CryptoError> {
    let mut bytes = T::zeroed();
    random.fill(bytes.as_mut())?;
    Ok(bytes)
}

/// "A packet whose share gives an X25519 result of all zeros […] is a malformed
/// packet." The X25519 part is the last 32 bytes of a secret that has one; the
/// check takes the same time for every secret.
fn schedule<S: CryptoSuite>(
    client_nonce: &Nonce,
    server_nonce: &Nonce,
    z: &<S::KeyExchange as KeyExchange>::SharedSecret,
    chain: &Chain,
) -> Result<HandshakeSecrets<S>, Fault> {
    contributory(S::ID.key_exchange, z.as_ref())?;
    Ok(HandshakeSecrets::new(
        client_nonce,
        server_nonce,
        z.as_ref(),
        chain,
    ))
}

/// A suite must be what its parts are, and they must have the sizes of the
/// algorithms they say they are.
/// Called where a connection is made, so that a wrong backend does not compile.
pub(crate) const fn assert_sizes<S: CryptoSuite>() {
    use ossuary_traits::{Aead, Hash};
    let kx = S::ID.key_exchange;
    assert!(kx.code() == S::KeyExchange::ID.code());
    assert!(S::ID.aead.code() == S::Aead::ID.code());
    assert!(S::ID.hash.code() == S::Hash::ID.code());
    assert!(<S::KeyExchange as KeyExchange>::ClientShare::LEN == kx.client_share_len());
    assert!(<S::KeyExchange as KeyExchange>::ServerShare::LEN == kx.server_share_len());
    assert!(<S::KeyExchange as KeyExchange>::SharedSecret::LEN == kx.shared_secret_len());
    assert!(<S::Hash as Hash>::Output::LEN == S::ID.hash.output_len());
    assert!(<S::Hash as Hash>::Secret::LEN == S::ID.hash.output_len());
}

/// A suite that says that it is another does not compile where it is used.
///
/// ```compile_fail,E0080
/// use ossuary::backend::rustcrypto::{ChaCha20Poly1305, RustCryptoVerifier, Sha256, X25519};
/// use ossuary::ossuary_traits::AeadId;
/// use ossuary::{AnySuite, CryptoSuite, DefaultSuite, SuiteId};
///
/// struct Liar;
///
/// impl CryptoSuite for Liar {
///     type KeyExchange = X25519;
///     type Aead = ChaCha20Poly1305;
///     type Hash = Sha256;
///     type Verifier = RustCryptoVerifier;
///     const ID: SuiteId = SuiteId { aead: AeadId::Aes256Gcm, ..DefaultSuite::ID };
/// }
///
/// const LIAR: AnySuite = AnySuite::of::<Liar>("liar");
/// ```
#[cfg(all(doctest, feature = "rustcrypto"))]
struct Liar;
