//! The keychain.

use crate::Place;
use crate::error::Meaning;
use apple_native_keyring_store::keychain::Store;
use keyring_core::api::CredentialStoreApi as _;
use keyring_core::error::PlatformError;
use keyring_core::{Entry, Result};
use ossuary_traits::KeyStoreErrorKind as Kind;

pub(crate) fn entry(place: Place, service: &str, name: &str) -> Result<Entry> {
    let Place::Keychain = place;
    Store::new()?.build(service, name, None)
}

const NO_KEYCHAIN: Meaning = Meaning::NoKeystore(
    "there is no login keychain in this session: log in as the user, or make one in \
     Keychain Access",
);

/// By the result codes of Security.framework (SecBase.h).
pub(crate) fn meaning(error: &PlatformError) -> Option<Meaning> {
    let error: &security_framework::base::Error = error.downcast_ref()?;
    Some(Meaning::Class(match error.code() {
        // errSecUserCanceled
        -128 => Kind::Cancelled,
        // errSecInteractionNotAllowed
        -25308 => Kind::Locked,
        // errSecNotAvailable, errSecNoSuchKeychain
        -25291 | -25294 => return Some(NO_KEYCHAIN),
        // errSecAuthFailed
        -25293 => Kind::Denied,
        // errSecInvalidKeychain
        -25295 => Kind::Broken,
        _ => return None,
    }))
}
