//! SHA-2 and HKDF.

use crate::library;
use core::fmt;
use hkdf::hmac::EagerHash;
use hkdf::{Hkdf, HkdfExtract, InvalidPrkLength};
use ossuary_traits::{CryptoError, Hash, HashId, Secret};
use sha2::Digest;
use sha2::digest::Output;
use zeroize::Zeroize;

/// SHA-256 (FIPS 180-4), 32 bytes, and HKDF with it (RFC 5869).
#[derive(Clone, Copy, Debug)]
pub struct Sha256;

/// SHA-384 (FIPS 180-4), 48 bytes, and HKDF with it (RFC 5869).
#[derive(Clone, Copy, Debug)]
pub struct Sha384;

impl Hash for Sha256 {
    const ID: HashId = HashId::Sha256;
    const LIBRARY: &'static str = "RustCrypto sha2 0.11";

    type Output = [u8; 32];
    type Secret = Secret<32>;
    type Prk = Prk<sha2::Sha256>;

    fn digest(parts: &[&[u8]]) -> [u8; 32] {
        digest::<sha2::Sha256>(parts).into()
    }

    fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self::Prk {
        Prk::extract(salt, ikm)
    }

    fn prk(secret: &Secret<32>) -> Self::Prk {
        Prk(Hkdf::from_prk(secret.as_ref()))
    }

    fn expand(prk: &Self::Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        prk.expand(info, out)
    }
}

impl Hash for Sha384 {
    const ID: HashId = HashId::Sha384;
    const LIBRARY: &'static str = "RustCrypto sha2 0.11";

    type Output = [u8; 48];
    type Secret = Secret<48>;
    type Prk = Prk<sha2::Sha384>;

    fn digest(parts: &[&[u8]]) -> [u8; 48] {
        digest::<sha2::Sha384>(parts).into()
    }

    fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self::Prk {
        Prk::extract(salt, ikm)
    }

    fn prk(secret: &Secret<48>) -> Self::Prk {
        Prk(Hkdf::from_prk(secret.as_ref()))
    }

    fn expand(prk: &Self::Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        prk.expand(info, out)
    }
}

fn digest<D: Digest>(parts: &[&[u8]]) -> Output<D> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize()
}

/// A pseudorandom key, as the state of an HMAC that has taken it in: it is
/// expanded several times, and taking it in is half the work.
// The library says that a key is too short where it is made; here the length is
// fixed, so the error that cannot be is kept for `expand`, which has a place for it.
pub struct Prk<D: EagerHash>(Result<Hkdf<D>, InvalidPrkLength>);

impl<D: EagerHash> Prk<D> {
    fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self {
        let mut extract = HkdfExtract::new(Some(salt));
        for part in ikm {
            extract.input_ikm(part);
        }
        let (mut bytes, hkdf) = extract.finalize();
        bytes.as_mut_slice().zeroize();
        Prk(Ok(hkdf))
    }

    fn expand(&self, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        let hkdf = self.0.as_ref().map_err(|error| library(*error))?;
        hkdf.expand_multi_info(info, out).map_err(library)
    }
}

impl<D: EagerHash> fmt::Debug for Prk<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prk")
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
    use zeroize::ZeroizeOnDrop;

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
        let prk = Sha256::extract(&salt, &[&[0x0b; 10], &[0x0b; 12]]);
        let secret = Secret::from(bytes(
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        ));
        let okm = hex(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf\
             34007208d5b887185865",
        );
        let info = hex("f0f1f2f3f4f5f6f7f8f9");
        let (first, rest) = info.split_at(3);
        let mut out = [0; 42];
        Sha256::expand(&prk, &[first, rest], &mut out).unwrap();
        assert_eq!(&out[..], okm);

        let mut again = [0; 42];
        Sha256::expand(&Sha256::prk(&secret), &[&info], &mut again).unwrap();
        assert_eq!(again, out);
    }

    /// What tells one key from another.
    fn expanded(prk: &Prk<sha2::Sha384>) -> [u8; 48] {
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
    }

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn hash_states_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<sha2::Sha256>();
        wipes::<sha2::Sha384>();
    }
}
