//! The C ABI of `ossuary`: `libossuary`, and `include/ossuary.h`, which cbindgen writes of this
//! crate. The header says what each function does; `docs/c.md` is the way in.
//!
//! | file | what it has |
//! |---|---|
//! | `status.rs` | the numbers that calls return, and the one map from errors to them |
//! | `handle.rs` | the boundary: panics, turns, last errors |
//! | `pointer.rs` | pointers, sizes and strings, checked |
//! | `library.rs` | the backend and the suite that features choose |
//! | `key.rs` | schemes, key pairs, fingerprints, wiping |
//! | `callback.rs` | key stores and trust policies that are functions of C |
//! | `store.rs` | files, agents, keystores, tokens |
//! | `config.rs` | what a connection is made of |
//! | `connection.rs` | the full interface |
//! | `split.rs` | two halves for two threads |
//! | `simple.rs` | the functions of 2019 |
//! | `names.rs` | versions and names |
//!
//! # Unsafe code
//!
//! This is the only crate of the project that has any. What it relies on, the header asks of its
//! callers: a pointer to an object is null or came from the function that creates such objects and
//! was not destroyed; a pointer with a size has so many bytes; a string ends with a zero byte;
//! nobody else writes to what a call reads, or touches what it writes, until it returns. All else
//! that a caller can do wrong is checked.
//!
//! What a function's documentation says of an argument is what its `SAFETY` line refers to.

#![allow(
    non_camel_case_types,
    reason = "types have the names that C programs see"
)]

mod callback;
mod config;
mod connection;
mod handle;
mod key;
mod library;
mod names;
mod pointer;
mod simple;
mod split;
mod status;
mod store;

/// The longest plaintext of a record, in bytes; less in protocol 1: `ossuary_max_plaintext`.
pub const OSSUARY_MAX_PLAINTEXT: usize = 65519;
/// How many bytes longer a record is than its plaintext; more in protocol 1:
/// `ossuary_record_overhead`.
pub const OSSUARY_RECORD_OVERHEAD: usize = 24;
/// The longest packet, in bytes.
pub const OSSUARY_MAX_PACKET: usize = 65543;
/// Where the plaintext stands in the buffer of `ossuary_seal_in_place`, in bytes from its front.
pub const OSSUARY_PLAINTEXT_OFFSET: usize = 8;
/// The length of the packet of a clean close, in bytes.
pub const OSSUARY_CLOSE_SIZE: usize = 42;
/// The longest message that a host key signs, in bytes.
pub const OSSUARY_MAX_SIGNED_SIZE: usize = 76;

const _: () = {
    assert!(OSSUARY_MAX_PLAINTEXT == ossuary::MAX_PLAINTEXT);
    assert!(OSSUARY_RECORD_OVERHEAD == ossuary::RECORD_OVERHEAD);
    assert!(OSSUARY_MAX_PACKET == ossuary::MAX_PACKET);
    assert!(OSSUARY_PLAINTEXT_OFFSET == ossuary::HEADER_LEN);
    assert!(OSSUARY_CLOSE_SIZE == ossuary::CLOSE_LEN);
};

/// The longest packet, in bytes: OSSUARY_MAX_PACKET of the library that runs. A buffer of this
/// size is enough for every call, in both protocols.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_max_packet() -> usize {
    OSSUARY_MAX_PACKET
}

/// OSSUARY_PLAINTEXT_OFFSET, for who cannot read macros.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_plaintext_offset() -> usize {
    OSSUARY_PLAINTEXT_OFFSET
}

/// OSSUARY_CLOSE_SIZE, for who cannot read macros.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_close_size() -> usize {
    OSSUARY_CLOSE_SIZE
}

/// OSSUARY_MAX_SIGNED_SIZE, for who cannot read macros.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_max_signed_size() -> usize {
    OSSUARY_MAX_SIGNED_SIZE
}
