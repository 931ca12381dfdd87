//! `cargo xtask vectors FILE…`: transcripts of either protocol on the default
//! backend, in both roles. The tests run those of `vectors/` on every backend.

use crate::Outcome;
use ossuary_conformance::backend;
use ossuary_conformance::ossuary_traits::Role;
use ossuary_conformance::transcripts::{
    Backend, FileError, SuiteOfV1, Transcripts, TranscriptsOfV1, Unsupported,
};
use std::fs;

const BACKEND: Backend = backend!("rustcrypto", ossuary_rustcrypto);
const SUITE_OF_V1: SuiteOfV1 = SuiteOfV1::of::<ossuary_rustcrypto::X25519ChaCha20Poly1305Sha256>();

/// Prints what ran; fails at the first difference.
pub(crate) fn run(files: &[&str]) -> Outcome {
    for file in files {
        let name_file = |error: &dyn std::error::Error| format!("{file}: {error}");
        let json = fs::read_to_string(file).map_err(|error| name_file(&error))?;
        let transcripts = match Transcripts::parse(&json) {
            Ok(transcripts) => transcripts,
            // What is not of protocol 2 may be of protocol 1.
            Err(error) => match TranscriptsOfV1::parse(&json) {
                Ok(transcripts) => {
                    run_v1(file, &transcripts)?;
                    continue;
                }
                Err(other) => {
                    let of_1 = json.contains("\"ossuary-1-transcript\"");
                    let error: &FileError = if of_1 { &other } else { &error };
                    return Err(name_file(error).into());
                }
            },
        };
        for role in [Role::Client, Role::Server] {
            let report = transcripts
                .check(&BACKEND, role, Unsupported::Refuse)
                .map_err(|error| name_file(&error))?;
            println!("{file}: {report}");
        }
    }
    Ok(())
}

fn run_v1(file: &str, transcripts: &TranscriptsOfV1) -> Outcome {
    for role in [Role::Client, Role::Server] {
        let records = transcripts
            .check(&SUITE_OF_V1, role)
            .map_err(|error| format!("{file}: {error}"))?;
        let tests = transcripts.number_of_tests();
        println!("{file}: {tests} transcripts of protocol 1, {records} records as {role:?}");
    }
    Ok(())
}
