//! SHA-2 and HKDF.

use crate::{RING, failed, overwrite};
use alloc::boxed::Box;
use core::fmt;
use ossuary_traits::{CryptoError, Hash, HashId, Secret};
use ring::{digest, hkdf, hmac};

macro_rules! hash {
    ($(#[$doc:meta])* $name:ident, $len:literal, $digest:expr, $hkdf:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Hash for $name {
            const ID: HashId = HashId::$name;
            const LIBRARY: &'static str = RING;

            type Output = [u8; $len];
            type Secret = Secret<$len>;
            type Prk = Prk;

            fn digest(parts: &[&[u8]]) -> [u8; $len] {
                digest(&$digest, parts)
            }

            fn extract(salt: &[u8], ikm: &[&[u8]]) -> Prk {
                Prk::extract($hkdf, salt, ikm)
            }

            fn prk(secret: &Secret<$len>) -> Prk {
                Prk::new($hkdf, secret.expose())
            }

            fn expand(prk: &Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
                prk.expand(info, out)
            }
        }
    };
}

hash! {
    /// SHA-256 (FIPS 180-4), 32 bytes, and HKDF with it (RFC 5869).
    Sha256, 32, digest::SHA256, hkdf::HKDF_SHA256
}

hash! {
    /// SHA-384 (FIPS 180-4), 48 bytes, and HKDF with it (RFC 5869).
    Sha384, 48, digest::SHA384, hkdf::HKDF_SHA384
}

fn digest<const N: usize>(algorithm: &'static digest::Algorithm, parts: &[&[u8]]) -> [u8; N] {
    let mut context = digest::Context::new(algorithm);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; N];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// A pseudorandom key, as the state of an HMAC that has taken it in.
// On the heap, so that moves leave no copy behind that nobody overwrites.
pub struct Prk(Box<hkdf::Prk>);

impl Prk {
    fn new(algorithm: hkdf::Algorithm, value: &[u8]) -> Self {
        Prk(Box::new(hkdf::Prk::new_less_safe(algorithm, value)))
    }

    // HKDF-Extract is HMAC with the salt as its key (RFC 5869, section 2.2), and
    // ring's HMAC takes its message in parts, which its HKDF does not.
    fn extract(algorithm: hkdf::Algorithm, salt: &[u8], ikm: &[&[u8]]) -> Self {
        let salt = hmac::Key::new(algorithm.hmac_algorithm(), salt);
        let mut context = hmac::Context::with_key(&salt);
        for part in ikm {
            context.update(part);
        }
        Self::new(algorithm, context.sign().as_ref())
    }

    fn expand(&self, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        let okm = self.0.expand(info, Len(out.len())).map_err(failed)?;
        okm.fill(out).map_err(failed)
    }

    // The state of SHA-384 is the larger one, so it covers both.
    fn wipe(&mut self) {
        let zeros = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA384, &[]);
        overwrite(&mut *self.0, zeros);
    }
}

impl Drop for Prk {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl fmt::Debug for Prk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prk")
    }
}

/// How much is to be expanded, in bytes.
struct Len(usize);

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a panic is how a test fails"
    )]

    use super::*;
    use crate::testing::{bytes, hex};
    use alloc::vec;

    // FIPS 180-2, appendices B.1 and D.1; the parts count as joined.
    #[test]
    fn digests_of_abc() {
        let abc: [&[u8]; 3] = [b"a", b"", b"bc"];
        assert_eq!(
            Sha256::digest(&abc),
            bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        );
        assert_eq!(
            Sha384::digest(&abc),
            bytes(
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                 8086072ba1e7cc2358baeca134c825a7"
            )
        );
    }

    // RFC 5869, appendix A.1.
    #[test]
    fn hkdf_sha256() {
        let salt = hex("000102030405060708090a0b0c");
        let secret = Secret::from(bytes(
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        ));
        let okm = hex(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf\
             34007208d5b887185865",
        );
        let info = hex("f0f1f2f3f4f5f6f7f8f9");
        let (first, rest) = info.split_at(3);
        for prk in [
            Sha256::extract(&salt, &[&[0x0b; 10], &[0x0b; 12]]),
            Sha256::prk(&secret),
        ] {
            let mut out = [0; 42];
            Sha256::expand(&prk, &[first, rest], &mut out).unwrap();
            assert_eq!(&out[..], okm);
        }
    }

    /// What tells one key from another.
    fn expanded(prk: &Prk) -> [u8; 48] {
        let mut out = [0; 48];
        Sha384::expand(prk, &[], &mut out).unwrap();
        out
    }

    // RFC 4231, section 4.2: HKDF-Extract is HMAC with the salt as its key.
    #[test]
    fn hkdf_sha384() {
        let prk = Sha384::extract(&[0x0b; 20], &[b"Hi ", b"There"]);
        let secret = Secret::from(bytes(
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c\
             faea9ea9076ede7f4af152e8b2fa9cb6",
        ));
        assert_eq!(expanded(&prk), expanded(&Sha384::prk(&secret)));
    }

    // RFC 5869, section 2.2.
    #[test]
    fn an_empty_salt_is_one_of_zeros() {
        let empty = Sha384::extract(&[], &[b"ikm"]);
        let zeros = Sha384::extract(&[0; 48], &[b"ikm"]);
        assert_eq!(expanded(&empty), expanded(&zeros));
    }

    #[test]
    fn at_most_255_hashes_are_expanded() {
        let prk = Sha384::extract(b"salt", &[b"ikm"]);
        let mut out = vec![0; 255 * 48 + 1];
        assert!(Sha384::expand(&prk, &[], &mut out).is_err());
        assert!(Sha384::expand(&prk, &[], &mut out[..255 * 48]).is_ok());
        assert!(Sha384::expand(&prk, &[], &mut out[..255 * 48 - 1]).is_ok());
        assert!(Sha384::expand(&prk, &[], &mut []).is_ok());
    }

    #[test]
    fn a_wiped_key_is_one_of_zeros() {
        let zeros = expanded(&Prk::new(hkdf::HKDF_SHA384, &[0; 48]));
        for mut prk in [
            Sha256::prk(&Secret::from([7; 32])),
            Sha384::prk(&Secret::from([7; 48])),
        ] {
            assert_ne!(expanded(&prk), zeros);
            prk.wipe();
            assert_eq!(expanded(&prk), zeros);
        }
    }
}
