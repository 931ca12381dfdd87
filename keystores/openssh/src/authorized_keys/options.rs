//! The options before a key in an `authorized_keys` file.

use crate::LineProblem;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Those that forbid, or allow again, what SSH has and a channel does not have.
const WITHOUT_MEANING: [&str; 11] = [
    "restrict",
    "pty",
    "no-pty",
    "port-forwarding",
    "no-port-forwarding",
    "agent-forwarding",
    "no-agent-forwarding",
    "x11-forwarding",
    "no-x11-forwarding",
    "user-rc",
    "no-user-rc",
];

/// The others of sshd(8).
const REFUSED: [&str; 10] = [
    "cert-authority",
    "command",
    "environment",
    "from",
    "no-touch-required",
    "permitlisten",
    "permitopen",
    "principals",
    "tunnel",
    "verify-required",
];

const EXPIRY_TIME: &str = "expiry-time";

const QUOTES: LineProblem =
    LineProblem::Syntax("the value of an option stands between two quotation marks");
const NAMES: LineProblem =
    LineProblem::Syntax("options have names, and commas without spaces between them");
const EXPIRY: LineProblem =
    LineProblem::Syntax("expiry-time is YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ, in UTC");

/// The options of a key.
#[derive(Debug, Default)]
pub(super) struct Options<'a>(Vec<(&'a str, Option<String>)>);

/// Whether a line that begins with `word` begins with options: with the name of one that is
/// known.
pub(super) fn begin(word: &[u8]) -> bool {
    let end = word
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
    let name = word.get(..end.unwrap_or(word.len())).unwrap_or_default();
    let mut known = WITHOUT_MEANING.iter().chain(&REFUSED).chain([&EXPIRY_TIME]);
    known.any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// The options with which a line begins, and what follows them. Spaces between quotation
/// marks do not end them.
pub(super) fn split(line: &[u8]) -> Result<(&[u8], &[u8]), LineProblem> {
    let (mut quoted, mut escaped) = (false, false);
    let end = line.iter().position(|byte| {
        if *byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = *byte == b'\\' && !escaped;
        !quoted && matches!(byte, b' ' | b'\t')
    });
    match end {
        Some(end) => {
            let (options, rest) = line.split_at(end);
            Ok((options, rest.trim_ascii_start()))
        }
        None if quoted => Err(QUOTES),
        None => Ok((line, &[])),
    }
}

/// Reads the list of options.
pub(super) fn parse(options: &[u8]) -> Result<Options<'_>, LineProblem> {
    let mut rest = std::str::from_utf8(options)
        .map_err(|_| LineProblem::Syntax("the options are not in UTF-8"))?;
    let mut options = Vec::new();
    loop {
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        let (name, tail) = rest.split_at(end.unwrap_or(rest.len()));
        if name.is_empty() {
            return Err(NAMES);
        }
        let (value, tail) = match tail.strip_prefix('=') {
            Some(tail) => value(tail).map(|(value, tail)| (Some(value), tail))?,
            None => (None, tail),
        };
        options.push((name, value));
        match tail.strip_prefix(',') {
            Some(tail) => rest = tail,
            None if tail.is_empty() => return Ok(Options(options)),
            None => return Err(NAMES),
        }
    }
}

/// A value between quotation marks, in which `\"` is one, and what follows it.
fn value(text: &str) -> Result<(String, &str), LineProblem> {
    let mut rest = text.strip_prefix('"').ok_or(QUOTES)?;
    let mut value = String::new();
    loop {
        if let Some(tail) = rest.strip_prefix("\\\"") {
            value.push('"');
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix('"') {
            return Ok((value, tail));
        } else {
            let mut letters = rest.chars();
            value.push(letters.next().ok_or(QUOTES)?);
            rest = letters.as_str();
        }
    }
}

impl Options<'_> {
    /// The last second, since 1970, in which a key with these options is trusted.
    pub(super) fn until(&self) -> Result<i64, LineProblem> {
        let mut until = i64::MAX;
        for (name, value) in &self.0 {
            match (name.to_ascii_lowercase().as_str(), value) {
                (EXPIRY_TIME, Some(value)) => {
                    until = until.min(time(value).ok_or(EXPIRY)?);
                }
                (name, None) if WITHOUT_MEANING.contains(&name) => {}
                _ => return Err(LineProblem::Option((*name).to_owned())),
            }
        }
        Ok(until)
    }
}

/// The seconds from 1970 to a time in UTC.
fn time(text: &str) -> Option<i64> {
    let digits = text
        .strip_suffix('Z')
        .or_else(|| text.strip_suffix("UTC"))?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What is not there is zero.
    let field = |from: usize, to: usize| match digits.get(from..to) {
        Some(digits) => digits.parse().ok(),
        None => Some(0),
    };
    let (month, day, hour, minute, second) = match digits.len() {
        8 | 12 | 14 => (
            field(4, 6)?,
            field(6, 8)?,
            field(8, 10)?,
            field(10, 12)?,
            field(12, 14)?,
        ),
        _ => return None,
    };
    let year = digits.get(..4)?.parse().ok()?;
    let time = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let time = Offset::UTC.to_timestamp(time).ok()?;
    Some(time.as_second())
}
