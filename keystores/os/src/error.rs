//! A keystore's errors as those of the seam.

use crate::platform;
use keyring_core::Error;
use ossuary_traits::{CryptoError, KeyStoreError, KeyStoreErrorKind as Kind};
use std::fmt;
use zeroize::Zeroize as _;

/// What a system's error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It is of this class.
    Class(Kind),
    /// There is no keystore at all; and what to do.
    #[cfg_attr(
        windows,
        allow(dead_code, reason = "its store gives no error codes out")
    )]
    NoKeystore(&'static str),
}

/// There is no keystore. It is not [`Kind::NotFound`], after which programs make a key.
#[derive(Debug)]
struct NoKeystore {
    advice: &'static str,
    source: Error,
}

impl fmt::Display for NoKeystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.advice)
    }
}

impl std::error::Error for NoKeystore {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// A keystore's error, with its class.
pub(crate) fn from_keystore(error: Error) -> KeyStoreError {
    let (meaning, otherwise) = match error {
        // What could not be read is in these errors, and is printed with them.
        Error::BadEncoding(mut bytes) => {
            bytes.zeroize();
            return KeyStoreError::with_source(Kind::Broken, "the item is not readable");
        }
        Error::BadDataFormat(mut bytes, source) => {
            bytes.zeroize();
            return KeyStoreError::with_source(Kind::Broken, source);
        }
        Error::NoEntry => (None, Kind::NotFound),
        Error::NoStorageAccess(ref source) => (platform::meaning(source), Kind::Denied),
        Error::PlatformFailure(ref source) => (platform::meaning(source), Kind::Broken),
        _ => (None, Kind::Broken),
    };
    match meaning.unwrap_or(Meaning::Class(otherwise)) {
        Meaning::Class(kind) => KeyStoreError::with_source(kind, error),
        Meaning::NoKeystore(advice) => {
            let source = error;
            KeyStoreError::with_source(Kind::Broken, NoKeystore { advice, source })
        }
    }
}

/// Why no host key was made in a keystore.
#[derive(Debug)]
#[non_exhaustive]
pub enum CreateError {
    /// There is an item of this service and name already. It is unchanged.
    Exists,
    /// The key could not be made: the random source failed, the scheme is not supported,
    /// or the secret is not that of a key of the scheme.
    Key(CryptoError),
    /// The keystore failed.
    Keystore(KeyStoreError),
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CreateError::Exists => {
                "the keystore has an item of this service and name already: \
                open it, choose another name, or delete it first"
            }
            CreateError::Key(_) => "the key could not be made",
            CreateError::Keystore(_) => "the keystore did not take the key",
        })
    }
}

impl std::error::Error for CreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CreateError::Exists => None,
            CreateError::Key(error) => Some(error),
            CreateError::Keystore(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    fn told(error: Error) -> (Kind, String) {
        let error = from_keystore(error);
        (error.kind(), error.source().unwrap().to_string())
    }

    #[test]
    fn errors_have_their_class_and_keep_their_source() {
        let unknown = || std::io::Error::other("a cause").into();
        for (error, expected, text) in [
            (Error::NoEntry, Kind::NotFound, "No matching"),
            (Error::NoStorageAccess(unknown()), Kind::Denied, "a cause"),
            (Error::PlatformFailure(unknown()), Kind::Broken, "a cause"),
            (
                Error::BadStoreFormat("a cause".into()),
                Kind::Broken,
                "a cause",
            ),
            (Error::Ambiguous(Vec::new()), Kind::Broken, "0 credentials"),
            (Error::TooLong("name".into(), 7), Kind::Broken, "limit of 7"),
        ] {
            let (kind, source) = told(error);
            assert_eq!(kind, expected, "{source}");
            assert!(source.contains(text), "{source}");
        }
    }

    #[test]
    fn a_key_that_was_not_made_is_not_said_to_be_missing() {
        let error = CreateError::Key(CryptoError::Unsupported);
        assert_eq!(error.to_string(), "the key could not be made");
        assert!(error.source().is_some());
    }

    #[test]
    fn errors_do_not_carry_what_was_read() {
        let cause = || std::io::Error::other("a cause").into();
        for error in [
            Error::BadEncoding(vec![211; 3]),
            Error::BadDataFormat(vec![211; 3], cause()),
        ] {
            assert!(format!("{error:?}").contains("211"));
            let error = from_keystore(error);
            assert_eq!(error.kind(), Kind::Broken);
            assert!(error.source().is_some());
            assert!(!format!("{error:?}").contains("211"));
        }
    }
}
