//! Keys in files, in hex.

use super::Result;
use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::{FixedBytes, Secret};
use ossuary::{Identity, OsRandom, SignatureScheme};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// The Ed25519 key of a file that holds the secret key, 32 bytes in hex. Where
/// there is no such file it is made, with a fresh key, for its owner alone to
/// read. Without a file the key is a fresh one.
pub(crate) fn host_key(file: Option<&Path>) -> Result<Ed25519SigningKey> {
    let Some(path) = file else {
        return Ok(Ed25519SigningKey::generate(&mut OsRandom)?);
    };
    match fs::read_to_string(path) {
        Ok(text) => {
            let text = Zeroizing::new(text);
            let mut secret = Secret::<32>::zeroed();
            // What is wrong is not told in more detail: the text may be a secret.
            hex::decode_to_slice(text.trim(), secret.expose_mut()).map_err(|_| {
                format!(
                    "{} is no key file: it has to hold an Ed25519 secret key, 64 hex digits",
                    path.display()
                )
            })?;
            Ok(Ed25519SigningKey::from_secret(secret)?)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = Ed25519SigningKey::generate(&mut OsRandom)?;
            store(path, &key)
                .map_err(|error| format!("cannot make the key file {}: {error}", path.display()))?;
            Ok(key)
        }
        Err(error) => Err(format!("cannot read the key file {}: {error}", path.display()).into()),
    }
}

fn store(path: &Path, key: &Ed25519SigningKey) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut text = Zeroizing::new(hex::encode(key.to_secret().expose()));
    text.push('\n');
    options.open(path)?.write_all(text.as_bytes())
}

/// The public keys of a file that lists them in hex, one a line, with comments
/// behind `#`. Their length tells their scheme.
pub(crate) fn authorized_keys(path: &Path) -> Result<Vec<Identity>> {
    let text = fs::read_to_string(path).map_err(|error| {
        format!(
            "cannot read the authorized keys {}: {error}",
            path.display()
        )
    })?;
    let mut keys = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let key = line.split('#').next().unwrap_or_default().trim();
        if key.is_empty() {
            continue;
        }
        let key =
            identity(key).map_err(|error| format!("{}, line {number}: {error}", path.display()))?;
        keys.push(key);
    }
    if keys.is_empty() {
        return Err(format!("{} lists no public key", path.display()).into());
    }
    Ok(keys)
}

fn identity(key: &str) -> Result<Identity> {
    let key = hex::decode(key).map_err(|error| format!("no public key in hex: {error}"))?;
    let scheme = SignatureScheme::ALL
        .iter()
        .find(|scheme| scheme.public_key_len() == key.len())
        .ok_or_else(|| format!("no signature scheme has public keys of {} bytes", key.len()))?;
    Ok(Identity::new(*scheme, &key)?)
}

/// The pre-shared key of a file that holds it in hex.
pub(crate) fn pre_shared_key(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let text = fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| format!("cannot read the pre-shared key {}: {error}", path.display()))?;
    let key = hex::decode(text.trim())
        .map_err(|_| format!("{} does not hold a key in hex", path.display()))?;
    Ok(Zeroizing::new(key))
}
