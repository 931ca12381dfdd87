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
