//! Private keys in memory that sign.

use crate::key_exchange::p256_private_key;
use crate::library;
use aws_lc_rs::agreement;
use aws_lc_rs::encoding::{AsBigEndian, EcPublicKeyCompressedBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ML_DSA_65_SIGNING,
    PqdsaKeyPair,
};
use core::fmt;
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, Random, Secret, Signature, SignatureScheme, SigningKey,
    draw_scalar,
};

/// A private key of Ed25519 (RFC 8032).
pub struct Ed25519SigningKey {
    secret: Secret<32>,
    key: Ed25519KeyPair,
    identity: Identity,
}

impl Ed25519SigningKey {
    /// Makes a key of random bytes, of which it draws 32.
    ///
    /// # Errors
    ///
    /// The random source failed.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        Self::from_secret(seed(random)?)
    }

    /// The key of a seed of 32 bytes, which RFC 8032 calls the private key.
    ///
    /// # Errors
    ///
    /// None that `secret` could cause: every seed is a key.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        // "Unchecked", for there is no public key to compare with that of the seed.
        let key = Ed25519KeyPair::from_seed_unchecked(secret.expose()).map_err(library)?;
        let identity = identity(SignatureScheme::Ed25519, key.public_key().as_ref())?;
        Ok(Ed25519SigningKey {
            secret,
            key,
            identity,
        })
    }

    /// The seed of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(*self.secret.expose())
    }
}

impl SigningKey for Ed25519SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let signed = self.key.try_sign(message).map_err(library)?;
        signature(SignatureScheme::Ed25519, signed.as_ref())
    }
}

/// A private key of ECDSA on P-256 with SHA-256 (FIPS 186-5).
///
/// Its signatures are randomized, and s is what it comes out as: high or low.
pub struct EcdsaP256SigningKey {
    secret: Secret<32>,
    key: EcdsaKeyPair,
    identity: Identity,
}

impl EcdsaP256SigningKey {
    /// Makes a key of random bytes: a big-endian scalar of 32, drawn again where
    /// it is 0 or not below the order of the curve.
    ///
    /// # Errors
    ///
    /// The random source failed.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        draw_scalar(random, |scalar| Self::from_secret(scalar).ok())
    }

    /// The key of a big-endian scalar of 32 bytes.
    ///
    /// # Errors
    ///
    /// The scalar is 0 or not below the order of the curve.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        let key = p256_private_key(&secret).map_err(library)?;
        Self::new(secret, &key)
    }

    // The library signs with a scalar only where it is told the point, and makes
    // that of it only in a key for ECDH.
    fn new(secret: Secret<32>, ecdh: &agreement::PrivateKey) -> Result<Self, CryptoError> {
        let point = ecdh.compute_public_key().map_err(library)?;
        let key = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            secret.expose(),
            point.as_ref(),
        )
        .map_err(library)?;
        let point: EcPublicKeyCompressedBin<'_> = point.as_be_bytes().map_err(library)?;
        let identity = identity(SignatureScheme::EcdsaP256Sha256, point.as_ref())?;
        Ok(EcdsaP256SigningKey {
            secret,
            key,
            identity,
        })
    }

    /// The big-endian scalar of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(*self.secret.expose())
    }
}

impl SigningKey for EcdsaP256SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        // The generator is not looked at: AWS-LC draws from its own.
        let signed = self
            .key
            .sign(&SystemRandom::new(), message)
            .map_err(library)?;
        signature(SignatureScheme::EcdsaP256Sha256, signed.as_ref())
    }
}

/// A private key of ML-DSA-65 (FIPS 204).
///
/// Its signatures are those of the hedged variant, which is randomized, with an
/// empty context.
pub struct MlDsa65SigningKey {
    secret: Secret<32>,
    key: PqdsaKeyPair,
    identity: Identity,
}

impl MlDsa65SigningKey {
    /// Makes a key of random bytes, of which it draws 32.
    ///
    /// # Errors
    ///
    /// The random source failed.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        Self::from_secret(seed(random)?)
    }

    /// The key of a seed ξ of 32 bytes (FIPS 204, algorithm 6).
    ///
    /// # Errors
    ///
    /// None that `secret` could cause: every seed is a key.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        let key = PqdsaKeyPair::from_seed(&ML_DSA_65_SIGNING, secret.expose()).map_err(library)?;
        let identity = identity(SignatureScheme::MlDsa65, key.public_key().as_ref())?;
        Ok(MlDsa65SigningKey {
            secret,
            key,
            identity,
        })
    }

    /// The seed ξ of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(*self.secret.expose())
    }
}

