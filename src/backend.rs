//! The cryptography libraries, each behind the feature of its name.
//!
//! | module and feature | library | it lacks |
//! |---|---|---|
//! | `rustcrypto` | RustCrypto and dalek | nothing |
//! | `ring` | ring | ML-KEM; verifying ECDSA P-256 (it does not take compressed keys) and ML-DSA |
//! | `orion` | orion | P-256, AES; verifying Ed25519 and ECDSA |
//! | `aws_lc`, feature `aws-lc` | AWS-LC | nothing |
//! | `graviola` | graviola | verifying ECDSA P-256 (it does not take compressed keys) and ML-DSA |
//!
//! A module has the library's parts for [`Suite`](crate::Suite), and the suites
//! that can be made of them by name. The suites of `orion`, and those of `ring`
//! with X25519MLKEM768, take what the library lacks from RustCrypto: they are
//! there when both features are on. The other suites of `ring`, and those of
//! `graviola`, verify Ed25519 only, with or without that feature;
//! `JoinedVerifier` makes suites of their parts that verify all schemes.

/// RustCrypto and dalek, in Rust throughout and without the standard library.
#[cfg(feature = "rustcrypto")]
pub use ossuary_rustcrypto as rustcrypto;

/// AWS-LC: every algorithm, fast, and built with a C compiler and the standard
/// library.
#[cfg(feature = "aws-lc")]
pub use ossuary_aws_lc as aws_lc;

/// orion, in Rust throughout and without the standard library.
///
/// With the feature `rustcrypto` on as well there are four suites by name, of
/// X25519 or X25519MLKEM768 with ChaCha20-Poly1305. Their key exchange, AEAD and
/// hash are orion's, and so is the verification of ML-DSA-65; that of Ed25519 and
/// ECDSA P-256, which orion lacks, is RustCrypto's.
#[cfg(feature = "orion")]
pub mod orion {
    pub use ossuary_orion::*;

    #[cfg(feature = "rustcrypto")]
    ossuary_traits::name_suites! {
        X25519 ChaCha20Poly1305: X25519, ChaCha20Poly1305, Sha256, Sha384, JoinedVerifier;
        X25519MlKem768 ChaCha20Poly1305:
            X25519MlKem768, ChaCha20Poly1305, Sha256, Sha384, JoinedVerifier;
    }

    /// Verifies ML-DSA-65 with orion, and Ed25519 and ECDSA P-256 with RustCrypto.
    #[cfg(feature = "rustcrypto")]
    pub type JoinedVerifier =
        ossuary_traits::Verifiers<OrionVerifier, ossuary_rustcrypto::RustCryptoVerifier>;
}

/// ring, built with a C compiler, and without the standard library too.
///
/// Its suites verify Ed25519 only. With the feature `rustcrypto` on as well there
/// are those of X25519MLKEM768 too, whose key exchange is RustCrypto's, and which
/// verify all schemes.
#[cfg(feature = "ring")]
pub mod ring {
    pub use ossuary_ring::*;

    #[cfg(feature = "rustcrypto")]
    ossuary_traits::name_suites! {
        X25519MlKem768 ChaCha20Poly1305:
            ossuary_rustcrypto::X25519MlKem768, ChaCha20Poly1305, Sha256, Sha384, JoinedVerifier;
        X25519MlKem768 Aes256Gcm:
            ossuary_rustcrypto::X25519MlKem768, Aes256Gcm, Sha256, Sha384, JoinedVerifier;
    }

    /// Verifies Ed25519 with ring, and ECDSA P-256 and ML-DSA-65 with RustCrypto.
    #[cfg(feature = "rustcrypto")]
    pub type JoinedVerifier =
        ossuary_traits::Verifiers<RingVerifier, ossuary_rustcrypto::RustCryptoVerifier>;
}

/// graviola, whose curves and ML-KEM are formally verified assembler, for the
/// processors of x86_64 and aarch64 that have the instructions it uses.
///
/// Its suites verify Ed25519 only; `JoinedVerifier`, which is there with the
/// feature `rustcrypto`, makes suites of its parts that verify all schemes.
#[cfg(feature = "graviola")]
pub mod graviola {
    pub use ossuary_graviola::*;

    /// Verifies Ed25519 with graviola, and ECDSA P-256 and ML-DSA-65 with
    /// RustCrypto.
    #[cfg(feature = "rustcrypto")]
    pub type JoinedVerifier =
        ossuary_traits::Verifiers<GraviolaVerifier, ossuary_rustcrypto::RustCryptoVerifier>;
}
