//! The records that the two ends of a transfer exchange.

/// What both ends agree on before the first record: this protocol.
pub(crate) const PROLOGUE: &[u8] = b"ossuary example: transfer, version 1";

/// How much of the file is in each data record but the last: 15 pages, the
/// most that fits in a record, so that the file is read from page to page.
pub(crate) const DATA_LEN: usize = 15 * 4096;

/// How many records the sender sends beyond the last that it knows to have
/// arrived, about 4 MB.
pub(crate) const WINDOW: u64 = 64;

/// After each so many records the receiver says that they have arrived. Twice
/// in a window, so that the sender need not stop.
pub(crate) const REPORT_EVERY: u64 = WINDOW / 2;

const _: () = assert!(DATA_LEN <= ossuary::MAX_PLAINTEXT);

/// The sender's record 0.
#[derive(Debug)]
pub(crate) struct Header {
    /// The length of the file, in bytes.
    pub(crate) len: u64,
    /// The name that the file has at the sender, for people.
    pub(crate) name: String,
}

impl Header {
    /// `length (8, big-endian) ‖ name (UTF-8)`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        [&self.len.to_be_bytes(), self.name.as_bytes()].concat()
    }

    pub(crate) fn decode(record: &[u8]) -> Option<Self> {
        let (len, name) = record.split_first_chunk()?;
        Some(Header {
            len: u64::from_be_bytes(*len),
            name: printable(name),
        })
    }
}

/// A record of the receiver's.
#[derive(Debug)]
pub(crate) enum Reply {
    /// So many records have arrived; go on.
    Arrived(u64),
    /// The file is whole.
    Stored,
    /// It is not, and why.
    Refused(String),
}

impl Reply {
    /// `0x00 ‖ count (8, big-endian)`, `0x01`, or `0x02 ‖ text (UTF-8)`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Reply::Arrived(count) => [&[0][..], &count.to_be_bytes()].concat(),
            Reply::Stored => vec![1],
            Reply::Refused(text) => [&[2], text.as_bytes()].concat(),
        }
    }

    pub(crate) fn decode(record: &[u8]) -> Option<Self> {
        match record.split_first()? {
            (0, count) => Some(Reply::Arrived(u64::from_be_bytes(count.try_into().ok()?))),
            (1, []) => Some(Reply::Stored),
            (2, text) => Some(Reply::Refused(printable(text))),
            _ => None,
        }
    }
}

/// Text of the peer's, of a sensible length and without what a terminal would
/// act on.
fn printable(text: &[u8]) -> String {
    String::from_utf8_lossy(text)
        .chars()
        .filter(|char| !char.is_control())
        .take(300)
        .collect()
}
