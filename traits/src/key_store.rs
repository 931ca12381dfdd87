//! Where a host's private keys live.

use crate::{BoxError, CryptoError, Identity, Role, Signature};
use alloc::{boxed::Box, rc::Rc, sync::Arc, vec::Vec};
use core::fmt;

/// A place where a host's private keys live: memory, a file, an agent, the
/// operating system's keystore, a hardware token.
///
/// It answers which identities it has and signs for one of them. It never gives
/// a private key out. It is object safe, and takes `&self`, so that one store
/// can serve many connections; a store that must change itself to sign guards
/// that by its own means.
pub trait KeyStore {
    /// The identities that this store can sign for, the preferred one first.
    ///
    /// A connection asks once, when it is made. An empty list makes a client
    /// anonymous; a server cannot do without a key.
    ///
    /// # Errors
    ///
    /// The store could not be asked; no connection is made.
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError>;

    /// Signs [`SignRequest::message`] for `identity`, one of
    /// [`identities`](Self::identities).
    ///
    /// A store that cannot answer at once, because the key is far away or a
    /// person has to agree, returns [`Signing::Pending`]. The connection then
    /// waits, with no clock of its own running, until the application hands it the
    /// signature (`provide_signature`). The peer's clock runs on.
    ///
    /// # Errors
    ///
    /// The store could not sign. The connection is unchanged and asks again at
    /// the next call, so an error may pass: a locked token can be unlocked.
    fn sign(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> Result<Signing, KeyStoreError>;

    /// Whether this store computes its signatures in this process, with private
    /// keys from which it derived the public keys that it lists.
    ///
    /// The signatures of any other store (the default) are verified before they
    /// are sent, so that a token that signs with another key than it announced
    /// is found at home.
    fn signs_in_process(&self) -> bool {
        false
    }
}

/// A key store that leaves every signature to the application
/// ([`Signing::Pending`]), whatever the store in it does.
///
/// It is for stores that take their time, an agent or a token say, in programs that
/// must not wait. The connection goes on waiting for the signature; the program has
/// the [store in it](Self::get_ref) sign, on another thread or through an event loop,
/// and brings the signature when it is there. The identities are those that the store
/// had when it was made: it is not asked again.
#[derive(Clone, Debug)]
pub struct Deferred<K> {
    store: K,
    identities: Vec<Identity>,
}

impl<K: KeyStore> Deferred<K> {
    /// Asks `store` which identities it has.
    ///
    /// # Errors
    ///
    /// It could not be asked.
    pub fn new(store: K) -> Result<Self, KeyStoreError> {
        let identities = store.identities()?;
        Ok(Deferred { store, identities })
    }

    /// The store, which signs.
    pub fn get_ref(&self) -> &K {
        &self.store
    }
}

impl<K: KeyStore> KeyStore for Deferred<K> {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        Ok(self.identities.clone())
    }

    fn sign(&self, identity: &Identity, _: &SignRequest<'_>) -> Result<Signing, KeyStoreError> {
        if self.identities.contains(identity) {
            Ok(Signing::Pending)
        } else {
            Err(KeyStoreError::new(KeyStoreErrorKind::NotFound))
        }
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<K: KeyStore + ?Sized> KeyStore for $pointer {
            fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
                (**self).identities()
            }
            fn sign(
                &self,
                identity: &Identity,
                request: &SignRequest<'_>,
            ) -> Result<Signing, KeyStoreError> {
                (**self).sign(identity, request)
            }
            fn signs_in_process(&self) -> bool {
                (**self).signs_in_process()
            }
        }
    )*};
}
forward!(&K, Box<K>, Rc<K>, Arc<K>);

/// What a key store is asked to sign.
#[derive(Clone, Copy, Debug)]
pub struct SignRequest<'a> {
    role: Role,
    message: &'a [u8],
}

impl<'a> SignRequest<'a> {
    /// A request to sign `message` on behalf of a host in `role`.
    #[must_use]
    pub fn new(role: Role, message: &'a [u8]) -> Self {
        SignRequest { role, message }
    }

