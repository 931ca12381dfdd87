//! SHA-2 and HKDF.

use crate::{LIBRARY, fixed, library};
use alloc::boxed::Box;
use core::fmt;
use orion::errors::UnknownCryptoError;
use orion::hazardous::hash::sha2;
use orion::hazardous::kdf::hkdf::{self, Hkdf};
use orion::hazardous::mac::hmac;
use ossuary_traits::{CryptoError, Hash, HashId, Secret};
use zeroize::Zeroizing;

/// SHA-256 (FIPS 180-4), 32 bytes, and HKDF with it (RFC 5869).
#[derive(Clone, Copy, Debug)]
pub struct Sha256;

/// SHA-384 (FIPS 180-4), 48 bytes, and HKDF with it (RFC 5869).
#[derive(Clone, Copy, Debug)]
pub struct Sha384;

/// A pseudorandom key, in one place on the heap. It wipes itself.
// The library returns an error where one is extracted, which cannot be. It is kept
// for `expand`, which has a place for it.
pub struct Prk<T>(Result<Box<T>, UnknownCryptoError>);

impl<T> fmt::Debug for Prk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prk")
    }
}

// One text for both: the library has its functions on types that no trait joins.
macro_rules! hash {
    ($name:ident, $len:literal, $hash:ty, $hkdf:ty, $tag:ty) => {
        impl Hash for $name {
            const ID: HashId = HashId::$name;
            const LIBRARY: &'static str = LIBRARY;

            type Output = [u8; $len];
            type Secret = Secret<$len>;
            type Prk = Prk<$tag>;

            fn digest(parts: &[&[u8]]) -> [u8; $len] {
                let digest = || {
                    let mut state = <$hash>::new();
                    for part in parts {
                        state.update(part).map_err(library)?;
                    }
                    fixed(state.finalize().map_err(library)?.as_ref())
                };
                // A made-up hash would be worse than no answer.
                digest().unwrap_or_else(|_| {
                    unreachable!("orion refuses a state that is finalized, and no other")
                })
            }

            fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self::Prk {
                let ikm = Zeroizing::new(ikm.concat());
                Prk(<$hkdf>::extract(salt, &ikm).map(Box::new))
            }

            fn prk(secret: &Self::Secret) -> Self::Prk {
                Prk(Ok(Box::new((*secret.expose()).into())))
            }

            fn expand(prk: &Self::Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
                // Of an empty output the library makes an error; the RFC does not.
                if out.is_empty() {
                    return Ok(());
                }
                let prk = prk.0.as_ref().map_err(|error| library(*error))?;
                <$hkdf>::expand(prk, Some(&info.concat()), out).map_err(library)
            }
        }
    };
}
hash!(
    Sha256,
    32,
    sha2::sha256::Sha256,
    Hkdf<hkdf::SHA256>,
    hmac::sha256::Tag
);
hash!(
    Sha384,
    48,
    sha2::sha384::Sha384,
    Hkdf<hkdf::SHA384>,
    hmac::sha384::Tag
);

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
        let extracted = Sha256::extract(&salt, &[&[0x0b; 10], &[0x0b; 12]]);
        let taken = Sha256::prk(&Secret::from(bytes(
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        )));
        let info = hex("f0f1f2f3f4f5f6f7f8f9");
        let (first, rest) = info.split_at(3);
        for prk in [extracted, taken] {
            let mut out = [0; 42];
            Sha256::expand(&prk, &[first, rest], &mut out).unwrap();
            assert_eq!(
                &out[..],
                hex(
                    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf\
                     34007208d5b887185865"
                )
            );
        }
    }

    // RFC 4231, section 4.2: HKDF-Extract is HMAC with the salt as its key.
    #[test]
    fn hkdf_sha384() {
        let extracted = Sha384::extract(&[0x0b; 20], &[b"Hi ", b"There"]);
        let taken = Sha384::prk(&Secret::from(bytes(
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c\
             faea9ea9076ede7f4af152e8b2fa9cb6",
        )));
        let [mut first, mut second] = [[0; 48]; 2];
        Sha384::expand(&extracted, &[], &mut first).unwrap();
        Sha384::expand(&taken, &[], &mut second).unwrap();
        assert_eq!(first, second);
        assert_ne!(first, [0; 48]);
    }

    #[test]
    fn an_output_is_of_none_to_255_hashes() {
        fn has_its_limits<H: Hash>() {
            let prk = H::extract(b"salt", &[b"ikm"]);
            let most = 255 * H::ID.output_len();
            let mut out = vec![0; most + 1];
            assert!(H::expand(&prk, &[], &mut out).is_err());
            assert!(H::expand(&prk, &[], &mut out[..most]).is_ok());
            assert!(H::expand(&prk, &[], &mut out[..most - 1]).is_ok());
            assert!(H::expand(&prk, &[], &mut out[..1]).is_ok());
            assert!(H::expand(&prk, &[], &mut []).is_ok());
        }
        has_its_limits::<Sha256>();
        has_its_limits::<Sha384>();
    }
}
