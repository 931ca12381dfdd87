//! A session: one key, two nonces that count up, two packet numbers
//! (docs/protocol-1.md, "Keys and nonces").

use super::packet::{BOX_HEADER_LEN, BOX_OVERHEAD, box_header, sealed_in};
use crate::error::{Fault, Misuse, OssuaryError, PeerError};
use crate::handshake::contributory;
use alloc::boxed::Box;
use ossuary_traits::{
    Aead, AeadKey, CryptoError, CryptoSuite, FixedBytes, KeyExchangeId, Nonce, Role, TAG_LEN,
};

/// How far apart the two nonces have to be at first, and so how many boxes each
/// side may seal: up to there the counts cannot meet.
const DISTANCE: u128 = 1 << 32;
/// Nonces are numbers below this.
const NONCES: u128 = 1 << 96;

/// The nonce and the number of one direction's next packet.
pub(super) struct Direction {
    first: u128,
    boxes: u128,
    packets: u16,
}

impl Direction {
    /// Of the side that begins with this nonce, and has sent so many packets
    /// without a box.
    pub(super) fn new(nonce: &Nonce, packets: u16) -> Self {
        Direction {
            first: number(nonce),
            boxes: 0,
            packets,
        }
    }

    /// Read as a 96-bit big-endian number, it "goes up by one after each box".
    fn nonce(&self) -> Nonce {
        let [_, _, _, _, nonce @ ..] = ((self.first + self.boxes) % NONCES).to_be_bytes();
        nonce
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.boxes >= DISTANCE
    }

    /// The `msg_id` of the next packet.
    pub(super) fn msg_id(&self) -> u16 {
        self.packets
    }

    /// "`msg_id` counts each side's packets […] and wraps after 65,535."
    fn count(&mut self) {
        self.boxes += 1;
        self.packets = self.packets.wrapping_add(1);
    }
}

