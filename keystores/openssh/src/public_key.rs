//! Public keys as OpenSSH writes them, and their fingerprints.

#[cfg(test)]
mod tests;

use base64ct::{Base64, Encoding};
use bip39::Mnemonic;
use ossuary_traits::{BoxError, Identity, SignatureScheme};
use p256::elliptic_curve::sec1::ToSec1Point;
use ssh_key::public::{EcdsaPublicKey, Ed25519PublicKey, KeyData};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, PublicKey};
use std::fmt;

/// The length of an uncompressed point of P-256 (SEC 1, section 2.3.3), in bytes.
const POINT_LEN: usize = 65;

/// Reads a public key from a line as those of OpenSSH's `.pub` files: its type, its base64,
/// and a comment, which is ignored.
///
/// # Errors
///
/// It is no such line, or its key is of a type that the protocol does not have:
/// `ssh-ed25519` and `ecdsa-sha2-nistp256` are the ones that it has.
pub fn parse_public_key(line: &str) -> Result<Identity, PublicKeyError> {
    let mut words = line.split_ascii_whitespace();
    let (Some(key_type), Some(base64)) = (words.next(), words.next()) else {
        return Err(PublicKeyError::Incomplete);
    };
    match ParsedKey::parse(key_type.as_bytes(), base64.as_bytes())? {
        ParsedKey::Known(identity) => Ok(identity),
        ParsedKey::Other(key_type) => Err(PublicKeyError::Type(key_type)),
    }
}

/// Writes a public key as a line of OpenSSH's `.pub` files, without a newline at its end:
/// `ssh-ed25519 AAAA… comment`, and without the last space where the comment is empty.
///
/// # Errors
///
/// OpenSSH has no form for ML-DSA-65 keys; an ECDSA key is no point of its curve; the
/// comment has a control character, such as a newline.
pub fn public_key_line(identity: &Identity, comment: &str) -> Result<String, PublicKeyError> {
    if comment.chars().any(char::is_control) {
        return Err(PublicKeyError::Comment);
    }
    PublicKey::new(key_data(identity)?, comment)
        .to_openssh()
        .map_err(malformed)
}

/// The fingerprint that `ssh-keygen -l` shows: `SHA256:` and 43 characters of base64.
///
/// It is what `ossuary::trust::fingerprint` gives too.
///
/// # Errors
///
/// OpenSSH has no form for ML-DSA-65 keys; an ECDSA key is no point of its curve.
pub fn fingerprint(identity: &Identity) -> Result<String, PublicKeyError> {
    let fingerprint = key_data(identity)?.fingerprint(HashAlg::Sha256);
    Ok(fingerprint.to_string())
}

/// The picture of the fingerprint that `ssh-keygen -lv` draws: eleven lines of 19
/// characters, without a newline at the end.
///
/// # Errors
///
/// OpenSSH has no form for ML-DSA-65 keys; an ECDSA key is no point of its curve.
pub fn randomart(identity: &Identity) -> Result<String, PublicKeyError> {
    let header = match identity.scheme() {
        SignatureScheme::EcdsaP256Sha256 => "[ECDSA 256]",
        _ => "[ED25519 256]",
    };
    let fingerprint = key_data(identity)?.fingerprint(HashAlg::Sha256);
    Ok(fingerprint.to_randomart(header))
}

/// Twelve English words (BIP 39) for people who compare keys by voice: they stand for the
/// first 128 bits of the fingerprint, and for 4 bits by which a misheard word is likely to
/// show.
///
/// OpenSSH does not show them: both ends need a program that does.
///
/// # Errors
///
/// OpenSSH has no form for ML-DSA-65 keys; an ECDSA key is no point of its curve.
pub fn words(identity: &Identity) -> Result<String, PublicKeyError> {
    let fingerprint = key_data(identity)?.fingerprint(HashAlg::Sha256);
    let (shown, _) = fingerprint
        .as_bytes()
        .split_first_chunk::<16>()
        .ok_or(PublicKeyError::Incomplete)?;
    let words = Mnemonic::from_entropy(shown).map_err(|error| malformed(error.to_string()))?;
    Ok(words.to_string())
}

/// A key of one of OpenSSH's files.
pub(crate) enum ParsedKey {
    /// Of a type that the protocol has.
    Known(Identity),
    /// Of another type, which is named. What follows the type was not checked.
    Other(String),
}

impl ParsedKey {
    /// Of the two words that a key is written as.
    pub(crate) fn parse(key_type: &[u8], base64: &[u8]) -> Result<Self, PublicKeyError> {
        let blob = decode(base64)?;
        let named = blob_type(&blob).ok_or(PublicKeyError::TypesDiffer)?;
        if named != key_type {
            return Err(PublicKeyError::TypesDiffer);
        }
        // As all names of SSH are (RFC 4251, section 6). It may be shown on a terminal.
        if named.is_empty() || !named.iter().all(u8::is_ascii_graphic) {
            return Err(malformed(
                "its type has other characters than printable ASCII",
            ));
        }
        let named = std::str::from_utf8(named).map_err(malformed)?;
        // Types that are not known yet are as good as those that are.
        match named.parse() {
            Ok(Algorithm::Ed25519)
            | Ok(Algorithm::Ecdsa {
                curve: EcdsaCurve::NistP256,
            }) => {}
            _ => return Ok(ParsedKey::Other(named.to_owned())),
        }
        let key = PublicKey::from_bytes(&blob)
            .map_err(|error| PublicKeyError::Malformed(without_controls(&error)))?;
        // ssh-key takes an Ed25519 key whose length says that it is longer than it is.
        if key.to_bytes().map_err(malformed)? != blob {
            return Err(malformed("a length in it is wrong"));
        }
        identity(key.key_data()).map(ParsedKey::Known)
    }
}

