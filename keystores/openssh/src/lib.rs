//! OpenSSH's files for [`ossuary`]: private keys, and files of whom to trust.
//!
//! | file | type |
//! |---|---|
//! | a private key, as `ssh-keygen` makes it | [`KeyFile`], a signing key |
//! | `authorized_keys` | [`AuthorizedKeysFile`], a policy |
//! | `known_hosts` | [`KnownHostsFile`], a policy |
//! | a public key, `.pub` | [`parse_public_key`], [`public_key_line`] |
//!
//! Keys are Ed25519 and ECDSA P-256. [`fingerprint`] and [`randomart`] show a key as
//! `ssh-keygen` does, [`words`] shows it for people who compare by voice.
//!
//! [`ossuary`]: https://docs.rs/ossuary

mod authorized_keys;
mod key_file;
mod known_hosts;
mod public_key;
#[cfg(test)]
mod test_data;
mod trust_file;

pub use authorized_keys::{AuthorizedKeysFile, IgnoredKey};
pub use key_file::{KeyFile, KeyFileError, PassphrasePrompt};
pub use known_hosts::{KnownHostsFile, KnownKey, host_name};
pub use public_key::{
    PublicKeyError, fingerprint, parse_public_key, public_key_line, randomart, words,
};
pub use trust_file::{LineProblem, TrustFileError};
