//! The names with which a line begins.

use crate::LineProblem;
use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// What a hashed name begins with.
const HASH_MAGIC: &[u8] = b"|1|";

/// The length of the salt and of the hash of a hashed name, in bytes.
pub(super) const HASH_LEN: usize = 20;

/// The length of a block of SHA-1, in bytes.
const SHA1_BLOCK_LEN: usize = 64;

/// The longest name that OpenSSH matches, in bytes.
pub(super) const MAX_NAME: usize = 1022;

/// The names of a line.
#[derive(Debug)]
pub(super) enum Hosts {
    /// Names and patterns, in lower case.
    Patterns(Vec<Pattern>),
    /// One name.
    Hashed {
        salt: [u8; HASH_LEN],
        hash: [u8; HASH_LEN],
    },
}

/// A name, in which `*` and `?` have their meanings.
#[derive(Debug)]
pub(super) struct Pattern {
    negated: bool,
    text: Vec<u8>,
}

impl Hosts {
    pub(super) fn parse(word: &[u8]) -> Result<Self, LineProblem> {
        if let Some(hashed) = word.strip_prefix(HASH_MAGIC) {
            let problem = LineProblem::Syntax(
                "a hashed name is |1|, the base64 of 20 bytes of salt, |, and that of 20 bytes of hash",
            );
            let hosts = parse_hashed(hashed);
            return hosts.ok_or(problem);
        }
        let patterns = word.split(|byte| *byte == b',').map(Pattern::parse);
        patterns.collect::<Result<_, _>>().map(Hosts::Patterns)
    }

    /// Whether a line with these names is for `name`, which is in lower case.
    pub(super) fn matches(&self, name: &[u8]) -> bool {
        match self {
            Hosts::Hashed { salt, hash } => hash_name(salt, name) == *hash,
            Hosts::Patterns(patterns) => {
                let mut matching = patterns
                    .iter()
                    .filter(|pattern| matches(&pattern.text, name))
                    .peekable();
                matching.peek().is_some() && matching.all(|pattern| !pattern.negated)
            }
        }
    }
}

fn parse_hashed(hashed: &[u8]) -> Option<Hosts> {
    let hashed = std::str::from_utf8(hashed).ok()?;
    let (salt, hash) = hashed.split_once('|')?;
    let decode = |text| Base64::decode_vec(text).ok()?.try_into().ok();
    Some(Hosts::Hashed {
        salt: decode(salt)?,
        hash: decode(hash)?,
    })
}

/// HMAC-SHA1 of a name under a salt.
fn hash_name(salt: &[u8; HASH_LEN], name: &[u8]) -> [u8; HASH_LEN] {
    // RFC 2104, section 2: a key is filled up with zeros to the length of a block.
    let mut key = [0; SHA1_BLOCK_LEN];
    for (byte, salt) in key.iter_mut().zip(salt) {
        *byte = *salt;
    }
    let mac = Hmac::<Sha1>::new(&key.into()).chain_update(name);
    mac.finalize().into_bytes().into()
}

/// A hashed name as it is written.
pub(super) fn write_hashed(salt: &[u8; HASH_LEN], name: &str) -> String {
    let hash = hash_name(salt, name.as_bytes());
    let (salt, hash) = (Base64::encode_string(salt), Base64::encode_string(&hash));
    format!("|1|{salt}|{hash}")
}

impl Pattern {
    fn parse(text: &[u8]) -> Result<Self, LineProblem> {
        let (negated, text) = match text.strip_prefix(b"!") {
            Some(text) => (true, text),
            None => (false, text),
        };
        if text.is_empty() {
            return Err(LineProblem::Syntax(
                "a name is empty: names have commas and no spaces between them",
            ));
        }
        if text.len() > MAX_NAME {
            return Err(LineProblem::Syntax("a name is longer than 1022 bytes"));
        }
        if text.starts_with(b"|") {
            return Err(LineProblem::Syntax(
                "a hashed name stands alone on its line",
            ));
        }
        let text = text.to_ascii_lowercase();
        Ok(Pattern { negated, text })
    }
}

/// Whether `name` is of the form of `pattern`, in which `*` stands for any bytes and `?` for
/// one.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // What follows the last `*`, and the name from where that is tried. To let an earlier
    // one stand for more would not help.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, name, retry) {
            ([b'*', rest @ ..], ..) => {
                pattern = rest;
                retry = Some((rest, name));
            }
            ([], [], _) => return true,
            ([own, rest @ ..], [byte, tail @ ..], _) if *own == b'?' || own == byte => {
                pattern = rest;
                name = tail;
            }
            (_, _, Some((rest, [_, tail @ ..]))) => {
                pattern = rest;
                name = tail;
                retry = Some((rest, tail));
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, name, expected) in [
            ("host", "host", true),
            ("host", "hos", false),
            ("hos", "host", false),
            ("*", "", true),
            ("*", "host", true),
            ("?", "", false),
            ("h?st", "host", true),
            ("h?st", "hst", false),
            ("*.example", "a.example", true),
            ("*.example", ".example", true),
            ("*.example", "a.example.org", false),
            ("*a*b*", "xaxbx", true),
            ("*a*b*", "xbxax", false),
            ("*ab", "aab", true),
            ("a*b*c", "abbbc", true),
            ("a**c", "ac", true),
            ("[*.example]:99", "[x.example]:99", true),
            ("[ab]", "a", false),
            (
                "*a*a*a*a*a*a*a*a*b",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                false,
            ),
        ] {
            let verdict = matches(pattern.as_bytes(), name.as_bytes());
            assert_eq!(verdict, expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_name_after_an_exclamation_mark_is_excluded_wherever_it_stands() {
        for (hosts, name, expected) in [
            ("*.example,!b.example", "a.example", true),
            ("*.example,!b.example", "b.example", false),
            ("!b.example,*.example", "b.example", false),
            ("!b.example", "a.example", false),
            ("!*,a", "a", false),
        ] {
            let parsed = Hosts::parse(hosts.as_bytes()).unwrap();
            assert_eq!(parsed.matches(name.as_bytes()), expected, "{hosts} {name}");
        }
    }
}
