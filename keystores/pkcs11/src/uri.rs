//! PKCS#11 URIs (RFC 7512).

use percent_encoding::percent_decode_str;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A PKCS#11 URI (RFC 7512): which module, which token in it, and which keys on that.
///
/// An attribute that is not given matches everything.
///
/// | attribute | what it names |
/// |---|---|
/// | `module-path` | the module's file, by its absolute path; needed |
/// | `token`, `manufacturer`, `model`, `serial` | the token |
/// | `slot-id`, `slot-description`, `slot-manufacturer` | the slot with the token |
/// | `library-manufacturer`, `library-description`, `library-version` | what the module must say of itself |
/// | `object`, `id` | the keys, by label and by identifier (`CKA_LABEL`, `CKA_ID`), each of whose bytes is written as `%` and two hex digits: `id=%01` |
/// | `type` | `private`, if it is given: other objects do not sign |
/// | `pin-source` | `file:` and the absolute path of a file with the PIN, which a newline may end; only its owner may access it |
///
/// `pin-value` is refused: a PIN in a URI ends up in logs and in lists of processes
/// (RFC 7512, section 6). Other attributes of the path are refused too, as they narrow down
/// what is meant in a way that is not known here; others of the query are ignored. A module
/// is not found by `module-name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uri {
    pub(crate) module_path: Option<PathBuf>,
    pub(crate) library_manufacturer: Option<String>,
    pub(crate) library_description: Option<String>,
    pub(crate) library_version: Option<(u8, u8)>,
    pub(crate) slot_id: Option<u64>,
    pub(crate) slot_description: Option<String>,
    pub(crate) slot_manufacturer: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) object: Option<String>,
    pub(crate) id: Option<Vec<u8>>,
    pub(crate) pin_source: Option<PathBuf>,
    /// `type=private` was there.
    private: Option<()>,
}

/// A text is not a PKCS#11 URI that names keys, and why; it never repeats a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriError(String);

impl UriError {
    fn new(why: &str) -> Self {
        UriError(why.to_owned())
    }

    fn of(name: &str, why: &str) -> Self {
        UriError(format!("the attribute `{name}` {why}"))
    }
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is no PKCS#11 URI of keys: {}", self.0)
    }
}

impl std::error::Error for UriError {}

const SCHEME: &str = "pkcs11:";

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        let (scheme, rest) = text.split_at_checked(SCHEME.len()).unwrap_or_default();
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(UriError::new("it does not begin with `pkcs11:`"));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Uri::default();
        for attribute in attributes(path, ';') {
            let (name, value) = attribute?;
            uri.path_attribute(name, value)?;
        }
        for attribute in attributes(query, '&') {
            let (name, value) = attribute?;
            uri.query_attribute(name, value)?;
        }
        Ok(uri)
    }
}

impl Uri {
    fn path_attribute(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        let text = || characters(name, value, "&").and_then(|()| decoded(name, value));
        match name {
            "token" => once(&mut self.token, name, text()?),
            "manufacturer" => once(&mut self.manufacturer, name, text()?),
            "model" => once(&mut self.model, name, text()?),
            "serial" => once(&mut self.serial, name, text()?),
            "slot-id" => once(&mut self.slot_id, name, number(name, value)?),
            "slot-description" => once(&mut self.slot_description, name, text()?),
            "slot-manufacturer" => once(&mut self.slot_manufacturer, name, text()?),
            "library-manufacturer" => once(&mut self.library_manufacturer, name, text()?),
            "library-description" => once(&mut self.library_description, name, text()?),
            "library-version" => once(&mut self.library_version, name, version(name, value)?),
            "object" => once(&mut self.object, name, text()?),
            "id" => {
                characters(name, value, "&")?;
                once(&mut self.id, name, percent_decode_str(value).collect())
            }
            "type" if value == "private" => once(&mut self.private, name, ()),
            "type" => Err(UriError::of(
                name,
                "is not `private`, and other objects do not sign",
            )),
            "pin-source" | "pin-value" | "module-path" | "module-name" => {
                Err(UriError::of(name, "belongs behind the `?`"))
            }
            _ => Err(UriError::of(
                name,
                "is not known, so that it is not known which key is meant",
            )),
        }
    }

