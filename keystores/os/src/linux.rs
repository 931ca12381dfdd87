//! The Secret Service and the kernel's keyrings.

use crate::Place;
use crate::error::Meaning;
use keyring_core::api::CredentialStoreApi as _;
use keyring_core::error::PlatformError;
use keyring_core::{Entry, Result};
use linux_keyutils::KeyError;
use ossuary_traits::KeyStoreErrorKind as Kind;
use secret_service::Error as ServiceError;
use std::collections::HashMap;
use std::io;
use zbus::DBusError as _;

pub(crate) fn entry(place: Place, service: &str, name: &str) -> Result<Entry> {
    match place {
        Place::SecretService => {
            let store = zbus_secret_service_keyring_store::Store::new()?;
            let label = format!("Host key {name} of {service}");
            let modifiers = HashMap::from([("label", label.as_str())]);
            store.build(service, name, Some(&modifiers))
        }
        Place::KernelKeyring => {
            let store = linux_keyutils_keyring_store::Store::new()?;
            // To a thread without a session keyring the kernel gives one only while
            // this links the user's persistent keyring to it. The entry that is made
            // then still has the user's default session keyring, from which keys
            // cannot be read; the next has the right one.
            store.build(service, name, None)?;
            store.build(service, name, None)
        }
    }
}

const NO_SERVICE: Meaning = Meaning::NoKeystore(
    "there is no Secret Service in this session: log in to a desktop, or use \
     Place::KernelKeyring",
);
const NO_COLLECTION: Meaning = Meaning::NoKeystore(
    "the Secret Service has no default collection: create one in the desktop's password \
     manager and make it the default",
);
const NO_KEYRINGS: Meaning = Meaning::NoKeystore(
    "this kernel has no keyrings: use Place::SecretService, or a kernel that has them",
);

pub(crate) fn meaning(error: &PlatformError) -> Option<Meaning> {
    if let Some(error) = error.downcast_ref() {
        return Some(of_kernel(error));
    }
    error.downcast_ref().map(of_service)
}

fn of_kernel(error: &KeyError) -> Meaning {
    Meaning::Class(match error {
        KeyError::AccessDenied | KeyError::PermissionDenied => Kind::Denied,
        // The session keyring's: the session is over.
        KeyError::KeyRevoked | KeyError::KeyExpired => Kind::Locked,
        KeyError::QuotaExceeded | KeyError::OutOfMemory => Kind::TryAgain,
        KeyError::OperationNotSupported | KeyError::Unknown(ENOSYS) => return NO_KEYRINGS,
        _ => Kind::Broken,
    })
}

/// A kernel without keyrings.
const ENOSYS: i32 = 38;

fn of_service(error: &ServiceError) -> Meaning {
    Meaning::Class(match error {
        ServiceError::Locked => Kind::Locked,
        ServiceError::Prompt => Kind::Cancelled,
        ServiceError::PromptDisconnected => Kind::TryAgain,
        // What was looked for is the collection: without an item there is no error.
        ServiceError::NoResult => return NO_COLLECTION,
        ServiceError::Unavailable => return NO_SERVICE,
        ServiceError::Zbus(error) => return of_bus(error),
        ServiceError::ZbusFdo(error) => return of_standard(error),
        _ => Kind::Broken,
    })
}

fn of_bus(error: &zbus::Error) -> Meaning {
    match error {
        zbus::Error::Address(_) => NO_SERVICE,
        zbus::Error::Connection(error, _) | zbus::Error::InputOutput(error) => of_socket(error),
        zbus::Error::MethodError(name, ..) => of_name(name.as_str()),
        zbus::Error::FDO(error) => of_standard(error),
        _ => Meaning::Class(Kind::Broken),
    }
}

fn of_standard(error: &zbus::fdo::Error) -> Meaning {
    match error {
        zbus::fdo::Error::ZBus(error) => of_bus(error),
        error => of_name(error.name().as_str()),
    }
}

fn of_socket(error: &io::Error) -> Meaning {
    Meaning::Class(match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => return NO_SERVICE,
        io::ErrorKind::PermissionDenied => Kind::Denied,
        // The bus went away; the next call looks for it anew.
        _ => Kind::TryAgain,
    })
}

