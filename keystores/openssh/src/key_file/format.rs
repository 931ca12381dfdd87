//! The format "openssh-key-v1" (PROTOCOL.key of OpenSSH).
//!
//! In base64 between two marks: a magic string, the name of a cipher, that of a key
//! derivation and its options, the number of keys (1), the public key, and the private
//! section, which may be encrypted: a check, twice; key type, public and private key;
//! comment; padding.

use super::error::Reason;
use super::private_key;
use crate::public_key::without_controls;
use ossuary_traits::{Identity, Secret};
use ssh_encoding::base64::{Base64, Encoding};
use ssh_encoding::pem::PemLabel;
use ssh_encoding::{CheckedSum, Decode, Encode, EncodePem, LabelError, LineEnding, Reader, Writer};
use ssh_key::public::KeyData;
use ssh_key::{Cipher, Kdf};
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8; 15] = b"openssh-key-v1\0";
/// OpenSSH writes and reads files of one key only.
const KEYS: u32 = 1;

/// What new files are encrypted with: what `ssh-keygen` takes.
const CIPHER: Cipher = Cipher::Aes256Ctr;
const ROUNDS: u32 = 24;
pub(super) const SALT_LEN: usize = 16;

/// More rounds of bcrypt than this, some ten seconds, are refused: a damaged number could
/// hold the program for days.
pub(super) const MAX_ROUNDS: u32 = 1024;

/// What is said of the file of a public key.
pub(super) const PUBLIC_KEY: &str =
    "it is a public key: the private key is in the file without .pub";

/// The longest comment that is written, in bytes.
const MAX_COMMENT: usize = 1024;

/// A key file, decoded as far as it can be without a passphrase.
pub(super) struct KeyFileFormat {
    cipher: Cipher,
    kdf: Kdf,
    public_key: KeyData,
    /// Encrypted, where `cipher` is one.
    section: Zeroizing<Vec<u8>>,
    tag: Option<[u8; 16]>,
}

/// What the private section holds.
pub(super) struct Opened {
    pub(super) secret: Secret<32>,
    pub(super) comment: String,
}

impl KeyFileFormat {
    /// Decodes the text of a file.
    pub(super) fn decode(text: &[u8]) -> Result<Self, Reason> {
        let bytes = unarmor(text)?;
        let reader = &mut bytes.as_slice();
        let mut magic = [0; MAGIC.len()];
        reader.read(&mut magic)?;
        if magic != *MAGIC {
            return Err(Reason::damaged("it does not begin as the format does"));
        }
        let (cipher, kdf) = encryption(reader)?;
        let keys = u32::decode(reader)?;
        if keys != KEYS {
            return Err(Reason::damaged(format!("it has {keys} keys, not 1")));
        }
        let public_key = reader.read_prefixed(KeyData::decode).map_err(damaged)?;
        let section = Zeroizing::new(Vec::decode(reader)?);
        let mut tag = None;
        if cipher.has_tag() {
            reader.read(tag.insert([0; 16]))?;
        }
        finished(reader)?;
        Ok(KeyFileFormat {
            cipher,
            kdf,
            public_key,
            section,
            tag,
        })
    }

    pub(super) fn identity(&self) -> Result<Identity, Reason> {
        private_key::identity_of(&self.public_key)
    }

    pub(super) fn into_public_key(self) -> KeyData {
        self.public_key
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.cipher.is_some()
    }

    /// Decodes a private section that is not encrypted.
    pub(super) fn plain(&self) -> Result<Opened, Reason> {
        match decode_section(&self.section, &self.public_key, self.cipher)? {
            Some(opened) => Ok(opened),
            None => Err(Reason::damaged("its check does not match")),
        }
    }

    /// Decrypts the private section and decodes it.
    pub(super) fn decrypt(&self, passphrase: &str) -> Result<Opened, Reason> {
        if passphrase.is_empty() {
            return Err(Reason::WrongPassphrase);
        }
        if !self.section.len().is_multiple_of(self.cipher.block_size()) {
            return Err(Reason::damaged("its encrypted part has an odd length"));
        }
        let (key, iv) = self
            .kdf
            .derive_key_and_iv(self.cipher, passphrase)
            .map_err(damaged)?;
        let mut section = self.section.clone();
        // What can fail is the tag, which a wrong key does not have.
        self.cipher
            .decrypt(&key, &iv, &mut section, self.tag)
            .map_err(|_| Reason::WrongPassphrase)?;
        decode_section(&section, &self.public_key, self.cipher)?.ok_or(Reason::WrongPassphrase)
    }

