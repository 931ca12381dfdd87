//! The Credential Manager.

use crate::Place;
use crate::error::Meaning;
use keyring_core::api::CredentialStoreApi as _;
use keyring_core::error::PlatformError;
use keyring_core::{Entry, Result};
use std::collections::HashMap;
use windows_native_keyring_store::Store;

pub(crate) fn entry(place: Place, service: &str, name: &str) -> Result<Entry> {
    let Place::CredentialManager = place;
    // The store's own divider, a dot, is in most names of services.
    let store = Store::new_with_configuration(&HashMap::from([("divider", "@")]))?;
    // A host's key stays on the host.
    let modifiers = HashMap::from([("persistence", "Local")]);
    store.build(service, name, Some(&modifiers))
}

/// The store does not give the system's error codes out.
pub(crate) fn meaning(_: &PlatformError) -> Option<Meaning> {
    None
}
