//! What comes from C as pointers, sizes and strings, checked as far as it can be.

use crate::status::{Failure, ossuary_status_t as S};
use std::ffi::{CStr, c_char};
use std::slice;

fn null() -> Failure {
    Failure::new(
        S::OSSUARY_ERR_NULL_POINTER,
        "a pointer is null that must not be",
    )
}

/// Checks that such a place in memory can be: not null where it has a length, not longer than
/// any object, and not over the end of the address space. `false` is an empty place.
fn check(address: usize, len: usize) -> Result<bool, Failure> {
    if len == 0 {
        return Ok(false);
    }
    if address == 0 {
        return Err(null());
    }
    if isize::try_from(len).is_err() || address.checked_add(len).is_none() {
        return Err(Failure::new(
            S::OSSUARY_ERR_SIZE,
            format!("a size of {len} bytes is larger than any object"),
        ));
    }
    Ok(true)
}

/// Bytes that are read. A null pointer of length 0 is none.
///
/// # Safety
///
/// Where `pointer` is not null, `len` bytes can be read there, and nobody writes them, while `'a`
/// lasts.
pub(crate) unsafe fn bytes<'a>(pointer: *const u8, len: usize) -> Result<&'a [u8], Failure> {
    if !check(pointer.addr(), len)? {
        return Ok(&[]);
    }
    // SAFETY: it is not null, its length is that of an object, and the caller promises the rest.
    Ok(unsafe { slice::from_raw_parts(pointer, len) })
}

/// Bytes that are written. A null pointer of length 0 is none.
///
/// # Safety
///
/// Where `pointer` is not null, `len` bytes can be read and written there, and nobody else does,
/// while `'a` lasts.
pub(crate) unsafe fn bytes_mut<'a>(pointer: *mut u8, len: usize) -> Result<&'a mut [u8], Failure> {
    if !check(pointer.addr(), len)? {
        return Ok(&mut []);
    }
    // SAFETY: as in `bytes`. What C has not initialized are bytes of no value, not of none: the
    // memory comes from a caller that this compiler does not see, and is not read before it is
    // written.
    Ok(unsafe { slice::from_raw_parts_mut(pointer, len) })
}

/// An array of `N` bytes.
///
/// # Safety
///
/// As those of [`bytes`], of `N` bytes.
pub(crate) unsafe fn array<'a, const N: usize>(pointer: *const u8) -> Result<&'a [u8], Failure> {
    // SAFETY: the caller promises it.
    unsafe { bytes(pointer, N) }
}

/// A string, which ends with a zero byte and has to be UTF-8.
///
/// # Safety
///
/// Where `pointer` is not null, a zero byte is there or behind, and nobody writes up to it,
/// while `'a` lasts.
pub(crate) unsafe fn string<'a>(pointer: *const c_char) -> Result<&'a str, Failure> {
    if pointer.is_null() {
        return Err(null());
    }
    // SAFETY: it is not null, and the caller promises the rest.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str()
        .map_err(|_| Failure::new(S::OSSUARY_ERR_INVALID_ARGUMENT, "a string is not UTF-8"))
}

/// A place in memory that a call is given: what it reads, what it writes, and where a result goes.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    address: usize,
    len: usize,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Read,
    Written,
    Result(*mut u8),
    /// A result that is of no interest where the place is null.
    Optional(*mut u8),
}

pub(crate) fn read(pointer: *const u8, len: usize) -> Place {
    let address = pointer.addr();
    let kind = Kind::Read;
    Place { address, len, kind }
}

pub(crate) fn written(pointer: *mut u8, len: usize) -> Place {
    let address = pointer.addr();
    let kind = Kind::Written;
    Place { address, len, kind }
}

pub(crate) fn result<T>(place: *mut T) -> Place {
    Place {
        address: place.addr(),
        len: size_of::<T>(),
        kind: Kind::Result(place.cast()),
    }
}

pub(crate) fn optional<T>(place: *mut T) -> Place {
    Place {
        kind: Kind::Optional(place.cast()),
        ..result(place)
    }
}

impl Place {
    fn check(self) -> Result<(), Failure> {
        match self.kind {
            Kind::Optional(place) if place.is_null() => Ok(()),
            _ => check(self.address, self.len).map(drop),
        }
    }

    fn is_result(self) -> bool {
        matches!(self.kind, Kind::Result(_) | Kind::Optional(_))
    }

    /// What cannot be is nowhere.
    fn overlaps(self, other: Place) -> bool {
        let is_there = |place: Place| place.address != 0 && check(place.address, place.len).is_ok();
        is_there(self)
            && is_there(other)
            && self.len.min(other.len) > 0
            && self.address < other.address + other.len
            && other.address < self.address + self.len
    }
}

/// Checks all places that a call is given, and that what is written is nowhere else. Results are
/// zeros from then on, whatever becomes of the call: a count of 0, a null pointer, no event.
///
/// # Safety
///
/// Where the place of a result is not null, it can be written to.
pub(crate) unsafe fn ready(places: &[Place]) -> Result<(), Failure> {
    let overlap = |of_results: bool| {
        let mut rest = places;
        while let [place, others @ ..] = rest {
            for other in others {
                let results = place.is_result() || other.is_result();
                let both_read = matches!((place.kind, other.kind), (Kind::Read, Kind::Read));
                if results == of_results && !both_read && place.overlaps(*other) {
                    return Err(Failure::new(
                        S::OSSUARY_ERR_OVERLAP,
                        "buffers overlap, or the places of results, and must not",
                    ));
                }
            }
            rest = others;
        }
        Ok(())
    };
    // Before anything is written.
    overlap(true)?;
    for place in places {
        if let Kind::Result(at) | Kind::Optional(at) = place.kind
            && !at.is_null()
        {
            // SAFETY: it is not null, and the caller promises the rest.
            unsafe { at.write_bytes(0, place.len) }
        }
    }
    places.iter().try_for_each(|place| place.check())?;
    overlap(false)
}

