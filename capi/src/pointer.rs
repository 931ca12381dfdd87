//! What comes from C as pointers, sizes and strings, checked as far as it can be.

use crate::status::{Failure, ossuary_status_t as S};
use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
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

/// Bytes that are read, and others that are written, which must not overlap.
///
/// # Safety
///
/// As those of [`bytes`] and [`bytes_mut`].
pub(crate) unsafe fn bytes_apart<'a>(
    (input, input_len): (*const u8, usize),
    (output, output_len): (*mut u8, usize),
) -> Result<(&'a [u8], &'a mut [u8]), Failure> {
    let both = check(input.addr(), input_len)? & check(output.addr(), output_len)?;
    let (read, written) = (input.addr(), output.addr());
    if both && read < written + output_len && written < read + input_len {
        return Err(Failure::new(
            S::OSSUARY_ERR_OVERLAP,
            "the buffers overlap, and must not",
        ));
    }
    // SAFETY: they do not overlap, and the caller promises the rest.
    unsafe { Ok((bytes(input, input_len)?, bytes_mut(output, output_len)?)) }
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

/// A place for a result.
pub(crate) struct Out<'a, T> {
    place: *mut T,
    lifetime: PhantomData<&'a mut T>,
}

impl<T> Out<'_, T> {
    /// A place that must be there, and holds `first` until a result is set.
    ///
    /// # Safety
    ///
    /// Where `place` is not null, a `T` can be written there, and nobody else does.
    pub(crate) unsafe fn new(place: *mut T, first: T) -> Result<Self, Failure> {
        if place.is_null() {
            return Err(null());
        }
        // SAFETY: the caller promises it.
        let mut out = unsafe { Out::optional(place) };
        out.set(first);
        Ok(out)
    }

    /// A place that may be null: then the result is of no interest.
    ///
    /// # Safety
    ///
    /// As those of [`new`](Self::new).
    pub(crate) unsafe fn optional(place: *mut T) -> Self {
        Out {
            place,
            lifetime: PhantomData,
        }
    }

    pub(crate) fn set(&mut self, value: T) {
        if !self.place.is_null() {
            // SAFETY: it is not null, and whoever made `self` promised the rest. C may have it
            // at any address.
            unsafe { self.place.write_unaligned(value) }
        }
    }
}

/// Sets `len` to what `write` wrote, or to what it needs where the buffer is too small.
pub(crate) fn sized(
    len: &mut Out<'_, usize>,
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
        let mut buffer = [0_u8; 20];
        let start = buffer.as_mut_ptr();
        for (at, overlaps) in [(0, false), (1, true), (5, true), (14, true), (15, false)] {
            // SAFETY: all of it is in the buffer, and what is made is dropped at once.
            let result = unsafe { bytes_apart((start.add(5), 10), (start.add(at), 5)) };
            let overlap = result.is_err_and(|failure| failure.status == S::OSSUARY_ERR_OVERLAP);
            assert_eq!(overlap, overlaps, "{at}");
        }
        // SAFETY: as before. What is empty is nowhere.
        assert!(unsafe { bytes_apart((start, 10), (start, 0)) }.is_ok());
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