fn number(nonce: &Nonce) -> u128 {
    nonce
        .iter()
        .fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// Whether two nonces are so near, either way round, that counting up from one
/// could come to what the other side has used under the same key.
fn too_near(a: &Nonce, b: &Nonce) -> bool {
    let apart = (NONCES + number(a) - number(b)) % NONCES;
    apart < DISTANCE || NONCES - apart < DISTANCE
}

/// The keys of one handshake. The key stays in one place on the heap, so that
/// moves of a session leave no copy of it behind.
pub(super) struct Session<S: CryptoSuite> {
    aead: Box<S::Aead>,
    pub(super) own: Direction,
    pub(super) peers: Direction,
}

impl<S: CryptoSuite> Session<S> {
    /// "The session key is the raw X25519 result": `z`, which is refused where
    /// it is all zeros.
    pub(super) fn new(role: Role, z: &[u8], own: &Nonce, peers: &Nonce) -> Result<Self, Fault> {
        contributory(KeyExchangeId::X25519, z)?;
        if too_near(own, peers) {
            return Err(PeerError::NonceTooNear.into());
        }
        // A ClientHandshake has no box, a ServerHandshake has one.
        let (own_packets, peers_packets) = match role {
            Role::Client => (1, 0),
            Role::Server => (0, 1),
        };
        let key = AeadKey::from_slice(z).ok_or(CryptoError::Unsupported)?;
        Ok(Session {
            aead: Box::new(S::Aead::new(&key)),
            own: Direction::new(own, own_packets),
            peers: Direction::new(peers, peers_packets),
        })
    }

    /// Finishes a box whose plaintext stands in its place in `boxed`, behind room
    /// for the two lengths and before room for the tag.
    pub(super) fn seal_in_place(&mut self, boxed: &mut [u8]) -> Result<(), OssuaryError> {
        self.seal_with(boxed, |aead, nonce, text| {
            aead.seal_in_place(nonce, &[], text)
        })
    }

    /// Seals `plaintext` into `boxed`, which has just the length of its box.
    #[inline]
    pub(super) fn seal(&mut self, plaintext: &[u8], boxed: &mut [u8]) -> Result<(), OssuaryError> {
        self.seal_with(boxed, |aead, nonce, text| {
            aead.seal(nonce, &[], plaintext, text)
        })
    }

    /// As if all boxes but one had been sealed, of this side and of the peer.
    #[cfg(all(test, feature = "rustcrypto", feature = "getrandom"))]
    pub(super) fn come_near_limit(&mut self) {
        (self.own.boxes, self.peers.boxes) = (DISTANCE - 1, DISTANCE - 1);
    }

    /// The nonce moves only when all has gone well.
    #[inline]
    fn seal_with(
        &mut self,
        boxed: &mut [u8],
        seal: impl FnOnce(&S::Aead, &Nonce, &mut [u8]) -> Result<[u8; TAG_LEN], CryptoError>,
    ) -> Result<(), OssuaryError> {
        if self.own.is_exhausted() {
            return Err(Misuse::CounterExhausted.into());
        }
        let len = boxed.len().saturating_sub(BOX_OVERHEAD);
        let Some((header, sealed)) = boxed.split_first_chunk_mut::<BOX_HEADER_LEN>() else {
            return Err(CryptoError::Unsupported.into());
        };
        let Some((text, tag)) = sealed.split_last_chunk_mut::<TAG_LEN>() else {
            return Err(CryptoError::Unsupported.into());
        };
        *header = box_header(len);
        *tag = seal(&self.aead, &self.own.nonce(), text)?;
        self.own.count();
        Ok(())
    }

    /// Opens a box where it stands and gives the plaintext. Only a box that opens
    /// is counted.
    #[inline]
    pub(super) fn open<'a>(&mut self, boxed: &'a mut [u8]) -> Result<&'a mut [u8], PeerError> {
        if self.peers.is_exhausted() {
            return Err(PeerError::KeyLimitReached);
        }
        let sealed = sealed_in(boxed)?;
        self.aead
            .open_in_place(&self.peers.nonce(), &[], sealed)
            .map_err(|_| PeerError::DecryptionFailed)?;
        self.peers.count();
        let len = sealed.len().saturating_sub(TAG_LEN);
        Ok(sealed.get_mut(..len).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce(number: u128) -> Nonce {
        let [_, _, _, _, nonce @ ..] = number.to_be_bytes();
        nonce
    }

    #[test]
    fn a_nonce_counts_up_and_over_its_end() {
        let mut direction = Direction::new(&[0xff; 12], 0);
        assert_eq!(direction.nonce(), [0xff; 12]);
        direction.count();
        assert_eq!(direction.nonce(), [0; 12]);
        let mut direction = Direction::new(&nonce(0xff), 1);
        direction.count();
        assert_eq!(direction.nonce(), nonce(0x100));
        assert_eq!(direction.msg_id(), 2);
    }

    #[test]
    fn nonces_that_could_meet_are_too_near() {
        for base in [0, 5, DISTANCE, NONCES - 1, NONCES / 2] {
            for (apart, near) in [
                (0, true),
                (1, true),
                (DISTANCE - 1, true),
                (DISTANCE, false),
                (DISTANCE + 1, false),
                (NONCES / 2, false),
                (NONCES - DISTANCE, false),
                (NONCES - DISTANCE + 1, true),
                (NONCES - 1, true),
            ] {
                let other = (base + apart) % NONCES;
                assert_eq!(
                    too_near(&nonce(base), &nonce(other)),
                    near,
                    "{base} {apart}"
                );
                assert_eq!(
                    too_near(&nonce(other), &nonce(base)),
                    near,
                    "{base} {apart}"
                );
            }
        }
    }

    #[test]
    fn a_direction_ends_where_it_could_meet_the_other() {
        let mut direction = Direction::new(&nonce(7), 1);
        direction.boxes = DISTANCE - 1;
        assert!(!direction.is_exhausted());
        direction.count();
        assert!(direction.is_exhausted());
    }
}
