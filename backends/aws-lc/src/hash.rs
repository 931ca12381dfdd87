//! SHA-2 and HKDF.

use crate::{AWS_LC, library};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{digest, hkdf, hmac};
use core::fmt;
use ossuary_traits::{CryptoError, FixedBytes, Hash, HashId, Secret};
use zeroize::Zeroizing;

macro_rules! hash {
    ($(#[$doc:meta])* $name:ident, $len:literal, $digest:expr, $hkdf:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Hash for $name {
            const ID: HashId = HashId::$name;
            const LIBRARY: &'static str = AWS_LC;

            type Output = [u8; $len];
            type Secret = Secret<$len>;
            type Prk = Prk<$len>;

            fn digest(parts: &[&[u8]]) -> [u8; $len] {
                digest(&$digest, parts)
            }

            fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self::Prk {
                Prk(extract($hkdf, salt, ikm))
            }

            fn prk(secret: &Secret<$len>) -> Self::Prk {
                Prk(Ok(Secret::from(*secret.expose())))
            }

            fn expand(prk: &Self::Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
                let prk = prk.0.as_ref().map_err(|error| library(*error))?;
                expand($hkdf, prk.as_ref(), info, out).map_err(library)
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

// HKDF-Extract is HMAC with the salt as its key (RFC 5869, section 2.2). The
// library's own keeps the salt and the input until they are expanded; and of its
// HMAC, the call that takes parts leaves the result where nobody wipes it.
fn extract<const N: usize>(
    algorithm: hkdf::Algorithm,
    salt: &[u8],
    ikm: &[&[u8]],
) -> Result<Secret<N>, Unspecified> {
    let len = ikm.iter().map(|part| part.len()).sum();
    let mut joined = Zeroizing::new(Vec::with_capacity(len));
    for part in ikm {
        joined.extend_from_slice(part);
    }
    let salt = hmac::Key::new(algorithm.hmac_algorithm(), salt);
    let mut prk = Secret::zeroed();
    hmac::sign_to_buffer(&salt, &joined, prk.as_mut())?;
    Ok(prk)
}

fn expand(
    algorithm: hkdf::Algorithm,
    prk: &[u8],
    info: &[&[u8]],
    out: &mut [u8],
) -> Result<(), Unspecified> {
    let prk = hkdf::Prk::new_less_safe(algorithm, prk);
    prk.expand(info, Len(out.len()))?.fill(out)
}

/// A pseudorandom key of `N` bytes.
// AWS-LC takes it as bytes each time that it is expanded. That it could not be
// made is said there.
pub struct Prk<const N: usize>(Result<Secret<N>, Unspecified>);

impl<const N: usize> fmt::Debug for Prk<N> {
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

    // RFC 4231, section 4.2: HKDF-Extract is HMAC with the salt as its key.
    #[test]
    fn hkdf_sha384() {
        let prk = Sha384::extract(&[0x0b; 20], &[b"Hi ", b"There"]);
        assert_eq!(
            prk.0.unwrap().expose(),
            &bytes(
                "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c\
                 faea9ea9076ede7f4af152e8b2fa9cb6",
            )
        );
    }

    // RFC 5869, section 2.2.
    #[test]
    fn an_empty_salt_is_one_of_zeros() {
        let extract = |salt| Sha384::extract(salt, &[b"ikm"]).0.unwrap();
        assert_eq!(extract(&[]).expose(), extract(&[0; 48]).expose());
    }

    #[test]
    fn nothing_to_extract_from_is_an_empty_string() {
        let extract = |ikm| Sha256::extract(b"salt", ikm).0.unwrap();
        assert_eq!(extract(&[]).expose(), extract(&[b""]).expose());
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
}
