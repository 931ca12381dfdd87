//! Reads a file whole, and tells whether it has changed.

use super::TrustFileError;
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Read, Seek};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// The longest file, in bytes.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// How often a file is read anew that changes while it is read.
const READS: usize = 16;

/// How long a program that adds a line waits for the lock. Programs hold it for as long as it takes to
/// read a file and to add a line; but whoever can open the file can hold it for ever.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// How long a program that reads waits for the lock.
pub(crate) const READ_PATIENCE: Duration = Duration::from_secs(1);

/// How often it is asked for in that time.
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// What tells that a file is another one, or has been written to.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    /// Set by the system at each change, and by nobody else.
    changed: (i64, i64),
}

#[cfg(unix)]
impl Stamp {
    fn of(metadata: &Metadata) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        Ok(Stamp {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// What tells that a file is another one, or has been written to.
#[cfg(not(unix))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    size: u64,
    modified: std::time::SystemTime,
    created: std::time::SystemTime,
}

#[cfg(not(unix))]
impl Stamp {
    fn of(metadata: &Metadata) -> io::Result<Self> {
        Ok(Stamp {
            size: metadata.len(),
            modified: metadata.modified()?,
            created: metadata.created()?,
        })
    }
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> TrustFileError {
    move |source| TrustFileError::Read {
        path: path.to_owned(),
        source,
    }
}

/// The stamp of the file at `path`, or `None` where there is none.
pub(crate) fn stat(path: &Path) -> Result<Option<Stamp>, TrustFileError> {
    match fs::metadata(path) {
        Ok(metadata) => check(path, &metadata).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path)(error)),
    }
}

/// Refuses what is no file, or what others can write to; returns the stamp.
fn check(path: &Path, metadata: &Metadata) -> Result<Stamp, TrustFileError> {
    if !metadata.is_file() {
        let path = path.to_owned();
        return Err(TrustFileError::NotAFile { path });
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o022 != 0 {
            let path = path.to_owned();
            return Err(TrustFileError::Writable { path, mode });
        }
    }
    Stamp::of(metadata).map_err(unreadable(path))
}

/// Reads `file`, which is at `path`, whole, with the stamp that it has by then.
pub(crate) fn read(path: &Path, mut file: &File) -> Result<(Stamp, Vec<u8>), TrustFileError> {
    let stamp = || {
        let metadata = file.metadata().map_err(unreadable(path))?;
        check(path, &metadata)
    };
    let mut before = stamp()?;
    for _ in 0..READS {
        let mut bytes = Vec::new();
        file.rewind().map_err(unreadable(path))?;
        // One byte more than the longest file shows that this one is longer.
        file.take(MAX_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable(path))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE) {
            let path = path.to_owned();
            return Err(TrustFileError::TooLong { path });
        }
        let after = stamp()?;
        if before == after {
            return Ok((after, bytes));
        }
        before = after;
    }
    let path = path.to_owned();
    Err(TrustFileError::Busy { path })
}

/// Waits for the lock with which a line is added.
pub(crate) fn lock_to_add(path: &Path, file: &File) -> Result<(), TrustFileError> {
    if lock_within(WRITE_PATIENCE, path, file, File::try_lock)? {
        return Ok(());
    }
    let path = path.to_owned();
    Err(TrustFileError::Busy { path })
}

/// Waits until nobody adds a line, but not for longer than `patience`.
///
/// Then the file is read without the lock: whoever can read it can hold the lock, and must
/// not stop verdicts by that. If a line is being added after all, half of it is an error,
/// which trusts nobody, and [`read`] sees changes meanwhile. (Windows lets nobody read
/// a file that is locked: that is an error too.)
pub(crate) fn lock_to_read(
    patience: Duration,
    path: &Path,
    file: &File,
) -> Result<(), TrustFileError> {
    lock_within(patience, path, file, File::try_lock_shared).map(|_| ())
}

/// Whether `try_lock` got the lock.
fn lock_within(
    patience: Duration,
    path: &Path,
    file: &File,
    try_lock: fn(&File) -> Result<(), TryLockError>,
) -> Result<bool, TrustFileError> {
    let begin = Instant::now();
    loop {
        match try_lock(file) {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(unreadable(path)(error)),
            Err(TryLockError::WouldBlock) if begin.elapsed() < patience => {
                thread::sleep(LOCK_PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Ok(false),
        }
    }
}

/// Whether `path` still leads to `file`. Editors and `ssh-keygen -R` put a new file in the
/// place of the old one.
#[cfg(unix)]
pub(crate) fn is_still_at(path: &Path, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let place = |metadata: Metadata| (metadata.dev(), metadata.ino());
    match fs::metadata(path) {
        Ok(metadata) => Ok(place(metadata) == place(file.metadata()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether `path` still leads to `file`: this system does not tell.
#[cfg(not(unix))]
pub(crate) fn is_still_at(_: &Path, _: &File) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::write;

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_replaced_is_not_there_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("file"), folder.path().join("new"));
        write(&path, "a");
        let file = File::open(&path).unwrap();
        assert!(is_still_at(&path, &file).unwrap());
        write(&path, "b");
        assert!(is_still_at(&path, &file).unwrap());
        write(&new, "a");
        fs::rename(&new, &path).unwrap();
        assert!(!is_still_at(&path, &file).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!is_still_at(&path, &file).unwrap());
    }

    #[test]
    fn the_stamp_is_that_of_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert_eq!(stat(&path).unwrap(), None);
        write(&path, "some text");
        let file = File::open(&path).unwrap();
        for _ in 0..2 {
            let (stamp, bytes) = read(&path, &file).unwrap();
            assert_eq!(stat(&path).unwrap(), Some(stamp));
            assert_eq!(bytes, b"some text");
        }
    }

    #[test]
    fn a_lock_is_not_waited_for_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, "");
        let [one, another] = [(), ()].map(|()| File::open(&path).unwrap());
        let lock = |file, try_lock| lock_within(Duration::ZERO, &path, file, try_lock);
        assert!(lock(&one, File::try_lock_shared).unwrap());
        assert!(lock(&another, File::try_lock_shared).unwrap());
        assert!(!lock(&another, File::try_lock).unwrap());
        one.unlock().unwrap();
        assert!(lock(&another, File::try_lock).unwrap());
    }

    /// To open a pipe would wait for its other end.
    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_opened() {
        let error = stat(Path::new("/dev/null")).unwrap_err();
        assert!(matches!(error, TrustFileError::NotAFile { .. }));
    }
}
