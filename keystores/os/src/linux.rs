//! The Secret Service and the kernel's keyrings.

use crate::Place;
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

pub(crate) fn kind(error: &PlatformError) -> Option<Kind> {
    if let Some(error) = error.downcast_ref() {
        return Some(of_kernel(error));
    }
    error.downcast_ref().map(of_service)
}

fn of_kernel(error: &KeyError) -> Kind {
    match error {
        KeyError::AccessDenied | KeyError::PermissionDenied => Kind::Denied,
        // The session keyring's: the session is over.
        KeyError::KeyRevoked | KeyError::KeyExpired => Kind::Locked,
        KeyError::QuotaExceeded | KeyError::OutOfMemory => Kind::TryAgain,
        KeyError::OperationNotSupported | KeyError::Unknown(ENOSYS) => Kind::NotFound,
        _ => Kind::Broken,
    }
}

/// A kernel without keyrings.
const ENOSYS: i32 = 38;

fn of_service(error: &ServiceError) -> Kind {
    match error {
        ServiceError::Locked => Kind::Locked,
        ServiceError::Prompt => Kind::Cancelled,
        ServiceError::PromptDisconnected => Kind::TryAgain,
        ServiceError::NoResult | ServiceError::Unavailable => Kind::NotFound,
        ServiceError::Zbus(error) => of_bus(error),
        ServiceError::ZbusFdo(error) => of_standard(error),
        _ => Kind::Broken,
    }
}

fn of_bus(error: &zbus::Error) -> Kind {
    match error {
        zbus::Error::Address(_) => Kind::NotFound,
        zbus::Error::Connection(error, _) | zbus::Error::InputOutput(error) => of_socket(error),
        zbus::Error::MethodError(name, ..) => of_name(name.as_str()),
        zbus::Error::FDO(error) => of_standard(error),
        _ => Kind::Broken,
    }
}

fn of_standard(error: &zbus::fdo::Error) -> Kind {
    match error {
        zbus::fdo::Error::ZBus(error) => of_bus(error),
        error => of_name(error.name().as_str()),
    }
}

fn of_socket(error: &io::Error) -> Kind {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Kind::NotFound,
        io::ErrorKind::PermissionDenied => Kind::Denied,
        // The bus went away; the next call looks for it anew.
        _ => Kind::TryAgain,
    }
}

/// Errors of D-Bus and of the Secret Service, by the names that their specifications
/// give them.
fn of_name(name: &str) -> Kind {
    if let Some(name) = name.strip_prefix("org.freedesktop.Secret.Error.") {
        return match name {
            "IsLocked" => Kind::Locked,
            "NoSuchObject" => Kind::NotFound,
            "NoSession" => Kind::TryAgain,
            _ => Kind::Broken,
        };
    }
    match name.strip_prefix("org.freedesktop.DBus.Error.") {
        Some("AccessDenied" | "AuthFailed") => Kind::Denied,
        Some("Disconnected" | "LimitsExceeded" | "NoMemory" | "NoReply" | "TimedOut") => {
            Kind::TryAgain
        }
        Some("NameHasNoOwner" | "ServiceUnknown" | "UnknownObject") => Kind::NotFound,
        // The service could not be started.
        Some(name) if name.starts_with("Spawn.") => Kind::NotFound,
        _ => Kind::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use zbus::fdo;

    fn told(error: impl std::error::Error + Send + Sync + 'static) -> Option<Kind> {
        kind(&(Box::new(error) as PlatformError))
    }

    #[test]
    fn errors_of_the_kernel_are_told_apart() {
        for (error, expected) in [
            (KeyError::AccessDenied, Kind::Denied),
            (KeyError::PermissionDenied, Kind::Denied),
            (KeyError::KeyRevoked, Kind::Locked),
            (KeyError::KeyExpired, Kind::Locked),
            (KeyError::QuotaExceeded, Kind::TryAgain),
            (KeyError::OutOfMemory, Kind::TryAgain),
            (KeyError::OperationNotSupported, Kind::NotFound),
            (KeyError::Unknown(38), Kind::NotFound),
            (KeyError::Unknown(39), Kind::Broken),
            (KeyError::BadAddress, Kind::Broken),
        ] {
            assert_eq!(told(error), Some(expected), "{error}");
        }
    }

    #[test]
    fn errors_of_the_service_are_told_apart() {
        for (error, expected) in [
            (ServiceError::Locked, Kind::Locked),
            (ServiceError::Prompt, Kind::Cancelled),
            (ServiceError::PromptDisconnected, Kind::TryAgain),
            (ServiceError::NoResult, Kind::NotFound),
            (ServiceError::Unavailable, Kind::NotFound),
            (ServiceError::Crypto("no"), Kind::Broken),
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
            (zbus::Error::Address(none()), Kind::NotFound),
            (socket(io::ErrorKind::NotFound), Kind::NotFound),
            (socket(io::ErrorKind::ConnectionRefused), Kind::NotFound),
            (socket(io::ErrorKind::PermissionDenied), Kind::Denied),
            (socket(io::ErrorKind::BrokenPipe), Kind::TryAgain),
            (standard(fdo::Error::AccessDenied(none())), Kind::Denied),
            (standard(fdo::Error::NoReply(none())), Kind::TryAgain),
            (standard(fdo::Error::ServiceUnknown(none())), Kind::NotFound),
            (standard(fdo::Error::UnknownMethod(none())), Kind::Broken),
            (zbus::Error::InvalidReply, Kind::Broken),
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
            ("org.freedesktop.Secret.Error.IsLocked", Kind::Locked),
            ("org.freedesktop.Secret.Error.NoSuchObject", Kind::NotFound),
            ("org.freedesktop.Secret.Error.NoSession", Kind::TryAgain),
            ("org.freedesktop.Secret.Error.Another", Kind::Broken),
            (
                "org.freedesktop.DBus.Error.Spawn.ExecFailed",
                Kind::NotFound,
            ),
            ("org.freedesktop.DBus.Error.Spawnless", Kind::Broken),
            ("IsLocked", Kind::Broken),
        ] {
            assert_eq!(of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn an_error_of_something_else_is_not_guessed_at() {
        assert_eq!(told(io::Error::other("no")), None);
    }
}
