//! What this library is.

use crate::library;
use std::ffi::c_char;

/// The version of this library: "0.6.0". Compare it with OSSUARY_VERSION, that of the header a
/// program was compiled with. It is valid for ever.
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The suite that this library was built with, the only one that its connections of protocol 2
/// speak: "x25519-chacha20poly1305-sha256". It is valid for ever.
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_suite_name() -> *const c_char {
    library::SUITE.as_ptr()
}

/// The cryptography library behind it: "rustcrypto", "ring", "orion", "aws-lc" or "graviola". It
/// is valid for ever.
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_backend_name() -> *const c_char {
    library::BACKEND.as_ptr()
}

/// The version of this library as one number, which is greater for a later version: compare it
/// with OSSUARY_VERSION_NUMBER.
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_version_number() -> u32 {
    const fn number(text: &str) -> u32 {
        let mut digits = text.as_bytes();
        let mut number = 0;
        while let [digit, rest @ ..] = digits {
            number = number * 10 + (*digit - b'0') as u32;
            digits = rest;
        }
        number
    }
    const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
        + number(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}
