//! A suite of which everyone knows the session key, for inputs that go on behind the tag.

use ossuary::backend::rustcrypto::{RustCryptoVerifier, Sha256, X25519};
use ossuary::ossuary_traits::{Aead, AeadId, AeadKey, Nonce, Suite, Tag, Verifier};
use ossuary::{CryptoError, SignatureScheme};

/// With the code points of the default suite, and no secret.
pub(crate) type KnownKey = Suite<X25519, Plain, Sha256, Lenient>;

const LIBRARY: &str = "for fuzzing only";

/// Encrypts nothing, and takes every tag.
pub(crate) struct Plain;

impl Aead for Plain {
    const ID: AeadId = AeadId::ChaCha20Poly1305;
    const LIBRARY: &'static str = LIBRARY;

    fn new(_: &AeadKey) -> Self {
        Plain
    }

    fn seal_in_place(&self, _: &Nonce, _: &[u8], _: &mut [u8]) -> Result<Tag, CryptoError> {
        Ok(Tag::default())
    }

    fn open_in_place(&self, _: &Nonce, _: &[u8], _: &mut [u8]) -> Result<(), CryptoError> {
        Ok(())
    }
}

/// Takes half of all signatures besides those that are good, by their last byte but one.
pub(crate) struct Lenient;

impl Verifier for Lenient {
    const SCHEMES: &'static [SignatureScheme] = RustCryptoVerifier::SCHEMES;

    fn library(_: SignatureScheme) -> Option<&'static str> {
        Some(LIBRARY)
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        match signature {
            [.., even, _] if even % 2 == 0 => Ok(()),
            _ => RustCryptoVerifier::verify(scheme, public_key, message, signature),
        }
    }
}
