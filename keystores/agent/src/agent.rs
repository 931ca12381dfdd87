//! The store.

use crate::error::failure;
use crate::key::AgentKey;
use crate::message::{self, Listed};
use crate::socket;
use ossuary_traits::{Identity, KeyStore, KeyStoreError, KeyStoreErrorKind, SignRequest, Signing};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The variable that names the agent's socket.
const SOCKET_VARIABLE: &str = "SSH_AUTH_SOCK";

/// What begins a fingerprint.
const FINGERPRINT_PREFIX: &str = "SHA256:";

/// The shortest timeout: a socket takes one of no microseconds for no limit.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(1);

/// An ssh-agent as a key store.
///
/// It is where the agent's socket is, and the public keys that the agent listed last;
/// nothing stays connected. Clones share what was listed.
#[derive(Clone, Debug)]
pub struct Agent {
    path: Arc<Path>,
    timeout: Option<Duration>,
    /// An agent is asked by the key in its own encoding, which an identity does not
    /// have for ECDSA.
    known: Arc<Mutex<Vec<AgentKey>>>,
}

impl Agent {
    /// The agent that the environment variable `SSH_AUTH_SOCK` names. It is not asked
    /// yet.
    ///
    /// # Errors
    ///
    /// [`KeyStoreErrorKind::NotFound`]: the variable is not set, or empty.
    pub fn from_env() -> Result<Self, KeyStoreError> {
        Self::of_variable(env::var_os(SOCKET_VARIABLE))
    }

    fn of_variable(value: Option<OsString>) -> Result<Self, KeyStoreError> {
        match value {
            Some(path) if !path.is_empty() => Ok(Self::at(PathBuf::from(path))),
            _ => Err(failure(
                KeyStoreErrorKind::NotFound,
                format!(
                    "{SOCKET_VARIABLE} names no ssh-agent: start one (eval \"$(ssh-agent -s)\"), \
                     or name its socket"
                ),
            )),
        }
    }

    /// The agent that listens at `path`. It is not asked yet.
    #[must_use]
    pub fn at(path: impl AsRef<Path>) -> Self {
        Agent {
            path: path.as_ref().into(),
            timeout: None,
            known: Arc::default(),
        }
    }

    /// Waits no longer than `timeout`, at least a millisecond, for each request as a
    /// whole: until the agent has taken it, and its answer is complete. By default there
    /// is no limit: a person who is asked may take a while.
    ///
    /// A signature is one request; a list of the keys may be asked for before it, and
    /// after a refusal.
    ///
    /// The agent is not told: a person who agrees later has agreed to nothing.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout.max(SHORTEST_TIMEOUT));
        self
    }

    /// The keys that can be host keys, in the agent's order. None are there where the
    /// agent is empty or locked, or has other keys only.
    ///
    /// # Errors
    ///
    /// The agent did not list its keys: see the [table](crate#errors).
    pub fn keys(&self) -> Result<Vec<AgentKey>, KeyStoreError> {
        Ok(self.list()?.usable)
    }

    /// The identity of the key whose fingerprint (`SHA256:…`, as `ssh-add -l` prints it)
    /// or whose [comment](AgentKey::comment) is `name`.
    ///
    /// # Errors
    ///
    /// [`KeyStoreErrorKind::NotFound`]: no key that can be a host key has that name, or
    /// more than one has that comment; the error says which. Otherwise those of
    /// [`identities`](KeyStore::identities).
    pub fn find(&self, name: &str) -> Result<Identity, KeyStoreError> {
        let mut named = self.usable()?;
        if name.starts_with(FINGERPRINT_PREFIX) {
            named.retain(|key| key.fingerprint() == name);
        } else {
            named.retain(|key| key.comment() == name);
        }
        let what = match named.as_slice() {
            [key] => return Ok(key.identity().clone()),
            [] => format!(
                "the ssh-agent has no key {name:?} of Ed25519 or ECDSA P-256: \
                 ssh-add -l lists its keys"
            ),
            several => {
                let fingerprints: Vec<_> = several.iter().map(AgentKey::fingerprint).collect();
                format!(
                    "the ssh-agent has several keys {name:?}: name one of them by its \
                     fingerprint, {}",
                    fingerprints.join(" or ")
                )
            }
        };
        Err(failure(KeyStoreErrorKind::NotFound, what))
    }

    /// The keys that can be host keys, one at least.
    fn usable(&self) -> Result<Vec<AgentKey>, KeyStoreError> {
        let Listed { total, usable } = self.list()?;
        if usable.is_empty() {
            return Err(match total {
                0 => message::no_keys(),
                _ => failure(
                    KeyStoreErrorKind::NotFound,
                    "the ssh-agent has keys, but none of Ed25519 or ECDSA P-256",
                ),
            });
        }
        Ok(usable)
    }

    fn list(&self) -> Result<Listed, KeyStoreError> {
        let answer = self.ask(&message::list_request()?)?;
        let listed = message::listed(&answer)?;
        self.remember(&listed);
        Ok(listed)
    }

    /// Keeps what the agent has listed.
    pub(crate) fn remember(&self, listed: &Listed) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone_from(&listed.usable);
    }

    /// The key of `identity`, where the agent listed it last.
    pub(crate) fn known(&self, identity: &Identity) -> Option<AgentKey> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|key| key.identity() == identity).cloned()
    }

    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        socket::ask(&self.path, self.timeout, request)
    }

    #[cfg(all(unix, feature = "tokio"))]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    #[cfg(all(unix, feature = "tokio"))]
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }
}

impl KeyStore for Agent {
    /// The agent's keys that can be host keys, one at least, in the agent's order.
    ///
    /// # Errors
    ///
    /// [`KeyStoreErrorKind::Locked`]: the agent lists no keys;
    /// [`KeyStoreErrorKind::NotFound`]: it has none that can be a host key, or is not
    /// there itself; otherwise see the [table](crate#errors).
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        let keys = self.usable()?;
        Ok(keys.iter().map(|key| key.identity().clone()).collect())
    }

    fn sign(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> Result<Signing, KeyStoreError> {
        let key = match self.known(identity) {
            Some(key) => key,
            None => message::present(self.list()?, identity)?,
        };
        let answer = self.ask(&message::sign_request(&key, request.message())?)?;
        match message::signed(&answer, identity.scheme())? {
            Some(signature) => Ok(Signing::Done(signature)),
            None => Err(message::refusal(self.list()?, identity)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn an_environment_without_an_agent_says_what_to_do() {
        for value in [None, Some(OsString::new())] {
            let error = Agent::of_variable(value).unwrap_err();
            assert_eq!(error.kind(), KeyStoreErrorKind::NotFound);
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains("SSH_AUTH_SOCK"), "{source}");
        }
        let agent = Agent::of_variable(Some("/run/agent".into())).unwrap();
        assert_eq!(&*agent.path, Path::new("/run/agent"));
    }
}