    /// A file of a new key, with the passphrase and the salt where there is one.
    pub(super) fn new(
        public_key: KeyData,
        secret: &Secret<32>,
        comment: &str,
        check: [u8; 4],
        protection: Option<(&str, [u8; SALT_LEN])>,
    ) -> Result<Self, Reason> {
        let cipher = protection.map_or(Cipher::None, |_| CIPHER);
        let mut kdf = Kdf::None;
        let mut tag = None;
        let mut section = encode_section(&public_key, secret, comment, check, cipher)?;
        if let Some((passphrase, salt)) = protection {
            kdf = Kdf::Bcrypt {
                salt: salt.to_vec(),
                rounds: ROUNDS,
            };
            let (key, iv) = kdf.derive_key_and_iv(cipher, passphrase).map_err(damaged)?;
            let encrypted = cipher.encrypt(&key, &iv, &mut section);
            tag = encrypted.map_err(|error| damaged(error.into()))?;
        }
        Ok(KeyFileFormat {
            cipher,
            kdf,
            public_key,
            section,
            tag,
        })
    }

    /// The text of the file.
    pub(super) fn encode(&self) -> Result<Zeroizing<String>, Reason> {
        Ok(Zeroizing::new(self.encode_pem_string(LineEnding::LF)?))
    }
}

impl PemLabel for KeyFileFormat {
    const PEM_LABEL: &'static str = "OPENSSH PRIVATE KEY";
}

impl Encode for KeyFileFormat {
    fn encoded_len(&self) -> ssh_encoding::Result<usize> {
        [
            MAGIC.len(),
            self.cipher.encoded_len()?,
            self.kdf.encoded_len()?,
            KEYS.encoded_len()?,
            self.public_key.encoded_len_prefixed()?,
            self.section.encoded_len()?,
            self.tag.map_or(0, |tag| tag.len()),
        ]
        .checked_sum()
    }

    fn encode(&self, writer: &mut impl Writer) -> ssh_encoding::Result<()> {
        writer.write(MAGIC)?;
        self.cipher.encode(writer)?;
        self.kdf.encode(writer)?;
        KEYS.encode(writer)?;
        self.public_key.encode_prefixed(writer)?;
        self.section.encode(writer)?;
        match &self.tag {
            Some(tag) => writer.write(tag),
            None => Ok(()),
        }
    }
}

/// A comment that is to be written.
pub(super) fn check_comment(comment: &str) -> Result<(), Reason> {
    if comment.len() > MAX_COMMENT || comment.contains(char::is_control) {
        return Err(Reason::Comment);
    }
    Ok(())
}

fn damaged(error: ssh_key::Error) -> Reason {
    Reason::Damaged(without_controls(&error))
}

fn finished(reader: &[u8]) -> Result<(), Reason> {
    if reader.is_empty() {
        Ok(())
    } else {
        Err(Reason::damaged("there is more in it than a key"))
    }
}

/// The binary content, wrapped at whatever width: as OpenSSH takes it.
fn unarmor(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let inside = std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.strip_prefix(BEGIN))
        .ok_or_else(|| other_format(text))?;
    let Some((inside, _)) = inside.split_once(END) else {
        return Err(Reason::damaged("its end is missing"));
    };
    let mut base64 = Zeroizing::new(Vec::with_capacity(inside.len()));
    base64.extend(inside.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')));
    let mut bytes = Zeroizing::new(vec![0; base64.len()]);
    let decoded = Base64::decode(base64.as_slice(), &mut bytes);
    let len = decoded
        .map_err(|error| Reason::Damaged(error.into()))?
        .len();
    bytes.truncate(len);
    Ok(bytes)
}

/// Whether a file begins as the line of a public key does.
pub(super) fn is_public_key(text: &[u8]) -> bool {
    let mut types = ["ssh-", "ecdsa-sha2-", "sk-"].into_iter();
    types.any(|begin| text.starts_with(begin.as_bytes()))
}

/// What a file is that is not in the format.
fn other_format(text: &[u8]) -> Reason {
    let begins = |with: &str| text.starts_with(with.as_bytes());
    if text.is_empty() {
        Reason::OtherFormat("it is empty")
    } else if begins("-----BEGIN EC PRIVATE KEY-----") {
        Reason::OldFormat("a key in PEM (SEC 1)")
    } else if begins("-----BEGIN PRIVATE KEY-----")
        || begins("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    {
        Reason::OldFormat("a key in PKCS #8")
    } else if begins("-----BEGIN RSA PRIVATE KEY-----") {
        Reason::KeyType("ssh-rsa".into())
    } else if begins("-----BEGIN DSA PRIVATE KEY-----") {
        Reason::KeyType("ssh-dss".into())
    } else if is_public_key(text) {
        Reason::OtherFormat(PUBLIC_KEY)
    } else if begins("PuTTY-User-Key-File-") {
        Reason::OtherFormat(
            "it is a key of PuTTY's: `puttygen FILE -O private-openssh-new -o NEW` converts it",
        )
    } else {
        Reason::OtherFormat("it is no private key of OpenSSH's")
    }
}

