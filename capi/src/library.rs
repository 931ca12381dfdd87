//! The one library and the one suite that this is built of, by its features.

/// What of a backend there is, and what it lacks from RustCrypto.
macro_rules! library {
    ($condition:meta, $name:literal, $backend:ident { $($own:tt)* } { $($lacking:tt)* }) => {
        #[cfg($condition)]
        mod chosen {
            #![allow(unused_imports, reason = "a suite is made of some of these")]
            pub(crate) use ossuary::backend::$backend::{$($own)*};
            pub(crate) use ossuary::backend::rustcrypto::{$($lacking)*};
            pub(crate) const BACKEND: &std::ffi::CStr = $name;
        }
    };
}

library!(
    feature = "aws-lc",
    c"aws-lc",
    aws_lc {
        Aes256Gcm, AwsLcVerifier as Verifier, ChaCha20Poly1305, EcdsaP256SigningKey,
        Ed25519SigningKey, MlDsa65SigningKey, P256, Sha256, Sha384, X25519, X25519MlKem768,
    } {}
);
library!(
    all(feature = "graviola", not(feature = "aws-lc")),
    c"graviola",
    graviola {
        Aes256Gcm, ChaCha20Poly1305, EcdsaP256SigningKey, Ed25519SigningKey,
        JoinedVerifier as Verifier, P256, Sha256, Sha384, X25519, X25519MlKem768,
    } { MlDsa65SigningKey }
);
library!(
    all(feature = "ring", not(any(feature = "aws-lc", feature = "graviola"))),
    c"ring",
    ring {
        Aes256Gcm, ChaCha20Poly1305, Ed25519SigningKey, JoinedVerifier as Verifier, P256, Sha256,
        Sha384, X25519,
    } { EcdsaP256SigningKey, MlDsa65SigningKey, X25519MlKem768 }
);
library!(
    all(
        feature = "orion",
        not(any(feature = "aws-lc", feature = "graviola", feature = "ring"))
    ),
    c"orion",
    orion {
        ChaCha20Poly1305, JoinedVerifier as Verifier, MlDsa65SigningKey, Sha256, Sha384, X25519,
        X25519MlKem768,
    } { Aes256Gcm, EcdsaP256SigningKey, Ed25519SigningKey, P256 }
);
library!(
    not(any(
        feature = "aws-lc",
        feature = "graviola",
        feature = "ring",
        feature = "orion"
    )),
    c"rustcrypto",
    rustcrypto {
        Aes256Gcm, ChaCha20Poly1305, EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey,
        P256, RustCryptoVerifier as Verifier, Sha256, Sha384, X25519, X25519MlKem768,
    } {}
);

pub(crate) use chosen::{BACKEND, EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey};

/// The first suite in the list whose feature is on, or the default one; and its name.
macro_rules! suite {
    (@ [$($before:literal)*]) => {
        #[cfg(not(any($(feature = $before),*)))]
        suite!(= c"x25519-chacha20poly1305-sha256", X25519 ChaCha20Poly1305 Sha256);
    };
    (@ [$($before:literal)*]
        $feature:literal $name:literal: $kx:ident $aead:ident $hash:ident; $($rest:tt)*
    ) => {
        #[cfg(all(feature = $feature, not(any($(feature = $before),*))))]
        suite!(= $name, $kx $aead $hash);
        suite!(@ [$($before)* $feature] $($rest)*);
    };
    (= $name:literal, $kx:ident $aead:ident $hash:ident) => {
        mod suite {
            use super::chosen;
            pub(crate) type Suite = suite!($kx $aead $hash);
            pub(crate) const NAME: &std::ffi::CStr = $name;
        }
    };
    ($kx:ident $aead:ident $hash:ident) => {
        ossuary::Suite<chosen::$kx, chosen::$aead, chosen::$hash, chosen::Verifier>
    };
}

suite! { @ []
    "suite-x25519-chacha20poly1305-sha384" c"x25519-chacha20poly1305-sha384":
        X25519 ChaCha20Poly1305 Sha384;
    "suite-x25519-aes256gcm-sha256" c"x25519-aes256gcm-sha256":
        X25519 Aes256Gcm Sha256;
    "suite-x25519-aes256gcm-sha384" c"x25519-aes256gcm-sha384":
        X25519 Aes256Gcm Sha384;
    "suite-p256-chacha20poly1305-sha256" c"p256-chacha20poly1305-sha256":
        P256 ChaCha20Poly1305 Sha256;
    "suite-p256-chacha20poly1305-sha384" c"p256-chacha20poly1305-sha384":
        P256 ChaCha20Poly1305 Sha384;
    "suite-p256-aes256gcm-sha256" c"p256-aes256gcm-sha256":
        P256 Aes256Gcm Sha256;
    "suite-p256-aes256gcm-sha384" c"p256-aes256gcm-sha384":
        P256 Aes256Gcm Sha384;
    "suite-x25519mlkem768-chacha20poly1305-sha256" c"x25519mlkem768-chacha20poly1305-sha256":
        X25519MlKem768 ChaCha20Poly1305 Sha256;
    "suite-x25519mlkem768-chacha20poly1305-sha384" c"x25519mlkem768-chacha20poly1305-sha384":
        X25519MlKem768 ChaCha20Poly1305 Sha384;
    "suite-x25519mlkem768-aes256gcm-sha256" c"x25519mlkem768-aes256gcm-sha256":
        X25519MlKem768 Aes256Gcm Sha256;
    "suite-x25519mlkem768-aes256gcm-sha384" c"x25519mlkem768-aes256gcm-sha384":
        X25519MlKem768 Aes256Gcm Sha384;
}

pub(crate) use suite::{NAME as SUITE, Suite};

/// The one suite of protocol 1.
#[cfg(feature = "v1")]
pub(crate) type SuiteV1 = suite!(X25519 ChaCha20Poly1305 Sha256);

#[cfg(test)]
mod tests {
    use super::*;
    use ossuary::CryptoSuite;

    #[test]
    fn the_suite_has_its_name() {
        assert_eq!(Suite::ID.name(), SUITE.to_str().unwrap());
    }

    #[test]
    fn the_backend_has_its_name() {
        let has = |feature: bool, name: &std::ffi::CStr| feature && BACKEND == name;
        let other = has(cfg!(feature = "aws-lc"), c"aws-lc")
            || has(cfg!(feature = "graviola"), c"graviola")
            || has(cfg!(feature = "ring"), c"ring")
            || has(cfg!(feature = "orion"), c"orion");
        assert!(other || BACKEND == c"rustcrypto");
    }
}
