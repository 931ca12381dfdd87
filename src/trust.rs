//! Who is trusted: the policy that is asked about every verified peer, its
//! built-in forms, and fingerprints for people.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use base64ct::{Base64Unpadded, Encoding};
use core::fmt;
use ossuary_traits::{Hash, HashId, Identity, Role, SignatureScheme};

/// A peer that a [`Trust`] policy is asked about. Its signature has been
/// verified.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    role: Role,
    name: Option<&'a str>,
    identity: Option<&'a Identity>,
}

impl<'a> Peer<'a> {
    pub(crate) fn new(role: Role, name: Option<&'a str>, identity: Option<&'a Identity>) -> Self {
        Peer {
            role,
            name,
            identity,
        }
    }

    /// The peer's role: a client's policy is asked about servers.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The name by which the application knows the peer, where it gave one
    /// (`Builder::peer_name`).
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// Who the peer proved to be; `None` for an anonymous client.
    #[must_use]
    pub fn identity(&self) -> Option<&'a Identity> {
        self.identity
    }
}

/// What a [`Trust`] policy says of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The handshake goes on.
    Trusted,
    /// The connection ends: not authorized.
    Refused,
    /// The application decides: the handshake pauses, with no clock running,
    /// and hands it the peer's identity. For an anonymous client, who has none,
    /// this is a refusal.
    Undecided,
}

/// Decides whom to trust.
///
/// It is asked once for each connection, after the peer's signature has been
/// verified; the answer holds for the connection and survives its recoveries.
/// Any `Fn(&Peer<'_>) -> Verdict` is a policy.
pub trait Trust {
    /// What to do with `peer`.
    fn verdict(&self, peer: &Peer<'_>) -> Verdict;
}

impl<F: Fn(&Peer<'_>) -> Verdict> Trust for F {
    fn verdict(&self, peer: &Peer<'_>) -> Verdict {
        self(peer)
    }
}

/// Trusts everybody, anonymous clients too. The application can still look at
/// who it was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anyone;

impl Trust for Anyone {
    fn verdict(&self, _: &Peer<'_>) -> Verdict {
        Verdict::Trusted
    }
}

/// Trusts a set of keys, and refuses every other peer, anonymous ones included.
#[derive(Clone, Debug, Default)]
pub struct AuthorizedKeys {
    /// In order. There is often but one, for which a tree would have room for
    /// eleven.
    keys: Vec<Identity>,
    ask: bool,
}

impl AuthorizedKeys {
    /// Of these keys.
    pub fn new(keys: impl IntoIterator<Item = Identity>) -> Self {
        let mut keys: Vec<Identity> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        AuthorizedKeys { keys, ask: false }
    }

    /// Leaves other keys for the application to decide about (trust on first
    /// use) instead of refusing them.
    #[must_use]
    pub fn or_ask(mut self) -> Self {
        self.ask = true;
        self
    }

    pub(crate) fn add(&mut self, identity: Identity) {
        if let Err(place) = self.keys.binary_search(&identity) {
            self.keys.insert(place, identity);
        }
    }

    pub(crate) fn contains(&self, identity: &Identity) -> bool {
        self.keys.binary_search(identity).is_ok()
    }
}

impl Trust for AuthorizedKeys {
    fn verdict(&self, peer: &Peer<'_>) -> Verdict {
        match peer.identity() {
            Some(identity) if self.contains(identity) => Verdict::Trusted,
            Some(_) if self.ask => Verdict::Undecided,
            _ => Verdict::Refused,
        }
    }
}

/// Knows peers by name. A name that is not known is left to the application
/// (trust on first use); a peer that comes with another key than its name is
/// known to have is refused, and the application is not asked.
#[derive(Clone, Debug, Default)]
pub struct KnownHosts {
    hosts: BTreeMap<String, BTreeSet<Identity>>,
}

/// What [`KnownHosts`] knows of a name and a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// This name has this key.
    Same,
    /// This name has other keys and not this one.
    Changed,
    /// This name has no key.
    Unknown,
}

impl KnownHosts {
    /// Without any host.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key to those of `name`; a host may have several.
    pub fn add(&mut self, name: impl Into<String>, identity: Identity) {
        self.hosts.entry(name.into()).or_default().insert(identity);
    }

    /// What is known. All keys of the host are looked at before it counts as
    /// changed.
    #[must_use]
    pub fn lookup(&self, name: &str, identity: &Identity) -> Known {
        match self.hosts.get(name) {
            None => Known::Unknown,
            Some(keys) if keys.contains(identity) => Known::Same,
            Some(_) => Known::Changed,
        }
    }
}

impl Trust for KnownHosts {
    fn verdict(&self, peer: &Peer<'_>) -> Verdict {
        let (Some(name), Some(identity)) = (peer.name(), peer.identity()) else {
            return Verdict::Refused;
        };
        match self.lookup(name, identity) {
            Known::Same => Verdict::Trusted,
            Known::Changed => Verdict::Refused,
            Known::Unknown => Verdict::Undecided,
        }
    }
}

pub(crate) type BoxTrust = Box<dyn Trust + Send>;

/// A short form of an identity for people to compare:
/// `SHA256:uBpG…`, the base64 SHA-256 hash of the scheme's name and the public
/// key. For Ed25519 it is what `ssh-keygen -l` prints; for ECDSA it is not, for
/// OpenSSH hashes the point in another form.
///
/// `H` is SHA-256 of any backend.
///
/// # Panics
///
/// Does not compile for another hash than SHA-256.
#[must_use]
pub fn fingerprint<H: Hash>(identity: &Identity) -> String {
    const {
        assert!(
            matches!(H::ID, HashId::Sha256),
            "fingerprints are made with SHA-256"
        )
    };
    // RFC 4253, section 6.6 and RFC 8709, section 4: string(name) ‖ string(key).
    let name: &[u8] = match identity.scheme() {
        SignatureScheme::Ed25519 => b"ssh-ed25519",
        SignatureScheme::EcdsaP256Sha256 => b"ecdsa-sha2-nistp256",
        _ => b"mldsa65",
    };
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    let key = identity.public_key();
    let hash = H::digest(&[&length(name), name, &length(key), key]);
    format!("SHA256:{}", Base64Unpadded::encode_string(hash.as_ref()))
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Known::Same => "known",
            Known::Changed => "changed",
            Known::Unknown => "unknown",
        })
    }
}
