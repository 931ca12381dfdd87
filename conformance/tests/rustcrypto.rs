//! Of an implementation that has all that the protocol names, nothing is left out.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use ossuary_conformance::ossuary_traits::SignatureScheme;
use ossuary_conformance::{signing_key, suite};
use ossuary_rustcrypto::*;

#[test]
fn all_of_it_runs() {
    type V = RustCryptoVerifier;
    let reports = [
        suite::<X25519ChaCha20Poly1305Sha256>(),
        suite::<P256Aes256GcmSha384>(),
        suite::<X25519MlKem768ChaCha20Poly1305Sha384>(),
        signing_key::<V, _>(SignatureScheme::Ed25519, Ed25519SigningKey::from_secret),
        signing_key::<V, _>(
            SignatureScheme::EcdsaP256Sha256,
            EcdsaP256SigningKey::from_secret,
        ),
        signing_key::<V, _>(SignatureScheme::MlDsa65, MlDsa65SigningKey::from_secret),
    ];
    for report in reports {
        let report = report.unwrap();
        assert!(report.known_answers > 0 && report.checks > 0, "{report}");
        assert!(report.not_run.is_empty(), "{report}");
    }
}
