//! Places where host keys live, each behind the feature of its name. A
//! [`KeyStore`](crate::KeyStore) goes with any suite that verifies its keys' scheme.
//!
//! | module and feature | where the key is |
//! |---|---|
//! | `openssh` | a file of OpenSSH's format; and OpenSSH's files of whom to trust |
//! | `agent` | an ssh-agent |
//! | `os` | the operating system's keystore |
//! | `pkcs11` | a hardware token |
//! | `locked`, also with `openssh` | memory that is not swapped out: signing keys for a [`MemoryKeyStore`](crate::MemoryKeyStore) |
//!
//! `docs/keys.md`, in the repository, tells which is for whom and how each is set up.

#[cfg(feature = "agent")]
pub use ossuary_agent as agent;
#[cfg(feature = "locked")]
pub use ossuary_locked as locked;
#[cfg(feature = "openssh")]
pub use ossuary_openssh as openssh;
#[cfg(feature = "os")]
pub use ossuary_os as os;
#[cfg(feature = "pkcs11")]
pub use ossuary_pkcs11 as pkcs11;
