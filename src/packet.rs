//! Packets: the header, its types and flags, and finding the next packet in a
//! buffer (docs/protocol.md, "Packets").

use crate::error::PeerError;

/// The length of a header, in bytes.
pub const HEADER_LEN: usize = 8;
/// The longest body, in bytes: its length is a 16-bit number.
pub const MAX_BODY: usize = 65_535;
/// The longest packet, in bytes; a receiver never needs a larger buffer.
pub const MAX_PACKET: usize = HEADER_LEN + MAX_BODY;
/// The version in every header.
pub(crate) const VERSION: u8 = 2;

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PacketType {
    ClientHandshake,
    ServerHandshake,
    ClientAuthentication,
    Disconnect,
    Reset,
    EncryptedData,
}

impl PacketType {
    pub(crate) const fn code(self) -> u16 {
        match self {
            PacketType::ClientHandshake => 0x0001,
            PacketType::ServerHandshake => 0x0002,
            PacketType::ClientAuthentication => 0x0003,
            PacketType::Disconnect => 0x0010,
            PacketType::Reset => 0x0011,
            PacketType::EncryptedData => 0x0020,
        }
    }

    pub(crate) const fn from_code(code: u16) -> Option<Self> {
        Some(match code {
            0x0001 => PacketType::ClientHandshake,
            0x0002 => PacketType::ServerHandshake,
            0x0003 => PacketType::ClientAuthentication,
            0x0010 => PacketType::Disconnect,
            0x0011 => PacketType::Reset,
            0x0020 => PacketType::EncryptedData,
            _ => return None,
        })
    }

    /// Whether a packet of this type may have these flags.
    const fn allows(self, flags: Flags) -> bool {
        match self {
            PacketType::EncryptedData => {
                flags.0 & !(Flags::SEALED.0 | Flags::REKEY.0 | Flags::PADDED.0) == 0
                    && flags.has(Flags::SEALED)
            }
            PacketType::Disconnect => flags.0 & !Flags::SEALED.0 == 0,
            _ => flags.0 == 0,
        }
    }
}

/// The flags of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const NONE: Flags = Flags(0);
    /// EncryptedData always; Disconnect when it is a clean close.
    pub(crate) const SEALED: Flags = Flags(1);
    /// EncryptedData only: the sender's next packet is under its next key.
    pub(crate) const REKEY: Flags = Flags(1 << 1);
    /// EncryptedData only: the plaintext ends in padding.
    pub(crate) const PADDED: Flags = Flags(1 << 2);

    pub(crate) const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    #[must_use]
    pub(crate) const fn with(self, other: Flags, on: bool) -> Flags {
        if on { Flags(self.0 | other.0) } else { self }
    }
}

/// `u16(length of body) || u16(msg_id) || u16(type) || u8(version = 2) || u8(flags)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) length: u16,
    pub(crate) msg_id: u16,
    pub(crate) kind: PacketType,
    pub(crate) flags: Flags,
}

impl Header {
    /// A header for a body of `length` bytes, which the caller knows to be at
    /// most [`MAX_BODY`].
    pub(crate) fn new(kind: PacketType, flags: Flags, msg_id: u16, length: usize) -> Self {
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        Header {
            length,
            msg_id,
            kind,
            flags,
        }
    }

    pub(crate) fn encode(&self) -> [u8; HEADER_LEN] {
        let [l0, l1] = self.length.to_be_bytes();
        let [m0, m1] = self.msg_id.to_be_bytes();
        let [t0, t1] = self.kind.code().to_be_bytes();
        [l0, l1, m0, m1, t0, t1, VERSION, self.flags.0]
    }

    pub(crate) fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Self, PeerError> {
        let [l0, l1, m0, m1, t0, t1, version, flags] = *bytes;
        if version != VERSION {
            return Err(PeerError::UnknownVersion(version));
        }
        let code = u16::from_be_bytes([t0, t1]);
        let kind = PacketType::from_code(code).ok_or(PeerError::UnknownPacketType(code))?;
        if !kind.allows(Flags(flags)) {
            return Err(PeerError::UnknownFlags(flags));
        }
        Ok(Header {
            length: u16::from_be_bytes([l0, l1]),
            msg_id: u16::from_be_bytes([m0, m1]),
            kind,
            flags: Flags(flags),
        })
    }

    /// The length of the whole packet.
    pub(crate) fn packet_len(&self) -> usize {
        HEADER_LEN + usize::from(self.length)
    }
}

/// The version of a header that is, but for it, one of a ClientHandshake, the
/// first packet of a conversation. A server reads it before anything else, so
/// that a client of another version is told so.
pub(crate) fn client_handshake_version(bytes: &[u8; HEADER_LEN]) -> Option<u8> {
    let [_, _, m0, m1, t0, t1, version, _] = *bytes;
    let is_first = u16::from_be_bytes([t0, t1]) == PacketType::ClientHandshake.code()
        && u16::from_be_bytes([m0, m1]) == 0;
    is_first.then_some(version)
}

/// The low 16 bits of a packet counter.
pub(crate) fn msg_id(counter: u64) -> u16 {
    let [.., high, low] = counter.to_be_bytes();
    u16::from_be_bytes([high, low])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: [u8; 8]) -> Result<Header, PeerError> {
        Header::decode(&bytes)
    }

    #[test]
    fn a_header_is_eight_bytes_in_order() {
        let header = Header::new(PacketType::EncryptedData, Flags::SEALED, 0x0304, 0x0102);
        assert_eq!(header.encode(), [1, 2, 3, 4, 0, 0x20, 2, 1]);
        assert_eq!(decode(header.encode()), Ok(header));
        assert_eq!(header.packet_len(), 8 + 0x0102);
    }

    #[test]
    fn what_the_protocol_does_not_have_is_refused() {
        assert_eq!(
            decode([0, 0, 0, 0, 0, 4, 2, 0]),
            Err(PeerError::UnknownPacketType(4))
        );
        assert_eq!(
            decode([0, 0, 0, 0, 1, 1, 2, 0]),
            Err(PeerError::UnknownPacketType(0x101))
        );
        assert_eq!(
            decode([0, 0, 0, 0, 0, 1, 1, 0]),
            Err(PeerError::UnknownVersion(1))
        );
        assert_eq!(
            decode([0, 0, 0, 0, 0, 1, 3, 0]),
            Err(PeerError::UnknownVersion(3))
        );
    }

    #[test]
    fn each_type_has_its_flags_and_no_others() {
        let allowed = |code: u8| {
            (0..=255u8)
                .filter(|flags| decode([0, 0, 0, 0, 0, code, 2, *flags]).is_ok())
                .collect()
        };
        let none: alloc::vec::Vec<u8> = allowed(0x01);
        assert_eq!(none, [0]);
        for code in [0x02, 0x03, 0x11] {
            assert_eq!(allowed(code), none);
        }
        assert_eq!(allowed(0x10), [0, 1]);
        assert_eq!(allowed(0x20), [1, 3, 5, 7]);
    }

    #[test]
    fn a_message_id_is_the_low_sixteen_bits() {
        assert_eq!(msg_id(0), 0);
        assert_eq!(msg_id(0xffff), 0xffff);
        assert_eq!(msg_id(0x1_0000), 0);
        assert_eq!(msg_id(0x1_0203), 0x0203);
    }
}
