//! Secrets in pages that are locked in memory.

use ossuary_traits::Secret;
use region::LockGuard;
use std::fmt;
use std::ops::Range;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes in locked memory: never swapped out, wiped when dropped, printed by
/// name only, and neither cloned nor compared.
///
/// It has pages for itself, which nothing else locks or unlocks. They count against what
/// a process may lock: `RLIMIT_MEMLOCK` on Unix, the working set on Windows.
pub struct LockedSecret<const N: usize> {
    // Unlocks when it is dropped: before the memory goes, and after it was wiped.
    _lock: LockGuard,
    // Larger than the pages by one, since it begins anywhere.
    memory: Box<[u8]>,
    secret: Range<usize>,
}

impl<const N: usize> LockedSecret<N> {
    /// Locks memory and fills it with zeros.
    ///
    /// # Errors
    ///
    /// The system does not lock the memory.
    pub fn zeroed() -> Result<Self, LockError> {
        let page = region::page::size();
        let pages = N.max(1).next_multiple_of(page);
        let memory = vec![0; pages + page].into_boxed_slice();
        let start = memory.as_ptr().align_offset(page);
        let own = memory.get(start..start + pages).ok_or(LockError(None))?;
        let lock = region::lock(own.as_ptr(), own.len()).map_err(|error| LockError(Some(error)))?;
        Ok(LockedSecret {
            _lock: lock,
            memory,
            secret: start..start + N,
        })
    }

    /// Copies `secret` into locked memory; `secret` itself is wiped as it is dropped.
    ///
    /// # Errors
    ///
    /// The system does not lock the memory; `secret` is wiped in this case too.
    pub fn new(secret: Secret<N>) -> Result<Self, LockError> {
        let mut locked = Self::zeroed()?;
        locked.expose_mut().copy_from_slice(secret.expose());
        Ok(locked)
    }

    /// The `N` bytes themselves. Copies made of them are the caller's to wipe.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.memory.get(self.secret.clone()).unwrap_or_default()
    }

    /// The `N` bytes themselves, to be filled.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.secret.clone()).unwrap_or_default()
    }
}

impl<const N: usize> Drop for LockedSecret<N> {
    fn drop(&mut self) {
        self.memory.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for LockedSecret<N> {}

impl<const N: usize> fmt::Debug for LockedSecret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LockedSecret<{N}>")
    }
}

/// The system does not lock memory for this process; its own error is the source.
#[derive(Debug)]
pub struct LockError(Option<region::Error>);

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the system does not lock memory for this process: raise its limit \
             (ulimit -l, or LimitMEMLOCK= of systemd), or do without",
        )
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.as_ref().map(|error| error as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_back_and_prints_its_name_only() {
        let mut locked = LockedSecret::new(Secret::from([0xa5; 32])).unwrap();
        assert_eq!(locked.expose(), [0xa5; 32]);
        assert_eq!(format!("{locked:?}"), "LockedSecret<32>");
        locked.expose_mut().fill(1);
        assert_eq!(locked.expose(), [1; 32]);
    }

    #[test]
    fn secrets_of_all_sizes_have_pages_of_their_own() {
        fn pages<const N: usize>() -> Range<usize> {
            let locked = LockedSecret::<N>::zeroed().unwrap();
            assert_eq!(locked.expose().len(), N);
            let start = locked.expose().as_ptr().addr();
            assert_eq!(start % region::page::size(), 0);
            let all = locked.memory.as_ptr_range();
            let end = start + N.max(1).next_multiple_of(region::page::size());
            assert!(all.start.addr() <= start && end <= all.end.addr());
            start..end
        }
        pages::<0>();
        pages::<1>();
        pages::<4096>();
        pages::<4097>();
        pages::<70_000>();
    }

    // What a key store is shared as.
    #[test]
    fn threads_share_it() {
        fn shared<T: Send + Sync>() {}
        shared::<LockedSecret<32>>();
    }
}
