//! PINs, and where they come from.

use crate::error::Failure;
use cryptoki::types::RawAuthPin;
use ossuary_traits::KeyStoreErrorKind::{Broken, Cancelled, Denied, Locked, NotFound};
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A user PIN: wiped when dropped, printed by name only, and not cloned.
pub struct Pin(RawAuthPin);

impl Pin {
    pub(crate) fn raw(&self) -> &RawAuthPin {
        &self.0
    }
}

impl From<Vec<u8>> for Pin {
    /// Takes the bytes over, without a copy.
    fn from(bytes: Vec<u8>) -> Self {
        Pin(RawAuthPin::new(Box::new(bytes)))
    }
}

impl From<String> for Pin {
    /// Takes the text over, without a copy.
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

/// What a person should know who is asked for a PIN.
#[derive(Clone, Debug)]
pub struct PinPrompt {
    pub(crate) label: String,
    pub(crate) serial: String,
    pub(crate) tries_low: bool,
    pub(crate) final_try: bool,
    pub(crate) was_wrong: bool,
}

impl PinPrompt {
    /// The token's label, with U+FFFD in place of each control character.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The token's serial number, with U+FFFD in place of each control character.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// Whether the token says that wrong PINs were given since the last right one.
    #[must_use]
    pub fn tries_low(&self) -> bool {
        self.tries_low
    }

    /// Whether the token says that another wrong PIN locks it.
    #[must_use]
    pub fn final_try(&self) -> bool {
        self.final_try
    }

    /// Whether the PIN that was given here last was wrong, or may have been. Whoever
    /// answers from memory and not from a person says `None` then, or locks the token.
    #[must_use]
    pub fn was_wrong(&self) -> bool {
        self.was_wrong
    }
}

/// What a token says, for a terminal, which it must not control.
pub(crate) fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// Asks for the PIN.
pub(crate) type AskPin = Box<dyn Fn(&PinPrompt) -> Option<Pin> + Send + Sync>;

/// Where the PIN comes from.
pub(crate) enum PinSource {
    /// It is asked for.
    Ask(AskPin),
    /// It is in a file.
    File(PathBuf),
    /// Nobody has said.
    None,
}

impl PinSource {
    pub(crate) fn pin(&self, prompt: &PinPrompt) -> Result<Pin, Failure> {
        match self {
            PinSource::Ask(ask) => ask(prompt).ok_or_else(|| {
                let message = format!("nobody gave the PIN of the token {:?}", prompt.label);
                Failure::new(Cancelled, message)
            }),
            // The file would answer the same again, until the token is locked.
            PinSource::File(path) if prompt.was_wrong => {
                let message = format!(
                    "the token did not take the PIN in {}, which is not tried again: \
                     correct it, and open the token anew",
                    path.display()
                );
                Err(Failure::new(Denied, message))
            }
            // Whoever starts a program again and again would lock the token so.
            PinSource::File(path) if prompt.final_try => {
                let message = format!(
                    "the PIN in {} is not tried: the next wrong one locks the token, and \
                     the last try is left to a person",
                    path.display()
                );
                Err(Failure::new(Denied, message))
            }
            PinSource::File(path) => read(path),
            PinSource::None => {
                let message = format!(
                    "the token {:?} wants a PIN: give `pin-source` in the URI, or `ask_pin`",
                    prompt.label
                );
                Err(Failure::new(Locked, message))
            }
        }
    }
}

/// Longer than the PINs of tokens are.
const MAX_PIN_FILE: u16 = 1024;

fn read(path: &Path) -> Result<Pin, Failure> {
    let shown = path.display();
    let failure = |error: std::io::Error| {
        let message = format!("the PIN in {shown} cannot be read: {error}");
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        Failure::new(if missing { NotFound } else { Broken }, message)
    };
    // Before it is opened, since to open a pipe would wait for a writer.
    check(path, &fs::metadata(path).map_err(failure)?)?;
    let file = File::open(path).map_err(failure)?;
    check(path, &file.metadata().map_err(failure)?)?;
    // Room for all that is read, as a buffer that grows leaves the PIN behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * usize::from(MAX_PIN_FILE)));
    let mut file = file.take(u64::from(MAX_PIN_FILE) + 1);
    file.read_to_end(&mut bytes).map_err(failure)?;
    let line = line(&bytes);
    if line.is_empty() || line.len() > usize::from(MAX_PIN_FILE) {
        return Err(Failure::new(Broken, format!("there is no PIN in {shown}")));
    }
    Ok(line.to_vec().into())
}

/// The rule of private key files: only their owner can access them.
fn check(path: &Path, metadata: &Metadata) -> Result<(), Failure> {
    let shown = path.display();
    if !metadata.is_file() {
        let message = format!("the PIN in {shown} is not read: it is not a regular file");
        return Err(Failure::new(Broken, message));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let message = format!(
                "the PIN in {shown} is not read: its mode {mode:04o} lets others than its \
                 owner access it: chmod 600 {shown}"
            );
            return Err(Failure::new(Denied, message));
        }
    }
    Ok(())
}

