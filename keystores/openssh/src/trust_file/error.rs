//! Why a file of whom to trust cannot be used.

use crate::PublicKeyError;
use std::path::PathBuf;
use std::{fmt, io};

/// How much is shown of a word that does not belong where it is, in characters.
const SHOWN: usize = 32;

/// Why a file of whom to trust could not be read, or not added to.
///
/// Nobody is trusted while a file cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrustFileError {
    /// It is not there, or the system does not let this program read it.
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system does not let this program write to it. It is as it was.
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Writing failed, and the start of a line that was written could not be taken away
    /// again: the system did not let it, or another program has written behind it.
    Spoiled {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Its group, or everybody, can write to it, and so add whom they like.
    Writable {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is a folder, or something else that is no file.
    NotAFile {
        /// What is there.
        path: PathBuf,
    },
    /// It is longer than 16 MiB.
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// It was being written to, or another program held its lock, for long. It may be
    /// tried again.
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A line of it cannot be used.
    Line {
        /// The file.
        path: PathBuf,
        /// The number of the line; the first is 1.
        line: usize,
        /// What is wrong with it.
        problem: LineProblem,
    },
    /// The name was not added with this key, since it is there with another one.
    Changed {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The name was not added, since the key is revoked.
    Revoked {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The application gave no name for the peer, so that it cannot be looked up.
    NoPeerName,
    /// The name was not added, since such a name cannot be in the file.
    Name {
        /// The name.
        name: String,
    },
    /// The name was not added, since the key has no form in OpenSSH's files.
    Key(PublicKeyError),
    /// The system has no random bytes to hash a name with.
    Random(getrandom::Error),
}

/// What is wrong with a line.
#[derive(Debug)]
#[non_exhaustive]
pub enum LineProblem {
    /// It has this option, which would restrict its key in a way that a channel cannot, or
    /// which is not known.
    Option(String),
    /// It begins with this word, or one that begins so, which is neither a key type nor an
    /// option.
    FirstWord(String),
    /// Where the type of a key belongs is this word, or one that begins so, which is no
    /// known type.
    KeyType(String),
    /// It is the first line of a private key.
    PrivateKey,
    /// Its key is malformed.
    Key(PublicKeyError),
    /// It is not written as a line of such a file is.
    Syntax(&'static str),
}

impl From<PublicKeyError> for LineProblem {
    fn from(error: PublicKeyError) -> Self {
        LineProblem::Key(error)
    }
}

impl LineProblem {
    /// The beginning of `word`, to be shown: all of it may be long, or a secret that is in
    /// the wrong place.
    pub(crate) fn shown(word: &[u8]) -> String {
        String::from_utf8_lossy(word).chars().take(SHOWN).collect()
    }
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineProblem::Option(name) => {
                write!(
                    f,
                    "the option {name} is unknown, or one that a channel cannot enforce: \
                     remove it or the line"
                )
            }
            LineProblem::FirstWord(word) => write!(
                f,
                "the line begins with {word:?}, which is neither a key type nor an option"
            ),
            LineProblem::KeyType(word) => write!(
                f,
                "{word:?} stands where the type of a key belongs, but is no known type"
            ),
            LineProblem::PrivateKey => {
                f.write_str("this is a private key: the line of the .pub file belongs here")
            }
            LineProblem::Key(error) => error.fmt(f),
            LineProblem::Syntax(problem) => f.write_str(problem),
        }
    }
}

impl fmt::Display for TrustFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrustFileError::Read { path, .. } => write!(f, "cannot read {}", path.display()),
            TrustFileError::Write { path, .. } => write!(f, "cannot write to {}", path.display()),
            TrustFileError::Spoiled { path, .. } => write!(
                f,
                "cannot write to {}, where a line near the end may now be incomplete: \
                 look for it and remove it",
                path.display()
            ),
            TrustFileError::Writable { path, mode } => write!(
                f,
                "others can write to {} (mode {mode:03o}), and so decide whom it trusts: \
                 chmod go-w it, after a look at who is in it",
                path.display()
            ),
            TrustFileError::NotAFile { path } => write!(f, "{} is no file", path.display()),
            TrustFileError::TooLong { path } => {
                write!(f, "{} is longer than 16 MiB", path.display())
            }
            TrustFileError::Busy { path } => {
                write!(
                    f,
                    "{} is being changed or is locked: try again",
                    path.display()
                )
            }
            TrustFileError::Line {
                path,
                line,
                problem,
            } => write!(f, "{}:{line}: {problem}", path.display()),
            TrustFileError::Changed { path, name } => write!(
                f,
                "{} has another key for {name}; if that is no attack, remove the old one",
                path.display()
            ),
            TrustFileError::Revoked { path, name } => {
                write!(f, "the key of {name} is revoked in {}", path.display())
            }
            TrustFileError::NoPeerName => {
                f.write_str("no name was given for the peer: call Builder::peer_name")
            }
            TrustFileError::Name { name } => write!(
                f,
                "{name:?} cannot be added to a file of known hosts: a name has 1 to 1022 \
                 printable ASCII characters, no space, comma, * or ?, and does not begin with \
                 one of ! | @ #"
            ),
            TrustFileError::Key(_) => f.write_str("the key cannot be added to a file of OpenSSH"),
            TrustFileError::Random(_) => {
                f.write_str("there are no random bytes to hash a name with")
            }
        }
    }
}

impl std::error::Error for TrustFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TrustFileError::Read { source, .. }
            | TrustFileError::Write { source, .. }
            | TrustFileError::Spoiled { source, .. } => Some(source),
            TrustFileError::Line {
                problem: LineProblem::Key(error),
                ..
            } => error.source(),
            TrustFileError::Key(error) => Some(error),
            TrustFileError::Random(error) => Some(error),
            _ => None,
        }
    }
}
