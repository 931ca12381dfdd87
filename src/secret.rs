//! Secrets whose length is not fixed by a type.

use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

/// What the key schedule mixes in beside the shared secret: nothing, a
/// pre-shared key, or the recovery secret of an earlier handshake.
pub(crate) struct Chain(Zeroizing<Vec<u8>>);

impl Chain {
    pub(crate) fn empty() -> Self {
        Chain(Zeroizing::new(Vec::new()))
    }

    pub(crate) fn new(bytes: &[u8]) -> Self {
        Chain(Zeroizing::new(bytes.to_vec()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A second copy, asked for by name: a recovery secret becomes the chain
    /// and stays what it is.
    pub(crate) fn duplicate(&self) -> Self {
        Chain::new(self.bytes())
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain")
    }
}
