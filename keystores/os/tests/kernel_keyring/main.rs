//! The kernel's keyrings.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[cfg(target_os = "linux")]
#[path = "../common/mod.rs"]
mod common;
#[cfg(target_os = "linux")]
mod trials;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use ossuary_test_parts::os_keystore::{Around, run};
    run(&[
        (Around::SessionKeyring, trials::with_keyrings),
        // Where nobody is logged in, there is no session keyring.
        (Around::Nothing, trials::with_keyrings),
        (Around::RevokedSessionKeyring, trials::after_the_session),
    ])
}

#[cfg(not(target_os = "linux"))]
fn main() {}
