//! The contents of a file, read again when it has changed.

use super::read::{READ_PATIENCE, Stamp, lock_to_read};
use super::{Contents, TrustFileError, read, stat};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The coarsest clock of a file system (FAT's has steps of two seconds). A file can change
/// twice within a step and have one stamp.
const CLOCK_STEP: Duration = Duration::from_secs(2);

/// A file and its contents.
#[derive(Debug)]
pub(crate) struct Cached<T> {
    path: PathBuf,
    clock_step: Duration,
    patience: Duration,
    /// Not locked while the file is read: to wait for the file would hold up all verdicts.
    snapshot: Mutex<Option<Snapshot<T>>>,
}

#[derive(Debug)]
struct Snapshot<T> {
    /// `None` where there was no file.
    stamp: Option<Stamp>,
    /// When this stamp was seen first. The file's clock showed that time by then, so what
    /// changes a step later gets another stamp. It is this program's steady clock: the
    /// file's may be another machine's.
    seen: Instant,
    /// When the contents were read.
    read: Instant,
    contents: Arc<T>,
}

impl<T> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Snapshot {
            contents: Arc::clone(&self.contents),
            ..*self
        }
    }
}

impl<T: Contents> Cached<T> {
    pub(crate) fn new(path: PathBuf) -> Self {
        Cached {
            path,
            clock_step: CLOCK_STEP,
            patience: READ_PATIENCE,
            snapshot: Mutex::new(None),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The contents as they are now.
    pub(crate) fn get(&self) -> Result<Arc<T>, TrustFileError> {
        let last = self.snapshot().clone();
        let next = self.next(last);
        // An error leaves nothing behind.
        *self.snapshot() = next.as_ref().ok().cloned();
        Ok(next?.contents)
    }

    fn snapshot(&self) -> MutexGuard<'_, Option<Snapshot<T>>> {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, last: Option<Snapshot<T>>) -> Result<Snapshot<T>, TrustFileError> {
        let stamp = stat(&self.path)?;
        let last = last.filter(|last| last.stamp == stamp);
        let settled = |last: &Snapshot<T>| {
            stamp.is_none() || last.read.duration_since(last.seen) >= self.clock_step
        };
        match last {
            Some(last) if settled(&last) => Ok(last),
            last => self.read(last),
        }
    }

    fn read(&self, last: Option<Snapshot<T>>) -> Result<Snapshot<T>, TrustFileError> {
        let begin = Instant::now();
        let (stamp, bytes) = match File::open(&self.path) {
            Ok(file) => {
                if T::IS_ADDED_TO {
                    lock_to_read(self.patience, &self.path, &file)?;
                }
                let (stamp, bytes) = read(&self.path, &file)?;
                (Some(stamp), bytes)
            }
            Err(error) if T::IS_ADDED_TO && error.kind() == io::ErrorKind::NotFound => {
                (None, Vec::new())
            }
            Err(source) => {
                let path = self.path.clone();
                return Err(TrustFileError::Read { path, source });
            }
        };
        let seen = match last {
            Some(last) if last.stamp == stamp => last.seen,
            _ => Instant::now(),
        };
        let contents = self.parse(&bytes)?;
        Ok(Snapshot {
            stamp,
            seen,
            read: begin,
            contents: Arc::new(contents),
        })
    }

    /// Reads the lines of `bytes` as this file's.
    pub(crate) fn parse(&self, bytes: &[u8]) -> Result<T, TrustFileError> {
        T::parse(bytes).map_err(|(line, problem)| TrustFileError::Line {
            path: self.path.clone(),
            line,
            problem,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LineProblem;
    use crate::test_data::write;
    use std::fs;
    use std::sync::mpsc;

    /// A file's bytes, of which no line is in error but one that begins with `!`.
    #[derive(Debug)]
    struct Bytes(Vec<u8>);

    impl Contents for Bytes {
        const IS_ADDED_TO: bool = true;

        fn parse(bytes: &[u8]) -> Result<Self, (usize, LineProblem)> {
            match bytes {
                [b'!', ..] => Err((1, LineProblem::Syntax("it begins with !"))),
                _ => Ok(Bytes(bytes.to_vec())),
            }
        }
    }

    fn cached(path: &Path, clock_step: Duration) -> Cached<Bytes> {
        let mut cached = Cached::new(path.to_owned());
        cached.clock_step = clock_step;
        cached
    }

    #[test]
    fn a_file_is_read_until_its_clock_has_gone_on_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, "a");
        // A clock that never goes on: each time is read anew.
        let still = cached(&path, Duration::MAX);
        let first = still.get().unwrap();
        assert!(!Arc::ptr_eq(&first, &still.get().unwrap()));
        // One that always has gone on: read once more, and kept.
        let running = cached(&path, Duration::ZERO);
        let first = running.get().unwrap();
        let second = running.get().unwrap();
        assert_eq!(first.0, second.0);
        assert!(Arc::ptr_eq(&second, &running.get().unwrap()));
        write(&path, "bc");
        assert_eq!(running.get().unwrap().0, b"bc");
    }

    #[test]
    fn a_file_that_is_not_there_is_not_looked_for_twice_but_found_when_it_comes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let cached = cached(&path, Duration::MAX);
        let first = cached.get().unwrap();
        assert!(first.0.is_empty());
        assert!(Arc::ptr_eq(&first, &cached.get().unwrap()));
        write(&path, "a");
        assert_eq!(cached.get().unwrap().0, b"a");
        fs::remove_file(&path).unwrap();
        assert!(cached.get().unwrap().0.is_empty());
    }

    #[test]
    fn who_reads_waits_for_who_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, "half");
        let writer = File::open(&path).unwrap();
        writer.lock().unwrap();
        let mut cached = cached(&path, Duration::MAX);
        cached.patience = Duration::MAX;
        std::thread::scope(|scope| {
            let (done, is_done) = mpsc::channel();
            scope.spawn(move || done.send(cached.get()).unwrap());
            // Nothing depends on this wait, other than that a reader that does not wait is found.
            let early = is_done.recv_timeout(Duration::from_millis(100));
            assert!(early.is_err(), "{early:?}");
            write(&path, "the whole");
            writer.unlock().unwrap();
            assert_eq!(is_done.recv().unwrap().unwrap().0, b"the whole");
        });
    }

    #[test]
    fn who_waits_for_a_lock_does_not_hold_up_others() {
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("file"), folder.path().join("new"));
        write(&path, "old");
        write(&new, "new");
        let holder = File::open(&path).unwrap();
        holder.lock().unwrap();
        let mut cached = cached(&path, Duration::MAX);
        cached.patience = Duration::MAX;
        let cached = &cached;
        std::thread::scope(|scope| {
            let [first, second] = [(), ()].map(|()| mpsc::channel());
            scope.spawn(move || first.0.send(cached.get()).unwrap());
            // Nothing depends on this wait, other than that the first is found to hold up others.
            let early = first.1.recv_timeout(Duration::from_millis(100));
            assert!(early.is_err(), "{early:?}");
            fs::rename(&new, &path).unwrap();
            scope.spawn(move || second.0.send(cached.get()).unwrap());
            let other = second.1.recv_timeout(Duration::from_secs(60));
            holder.unlock().unwrap();
            assert_eq!(other.unwrap().unwrap().0, b"new");
            first.1.recv().unwrap().unwrap();
        });
    }

    #[test]
    fn an_error_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, "a");
        let cached = cached(&path, Duration::ZERO);
        cached.get().unwrap();
        write(&path, "!");
        for _ in 0..3 {
            assert!(cached.get().is_err());
        }
        write(&path, "b");
        assert_eq!(cached.get().unwrap().0, b"b");
    }
}
