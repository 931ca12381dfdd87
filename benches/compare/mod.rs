//! Compares the channel with the bare operations that it is made of.
//!
//! Criterion measures one thing after the other, and on a machine that does
//! other work besides, two measurements differ by more than the two things do.
//! So here both sides take turns, a batch of one and a batch of the other, and
//! what is told is the median of what the turns said.
//!
//! Where the stack begins differs from process to process, and with it how its
//! values lie in cache lines: that alone moves elliptic curves by a tenth, and
//! one side more than the other. So every turn begins at another depth of it.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Something to be measured, many times in a row.
pub(crate) trait Operation {
    /// Makes everything ready for `count` times, untimed.
    fn prepare(&mut self, count: usize);
    /// Does it for the time `index` of those that were prepared.
    fn run(&mut self, index: usize);
}

/// An operation on a state, of what is prepared and what is timed.
pub(crate) struct On<T, P, R> {
    state: T,
    prepare: P,
    run: R,
}

impl<T, P: FnMut(&mut T, usize), R: FnMut(&mut T, usize)> On<T, P, R> {
    pub(crate) fn new(state: T, prepare: P, run: R) -> Self {
        On {
            state,
            prepare,
            run,
        }
    }
}

impl<T, P: FnMut(&mut T, usize), R: FnMut(&mut T, usize)> Operation for On<T, P, R> {
    fn prepare(&mut self, count: usize) {
        for index in 0..count {
            (self.prepare)(&mut self.state, index);
        }
    }

    #[inline]
    fn run(&mut self, index: usize) {
        (self.run)(&mut self.state, index);
    }
}

/// How long `batch` times take, without what prepares them.
fn timed(operation: &mut impl Operation, batch: usize) -> Duration {
    operation.prepare(batch);
    let start = Instant::now();
    for index in 0..batch {
        operation.run(index);
    }
    start.elapsed()
}

/// Lets criterion measure an operation.
pub(crate) fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    batch: usize,
    operation: &mut impl Operation,
) {
    group.bench_function(id, |bencher| {
        bencher.iter_custom(|times| {
            let times = usize::try_from(times).expect("a count of iterations");
            let mut total = Duration::ZERO;
            let mut left = times;
            while left > 0 {
                let now = left.min(batch);
                total += timed(operation, now);
                left -= now;
            }
            total
        });
    });
}

/// Whether this run is to measure (`cargo bench`), and not only to try whether
/// everything works (`cargo test --benches`).
pub(crate) fn measuring() -> bool {
    let given = |name: &str| std::env::args().any(|argument| argument == name);
    given("--bench") && !given("--test") && !given("--list")
}

/// Odd, so that who is first takes turns at each depth.
const STACK_STEPS: usize = 65;

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

/// The table at the end.
pub(crate) struct Table;

impl Table {
    /// Its head.
    pub(crate) fn new(title: &str, raw: &str, channel: &str) -> Self {
        println!("\n{title}: medians of batches in turn\n");
        println!(
            "{:<44} {raw:>12} {channel:>12} {:>10} {:>10}",
            "", "difference", "efficiency"
        );
        Table
    }

    /// Measures `raw` and `channel` in turn and adds a row, in nanoseconds.
    pub(crate) fn row(
        &self,
        name: &str,
        rounds: usize,
        batch: usize,
        raw: &mut impl Operation,
        channel: &mut impl Operation,
    ) {
        let nanos = |time: Duration| time.as_nanos() as f64 / batch as f64;
        let mut turns = Vec::with_capacity(rounds);
        for round in 0..rounds {
            deeper(round % STACK_STEPS, &mut || {
                // Who is first has the colder cache: they take turns in that too.
                let (raw, channel) = if round % 2 == 0 {
                    let raw = timed(raw, batch);
                    (raw, timed(channel, batch))
                } else {
                    let channel = timed(channel, batch);
                    (timed(raw, batch), channel)
                };
                turns.push((nanos(raw), nanos(channel)));
            });
        }
        let median = |of: fn(&(f64, f64)) -> f64| {
            let mut values: Vec<f64> = turns.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        println!(
            "{name:<44} {:>9.0} ns {:>9.0} ns {:>7.0} ns {:>10.3}",
            median(|(raw, _)| *raw),
            median(|(_, channel)| *channel),
            median(|(raw, channel)| channel - raw),
            median(|(raw, channel)| raw / channel),
        );
    }
}
