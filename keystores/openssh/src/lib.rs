//! OpenSSH's files for ossuary.

mod authorized_keys;
mod known_hosts;
mod public_key;
#[cfg(test)]
mod test_data;
mod trust_file;

pub use authorized_keys::{AuthorizedKeysFile, IgnoredKey};
pub use known_hosts::{KnownHostsFile, host_name};
pub use public_key::{PublicKeyError, fingerprint, parse_public_key, public_key_line, randomart};
pub use trust_file::{LineProblem, TrustFileError};
