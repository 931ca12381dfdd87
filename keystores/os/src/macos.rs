//! The keychain.

use crate::Place;
use apple_native_keyring_store::keychain::Store;
use keyring_core::api::CredentialStoreApi as _;
use keyring_core::error::PlatformError;
use keyring_core::{Entry, Result};
use ossuary_traits::KeyStoreErrorKind as Kind;

pub(crate) fn entry(place: Place, service: &str, name: &str) -> Result<Entry> {
    let Place::Keychain = place;
    Store::new()?.build(service, name, None)
}

/// By the result codes of Security.framework (SecBase.h).
pub(crate) fn kind(error: &PlatformError) -> Option<Kind> {
    let error: &security_framework::base::Error = error.downcast_ref()?;
    match error.code() {
        // errSecUserCanceled
        -128 => Some(Kind::Cancelled),
        // errSecInteractionNotAllowed
        -25308 => Some(Kind::Locked),
        // errSecNotAvailable, errSecNoSuchKeychain
        -25291 | -25294 => Some(Kind::NotFound),
        // errSecAuthFailed
        -25293 => Some(Kind::Denied),
        // errSecInvalidKeychain
        -25295 => Some(Kind::Broken),
        _ => None,
    }
}
