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
