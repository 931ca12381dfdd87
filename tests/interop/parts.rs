//! Host keys, and suites that verify all schemes.

use ossuary::backend::rustcrypto;
use ossuary::{AnySuite, MemoryKeyStore, SignatureScheme, suites};
use std::sync::Arc;

const SECRET: [u8; 32] = [0x2a; 32];

/// A key store with a key of the scheme, from the backend where it signs with
/// that, and otherwise from RustCrypto.
pub(crate) fn key_store(backend: &str, scheme: Option<SignatureScheme>) -> Arc<MemoryKeyStore> {
    let store = MemoryKeyStore::new();
    Arc::new(match scheme {
        None => store,
        Some(scheme) => own_key(backend, scheme).unwrap_or_else(|| match scheme {
            SignatureScheme::Ed25519 => {
                store.with(rustcrypto::Ed25519SigningKey::from_secret(SECRET.into()).unwrap())
            }
            SignatureScheme::EcdsaP256Sha256 => {
                store.with(rustcrypto::EcdsaP256SigningKey::from_secret(SECRET.into()).unwrap())
            }
            SignatureScheme::MlDsa65 => {
                store.with(rustcrypto::MlDsa65SigningKey::from_secret(SECRET.into()).unwrap())
            }
            scheme => panic!("a scheme that is new to this test: {scheme}"),
        }),
    })
}

/// Keys of the other backends.
macro_rules! own_keys {
    ($($feature:literal $module:ident: $($scheme:ident $key:ident)*;)*) => {
        #[allow(unused_variables, reason = "where no other backend is there")]
        fn own_key(backend: &str, scheme: SignatureScheme) -> Option<MemoryKeyStore> {
            match (backend, scheme) {
                $($(
                    #[cfg(feature = $feature)]
                    ($feature, SignatureScheme::$scheme) => {
                        let key = ossuary::backend::$module::$key::from_secret(SECRET.into());
                        Some(MemoryKeyStore::new().with(key.unwrap()))
                    }
                )*)*
                _ => None,
            }
        }
    };
}

own_keys! {
    "ring" ring: Ed25519 Ed25519SigningKey;
    "orion" orion: MlDsa65 MlDsa65SigningKey;
    "aws-lc" aws_lc:
        Ed25519 Ed25519SigningKey
        EcdsaP256Sha256 EcdsaP256SigningKey
        MlDsa65 MlDsa65SigningKey;
    "graviola" graviola:
        Ed25519 Ed25519SigningKey
        EcdsaP256Sha256 EcdsaP256SigningKey;
}

/// [`suites::ALL`], but each with a verifier of all schemes: RustCrypto's for
/// those that the backend's own does not have.
pub(crate) fn with_all_schemes() -> Vec<AnySuite> {
    let complete = |suite: &&AnySuite| suite.schemes().len() == SignatureScheme::ALL.len();
    let mut all: Vec<AnySuite> = suites::ALL.iter().filter(complete).copied().collect();
    all.extend(completed());
    assert_eq!(all.len(), suites::ALL.len());
    assert!(all.iter().all(|suite| complete(&suite)));
    all
}

/// Those whose own verifier lacks a scheme.
macro_rules! completed {
    ($($feature:literal $module:ident: $($key_exchange:ident)*: $($suite:ident)*;)*) => {
        $(
            /// The parts of this backend, and a verifier of all schemes.
            #[cfg(feature = $feature)]
            mod $module {
                use ossuary::backend::$module::*;
                use ossuary::ossuary_traits::name_suites;

                $(name_suites! {
                    $key_exchange ChaCha20Poly1305:
                        $key_exchange, ChaCha20Poly1305, Sha256, Sha384, JoinedVerifier;
                    $key_exchange Aes256Gcm:
                        $key_exchange, Aes256Gcm, Sha256, Sha384, JoinedVerifier;
                })*
            }
        )*

        fn completed() -> Vec<AnySuite> {
            vec![$($(
                #[cfg(feature = $feature)]
                AnySuite::of::<$module::$suite>($feature),
            )*)*]
        }
    };
}

completed! {
    "ring" ring: X25519 P256:
        X25519ChaCha20Poly1305Sha256
        X25519ChaCha20Poly1305Sha384
        X25519Aes256GcmSha256
        X25519Aes256GcmSha384
        P256ChaCha20Poly1305Sha256
        P256ChaCha20Poly1305Sha384
        P256Aes256GcmSha256
        P256Aes256GcmSha384;
    "graviola" graviola: X25519 P256 X25519MlKem768:
        X25519ChaCha20Poly1305Sha256
        X25519ChaCha20Poly1305Sha384
        X25519Aes256GcmSha256
        X25519Aes256GcmSha384
        P256ChaCha20Poly1305Sha256
        P256ChaCha20Poly1305Sha384
        P256Aes256GcmSha256
        P256Aes256GcmSha384
        X25519MlKem768ChaCha20Poly1305Sha256
        X25519MlKem768ChaCha20Poly1305Sha384
        X25519MlKem768Aes256GcmSha256
        X25519MlKem768Aes256GcmSha384;
}
