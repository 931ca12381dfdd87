//! Measures by turns.
//!
//! On a machine that does other work besides, two measurements one after the
//! other differ by more than the two things do. So all that are compared take
//! turns, a batch of each in every round, and what is told is the median over
//! the rounds of the ratio within a round.
//!
//! Where the stack begins differs from process to process, and with it how its
//! values lie in cache lines: that alone moves elliptic curves by a tenth, and
//! one side more than the other. So every round begins at another depth of it.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Something that takes turns.
pub trait Turn {
    /// Does it `batch` times and tells how long that took.
    fn turn(&mut self, batch: usize) -> Duration;
}

/// An operation on a state, of what is prepared and what is timed; both are told
/// which of the batch it is.
pub struct On<T, P, R> {
    state: T,
    prepare: P,
    run: R,
}

impl<T, P, R> fmt::Debug for On<T, P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("On")
    }
}

impl<T, P: FnMut(&mut T, usize), R: FnMut(&mut T, usize)> On<T, P, R> {
    /// An operation of its parts.
    pub fn new(state: T, prepare: P, run: R) -> Self {
        On {
            state,
            prepare,
            run,
        }
    }
}

impl<T, P: FnMut(&mut T, usize), R: FnMut(&mut T, usize)> Turn for On<T, P, R> {
    fn turn(&mut self, batch: usize) -> Duration {
        for index in 0..=batch {
            (self.prepare)(&mut self.state, index);
        }
        // The first one finds the caches as others have left them: it is not timed.
        (self.run)(&mut self.state, 0);
        let start = Instant::now();
        for index in 1..=batch {
            (self.run)(&mut self.state, index);
        }
        start.elapsed()
    }
}

/// What is measured of one backend.
#[allow(missing_debug_implementations, reason = "it holds operations")]
pub struct Candidate {
    /// The backend's name.
    pub backend: &'static str,
    /// The library alone.
    pub raw: Box<dyn Turn>,
    /// The channel.
    pub channel: Box<dyn Turn>,
}

/// How fast one backend is.
#[derive(Clone, Copy, Debug)]
pub struct Speed {
    /// The backend's name.
    pub backend: &'static str,
    /// The speed of the channel divided by that of the library alone.
    pub efficiency: f64,
    /// The speed of the channel divided by that of the first candidate's.
    pub relative: f64,
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Speed {
            backend,
            efficiency,
            relative,
        } = self;
        write!(f, "{backend}\t{efficiency:.3}\t{relative:.3}")
    }
}

/// A prime, so that every order of turns meets every depth.
const STACK_STEPS: usize = 67;

/// Calls `f` so many small frames further down the stack.
#[inline(never)]
fn deeper(frames: usize, f: &mut dyn FnMut()) {
    if frames == 0 {
        f();
    } else {
        deeper(frames - 1, f);
    }
    // Something to do after the call, so that it is no jump.
    black_box(frames);
}

/// How long a batch of the library alone and of the channel took, in seconds.
struct Times {
    raw: f64,
    channel: f64,
}

/// Lets all candidates take turns, and compares each with its library and with
/// the first of them.
pub fn compare(candidates: &mut [Candidate], rounds: usize, batch: usize) -> Vec<Speed> {
    let count = candidates.len();
    let mut times: Vec<Vec<Times>> = candidates.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        deeper(round % STACK_STEPS, &mut || {
            for place in 0..count {
                let index = (round + place) % count;
                let Candidate { raw, channel, .. } = &mut candidates[index];
                let seconds = |side: &mut dyn Turn| side.turn(batch).as_secs_f64();
                // A library and its channel are next to each other, and who is
                // first of the two takes turns as well.
                times[index].push(if (round / count).is_multiple_of(2) {
                    let raw = seconds(&mut **raw);
                    let channel = seconds(&mut **channel);
                    Times { raw, channel }
                } else {
                    let channel = seconds(&mut **channel);
                    let raw = seconds(&mut **raw);
                    Times { raw, channel }
                });
            }
        });
    }
    candidates
        .iter()
        .zip(&times)
        .map(|(candidate, own)| Speed {
            backend: candidate.backend,
            efficiency: median(own.iter().map(|own| own.raw / own.channel)),
            relative: median(
                times[0]
                    .iter()
                    .zip(own)
                    .map(|(first, own)| first.channel / own.channel),
            ),
        })
        .collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// Takes a fixed time for each of a batch, and notes whose turn it was.
    struct Fixed(&'static str, u64, Rc<RefCell<Vec<&'static str>>>);

    impl Turn for Fixed {
        fn turn(&mut self, batch: usize) -> Duration {
            self.2.borrow_mut().push(self.0);
            let batch = u32::try_from(batch).expect("a small batch");
            Duration::from_millis(self.1) * batch
        }
    }

    #[test]
    fn ratios_are_those_of_the_times_and_turns_go_round() {
        let turns = Rc::new(RefCell::new(Vec::new()));
        let side = |name, millis| Box::new(Fixed(name, millis, turns.clone()));
        let mut candidates = [
            Candidate {
                backend: "first",
                raw: side("a", 3),
                channel: side("A", 4),
            },
            Candidate {
                backend: "second",
                raw: side("b", 1),
                channel: side("B", 2),
            },
        ];
        let speeds = compare(&mut candidates, 4, 5);
        let lines: Vec<String> = speeds.iter().map(Speed::to_string).collect();
        assert_eq!(lines, ["first\t0.750\t1.000", "second\t0.500\t2.000"]);
        assert_eq!(turns.borrow().concat(), "aAbBbBaAAaBbBbAa");
    }

    #[test]
    fn what_is_timed_is_prepared_and_the_first_is_not_timed() {
        let mut on = On::new(
            (Vec::new(), Vec::new()),
            |(prepared, _), index| prepared.push(index),
            |(prepared, ran), index| {
                assert_eq!(prepared.len(), 4);
                ran.push(index);
            },
        );
        on.turn(3);
        assert_eq!(on.state.1, [0, 1, 2, 3]);
    }
}
