//! The suites, by names for the command line.

use super::{Result, Settings};
use ossuary::backend::rustcrypto::{
    P256Aes256GcmSha256, P256Aes256GcmSha384, P256ChaCha20Poly1305Sha256,
    P256ChaCha20Poly1305Sha384, X25519Aes256GcmSha256, X25519Aes256GcmSha384,
    X25519ChaCha20Poly1305Sha256, X25519ChaCha20Poly1305Sha384, X25519MlKem768Aes256GcmSha256,
    X25519MlKem768Aes256GcmSha384, X25519MlKem768ChaCha20Poly1305Sha256,
    X25519MlKem768ChaCha20Poly1305Sha384,
};
use ossuary::ossuary_traits::{Aead, Hash, KeyExchange};
use ossuary::trust::Peer;
use ossuary::{Builder, Channel, CryptoSuite, DefaultSuite, Role, SuiteId};
use std::sync::Arc;

/// A suite that was chosen at run time: what a type parameter is otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Suite {
    pub(crate) id: SuiteId,
    /// Of the key exchange, the AEAD and the hash.
    libraries: [&'static str; 3],
    new: fn(&Settings, Role) -> Result<Box<dyn Channel>>,
}

const ALL: [Suite; 12] = [
    Suite::of::<X25519ChaCha20Poly1305Sha256>(),
    Suite::of::<X25519ChaCha20Poly1305Sha384>(),
    Suite::of::<X25519Aes256GcmSha256>(),
    Suite::of::<X25519Aes256GcmSha384>(),
    Suite::of::<P256ChaCha20Poly1305Sha256>(),
    Suite::of::<P256ChaCha20Poly1305Sha384>(),
    Suite::of::<P256Aes256GcmSha256>(),
    Suite::of::<P256Aes256GcmSha384>(),
    Suite::of::<X25519MlKem768ChaCha20Poly1305Sha256>(),
    Suite::of::<X25519MlKem768ChaCha20Poly1305Sha384>(),
    Suite::of::<X25519MlKem768Aes256GcmSha256>(),
    Suite::of::<X25519MlKem768Aes256GcmSha384>(),
];

impl Suite {
    pub(crate) const DEFAULT: Suite = Suite::of::<DefaultSuite>();

    const fn of<S: CryptoSuite>() -> Self {
        Suite {
            id: S::ID,
            libraries: [S::KeyExchange::LIBRARY, S::Aead::LIBRARY, S::Hash::LIBRARY],
            new: new::<S>,
        }
    }

    /// The suite of a name such as `x25519-chacha20poly1305-sha256`.
    pub(crate) fn by_name(name: &str) -> Result<Self> {
        ALL.into_iter()
            .find(|suite| suite.name() == name)
            .ok_or_else(|| {
                format!(
                    "there is no suite {name:?}; there are {}",
                    names().join(", ")
                )
                .into()
            })
    }

    fn name(&self) -> String {
        let SuiteId {
            key_exchange,
            aead,
            hash,
        } = self.id;
        [key_exchange.name(), aead.name(), hash.name()]
            .map(|part| part.replace('-', "").to_lowercase())
            .join("-")
    }

    /// The libraries behind it, for people.
    pub(crate) fn libraries(&self) -> String {
        self.libraries.join("; ")
    }

    /// A connection over this suite.
    pub(crate) fn channel(&self, settings: &Settings, role: Role) -> Result<Box<dyn Channel>> {
        (self.new)(settings, role)
    }
}

/// The names of all suites.
pub(crate) fn names() -> Vec<String> {
    ALL.iter().map(Suite::name).collect()
}

fn new<S: CryptoSuite>(settings: &Settings, role: Role) -> Result<Box<dyn Channel>> {
    let trust = Arc::clone(&settings.trust);
    let mut builder = match role {
        Role::Client => Builder::<S>::client(),
        Role::Server => Builder::<S>::server(),
    }
    .key_store(Arc::clone(&settings.keys))
    .trust(move |peer: &Peer<'_>| trust.verdict(peer))
    .prologue(&settings.prologue);
    if let Some(key) = &settings.pre_shared_key {
        builder = builder.pre_shared_key(key);
    }
    Ok(Box::new(builder.build()?))
}
