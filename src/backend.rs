//! The cryptography libraries, each behind the feature of its name.
//!
//! | module and feature | library | it lacks |
//! |---|---|---|
//! | `rustcrypto` | RustCrypto and dalek | nothing |
//! | `ring` | ring | ML-KEM; ECDSA P-256 (it does not take compressed keys) and ML-DSA signatures |
//! | `orion` | orion | P-256, AES; Ed25519 and ECDSA signatures |
//! | `aws_lc`, feature `aws-lc` | AWS-LC | nothing |
//! | `graviola` | graviola | ECDSA P-256 (it does not take compressed keys) and ML-DSA signatures |
//!
//! A module has the library's parts for [`Suite`](crate::Suite), and the suites
//! that can be made of them by name. A suite that needs a part which the library
//! lacks takes it from RustCrypto: it is there when both features are on.

/// RustCrypto and dalek, in Rust throughout and without the standard library.
#[cfg(feature = "rustcrypto")]
pub use ossuary_rustcrypto as rustcrypto;

#[cfg(feature = "aws-lc")]
pub use ossuary_aws_lc as aws_lc;
/// graviola, whose curves and ML-KEM are formally verified assembler, for the
/// processors of x86_64 and aarch64 that have the instructions it uses.
#[cfg(feature = "graviola")]
pub use ossuary_graviola as graviola;
#[cfg(feature = "ring")]
pub use ossuary_ring as ring;

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

#[cfg(all(test, feature = "orion", feature = "rustcrypto"))]
mod tests {
    use super::orion::*;
    use ossuary_traits::{CryptoSuite, SignatureScheme, Verifier};

    fn code<S: CryptoSuite>() -> [u8; 3] {
        S::ID.code()
    }

    #[test]
    fn orions_suites_have_the_code_points_that_their_names_say() {
        assert_eq!(code::<X25519ChaCha20Poly1305Sha256>(), [0x01, 0x01, 0x01]);
        assert_eq!(code::<X25519ChaCha20Poly1305Sha384>(), [0x01, 0x01, 0x02]);
        assert_eq!(
            code::<X25519MlKem768ChaCha20Poly1305Sha256>(),
            [0x11, 0x01, 0x01]
        );
        assert_eq!(
            code::<X25519MlKem768ChaCha20Poly1305Sha384>(),
            [0x11, 0x01, 0x02]
        );
    }

    #[test]
    fn orions_suites_verify_every_scheme_and_its_own_with_orion() {
        assert_eq!(JoinedVerifier::SCHEMES, SignatureScheme::ALL);
        for scheme in SignatureScheme::ALL {
            let orion = JoinedVerifier::library(*scheme) == Some("orion 0.18");
            assert_eq!(orion, *scheme == SignatureScheme::MlDsa65, "{scheme}");
        }
    }
}
