//! Looks for secrets in the memory of this process. Linux lets a process read its own
//! as a file, which takes no unsafe code.
//!
//! A secret is written down masked, and unmasked where it is needed only: whoever looks
//! for it must not have it.

#![cfg(target_os = "linux")]
#![allow(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// What each byte of a masked secret is XORed with.
const MASK: u8 = 0xa5;
/// So many bytes of a secret are recognized.
pub const PIECE: usize = 8;
/// How much of memory is looked at in one go.
const CHUNK: usize = 1 << 16;
/// The room for the list of mappings, and for the mappings.
const MAPS: usize = 1 << 18;
const REGIONS: usize = 1 << 12;

/// 32 bytes, masked: one of several secrets, no two of which have a piece in common.
#[must_use]
pub fn masked(number: u64) -> [u8; 32] {
    let mut state = number;
    std::array::from_fn(|_| {
        // Knuth's linear congruential generator, its upper bits.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
}

/// Masks, or unmasks, a byte.
#[must_use]
pub fn mask(byte: u8) -> u8 {
    byte ^ black_box(MASK)
}

/// What a search allocates. It is made before there are secrets: what is allocated later
/// could be given a place where a secret has been, and overwrite what is looked for.
#[derive(Debug)]
pub struct Room {
    maps: String,
    regions: Vec<Range<usize>>,
}

impl Room {
    /// With room for all mappings.
    #[must_use]
    pub fn new() -> Self {
        Room {
            maps: String::with_capacity(MAPS),
            regions: Vec::with_capacity(REGIONS),
        }
    }

    /// How many pieces of these masked secrets there are in memory, but for this thread's
    /// stack below `end_of_stack`: what a computation leaves there is the compiler's
    /// doing, and the next overwrites it.
    #[inline(never)]
    pub fn pieces_found(&mut self, secrets: &[&[u8]], end_of_stack: usize) -> usize {
        self.list_regions();
        let memory = File::open("/proc/self/mem").unwrap();
        let mut chunk = [0; CHUNK];
        let mut count = 0;
        for region in &self.regions {
            let mut region = region.clone();
            if region.contains(&end_of_stack) {
                region.start = end_of_stack;
            }
            count += pieces_in(secrets, &memory, &region, &mut chunk);
        }
        count
    }

    /// Lists where this process can write.
    fn list_regions(&mut self) {
        self.maps.clear();
        self.regions.clear();
        let mut file = File::open("/proc/self/maps").unwrap();
        file.read_to_string(&mut self.maps).unwrap();
        self.regions.extend(self.maps.lines().filter_map(|line| {
            let mut fields = line.split_whitespace();
            let (start, end) = fields.next()?.split_once('-')?;
            let address = |hex| usize::from_str_radix(hex, 16).ok();
            let writable = fields.next()?.starts_with("rw");
            writable.then_some(address(start)?..address(end)?)
        }));
        // It has not grown.
        assert!(self.maps.len() < MAPS && self.regions.len() < REGIONS);
    }
}

fn pieces_in(
    secrets: &[&[u8]],
    memory: &File,
    region: &Range<usize>,
    chunk: &mut [u8; CHUNK],
) -> usize {
    let has = |piece: &[u8]| {
        let mut own = secrets.iter().flat_map(|secret| secret.chunks_exact(PIECE));
        own.any(|own| own[0] == piece[0] && own == piece)
    };
    let mut count = 0;
    let mut at = region.start;
    loop {
        let want = CHUNK.min(region.end - at);
        // A region may have gone since it was listed.
        if memory.read_exact_at(&mut chunk[..want], at as u64).is_err() {
            return count;
        }
        // Most of the other threads' stacks.
        if chunk[..want] != [0; CHUNK][..want] {
            // Compared masked, as it is written down.
            for byte in &mut chunk[..want] {
                *byte ^= MASK;
            }
            count += chunk[..want]
                .windows(PIECE)
                .filter(|piece| has(piece))
                .count();
        }
        at += want;
        if at >= region.end {
            return count;
        }
        // A piece may lie across the end of this chunk.
        at -= PIECE - 1;
    }
}
