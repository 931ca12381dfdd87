//! Failures of agents, and their classes (the table in the crate's documentation).

use crate::message::printable;
use ossuary_traits::{BoxError, KeyStoreError, KeyStoreErrorKind};
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

/// What happened, and what lies under it.
#[derive(Debug)]
struct Failure {
    what: String,
    source: Option<BoxError>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// A failure that has nothing under it.
pub(crate) fn failure(kind: KeyStoreErrorKind, what: impl Into<String>) -> KeyStoreError {
    let (what, source) = (what.into(), None);
    KeyStoreError::with_source(kind, Failure { what, source })
}

/// The agent's answer is none that the protocol has. The error may quote it.
pub(crate) fn malformed(error: impl fmt::Display) -> KeyStoreError {
    let what = "the ssh-agent's answer is malformed".into();
    let source = Some(printable(&error.to_string()).into());
    KeyStoreError::with_source(KeyStoreErrorKind::Broken, Failure { what, source })
}

/// The agent's socket failed.
pub(crate) fn socket(path: &Path, error: io::Error) -> KeyStoreError {
    let at = path.display();
    let (kind, what) = match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::ConnectionRefused
        | ErrorKind::InvalidInput
        | ErrorKind::Unsupported => (
            KeyStoreErrorKind::NotFound,
            format!("no ssh-agent listens at {at}: start it, or name another socket"),
        ),
        ErrorKind::PermissionDenied => (
            KeyStoreErrorKind::Denied,
            format!("this user may not use the ssh-agent at {at}"),
        ),
        // What took longer than the socket's timeout is the former.
        ErrorKind::WouldBlock | ErrorKind::TimedOut => (
            KeyStoreErrorKind::TryAgain,
            format!("the ssh-agent at {at} did not answer in time"),
        ),
        _ => (
            KeyStoreErrorKind::TryAgain,
            format!("the connection to the ssh-agent at {at} failed"),
        ),
    };
    let source = Some(error.into());
    KeyStoreError::with_source(kind, Failure { what, source })
}
