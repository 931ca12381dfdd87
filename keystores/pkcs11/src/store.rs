//! The key store.

use crate::error::Failure;
use crate::key::{self, Key};
use crate::sessions::Epoch;
use crate::token::Shared;
use cryptoki::session::Session;
use ossuary_traits::KeyStoreErrorKind::NotFound;
use ossuary_traits::{Identity, KeyStore, KeyStoreError, SignRequest, Signing};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keys on a token, which sign there.
///
/// Its identities are those that were found when it was made, or last found again: Ed25519
/// before ECDSA P-256, and otherwise in the order of their public keys. A clone is the same
/// store.
#[derive(Clone)]
pub struct Pkcs11KeyStore {
    shared: Arc<Shared>,
    found: Arc<Mutex<Found>>,
}

struct Found {
    epoch: Epoch,
    keys: Arc<[Key]>,
}

impl Pkcs11KeyStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Result<Self, Failure> {
        let found = shared
            .pool
            .run(|session, epoch| find(&shared, session, epoch))?;
        let found = Arc::new(Mutex::new(found));
        Ok(Pkcs11KeyStore { shared, found })
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        // It is replaced as a whole, or not at all.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys, with handles that are good in `epoch`.
    fn keys(&self, session: &Session, epoch: Epoch) -> Result<Arc<[Key]>, Failure> {
        let mut found = self.lock();
        if found.epoch != epoch {
            *found = find(&self.shared, session, epoch)?;
        }
        Ok(Arc::clone(&found.keys))
    }
}

fn find(shared: &Shared, session: &Session, epoch: Epoch) -> Result<Found, Failure> {
    let keys = key::find(session, &shared.pool.place.uri, shared.allow_extractable)?;
    let keys = keys.into();
    Ok(Found { epoch, keys })
}

impl KeyStore for Pkcs11KeyStore {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        let keys = Arc::clone(&self.lock().keys);
        Ok(keys.iter().map(|key| key.identity.clone()).collect())
    }

    fn sign(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> Result<Signing, KeyStoreError> {
        let signature = self.shared.pool.run(|session, epoch| {
            let keys = self.keys(session, epoch)?;
            let key = keys.iter().find(|key| key.identity == *identity);
            let key = key.ok_or_else(|| {
                Failure::new(
                    NotFound,
                    "the token has no such key among those that the URI names",
                )
            })?;
            key.sign(session, request.message())
        })?;
        Ok(Signing::Done(signature))
    }
}

impl fmt::Debug for Pkcs11KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = Arc::clone(&self.lock().keys);
        f.debug_list()
            .entries(keys.iter().map(|key| &key.identity))
            .finish()
    }
}
