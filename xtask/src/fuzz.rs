//! `cargo xtask fuzz`: every fuzz target, for a while each.

use crate::{Outcome, cargo, root};
use std::env;

/// The targets in `fuzz/`.
const TARGETS: [&str; 2] = ["v1_server", "v1_client"];

/// Ten minutes for each.
pub(crate) const SECONDS: u32 = 600;

/// Runs each target for `seconds`; fails at the first input that is not taken as it should
/// be, which is then in `fuzz/artifacts/`. Without sanitizers, which need a nightly
/// compiler: what is fuzzed has no unsafe code.
pub(crate) fn run(seconds: u32) -> Outcome {
    env::set_current_dir(root())?;
    for target in TARGETS {
        let limits = format!("-max_total_time={seconds} -timeout=10 -rss_limit_mb=1024");
        cargo(&format!("fuzz run -s none {target} -- {limits}"))
            .map_err(|error| format!("{error}; it needs cargo-fuzz: cargo install cargo-fuzz"))?;
    }
    Ok(())
}
