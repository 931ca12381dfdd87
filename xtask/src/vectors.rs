//! `cargo xtask vectors FILE…`: transcripts on the default backend, in both roles.
//! The tests run those of `vectors/` on every backend.

use crate::Outcome;
use ossuary_conformance::backend;
use ossuary_conformance::ossuary_traits::Role;
use ossuary_conformance::transcripts::{Backend, Transcripts, Unsupported};
use std::fs;

const BACKEND: Backend = backend!("rustcrypto", ossuary_rustcrypto);

/// Prints what ran; fails at the first difference.
pub(crate) fn run(files: &[&str]) -> Outcome {
    for file in files {
        let name_file = |error: &dyn std::error::Error| format!("{file}: {error}");
        let json = fs::read_to_string(file).map_err(|error| name_file(&error))?;
        let transcripts = Transcripts::parse(&json).map_err(|error| name_file(&error))?;
        for role in [Role::Client, Role::Server] {
            let report = transcripts
                .check(&BACKEND, role, Unsupported::Refuse)
                .map_err(|error| name_file(&error))?;
            println!("{file}: {report}");
        }
    }
    Ok(())
}