/// Without the end of the line that editors leave.
fn line(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn prompt(was_wrong: bool) -> PinPrompt {
        PinPrompt {
            label: "token".into(),
            serial: "1".into(),
            tries_low: false,
            final_try: false,
            was_wrong,
        }
    }

    fn from_file(content: &[u8]) -> Result<Pin, Failure> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        PinSource::File(file.path().into()).pin(&prompt(false))
    }

    #[test]
    fn a_file_holds_a_pin_and_at_most_the_end_of_its_line() {
        for content in ["1234", "1234\n", "1234\r\n", " 12 34 ", &"1".repeat(1024)] {
            assert!(from_file(content.as_bytes()).is_ok(), "{content:?}");
        }
        for content in ["", "\n", "\r\n", &"1".repeat(1025)] {
            let kind = from_file(content.as_bytes())
                .err()
                .map(|failure| failure.kind);
            assert_eq!(kind, Some(Broken), "{content:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_a_pin_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"1234").unwrap();
        for (mode, told) in [
            (0o600, None),
            (0o400, None),
            (0o640, Some("mode 0640")),
            (0o620, Some("chmod 600")),
            (0o604, Some("mode 0604")),
        ] {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(file.path(), permissions).unwrap();
            match (read(file.path()), told) {
                (Ok(_), None) => {}
                (Err(failure), Some(told)) => assert_told(failure, Denied, told),
                _ => panic!("mode {mode:04o}"),
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        for path in [pipe.as_path(), folder.path()] {
            assert_told(read(path).unwrap_err(), Broken, "not a regular file");
        }
    }

    #[cfg(unix)]
    fn assert_told(failure: Failure, kind: ossuary_traits::KeyStoreErrorKind, told: &str) {
        assert_eq!(failure.kind, kind);
        let error = ossuary_traits::KeyStoreError::from(failure);
        let message = std::error::Error::source(&error).unwrap().to_string();
        assert!(message.contains(told), "{message}");
    }

    #[test]
    fn the_end_of_the_line_is_not_part_of_the_pin() {
        for (content, pin) in [
            ("1234", "1234"),
            ("1234\n", "1234"),
            ("1234\r\n", "1234"),
            ("12\n\n", "12\n"),
            (" 1 ", " 1 "),
        ] {
            assert_eq!(line(content.as_bytes()), pin.as_bytes(), "{content:?}");
        }
    }

    #[test]
    fn a_pin_that_was_wrong_is_not_read_again() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"1234").unwrap();
        let source = PinSource::File(file.path().into());
        assert!(source.pin(&prompt(false)).is_ok());
        let kind = source.pin(&prompt(true)).err().map(|failure| failure.kind);
        assert_eq!(kind, Some(Denied));
    }

    #[test]
    fn the_last_try_is_for_a_person() {
        let last = PinPrompt {
            final_try: true,
            ..prompt(false)
        };
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"1234").unwrap();
        let source = PinSource::File(file.path().into());
        let kind = source.pin(&last).err().map(|failure| failure.kind);
        assert_eq!(kind, Some(Denied));
        let person = PinSource::Ask(Box::new(|_| Some(Pin::from("1234".to_owned()))));
        assert!(person.pin(&last).is_ok());
    }

    #[test]
    fn who_gives_no_pin_is_told_how_to() {
        let kind = |source: PinSource| source.pin(&prompt(false)).err().map(|failure| failure.kind);
        assert_eq!(kind(PinSource::None), Some(Locked));
        assert_eq!(kind(PinSource::Ask(Box::new(|_| None))), Some(Cancelled));
        assert_eq!(
            kind(PinSource::File("/does/not/exist".into())),
            Some(NotFound)
        );
    }

    #[test]
    fn a_token_does_not_control_the_terminal() {
        assert_eq!(printable("käy 1"), "käy 1");
        let controls = "a\u{1b}[2J\r\n\u{9b}\u{7f}\0";
        let replaced = "a\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}";
        assert_eq!(printable(controls), replaced);
    }

    #[test]
    fn a_pin_prints_its_name_only() {
        assert_eq!(format!("{:?}", Pin::from("1234".to_owned())), "Pin");
    }
}
