//! Recorded conversations: files of schema `ossuary-2-transcript`
//! (docs/protocol.md, "Checking an implementation").
//!
//! A transcript holds the randomness and the host keys of both sides, and every
//! packet between them. It is run once in each role: this project's code is one
//! side, and the other side is what the file says. So each role is proved by
//! itself against the file, and not against this project's other half.
//!
//! | in the file | what is checked |
//! |---|---|
//! | a packet that our side sends | that it sends just these bytes |
//! | a packet that the other side sends | that it is taken, and for what it is |
//! | `handshakes` of our side | that all of it is drawn, and no more |
//! | `auth_public` | of our side, that its key store has it; of the other, that it has proved it |
//! | `channel_binding`, `exported` | that our side has the same |
//! | `exporter_secret` | that `exported` comes from it |
//! | `client_told_received`, `server_told_received` | what our side reports, and what it is told |
//! | `rekey_after`, `padded_to`, `reason` | that the packet says the same |
//!
//! Two steps do not follow from what came before, and our side is brought to
//! them:
//!
//! * a `reset` of its own: by a record that does not open (reason 7), a packet
//!   of unknown type (6), or a packet that does not come whole in time (5);
//! * a `disconnect` of its own: by its application (reason 1), or, for a server,
//!   by a policy that does not trust the client (4). For the latter the handshake
//!   is run a second time, because the first run, which the steps before need,
//!   trusts it.
//!
//! ```
//! use ossuary_conformance::{backend, transcripts::{Backend, Transcripts, Unsupported}};
//! use ossuary_traits::Role;
//!
//! const RUSTCRYPTO: Backend = backend!("rustcrypto", ossuary_rustcrypto);
//!
//! let transcripts = Transcripts::parse(ossuary_vectors::TRANSCRIPTS.json)?;
//! for role in [Role::Client, Role::Server] {
//!     let report = transcripts.check(&RUSTCRYPTO, role, Unsupported::Skip)?;
//!     assert_eq!(report.transcripts + report.skipped.len(), transcripts.number_of_tests());
//!     println!("{report}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alerts;
mod backend;
mod difference;
mod file;
mod parties;
mod randomness;
mod replay;
#[cfg(test)]
mod tests;
#[cfg(feature = "v1")]
mod v1;

pub(crate) use backend::Setup;
pub use backend::{Backend, SuiteUnderTest};
pub use difference::{Difference, Problem};
pub use file::{FileError, Transcripts};
#[cfg(feature = "v1")]
pub use v1::{SuiteOfV1, TranscriptsOfV1};

use ossuary_traits::{Role, SuiteId};
use std::collections::BTreeSet;
use std::fmt;

/// What becomes of a transcript that the backend or the public interface cannot
/// run: a suite or a signature scheme that is not there, a key exchange that
/// brings its own randomness, an alert that nothing can bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsupported {
    /// It is an error.
    Refuse,
    /// It is left out, and the [`Report`] says so.
    Skip,
}

impl Transcripts {
    /// Those of one suite: there may be none.
    pub(crate) fn of_suite(mut self, id: SuiteId) -> Self {
        let code = id.code();
        self.tests.retain(|transcript| transcript.suite == code);
        self
    }

    /// Runs all transcripts on `backend`, in `role`.
    ///
    /// # Errors
    ///
    /// The first difference; and where nothing ran.
    pub fn check(
        &self,
        backend: &Backend,
        role: Role,
        unsupported: Unsupported,
    ) -> Result<Report, CheckError> {
        let mut report = Report {
            backend: backend.name,
            libraries: BTreeSet::new(),
            role,
            transcripts: 0,
            steps: 0,
            skipped: Vec::new(),
        };
        for transcript in &self.tests {
            match replay::run(transcript, backend, role) {
                Ok(suite) => {
                    report.libraries.extend((suite.libraries)());
                    report.transcripts += 1;
                    report.steps += transcript.steps.len();
                }
                Err(difference)
                    if difference.is_unsupported() && unsupported == Unsupported::Skip =>
                {
                    report.skipped.push(*difference);
                }
                Err(difference) => return Err(CheckError::Difference(difference)),
            }
        }
        if report.transcripts == 0 {
            return Err(CheckError::NothingRan);
        }
        Ok(report)
    }
}

/// What ran, and found no difference.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The backend's name.
    pub backend: &'static str,
    /// The libraries behind the suites that ran.
    pub libraries: BTreeSet<&'static str>,
    /// The role of our side.
    pub role: Role,
    /// How many transcripts ran.
    pub transcripts: usize,
    /// How many steps they had.
    pub steps: usize,
    /// Those that did not run, and why.
    pub skipped: Vec<Difference>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            backend,
            transcripts,
            steps,
            ..
        } = self;
        let role = role_name(self.role);
        write!(
            f,
            "{transcripts} transcripts, {steps} steps as {role} on {backend} ("
        )?;
        for (index, library) in self.libraries.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{library}")?;
        }
        f.write_str(")")?;
        for skipped in &self.skipped {
            write!(f, "\nskipped: {skipped}")?;
        }
        Ok(())
    }
}

/// Why a check did not pass.
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckError {
    /// Our side and the file differ.
    Difference(Box<Difference>),
    /// Every transcript was skipped.
    NothingRan,
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckError::Difference(difference) => difference.fmt(f),
            CheckError::NothingRan => f.write_str("no transcript ran: all were skipped"),
        }
    }
}

impl std::error::Error for CheckError {}

/// A role, as the files write it.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Server => "server",
    }
}
