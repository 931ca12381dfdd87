//! Who is trusted: the policy that is asked about every verified peer, its
//! built-in forms, and fingerprints for people.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use ossuary_traits::{BoxError, Identity};
pub use ossuary_traits::{Peer, Trust, TrustFn, Verdict, trust_fn};
#[cfg(feature = "rustcrypto")]
use {
    alloc::format,
    base64ct::{Base64Unpadded, Encoding},
    ossuary_rustcrypto::{Sha256, uncompressed_p256},
    ossuary_traits::{Hash, SignatureScheme},
};

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

    /// Adds a key to those of `name`; a host may have several. Case does not matter in
    /// names.
    pub fn add(&mut self, name: &str, identity: Identity) {
        let name = name.to_ascii_lowercase();
        self.hosts.entry(name).or_default().insert(identity);
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
        match self.hosts.get(&name.to_ascii_lowercase()) {
            None => Verdict::Unknown,
            Some(keys) if keys.contains(identity) => Verdict::Trusted,
            Some(_) => Verdict::Changed,
        }
    }
}

/// A peer without a key is refused. Where the application gave it no name, that is an
/// error.
impl Trust for KnownHosts {
    fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError> {
        let name = peer
            .name()
            .ok_or("the peer has no name to look up: give it one by Builder::peer_name")?;
        Ok(match peer.identity() {
            Some(identity) => self.lookup(name, identity),
            None => Verdict::Refused,
        })
    }
}

pub(crate) type BoxTrust = Box<dyn Trust + Send>;

/// A short form of an identity for people to compare, as `ssh-keygen -l` shows it:
/// `SHA256:uBpG…`, the base64 of a SHA-256 hash over the key in OpenSSH's encoding.
///
/// OpenSSH has no ML-DSA-65 keys; those are hashed as draft-sfluhrer-ssh-mldsa has them.
/// Bytes that are no P-256 key are hashed as they are.
#[cfg(feature = "rustcrypto")]
#[must_use]
pub fn fingerprint(identity: &Identity) -> String {
    let key = identity.public_key();
    let hash = match identity.scheme() {
        // RFC 8709, section 4.
        SignatureScheme::Ed25519 => hash_of_strings(&[b"ssh-ed25519", key]),
        // RFC 5656, section 3.1: with the name of the curve, and not compressed.
        SignatureScheme::EcdsaP256Sha256 => {
            let point = uncompressed_p256(key);
            let point = point.as_ref().map_or(key, <[u8; 65]>::as_slice);
            hash_of_strings(&[b"ecdsa-sha2-nistp256", b"nistp256", point])
        }
        _ => hash_of_strings(&[b"ssh-mldsa-65", key]),
    };
    format!("SHA256:{}", Base64Unpadded::encode_string(&hash))
}

/// The SHA-256 of `string`s (RFC 4251, section 5), one after another.
#[cfg(feature = "rustcrypto")]
fn hash_of_strings(strings: &[&[u8]]) -> [u8; 32] {
    let mut encoded = Vec::new();
    for string in strings {
        let len = u32::try_from(string.len()).unwrap_or(u32::MAX);
        encoded.extend_from_slice(&len.to_be_bytes());
        encoded.extend_from_slice(string);
    }
    Sha256::digest(&[&encoded])
}

#[cfg(all(test, feature = "rustcrypto"))]
mod tests {
    use super::*;

    const ED25519_KEY: &str = "M0MGwff1j8QvD3tbGT111OlR+zIhU9RlBByHPvwJat8";
    const ED25519_PRINT: &str = "SHA256:LLatBntgK8fSqQ0yoWDP8r1lX+iJ1/BkaEmfsyulQ6g";
    const P256_KEY: &str = "AnhXXIavCkKcqNfZ6RjRL0jiENzUIEWf9few7GmyJv7k";
    const P256_PRINT: &str = "SHA256:4ZG8N7fwdbxNj0aFM8SwjrxPdyCbeKEHnDhVHtgmkiA";

    /// Of two keys, with what `ssh-keygen -l` says of them.
    #[test]
    fn fingerprints_are_those_of_ssh() {
        for (scheme, key, expected) in [
            (SignatureScheme::Ed25519, ED25519_KEY, ED25519_PRINT),
            (SignatureScheme::EcdsaP256Sha256, P256_KEY, P256_PRINT),
        ] {
            let key = Base64Unpadded::decode_vec(key).unwrap();
            let identity = Identity::new(scheme, &key).unwrap();
            assert_eq!(fingerprint(&identity), expected);
        }
    }
}
