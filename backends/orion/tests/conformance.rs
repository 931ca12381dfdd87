//! The checks that every implementation has to pass. What ran, and what could not,
//! is printed.

use ossuary_orion::*;
use ossuary_traits::Suite;

ossuary_conformance::tests! {
    key_exchange: X25519, X25519MlKem768;
    aead: ChaCha20Poly1305;
    hash: Sha256, Sha384;
    verifier: OrionVerifier;
    signing_key by OrionVerifier:
        MlDsa65 => MlDsa65SigningKey;
    suite:
        Suite<X25519, ChaCha20Poly1305, Sha256, OrionVerifier>,
        Suite<X25519MlKem768, ChaCha20Poly1305, Sha384, OrionVerifier>;
}
