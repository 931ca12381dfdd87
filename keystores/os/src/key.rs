//! Private keys that sign once, and how they are written down.

use base64ct::{Base64, Encoding};
use core::fmt;
use ed25519_dalek::Signer as _;
use ossuary_traits::{
    BoxError, CryptoError, FixedBytes, Identity, Random, Secret, Signature, SignatureScheme,
    draw_scalar,
};
use p256::ecdsa;
use zeroize::Zeroizing;

/// How the stored form of each scheme's keys begins.
const PREFIXES: [(SignatureScheme, &str); 2] = [
    (SignatureScheme::Ed25519, "ed25519:"),
    (SignatureScheme::EcdsaP256Sha256, "ecdsa-p256:"),
];

/// 32 bytes in base64.
const SECRET_LEN: usize = 44;

fn prefix(scheme: SignatureScheme) -> Result<&'static str, CryptoError> {
    let mut known = PREFIXES.iter();
    let known = known.find(|(known, _)| *known == scheme);
    known
        .map(|(_, prefix)| *prefix)
        .ok_or(CryptoError::Unsupported)
}

/// A private key that wipes itself.
pub(crate) struct Key {
    signer: Signer,
    identity: Identity,
}

/// On the heap, so that moves leave no copy behind.
enum Signer {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    EcdsaP256(Box<ecdsa::SigningKey>),
}

impl Key {
    /// The key of a seed (Ed25519) or a big-endian scalar (P-256).
    pub(crate) fn new(scheme: SignatureScheme, secret: &Secret<32>) -> Result<Self, CryptoError> {
        let (signer, identity) = match scheme {
            SignatureScheme::Ed25519 => {
                let key = Box::new(ed25519_dalek::SigningKey::from_bytes(secret.expose()));
                let identity = Identity::new(scheme, key.verifying_key().as_bytes());
                (Signer::Ed25519(key), identity)
            }
            SignatureScheme::EcdsaP256Sha256 => {
                let key = ecdsa::SigningKey::from_bytes(secret.expose().into());
                let key = Box::new(key.map_err(library)?);
                let point = key.verifying_key().to_sec1_point(true);
                let identity = Identity::new(scheme, point.as_bytes());
                (Signer::EcdsaP256(key), identity)
            }
            _ => return Err(CryptoError::Unsupported),
        };
        let identity = identity.map_err(library)?;
        Ok(Key { signer, identity })
    }

    /// Draws the secret of a new key.
    pub(crate) fn draw(
        scheme: SignatureScheme,
        random: &mut dyn Random,
    ) -> Result<Secret<32>, CryptoError> {
        prefix(scheme)?;
        draw_scalar(random, |secret| {
            Key::new(scheme, &secret).is_ok().then_some(secret)
        })
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let scheme = self.identity.scheme();
        let signature = match &self.signer {
            Signer::Ed25519(key) => {
                let signature = key.try_sign(message).map_err(library)?;
                Signature::new(scheme, &signature.to_bytes())
            }
            Signer::EcdsaP256(key) => {
                let signature: ecdsa::Signature = key.try_sign(message).map_err(library)?;
                Signature::new(scheme, &signature.to_bytes())
            }
        };
        signature.map_err(library)
    }
}

fn library(error: impl Into<BoxError>) -> CryptoError {
    CryptoError::Library(error.into())
}

/// The stored form of a key: see the crate's documentation.
pub(crate) fn to_stored(
    scheme: SignatureScheme,
    secret: &Secret<32>,
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let prefix = prefix(scheme)?.as_bytes();
    // Of its final size at once: a vector that grows leaves copies behind.
    let mut stored = Zeroizing::new(vec![0; prefix.len() + SECRET_LEN]);
    let (start, rest) = stored.split_at_mut(prefix.len());
    start.copy_from_slice(prefix);
    Base64::encode(secret.expose(), rest).map_err(|error| library(error.to_string()))?;
    Ok(stored)
}

/// The key that is stored as `stored`.
pub(crate) fn from_stored(stored: &[u8]) -> Result<Key, NoHostKey> {
    let parts = PREFIXES.iter().find_map(|(scheme, prefix)| {
        let rest = stored.strip_prefix(prefix.as_bytes())?;
        Some((*scheme, rest))
    });
    let (scheme, rest) = parts.ok_or(NoHostKey)?;
    let mut secret = Secret::zeroed();
    let decoded = Base64::decode(rest, secret.expose_mut()).map_err(|_| NoHostKey)?;
    if decoded.len() != Secret::<32>::LEN {
        return Err(NoHostKey);
    }
    Key::new(scheme, &secret).map_err(|_| NoHostKey)
}

/// An item of a keystore is not a host key's stored form. Nothing of it is told:
/// it may be another program's secret.
#[derive(Debug)]
pub(crate) struct NoHostKey;

