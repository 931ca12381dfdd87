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
    use zeroize::ZeroizeOnDrop;

    // Fails to compile where a feature that wipes is off.
    #[test]
    fn hash_states_wipe_themselves() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<sha2::Sha256>();
        wipes::<sha2::Sha384>();
    }
}
