//! The tests of a whole backend, from a list of its parts.

use crate::report::{Failure, Report};

/// Writes the tests of a backend: one for each check, which runs it on each part
/// that is listed, and prints what ran and what could not.
///
/// A check is any that takes one type. Signing keys are listed by their schemes,
/// behind the verifier of their signatures, and are types with the functions
/// `generate`, `to_secret` and `from_secret`: see [`signing_key`](crate::signing_key)
/// and [`stored_key`](crate::stored_key).
///
/// ```
/// use ossuary_rustcrypto::*;
///
/// ossuary_conformance::tests! {
///     key_exchange: X25519, P256;
///     aead: ChaCha20Poly1305;
///     hash: Sha256;
///     verifier: RustCryptoVerifier;
///     signing_key by RustCryptoVerifier: Ed25519 => Ed25519SigningKey;
///     suite: X25519ChaCha20Poly1305Sha256;
/// }
/// ```
#[macro_export]
macro_rules! tests {
    () => {};
    (signing_key by $verifier:ty: $($scheme:ident => $key:ty),+; $($rest:tt)*) => {
        #[test]
        fn signing_key() {
            use $crate::ossuary_traits::SignatureScheme;
            $(
                let scheme = SignatureScheme::$scheme;
                $crate::passes($crate::signing_key::<$verifier, _>(scheme, <$key>::from_secret));
                $crate::passes($crate::stored_key(
                    scheme,
                    <$key>::generate,
                    <$key>::to_secret,
                    <$key>::from_secret,
                ));
            )+
        }
        $crate::tests! { $($rest)* }
    };
    ($check:ident: $($part:ty),+; $($rest:tt)*) => {
        #[test]
        fn $check() {
            $( $crate::passes($crate::$check::<$part>()); )+
        }
        $crate::tests! { $($rest)* }
    };
}

/// Prints a report, and panics with a failure.
#[doc(hidden)]
#[track_caller]
#[allow(clippy::panic, reason = "a panic is how a test fails")]
pub fn passes(report: Result<Report, Failure>) {
    match report {
        Ok(report) => println!("{report}"),
        Err(failure) => panic!("{failure}"),
    }
}