/// Where a result goes; null where it is of no interest.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Safety
    ///
    /// Where `place` is not null, a `T` can be written there, as long as this lives.
    pub(crate) unsafe fn new(place: *mut T) -> Self {
        Out(place)
    }

    pub(crate) fn set(&mut self, value: T) {
        if !self.0.is_null() {
            // SAFETY: it is not null, and whoever made `self` promised the rest. C may have it
            // at any address.
            unsafe { self.0.write_unaligned(value) }
        }
    }
}

/// Sets `len` to what `write` wrote, or to what it needs where the buffer is too small.
pub(crate) fn sized(
    len: &mut Out<usize>,
    write: impl FnOnce() -> Result<usize, Failure>,
) -> Result<(), Failure> {
    match write() {
        Ok(written) => {
            len.set(written);
            Ok(())
        }
        Err(failure) => {
            len.set(failure.needed);
            Err(failure)
        }
    }
}

/// Copies `value` to the front of `out`; returns its length.
pub(crate) fn copy(value: &[u8], out: &mut [u8]) -> Result<usize, Failure> {
    let needed = value.len();
    let place = out
        .get_mut(..needed)
        .ok_or_else(|| Failure::too_small(needed))?;
    place.copy_from_slice(value);
    Ok(needed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    fn status<T>(result: Result<T, Failure>) -> Option<S> {
        result.err().map(|failure| failure.status)
    }

    #[test]
    fn places_that_cannot_be_are_refused() {
        let byte = 7_u8;
        // SAFETY: one byte is there, and of the others none is read.
        unsafe {
            assert_eq!(bytes(&byte, 1).unwrap(), [7]);
            assert_eq!(bytes(ptr::null(), 0).unwrap(), []);
            assert_eq!(bytes(&byte, 0).unwrap(), []);
            assert_eq!(
                status(bytes(ptr::null(), 1)),
                Some(S::OSSUARY_ERR_NULL_POINTER)
            );
            let most = isize::MAX as usize;
            for len in [most + 1, usize::MAX] {
                assert_eq!(status(bytes(&byte, len)), Some(S::OSSUARY_ERR_SIZE));
            }
            let high = ptr::without_provenance::<u8>(usize::MAX - 3);
            assert_eq!(status(bytes(high, 4)), Some(S::OSSUARY_ERR_SIZE));
        }
    }

    #[test]
    fn what_overlaps_by_a_byte_is_refused() {
        let mut buffer = [7_u8; 20];
        let start = buffer.as_mut_ptr();
        let at = |at: usize| start.wrapping_add(at);
        for (offset, overlaps) in [(0, false), (1, true), (5, true), (14, true), (15, false)] {
            let places = [read(at(5), 10), written(at(offset), 5)];
            // SAFETY: nothing is written.
            let found = status(unsafe { ready(&places) });
            assert_eq!(found == Some(S::OSSUARY_ERR_OVERLAP), overlaps, "{offset}");
            let places = [read(at(5), 10), read(at(offset), 5)];
            // SAFETY: likewise.
            assert!(unsafe { ready(&places) }.is_ok());
        }
        // SAFETY: likewise. What is empty, or cannot be, is nowhere.
        unsafe {
            assert!(ready(&[read(start, 10), written(start, 0)]).is_ok());
            let too_long = [read(start, usize::MAX), written(start, 10)];
            assert_eq!(status(ready(&too_long)), Some(S::OSSUARY_ERR_SIZE));
        }
        assert_eq!(buffer, [7; 20]);
    }

    #[test]
    fn results_are_zero_from_the_start_unless_they_are_in_the_way() {
        let mut text = [7_u8; 20];
        let mut len = 7_usize;
        // SAFETY: `len` and what is in `text` can be written to.
        unsafe {
            let missing = [read(ptr::null(), 4), result(&raw mut len)];
            assert_eq!(status(ready(&missing)), Some(S::OSSUARY_ERR_NULL_POINTER));
            assert_eq!(len, 0);
            len = 7;
            let start = text.as_mut_ptr();
            let buffers = [written(start, 9), written(start, 9), result(&raw mut len)];
            assert_eq!(status(ready(&buffers)), Some(S::OSSUARY_ERR_OVERLAP));
            assert_eq!(len, 0);
            let inside = [read(start, 20), result(start.add(3).cast::<u32>())];
            assert_eq!(status(ready(&inside)), Some(S::OSSUARY_ERR_OVERLAP));
            assert_eq!(text, [7; 20]);
            let twice = [result(&raw mut len), result(&raw mut len)];
            assert_eq!(status(ready(&twice)), Some(S::OSSUARY_ERR_OVERLAP));
            let none = [result(ptr::null_mut::<u8>())];
            assert_eq!(status(ready(&none)), Some(S::OSSUARY_ERR_NULL_POINTER));
            assert!(ready(&[optional(ptr::null_mut::<u8>())]).is_ok());
        }
    }

    #[test]
    fn a_string_is_utf8() {
        // SAFETY: they end with a zero byte.
        unsafe {
            assert_eq!(string(c"name".as_ptr()).unwrap(), "name");
            let refused = string(c"\xff".as_ptr());
            assert_eq!(status(refused), Some(S::OSSUARY_ERR_INVALID_ARGUMENT));
            assert_eq!(
                status(string(ptr::null())),
                Some(S::OSSUARY_ERR_NULL_POINTER)
            );
        }
    }
}
