//! The keys that an agent lists.

use crate::message::printable;
use ossuary_traits::{Identity, SignatureScheme};
use ssh_encoding::Decode;
use ssh_key::HashAlg;
use ssh_key::public::{EcdsaPublicKey, KeyData};

/// A key in an agent that can be a host key: of Ed25519, or of ECDSA on P-256.
#[derive(Clone, Debug)]
pub struct AgentKey {
    identity: Identity,
    comment: String,
    fingerprint: String,
    /// The key as the agent knows it: ECDSA keys are points in uncompressed form.
    blob: Vec<u8>,
}

impl AgentKey {
    /// The key of a public key in SSH's encoding (RFC 4253, section 6.6); `None` where it
    /// is of another kind, or malformed, and so none that can be used.
    pub(crate) fn new(blob: Vec<u8>, comment: &[u8]) -> Option<Self> {
        let reader = &mut blob.as_slice();
        let data = KeyData::decode(reader).ok().filter(|_| reader.is_empty())?;
        let identity = match &data {
            KeyData::Ed25519(key) => Identity::new(SignatureScheme::Ed25519, &key.0),
            KeyData::Ecdsa(EcdsaPublicKey::NistP256(point)) => Identity::new(
                SignatureScheme::EcdsaP256Sha256,
                point.compress().as_bytes(),
            ),
            _ => return None,
        };
        Some(AgentKey {
            identity: identity.ok()?,
            comment: printable(&String::from_utf8_lossy(comment)),
            fingerprint: data.fingerprint(HashAlg::Sha256).to_string(),
            blob,
        })
    }

    /// The scheme and the public key, as `ossuary` has them.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What the agent's user called the key. Bytes that are not UTF-8, control characters
    /// and those that turn the direction of text are replaced by U+FFFD, so that it can be
    /// printed; it may be long.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// The fingerprint, as `ssh-add -l` prints it and `ossuary::trust::fingerprint` has it:
    /// `SHA256:uBpG…`.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(crate) fn blob(&self) -> &[u8] {
        &self.blob
    }
}
