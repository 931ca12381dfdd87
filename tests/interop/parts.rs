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
    ($($feature:literal $module:ident $verifier:ident;)*) => {
        $(
            /// The parts of this backend, and a verifier of all schemes.
            #[cfg(feature = $feature)]
            mod $module {
                use ossuary::backend::{$module, rustcrypto::RustCryptoVerifier};
                use ossuary::ossuary_traits::{Verifiers, name_suites};
                use $module::{Aes256Gcm, ChaCha20Poly1305, P256, Sha256, Sha384, X25519};

                type All = Verifiers<$module::$verifier, RustCryptoVerifier>;

                name_suites! {
                    X25519 ChaCha20Poly1305: X25519, ChaCha20Poly1305, Sha256, Sha384, All;
                    X25519 Aes256Gcm: X25519, Aes256Gcm, Sha256, Sha384, All;
                    P256 ChaCha20Poly1305: P256, ChaCha20Poly1305, Sha256, Sha384, All;
                    P256 Aes256Gcm: P256, Aes256Gcm, Sha256, Sha384, All;
                }
            }
        )*

        fn completed() -> Vec<AnySuite> {
            vec![$(
                #[cfg(feature = $feature)]
                AnySuite::of::<$module::X25519ChaCha20Poly1305Sha256>($feature),
                #[cfg(feature = $feature)]
                AnySuite::of::<$module::X25519ChaCha20Poly1305Sha384>($feature),
                #[cfg(feature = $feature)]
                AnySuite::of::<$module::X25519Aes256GcmSha256>($feature),
                #[cfg(feature = $feature)]
                AnySuite::of::<$module::X25519Aes256GcmSha384>($feature),
                #[cfg(feature = $feature)]
                AnySuite::of::<$module::P256ChaCha20Poly1305Sha256>($feature),
                #[cfg(feature = $feature)]
                AnySuite::of::<$module::P256ChaCha20Poly1305Sha384>($feature),
                #[cfg(feature = $feature)]
                AnySuite::of::<$module::P256Aes256GcmSha256>($feature),
                #[cfg(feature = $feature)]
                AnySuite::of::<$module::P256Aes256GcmSha384>($feature),
            )*]
        }
    };
}

completed! {
    "ring" ring RingVerifier;
    "graviola" graviola GraviolaVerifier;
}
