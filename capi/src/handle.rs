//! The boundary: what C holds is a pointer to a [`Handle`], and every call goes through
//! [`enter`] or [`look`]. They take care that
//!
//! * no panic crosses into C,
//! * one call at a time is inside, whatever the threads and the callbacks do,
//! * what went wrong can be asked for afterwards.

use crate::pointer::{Place, ready};
use crate::status::{Failure, StatusCode, ossuary_status_t as S, text};
use std::any::Any;
use std::cell::{RefCell, UnsafeCell};
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};

/// Nobody is inside.
const IDLE: u8 = 0;
/// A call is inside.
const BUSY: u8 = 1;
/// A call is inside, and when it leaves, the handle is freed.
const DOOMED: u8 = 2;

/// An object that C holds a pointer to.
pub(crate) struct Handle<T> {
    turn: AtomicU8,
    inside: UnsafeCell<Inside<T>>,
}

struct Inside<T> {
    /// `None` after a panic: nobody knows what it was in the middle of.
    value: Option<T>,
    last: LastError,
}

/// What the last call said that failed.
struct LastError {
    status: StatusCode,
    text: Option<CString>,
}

impl LastError {
    const NONE: Self = LastError {
        status: S::OSSUARY_OK.code(),
        text: None,
    };

    #[cold]
    fn set(&mut self, failure: &Failure) -> StatusCode {
        self.status = failure.status.code();
        self.text = Some(text(&failure.text));
        self.status
    }

    fn text(&self) -> *const c_char {
        self.text.as_deref().unwrap_or_default().as_ptr()
    }
}

thread_local! {
    /// The last error of calls that had no object to keep it in.
    static OUTSIDE: RefCell<LastError> = const { RefCell::new(LastError::NONE) };
}

/// Keeps a failure that there is no object for.
#[cold]
fn outside(failure: &Failure) -> StatusCode {
    let set = |last: &RefCell<LastError>| {
        if let Ok(mut last) = last.try_borrow_mut() {
            last.set(failure);
        }
    };
    // A thread that ends has no place for it any more.
    let _ = OUTSIDE.try_with(set);
    failure.status.code()
}

#[cold]
fn null() -> Failure {
    Failure::new(S::OSSUARY_ERR_NULL_POINTER, "the object is a null pointer")
}

#[cold]
fn busy() -> Failure {
    Failure::new(
        S::OSSUARY_ERR_BUSY,
        "another call on this object is not done: of another thread, or the one whose callback \
         this is",
    )
}

#[cold]
fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let what = panic.downcast_ref::<&str>().copied();
    let what = what.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let what = what.unwrap_or("no message");
    Failure::new(
        S::OSSUARY_ERR_PANIC,
        format!("a defect in libossuary: {what}"),
    )
}

impl<T> Handle<T> {
    /// A pointer for C, which [`destroy`] takes back.
    pub(crate) fn give(value: T) -> *mut Handle<T> {
        Box::into_raw(Box::new(Handle {
            turn: AtomicU8::new(IDLE),
            inside: UnsafeCell::new(Inside {
                value: Some(value),
                last: LastError::NONE,
            }),
        }))
    }

    fn try_enter(&self) -> bool {
        self.turn
            .compare_exchange(IDLE, BUSY, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }
}

/// Lets the next call in, or frees the handle where it was destroyed meanwhile.
///
/// # Safety
///
/// The caller is inside of `handle`, and does not use it afterwards.
unsafe fn leave<T>(handle: *mut Handle<T>) {
    // SAFETY: whoever is inside keeps it alive.
    let turn = unsafe { &(*handle).turn };
    if turn
        .compare_exchange(BUSY, IDLE, Ordering::Release, Ordering::Acquire)
        .is_err()
    {
        // SAFETY: it is doomed, so C has given it up, and nobody else is inside.
        unsafe { free(handle) }
    }
}

/// # Safety
///
/// `handle` came from [`Handle::give`], and nobody uses it any more.
unsafe fn free<T>(handle: *mut Handle<T>) {
    // SAFETY: the caller promises it.
    let owned = unsafe { Box::from_raw(handle) };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(owned))) {
        outside(&panicked(&*panic));
    }
}

