//! Where a key is.

use crate::error::from_keystore;
use crate::platform;
use core::fmt;
use keyring_core::Entry;
use ossuary_traits::KeyStoreError;

/// A keystore of the operating system.
///
/// The default is the one that the system's desktop has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// The Secret Service, which gnome-keyring and KWallet offer on the D-Bus of a
    /// user's session (Linux; the default there). Items are in the service's default
    /// collection, on disk, until they are deleted.
    #[cfg(target_os = "linux")]
    #[default]
    SecretService,
    /// The kernel's keyrings (Linux): the session keyring, and the user's persistent
    /// keyring where the kernel has it. They are memory: keys are lost when the system
    /// starts again, and the persistent keyring with its keys when it was not used for
    /// some days, three by default: see keyrings(7) and persistent-keyring(7).
    #[cfg(target_os = "linux")]
    KernelKeyring,
    /// The login keychain (macOS; the default there).
    #[cfg(target_os = "macos")]
    #[default]
    Keychain,
    /// The Credential Manager (Windows; the default there). Items stay on this
    /// machine: they do not roam with the user's profile.
    #[cfg(target_os = "windows")]
    #[default]
    CredentialManager,
}

/// Which item of which keystore a host key is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Item {
    place: Place,
    service: String,
    name: String,
}

impl Item {
    /// The item `name` of `service` in `place`. Whether there is such an item is not
    /// asked.
    ///
    /// `service` tells programs apart: a domain name of yours is a good one. `name`
    /// tells the keys of one program apart. Both are shown to the user.
    ///
    /// # Errors
    ///
    /// One of the names is empty or has a zero byte in it, or `service` has an `@` in
    /// it, with which some keystores join the two names.
    pub fn new(place: Place, service: &str, name: &str) -> Result<Self, InvalidName> {
        if service.is_empty() || name.is_empty() {
            return Err(InvalidName("it is empty"));
        }
        if service.contains('\0') || name.contains('\0') {
            return Err(InvalidName("it has a zero byte in it"));
        }
        if service.contains('@') {
            return Err(InvalidName("the name of a service has an `@` in it"));
        }
        Ok(Item {
            place,
            service: service.into(),
            name: name.into(),
        })
    }

    /// Deletes the item, whatever is in it.
    ///
    /// # Errors
    ///
    /// There is no such item, or the keystore did not delete it.
    pub fn delete(&self) -> Result<(), KeyStoreError> {
        self.entry()?.delete_credential().map_err(from_keystore)
    }

    /// A new way to the item, which nothing else holds: a connection that the
    /// keystore closed in between is not met again.
    pub(crate) fn entry(&self) -> Result<Entry, KeyStoreError> {
        platform::entry(self.place, &self.service, &self.name).map_err(from_keystore)
    }
}

/// A service or an item cannot have this name.
#[derive(Debug)]
pub struct InvalidName(&'static str);

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InvalidName(why) = self;
        write!(f, "no item of a keystore can have this name: {why}")
    }
}

impl core::error::Error for InvalidName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_some_keystore_cannot_tell_apart_are_refused() {
        let new = |service, name| Item::new(Place::default(), service, name).is_ok();
        assert!(new("example.org", "host key"));
        // The last `@` is that between the names.
        assert!(new("example.org", "a@b"));
        assert!(!new("b@example.org", "a"));
        assert!(!new("", "a") && !new("example.org", ""));
        assert!(!new("example.org\0", "a") && !new("example.org", "\0"));
    }
}
