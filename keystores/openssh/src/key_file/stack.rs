//! What computations with secrets leave on the stack.

use std::hint::black_box;

/// So much of the stack is overwritten, in bytes: twice what is computed here uses of it where
/// nothing is optimized. Blowfish's tables, of 4 KiB each, are the most of that.
const DEPTH: usize = 96 << 10;

/// Runs `compute`, and overwrites the stack that it used.
///
/// Libraries wipe the values that they hold, but not the places that values were moved from;
/// and those that derive a key from a passphrase wipe nothing. What `compute` returns must not
/// have a secret in it by value: it would be moved once more.
pub(super) fn wiped_after<T>(compute: impl FnOnce() -> T) -> T {
    let result = in_a_frame_below(compute);
    overwrite();
    result
}

#[inline(never)]
fn in_a_frame_below<T>(compute: impl FnOnce() -> T) -> T {
    black_box(compute())
}

#[inline(never)]
fn overwrite() {
    black_box([0u8; DEPTH].as_mut_slice());
}
