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

/// The suites of a backend whose own verifier lacks a scheme, with one of all.
#[allow(unused_macros, reason = "where no such backend is there")]
macro_rules! completed {
    ($feature:literal $module:ident: $($key_exchange:ident)*) => {{
        use ossuary::Suite;
        use ossuary::backend::$module::*;
        vec![$(
            AnySuite::of::<Suite<$key_exchange, ChaCha20Poly1305, Sha256, JoinedVerifier>>($feature),
            AnySuite::of::<Suite<$key_exchange, ChaCha20Poly1305, Sha384, JoinedVerifier>>($feature),
            AnySuite::of::<Suite<$key_exchange, Aes256Gcm, Sha256, JoinedVerifier>>($feature),
            AnySuite::of::<Suite<$key_exchange, Aes256Gcm, Sha384, JoinedVerifier>>($feature),
        )*]
    }};
}

/// [`suites::ALL`], but each with a verifier of all schemes: RustCrypto's for
/// those that the backend's own does not have.
pub(crate) fn with_all_schemes() -> Vec<AnySuite> {
    let complete = |suite: &&AnySuite| suite.schemes().len() == SignatureScheme::ALL.len();
    let all = [
        suites::ALL
            .iter()
            .filter(complete)
            .copied()
            .collect::<Vec<_>>(),
        #[cfg(feature = "ring")]
        completed!("ring" ring: X25519 P256),
        #[cfg(feature = "graviola")]
        completed!("graviola" graviola: X25519 P256 X25519MlKem768),
    ]
    .concat();
    assert_eq!(all.len(), suites::ALL.len());
    assert!(all.iter().all(|suite| complete(&suite)));
    all
}
