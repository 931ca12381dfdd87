//! The checks that every implementation has to pass. What ran, and what could not,
//! is printed.

use ossuary_rustcrypto::*;

ossuary_conformance::tests! {
    key_exchange: X25519, P256, X25519MlKem768;
    aead: ChaCha20Poly1305, Aes256Gcm;
    hash: Sha256, Sha384;
    verifier: RustCryptoVerifier;
    signing_key by RustCryptoVerifier:
        Ed25519 => Ed25519SigningKey,
        EcdsaP256Sha256 => EcdsaP256SigningKey,
        MlDsa65 => MlDsa65SigningKey;
    suite:
        X25519ChaCha20Poly1305Sha256,
        P256Aes256GcmSha384,
        X25519MlKem768ChaCha20Poly1305Sha384;
}
