//! The Secret Service, as gnome-keyring offers it.

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
        (Around::UnlockedKeyring, trials::with_a_keystore),
        (Around::BusAlone, trials::without_one),
        (Around::Nothing, trials::without_one),
    ])
}

#[cfg(not(target_os = "linux"))]
fn main() {}
