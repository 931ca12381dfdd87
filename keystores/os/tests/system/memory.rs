//! Secrets that are looked for in the memory of this process.

use base64ct::{Base64, Encoding};
use ossuary_test_memory::{PIECE, Room, mask, masked};
use ossuary_traits::{FixedBytes as _, Secret};
use zeroize::Zeroize as _;

/// 32 secret bytes, and the text that they are stored as.
pub(crate) struct Masked {
    bytes: [u8; 32],
    text: [u8; 44],
    room: Room,
}

impl Masked {
    /// So many pieces of the bytes there are in one copy of them.
    pub(crate) const PIECES: usize = 32 / PIECE;

    /// One of several.
    pub(crate) fn any(number: u64) -> Self {
        let mut all = Masked {
            bytes: masked(number),
            text: [0; 44],
            room: Room::new(),
        };
        all.text = all.encoded();
        all
    }

    #[inline(never)]
    fn encoded(&self) -> [u8; 44] {
        let mut text = Box::new([0; 44]);
        Base64::encode(self.unmasked().expose(), text.as_mut_slice()).unwrap();
        let masked = text.map(mask);
        text.zeroize();
        masked
    }

    pub(crate) fn unmasked(&self) -> Secret<32> {
        let mut secret = Secret::zeroed();
        for (byte, masked) in secret.expose_mut().iter_mut().zip(self.bytes) {
            *byte = mask(masked);
        }
        secret
    }

    /// How many pieces of it there are in memory.
    #[inline(never)]
    pub(crate) fn pieces_found(&mut self) -> usize {
        // In a frame that is nearly empty, so that it has nothing of an earlier one.
        let end_of_stack = 0;
        let secrets: [&[u8]; 2] = [&self.bytes, &self.text];
        self.room
            .pieces_found(&secrets, (&raw const end_of_stack).addr())
    }
}
