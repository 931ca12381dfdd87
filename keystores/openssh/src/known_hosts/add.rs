//! Adds a line to the file, safely among several programs.

#[cfg(test)]
mod tests;

use super::hosts::{HASH_LEN, MAX_NAME, write_hashed};
use super::{Entries, TrustFileError};
use crate::public_key_line;
use crate::trust_file::{Cached, is_still_at, lock_to_add, read, stat};
use ossuary_traits::{Identity, Verdict};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// How often it is begun anew since the file was replaced meanwhile.
const TRIES: usize = 16;

pub(super) fn add(
    file: &Cached<Entries>,
    name: &str,
    identity: &Identity,
    hash: bool,
) -> Result<(), TrustFileError> {
    let path = file.path();
    let line = line(name, identity, hash)?;
    for _ in 0..TRIES {
        let opened = open(path)?;
        lock_to_add(path, &opened)?;
        if is_replaced(path, &opened)? {
            continue;
        }
        let (_, bytes) = read(path, &opened)?;
        match file.parse(&bytes)?.lookup(name, identity) {
            Verdict::Trusted => return Ok(()),
            Verdict::Unknown => {}
            verdict => return Err(refusal(path, name, verdict)),
        }
        append(path, &opened, &bytes, &line)?;
        // It may have been replaced by a program that does not lock: then the line is lost.
        if !is_replaced(path, &opened)? {
            return Ok(());
        }
    }
    let path = path.to_owned();
    Err(TrustFileError::Busy { path })
}

/// The line, with a newline at its end.
fn line(name: &str, identity: &Identity, hash: bool) -> Result<String, TrustFileError> {
    let forbidden = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b',' | b'*' | b'?');
    if name.is_empty()
        || name.len() > MAX_NAME
        || name.starts_with(['!', '|', '@', '#'])
        || name.bytes().any(forbidden)
    {
        let name = name.to_owned();
        return Err(TrustFileError::Name { name });
    }
    let key = public_key_line(identity, "").map_err(TrustFileError::Key)?;
    let name = name.to_ascii_lowercase();
    let name = if hash { hashed(&name)? } else { name };
    Ok(format!("{name} {key}\n"))
}

fn hashed(name: &str) -> Result<String, TrustFileError> {
    let mut salt = [0; HASH_LEN];
    getrandom::fill(&mut salt).map_err(TrustFileError::Random)?;
    Ok(write_hashed(&salt, name))
}

fn refusal(path: &Path, name: &str, verdict: Verdict) -> TrustFileError {
    let (path, name) = (path.to_owned(), name.to_owned());
    match verdict {
        Verdict::Revoked => TrustFileError::Revoked { path, name },
        _ => TrustFileError::Changed { path, name },
    }
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> TrustFileError {
    move |source| TrustFileError::Write {
        path: path.to_owned(),
        source,
    }
}

fn open(path: &Path) -> Result<File, TrustFileError> {
    // What is no file is not opened: opening a pipe would wait for its other end.
    stat(path)?;
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(unwritable(path))
}

fn is_replaced(path: &Path, file: &File) -> Result<bool, TrustFileError> {
    let still = is_still_at(path, file).map_err(unwritable(path))?;
    Ok(!still)
}

/// Writes `line` to the end of `file`, which holds `bytes`, and waits until it is on the
/// disk. Where that fails, `file` is cut back to what it was, if nobody else added to it.
fn append(path: &Path, mut file: &File, bytes: &[u8], line: &str) -> Result<(), TrustFileError> {
    let ends_whole = bytes.is_empty() || bytes.ends_with(b"\n");
    let line = match ends_whole {
        true => line.to_owned(),
        false => format!("\n{line}"),
    };
    let written = file
        .write_all(line.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| {
            if bytes.is_empty() {
                sync_folder(path)
            } else {
                Ok(())
            }
        });
    if let Err(source) = written {
        let cut = cut_back(file, bytes.len(), &line);
        let path = path.to_owned();
        return Err(match cut {
            Ok(true) => TrustFileError::Write { path, source },
            Ok(false) | Err(_) => TrustFileError::Spoiled { path, source },
        });
    }
    Ok(())
}

/// Cuts `file` back to `length` bytes where nothing but a part of `line` follows them: what
/// `ssh`, which takes no locks, has added by then must not be lost. Whether it was cut.
fn cut_back(mut file: &File, length: usize, line: &str) -> io::Result<bool> {
    let length = u64::try_from(length).map_err(io::Error::other)?;
    let mut rest = Vec::new();
    file.seek(SeekFrom::Start(length))?;
    file.read_to_end(&mut rest)?;
    if !line.as_bytes().starts_with(&rest) {
        return Ok(false);
    }
    file.set_len(length)?;
    Ok(true)
}

/// Waits until the name of a new file is on the disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let path = path.canonicalize()?;
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Windows keeps names without being asked.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
