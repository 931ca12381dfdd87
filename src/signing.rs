//! This side's signature: asked for, left to the application, brought.

use crate::error::{Misuse, OssuaryError};
use crate::handshake::verify_own;
use crate::transcript::Signed;
use core::fmt;
use core::mem;
use ossuary_traits::{
    CryptoError, CryptoSuite, Identity, KeyStore, KeyStoreError, KeyStoreErrorKind, SignRequest,
    Signature,
};

/// Where this side's signature is.
pub(crate) enum Signing {
    /// The key store has not been asked.
    Due,
    /// The key store has left it to the application.
    Pending,
    /// Here, and verified where it came from outside.
    Done(Signature),
}

impl Signing {
    /// Sees to it that the signature of `identity` over `signed` is there;
    /// `false` where the application is to bring it.
    pub(crate) fn ask<S: CryptoSuite>(
        &mut self,
        key_store: &impl KeyStore,
        identity: &Identity,
        signed: &Signed,
    ) -> Result<bool, OssuaryError> {
        match self {
            Signing::Done(_) => return Ok(true),
            Signing::Pending => return Ok(false),
            Signing::Due => {}
        }
        let request = SignRequest::new(signed.role(), signed.message());
        let signature = match key_store.sign(identity, &request)? {
            ossuary_traits::Signing::Done(signature) => signature,
            ossuary_traits::Signing::Pending => {
                *self = Signing::Pending;
                return Ok(false);
            }
        };
        let wrong_scheme = signature.scheme() != identity.scheme();
        if wrong_scheme || !key_store.signs_in_process() {
            verify_own::<S>(identity, signed, &signature).map_err(wrong_signature)?;
        }
        *self = Signing::Done(signature);
        Ok(true)
    }

    /// What the application is to have signed.
    pub(crate) fn pending(
        &self,
        identity: Option<&Identity>,
        signed: impl FnOnce() -> Option<Signed>,
    ) -> Option<PendingSignature> {
        let (Signing::Pending, Some(identity)) = (self, identity) else {
            return None;
        };
        Some(PendingSignature {
            identity: identity.clone(),
            signed: signed()?,
        })
    }

    /// Takes the signature that `pending` was made for, once it has verified.
    pub(crate) fn provide<S: CryptoSuite>(
        &mut self,
        pending: Option<PendingSignature>,
        signature: Signature,
    ) -> Result<(), OssuaryError> {
        let PendingSignature { identity, signed } = pending.ok_or(Misuse::NoSignaturePending)?;
        verify_own::<S>(&identity, &signed, &signature).map_err(wrong_signature)?;
        *self = Signing::Done(signature);
        Ok(())
    }

    /// Takes the signature out, where it is there.
    pub(crate) fn take(&mut self) -> Option<Signature> {
        match mem::replace(self, Signing::Due) {
            Signing::Done(signature) => Some(signature),
            _ => None,
        }
    }
}

/// A key store that signs with another key than it announced is at fault, not
/// the peer.
fn wrong_signature(error: CryptoError) -> OssuaryError {
    KeyStoreError::with_source(KeyStoreErrorKind::Broken, error).into()
}

/// What this side's host key is to sign. It is a value of its own, which can go to
/// another thread while the connection waits.
pub struct PendingSignature {
    identity: Identity,
    signed: Signed,
}

impl PendingSignature {
    /// The host key that is to sign.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The request, as a key store gets it.
    #[must_use]
    pub fn request(&self) -> SignRequest<'_> {
        SignRequest::new(self.signed.role(), self.signed.message())
    }

    /// Has `store` sign it, for however long that takes.
    ///
    /// # Errors
    ///
    /// Those of `store`; [`Broken`](KeyStoreErrorKind::Broken) where it leaves the
    /// signature to the application once more.
    pub fn sign(&self, store: &(impl KeyStore + ?Sized)) -> Result<Signature, KeyStoreError> {
        match store.sign(&self.identity, &self.request())? {
            ossuary_traits::Signing::Done(signature) => Ok(signature),
            ossuary_traits::Signing::Pending => {
                let why = "the key store leaves the signature to the application again";
                Err(KeyStoreError::with_source(KeyStoreErrorKind::Broken, why))
            }
        }
    }
}

impl fmt::Debug for PendingSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSignature")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
