//! Reads and writes private key files.

use super::error::Reason;
#[cfg(unix)]
use super::format::{PUBLIC_KEY, is_public_key};
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// The largest file that is read, in bytes. Those of OpenSSH have less than 1000 for the keys
/// that are read here.
pub(super) const MAX_LEN: usize = 64 << 10;

/// The whole content of a file that only its owner can access.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Reason> {
    // Before it is opened, since to open a pipe would wait for a writer.
    check_is_file(&fs::metadata(path).map_err(Reason::Read)?)?;
    let mut file = File::open(path).map_err(Reason::Read)?;
    let metadata = file.metadata().map_err(Reason::Read)?;
    check_is_file(&metadata)?;
    #[cfg(unix)]
    check_mode(&file, &metadata)?;
    // One piece, which never grows: that would leave a copy behind.
    let mut content = Zeroizing::new(vec![0; MAX_LEN + 1]);
    let mut len = 0;
    loop {
        let rest = content.get_mut(len..).unwrap_or_default();
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Reason::Read(error)),
        }
    }
    if len > MAX_LEN {
        return Err(Reason::TooLarge);
    }
    content.truncate(len);
    Ok(content)
}

fn check_is_file(metadata: &Metadata) -> Result<(), Reason> {
    match metadata.is_file() {
        true => Ok(()),
        false => Err(Reason::NotAFile),
    }
}

/// Refuses a file that others than its owner can access. That everybody may read a public
/// key is as it should be: that it is one is what is wrong then.
#[cfg(unix)]
fn check_mode(file: &File, metadata: &Metadata) -> Result<(), Reason> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let mut beginning = Vec::new();
    let read = file.take(16).read_to_end(&mut beginning);
    match read.is_ok() && is_public_key(&beginning) {
        true => Err(Reason::OtherFormat(PUBLIC_KEY)),
        false => Err(Reason::Permissions(mode)),
    }
}

/// Writes a file that was not there before, for its owner only. It is on the disk then.
pub(super) fn write_new(path: &Path, content: &[u8]) -> Result<(), Reason> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let written = || -> io::Result<()> {
        // Mode 0600 from the start.
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path)?;
        // The name too; other systems cannot open a folder.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    };
    written().map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Reason::Exists,
        _ => Reason::Write(error),
    })
}
