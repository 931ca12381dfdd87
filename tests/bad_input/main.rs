//! Every bad input has its error, by whose fault it is, tested one by one.
//!
//! One side of each test is a connection of `ossuary` (`ours`), the other is the
//! hand-made [`peer`], which can be bent. Each test says what error our side
//! finds, what it sends then, and that nothing else has changed: no plaintext
//! comes out, no record is counted, nobody becomes known who was not verified.
//! Where the protocol says that a new handshake may mend it, one does.
//!
//! | file | what is bad |
//! |---|---|
//! | `headers.rs` | versions, suites, types, flags, lengths, `msg_id`, place |
//! | `shares.rs` | key exchange shares |
//! | `secrets.rs` | prologues and pre-shared keys |
//! | `identities.rs`, `strict.rs` | authentications and signatures |
//! | `trust.rs` | who is not authorized, or not yet |
//! | `records.rs` | records, padding, closes |
//! | `alerts.rs` | alerts, tokens, and who acts on them |
//! | `recovery.rs` | counts, identities and resets over several handshakes |
//! | `calls.rs`, `ends.rs` | this side's own application |
//! | `key_stores.rs` | this side's own key store |
//! | `streams.rs`, `turns.rs` | the API over `Read` and `Write` |

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    unreachable_pub,
    reason = "a panic is how a test fails"
)]

#[path = "../peer/mod.rs"]
mod peer;

mod alerts;
mod calls;
mod ends;
mod headers;
mod identities;
mod key_stores;
mod pair;
mod records;
mod recovery;
mod secrets;
mod shares;
mod streams;
mod strict;
mod the_peer;
mod trust;
mod turns;
