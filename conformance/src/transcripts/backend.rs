//! A backend, as the checks see it.

use super::file::Exported;
use crate::random::Recorded;
use ossuary::{Builder, Channel, MemoryKeyStore, OssuaryError, Role, trust};
use ossuary_traits::{
    Aead, CryptoError, CryptoSuite, FixedBytes, Hash, KeyExchange, Secret, SignatureScheme,
    SuiteId, Verifier,
};
use std::collections::BTreeSet;

/// What is checked: suites, and signing keys.
///
/// [`backend!`](crate::backend) makes one of a crate that names its suites as
/// `ossuary-rustcrypto` does.
#[derive(Clone, Copy, Debug)]
pub struct Backend {
    /// What it is called in reports.
    pub name: &'static str,
    /// Its suites.
    pub suites: &'static [SuiteUnderTest],
    /// A key store with the private key of a scheme.
    ///
    /// Signatures must be deterministic (ECDSA: RFC 6979), or they are not those
    /// of the files. A backend that makes others, or none, is checked with the
    /// keys of another one: a key store goes with any suite.
    pub key_store: fn(SignatureScheme, Secret<32>) -> Result<MemoryKeyStore, CryptoError>,
}

impl Backend {
    pub(super) fn suite(&self, id: SuiteId) -> Option<&'static SuiteUnderTest> {
        self.suites.iter().find(|suite| suite.id == id)
    }
}

/// A suite, as the checks see it: made by [`of`](Self::of).
#[derive(Clone, Copy, Debug)]
pub struct SuiteUnderTest {
    pub(crate) id: SuiteId,
    pub(crate) libraries: fn() -> Vec<&'static str>,
    /// The schemes that it verifies.
    pub(crate) schemes: &'static [SignatureScheme],
    /// Whether its key exchange draws from the randomness that it is given.
    pub(crate) replayable: bool,
    pub(crate) connect: fn(Setup<'_>) -> Result<Box<dyn Channel>, OssuaryError>,
    pub(super) export: fn(&[u8], &Exported) -> Result<Vec<u8>, ExportError>,
}

impl SuiteUnderTest {
    /// Puts the suite `S` under test.
    #[must_use]
    pub const fn of<S: CryptoSuite>() -> Self {
        SuiteUnderTest {
            id: S::ID,
            libraries: libraries::<S>,
            schemes: S::Verifier::SCHEMES,
            replayable: S::KeyExchange::REPLAYABLE,
            connect: connect::<S>,
            export: export::<S::Hash>,
        }
    }
}

/// The libraries behind a suite, each once.
fn libraries<S: CryptoSuite>() -> Vec<&'static str> {
    let mut libraries = vec![S::KeyExchange::LIBRARY, S::Aead::LIBRARY, S::Hash::LIBRARY];
    let schemes = S::Verifier::SCHEMES.iter();
    libraries.extend(schemes.filter_map(|scheme| S::Verifier::library(*scheme)));
    let mut seen = BTreeSet::new();
    libraries.retain(|library| seen.insert(*library));
    libraries
}

/// What a side is made of.
pub(crate) struct Setup<'a> {
    pub(crate) role: Role,
    pub(crate) key_store: MemoryKeyStore,
    pub(crate) prologue: &'a [u8],
    /// Empty for none.
    pub(crate) pre_shared_key: &'a [u8],
    pub(crate) random: Recorded,
    /// What its policy says of the peer.
    pub(crate) verdict: trust::Verdict,
}

fn connect<S: CryptoSuite>(setup: Setup<'_>) -> Result<Box<dyn Channel>, OssuaryError> {
    let Setup {
        role,
        key_store,
        prologue,
        pre_shared_key,
        random,
        verdict,
    } = setup;
    let builder = match role {
        Role::Client => Builder::<S>::client(),
        Role::Server => Builder::<S>::server(),
    };
    let mut builder = builder
        .key_store(key_store)
        .prologue(prologue)
        .trust(trust::trust_fn(move |_| Ok(verdict)))
        .random(random);
    if !pre_shared_key.is_empty() {
        builder = builder.dangerous_short_pre_shared_key(pre_shared_key);
    }
    Ok(Box::new(builder.build()?))
}

/// Why nothing was exported.
pub(super) enum ExportError {
    /// The exporter secret has not the length of the hash, which is this.
    SecretLength(usize),
    Crypto(CryptoError),
}

/// `HKDF-Expand(exporter secret, "ossuary/2 export " || u8(len(label)) || label
/// || H(context), L)`, as the protocol page has it: the exporter secret itself
/// is not to be had from a connection.
fn export<H: Hash>(secret: &[u8], exported: &Exported) -> Result<Vec<u8>, ExportError> {
    let secret = H::Secret::from_slice(secret).ok_or(ExportError::SecretLength(H::Secret::LEN))?;
    let label = exported.label.as_bytes();
    let len =
        u8::try_from(label.len()).map_err(|_| ExportError::Crypto(CryptoError::Unsupported))?;
    let context = H::digest(&[&exported.context]);
    let info = [b"ossuary/2 export ", &[len][..], label, context.as_ref()];
    let mut value = vec![0; exported.value.len()];
    H::expand(&H::prk(&secret), &info, &mut value).map_err(ExportError::Crypto)?;
    Ok(value)
}

/// Describes a [`Backend`](crate::transcripts::Backend): the name for reports,
/// and the crate or module that has the suites and the three signing keys under
/// the names that they have in `ossuary-rustcrypto`. Where it has not all twelve
/// suites, those that it has are listed; where the signing keys are another's, it
/// is named behind.
///
/// ```
/// use ossuary_conformance::{backend, transcripts::Backend};
///
/// const RUSTCRYPTO: Backend = backend!("rustcrypto", ossuary_rustcrypto);
/// const OTHER_KEYS: Backend = backend!("other keys", ossuary_rustcrypto, ossuary_rustcrypto);
/// const TWO_SUITES: Backend = backend!(
///     "two suites",
///     ossuary_rustcrypto { X25519ChaCha20Poly1305Sha256, X25519Aes256GcmSha256 },
///     ossuary_rustcrypto
/// );
/// ```
#[macro_export]
macro_rules! backend {
    ($name:expr, $suites:path $({ $($suite:ident),+ $(,)? })?) => {
        $crate::backend!($name, $suites $({ $($suite),+ })?, $suites)
    };
    ($name:expr, $suites:path, $keys:path) => {
        $crate::backend!(
            $name,
            $suites {
                X25519ChaCha20Poly1305Sha256,
                X25519ChaCha20Poly1305Sha384,
                X25519Aes256GcmSha256,
                X25519Aes256GcmSha384,
                P256ChaCha20Poly1305Sha256,
                P256ChaCha20Poly1305Sha384,
                P256Aes256GcmSha256,
                P256Aes256GcmSha384,
                X25519MlKem768ChaCha20Poly1305Sha256,
                X25519MlKem768ChaCha20Poly1305Sha384,
                X25519MlKem768Aes256GcmSha256,
                X25519MlKem768Aes256GcmSha384,
            },
            $keys
        )
    };
    ($name:expr, $suites:path { $($suite:ident),+ $(,)? }, $keys:path) => {{
        use $suites as suites;
        $crate::transcripts::Backend {
            name: $name,
            suites: &[$($crate::transcripts::SuiteUnderTest::of::<suites::$suite>()),+],
            key_store: $crate::key_store_of!($keys),
        }
    }};
}
