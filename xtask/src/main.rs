//! What is done to this workspace from the command line: `cargo xtask`.

mod features;
mod fuzz;
mod install;
mod parts;
mod speed;
mod test;
mod vectors;

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  test             everything that continuous integration runs, in its order
  vectors FILE...  runs the transcripts in these files, in both roles
  features         builds, lints and tests every combination of features: an hour
  install [OPTION]...
                   builds the C library, and installs it with its headers and what finds them,
                   under the folder DESTDIR if the environment has it:
                     --prefix DIR      /usr/local if not given
                     --libdir DIR      lib in the prefix if not given
                     --includedir DIR  include in the prefix if not given
                     --features LIST, --no-default-features, --target TRIPLE  as cargo has them
                     --debug           without optimization
  fuzz [SECONDS]   runs each fuzz target for so long, or for ten minutes; needs cargo-fuzz
  speed            measures every backend and writes the report, docs/backends.md: on an idle
                   x86_64 machine, minutes
  speed report     writes the report anew, of what was measured last
";

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        // Its last line is the sum of the tests, also where it failed.
        ["test"] => return test::run(),
        ["features"] => features::run(),
        ["fuzz"] => fuzz::run(fuzz::SECONDS),
        ["fuzz", seconds] => match seconds.parse() {
            Ok(seconds) => fuzz::run(seconds),
            Err(_) => Err(format!("fuzz: {seconds} is no number of seconds").into()),
        },
        ["install", options @ ..] => install::run(options),
        ["speed"] => speed::run(),
        ["speed", "report"] => speed::report(),
        ["vectors", files @ ..] if !files.is_empty() => vectors::run(files),
        ["vectors"] => Err("vectors: name a file".into()),
        _ => Err(format!("no such command: {}\n\n{HELP}", arguments.join(" ")).into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs cargo, shows what it prints, and fails where it does.
fn cargo(arguments: &str) -> Outcome {
    test::Step::cargo(arguments).run()
}

/// The workspace's root.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