    /// The role in which the host signs.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The whole message, at most 76 bytes, not hashed beforehand. In protocol 2: a
    /// label that names the protocol and the role, a zero byte, and a hash of the
    /// handshake, 59 or 75 bytes. In protocol 1: this side's session public key and
    /// nonce, and the other side's challenge, 76 bytes. ECDSA hashes it with SHA-256.
    #[must_use]
    pub fn message(&self) -> &'a [u8] {
        self.message
    }
}

/// A key store's answer.
#[derive(Debug)]
pub enum Signing {
    /// The signature.
    Done(Signature),
    /// It will come later, through the application.
    Pending,
}

/// Why a key store did not answer: a class that a program can act on, and the
/// store's own error as the source, which says what is wrong and what helps. Show it
/// to people with its sources.
#[derive(Debug)]
pub struct KeyStoreError {
    kind: KeyStoreErrorKind,
    source: Option<BoxError>,
}

/// The classes of key store errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyStoreErrorKind {
    /// The store, or the key in it, is not there.
    NotFound,
    /// It is locked: a PIN, a passphrase or a login is needed.
    Locked,
    /// It refuses this program, or this use of the key.
    Denied,
    /// A person said no, or did not answer.
    Cancelled,
    /// It cannot answer now; the same call may succeed later.
    TryAgain,
    /// It does not work, or answered something impossible.
    Broken,
}

impl KeyStoreError {
    /// An error without a source.
    #[must_use]
    pub fn new(kind: KeyStoreErrorKind) -> Self {
        KeyStoreError { kind, source: None }
    }

    /// An error with the store's own error as its source.
    pub fn with_source(kind: KeyStoreErrorKind, source: impl Into<BoxError>) -> Self {
        KeyStoreError {
            kind,
            source: Some(source.into()),
        }
    }

    /// The class.
    #[must_use]
    pub fn kind(&self) -> KeyStoreErrorKind {
        self.kind
    }
}

impl fmt::Display for KeyStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            KeyStoreErrorKind::NotFound => "the key store, or the key in it, is not there",
            KeyStoreErrorKind::Locked => "the key store is locked",
            KeyStoreErrorKind::Denied => "the key store refuses",
            KeyStoreErrorKind::Cancelled => "it was cancelled",
            KeyStoreErrorKind::TryAgain => "the key store cannot answer now",
            KeyStoreErrorKind::Broken => "the key store failed",
        })
    }
}

impl core::error::Error for KeyStoreError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// A private key in memory, which some library signs with.
///
/// A backend has one for each scheme that its library can sign with. It wipes
/// itself when it is dropped.
pub trait SigningKey {
    /// The scheme and the public key.
    fn identity(&self) -> Identity;

    /// Signs `message`.
    ///
    /// # Errors
    ///
    /// The library failed.
    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError>;
}

macro_rules! forward_key {
    ($($pointer:ty),*) => {$(
        impl<K: SigningKey + ?Sized> SigningKey for $pointer {
            fn identity(&self) -> Identity {
                (**self).identity()
            }
            fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
                (**self).sign(message)
            }
        }
    )*};
}
forward_key!(&K, Box<K>, Rc<K>, Arc<K>);

/// A key store of private keys in this process's memory.
///
/// An empty one, the default, is that of an anonymous client.
#[derive(Default)]
pub struct MemoryKeyStore {
    keys: Vec<Box<dyn SigningKey + Send + Sync>>,
}

impl MemoryKeyStore {
    /// A store without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key behind those that are there; the first is the preferred one.
    #[must_use]
    pub fn with(mut self, key: impl SigningKey + Send + Sync + 'static) -> Self {
        self.keys.push(Box::new(key));
        self
    }
}

impl KeyStore for MemoryKeyStore {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        Ok(self.keys.iter().map(|key| key.identity()).collect())
    }

    fn sign(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> Result<Signing, KeyStoreError> {
        let key = self
            .keys
            .iter()
            .find(|key| key.identity() == *identity)
            .ok_or_else(|| KeyStoreError::new(KeyStoreErrorKind::NotFound))?;
        let signature = key
            .sign(request.message())
            .map_err(|error| KeyStoreError::with_source(KeyStoreErrorKind::Broken, error))?;
        Ok(Signing::Done(signature))
    }

    fn signs_in_process(&self) -> bool {
        true
    }
}

impl fmt::Debug for MemoryKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|key| key.identity()))
            .finish()
    }
}
