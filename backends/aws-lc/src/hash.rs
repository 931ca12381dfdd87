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