impl SigningKey for MlDsa65SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let mut signed = [0; SignatureScheme::MlDsa65.signature_len()];
        self.key.sign(message, &mut signed).map_err(library)?;
        signature(SignatureScheme::MlDsa65, &signed)
    }
}

fn seed(random: &mut dyn Random) -> Result<Secret<32>, CryptoError> {
    let mut seed = Secret::zeroed();
    random.fill(seed.expose_mut())?;
    Ok(seed)
}

fn identity(scheme: SignatureScheme, public_key: &[u8]) -> Result<Identity, CryptoError> {
    Identity::new(scheme, public_key).map_err(library)
}

fn signature(scheme: SignatureScheme, bytes: &[u8]) -> Result<Signature, CryptoError> {
    Signature::new(scheme, bytes).map_err(library)
}

macro_rules! debug_with_identity {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.identity).finish()
            }
        }
    )*};
}
debug_with_identity!(Ed25519SigningKey, EcdsaP256SigningKey, MlDsa65SigningKey);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use crate::testing::{Recorded, bytes, hex};

    // RFC 8032, section 7.1, test 1.
    #[test]
    fn ed25519_signs_as_rfc_8032_says() {
        let seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let key = Ed25519SigningKey::from_secret(Secret::from(seed)).unwrap();
        assert_eq!(key.identity().scheme(), SignatureScheme::Ed25519);
        assert_eq!(
            key.identity().public_key(),
            hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        );
        assert_eq!(
            key.sign(b"").unwrap().bytes(),
            hex(
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
                 5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            )
        );
    }

    // RFC 6979, appendix A.2.5.
    #[test]
    fn ecdsa_has_the_key_of_rfc_6979() {
        let scalar = bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
        let key = EcdsaP256SigningKey::from_secret(Secret::from(scalar)).unwrap();
        assert_eq!(key.identity().scheme(), SignatureScheme::EcdsaP256Sha256);
        assert_eq!(
            key.identity().public_key(),
            hex("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6")
        );
    }

    #[test]
    fn some_signatures_are_randomized() {
        fn signs_twice(key: &impl SigningKey) -> [Signature; 2] {
            [key.sign(b"message").unwrap(), key.sign(b"message").unwrap()]
        }
        let secret = || Secret::from([5; 32]);
        let [first, second] = signs_twice(&Ed25519SigningKey::from_secret(secret()).unwrap());
        assert_eq!(first.bytes(), second.bytes());
        let [first, second] = signs_twice(&EcdsaP256SigningKey::from_secret(secret()).unwrap());
        assert_ne!(first.bytes(), second.bytes());
        let [first, second] = signs_twice(&MlDsa65SigningKey::from_secret(secret()).unwrap());
        assert_ne!(first.bytes(), second.bytes());
    }

    #[test]
    fn an_ecdsa_scalar_out_of_range_is_refused() {
        let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        let below = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";
        let above = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552";
        let from = |scalar| EcdsaP256SigningKey::from_secret(Secret::from(scalar));
        assert!(from([0; 32]).is_err());
        assert!(from(bytes(below)).is_ok());
        assert!(from(bytes(order)).is_err());
        assert!(from(bytes(above)).is_err());
    }

    #[test]
    fn a_key_is_what_was_drawn_and_can_be_stored() {
        fn round_trip<K: SigningKey>(
            generate: fn(&mut dyn Random) -> Result<K, CryptoError>,
            from_secret: fn(Secret<32>) -> Result<K, CryptoError>,
            to_secret: fn(&K) -> Secret<32>,
        ) {
            let mut random = Recorded::new([0x42; 33]);
            let key = generate(&mut random).unwrap();
            assert_eq!(to_secret(&key).expose(), &[0x42; 32]);
            assert_eq!(random.left(), 1);
            assert!(matches!(generate(&mut random), Err(CryptoError::Random(_))));

            let again = from_secret(to_secret(&key)).unwrap();
            assert_eq!(again.identity(), key.identity());
        }
        round_trip(
            Ed25519SigningKey::generate,
            Ed25519SigningKey::from_secret,
            Ed25519SigningKey::to_secret,
        );
        round_trip(
            EcdsaP256SigningKey::generate,
            EcdsaP256SigningKey::from_secret,
            EcdsaP256SigningKey::to_secret,
        );
        round_trip(
            MlDsa65SigningKey::generate,
            MlDsa65SigningKey::from_secret,
            MlDsa65SigningKey::to_secret,
        );
    }

    #[test]
    fn a_key_prints_its_identity_only() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let expected = format!("EcdsaP256SigningKey({:?})", key.identity());
        assert_eq!(format!("{key:?}"), expected);
    }
}
