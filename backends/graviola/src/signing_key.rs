//! Private keys in memory that sign.

use crate::key_exchange::p256_private_key;
use crate::{available, library};
use alloc::boxed::Box;
use core::fmt;
use graviola::hashing;
use graviola::key_agreement::p256::StaticPrivateKey;
use graviola::signing::{ecdsa, eddsa};
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, Random, Secret, Signature, SignatureScheme, SigningKey,
};

/// A private key of Ed25519 (RFC 8032).
pub struct Ed25519SigningKey {
    // On the heap, so that moves into a key store leave no copy behind.
    key: Box<eddsa::Ed25519SigningKey>,
    identity: Identity,
}

impl Ed25519SigningKey {
    /// Makes a key of random bytes, of which it draws 32.
    ///
    /// # Errors
    ///
    /// The random source failed, or graviola cannot run on this processor.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        let mut seed = Secret::zeroed();
        random.fill(seed.expose_mut())?;
        Self::from_secret(seed)
    }

    /// The key of a seed of 32 bytes, which RFC 8032 calls the private key.
    ///
    /// # Errors
    ///
    /// graviola cannot run on this processor. `secret` causes none: every seed is
    /// a key.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        available()?;
        let key = eddsa::Ed25519SigningKey::from_bytes(secret.as_ref()).map_err(library)?;
        let key = Box::new(key);
        let public_key = key.public_key().as_bytes();
        let identity = Identity::new(SignatureScheme::Ed25519, &public_key).map_err(library)?;
        Ok(Ed25519SigningKey { key, identity })
    }

    /// The seed of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(self.key.as_seed())
    }
}

impl SigningKey for Ed25519SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        Signature::new(SignatureScheme::Ed25519, &self.key.sign(message)).map_err(library)
    }
}

/// A private key of ECDSA on P-256 with SHA-256 (FIPS 186-5).
///
/// Its signatures are those of RFC 6979 with added randomness (section 3.6),
/// which graviola takes from the operating system, so no two are the same; s is
/// what it comes out as, high or low.
pub struct EcdsaP256SigningKey {
    // On the heap, so that moves into a key store leave no copy behind.
    key: Box<ecdsa::SigningKey<ecdsa::P256>>,
    identity: Identity,
}

impl EcdsaP256SigningKey {
    /// Makes a key of random bytes: a big-endian scalar of 32, drawn again where
    /// it is 0 or not below the order of the curve.
    ///
    /// # Errors
    ///
    /// The random source failed, or graviola cannot run on this processor.
    pub fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        available()?;
        Self::new(p256_private_key(random)?)
    }

    /// The key of a big-endian scalar of 32 bytes.
    ///
    /// # Errors
    ///
    /// The scalar is 0 or not below the order of the curve, or graviola cannot
    /// run on this processor.
    pub fn from_secret(secret: Secret<32>) -> Result<Self, CryptoError> {
        available()?;
        Self::new(StaticPrivateKey::from_bytes(secret.as_ref()).map_err(library)?)
    }

    fn new(private_key: StaticPrivateKey) -> Result<Self, CryptoError> {
        let key = Box::new(ecdsa::SigningKey::<ecdsa::P256> { private_key });
        let public_key = compressed(key.private_key.public_key_uncompressed());
        let identity = Identity::new(SignatureScheme::EcdsaP256Sha256, &public_key);
        let identity = identity.map_err(library)?;
        Ok(EcdsaP256SigningKey { key, identity })
    }

    /// The big-endian scalar of 32 bytes, to be stored.
    #[must_use]
    pub fn to_secret(&self) -> Secret<32> {
        Secret::from(self.key.private_key.as_bytes())
    }
}

/// The compressed form of a point (SEC 1, section 2.3.3): x, behind a byte that
/// says whether y is odd.
fn compressed(point: [u8; 65]) -> [u8; 33] {
    let [_, xy @ ..] = point;
    let [.., y_last] = xy;
    let mut compressed = [0; 33];
    for (place, byte) in compressed
        .iter_mut()
        .zip([0x02 | (y_last & 1)].iter().chain(&xy))
    {
        *place = *byte;
    }
    compressed
}

impl SigningKey for EcdsaP256SigningKey {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let mut bytes = [0; 64];
        let signed = self.key.sign::<hashing::Sha256>(&[message], &mut bytes);
        Signature::new(SignatureScheme::EcdsaP256Sha256, signed.map_err(library)?).map_err(library)
    }
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
debug_with_identity!(Ed25519SigningKey, EcdsaP256SigningKey);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use crate::testing::{Recorded, bytes, hex};
    use alloc::format;

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

    // The key of RFC 6979, appendix A.2.5.
    const SCALAR: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    const X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
    const Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

    // graviola verifies with the uncompressed key what it signed with a new nonce.
    #[test]
    fn ecdsa_signs_for_its_compressed_key() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from(bytes(SCALAR))).unwrap();
        assert_eq!(key.identity().scheme(), SignatureScheme::EcdsaP256Sha256);
        assert_eq!(
            key.identity().public_key(),
            hex(&format!("03{X}")),
            "y is odd"
        );
        let uncompressed = hex(&format!("04{X}{Y}"));
        let public =
            ecdsa::VerifyingKey::<ecdsa::P256>::from_x962_uncompressed(&uncompressed).unwrap();
        let verifies = |message: &[u8], signature: &Signature| {
            public
                .verify::<hashing::Sha256>(&[message], signature.bytes())
                .is_ok()
        };
        let (first, second) = (key.sign(b"sample").unwrap(), key.sign(b"sample").unwrap());
        assert_ne!(first.bytes(), second.bytes());
        assert!(verifies(b"sample", &first));
        assert!(verifies(b"sample", &second));
        assert!(!verifies(b"samplf", &first));
    }

    #[test]
    fn a_point_with_an_even_y_begins_with_2() {
        let mut point: [u8; 65] = bytes(&format!("04{X}{Y}"));
        point[64] ^= 1;
        assert_eq!(compressed(point), bytes(&format!("02{X}")));
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
            let mut random = Recorded::new([0x42; 63]);
            let key = generate(&mut random).unwrap();
            assert_eq!(to_secret(&key).expose(), &[0x42; 32]);
            assert_eq!(random.left(), 31);
            assert!(matches!(generate(&mut random), Err(CryptoError::Random(_))));
        }
        round_trip(Ed25519SigningKey::generate, Ed25519SigningKey::to_secret);
        round_trip(
            EcdsaP256SigningKey::generate,
            EcdsaP256SigningKey::to_secret,
        );
    }

    #[test]
    fn a_key_prints_its_identity_only() {
        let key = EcdsaP256SigningKey::from_secret(Secret::from([5; 32])).unwrap();
        let expected = format!("EcdsaP256SigningKey({:?})", key.identity());
        assert_eq!(format!("{key:?}"), expected);
    }
}
