//! SHA-2 and HKDF.

use crate::library;
use hkdf::hmac::EagerHash;
use hkdf::{Hkdf, HkdfExtract};
use ossuary_traits::{CryptoError, FixedBytes, Hash, HashId, Secret};
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
    type Prk = Secret<32>;

    fn digest(parts: &[&[u8]]) -> [u8; 32] {
        digest::<sha2::Sha256>(parts).into()
    }

    fn extract(salt: &[u8], ikm: &[&[u8]]) -> Secret<32> {
        extract::<sha2::Sha256, 32>(salt, ikm)
    }

    fn prk(secret: &Secret<32>) -> Secret<32> {
        Secret::from(*secret.expose())
    }

    fn expand(prk: &Secret<32>, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        expand::<sha2::Sha256>(prk.as_ref(), info, out)
    }
}

impl Hash for Sha384 {
    const ID: HashId = HashId::Sha384;
    const LIBRARY: &'static str = "RustCrypto sha2 0.11";

    type Output = [u8; 48];
    type Secret = Secret<48>;
    type Prk = Secret<48>;

    fn digest(parts: &[&[u8]]) -> [u8; 48] {
        digest::<sha2::Sha384>(parts).into()
    }

    fn extract(salt: &[u8], ikm: &[&[u8]]) -> Secret<48> {
        extract::<sha2::Sha384, 48>(salt, ikm)
    }

    fn prk(secret: &Secret<48>) -> Secret<48> {
        Secret::from(*secret.expose())
    }

    fn expand(prk: &Secret<48>, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        expand::<sha2::Sha384>(prk.as_ref(), info, out)
    }
}

fn digest<D: Digest>(parts: &[&[u8]]) -> Output<D> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize()
}

// A pseudorandom key is kept as its bytes, in a type of ours that wipes them, and
// not as the HMAC state that `Hkdf` makes of them. The few expansions of a
// handshake are worth less than a constructor that cannot fail.
fn extract<D: EagerHash, const N: usize>(salt: &[u8], ikm: &[&[u8]]) -> Secret<N> {
    let mut hkdf = HkdfExtract::<D>::new(Some(salt));
    for part in ikm {
        hkdf.input_ikm(part);
    }
    let (mut output, _) = hkdf.finalize();
    let mut prk = Secret::zeroed();
    prk.expose_mut().copy_from_slice(&output);
    output.as_mut_slice().zeroize();
    prk
}

fn expand<D: EagerHash>(prk: &[u8], info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    let hkdf = Hkdf::<D>::from_prk(prk).map_err(library)?;
    hkdf.expand_multi_info(info, out).map_err(library)
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
        assert_eq!(
            prk.expose(),
            &bytes("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
        );

        let okm = hex(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf\
             34007208d5b887185865",
        );
        let info = hex("f0f1f2f3f4f5f6f7f8f9");
        let (first, rest) = info.split_at(3);
        let mut out = [0; 42];
        Sha256::expand(&prk, &[first, rest], &mut out).unwrap();
        assert_eq!(&out[..], okm);

        // The same key, as a secret that is taken as it is.
        let mut again = [0; 42];
        Sha256::expand(&Sha256::prk(&prk), &[&info], &mut again).unwrap();
        assert_eq!(again, out);
    }

    // RFC 4231, section 4.2: HKDF-Extract is HMAC with the salt as its key.
    #[test]
    fn hkdf_sha384() {
        let prk = Sha384::extract(&[0x0b; 20], &[b"Hi ", b"There"]);
        assert_eq!(
            prk.expose(),
            &bytes(
                "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c\
                 faea9ea9076ede7f4af152e8b2fa9cb6"
            )
        );
    }

    // RFC 5869, section 2.2.
    #[test]
    fn an_empty_salt_is_one_of_zeros() {
        let empty = Sha384::extract(&[], &[b"ikm"]);
        assert_eq!(
            empty.expose(),
            Sha384::extract(&[0; 48], &[b"ikm"]).expose()
        );
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