/// Whether a word is the type of the key that the next word is the base64 of, or a type
/// that is known whatever the next word is.
pub(crate) fn is_key_type(word: &[u8], base64: &[u8]) -> bool {
    let known = std::str::from_utf8(word).is_ok_and(|word| {
        let algorithm = word.parse();
        algorithm.is_ok_and(|algorithm| !matches!(algorithm, Algorithm::Other(_)))
    });
    known || decode(base64).is_ok_and(|blob| blob_type(&blob) == Some(word))
}

fn decode(base64: &[u8]) -> Result<Vec<u8>, PublicKeyError> {
    let base64 = std::str::from_utf8(base64).map_err(malformed)?;
    Base64::decode_vec(base64).map_err(malformed)
}

/// The name with which an encoded key begins (RFC 4253, section 6.6).
fn blob_type(blob: &[u8]) -> Option<&[u8]> {
    let (length, rest) = blob.split_first_chunk()?;
    rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

pub(crate) fn identity(key: &KeyData) -> Result<Identity, PublicKeyError> {
    match key {
        KeyData::Ed25519(key) => Identity::new(SignatureScheme::Ed25519, &key.0).map_err(malformed),
        // RFC 5656, section 3.1 allows compressed points; OpenSSH takes none, and one key
        // has one form.
        KeyData::Ecdsa(key) if key.as_sec1_bytes().len() == POINT_LEN => {
            let point = p256::PublicKey::from_sec1_bytes(key.as_sec1_bytes())
                .map_err(|_| PublicKeyError::NotOnCurve)?;
            let compressed = point.to_sec1_point(true);
            Identity::new(SignatureScheme::EcdsaP256Sha256, compressed.as_bytes())
                .map_err(malformed)
        }
        _ => Err(PublicKeyError::NotOnCurve),
    }
}

pub(crate) fn key_data(identity: &Identity) -> Result<KeyData, PublicKeyError> {
    let key = identity.public_key();
    match identity.scheme() {
        SignatureScheme::Ed25519 => Ed25519PublicKey::try_from(key)
            .map(KeyData::from)
            .map_err(malformed),
        SignatureScheme::EcdsaP256Sha256 => {
            // The library knows one more encoding of 33 bytes: 0x05, the point without
            // its sign.
            if !matches!(key.first(), Some(0x02 | 0x03)) {
                return Err(PublicKeyError::NotOnCurve);
            }
            let point = p256::PublicKey::from_sec1_bytes(key)
                .map_err(|_| PublicKeyError::NotOnCurve)?
                .to_sec1_point(false);
            EcdsaPublicKey::from_sec1_bytes(point.as_bytes())
                .map(KeyData::from)
                .map_err(malformed)
        }
        scheme => Err(PublicKeyError::NoForm(scheme)),
    }
}

/// What the library says of a key. It shows names in it as they are; on a terminal, control
/// characters in them would do something.
pub(crate) fn without_controls(error: &ssh_key::Error) -> BoxError {
    let text = error.to_string();
    text.replace(char::is_control, "\u{fffd}").into()
}

fn malformed(error: impl Into<BoxError>) -> PublicKeyError {
    PublicKeyError::Malformed(error.into())
}

/// Why a public key could not be read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// There are not the two words that a key is written as.
    Incomplete,
    /// The key is cut or damaged.
    Malformed(BoxError),
    /// The word before the key names another type than the key itself.
    TypesDiffer,
    /// The key is of this type, which the protocol does not have.
    Type(String),
    /// The key is no uncompressed point of P-256.
    NotOnCurve,
    /// OpenSSH has no form for keys of this scheme.
    NoForm(SignatureScheme),
    /// The comment has a control character.
    Comment,
}

impl fmt::Display for PublicKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublicKeyError::Incomplete => {
                f.write_str("a public key is written as its type, a space and its base64")
            }
            PublicKeyError::Malformed(_) => f.write_str("the public key is cut or damaged"),
            PublicKeyError::TypesDiffer => {
                f.write_str("the key is not of the type that is named before it")
            }
            PublicKeyError::Type(key_type) => write!(
                f,
                "ossuary has no {key_type} keys, but ssh-ed25519 and ecdsa-sha2-nistp256"
            ),
            PublicKeyError::NotOnCurve => f.write_str("the key is no point of P-256"),
            PublicKeyError::NoForm(scheme) => {
                write!(f, "OpenSSH has no form for {scheme} keys")
            }
            PublicKeyError::Comment => {
                f.write_str("the comment has a control character, such as a newline")
            }
        }
    }
}

impl std::error::Error for PublicKeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PublicKeyError::Malformed(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}
