//! Every backend passes the checks that a stranger's has to pass. What ran, and
//! what could not, is printed.

#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
// Where no backend is there, nothing of this is.
#![cfg(any(
    feature = "rustcrypto",
    feature = "ring",
    feature = "aws-lc",
    feature = "graviola"
))]

/// Suites of a backend in which each of its parts is at least once.
macro_rules! conforms {
    ($($condition:meta, $test:ident $module:ident: $($suite:ident)*;)*) => {$(
        #[cfg($condition)]
        #[test]
        fn $test() {
            $(
                let report = ossuary_conformance::suite::<ossuary::backend::$module::$suite>();
                println!("{}", report.unwrap());
            )*
        }
    )*};
}

conforms! {
    feature = "rustcrypto", rustcrypto rustcrypto:
        X25519ChaCha20Poly1305Sha256
        P256Aes256GcmSha384
        X25519MlKem768Aes256GcmSha256;
    feature = "ring", ring ring:
        X25519ChaCha20Poly1305Sha256
        P256Aes256GcmSha384;
    all(feature = "ring", feature = "rustcrypto"), ring_with_rustcrypto ring:
        X25519MlKem768Aes256GcmSha256;
    all(feature = "orion", feature = "rustcrypto"), orion_with_rustcrypto orion:
        X25519ChaCha20Poly1305Sha256
        X25519MlKem768ChaCha20Poly1305Sha384;
    feature = "aws-lc", aws_lc aws_lc:
        X25519ChaCha20Poly1305Sha256
        P256Aes256GcmSha384
        X25519MlKem768Aes256GcmSha256;
    feature = "graviola", graviola graviola:
        X25519ChaCha20Poly1305Sha256
        P256Aes256GcmSha384
        X25519MlKem768Aes256GcmSha256;
}

/// And so do the keys that a backend signs with.
macro_rules! signs {
    ($($condition:meta, $test:ident $module:ident $verifier:ident:
        $($scheme:ident $key:ident)*;)*) => {$(
        #[cfg($condition)]
        #[test]
        fn $test() {
            use ossuary::SignatureScheme;
            use ossuary::backend::$module;
            $(
                let report = ossuary_conformance::signing_key::<$module::$verifier, _>(
                    SignatureScheme::$scheme,
                    $module::$key::from_secret,
                );
                println!("{}", report.unwrap());
            )*
        }
    )*};
}

signs! {
    feature = "rustcrypto", keys_of_rustcrypto rustcrypto RustCryptoVerifier:
        Ed25519 Ed25519SigningKey
        EcdsaP256Sha256 EcdsaP256SigningKey
        MlDsa65 MlDsa65SigningKey;
    feature = "ring", keys_of_ring ring RingVerifier:
        Ed25519 Ed25519SigningKey;
    feature = "orion", keys_of_orion orion OrionVerifier:
        MlDsa65 MlDsa65SigningKey;
    feature = "aws-lc", keys_of_aws_lc aws_lc AwsLcVerifier:
        Ed25519 Ed25519SigningKey
        EcdsaP256Sha256 EcdsaP256SigningKey
        MlDsa65 MlDsa65SigningKey;
    feature = "graviola", keys_of_graviola graviola GraviolaVerifier:
        Ed25519 Ed25519SigningKey;
    all(feature = "graviola", feature = "rustcrypto"), ecdsa_of_graviola graviola JoinedVerifier:
        EcdsaP256Sha256 EcdsaP256SigningKey;
}
