//! Host keys for [`ossuary`] in memory that is not swapped out.
//!
//! A key in ordinary memory may be written to swap space when memory is short, and to
//! a core dump when the program crashes. There it outlives the program.
//!
//! | threat | what this crate has |
//! |---|---|
//! | swap | [`LockedSecret`] and [`LockedKey`]: a secret in a page of its own, which stays in memory |
//! | core dumps, other processes that attach | [`disable_core_dumps`], for the whole process |
//!
//! A [`LockedKey`] is a signing key of any backend:
//!
//! ```
//! use ossuary_locked::LockedKey;
//! use ossuary_rustcrypto::Ed25519SigningKey;
//! use ossuary_traits::{MemoryKeyStore, Secret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let seed_from_a_vault = [0x2a; 32];
//! let secret = Secret::from(seed_from_a_vault);
//! let key = LockedKey::new(secret, Ed25519SigningKey::from_secret)?;
//! let store = MemoryKeyStore::new().with(key);
//! # Ok(())
//! # }
//! ```
//!
//! # What is not covered
//!
//! * While a key signs, its library has copies on the stack, in registers and for some
//!   on the heap, which it wipes. They are not locked.
//! * Hibernation writes all memory to disk, and a snapshot of a virtual machine has it.
//! * Nothing is hidden from root.
//! * A process that is made by `fork` has the memory but not the lock.
//!
//! # Errors
//!
//! Where the system does not lock the memory, [`LockError`] says so: nothing falls back
//! to ordinary memory by itself.
//!
//! # Systems
//!
//! Locking works on Unix and Windows; [`disable_core_dumps`] on Unix.
//!
//! [`ossuary`]: https://docs.rs/ossuary

mod core_dumps;
mod key;
mod secret;

pub use core_dumps::disable_core_dumps;
pub use key::LockedKey;
pub use secret::{LockError, LockedSecret};
