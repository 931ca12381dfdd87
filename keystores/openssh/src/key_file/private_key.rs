//! Private keys of 32 bytes: Ed25519's seeds (RFC 8032) and P-256's scalars.

use super::error::Reason;
use super::format::printable;
use super::stack;
use crate::PublicKeyError;
use crate::public_key::{self, key_data};
use ed25519_dalek::Signer as _;
use ossuary_traits::{
    BoxError, CryptoError, Identity, Random, Secret, Signature, SignatureScheme, draw_scalar,
};
use p256::ecdsa;
use ssh_key::public::{EcdsaPublicKey, KeyData};

/// Draws a new one.
pub(super) fn generate(
    scheme: SignatureScheme,
    random: &mut dyn Random,
) -> Result<Secret<32>, Reason> {
    match scheme {
        SignatureScheme::Ed25519 => {
            let mut seed = Secret::from([0; 32]);
            random.fill(seed.expose_mut()).map_err(CryptoError::from)?;
            Ok(seed)
        }
        SignatureScheme::EcdsaP256Sha256 => {
            let in_range = |scalar: Secret<32>| {
                let key = stack::wiped_after(|| p256_key(scalar.expose()).is_ok());
                key.then_some(scalar)
            };
            Ok(draw_scalar(random, in_range)?)
        }
        other => Err(Reason::KeyType(other.to_string())),
    }
}

/// The public key that belongs to it.
pub(super) fn identity(scheme: SignatureScheme, secret: &[u8]) -> Result<Identity, Reason> {
    let public_key = stack::wiped_after(|| match scheme {
        SignatureScheme::Ed25519 => Ok(ed25519_key(secret)?.verifying_key().to_bytes().to_vec()),
        SignatureScheme::EcdsaP256Sha256 => {
            Ok(compressed(p256_key(secret)?.verifying_key()).to_vec())
        }
        _ => Err(CryptoError::Unsupported),
    });
    let public_key = public_key.map_err(|error| Reason::Damaged(error.into()))?;
    Ok(Identity::new(scheme, &public_key).map_err(library)?)
}

/// Signs `message`: Ed25519 as in RFC 8032, ECDSA with the nonce of RFC 6979.
pub(super) fn sign(
    scheme: SignatureScheme,
    secret: &[u8],
    message: &[u8],
) -> Result<Signature, CryptoError> {
    stack::wiped_after(|| match scheme {
        SignatureScheme::Ed25519 => {
            let signature = ed25519_key(secret)?.try_sign(message).map_err(library)?;
            Signature::new(scheme, &signature.to_bytes()).map_err(library)
        }
        SignatureScheme::EcdsaP256Sha256 => {
            let signature: ecdsa::Signature =
                p256_key(secret)?.try_sign(message).map_err(library)?;
            Signature::new(scheme, &signature.to_bytes()).map_err(library)
        }
        _ => Err(CryptoError::Unsupported),
    })
}

fn ed25519_key(seed: &[u8]) -> Result<ed25519_dalek::SigningKey, CryptoError> {
    let seed = seed.try_into().map_err(library)?;
    Ok(ed25519_dalek::SigningKey::from_bytes(seed))
}

fn p256_key(scalar: &[u8]) -> Result<ecdsa::SigningKey, CryptoError> {
    ecdsa::SigningKey::from_slice(scalar).map_err(library)
}

fn compressed(key: &ecdsa::VerifyingKey) -> Vec<u8> {
    key.to_sec1_point(true).as_bytes().to_vec()
}

/// OpenSSH's form of an identity.
pub(super) fn public_key(identity: &Identity) -> Result<KeyData, Reason> {
    key_data(identity).map_err(|error| match error {
        PublicKeyError::NoForm(scheme) => Reason::KeyType(scheme.to_string()),
        error => Reason::Damaged(error.into()),
    })
}

/// The identity that a public key of OpenSSH's is.
pub(super) fn identity_of(public_key: &KeyData) -> Result<Identity, Reason> {
    match public_key {
        KeyData::Ed25519(_) | KeyData::Ecdsa(EcdsaPublicKey::NistP256(_)) => {
            public_key::identity(public_key).map_err(|error| Reason::Damaged(error.into()))
        }
        other => Err(Reason::KeyType(printable(other.algorithm().as_str()))),
    }
}

fn library(error: impl Into<BoxError>) -> CryptoError {
    CryptoError::Library(error.into())
}
