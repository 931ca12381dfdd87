//! Where our side and a file differ, told so that the place can be found.

use super::file::Transcript;
use super::role_name;
use ossuary_traits::Role;
use std::borrow::Cow;
use std::fmt;

/// How many bytes around the first difference are shown.
const BEFORE: usize = 4;
const AFTER: usize = 12;

/// Our side and a transcript differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The transcript's number.
    pub tc_id: u64,
    /// What the transcript says that it shows.
    pub comment: String,
    /// The role of our side.
    pub role: Role,
    /// The step, counted from 0, and its `do`; `None` where the difference is in
    /// the transcript's head.
    pub step: Option<(usize, &'static str)>,
    /// The field, as the file names it: `wire`, `exported.value`,
    /// `client.auth_public`.
    pub field: Cow<'static, str>,
    /// What is different.
    pub problem: Problem,
}

impl Difference {
    /// Whether this says that the transcript cannot be run, and not that it
    /// differs.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(self.problem, Problem::Unsupported(_))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = role_name(self.role);
        write!(f, "tcId {} ({}) as {role}", self.tc_id, self.comment)?;
        if let Some((index, name)) = self.step {
            write!(f, ", steps[{index}] ({name})")?;
        }
        write!(f, ", {}: {}", self.field, self.problem)
    }
}

impl std::error::Error for Difference {}

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Byte strings.
    Bytes {
        /// What the file has.
        expected: Vec<u8>,
        /// What our side has.
        actual: Vec<u8>,
    },
    /// Anything else.
    Other {
        /// What should be.
        expected: String,
        /// What is.
        actual: String,
    },
    /// The transcript cannot be run; why.
    Unsupported(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unsupported(why) => f.write_str(why),
            Problem::Other { expected, actual } => {
                write!(f, "expected {expected}, and it is: {actual}")
            }
            Problem::Bytes { expected, actual } => {
                let at = expected
                    .iter()
                    .zip(actual)
                    .take_while(|(expected, actual)| expected == actual)
                    .count();
                write!(f, "byte {at} differs")?;
                write!(
                    f,
                    "\n  expected {}",
                    Window {
                        bytes: expected,
                        at
                    }
                )?;
                write!(f, "\n  actual   {}", Window { bytes: actual, at })
            }
        }
    }
}

/// The bytes around `at`, in hex, and how many there are in all.
struct Window<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl fmt::Display for Window<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.at.saturating_sub(BEFORE);
        let to = self.bytes.len().min(self.at.saturating_add(AFTER));
        if from > 0 {
            f.write_str("…")?;
        }
        if let Some(shown) = self.bytes.get(from..to) {
            f.write_str(&hex::encode(shown))?;
        }
        if to < self.bytes.len() {
            f.write_str("…")?;
        }
        write!(f, " ({} bytes)", self.bytes.len())
    }
}

/// A difference whose place in the file is not told yet.
pub(super) struct Found {
    pub(super) field: Cow<'static, str>,
    pub(super) problem: Problem,
}

pub(super) type Outcome<T = ()> = Result<T, Found>;

impl Found {
    pub(super) fn other(
        field: impl Into<Cow<'static, str>>,
        expected: impl fmt::Display,
        actual: impl fmt::Display,
    ) -> Self {
        Found {
            field: field.into(),
            problem: Problem::Other {
                expected: expected.to_string(),
                actual: actual.to_string(),
            },
        }
    }

    /// An error, with what is behind it.
    pub(super) fn error(
        field: impl Into<Cow<'static, str>>,
        expected: impl fmt::Display,
        error: &dyn std::error::Error,
    ) -> Self {
        let mut told = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            told = format!("{told}: {error}");
            source = error.source();
        }
        Found::other(field, expected, told)
    }

    pub(super) fn unsupported(field: impl Into<Cow<'static, str>>, why: impl fmt::Display) -> Self {
        Found {
            field: field.into(),
            problem: Problem::Unsupported(why.to_string()),
        }
    }

    pub(super) fn in_transcript(
        self,
        transcript: &Transcript,
        role: Role,
        step: Option<(usize, &'static str)>,
    ) -> Box<Difference> {
        let mut difference = self.in_test(transcript.tc_id, &transcript.comment, role);
        difference.step = step;
        difference
    }

    pub(super) fn in_test(self, tc_id: u64, comment: &str, role: Role) -> Box<Difference> {
        Box::new(Difference {
            tc_id,
            comment: comment.to_owned(),
            role,
            step: None,
            field: self.field,
            problem: self.problem,
        })
    }
}

/// The same bytes.
pub(super) fn same(field: impl Into<Cow<'static, str>>, expected: &[u8], actual: &[u8]) -> Outcome {
    if expected == actual {
        return Ok(());
    }
    Err(Found {
        field: field.into(),
        problem: Problem::Bytes {
            expected: expected.to_vec(),
            actual: actual.to_vec(),
        },
    })
}

/// The same number or word.
pub(super) fn equal<T: PartialEq + fmt::Display>(
    field: impl Into<Cow<'static, str>>,
    expected: T,
    actual: T,
) -> Outcome {
    if expected == actual {
        return Ok(());
    }
    Err(Found::other(field, expected, actual))
}

pub(super) fn byte_count(count: usize) -> String {
    format!("{count} bytes")
}
