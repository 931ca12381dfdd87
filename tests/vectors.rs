//! The conversations of `vectors/v2`, byte for byte, in both roles, on every
//! backend that takes its randomness from the file.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use ossuary::{Role, backend::rustcrypto};
use ossuary_conformance::backend;
use ossuary_conformance::transcripts::{Backend, Report, Transcripts, Unsupported};

fn run(backend: &Backend, unsupported: Unsupported) -> [Report; 2] {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/v2/transcripts.json");
    let json = std::fs::read_to_string(path).unwrap();
    let transcripts = Transcripts::parse(&json).unwrap_or_else(|error| panic!("{error}"));
    [Role::Client, Role::Server].map(|role| {
        let report = transcripts
            .check(backend, role, unsupported)
            .unwrap_or_else(|error| panic!("{error}"));
        println!("{report}");
        let all = report.transcripts + report.skipped.len();
        assert_eq!(all, transcripts.number_of_tests());
        report
    })
}

#[test]
fn rustcrypto_reproduces_all() {
    const BACKEND: Backend = backend!("rustcrypto", rustcrypto);
    for report in run(&BACKEND, Unsupported::Refuse) {
        assert!(report.transcripts > 0 && report.steps > 0);
        assert!(report.skipped.is_empty());
    }
}

/// Of a backend whose key exchanges can be replayed in part, as many transcripts
/// run as there are for those; the others are covered by live conversations
/// (tests/interop.rs).
#[cfg(any(feature = "orion", feature = "aws-lc", feature = "graviola"))]
fn reproduces(backend: &Backend, transcripts: usize) {
    for report in run(backend, Unsupported::Skip) {
        assert_eq!(report.transcripts, transcripts, "{report}");
        assert!(report.steps > transcripts);
    }
}

#[cfg(feature = "orion")]
#[test]
fn orion_reproduces_those_of_its_suites() {
    use ossuary::backend::orion;
    const BACKEND: Backend = backend!(
        "orion",
        orion {
            X25519ChaCha20Poly1305Sha256,
            X25519ChaCha20Poly1305Sha384,
            X25519MlKem768ChaCha20Poly1305Sha256,
            X25519MlKem768ChaCha20Poly1305Sha384,
        },
        rustcrypto
    );
    reproduces(&BACKEND, 12);
}

#[cfg(feature = "aws-lc")]
#[test]
fn aws_lc_reproduces_those_without_ml_kem() {
    use ossuary::backend::aws_lc;
    const BACKEND: Backend = backend!("aws-lc", aws_lc, rustcrypto);
    reproduces(&BACKEND, 16);
}

/// Nor where the peer has an ECDSA key, which it does not verify.
#[cfg(feature = "graviola")]
#[test]
fn graviola_reproduces_those_without_ml_kem() {
    use ossuary::backend::graviola;
    const BACKEND: Backend = backend!("graviola", graviola, rustcrypto);
    reproduces(&BACKEND, 15);
}
