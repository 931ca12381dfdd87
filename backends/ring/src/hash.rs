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
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn a_wiped_key_is_one_of_zeros() {
        let expanded = |prk: &Prk| {
            let mut out = [0; 48];
            prk.expand(&[], &mut out).unwrap();
            out
        };
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
