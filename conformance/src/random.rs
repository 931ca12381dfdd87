//! Sources of bytes that are known beforehand, in place of random ones.

use ossuary_traits::{Random, RandomError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A source that gives what it was told to, in order, and fails when that is
/// used up. Its clones share what is left.
#[derive(Clone, Default)]
pub(crate) struct Recorded(Arc<Mutex<VecDeque<u8>>>);

impl Recorded {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let recorded = Self::default();
        recorded.load(bytes);
        recorded
    }

    fn bytes(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be drawn behind what is there.
    pub(crate) fn load(&self, bytes: &[u8]) {
        self.bytes().extend(bytes);
    }

    /// How many bytes were not drawn.
    pub(crate) fn left(&self) -> usize {
        self.bytes().len()
    }
}

impl Random for Recorded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        let mut bytes = self.bytes();
        let (left, wanted) = (bytes.len(), out.len());
        if wanted > left {
            let why = format!("{wanted} bytes were drawn, and the recording has {left} more");
            return Err(RandomError::new(why));
        }
        for (byte, drawn) in out.iter_mut().zip(bytes.drain(..wanted)) {
            *byte = drawn;
        }
        Ok(())
    }
}

/// Bytes that look like any, the same for a seed on every machine, so that what
/// was found is found again: SplitMix64. They are no secret of anyone's.
pub(crate) struct Numbers {
    state: u64,
    /// How many bytes were drawn.
    pub(crate) drawn: usize,
}

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Numbers {
            state: seed,
            drawn: 0,
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Random for Numbers {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        self.drawn += out.len();
        for chunk in out.chunks_mut(8) {
            for (byte, drawn) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = drawn;
            }
        }
        Ok(())
    }
}

/// A source of these bytes that fails once, at the call that would draw more than
/// a number of bytes, and goes on after that.
pub(crate) struct FailsOnce {
    numbers: Numbers,
    /// How many bytes it gives before; `None` when it has failed.
    before: Option<usize>,
}

impl FailsOnce {
    pub(crate) fn after(bytes: usize) -> Self {
        FailsOnce {
            numbers: Numbers::new(1),
            before: Some(bytes),
        }
    }
}

impl Random for FailsOnce {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        if let Some(before) = self.before {
            self.before = before.checked_sub(out.len());
            if self.before.is_none() {
                return Err(RandomError::new("this once"));
            }
        }
        self.numbers.fill(out)
    }
}

/// `len` of these bytes.
pub(crate) fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut numbers = Numbers::new(seed);
    let mut bytes = Vec::with_capacity(len.next_multiple_of(8));
    while bytes.len() < len {
        bytes.extend(numbers.next().to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// As many of these bytes as an array has.
pub(crate) fn array<const N: usize>(seed: u64) -> [u8; N] {
    let mut array = [0; N];
    for (byte, drawn) in array.iter_mut().zip(bytes(seed, N)) {
        *byte = drawn;
    }
    array
}

/// `bytes` with one bit changed.
pub(crate) fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    flip(&mut bytes, bit);
    bytes
}

/// Changes one bit.
pub(crate) fn flip(bytes: &mut [u8], bit: usize) {
    if let Some(byte) = bytes.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
}
