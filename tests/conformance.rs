//! The suites and verifiers that are put together of two backends pass the checks
//! that each backend passes by itself. What ran, and what could not, is printed.

#![cfg(all(feature = "std", feature = "rustcrypto"))]

#[cfg(feature = "ring")]
mod ring {
    use ossuary::backend::ring::*;

    ossuary_conformance::tests! {
        suite:
            X25519MlKem768ChaCha20Poly1305Sha256,
            X25519MlKem768Aes256GcmSha384;
    }
}

#[cfg(feature = "orion")]
mod orion {
    use ossuary::backend::orion::*;

    ossuary_conformance::tests! {
        suite:
            X25519ChaCha20Poly1305Sha256,
            X25519MlKem768ChaCha20Poly1305Sha384;
    }
}

#[cfg(feature = "graviola")]
mod graviola {
    use ossuary::backend::graviola::*;

    ossuary_conformance::tests! {
        verifier: JoinedVerifier;
        signing_key by JoinedVerifier:
            EcdsaP256Sha256 => EcdsaP256SigningKey;
    }
}
