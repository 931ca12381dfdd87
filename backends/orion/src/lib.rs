//! The cryptography of ossuary from orion: pure Rust, no_std.
