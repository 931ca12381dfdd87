//! A server with one thread, whose host key is in an agent that takes a second to sign,
//! and a thousand clients at once: none waits for another.
//!
//! ```sh
//! cargo run --release --features agent --example pending
//! ```
//!
//! The agent is another process, which is this example too: it has a key of its own, or
//! with `--agent SOCKET` puts the delay in front of a real agent.
//!
//! | file | |
//! |---|---|
//! | `handshake.rs` | what a program of one's own needs: a handshake as a future |
//! | `server.rs` | the server |
//! | `clients.rs` | the clients, in a second thread |
//! | `slow_agent.rs` | the agent |
//!
//! The key store is [`Deferred`](ossuary::Deferred): it leaves each signature to the
//! application, the connection goes on waiting, with no clock of its own running, and the future
//! that brings the signature is awaited in the event loop like any other.

#[cfg(unix)]
mod clients;
#[cfg(unix)]
#[path = "../common/mod.rs"]
mod common;
#[cfg(unix)]
mod handshake;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod slow_agent;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    common::run("pending", server::main)
}

#[cfg(not(unix))]
fn main() {
    eprintln!("pending: an ssh-agent's socket is a Unix socket");
}