/// Calls `f` on what is inside of `handle`.
///
/// # Safety
///
/// `handle` is null, or came from [`Handle::give`] and has not been destroyed.
#[inline]
pub(crate) unsafe fn enter<T, R>(
    handle: *mut Handle<T>,
    f: impl FnOnce(&mut T) -> Result<R, Failure>,
) -> Result<R, StatusCode> {
    // SAFETY: the caller promises it. This is a shared reference; several may be about.
    let Some(shared) = (unsafe { handle.as_ref() }) else {
        return Err(outside(&null()));
    };
    if !shared.try_enter() {
        return Err(outside(&busy()));
    }
    // SAFETY: whoever has the turn is alone inside, until `leave`.
    let inside = unsafe { &mut *shared.inside.get() };
    let result = match &mut inside.value {
        Some(value) => catch_unwind(AssertUnwindSafe(|| f(value))).unwrap_or_else(|panic| {
            let gone = inside.value.take();
            // Keys are wiped; a second panic, of what the first one left behind, says no more.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(gone)));
            Err(panicked(&*panic))
        }),
        None => Err(Failure::new(
            S::OSSUARY_ERR_POISONED,
            "an earlier call hit a defect in libossuary: destroy this object",
        )),
    };
    let result = result.map_err(|failure| inside.last.set(&failure));
    // SAFETY: this call is inside, and `inside` is not used any more.
    unsafe { leave(handle) };
    result
}

/// As [`enter`], for calls that return a status, and are given these places.
///
/// # Safety
///
/// As those of [`enter`] and [`ready`].
#[inline]
pub(crate) unsafe fn call<T>(
    handle: *mut Handle<T>,
    places: &[Place],
    f: impl FnOnce(&mut T) -> Result<(), Failure>,
) -> StatusCode {
    // SAFETY: the caller promises it. Results are set also where there is no object.
    let ready = unsafe { ready(places) };
    let checked = |value: &mut T| {
        ready?;
        f(value)
    };
    // SAFETY: the caller promises it.
    match unsafe { enter(handle, checked) } {
        Ok(()) => S::OSSUARY_OK.code(),
        Err(status) => status,
    }
}

/// As [`enter`], for calls that return a value: `otherwise` where there is none.
///
/// # Safety
///
/// As that of [`enter`].
pub(crate) unsafe fn look<T, R>(
    handle: *const Handle<T>,
    otherwise: R,
    f: impl FnOnce(&T) -> R,
) -> R {
    // SAFETY: the caller promises it. What C sees as constant is not changed, but for whose turn
    // it is, which is behind an `UnsafeCell`.
    unsafe { enter(handle.cast_mut(), |value| Ok(f(value))) }.unwrap_or(otherwise)
}

/// Calls `f`, which has no object to be inside of, and is given these places.
///
/// # Safety
///
/// As that of [`ready`].
pub(crate) unsafe fn alone(
    places: &[Place],
    f: impl FnOnce() -> Result<(), Failure>,
) -> StatusCode {
    // SAFETY: the caller promises it.
    let ready = unsafe { ready(places) };
    let checked = || {
        ready?;
        f()
    };
    let result =
        catch_unwind(AssertUnwindSafe(checked)).unwrap_or_else(|panic| Err(panicked(&*panic)));
    match result {
        Ok(()) => S::OSSUARY_OK.code(),
        Err(failure) => outside(&failure),
    }
}

/// Takes a handle back, and leaves a null pointer in its place. Where a call is inside, the
/// handle goes when that call leaves.
///
/// # Safety
///
/// `place` is null, or what it points to is null or came from [`Handle::give`] and has not been
/// destroyed; and nobody else uses `place` meanwhile.
pub(crate) unsafe fn destroy<T>(place: *mut *mut Handle<T>) {
    if place.is_null() {
        return;
    }
    // SAFETY: it is not null, and the caller promises the rest. C may have it at any address.
    let handle = unsafe {
        let handle = place.read_unaligned();
        place.write_unaligned(ptr::null_mut());
        handle
    };
    // SAFETY: likewise.
    let Some(shared) = (unsafe { handle.as_ref() }) else {
        return;
    };
    loop {
        if shared.try_enter() {
            // SAFETY: nobody is inside, and C has given it up.
            unsafe { free(handle) }
            return;
        }
        let doomed =
            shared
                .turn
                .compare_exchange(BUSY, DOOMED, Ordering::AcqRel, Ordering::Relaxed);
        // Otherwise the call that was inside has just left.
        if matches!(doomed, Ok(_) | Err(DOOMED)) {
            return;
        }
    }
}

