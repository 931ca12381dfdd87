//! Private keys in OpenSSH's files.

mod error;
mod file;
mod format;
mod private_key;
mod stack;

pub use error::KeyFileError;

use crate::{PublicKeyError, public_key_line};
use error::Reason;
use format::KeyFileFormat;
use ossuary_locked::{LockError, LockedSecret};
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, KeyStoreError, Random, Secret, Signature, SignatureScheme,
    SigningKey,
};
use ssh_key::PublicKey;
use std::fmt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// How often a person is asked for one passphrase.
const ATTEMPTS: u8 = 3;

/// A host's private key of Ed25519 or ECDSA P-256, from a file as `ssh-keygen` makes them.
///
/// It is a [`SigningKey`]: a `MemoryKeyStore` of one or several is the key store. Host
/// keys of `sshd` are such files too (`/etc/ssh/ssh_host_ed25519_key`).
///
/// ```no_run
/// use ossuary_openssh::KeyFile;
/// use ossuary_traits::MemoryKeyStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ed25519 = KeyFile::open("/etc/server/ed25519_key")?.locked()?;
/// let ecdsa = KeyFile::open("/etc/server/ecdsa_key")?.locked()?;
/// let store = MemoryKeyStore::new().with(ed25519).with(ecdsa);
/// # Ok(())
/// # }
/// ```
///
/// The file is read once, when it is opened: restart the program after changing it.
///
/// # Files
///
/// The format is "openssh-key-v1" (PROTOCOL.key of OpenSSH), plain or with a passphrase:
/// all ciphers of OpenSSH but `3des-cbc`, and at most 1024 rounds of `bcrypt`. A file has at
/// most 64 KiB. On Unix its mode must give group and others no access, as `ssh` demands it. On
/// other systems, nothing checks who can read the file.
///
/// # Errors
///
/// They are [`KeyStoreError`]s, whose source is a [`KeyFileError`] with the file's path.
///
/// | class | why |
/// |---|---|
/// | `NotFound` | there is no such file, or no such folder for a new one |
/// | `Denied` | the system does not let this program read or write it; its mode lets others read it; the passphrase was wrong three times; a file that was to be made is there already |
/// | `Locked` | it has a passphrase, and nobody was there to be asked: [`open_with`](Self::open_with) asks |
/// | `Cancelled` | a person was asked for the passphrase and gave none |
/// | `Broken` | it is no private key file, or in another format, of another key type, damaged or too large; a file could not be written; the random source failed |
///
/// # Secrets
///
/// What is read, what is decrypted and the passphrase are wiped, also from the stack, of which
/// opening, making and signing take 100 KiB for that. The key itself stays in memory, in one
/// place, until it is dropped; [`locked`](Self::locked) keeps that place out of swap space, and
/// `ossuary_locked::disable_core_dumps` keeps all of the program out of core dumps.
pub struct KeyFile {
    path: PathBuf,
    public_key: PublicKey,
    identity: Identity,
    secret: Stored,
}

/// Where the private key is.
enum Stored {
    Heap(Secret<32>),
    Locked(LockedSecret<32>),
}

impl Stored {
    fn expose(&self) -> &[u8] {
        match self {
            Stored::Heap(secret) => secret.expose(),
            Stored::Locked(secret) => secret.expose(),
        }
    }
}

/// What a person is asked: the passphrase of which file, and how often already.
#[derive(Clone, Copy, Debug)]
pub struct PassphrasePrompt<'a> {
    path: &'a Path,
    identity: &'a Identity,
    attempt: u8,
}

impl<'a> PassphrasePrompt<'a> {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &'a Path {
        self.path
    }

    /// Whose private key is in it, as the file says: nothing proves that yet.
    #[must_use]
    pub fn identity(&self) -> &'a Identity {
        self.identity
    }

    /// 1 at first, 2 and 3 after a passphrase that was wrong.
    #[must_use]
    pub fn attempt(&self) -> u8 {
        self.attempt
    }
}

