//! `cargo xtask test`: what continuous integration runs.

use crate::{Outcome, cargo, features, parts, root, vectors};
use std::env;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

/// Runs everything, in order, up to the first failure. The last line says how
/// many tests there were.
pub(crate) fn run() -> ExitCode {
    let mut tests = Tests::default();
    let code = match steps(&mut tests) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    };
    println!("\n{tests}");
    code
}

fn steps(tests: &mut Tests) -> Outcome {
    env::set_current_dir(root())?;
    parts::install()?;
    cargo("fmt --all --check")?;

    cargo("clippy --workspace --all-targets --all-features -- -D warnings")?;
    features::run_some()?;
    let mut doc = Step::cargo("doc --workspace --all-features --no-deps");
    doc.set("RUSTDOCFLAGS", "-D warnings");
    doc.run()?;

    // All binaries run, also where one fails, so that the sum is of all.
    tests.run(Step::cargo(
        "test --workspace --all-features --no-fail-fast",
    ))?;
    // What a user has who asks for nothing, and one who brings a suite of his own.
    tests.run(Step::cargo("test -p ossuary --no-fail-fast"))?;
    tests.run(Step::cargo(
        "test -p ossuary --no-default-features --no-fail-fast",
    ))?;
    // A suite that is not of this project, in a crate of its own.
    let third_party = "--manifest-path examples/third-party/Cargo.toml";
    let test = format!("test {third_party} --target-dir target/third_party");
    tests.run(Step::cargo(&test))?;

    // The fuzz targets and their harness, without libFuzzer, which is C++.
    cargo("fmt --check --manifest-path fuzz/Cargo.toml")?;
    let fuzz = "--manifest-path fuzz/Cargo.toml --no-default-features --target-dir target/fuzz";
    cargo(&format!("clippy {fuzz} --all-targets -- -D warnings"))?;
    tests.run(Step::cargo(&format!("test {fuzz}")))?;

    // With debug assertions graviola allocates, and the test leaves it out.
    let allocation = "test -p ossuary --all-features --test allocation \
        --config profile.dev.package.graviola.debug-assertions=false";
    tests.run(Step::cargo(allocation))?;

    // Linked by itself, without the standard library; and what links also works.
    cargo("build --release --manifest-path tests/no_std/Cargo.toml --target-dir target/no_std")?;
    let library = "target/no_std/release/libossuary_no_std.a";
    let program = "target/no_std/main";
    Step::new("cc", &format!("-o {program} tests/no_std/main.c {library}")).run()?;
    Step::new(program, "").run()?;

    cargo("build --release --examples")?;
    cargo("run --release --example transfer -- README.md")?;

    let transcripts = ["vectors/v2/transcripts.json", "vectors/v1/transcripts.json"];
    heading(&format!("cargo xtask vectors {}", transcripts.join(" ")));
    vectors::run(&transcripts)
}

fn heading(command: &str) {
    println!("\n=== {command}");
}

/// A program, and for cargo the one that runs this.
pub(crate) fn program(name: &str) -> Command {
    let mut command = match name {
        "cargo" => Command::new(env::var_os("CARGO").unwrap_or_else(|| name.into())),
        name => Command::new(name),
    };
    // This package's own, by which build scripts would run again that watch them.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command
}

/// A command, as a person would type it.
pub(crate) struct Step {
    line: String,
    command: Command,
}

impl Step {
    /// A program with arguments that no space is in.
    pub(crate) fn new(program: &str, arguments: &str) -> Self {
        let mut step = Step {
            line: format!("{program} {arguments}"),
            command: self::program(program),
        };
        step.command.args(arguments.split_whitespace());
        step
    }

    pub(crate) fn cargo(arguments: &str) -> Self {
        Step::new("cargo", arguments)
    }

    /// Sets a variable of the environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.line = format!("{name}={value:?} {}", self.line);
        self.command.env(name, value);
    }

    fn failed(&self, why: impl fmt::Display) -> String {
        format!("{}: {why}", self.line)
    }

    pub(crate) fn run(mut self) -> Outcome {
        heading(&self.line);
        let status = self.command.status();
        self.ended(status)
    }

    fn ended(&self, status: io::Result<ExitStatus>) -> Outcome {
        let status = status.map_err(|error| self.failed(error))?;
        if status.success() {
            Ok(())
        } else {
            Err(self.failed(status).into())
        }
    }

    /// Runs it, and hands each line that it prints to `read` as well.
    pub(crate) fn read(&mut self, mut read: impl FnMut(&str)) -> Outcome {
        heading(&self.line);
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| self.failed(error))?;
        let mut shown = io::stdout().lock();
        for line in child
            .stdout
            .take()
            .into_iter()
            .flat_map(|out| BufReader::new(out).split(b'\n'))
        {
            let line = line?;
            shown.write_all(&line)?;
            shown.write_all(b"\n")?;
            read(&String::from_utf8_lossy(&line));
        }
        let status = child.wait();
        self.ended(status)
    }
}

/// The sum of the test binaries' closing lines.
#[derive(Default)]
struct Tests {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tests {
    /// Runs `cargo test`, and shows and reads what it prints.
    fn run(&mut self, mut step: Step) -> Outcome {
        step.read(|line| self.add(line))?;
        if self.passed == 0 {
            return Err(step.failed("no test ran").into());
        }
        if self.skipped > 0 {
            let why = "tests are marked #[ignore], and none may be";
            return Err(step.failed(format_args!("{} {why}", self.skipped)).into());
        }
        Ok(())
    }

    /// Adds `test result: ok. 3 passed; 0 failed; 0 ignored; …`; any other line
    /// is none.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|result| result.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.split_once(' ') else {
                continue;
            };
            let sum = match what {
                "passed" => &mut self.passed,
                "failed" => &mut self.failed,
                // A binary whose tests were not all asked for ran not all.
                "ignored" | "filtered out" => &mut self.skipped,
                _ => continue,
            };
            *sum += number.parse().unwrap_or(0);
        }
    }
}

impl fmt::Display for Tests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tests {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_summed() {
        let mut tests = Tests::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test a ... ok",
            "test result: FAILED. 4 passed; 1 failed; 2 ignored; 0 measured; 1 filtered out; finished in 1.20s",
        ] {
            tests.add(line);
        }
        assert_eq!(tests.to_string(), "7 passed, 1 failed, 3 skipped");
    }
}
