//! Packets of protocol 1: the header, the inner header, boxes and notices
//! (docs/protocol-1.md, "Packets").

use crate::error::PeerError;
use crate::packet::{HEADER_LEN, PacketType};
use ossuary_traits::TAG_LEN;

/// The version in every inner header.
const VERSION: u8 = 1;
/// The length of an inner header, in bytes.
pub(super) const INNER_HEADER_LEN: usize = 8;
/// The length of a session public key, in bytes.
pub(super) const SESSION_KEY_LEN: usize = 32;
/// The length of a challenge, in bytes.
pub(super) const CHALLENGE_LEN: usize = 32;
/// The length of a public host key, in bytes.
pub(super) const PUBLIC_KEY_LEN: usize = 32;
/// The length of a signature, in bytes.
pub(super) const SIGNATURE_LEN: usize = 64;
/// What stands before the ciphertext of a box, in bytes: its two lengths.
pub(super) const BOX_HEADER_LEN: usize = 4;
/// The second of the two: the length of the tag.
const BOX_TAG: u16 = 16;
const _: () = assert!(BOX_TAG as usize == TAG_LEN);
/// How many bytes a box is longer than what is in it.
pub(super) const BOX_OVERHEAD: usize = BOX_HEADER_LEN + TAG_LEN;
/// Where the plaintext of a record stands in its packet.
pub(super) const PLAINTEXT_AT: usize = HEADER_LEN + BOX_HEADER_LEN;

/// The length of a notice, in bytes.
pub(super) const NOTICE_LEN: usize = 4;
/// The length of a notice's packet, in bytes.
pub(super) const NOTICE_PACKET_LEN: usize = HEADER_LEN + NOTICE_LEN;
/// What the first field of a notice says; nobody reads it.
const NOTICE_FIELD: u16 = 4;

/// The longest plaintext of a record, in bytes.
pub const MAX_PLAINTEXT: usize = 16_384;
/// How many bytes a record is longer than its plaintext.
pub const RECORD_OVERHEAD: usize = HEADER_LEN + BOX_OVERHEAD;

/// `inner header ‖ client session public key(32) ‖ client nonce(12) ‖ client challenge(32)`
pub(super) const CLIENT_HANDSHAKE_LEN: usize =
    INNER_HEADER_LEN + SESSION_KEY_LEN + ossuary_traits::NONCE_LEN + CHALLENGE_LEN;
/// `server public key(32) ‖ server challenge(32) ‖ signature(64)`
pub(super) const SERVER_AUTH_LEN: usize = PUBLIC_KEY_LEN + CHALLENGE_LEN + SIGNATURE_LEN;
/// `inner header ‖ server session public key(32) ‖ server nonce(12) ‖ box(server auth)`
pub(super) const SERVER_HANDSHAKE_LEN: usize =
    INNER_HEADER_LEN + SESSION_KEY_LEN + ossuary_traits::NONCE_LEN + BOX_OVERHEAD + SERVER_AUTH_LEN;
/// `client public key(32) ‖ signature(64)`
pub(super) const CLIENT_AUTH_LEN: usize = PUBLIC_KEY_LEN + SIGNATURE_LEN;
/// `inner header ‖ box(client auth)`
pub(super) const CLIENT_AUTHENTICATION_LEN: usize =
    INNER_HEADER_LEN + BOX_OVERHEAD + CLIENT_AUTH_LEN;

const _: () = assert!(CLIENT_HANDSHAKE_LEN == 84);
const _: () = assert!(SERVER_HANDSHAKE_LEN == 200);
const _: () = assert!(CLIENT_AUTHENTICATION_LEN == 124);

/// `u16be(length of body) ‖ u16be(msg_id) ‖ u16be(type) ‖ u16be(0)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) length: u16,
    pub(super) msg_id: u16,
    pub(super) kind: PacketType,
}

impl Header {
    /// A header for a body of `length` bytes, which the caller knows to be one of
    /// the protocol's.
    pub(super) fn new(kind: PacketType, msg_id: u16, length: usize) -> Self {
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        Header {
            length,
            msg_id,
            kind,
        }
    }

    pub(super) fn encode(&self) -> [u8; HEADER_LEN] {
        let [l0, l1] = self.length.to_be_bytes();
        let [m0, m1] = self.msg_id.to_be_bytes();
        let [t0, t1] = self.kind.code().to_be_bytes();
        [l0, l1, m0, m1, t0, t1, 0, 0]
    }

