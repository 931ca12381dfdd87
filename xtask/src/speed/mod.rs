//! `cargo xtask speed`: how fast the channel is with each backend.
//!
//! The benches print ratios; they are kept in `docs/speed*.tsv`, and the tables
//! in `docs/backends.md` and the plots beside it are made of them.

mod measured;
mod plot;
mod tables;

use crate::test::Step;
use crate::{Outcome, root};
use measured::Measured;
use std::fs;
use std::path::PathBuf;

/// What the benches measured, in their own words: as cargo builds by default,
/// for any processor of x86_64, and for those with AVX2.
const GENERIC: &str = "docs/speed.tsv";
const V3: &str = "docs/speed-x86-64-v3.tsv";
const PAGE: &str = "docs/backends.md";
const RECORDS_PLOT: &str = "docs/backends-records.svg";
const HANDSHAKES_PLOT: &str = "docs/backends-handshakes.svg";

/// Measures, which takes minutes and wants an x86_64 that does nothing else, and
/// makes the report.
pub(crate) fn run() -> Outcome {
    let bench = "bench -p ossuary-benches";
    measure(Step::cargo(bench), GENERIC)?;
    let mut v3 = Step::cargo(&format!("{bench} --target-dir target/x86-64-v3"));
    v3.set("RUSTFLAGS", "-C target-cpu=x86-64-v3");
    measure(v3, V3)?;
    report()
}

fn measure(mut benches: Step, file: &str) -> Outcome {
    let mut ratios = String::new();
    benches.read(|line| {
        if measured::is_one(line) {
            ratios.push_str(line);
            ratios.push('\n');
        }
    })?;
    // What cannot be read is not kept.
    Measured::parse(&ratios)?;
    fs::write(path(file), ratios)?;
    Ok(())
}

/// Makes the report of what was measured before.
pub(crate) fn report() -> Outcome {
    let (generic, v3) = measured()?;
    let page = tables::fill(&read(PAGE)?, &generic, &v3)?;
    fs::write(path(PAGE), page)?;
    fs::write(path(RECORDS_PLOT), plot::records(&generic)?)?;
    fs::write(path(HANDSHAKES_PLOT), plot::handshakes(&generic)?)?;
    for file in [PAGE, RECORDS_PLOT, HANDSHAKES_PLOT] {
        println!("{file}");
    }
    Ok(())
}

fn measured() -> Outcome<(Measured, Measured)> {
    let parse = |file| Measured::parse(&read(file)?);
    Ok((parse(GENERIC)?, parse(V3)?))
}

fn path(file: &str) -> PathBuf {
    root().join(file)
}

fn read(file: &str) -> Outcome<String> {
    fs::read_to_string(path(file)).map_err(|error| format!("{file}: {error}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table that was changed by hand, or ratios whose report was not made.
    #[test]
    fn the_page_says_what_was_measured() -> Outcome {
        let (generic, v3) = measured()?;
        let page = read(PAGE)?;
        assert_eq!(tables::fill(&page, &generic, &v3)?, page);
        for file in [RECORDS_PLOT, HANDSHAKES_PLOT] {
            let link = file.trim_start_matches("docs/");
            assert!(page.contains(&format!("]({link})")), "{link} is not shown");
        }
        Ok(())
    }
}
