//! `authorized_keys` files.

mod options;
#[cfg(test)]
mod tests;

use crate::public_key::{ParsedKey, is_key_type};
use crate::trust_file::{Cached, Contents, lines, parse_key, split_word};
use crate::{LineProblem, TrustFileError};
use ossuary_traits::{BoxError, Identity, Peer, Trust, Verdict};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Trusts the keys in an `authorized_keys` file (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"),
/// and refuses every other peer, anonymous ones included.
///
/// Each verdict checks whether the file has changed, and if so, reads it again: a key that is
/// removed from it is no longer trusted by the next handshake. Clones share what was read.
///
/// # What the file may hold
///
/// Lines of keys as `ssh-keygen` writes them to `.pub` files, empty lines, and comments,
/// which begin with `#`. Options may stand before a key:
///
/// | option | |
/// |---|---|
/// | `restrict`, `no-pty`, `no-port-forwarding`, `no-agent-forwarding`, `no-X11-forwarding`, `no-user-rc`, and the same without `no-` | accepted, without effect: a channel has none of this |
/// | `expiry-time="YYYYMMDD[HHMM[SS]]Z"` | the key is refused after that time, which is in UTC, by the clock of this machine. The form without `Z`, a local time, is an error |
/// | every other, such as `command`, `from` or `cert-authority` | an error: it would restrict the key in a way that a channel cannot |
///
/// Of a key that is there twice, the line that trusts it longer counts.
///
/// Keys of types that the protocol does not have, such as `ssh-rsa`, let nobody in. They are
/// ignored, with all their options, and [`ignored`](Self::ignored) lists them.
///
/// A line is at most 16384 bytes long, the file at most 16 MiB.
///
/// # When the file is in error
///
/// A file with an error in one line trusts nobody: [`open`](Self::open) fails, and after a
/// change each verdict does, until the error is mended. To change the keys of a
/// running program, put a new file in the place of the old one (rename it); a file that is
/// written over may be read when half of it is there.
///
/// On Unix, a file that its group or others can write to is refused, as sshd does in its
/// `StrictModes`; of a symbolic link, it is the file that it leads to. Unlike in sshd, its
/// owner and the folders above are not checked: whoever can write to a folder can replace its
/// files.
///
/// # Example
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use ossuary::{Builder, DefaultSuite, MemoryKeyStore};
/// use ossuary_openssh::AuthorizedKeysFile;
///
/// let devices = AuthorizedKeysFile::open("/etc/example/authorized_keys")?;
/// for key in devices.ignored()? {
///     eprintln!("line {}: {} keys are ignored", key.line, key.key_type);
/// }
/// # let host_key = MemoryKeyStore::new();
/// // For each connection:
/// let server = Builder::<DefaultSuite>::server()
///     .key_store(host_key)
///     .trust(devices.clone())
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizedKeysFile {
    file: Arc<Cached<Keys>>,
    ask: bool,
}

/// A key that lets nobody in, because the protocol does not have its type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IgnoredKey {
    /// The number of its line; the first is 1.
    pub line: usize,
    /// Its type: `ssh-rsa`, say.
    pub key_type: String,
}

impl AuthorizedKeysFile {
    /// The file at `path`, which is read at once to see whether it can be used.
    ///
    /// # Errors
    ///
    /// It is not there or cannot be read, others can write to it, or a line of it is in
    /// error.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TrustFileError> {
        let file = Cached::new(path.into());
        file.get()?;
        Ok(AuthorizedKeysFile {
            file: Arc::new(file),
            ask: false,
        })
    }

    /// Leaves keys that are not in the file for the application to decide about (trust on
    /// first use) instead of refusing them. Keys that have expired are refused all the same.
    #[must_use]
    pub fn or_ask(mut self) -> Self {
        self.ask = true;
        self
    }

    /// The keys that are ignored, because the protocol does not have their types.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub fn ignored(&self) -> Result<Vec<IgnoredKey>, TrustFileError> {
        Ok(self.file.get()?.ignored.clone())
    }
}

/// An anonymous peer is refused.
impl Trust for AuthorizedKeysFile {
    fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError> {
        let Some(identity) = peer.identity() else {
            return Ok(Verdict::Refused);
        };
        let keys = self.file.get()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let standing = keys.standing(identity, now.as_secs().try_into()?);
        Ok(match standing {
            Standing::Listed => Verdict::Trusted,
            Standing::Unlisted if self.ask => Verdict::Unknown,
            Standing::Unlisted | Standing::Expired => Verdict::Refused,
        })
    }
}

/// What a file says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Listed,
    Expired,
    Unlisted,
}

/// The lines of a file.
#[derive(Debug, Default)]
struct Keys {
    /// With the last second, since 1970, in which each is trusted.
    keys: BTreeMap<Identity, i64>,
    ignored: Vec<IgnoredKey>,
}

impl Keys {
    fn standing(&self, identity: &Identity, now: i64) -> Standing {
        match self.keys.get(identity) {
            None => Standing::Unlisted,
            Some(until) if *until < now => Standing::Expired,
            Some(_) => Standing::Listed,
        }
    }

    fn add(&mut self, number: usize, line: &[u8]) -> Result<(), LineProblem> {
        let (first, rest) = split_word(line);
        let (options, key) = if is_key_type(first, split_word(rest).0) {
            (options::Options::default(), line)
        } else if options::begin(first) {
            let (options, key) = options::split(line)?;
            (options::parse(options)?, key)
        } else {
            return Err(LineProblem::FirstWord(LineProblem::shown(first)));
        };
        match parse_key(key)? {
            ParsedKey::Known(identity) => {
                let until = options.until()?;
                // Of a key that is there twice, the line that trusts it longer counts.
                let known = self.keys.entry(identity).or_insert(until);
                *known = until.max(*known);
            }
            ParsedKey::Other(key_type) => self.ignored.push(IgnoredKey {
                line: number,
                key_type,
            }),
        }
        Ok(())
    }
}

impl Contents for Keys {
    const IS_ADDED_TO: bool = false;

    fn parse(bytes: &[u8]) -> Result<Self, (usize, LineProblem)> {
        let mut keys = Keys::default();
        for line in lines(bytes) {
            let (number, line) = line?;
            keys.add(number, line)
                .map_err(|problem| (number, problem))?;
        }
        Ok(keys)
    }
}
