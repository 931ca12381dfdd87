//! What ran, what did not, and why.

use crate::set::Set;
use ossuary::CryptoError;
use std::fmt;

/// What a test showed, where it showed nothing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// All that the test says: the answer, or that there is none.
    Whole,
    /// That the input is taken. The answer is that of a key which the library did not
    /// use.
    WithoutAnswer,
    /// Nothing: its inputs have not the sizes of the protocol.
    Outside,
}

/// `Err` says what went wrong.
pub type Outcome = Result<Passed, String>;

/// The tests of one set on one backend.
pub struct Tally {
    set: Set,
    library: &'static str,
    whole: usize,
    without_answer: usize,
    outside: usize,
    failures: Vec<String>,
}

impl Tally {
    pub fn new(set: Set, library: &'static str) -> Self {
        Tally {
            set,
            library,
            whole: 0,
            without_answer: 0,
            outside: 0,
            failures: Vec::new(),
        }
    }

    /// Counts a test.
    pub fn add(&mut self, tc_id: usize, comment: &str, outcome: Outcome) {
        match outcome {
            Ok(Passed::Whole) => self.whole += 1,
            Ok(Passed::WithoutAnswer) => self.without_answer += 1,
            Ok(Passed::Outside) => self.outside += 1,
            Err(why) => {
                let name = self.set.name();
                self.failures
                    .push(format!("{name}, tcId {tc_id} ({comment}): {why}"));
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            set,
            library,
            whole,
            without_answer,
            outside,
            failures,
        } = self;
        write!(f, "{:<26} {whole:>4} passed", set.name())?;
        if *without_answer > 0 {
            write!(
                f,
                ", {without_answer} known answers not run: the library makes its own keys"
            )?;
        }
        if *outside > 0 {
            write!(f, ", {outside} outside the protocol's sizes")?;
        }
        if !failures.is_empty() {
            write!(f, ", {} FAILED", failures.len())?;
        }
        write!(f, " ({library})")
    }
}

/// All sets on one backend.
pub struct Report {
    backend: &'static str,
    reported: Vec<Set>,
    passed: usize,
    without_answer: usize,
    failures: Vec<String>,
}

impl Report {
    pub fn new(backend: &'static str) -> Self {
        Report {
            backend,
            reported: Vec::new(),
            passed: 0,
            without_answer: 0,
            failures: Vec::new(),
        }
    }

    /// Takes up a set that ran.
    pub fn ran(&mut self, tally: Tally) {
        println!("{:<10} {tally}", self.backend);
        if tally.whole + tally.without_answer + tally.failures.len() == 0 {
            let name = tally.set.name();
            self.failures.push(format!("{name}: nothing ran"));
        }
        self.reported.push(tally.set);
        self.passed += tally.whole;
        self.without_answer += tally.without_answer;
        self.failures.extend(tally.failures);
    }

    /// Says that the backend has nothing that `sets` could run on.
    pub fn lacks(&mut self, sets: &[Set], why: &str) {
        for set in sets {
            let (name, tests) = (set.name(), set.number_of_tests());
            println!("{:<10} {name:<26} {tests:>4} not run: {why}", self.backend);
            self.reported.push(*set);
        }
    }

    /// Whether a part can run on this machine; if not, `sets` do not.
    pub fn can_run(&mut self, sets: &[Set], available: Result<(), CryptoError>) -> bool {
        if let Err(error) = &available {
            let why = std::error::Error::source(error).map_or(error.to_string(), |e| e.to_string());
            self.lacks(sets, &why);
        }
        available.is_ok()
    }

    /// Fails where a test did, where a set is missing, and where nothing ran.
    pub fn finish(self) {
        let Report {
            backend,
            mut reported,
            passed,
            without_answer,
            failures,
        } = self;
        println!(
            "{backend:<10} {passed} tests of Wycheproof passed, \
             {without_answer} known answers not run"
        );
        assert!(
            failures.is_empty(),
            "{} failures on {backend}:\n{}",
            failures.len(),
            failures.join("\n")
        );
        reported.sort_by_key(|set| Set::ALL.iter().position(|one| one == set));
        assert_eq!(reported, Set::ALL, "each set once");
        assert!(passed > 0, "nothing ran on {backend}");
    }
}
