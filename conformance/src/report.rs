//! What a check says in the end.

use crate::rule::Rule;
use std::fmt;

/// What ran, all of it as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The library that was checked, by its own word.
    pub library: String,
    /// The algorithm.
    pub algorithm: String,
    /// How many known answers were reproduced.
    pub known_answers: usize,
    /// How many other comparisons were made.
    pub checks: usize,
    /// What could not run, by name, and why.
    pub not_run: Vec<String>,
}

impl Report {
    /// Adds what a part's report counts.
    pub(crate) fn add(&mut self, part: Report) {
        self.known_answers += part.known_answers;
        self.checks += part.checks;
        self.not_run.extend(part.not_run);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            library,
            algorithm,
            known_answers,
            checks,
            not_run,
        } = self;
        write!(
            f,
            "{library}, {algorithm}: {known_answers} known answers, {checks} checks"
        )?;
        if !not_run.is_empty() {
            write!(f, "; not run: {}", not_run.join("; "))?;
        }
        Ok(())
    }
}

/// A rule is broken: by what, which, and how that was seen.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The library that was checked, by its own word.
    pub library: String,
    /// The algorithm.
    pub algorithm: String,
    /// The rule.
    pub rule: Rule,
    /// What was done, and what came of it.
    pub seen: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure {
            library,
            algorithm,
            rule,
            seen,
        } = self;
        let demand = rule.demand();
        write!(f, "{library}, {algorithm}: {rule}: {demand}; but {seen}")
    }
}

/// As [`Display`](fmt::Display), so that `unwrap` in a test tells the whole of it.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_line() {
        let mut report = Report {
            library: "a library".to_owned(),
            algorithm: "an algorithm".to_owned(),
            known_answers: 12,
            checks: 34,
            not_run: Vec::new(),
        };
        let told = "a library, an algorithm: 12 known answers, 34 checks";
        assert_eq!(report.to_string(), told);
        report.add(Report {
            known_answers: 1,
            checks: 2,
            not_run: vec!["a file".to_owned(), "another".to_owned()],
            ..Report::default()
        });
        assert_eq!(
            report.to_string(),
            "a library, an algorithm: 13 known answers, 36 checks; not run: a file; another"
        );
    }
}
