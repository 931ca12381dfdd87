//! A keystore's errors as those of the seam.

use crate::platform;
use keyring_core::Error;
use ossuary_traits::{CryptoError, KeyStoreError, KeyStoreErrorKind as Kind};
use std::fmt;
use zeroize::Zeroize as _;

/// A keystore's error, with its class.
pub(crate) fn from_keystore(error: Error) -> KeyStoreError {
    let kind = match error {
        // What could not be read is in these errors, and is printed with them.
        Error::BadEncoding(mut bytes) => {
            bytes.zeroize();
            return KeyStoreError::with_source(Kind::Broken, "the item is not readable");
        }
        Error::BadDataFormat(mut bytes, source) => {
            bytes.zeroize();
            return KeyStoreError::with_source(Kind::Broken, source);
        }
        Error::NoEntry => Kind::NotFound,
        Error::NoStorageAccess(ref source) => platform::kind(source).unwrap_or(Kind::Denied),
        Error::PlatformFailure(ref source) => platform::kind(source).unwrap_or(Kind::Broken),
        _ => Kind::Broken,
    };
    KeyStoreError::with_source(kind, error)
}

/// Why no host key was made in a keystore.
#[derive(Debug)]
#[non_exhaustive]
pub enum CreateError {
    /// There is an item of this service and name already. It is unchanged.
    Exists,
    /// There is no such key: the random source failed, the scheme is not supported,
    /// or the secret is none of a key of the scheme.
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
            CreateError::Key(_) => "there is no such key",
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