impl fmt::Display for NoHostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the item of this service and name is not a host key of ossuary: \
            choose another name, or delete the item if nothing else needs it",
        )
    }
}

impl core::error::Error for NoHostKey {}

#[cfg(test)]
mod tests {
    use super::*;
    use ossuary_traits::RandomError;
    use zeroize::ZeroizeOnDrop;

    const SCHEMES: [SignatureScheme; 2] =
        [SignatureScheme::Ed25519, SignatureScheme::EcdsaP256Sha256];

    fn stored(scheme: SignatureScheme) -> Vec<u8> {
        to_stored(scheme, &Secret::from([5; 32])).unwrap().to_vec()
    }

    #[test]
    fn the_stored_form_is_what_the_documentation_says() {
        let base64 = "BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=";
        let [ed25519, p256] = SCHEMES.map(stored);
        assert_eq!(ed25519, format!("ed25519:{base64}").into_bytes());
        assert_eq!(p256, format!("ecdsa-p256:{base64}").into_bytes());
    }

    #[test]
    fn what_is_stored_is_the_same_key() {
        for scheme in SCHEMES {
            let key = Key::new(scheme, &Secret::from([5; 32])).unwrap();
            let read = from_stored(&stored(scheme)).unwrap();
            assert_eq!(read.identity(), key.identity());
            assert_eq!(read.identity().scheme(), scheme);
        }
    }

    #[test]
    fn every_other_length_is_refused() {
        for scheme in SCHEMES {
            let stored = stored(scheme);
            for len in 0..stored.len() {
                assert!(from_stored(&stored[..len]).is_err(), "{len} bytes");
            }
            let prefix = prefix(scheme).unwrap();
            for len in (0..100).filter(|len| *len != 32) {
                let text = format!("{prefix}{}", encoded(&vec![5; len]));
                assert!(from_stored(text.as_bytes()).is_err(), "a key of {len}");
            }
            for more in ["=", "A", "\n", "\0", "AAAA"] {
                let longer = [&stored, more.as_bytes()].concat();
                assert!(from_stored(&longer).is_err(), "{more:?} behind it");
            }
        }
    }

    fn encoded(bytes: &[u8]) -> String {
        let mut text = vec![0; Base64::encoded_len(bytes)];
        Base64::encode(bytes, &mut text).unwrap().to_owned()
    }

    #[test]
    fn another_form_is_refused() {
        let key = stored(SignatureScheme::Ed25519);
        let base64 = str::from_utf8(&key[8..]).unwrap();
        for text in [
            base64.to_owned(),
            format!("Ed25519:{base64}"),
            format!("ml-dsa-65:{base64}"),
            format!(" ed25519:{base64}"),
            format!("ed25519: {base64}"),
            format!("ed25519:{}", base64.replace('=', "A")),
            format!("ed25519:{}", base64.replace('B', "-")),
            // Bits that no byte has.
            format!("ed25519:{}", base64.replace("U=", "V=")),
        ] {
            assert!(from_stored(text.as_bytes()).is_err(), "{text}");
        }
        assert!(from_stored(&[0xff; 52]).is_err());
    }

    #[test]
    fn a_scalar_out_of_range_is_no_key() {
        let scheme = SignatureScheme::EcdsaP256Sha256;
        for scalar in [[0; 32], [0xff; 32]] {
            let stored = to_stored(scheme, &Secret::from(scalar)).unwrap();
            assert!(from_stored(&stored).is_err());
        }
    }

    /// Gives bytes that no scalar is, and then others.
    struct Draws(u8);

    impl Random for Draws {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
            out.fill(0xff_u8.wrapping_add(self.0));
            self.0 += 1;
            Ok(())
        }
    }

    #[test]
    fn scalars_are_drawn_again_and_seeds_are_not() {
        let draw = |scheme| *Key::draw(scheme, &mut Draws(0)).unwrap().expose();
        assert_eq!(draw(SignatureScheme::Ed25519), [0xff; 32]);
        // 0 is none either.
        assert_eq!(draw(SignatureScheme::EcdsaP256Sha256), [1; 32]);
    }

    #[test]
    fn a_scheme_that_is_not_supported_is_refused() {
        let scheme = SignatureScheme::MlDsa65;
        let secret = Secret::from([5; 32]);
        let unsupported = |error| matches!(error, Some(CryptoError::Unsupported));
        assert!(unsupported(Key::new(scheme, &secret).err()));
        assert!(unsupported(to_stored(scheme, &secret).err()));
        assert!(unsupported(Key::draw(scheme, &mut Draws(0)).err()));
    }

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn keys_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<ed25519_dalek::SigningKey>();
        wipes::<ecdsa::SigningKey>();
        wipes::<sha2::Sha512>();
    }
}
