//! Looks for secrets in the memory of this process. Linux lets a process read its own
//! as a file, which takes no unsafe code.

use base64ct::{Base64, Encoding};
use ossuary_traits::{FixedBytes as _, Secret};
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use zeroize::Zeroize as _;

/// A secret is written down masked, and unmasked where it is needed only: whoever
/// looks for it must not have it.
const MASK: u8 = 0xa5;
/// So many bytes of a secret are recognized.
const PIECE: usize = 8;
/// How much of memory is looked at in one go.
const CHUNK: usize = 1 << 16;

/// 32 secret bytes, and the text that they are stored as.
pub(crate) struct Masked {
    bytes: [u8; 32],
    text: [u8; 44],
    // Made before the secret is, with room for all: what is allocated later could be
    // given a place where the secret has been, and overwrite what is looked for.
    maps: String,
    regions: Vec<Range<usize>>,
}

impl Masked {
    /// So many pieces of the bytes there are in one copy of them.
    pub(crate) const PIECES: usize = 32 / PIECE;

    /// One of several.
    pub(crate) fn any(number: u64) -> Self {
        let mut state = number;
        let bytes = std::array::from_fn(|_| {
            // Knuth's linear congruential generator, its upper bits.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        });
        let mut masked = Masked {
            bytes,
            text: [0; 44],
            maps: String::with_capacity(1 << 18),
            regions: Vec::with_capacity(1 << 12),
        };
        masked.text = masked.encoded();
        masked
    }

    #[inline(never)]
    fn encoded(&self) -> [u8; 44] {
        let mut text = Box::new([0; 44]);
        Base64::encode(self.unmasked().expose(), text.as_mut_slice()).unwrap();
        let masked = text.map(|byte| byte ^ black_box(MASK));
        text.zeroize();
        masked
    }

    pub(crate) fn unmasked(&self) -> Secret<32> {
        let mut secret = Secret::zeroed();
        for (byte, masked) in secret.expose_mut().iter_mut().zip(self.bytes) {
            *byte = masked ^ black_box(MASK);
        }
        secret
    }

    /// How many pieces of it there are in memory, but for the unused part of this
    /// thread's stack: what a computation leaves there is the compiler's doing, and
    /// the next overwrites it.
    pub(crate) fn pieces_found(&mut self) -> usize {
        self.list_regions();
        let memory = File::open("/proc/self/mem").unwrap();
        // At the end of the stack that is in use, so it is not found itself.
        let mut chunk = [0; CHUNK];
        let own = (&raw const chunk).addr();
        let mut count = 0;
        for region in &self.regions {
            let mut region = region.clone();
            if region.contains(&own) {
                region.start = own + CHUNK;
            }
            count += self.pieces_in(&memory, &region, &mut chunk);
        }
        count
    }

    fn pieces_in(&self, memory: &File, region: &Range<usize>, chunk: &mut [u8; CHUNK]) -> usize {
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
                let pieces = chunk[..want].windows(PIECE);
                count += pieces.filter(|piece| self.has(piece)).count();
            }
            at += want;
            if at >= region.end {
                return count;
            }
            // A piece may lie across the end of this chunk.
            at -= PIECE - 1;
        }
    }

    fn has(&self, piece: &[u8]) -> bool {
        let is = |own: &[u8]| own[0] == piece[0] && own == piece;
        self.bytes.chunks_exact(PIECE).any(is) || self.text.chunks_exact(PIECE).any(is)
    }

    /// Lists where this process can write.
    fn list_regions(&mut self) {
        self.maps.clear();
        let mut file = File::open("/proc/self/maps").unwrap();
        file.read_to_string(&mut self.maps).unwrap();
        self.regions.clear();
        self.regions.extend(self.maps.lines().filter_map(|line| {
            let mut fields = line.split_whitespace();
            let (start, end) = fields.next()?.split_once('-')?;
            let address = |hex| usize::from_str_radix(hex, 16).ok();
            let writable = fields.next()?.starts_with("rw");
            writable.then_some(address(start)?..address(end)?)
        }));
    }
}