impl KeyFile {
    /// Opens a file without a passphrase.
    ///
    /// # Errors
    ///
    /// `Locked` where it has one, and those in the [table](Self#errors).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, KeyStoreError> {
        let path = path.as_ref();
        Self::read(path, |_| Err(Reason::Encrypted)).map_err(|reason| reason.at(path))
    }

    /// Opens a file, and has `ask` ask for its passphrase where it has one, and again where
    /// it was wrong, three times in all. `None` means that the person gave none.
    ///
    /// # Errors
    ///
    /// `Cancelled` after `None`, `Denied` after the third wrong passphrase, and those in the
    /// [table](Self#errors).
    pub fn open_with(
        path: impl AsRef<Path>,
        mut ask: impl FnMut(&PassphrasePrompt<'_>) -> Option<Zeroizing<String>>,
    ) -> Result<Self, KeyStoreError> {
        let path = path.as_ref();
        Self::read(path, |prompt| ask(prompt).ok_or(Reason::Cancelled))
            .map_err(|reason| reason.at(path))
    }

    fn read(
        path: &Path,
        mut ask: impl FnMut(&PassphrasePrompt<'_>) -> Result<Zeroizing<String>, Reason>,
    ) -> Result<Self, Reason> {
        let text = file::read(path)?;
        let file = stack::wiped_after(|| KeyFileFormat::decode(&text))?;
        drop(text);
        let identity = file.identity()?;
        let opened = if file.is_encrypted() {
            let mut attempt = 1;
            loop {
                let passphrase = ask(&PassphrasePrompt {
                    path,
                    identity: &identity,
                    attempt,
                })?;
                match stack::wiped_after(|| file.decrypt(&passphrase)) {
                    Err(Reason::WrongPassphrase) if attempt < ATTEMPTS => attempt += 1,
                    opened => break opened?,
                }
            }
        } else {
            stack::wiped_after(|| file.plain())?
        };
        if private_key::identity(identity.scheme(), opened.secret.expose())? != identity {
            let why = "its private key is not that of its public key";
            return Err(Reason::damaged(why));
        }
        Ok(KeyFile {
            path: path.to_owned(),
            public_key: PublicKey::new(file.into_public_key(), opened.comment),
            identity,
            secret: Stored::Heap(opened.secret),
        })
    }

    /// Makes a new key of random bytes, of which it draws at most 276, and a file for it that
    /// `ssh-keygen` reads too.
    ///
    /// The file appears whole or not at all, is on the disk when this returns, and has mode
    /// 0600 on Unix. A file that is there already is never overwritten. `comment` says what
    /// the key is for; it has at most 1024 bytes and no control characters. With a
    /// `passphrase` the key is encrypted as `ssh-keygen` does it: `aes256-ctr`, and `bcrypt`
    /// with 24 rounds.
    ///
    /// # Errors
    ///
    /// `Denied` where the file exists; `Broken` where `scheme` is not one that OpenSSH has,
    /// `comment` is not as said or `passphrase` is empty; and those in the
    /// [table](Self#errors).
    pub fn create(
        path: impl AsRef<Path>,
        scheme: SignatureScheme,
        comment: &str,
        passphrase: Option<&str>,
        random: &mut dyn Random,
    ) -> Result<Self, KeyStoreError> {
        let path = path.as_ref();
        Self::make(path, scheme, comment, passphrase, random).map_err(|reason| reason.at(path))
    }

    fn make(
        path: &Path,
        scheme: SignatureScheme,
        comment: &str,
        passphrase: Option<&str>,
        random: &mut dyn Random,
    ) -> Result<Self, Reason> {
        format::check_comment(comment)?;
        if passphrase == Some("") {
            return Err(Reason::EmptyPassphrase);
        }
        let secret = private_key::generate(scheme, random)?;
        let identity = private_key::identity(scheme, secret.expose())?;
        let public_key = private_key::public_key(&identity)?;
        let mut salt = <[u8; format::SALT_LEN]>::zeroed();
        let mut check = [0; 4];
        random.fill(&mut salt).map_err(CryptoError::from)?;
        random.fill(&mut check).map_err(CryptoError::from)?;
        let text = stack::wiped_after(|| {
            let protection = passphrase.map(|passphrase| (passphrase, salt));
            KeyFileFormat::new(public_key.clone(), &secret, comment, check, protection)?.encode()
        })?;
        file::write_new(path, text.as_bytes())?;
        Ok(KeyFile {
            path: path.to_owned(),
            public_key: PublicKey::new(public_key, comment),
            identity,
            secret: Stored::Heap(secret),
        })
    }

    /// Moves the private key to memory that the system does not swap out.
    ///
    /// # Errors
    ///
    /// The system does not lock memory for this process; the key is dropped.
    pub fn locked(self) -> Result<Self, LockError> {
        let secret = match self.secret {
            Stored::Heap(secret) => LockedSecret::new(secret)?,
            Stored::Locked(secret) => secret,
        };
        Ok(KeyFile {
            secret: Stored::Locked(secret),
            ..self
        })
    }

    /// The file that the key came from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The comment in the file, usually whose key it is and on which computer. Control
    /// characters in it are replaced.
    #[must_use]
    pub fn comment(&self) -> &str {
        self.public_key.comment()
    }

    /// The line of the public key for `authorized_keys` and for a `.pub` file, without a line
    /// end: key type, base64, comment.
    ///
    /// # Errors
    ///
    /// Those of [`public_key_line`], which no key that was opened or created here causes.
    pub fn public_key_line(&self) -> Result<String, PublicKeyError> {
        public_key_line(&self.identity, self.comment())
    }
}

impl SigningKey for KeyFile {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        private_key::sign(self.identity.scheme(), self.secret.expose(), message)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile")
            .field("path", &self.path)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
