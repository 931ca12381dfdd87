//! Host keys in keystores of the system: gnome-keyring, which is a Secret Service, and
//! the kernel's keyrings; and where there is none.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[cfg(target_os = "linux")]
mod common;
#[cfg(target_os = "linux")]
mod gnome_keyring;
#[cfg(target_os = "linux")]
mod kernel_keyring;
#[cfg(target_os = "linux")]
mod memory;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use ossuary_test_parts::os_keystore::{Around, run};
    run(&[
        (Around::UnlockedKeyring, gnome_keyring::with_a_keystore),
        (Around::BusAlone, gnome_keyring::without_one),
        (Around::Nothing, gnome_keyring::without_one),
        (Around::SessionKeyring, kernel_keyring::with_keyrings),
        // Where nobody is logged in, there is no session keyring.
        (Around::Nothing, kernel_keyring::with_keyrings),
        (
            Around::RevokedSessionKeyring,
            kernel_keyring::after_the_session,
        ),
    ])
}

#[cfg(not(target_os = "linux"))]
fn main() {}