    /// Reads a header, whose length is judged with it.
    pub(super) fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Self, PeerError> {
        let [l0, l1, m0, m1, t0, t1, version, flags] = *bytes;
        // Where protocol 2 has its version and flags there are zeros.
        if version != 0 {
            return Err(PeerError::UnknownVersion(version));
        }
        if flags != 0 {
            return Err(PeerError::UnknownFlags(flags));
        }
        let code = u16::from_be_bytes([t0, t1]);
        let header = Header {
            length: u16::from_be_bytes([l0, l1]),
            msg_id: u16::from_be_bytes([m0, m1]),
            kind: PacketType::from_code(code).ok_or(PeerError::UnknownPacketType(code))?,
        };
        let len = usize::from(header.length);
        let allowed = match header.kind {
            PacketType::ClientHandshake => len == CLIENT_HANDSHAKE_LEN,
            PacketType::ServerHandshake => len == SERVER_HANDSHAKE_LEN,
            PacketType::ClientAuthentication => len == CLIENT_AUTHENTICATION_LEN,
            PacketType::Disconnect | PacketType::Reset => len == NOTICE_LEN,
            PacketType::EncryptedData => {
                (BOX_OVERHEAD..=BOX_OVERHEAD + MAX_PLAINTEXT).contains(&len)
            }
        };
        if allowed {
            Ok(header)
        } else {
            Err(PeerError::WrongPacketLength(header.length))
        }
    }

    /// The length of the whole packet.
    pub(super) fn packet_len(&self) -> usize {
        HEADER_LEN + usize::from(self.length)
    }
}

/// `u16le(length of body, inner header included) ‖ u8(version = 1) ‖ 5 zero bytes`
pub(super) fn inner_header(body_len: usize) -> [u8; INNER_HEADER_LEN] {
    let [l0, l1] = u16::try_from(body_len).unwrap_or(u16::MAX).to_le_bytes();
    [l0, l1, VERSION, 0, 0, 0, 0, 0]
}

/// Takes the inner header off the front of a handshake packet's body.
pub(super) fn after_inner_header(body: &[u8]) -> Result<&[u8], PeerError> {
    check_inner_header(body)?;
    Ok(body.get(INNER_HEADER_LEN..).unwrap_or(&[]))
}

/// What is wrong with the inner header at the front of a handshake packet's body.
pub(super) fn check_inner_header(body: &[u8]) -> Result<(), PeerError> {
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
    let Some(inner) = body.first_chunk::<INNER_HEADER_LEN>() else {
        return Err(PeerError::WrongPacketLength(length));
    };
    let [l0, l1, version, reserved @ ..] = *inner;
    let said = u16::from_le_bytes([l0, l1]);
    if said != length {
        return Err(PeerError::WrongPacketLength(said));
    }
    if version != VERSION {
        return Err(PeerError::UnknownVersion(version));
    }
    match reserved.iter().find(|byte| **byte != 0) {
        None => Ok(()),
        Some(byte) => Err(PeerError::UnknownFlags(*byte)),
    }
}

/// `u16le(length of the plaintext) ‖ u16le(16)`, what stands before a ciphertext.
pub(super) fn box_header(plaintext_len: usize) -> [u8; BOX_HEADER_LEN] {
    let [p0, p1] = u16::try_from(plaintext_len)
        .unwrap_or(u16::MAX)
        .to_le_bytes();
    let [t0, t1] = BOX_TAG.to_le_bytes();
    [p0, p1, t0, t1]
}

/// The ciphertext and tag of a box, whose two lengths have to be its own.
pub(super) fn sealed_in(boxed: &mut [u8]) -> Result<&mut [u8], PeerError> {
    let len = boxed.len();
    let Some((header, sealed)) = boxed.split_first_chunk_mut::<BOX_HEADER_LEN>() else {
        return Err(PeerError::WrongPacketLength(
            u16::try_from(len).unwrap_or(u16::MAX),
        ));
    };
    match sealed.len().checked_sub(TAG_LEN) {
        Some(plaintext) if *header == box_header(plaintext) => Ok(sealed),
        _ => {
            let [p0, p1, ..] = *header;
            Err(PeerError::WrongPacketLength(u16::from_le_bytes([p0, p1])))
        }
    }
}

/// The packet of a Disconnect or a Reset:
/// `u16le(unspecified) ‖ u8(1 = error, 0 = closed) ‖ u8(0)`
pub(super) fn notice(kind: PacketType, error: bool) -> [u8; NOTICE_PACKET_LEN] {
    let mut packet = [0; NOTICE_PACKET_LEN];
    let (header, body) = packet.split_at_mut(HEADER_LEN);
    header.copy_from_slice(&Header::new(kind, 0, NOTICE_LEN).encode());
    let [f0, f1] = NOTICE_FIELD.to_le_bytes();
    body.copy_from_slice(&[f0, f1, u8::from(error), 0]);
    packet
}

/// Whether a notice is one of an error; `None` where it is malformed.
pub(super) fn notice_error(body: &[u8]) -> Option<bool> {
    match body {
        [_, _, 0, 0] => Some(false),
        [_, _, 1, 0] => Some(true),
        _ => None,
    }
}

