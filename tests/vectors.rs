//! The conversations of `vectors/v2`, byte for byte, in both roles.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use ossuary::{Role, backend::rustcrypto};
use ossuary_conformance::backend;
use ossuary_conformance::transcripts::{Backend, Transcripts, Unsupported};

const RUSTCRYPTO: Backend = backend!("rustcrypto", rustcrypto);

fn transcripts_as(role: Role) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/v2/transcripts.json");
    let json = std::fs::read_to_string(path).unwrap();
    let transcripts = Transcripts::parse(&json).unwrap_or_else(|error| panic!("{error}"));
    let report = transcripts
        .check(&RUSTCRYPTO, role, Unsupported::Refuse)
        .unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    assert!(report.transcripts > 0 && report.steps > 0);
    assert_eq!(report.transcripts, transcripts.number_of_tests());
}

#[test]
fn transcripts_as_client() {
    transcripts_as(Role::Client);
}

#[test]
fn transcripts_as_server() {
    transcripts_as(Role::Server);
}
