//! Examples as processes. Every wait has a bound, so that a fault shows as a failure
//! and not as a test that never ends.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(unreachable_pub, reason = "a module of several tests")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The longest wait for anything: far more than a slow machine needs.
pub const BOUND: Duration = Duration::from_secs(120);

/// The built example: `target/<profile>/examples/`, beside this test's `deps/`.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = profile.join("examples").join(file);
    assert!(
        path.is_file(),
        "{} is not built: run all of `cargo test`, or `cargo build --examples` before",
        path.display()
    );
    path
}

/// A running example. It is killed where the test lets go of it.
pub struct Process {
    child: Child,
    out: Receiver<String>,
    pub err: Receiver<String>,
}

/// How an example ended, and what it printed.
#[derive(Debug)]
pub struct Ended {
    pub success: bool,
    pub out: String,
    pub err: String,
}

/// The lines of a pipe, as they come.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Process {
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(example(name))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Process { child, out, err }
    }

    /// Waits for a line of the output that begins with `label`, and returns the
    /// rest of it.
    pub fn value(&self, label: &str) -> String {
        value_in(&self.out, label)
    }

    /// Waits for the end.
    pub fn end(mut self) -> Ended {
        let all = |pipe: &Receiver<String>| {
            let mut text = String::new();
            loop {
                match pipe.recv_timeout(BOUND) {
                    Ok(line) => text = text + &line + "\n",
                    Err(RecvTimeoutError::Disconnected) => return text,
                    Err(RecvTimeoutError::Timeout) => panic!("it does not end; so far: {text}"),
                }
            }
        };
        let (out, err) = (all(&self.out), all(&self.err));
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let success = status.success();
                return Ended { success, out, err };
            }
            assert!(begun.elapsed() < BOUND, "it does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn value_in(pipe: &Receiver<String>, label: &str) -> String {
    let mut seen = Vec::new();
    loop {
        match pipe.recv_timeout(BOUND) {
            Ok(line) => match line.strip_prefix(label) {
                Some(rest) => return rest.trim().into(),
                None => seen.push(line),
            },
            Err(_) => panic!("no line {label:?}, but {seen:?}"),
        }
    }
}

impl Ended {
    pub fn value(&self, label: &str) -> &str {
        let line = self.out.lines().find_map(|line| line.strip_prefix(label));
        line.unwrap_or_else(|| panic!("no line {label:?}: {self:?}"))
            .trim()
    }

    #[track_caller]
    pub fn succeeded(&self) -> &Self {
        assert!(self.success, "{self:?}");
        self
    }

    /// It failed, with one line on standard error that has `text` in it.
    #[track_caller]
    pub fn failed_with(&self, text: &str) {
        assert!(!self.success, "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "{self:?}");
        assert!(self.err.contains(text), "{text:?} is not in {self:?}");
    }
}

/// Runs what works on a socket in this process, for no longer than the bound.
pub fn bounded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || drop(sender.send(work())));
    match receiver.recv_timeout(BOUND) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("it does not end"),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("it ended without a result"),
        },
    }
}
