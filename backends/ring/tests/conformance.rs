//! The checks that every implementation has to pass. What ran, and what could not,
//! is printed.

use ossuary_ring::*;

ossuary_conformance::tests! {
    key_exchange: X25519, P256;
    aead: ChaCha20Poly1305, Aes256Gcm;
    hash: Sha256, Sha384;
    verifier: RingVerifier;
    signing_key by RingVerifier:
        Ed25519 => Ed25519SigningKey;
    suite:
        X25519ChaCha20Poly1305Sha256,
        P256Aes256GcmSha384;
}