/// What a search for notices found in a stretch of bytes that may begin in the
/// middle of a packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// A notice, whether it is one of an error, and the number of bytes up to its end.
    Found {
        kind: PacketType,
        error: bool,
        end: usize,
    },
    /// None; so many bytes can be thrown away, the others may begin one.
    Nothing { skip: usize },
}

/// Looks through `bytes` for a Disconnect or a Reset.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let mut rest = bytes;
    let mut skip = 0;
    while !rest.is_empty() {
        if let Some(packet) = rest.first_chunk::<NOTICE_PACKET_LEN>() {
            if let Some((kind, error)) = notice_in(packet) {
                let end = skip + NOTICE_PACKET_LEN;
                return Scan::Found { kind, error, end };
            }
        } else if may_begin_notice(rest) {
            // What cannot begin a notice need not be kept until more comes.
            break;
        }
        rest = rest.split_first().map_or(&[], |(_, rest)| rest);
        skip += 1;
    }
    Scan::Nothing { skip }
}

fn notice_in(packet: &[u8; NOTICE_PACKET_LEN]) -> Option<(PacketType, bool)> {
    let (head, body) = packet.split_first_chunk::<HEADER_LEN>()?;
    let kind = Header::decode(head).ok()?.kind;
    let error = notice_error(body)?;
    matches!(kind, PacketType::Disconnect | PacketType::Reset).then_some((kind, error))
}

/// Whether these bytes can be the first of a notice's header.
fn may_begin_notice(bytes: &[u8]) -> bool {
    let matches = |kind| {
        let header = Header::new(kind, 0, NOTICE_LEN).encode();
        // The msg_id can be anything.
        bytes
            .iter()
            .zip(header)
            .enumerate()
            .filter(|(at, _)| !(2..4).contains(at))
            .all(|(_, (byte, due))| *byte == due)
    };
    matches(PacketType::Disconnect) || matches(PacketType::Reset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_eight_bytes_in_order() {
        let header = Header::new(PacketType::EncryptedData, 0x0304, 0x0102);
        assert_eq!(header.encode(), [1, 2, 3, 4, 0, 0x20, 0, 0]);
        assert_eq!(Header::decode(&header.encode()), Ok(header));
        assert_eq!(header.packet_len(), 8 + 0x0102);
    }

    #[test]
    fn each_type_has_its_lengths_and_no_others() {
        let allowed = |code: u8| -> alloc::vec::Vec<u16> {
            (0..=u16::MAX)
                .filter(|length| {
                    let [l0, l1] = length.to_be_bytes();
                    Header::decode(&[l0, l1, 0, 0, 0, code, 0, 0]).is_ok()
                })
                .collect()
        };
        assert_eq!(allowed(0x01), [84]);
        assert_eq!(allowed(0x02), [200]);
        assert_eq!(allowed(0x03), [124]);
        assert_eq!(allowed(0x10), [4]);
        assert_eq!(allowed(0x11), [4]);
        let records = allowed(0x20);
        assert_eq!(
            (records.first(), records.last()),
            (Some(&20), Some(&16_404))
        );
        assert_eq!(records.len(), 16_385);
        assert_eq!(allowed(0x04), []);
    }

    #[test]
    fn the_lengths_of_a_box_are_its_own() {
        for len in [0usize, 1, 300] {
            let mut boxed = box_header(len).to_vec();
            boxed.resize(len + BOX_OVERHEAD, 7);
            assert_eq!(sealed_in(&mut boxed).unwrap().len(), len + TAG_LEN);
            for at in 0..BOX_HEADER_LEN {
                let mut bad = boxed.clone();
                bad[at] ^= 1;
                assert!(sealed_in(&mut bad).is_err());
            }
        }
        for len in 0..BOX_OVERHEAD {
            assert!(sealed_in(&mut alloc::vec![0; len]).is_err());
        }
    }

    #[test]
    fn a_notice_is_found_wherever_it_stands() {
        for kind in [PacketType::Disconnect, PacketType::Reset] {
            for before in 0..30 {
                let mut bytes = alloc::vec![0u8; before];
                let packet = notice(kind, true);
                bytes.extend_from_slice(&packet);
                let end = bytes.len();
                bytes.extend_from_slice(&[0; 3]);
                let found = Scan::Found {
                    kind,
                    error: true,
                    end,
                };
                assert_eq!(scan(&bytes), found);
                // Cut short, its beginning is kept.
                for cut in 1..NOTICE_PACKET_LEN {
                    match scan(&bytes[..end - cut]) {
                        Scan::Nothing { skip } => assert!(skip <= before),
                        found => panic!("{found:?}"),
                    }
                }
            }
        }
        assert_eq!(scan(&[1; 100]), Scan::Nothing { skip: 100 });
    }
}
