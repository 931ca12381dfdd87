//! SHA-2, and HKDF, which graviola does not have.

use crate::{LIBRARY, library};
use graviola::hashing::hmac::Hmac;
use graviola::hashing::{self, sha2};
use ossuary_traits::{CryptoError, FixedBytes, Hash, HashId, Secret};
use zeroize::Zeroize;

/// SHA-256 (FIPS 180-4), 32 bytes, and HKDF with it (RFC 5869).
#[derive(Clone, Copy, Debug)]
pub struct Sha256;

/// SHA-384 (FIPS 180-4), 48 bytes, and HKDF with it (RFC 5869).
#[derive(Clone, Copy, Debug)]
pub struct Sha384;

// A pseudorandom key is kept as its bytes and not as the state of an HMAC that has
// taken it in, which would be faster to expand: the library's states do not wipe
// themselves.
macro_rules! hash {
    ($name:ident, $len:literal, $context:ty) => {
        impl Hash for $name {
            const ID: HashId = HashId::$name;
            const LIBRARY: &'static str = LIBRARY;

            type Output = [u8; $len];
            type Secret = Secret<$len>;
            type Prk = Secret<$len>;

            fn available() -> Result<(), CryptoError> {
                crate::available()
            }

            fn digest(parts: &[&[u8]]) -> [u8; $len] {
                let mut state = <$context>::new();
                for part in parts {
                    state.update(part);
                }
                state.finish()
            }

            fn extract(salt: &[u8], ikm: &[&[u8]]) -> Secret<$len> {
                let mut prk = Secret::zeroed();
                hmac(Hmac::<hashing::$name>::new(salt), ikm, prk.as_mut());
                prk
            }

            fn prk(secret: &Secret<$len>) -> Secret<$len> {
                Secret::from(*secret.expose())
            }

            fn expand(
                prk: &Secret<$len>,
                info: &[&[u8]],
                out: &mut [u8],
            ) -> Result<(), CryptoError> {
                expand(Hmac::<hashing::$name>::new(prk), $len, info, out)
            }
        }
    };
}
hash!(Sha256, 32, sha2::Sha256Context);
hash!(Sha384, 48, sha2::Sha384Context);

/// HKDF-Expand (RFC 5869, section 2.3) is nothing but calls of HMAC, `len` bytes
/// each: T(i) = HMAC(PRK, T(i-1) | info | i), with one byte for i.
fn expand<H: hashing::Hash + Clone>(
    prk: Hmac<H>,
    len: usize,
    info: &[&[u8]],
    out: &mut [u8],
) -> Result<(), CryptoError> {
    if out.len() > 255 * len {
        return Err(library("HKDF gives at most 255 hashes"));
    }
    let mut previous: &[u8] = &[];
    for (i, block) in (1..=u8::MAX).zip(out.chunks_mut(len)) {
        let mut state = prk.clone();
        state.update(previous);
        for part in info {
            state.update(part);
        }
        hmac(state, &[&[i]], block);
        previous = block;
    }
    Ok(())
}

/// The HMAC of what `state` has taken in and of `parts`, of which `out` takes as
/// much as it has place for.
fn hmac<H: hashing::Hash>(mut state: Hmac<H>, parts: &[&[u8]], out: &mut [u8]) {
    for part in parts {
        state.update(part);
    }
    let mut output = state.finish();
    for (place, byte) in out.iter_mut().zip(output.as_ref()) {
        *place = *byte;
    }
    output.as_mut().zeroize();
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

    /// The test cases of RFC 5869, appendix A, that are of SHA-256: a short one,
    /// a long one, and one without salt and info.
    #[test]
    fn hkdf_is_that_of_rfc_5869() {
        fn counting(from: u8, len: u8) -> vec::Vec<u8> {
            (from..=u8::MAX).take(len.into()).collect()
        }
        for (ikm, salt, info, prk, okm) in [
            (
                vec![0x0b; 22],
                counting(0, 13),
                counting(0xf0, 10),
                "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf\
                 34007208d5b887185865",
            ),
            (
                counting(0, 80),
                counting(0x60, 80),
                counting(0xb0, 80),
                "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c\
                 59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71\
                 cc30c58179ec3e87c14c01d5c1f3434f1d87",
            ),
            (
                vec![0x0b; 22],
                vec![],
                vec![],
                "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d\
                 9d201395faa4b61a96c8",
            ),
        ] {
            let (ikm, more_ikm) = ikm.split_at(5);
            let (info, more_info) = info.split_at(info.len() / 3);
            let extracted = Sha256::extract(&salt, &[ikm, more_ikm]);
            assert_eq!(extracted.expose(), &bytes(prk));
            let okm = hex(okm);
            let mut out = vec![0; okm.len()];
            let prk = Sha256::prk(&extracted);
            Sha256::expand(&prk, &[info, more_info], &mut out).unwrap();
            assert_eq!(out, okm);
        }
    }

    // RFC 4231, section 4.2: HKDF-Extract is HMAC with the salt as its key.
    #[test]
    fn hkdf_extract_with_sha384() {
        let extracted = Sha384::extract(&[0x0b; 20], &[b"Hi ", b"There"]);
        assert_eq!(
            extracted.expose(),
            &bytes(
                "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c\
                 faea9ea9076ede7f4af152e8b2fa9cb6"
            )
        );
    }

    #[test]
    fn an_output_is_of_none_to_255_hashes() {
        fn has_its_limits<H: Hash>() {
            let prk = H::extract(b"salt", &[b"ikm"]);
            let most = 255 * H::ID.output_len();
            let mut out = vec![0; most + 1];
            assert!(H::expand(&prk, &[], &mut out).is_err());
            assert!(H::expand(&prk, &[], &mut out[..most]).is_ok());
            assert_ne!(out[most - 16..most], [0; 16], "the last block is there");
            assert!(H::expand(&prk, &[], &mut out[..most - 1]).is_ok());
            assert!(H::expand(&prk, &[], &mut out[..1]).is_ok());
            assert!(H::expand(&prk, &[], &mut []).is_ok());
        }
        has_its_limits::<Sha256>();
        has_its_limits::<Sha384>();
    }
}
