//! What is right passes, and all of it runs: RustCrypto and dalek.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use ossuary_conformance::ossuary_traits::{MemoryKeyStore, Secret, SignatureScheme};
use ossuary_conformance::{
    Failure, Report, aead, hash, key_exchange, key_store, signing_key, suite, verifier,
};
use ossuary_rustcrypto::*;

fn passes(report: Result<Report, Failure>) -> Report {
    let report = report.unwrap();
    println!("{report}");
    assert!(report.checks > 0);
    assert!(report.not_run.is_empty());
    report
}

fn reproduces(report: Result<Report, Failure>) {
    assert!(passes(report).known_answers > 0);
}

#[test]
fn parts() {
    reproduces(key_exchange::<X25519>());
    reproduces(key_exchange::<P256>());
    reproduces(key_exchange::<X25519MlKem768>());
    reproduces(aead::<ChaCha20Poly1305>());
    reproduces(aead::<Aes256Gcm>());
    reproduces(hash::<Sha256>());
    reproduces(hash::<Sha384>());
    reproduces(verifier::<RustCryptoVerifier>());
}

#[test]
fn suites_with_each_part() {
    reproduces(suite::<X25519ChaCha20Poly1305Sha256>());
    reproduces(suite::<P256Aes256GcmSha384>());
    reproduces(suite::<X25519MlKem768ChaCha20Poly1305Sha384>());
}

#[test]
fn keys() {
    type V = RustCryptoVerifier;
    reproduces(signing_key::<V, _>(
        SignatureScheme::Ed25519,
        Ed25519SigningKey::from_secret,
    ));
    reproduces(signing_key::<V, _>(
        SignatureScheme::EcdsaP256Sha256,
        EcdsaP256SigningKey::from_secret,
    ));
    reproduces(signing_key::<V, _>(
        SignatureScheme::MlDsa65,
        MlDsa65SigningKey::from_secret,
    ));
    let secret = || Secret::from([1; 32]);
    let store = MemoryKeyStore::new()
        .with(Ed25519SigningKey::from_secret(secret()).unwrap())
        .with(EcdsaP256SigningKey::from_secret(secret()).unwrap())
        .with(MlDsa65SigningKey::from_secret(secret()).unwrap());
    passes(key_store::<V>(&store));
}
