//! Core dumps, which hold all memory of a process.

use std::io;

/// Turns core dumps off for this process, whatever crashes it.
///
/// That is for the program to decide, at its start: nothing in `ossuary` calls it. Programs
/// that this one starts inherit the limit.
///
/// It sets `RLIMIT_CORE` to 0. On Linux that does not stop a dump that is piped to a
/// program, as systemd has it, so there the process is made undumpable as well
/// (`PR_SET_DUMPABLE`): then no other process of the same user can attach to it or read
/// its memory, debuggers included, and the files in `/proc/self` belong to root.
///
/// # Errors
///
/// The system refuses it, or is not Unix ([`io::ErrorKind::Unsupported`]).
#[cfg(unix)]
pub fn disable_core_dumps() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let nothing = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, nothing)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Fails: this system is not Unix.
///
/// # Errors
///
/// Always [`io::ErrorKind::Unsupported`].
#[cfg(not(unix))]
pub fn disable_core_dumps() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
