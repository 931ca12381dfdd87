//! Bytes of anyone's to a client of protocol 1, at every point of its handshake.

#![no_main]

use ossuary::Role;

libfuzzer_sys::fuzz_target!(|input: &[u8]| ossuary_fuzz::run(Role::Client, input));
