//! What is wrong with a private key file.

use super::file::MAX_LEN;
use super::format::MAX_ROUNDS;
use ossuary_traits::{BoxError, CryptoError, KeyStoreError, KeyStoreErrorKind};
use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with a private key file, and what to do: the source of the
/// [`KeyStoreError`]s of [`KeyFile`](super::KeyFile).
#[derive(Debug)]
pub struct KeyFileError {
    path: PathBuf,
    reason: Reason,
}

impl KeyFileError {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(f, "{path}: ")?;
        match &self.reason {
            Reason::Read(_) => write!(f, "it cannot be read"),
            Reason::Write(_) => write!(f, "it cannot be written"),
            Reason::Exists => write!(f, "it exists already, and is not overwritten"),
            Reason::NotAFile => write!(f, "it is not a regular file"),
            Reason::TooLarge => write!(f, "it has more than {MAX_LEN} bytes: no private key has"),
            Reason::Permissions(mode) => write!(
                f,
                "its mode {mode:04o} lets others than its owner access it: chmod 600 {path}"
            ),
            Reason::OtherFormat(what) => write!(f, "{what}"),
            Reason::OldFormat(what) => write!(
                f,
                "it is {what}, not a key in OpenSSH's format: `ssh-keygen -p -f {path}` converts it \
                 (an Ed25519 key in PKCS #8 needs a newer OpenSSH than 9.2), or make a new key"
            ),
            Reason::KeyType(which) => write!(
                f,
                "its key type is {which}: only ssh-ed25519 and ecdsa-sha2-nistp256 can be used"
            ),
            Reason::Encryption(which) => write!(
                f,
                "it is encrypted with {which}, which is not supported: \
                 `ssh-keygen -p -f {path}` encrypts it anew"
            ),
            Reason::Rounds(rounds) => write!(
                f,
                "its passphrase is to be hashed {rounds} times, which takes too long: at most \
                 {MAX_ROUNDS} are supported (`ssh-keygen -p -a 100 -f {path}`), or it is damaged"
            ),
            Reason::Damaged(_) => write!(f, "it is damaged"),
            Reason::Encrypted => write!(f, "it has a passphrase, and nobody can be asked for it"),
            Reason::Cancelled => write!(f, "no passphrase was given"),
            Reason::WrongPassphrase => write!(f, "the passphrase is wrong"),
            Reason::EmptyPassphrase => {
                write!(f, "an empty passphrase was given: it protects nothing")
            }
            Reason::Comment => write!(
                f,
                "its comment has control characters or more than 1024 bytes"
            ),
            Reason::Crypto(_) => write!(f, "the key could not be made or used"),
        }
    }
}

impl Error for KeyFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            Reason::Read(error) | Reason::Write(error) => Some(error),
            Reason::Damaged(error) => Some(error.as_ref()),
            Reason::Crypto(error) => Some(error),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(super) enum Reason {
    Read(io::Error),
    Write(io::Error),
    Exists,
    NotAFile,
    TooLarge,
    #[cfg_attr(not(unix), allow(dead_code, reason = "modes are looked at on Unix"))]
    Permissions(u32),
    OtherFormat(&'static str),
    OldFormat(&'static str),
    KeyType(String),
    Encryption(String),
    Rounds(u32),
    Damaged(BoxError),
    Encrypted,
    Cancelled,
    WrongPassphrase,
    EmptyPassphrase,
    Comment,
    Crypto(CryptoError),
}

impl Reason {
    pub(super) fn damaged(why: impl Into<BoxError>) -> Self {
        Reason::Damaged(why.into())
    }

    /// The error that a program sees.
    pub(super) fn at(self, path: &Path) -> KeyStoreError {
        let kind = self.kind();
        let path = path.to_owned();
        KeyStoreError::with_source(kind, KeyFileError { path, reason: self })
    }

    fn kind(&self) -> KeyStoreErrorKind {
        match self {
            Reason::Read(error) | Reason::Write(error) => match error.kind() {
                io::ErrorKind::NotFound => KeyStoreErrorKind::NotFound,
                io::ErrorKind::PermissionDenied => KeyStoreErrorKind::Denied,
                _ => KeyStoreErrorKind::Broken,
            },
            Reason::Permissions(_) | Reason::WrongPassphrase | Reason::Exists => {
                KeyStoreErrorKind::Denied
            }
            Reason::Encrypted => KeyStoreErrorKind::Locked,
            Reason::Cancelled => KeyStoreErrorKind::Cancelled,
            _ => KeyStoreErrorKind::Broken,
        }
    }
}

impl From<CryptoError> for Reason {
    fn from(error: CryptoError) -> Self {
        Reason::Crypto(error)
    }
}

impl From<ssh_encoding::Error> for Reason {
    fn from(error: ssh_encoding::Error) -> Self {
        Reason::Damaged(error.into())
    }
}
