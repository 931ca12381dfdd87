//! Who is trusted: the policy that is asked about every verified peer, its
//! built-in forms, and fingerprints for people.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use base64ct::{Base64Unpadded, Encoding};
use ossuary_traits::{BoxError, Hash, HashId, Identity, SignatureScheme};
pub use ossuary_traits::{Peer, Trust, Verdict};

/// Trusts everybody, anonymous clients too. The application can still look at
/// who it was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anyone;

impl Trust for Anyone {
    fn verdict(&self, _: &Peer<'_>) -> Result<Verdict, BoxError> {
        Ok(Verdict::Trusted)
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
    fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError> {
        Ok(match peer.identity() {
            Some(identity) if self.contains(identity) => Verdict::Trusted,
            Some(_) if self.ask => Verdict::Unknown,
            _ => Verdict::Refused,
        })
    }
}

/// Knows peers by name, and tells a peer whose name is not known, whom the application
/// may trust on first use, from one that comes with another key than its name is known to
/// have, or with a key that is revoked.
#[derive(Clone, Debug, Default)]
pub struct KnownHosts {
    hosts: BTreeMap<String, BTreeSet<Identity>>,
    revoked: BTreeSet<Identity>,
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

    /// From now on `identity` is trusted under no name.
    pub fn revoke(&mut self, identity: Identity) {
        self.revoked.insert(identity);
    }

    /// What is known: [`Verdict::Trusted`], [`Unknown`](Verdict::Unknown),
    /// [`Changed`](Verdict::Changed) or [`Revoked`](Verdict::Revoked). All keys of the
    /// host are looked at before it counts as changed.
    #[must_use]
    pub fn lookup(&self, name: &str, identity: &Identity) -> Verdict {
        if self.revoked.contains(identity) {
            return Verdict::Revoked;
        }
        match self.hosts.get(name) {
            None => Verdict::Unknown,
            Some(keys) if keys.contains(identity) => Verdict::Trusted,
            Some(_) => Verdict::Changed,
        }
    }
}

/// A peer without a name or without a key is refused.
impl Trust for KnownHosts {
    fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError> {
        Ok(match (peer.name(), peer.identity()) {
            (Some(name), Some(identity)) => self.lookup(name, identity),
            _ => Verdict::Refused,
        })
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