    fn query_attribute(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        let text = || characters(name, value, "/?|").and_then(|()| decoded(name, value));
        match name {
            "pin-value" => Err(UriError::of(
                name,
                "is refused, because URIs are seen by others: use `pin-source`, or be asked",
            )),
            "pin-source" => once(&mut self.pin_source, name, pin_file(name, &text()?)?),
            "module-path" => {
                let path = PathBuf::from(text()?);
                if path.is_absolute() {
                    once(&mut self.module_path, name, path)
                } else {
                    Err(UriError::of(name, "is not an absolute path"))
                }
            }
            "token"
            | "manufacturer"
            | "model"
            | "serial"
            | "slot-id"
            | "slot-description"
            | "slot-manufacturer"
            | "library-manufacturer"
            | "library-description"
            | "library-version"
            | "object"
            | "id"
            | "type" => Err(UriError::of(name, "belongs before the `?`")),
            // How to get at what the path names, for other programs.
            _ => text().map(drop),
        }
    }
}

/// The names and raw values between `separator`s.
fn attributes(
    component: &str,
    separator: char,
) -> impl Iterator<Item = Result<(&str, &str), UriError>> {
    let parts = component.split(separator).filter(|_| !component.is_empty());
    parts.map(|part| {
        let (name, value) = part
            .split_once('=')
            .ok_or_else(|| UriError::new("an attribute has no `=`"))?;
        let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || !name.bytes().all(named) {
            return Err(UriError::new("an attribute has no proper name"));
        }
        Ok((name, value))
    })
}

fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), UriError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(UriError::of(name, "is there twice")),
    }
}

/// Whether `value` has escapes that are whole, and otherwise only characters that RFC 7512,
/// section 2.3, lets stand for themselves: its `pk11-res-avail`, and `more`.
fn characters(name: &str, value: &str, more: &str) -> Result<(), UriError> {
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        let fits = match character {
            '%' => [rest.next(), rest.next()]
                .iter()
                .all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())),
            _ => {
                character.is_ascii_alphanumeric()
                    || "-._~:[]@!$'()*+,=".contains(character)
                    || more.contains(character)
            }
        };
        if !fits {
            return Err(UriError::of(
                name,
                "has a character that has to be escaped, as `%20` is for a space",
            ));
        }
    }
    Ok(())
}

fn decoded(name: &str, value: &str) -> Result<String, UriError> {
    let text = percent_decode_str(value).decode_utf8();
    text.map(Into::into)
        .map_err(|_| UriError::of(name, "is not UTF-8"))
}

fn number<N: FromStr>(name: &str, digits: &str) -> Result<N, UriError> {
    let number = digits.parse().ok();
    number
        .filter(|_| digits.bytes().all(|digit| digit.is_ascii_digit()))
        .ok_or_else(|| UriError::of(name, "is no number, or too large"))
}

/// `M` is `M.0` (RFC 7512, section 2.3).
fn version(name: &str, value: &str) -> Result<(u8, u8), UriError> {
    let (major, minor) = value.split_once('.').unwrap_or((value, "0"));
    Ok((number(name, major)?, number(name, minor)?))
}

/// The path in `file:/etc/pin` and `file:///etc/pin`. There are programs in other
/// `pin-source`s, and nobody is to run those by accident.
fn pin_file(name: &str, source: &str) -> Result<PathBuf, UriError> {
    let path = source.strip_prefix("file:");
    let path = path.map(|path| path.strip_prefix("//").unwrap_or(path));
    path.map(Path::new)
        .filter(|path| path.is_absolute())
        .map(Path::to_owned)
        .ok_or_else(|| UriError::of(name, "is not `file:` and an absolute path"))
}

#[cfg(test)]
mod tests;
