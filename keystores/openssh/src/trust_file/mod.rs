//! What the files of whom to trust share: how they are read, and that changes are seen.

mod cache;
mod error;
mod read;

use crate::PublicKeyError;
use crate::public_key::{ParsedKey, is_key_type};

pub(crate) use cache::Cached;
pub use error::{LineProblem, TrustFileError};
pub(crate) use read::{is_still_at, lock_to_add, read, stat};

/// The longest line, in bytes.
pub(crate) const MAX_LINE: usize = 16 * 1024;

/// The contents of a file of whom to trust.
pub(crate) trait Contents: Sized {
    /// Whether a file that is not there is an empty one, and programs that add to it lock it.
    const IS_ADDED_TO: bool;

    /// Reads the lines, or says what is wrong with which; the first is number 1.
    fn parse(bytes: &[u8]) -> Result<Self, (usize, LineProblem)>;
}

/// The lines that are not empty and no comments, and their numbers, without the space
/// before and behind them.
pub(crate) fn lines(
    bytes: &[u8],
) -> impl Iterator<Item = Result<(usize, &[u8]), (usize, LineProblem)>> {
    let numbered = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    numbered.filter_map(|(number, line)| {
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() || trimmed.starts_with(b"#") {
            None
        } else if is_private_key(trimmed) {
            Some(Err((number, LineProblem::PrivateKey)))
        } else if line.len() > MAX_LINE {
            let problem = LineProblem::Syntax("it is longer than 16384 bytes");
            Some(Err((number, problem)))
        } else {
            Some(Ok((number, trimmed)))
        }
    })
}

/// Whether a line is the first of a private key in PEM or OpenSSH's format.
fn is_private_key(line: &[u8]) -> bool {
    line.starts_with(b"-----BEGIN ") && line.ends_with(b" PRIVATE KEY-----")
}

/// Reads a key: its type, its base64, and a comment, which is ignored.
pub(crate) fn parse_key(text: &[u8]) -> Result<ParsedKey, LineProblem> {
    let (key_type, rest) = split_word(text);
    let (base64, _) = split_word(rest);
    if base64.is_empty() {
        return Err(PublicKeyError::Incomplete.into());
    }
    match ParsedKey::parse(key_type, base64) {
        Err(PublicKeyError::Malformed(_)) if !is_key_type(key_type, base64) => {
            Err(LineProblem::KeyType(LineProblem::shown(key_type)))
        }
        parsed => Ok(parsed?),
    }
}

/// The first word of `text`, and what follows the space behind it.
pub(crate) fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| matches!(byte, b' ' | b'\t'));
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (word, rest.trim_ascii_start())
}