/// Takes what is inside of a handle out of it, and leaves a null pointer in its place, where
/// `f` makes something of it; otherwise it stays.
///
/// # Safety
///
/// As that of [`destroy`].
pub(crate) unsafe fn take<T>(
    place: *mut *mut Handle<T>,
    f: impl FnOnce(T) -> Result<(), (T, Failure)>,
) -> Result<(), Failure> {
    if place.is_null() {
        return Err(null());
    }
    // SAFETY: it is not null, and the caller promises the rest.
    let handle = unsafe { place.read_unaligned() };
    let all = |value: &mut Option<T>| {
        let Some(whole) = value.take() else {
            return Err(null());
        };
        f(whole).map_err(|(whole, failure)| {
            *value = Some(whole);
            failure
        })
    };
    // SAFETY: the caller promises it.
    unsafe { enter_whole(handle, all) }?;
    // SAFETY: as before. It is empty now.
    unsafe { destroy(place) };
    Ok(())
}

/// As [`enter`], for who may leave nothing behind, from inside of another object, whose call
/// tells the failure. A panic is also that one's: both were changed.
///
/// # Safety
///
/// As that of [`enter`].
unsafe fn enter_whole<T>(
    handle: *mut Handle<T>,
    f: impl FnOnce(&mut Option<T>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // SAFETY: the caller promises it.
    let shared = unsafe { handle.as_ref() }.ok_or_else(null)?;
    if !shared.try_enter() {
        return Err(busy());
    }
    // SAFETY: whoever has the turn is alone inside, until `leave`.
    let inside = unsafe { &mut *shared.inside.get() };
    let result = catch_unwind(AssertUnwindSafe(|| f(&mut inside.value)));
    // SAFETY: this call is inside, and `inside` is not used any more.
    unsafe { leave(handle) };
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

/// The number and the text of the last call on `handle` that failed; of a null pointer, and while
/// a call is inside, those of the last call of this thread that had no object to keep them in.
///
/// # Safety
///
/// As that of [`enter`].
pub(crate) unsafe fn last_error<T>(handle: *const Handle<T>) -> (StatusCode, *const c_char) {
    // SAFETY: the caller promises it.
    if let Some(shared) = unsafe { handle.as_ref() }
        && shared.try_enter()
    {
        // SAFETY: whoever has the turn is alone inside, until `leave`.
        let last = unsafe { &(*shared.inside.get()).last };
        let found = (last.status, last.text());
        // SAFETY: this call is inside, and `last` is not used any more.
        unsafe { leave(handle.cast_mut()) };
        return found;
    }
    let read = |last: &RefCell<LastError>| {
        let last = last.try_borrow().ok()?;
        Some((last.status, last.text()))
    };
    let found = OUTSIDE.try_with(read).ok().flatten();
    found.unwrap_or((S::OSSUARY_OK.code(), c"".as_ptr()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;
    use std::sync::Arc;

    fn text_of<T>(handle: *const Handle<T>) -> String {
        // SAFETY: handles of these tests live, and texts last until the next call.
        let text = unsafe { CStr::from_ptr(last_error(handle).1) };
        text.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_panic_stays_inside_and_poisons_the_object() {
        let witness = Arc::new(());
        let mut handle = Handle::give(Arc::clone(&witness));
        // SAFETY: the handle lives until it is destroyed below.
        unsafe {
            let status = call(handle, &[], |_| panic!("on purpose"));
            assert_eq!(status, S::OSSUARY_ERR_PANIC.code());
            assert_eq!(text_of(handle), "a defect in libossuary: on purpose");
            // Its secrets are gone at once.
            assert_eq!(Arc::strong_count(&witness), 1);
            for _ in 0..2 {
                let status = call(handle, &[], |_| Ok(()));
                assert_eq!(status, S::OSSUARY_ERR_POISONED.code());
            }
            assert_eq!(look(handle, 5, |_| 6), 5);
            destroy(&raw mut handle);
        }
        assert!(handle.is_null());
        // SAFETY: it is given no places.
        let status = unsafe { alone(&[], || panic!("{}", "elsewhere")) };
        assert_eq!(status, S::OSSUARY_ERR_PANIC.code());
        assert_eq!(
            text_of::<()>(ptr::null()),
            "a defect in libossuary: elsewhere"
        );
    }

    #[test]
    fn a_call_inside_a_call_is_refused() {
        let mut handle = Handle::give(1);
        // SAFETY: the handle lives until it is destroyed below.
        unsafe {
            let status = call(handle, &[], |value| {
                assert_eq!(call(handle, &[], |_| Ok(())), S::OSSUARY_ERR_BUSY.code());
                assert!(text_of(handle).contains("another call on this object"));
                assert_eq!(look(handle, 7, |value| *value), 7);
                *value = 2;
                Ok(())
            });
            assert_eq!(status, S::OSSUARY_OK.code());
            assert_eq!(look(handle, 7, |value| *value), 2);
            assert_eq!(text_of(handle), "");
            destroy(&raw mut handle);
        }
    }

    #[test]
    fn an_object_that_is_destroyed_inside_a_call_goes_when_that_is_done() {
        let witness = Arc::new(());
        let handle = Handle::give(Arc::clone(&witness));
        // SAFETY: the handle lives until the call is done, and is not used afterwards.
        unsafe {
            let status = call(handle, &[], |value| {
                let mut place = handle;
                destroy(&raw mut place);
                assert!(place.is_null());
                // Twice over, by another pointer: there is but one handle to free.
                let mut again = handle;
                destroy(&raw mut again);
                assert_eq!(call(handle, &[], |_| Ok(())), S::OSSUARY_ERR_BUSY.code());
                assert_eq!(Arc::strong_count(value), 2);
                Ok(())
            });
            assert_eq!(status, S::OSSUARY_OK.code());
        }
        assert_eq!(Arc::strong_count(&witness), 1);
    }

    #[test]
    fn a_panic_between_two_objects_poisons_both() {
        let mut whole = Handle::give(1);
        let mut half = Handle::give(2);
        // SAFETY: the handles live until they are destroyed below.
        unsafe {
            let place = &raw mut half;
            let status = call(whole, &[], |_| take(place, |_| panic!("in between")));
            assert_eq!(status, S::OSSUARY_ERR_PANIC.code());
            for handle in [whole, half] {
                let status = call(handle, &[], |_| Ok(()));
                assert_eq!(status, S::OSSUARY_ERR_POISONED.code());
            }
            destroy(&raw mut whole);
            destroy(&raw mut half);
        }
    }

    #[test]
    fn what_is_taken_out_comes_back_where_it_is_refused() {
        let mut handle = Handle::give(String::from("half"));
        // SAFETY: the handle lives until it is taken below.
        unsafe {
            let refused = take(&raw mut handle, |half| {
                Err((half, Failure::new(S::OSSUARY_ERR_FOREIGN_HALF, "no")))
            });
            assert_eq!(refused.unwrap_err().status, S::OSSUARY_ERR_FOREIGN_HALF);
            assert_eq!(look(handle, 0, String::len), 4);
            take(&raw mut handle, |half| {
                assert_eq!(half, "half");
                Ok(())
            })
            .unwrap();
            assert!(handle.is_null());
            let gone = take(&raw mut handle, |_| Ok(()));
            assert_eq!(gone.unwrap_err().status, S::OSSUARY_ERR_NULL_POINTER);
            destroy(&raw mut handle);
            destroy::<String>(ptr::null_mut());
            let gone = take::<String>(ptr::null_mut(), |_| Ok(()));
            assert_eq!(gone.unwrap_err().status, S::OSSUARY_ERR_NULL_POINTER);
        }
    }
}
