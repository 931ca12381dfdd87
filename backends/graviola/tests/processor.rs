//! A processor that graviola cannot run on is an error and no panic.
//!
//! With debug assertions, graviola treats an instruction as missing where an
//! environment variable says so. It must be there from the start, so the test
//! starts itself again.
#![cfg(debug_assertions)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use ossuary_graviola::{
    Aes256Gcm, ChaCha20Poly1305, EcdsaP256SigningKey, Ed25519SigningKey, GraviolaVerifier, P256,
    Sha256, Sha384, X25519, X25519MlKem768, X25519MlKem768Aes256GcmSha384,
};
use ossuary_traits::{
    Aead, CryptoError, CryptoSuite, Hash, KeyExchange, Random, RandomError, Secret, Verifier,
};
use std::error::Error;
use std::process::Command;
use std::{env, fmt};

const WITHOUT_AES: &str = "GRAVIOLA_CPU_DISABLE_aes";

struct Ones;

impl Random for Ones {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(1);
        Ok(())
    }
}

fn refuses<T: fmt::Debug>(result: Result<T, CryptoError>) {
    let error = result.unwrap_err();
    assert!(matches!(error, CryptoError::Library(_)));
    let source = error.source().unwrap().to_string();
    assert!(source.contains("AES"), "{source}");
}

#[test]
fn a_processor_without_the_instructions_is_an_error() {
    if env::var_os(WITHOUT_AES).is_none() {
        X25519MlKem768Aes256GcmSha384::available().unwrap();
        let without_aes = Command::new(env::current_exe().unwrap())
            .env(WITHOUT_AES, "1")
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&without_aes.stdout);
        assert!(without_aes.status.success(), "{report}");
        assert!(report.contains("1 passed"), "{report}");
        return;
    }
    refuses(X25519::available());
    refuses(P256::available());
    refuses(X25519MlKem768::available());
    refuses(ChaCha20Poly1305::available());
    refuses(Aes256Gcm::available());
    refuses(Sha256::available());
    refuses(Sha384::available());
    refuses(GraviolaVerifier::available());
    refuses(X25519MlKem768Aes256GcmSha384::available());
    refuses(Ed25519SigningKey::generate(&mut Ones));
    refuses(Ed25519SigningKey::from_secret(Secret::from([1; 32])));
    refuses(EcdsaP256SigningKey::generate(&mut Ones));
    refuses(EcdsaP256SigningKey::from_secret(Secret::from([1; 32])));
}
