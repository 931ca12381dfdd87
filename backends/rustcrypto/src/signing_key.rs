//! Private keys in memory that sign.

use crate::key_exchange::p256_private_key;
use crate::library;
use alloc::boxed::Box;
use core::fmt;
use ed25519_dalek::Signer as _;
use ml_dsa::{Keypair, MlDsa65};
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, Random, Secret, Signature, SignatureScheme, SigningKey,
};
use p256::ecdsa;

/// A private key of Ed25519 (RFC 8032).
pub struct Ed25519SigningKey {
    // On the heap, so that moves into a key store leave no copy behind.
    key: Box<ed25519_dalek::SigningKey>,
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
        let key = Box::new(ed25519_dalek::SigningKey::from_bytes(secret.expose()));
        let public_key = key.verifying_key().to_bytes();
        let identity = identity(SignatureScheme::Ed25519, &public_key)?;
        Ok(Ed25519SigningKey { key, identity })
    }

    /// The seed of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(*self.key.as_bytes())
    }
}

impl SigningKey for Ed25519SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let bytes = self.key.try_sign(message).map_err(library)?.to_bytes();
        signature(SignatureScheme::Ed25519, &bytes)
    }
}

/// A private key of ECDSA on P-256 with SHA-256 (FIPS 186-5).
///
/// Its signatures are deterministic (RFC 6979), and s is what it comes out as:
/// high or low.
pub struct EcdsaP256SigningKey {
    // On the heap, so that moves into a key store leave no copy behind.
    key: Box<ecdsa::SigningKey>,
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
        Self::new(p256_private_key(random)?.into())
    }

    /// The key of a big-endian scalar of 32 bytes.
    ///
    /// # Errors
    ///
    /// The scalar is 0 or not below the order of the curve.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        Self::new(ecdsa::SigningKey::from_bytes(secret.expose().into()).map_err(library)?)
    }

    fn new(key: ecdsa::SigningKey) -> Result<Self, CryptoError> {
        let public_key = key.verifying_key().to_sec1_point(true);
        let identity = identity(SignatureScheme::EcdsaP256Sha256, public_key.as_bytes())?;
        let key = Box::new(key);
        Ok(EcdsaP256SigningKey { key, identity })
    }

    /// The big-endian scalar of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(<[u8; 32]>::from(self.key.to_bytes()))
    }
}

impl SigningKey for EcdsaP256SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let signed: ecdsa::Signature = self.key.try_sign(message).map_err(library)?;
        signature(SignatureScheme::EcdsaP256Sha256, &signed.to_bytes())
    }
}

/// A private key of ML-DSA-65 (FIPS 204).
///
/// Its signatures are those of the deterministic variant, with an empty context.
pub struct MlDsa65SigningKey {
    key: ml_dsa::SigningKey<MlDsa65>,
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
        let key = ml_dsa::SigningKey::from_seed(secret.expose().into());
        let public_key = key.verifying_key().encode();
        let identity = identity(SignatureScheme::MlDsa65, &public_key)?;
        Ok(MlDsa65SigningKey { key, identity })
    }

    /// The seed ξ of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(<[u8; 32]>::from(*self.key.as_seed()))
    }
}

impl SigningKey for MlDsa65SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let signed = self.key.try_sign(message).map_err(library)?;
        signature(SignatureScheme::MlDsa65, &signed.encode())
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
    use alloc::format;
    use zeroize::ZeroizeOnDrop;

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

    // RFC 6979, appendix A.2.5. The s of "sample" is the high one.
    #[test]
    fn ecdsa_signs_as_rfc_6979_says() {
        let scalar = bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
        let key = EcdsaP256SigningKey::from_secret(Secret::from(scalar)).unwrap();
        assert_eq!(key.identity().scheme(), SignatureScheme::EcdsaP256Sha256);
        assert_eq!(
            key.identity().public_key(),
            hex("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6")
        );
        assert_eq!(
            key.sign(b"sample").unwrap().bytes(),
            hex(
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                 f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
            )
        );
        assert_eq!(
            key.sign(b"test").unwrap().bytes(),
            hex(
                "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367\
                 019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"
            )
        );
    }

    #[test]
    fn ml_dsa_signs_deterministically() {
        let key = MlDsa65SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        assert_eq!(key.identity().scheme(), SignatureScheme::MlDsa65);
        assert_eq!(
            key.sign(b"message").unwrap().bytes(),
            key.sign(b"message").unwrap().bytes()
        );
        assert_ne!(
            key.sign(b"message").unwrap().bytes(),
            key.sign(b"messagf").unwrap().bytes()
        );
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
        fn round_trip<K>(
            generate: fn(&mut dyn Random) -> Result<K, CryptoError>,
            to_secret: fn(&K) -> Secret<32>,
        ) {
            let mut random = Recorded::new([0x42; 33]);
            let key = generate(&mut random).unwrap();
            assert_eq!(to_secret(&key).expose(), &[0x42; 32]);
            assert_eq!(random.left(), 1);
            assert!(matches!(generate(&mut random), Err(CryptoError::Random(_))));
        }
        round_trip(Ed25519SigningKey::generate, Ed25519SigningKey::to_secret);
        round_trip(
            EcdsaP256SigningKey::generate,
            EcdsaP256SigningKey::to_secret,
        );
        round_trip(MlDsa65SigningKey::generate, MlDsa65SigningKey::to_secret);
    }

    #[test]
    fn a_key_prints_its_identity_only() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let expected = format!("EcdsaP256SigningKey({:?})", key.identity());
        assert_eq!(format!("{key:?}"), expected);
    }

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn keys_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<ed25519_dalek::SigningKey>();
        wipes::<ecdsa::SigningKey>();
        wipes::<ml_dsa::SigningKey<MlDsa65>>();
    }
}
