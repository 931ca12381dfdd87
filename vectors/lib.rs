//! The known answers of `ossuary`, as JSON text. `README.md` in this crate says
//! where they come from and what their fields mean.
//!
//! `ossuary-conformance` runs them.

#![no_std]

/// A file of known answers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct File {
    /// Its place in this crate, for people.
    pub name: &'static str,
    /// Its text.
    pub json: &'static str,
}

macro_rules! files {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {$(
        $(#[$doc])*
        pub const $name: File = File { name: $path, json: include_str!($path) };
    )*};
}

files! {
    /// Conversations of protocol 2 with fixed randomness.
    TRANSCRIPTS = "v2/transcripts.json";
    /// Conversations of protocol 1 with fixed randomness.
    TRANSCRIPTS_V1 = "v1/transcripts.json";
    /// X25519 (RFC 7748).
    X25519 = "primitives/x25519.json";
    /// ECDH on P-256.
    P256 = "primitives/p256.json";
    /// ML-KEM-768 (FIPS 203).
    ML_KEM_768 = "primitives/ml_kem_768.json";
    /// X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem).
    X25519_ML_KEM_768 = "primitives/x25519_mlkem768.json";
    /// ChaCha20-Poly1305 (RFC 8439).
    CHACHA20_POLY1305 = "primitives/chacha20_poly1305.json";
    /// AES-256-GCM (NIST SP 800-38D).
    AES_256_GCM = "primitives/aes_256_gcm.json";
    /// SHA-256 and SHA-384 (FIPS 180-4).
    SHA2 = "primitives/sha2.json";
    /// HKDF (RFC 5869) with either of them.
    HKDF = "primitives/hkdf.json";
    /// Ed25519 (RFC 8032).
    ED25519 = "primitives/ed25519.json";
    /// Ed25519 where libraries differ, with the verdicts of the protocol.
    ED25519_EDGE_CASES = "primitives/ed25519_edge_cases.json";
    /// ECDSA on P-256 with SHA-256 (FIPS 186-5).
    ECDSA_P256 = "primitives/ecdsa_p256.json";
    /// ML-DSA-65 (FIPS 204).
    ML_DSA_65 = "primitives/ml_dsa_65.json";
}
