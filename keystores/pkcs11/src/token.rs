//! Tokens.

use crate::error::Failure;
use crate::key;
use crate::module;
use crate::pin::{Pin, PinPrompt, PinSource};
use crate::pool::Pool;
use crate::slot::Place;
use crate::store::Pkcs11KeyStore;
use crate::uri::Uri;
use ossuary_traits::KeyStoreErrorKind::{Denied, NotFound};
use ossuary_traits::{Identity, KeyStoreError, SignatureScheme};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A token that a user is logged in to. A clone is the same one, with the same sessions.
#[derive(Clone)]
pub struct Token {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) pool: Pool,
    pub(crate) allow_extractable: bool,
}

impl Token {
    /// Begins to open the token that `uri` names.
    pub fn builder(uri: Uri) -> TokenBuilder {
        let pins = match &uri.pin_source {
            Some(path) => PinSource::File(path.clone()),
            None => PinSource::None,
        };
        TokenBuilder {
            uri,
            pins,
            max_sessions: None,
            allow_extractable: false,
        }
    }

    /// The keys on the token that the URI names, as a key store.
    ///
    /// # Errors
    ///
    /// There is none that can be used ([`NotFound`], or [`Denied`] where it may not be), or
    /// the token could not be asked.
    ///
    /// [`NotFound`]: ossuary_traits::KeyStoreErrorKind::NotFound
    /// [`Denied`]: ossuary_traits::KeyStoreErrorKind::Denied
    pub fn key_store(&self) -> Result<Pkcs11KeyStore, KeyStoreError> {
        Ok(Pkcs11KeyStore::new(Arc::clone(&self.shared))?)
    }

    /// Makes a key pair in the token, of Ed25519 or ECDSA P-256: the private key is
    /// sensitive, private, and cannot be taken out of the token.
    ///
    /// Both objects have `label`, and `id`, by which they find each other. This does not
    /// look at `object` and `id` of the token's URI. Key stores that are there already do
    /// not have the new key.
    ///
    /// # Errors
    ///
    /// [`Denied`]: `id` is empty, or a private key has it already.
    /// [`Broken`]: the token does not have the scheme.
    /// [`TryAgain`]: it has no session left that may write.
    /// Otherwise as when [opening](TokenBuilder::open) the token.
    ///
    /// [`Denied`]: ossuary_traits::KeyStoreErrorKind::Denied
    /// [`Broken`]: ossuary_traits::KeyStoreErrorKind::Broken
    /// [`TryAgain`]: ossuary_traits::KeyStoreErrorKind::TryAgain
    pub fn generate(
        &self,
        scheme: SignatureScheme,
        label: &str,
        id: &[u8],
    ) -> Result<Identity, KeyStoreError> {
        let pool = &self.shared.pool;
        let identity = pool.run(|session, _| {
            if id.is_empty() || key::exists(session, id)? {
                let message = "a new key needs an identifier that no private key has";
                return Err(Failure::new(Denied, message));
            }
            let answer = |source| Failure::answer("opening a session that may write", source);
            let info = session.get_session_info().map_err(answer)?;
            let writing = pool.place.module.open_rw_session(info.slot_id());
            key::generate(&writing.map_err(answer)?, scheme, label, id)
        })?;
        Ok(identity)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Token")
            .field(&self.shared.pool.place.uri)
            .finish()
    }
}

/// How a token is opened.
#[must_use = "a token is opened by `open`"]
pub struct TokenBuilder {
    uri: Uri,
    pins: PinSource,
    max_sessions: Option<NonZeroUsize>,
    allow_extractable: bool,
}

impl TokenBuilder {
    /// Who is asked for the user's PIN, unless the URI has a `pin-source`; `None` is that
    /// nobody gives it.
    ///
    /// They are asked when the token is opened, and again by each call that finds the user
    /// logged out: PINs are not kept, and no call asks again after a login that failed. They are not
    /// asked by a token with a keypad of its own, nor by one that this process is logged in
    /// to already. Other threads wait for the answer too, so whoever is asked must not use
    /// the token.
    pub fn ask_pin(
        mut self,
        ask: impl Fn(&PinPrompt) -> Option<Pin> + Send + Sync + 'static,
    ) -> Self {
        if self.uri.pin_source.is_none() {
            self.pins = PinSource::Ask(Box::new(ask));
        }
        self
    }

    /// How many sessions there are at once, and so how many threads sign at once; the others
    /// wait. It is 8 where this is not called, and never more than the token says that it
    /// has.
    pub fn max_sessions(mut self, max: NonZeroUsize) -> Self {
        self.max_sessions = Some(max);
        self
    }

    /// Takes private keys too that can be taken out of the token.
    pub fn allow_extractable(mut self) -> Self {
        self.allow_extractable = true;
        self
    }

    /// Loads the module, finds the token, and logs in.
    ///
    /// # Errors
    ///
    /// The classes are in the table of this [crate](crate).
    pub fn open(self) -> Result<Token, KeyStoreError> {
        Ok(self.token()?)
    }

    fn token(self) -> Result<Token, Failure> {
        let path = self.uri.module_path.as_deref();
        let module = module::load(path.ok_or_else(|| {
            let message = "the URI does not say where the module is: add `?module-path=`";
            Failure::new(NotFound, message)
        })?)?;
        let place = Place {
            module,
            uri: self.uri,
            pins: self.pins,
        };
        let pool = Pool::new(place, self.max_sessions);
        pool.run(|_, _| Ok(()))?;
        let shared = Arc::new(Shared {
            pool,
            allow_extractable: self.allow_extractable,
        });
        Ok(Token { shared })
    }
}

impl fmt::Debug for TokenBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenBuilder").field(&self.uri).finish()
    }
}