/// Errors of D-Bus and of the Secret Service, by the names that their specifications
/// give them.
fn of_name(name: &str) -> Meaning {
    if let Some(name) = name.strip_prefix("org.freedesktop.Secret.Error.") {
        return Meaning::Class(match name {
            "IsLocked" => Kind::Locked,
            "NoSuchObject" => Kind::NotFound,
            "NoSession" => Kind::TryAgain,
            _ => Kind::Broken,
        });
    }
    Meaning::Class(match name.strip_prefix("org.freedesktop.DBus.Error.") {
        Some("AccessDenied" | "AuthFailed") => Kind::Denied,
        Some("Disconnected" | "LimitsExceeded" | "NoMemory" | "NoReply" | "TimedOut") => {
            Kind::TryAgain
        }
        // An item that another program has deleted in between.
        Some("UnknownObject") => Kind::NotFound,
        Some("NameHasNoOwner" | "ServiceUnknown") => return NO_SERVICE,
        // The service could not be started.
        Some(name) if name.starts_with("Spawn.") => return NO_SERVICE,
        _ => Kind::Broken,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::from_keystore;
    use Meaning::Class;
    use keyring_core::Error;
    use std::error::Error as _;
    use std::sync::Arc;
    use zbus::fdo;

    fn told(error: impl std::error::Error + Send + Sync + 'static) -> Option<Meaning> {
        meaning(&(Box::new(error) as PlatformError))
    }

    #[test]
    fn errors_of_the_kernel_are_told_apart() {
        for (error, expected) in [
            (KeyError::AccessDenied, Class(Kind::Denied)),
            (KeyError::PermissionDenied, Class(Kind::Denied)),
            (KeyError::KeyRevoked, Class(Kind::Locked)),
            (KeyError::KeyExpired, Class(Kind::Locked)),
            (KeyError::QuotaExceeded, Class(Kind::TryAgain)),
            (KeyError::OutOfMemory, Class(Kind::TryAgain)),
            (KeyError::OperationNotSupported, NO_KEYRINGS),
            (KeyError::Unknown(38), NO_KEYRINGS),
            (KeyError::Unknown(39), Class(Kind::Broken)),
            (KeyError::BadAddress, Class(Kind::Broken)),
        ] {
            assert_eq!(told(error), Some(expected), "{error}");
        }
    }

    #[test]
    fn errors_of_the_service_are_told_apart() {
        for (error, expected) in [
            (ServiceError::Locked, Class(Kind::Locked)),
            (ServiceError::Prompt, Class(Kind::Cancelled)),
            (ServiceError::PromptDisconnected, Class(Kind::TryAgain)),
            (ServiceError::NoResult, NO_COLLECTION),
            (ServiceError::Unavailable, NO_SERVICE),
            (ServiceError::Crypto("no"), Class(Kind::Broken)),
        ] {
            let text = error.to_string();
            assert_eq!(told(error), Some(expected), "{text}");
        }
    }

    #[test]
    fn errors_of_the_bus_are_told_apart() {
        let socket = |kind: io::ErrorKind| zbus::Error::InputOutput(Arc::new(kind.into()));
        let standard = |error: fdo::Error| zbus::Error::FDO(Box::new(error));
        let none = String::new;
        for (error, expected) in [
            (zbus::Error::Address(none()), NO_SERVICE),
            (socket(io::ErrorKind::NotFound), NO_SERVICE),
            (socket(io::ErrorKind::ConnectionRefused), NO_SERVICE),
            (socket(io::ErrorKind::PermissionDenied), Class(Kind::Denied)),
            (socket(io::ErrorKind::BrokenPipe), Class(Kind::TryAgain)),
            (
                standard(fdo::Error::AccessDenied(none())),
                Class(Kind::Denied),
            ),
            (standard(fdo::Error::NoReply(none())), Class(Kind::TryAgain)),
            (standard(fdo::Error::ServiceUnknown(none())), NO_SERVICE),
            (
                standard(fdo::Error::UnknownMethod(none())),
                Class(Kind::Broken),
            ),
            (zbus::Error::InvalidReply, Class(Kind::Broken)),
        ] {
            let text = error.to_string();
            let nested = fdo::Error::ZBus(error.clone());
            assert_eq!(told(ServiceError::Zbus(error)), Some(expected), "{text}");
            assert_eq!(
                told(ServiceError::ZbusFdo(nested)),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn names_of_errors_are_told_apart() {
        for (name, expected) in [
            ("org.freedesktop.Secret.Error.IsLocked", Class(Kind::Locked)),
            (
                "org.freedesktop.Secret.Error.NoSuchObject",
                Class(Kind::NotFound),
            ),
            (
                "org.freedesktop.Secret.Error.NoSession",
                Class(Kind::TryAgain),
            ),
            (
                "org.freedesktop.DBus.Error.UnknownObject",
                Class(Kind::NotFound),
            ),
            ("org.freedesktop.Secret.Error.Another", Class(Kind::Broken)),
            ("org.freedesktop.DBus.Error.Spawn.ExecFailed", NO_SERVICE),
            ("org.freedesktop.DBus.Error.Spawnless", Class(Kind::Broken)),
            ("IsLocked", Class(Kind::Broken)),
        ] {
            assert_eq!(of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn a_missing_keystore_is_not_a_missing_key_and_says_what_to_do() {
        for (error, advice) in [
            (
                ServiceError::Unavailable,
                "no Secret Service in this session: log in",
            ),
            (ServiceError::NoResult, "no default collection: create one"),
        ] {
            let error = from_keystore(Error::NoStorageAccess(Box::new(error)));
            assert_eq!(error.kind(), Kind::Broken);
            let reason = error.source().unwrap();
            assert!(reason.to_string().contains(advice), "{reason}");
            let source = reason.source().unwrap().downcast_ref::<Error>();
            assert!(matches!(source, Some(Error::NoStorageAccess(_))));
        }
    }

    #[test]
    fn an_error_of_something_else_is_not_guessed_at() {
        assert_eq!(told(io::Error::other("no")), None);
    }
}
