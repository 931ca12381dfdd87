//! A suite of `ossuary` from a library that the project has no backend for:
//! X25519, ChaCha20-Poly1305, SHA-256 and Ed25519 of libcrux.
//!
//! This is all that a suite takes: a type for each of the four parts, joined by
//! [`Suite`], and a test of one line that checks them. A connection over it is
//! `ossuary::Builder::<MySuite>::client()`, and on the wire it is the same as every
//! other suite of these algorithms. A suite may as well take some of its parts from
//! one library and the others from another.
//!
//! Three things are the author's to think of, beside the cryptography: the library
//! may want its input in one piece, where a part takes several or works in place;
//! what is copied for that is wiped where it is secret; and nothing panics.

use libcrux_hkdf::{Algorithm, ExtractError};
use libcrux_sha2::Digest;
use ossuary_traits::{
    Aead, AeadId, AeadKey, CryptoError, FixedBytes, Hash, HashId, KeyExchange, KeyExchangeId,
    Nonce, Random, Secret, SignatureScheme, Suite, TAG_LEN, Tag, Verifier,
};
use zeroize::Zeroizing;

/// X25519, ChaCha20-Poly1305 and SHA-256, and Ed25519 for the host keys.
pub type MySuite = Suite<X25519, ChaCha20Poly1305, Sha256, Ed25519>;

/// A private key of X25519. It wipes itself, as every [`Secret`].
pub struct X25519(Secret<32>);

impl KeyExchange for X25519 {
    const ID: KeyExchangeId = KeyExchangeId::X25519;
    const LIBRARY: &'static str = "libcrux-curve25519 0.0.9";

    type ClientShare = [u8; 32];
    type ServerShare = [u8; 32];
    type SharedSecret = Secret<32>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 32]), CryptoError> {
        let mut key = Secret::zeroed();
        random.fill(key.expose_mut())?;
        let mut share = [0; 32];
        libcrux_curve25519::secret_to_public(&mut share, key.expose());
        Ok((X25519(key), share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 32],
    ) -> Result<([u8; 32], Secret<32>), CryptoError> {
        let (key, share) = Self::generate(random)?;
        Ok((share, key.complete(client)?))
    }

    // The library's one error is a secret of zeros.
    fn complete(self, server: &[u8; 32]) -> Result<Secret<32>, CryptoError> {
        let mut secret = Secret::zeroed();
        libcrux_curve25519::ecdh(secret.expose_mut(), server, self.0.expose())
            .map_err(|_| CryptoError::InvalidShare)?;
        Ok(secret)
    }
}

/// A key of ChaCha20-Poly1305.
pub struct ChaCha20Poly1305(AeadKey);

impl Aead for ChaCha20Poly1305 {
    const ID: AeadId = AeadId::ChaCha20Poly1305;
    const LIBRARY: &'static str = "libcrux-chacha20poly1305 0.0.10";

    fn new(key: &AeadKey) -> Self {
        let mut own = AeadKey::zeroed();
        own.expose_mut().copy_from_slice(key.expose());
        ChaCha20Poly1305(own)
    }

    // The library wants two buffers.
    fn seal_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        let plaintext = Zeroizing::new(in_out.to_vec());
        self.seal(nonce, aad, &plaintext, in_out)
    }

    // The library looks at the tag first, and writes where it is right.
    fn open_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), CryptoError> {
        let (text, tag) = sealed
            .split_last_chunk_mut()
            .ok_or(CryptoError::Verification)?;
        let ciphertext = text.to_vec();
        let key = self.0.expose();
        libcrux_chacha20poly1305::decrypt_detached(key, text, &ciphertext, tag, aad, nonce)
            .map_err(|_| CryptoError::Verification)?;
        Ok(())
    }

    fn seal(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        if plaintext.len() != out.len() {
            return Err(CryptoError::Unsupported);
        }
        let mut tag = [0; TAG_LEN];
        let key = self.0.expose();
        libcrux_chacha20poly1305::encrypt_detached(key, plaintext, out, &mut tag, aad, nonce)
            .map_err(library)?;
        Ok(tag)
    }
}

/// SHA-256, and HKDF with it.
pub struct Sha256;

impl Hash for Sha256 {
    const ID: HashId = HashId::Sha256;
    const LIBRARY: &'static str = "libcrux-sha2 0.0.9";

    type Output = [u8; 32];
    type Secret = Secret<32>;
    // `extract` has no place for an error, and `expand` has.
    type Prk = Result<Secret<32>, ExtractError>;

    fn digest(parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = libcrux_sha2::Sha256::new();
        for part in parts {
            hash.update(part);
        }
        let mut digest = [0; 32];
        hash.finish(&mut digest);
        digest
    }

    fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self::Prk {
        let ikm = Zeroizing::new(ikm.concat());
        let mut prk = Secret::zeroed();
        libcrux_hkdf::extract(Algorithm::Sha256, prk.expose_mut(), salt, &ikm)?;
        Ok(prk)
    }

    fn prk(secret: &Secret<32>) -> Self::Prk {
        let mut prk = Secret::zeroed();
        prk.expose_mut().copy_from_slice(secret.expose());
        Ok(prk)
    }

    fn expand(prk: &Self::Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        let prk = prk.as_ref().map_err(library)?;
        libcrux_hkdf::expand(Algorithm::Sha256, out, prk.expose(), &info.concat()).map_err(library)
    }
}

/// Verifies Ed25519 signatures.
pub struct Ed25519;

impl Verifier for Ed25519 {
    const SCHEMES: &'static [SignatureScheme] = &[SignatureScheme::Ed25519];

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        (scheme == SignatureScheme::Ed25519).then_some("libcrux-ed25519 0.0.10")
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        if scheme != SignatureScheme::Ed25519 {
            return Err(CryptoError::Unsupported);
        }
        let (Ok(key), Ok(signature)) = (public_key.try_into(), signature.try_into()) else {
            return Err(CryptoError::Verification);
        };
        libcrux_ed25519::verify(message, key, signature).map_err(|_| CryptoError::Verification)
    }
}

fn library(error: impl std::fmt::Debug) -> CryptoError {
    CryptoError::Library(format!("libcrux: {error:?}").into())
}

#[test]
fn conforms() {
    println!("{}", ossuary_conformance::suite::<MySuite>().unwrap());
}