/// Which cipher, and how its key comes from a passphrase.
fn encryption(reader: &mut &[u8]) -> Result<(Cipher, Kdf), Reason> {
    let cipher = match Cipher::decode(reader) {
        Ok(Cipher::TDesCbc) => return Err(Reason::Encryption(Cipher::TDesCbc.to_string())),
        Ok(cipher) => cipher,
        Err(ssh_encoding::Error::Label(label)) => return Err(unknown(&label)),
        Err(error) => return Err(error.into()),
    };
    let kdf = match Kdf::decode(reader) {
        Ok(kdf) => kdf,
        Err(ssh_key::Error::Encoding(ssh_encoding::Error::Label(label))) => {
            return Err(unknown(&label));
        }
        Err(error) => return Err(damaged(error)),
    };
    match &kdf {
        Kdf::None if cipher.is_none() => Ok((cipher, kdf)),
        Kdf::Bcrypt { rounds, .. } if *rounds > MAX_ROUNDS => Err(Reason::Rounds(*rounds)),
        Kdf::Bcrypt { salt, rounds } if cipher.is_some() && !salt.is_empty() && *rounds > 0 => {
            Ok((cipher, kdf))
        }
        _ => Err(Reason::damaged("cipher and key derivation do not match")),
    }
}

fn unknown(label: &LabelError) -> Reason {
    Reason::Encryption(printable(label.label()))
}

/// A name as it can be shown.
pub(super) fn printable(name: &str) -> String {
    name.chars().filter(char::is_ascii_graphic).collect()
}

/// Decodes a private section; `None` where the check at its beginning does not match.
fn decode_section(
    section: &[u8],
    public_key: &KeyData,
    cipher: Cipher,
) -> Result<Option<Opened>, Reason> {
    let mut rest = section;
    let reader = &mut rest;
    if u32::decode(reader)? != u32::decode(reader)? {
        return Ok(None);
    }
    // Key type and public key are those of the file.
    let mut expected = Vec::new();
    public_key.encode(&mut expected)?;
    let mut found = vec![0; expected.len()];
    reader.read(&mut found)?;
    if found != expected {
        return Err(Reason::damaged("its two public keys are not the same"));
    }
    let secret = match public_key {
        KeyData::Ed25519(_) => decode_seed(reader)?,
        _ => decode_scalar(reader)?,
    };
    let comment = Vec::decode(reader)?;
    let comment = String::from_utf8_lossy(&comment);
    let comment = comment.replace(char::is_control, "\u{fffd}");
    let padding = (1..).take(reader.len());
    if reader.len() >= cipher.block_size() || !reader.iter().copied().eq(padding) {
        return Err(Reason::damaged("its padding is not as it should be"));
    }
    Ok(Some(Opened { secret, comment }))
}

/// Ed25519: a string of the seed, and the public key once more.
fn decode_seed(reader: &mut &[u8]) -> Result<Secret<32>, Reason> {
    let mut seed = Secret::from([0; 32]);
    let mut public_key = [0; 32];
    reader.read_prefixed(|string| {
        if string.remaining_len() != seed.expose().len() + public_key.len() {
            return Err(ssh_encoding::Error::Length);
        }
        string.read(seed.expose_mut())?;
        string.read(&mut public_key)?;
        Ok(())
    })?;
    Ok(seed)
}

/// P-256: a number without leading zero bytes, but one where its first bit is set.
fn decode_scalar(reader: &mut &[u8]) -> Result<Secret<32>, Reason> {
    let mut scalar = Secret::from([0; 32]);
    reader.read_prefixed(|number| {
        let bytes = scalar.expose_mut();
        if number.remaining_len() == bytes.len() + 1 && u8::decode(number)? != 0 {
            return Err(ssh_encoding::Error::Length);
        }
        let unused = bytes.len().checked_sub(number.remaining_len());
        let used = unused.and_then(|unused| bytes.get_mut(unused..));
        number.read(used.ok_or(ssh_encoding::Error::Length)?)?;
        Ok(())
    })?;
    Ok(scalar)
}

fn encode_section(
    public_key: &KeyData,
    secret: &Secret<32>,
    comment: &str,
    check: [u8; 4],
    cipher: Cipher,
) -> Result<Zeroizing<Vec<u8>>, Reason> {
    // One piece, which never grows: that would leave a copy behind.
    let mut section = Zeroizing::new(Vec::with_capacity(MAX_COMMENT + 512));
    section.extend_from_slice(&check);
    section.extend_from_slice(&check);
    public_key.encode(&mut *section)?;
    match public_key {
        KeyData::Ed25519(key) => {
            let len = secret.expose().len() + key.as_ref().len();
            len.encode(&mut *section)?;
            section.extend_from_slice(secret.expose());
            section.extend_from_slice(key.as_ref());
        }
        _ => {
            let zeros = secret.expose().iter().take_while(|byte| **byte == 0);
            let number = secret.expose().get(zeros.count()..).unwrap_or_default();
            let sign: &[u8] = match number.first() {
                Some(0x80..) => &[0],
                _ => &[],
            };
            (sign.len() + number.len()).encode(&mut *section)?;
            section.extend_from_slice(sign);
            section.extend_from_slice(number);
        }
    }
    comment.encode(&mut *section)?;
    let padding = cipher.padding_len(section.len());
    section.extend((1..).take(padding));
    Ok(section)
}
