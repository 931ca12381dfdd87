//! Records: what the application sends.

use super::packet::{
    BOX_HEADER_LEN, BOX_OVERHEAD, Header, MAX_PLAINTEXT, PLAINTEXT_AT, RECORD_OVERHEAD,
};
use super::session::Session;
use super::{Connection, State};
use crate::connection::Status;
use crate::error::{Misuse, OssuaryError};
use crate::packet::{HEADER_LEN, PacketType};
use ossuary_traits::{CryptoSuite, KeyStore, TAG_LEN};

impl<S: CryptoSuite, K: KeyStore> Connection<S, K> {
    #[inline]
    pub(crate) fn seal(&mut self, plaintext: &[u8], out: &mut [u8]) -> Result<usize, OssuaryError> {
        self.seal_record(plaintext.len(), out, |session, boxed| {
            session.seal(plaintext, boxed)
        })
    }

    /// The plaintext stands where that of protocol 2 does, and is moved on by what
    /// the headers of this one are longer.
    #[inline]
    pub(crate) fn seal_in_place(
        &mut self,
        buffer: &mut [u8],
        len: usize,
    ) -> Result<usize, OssuaryError> {
        self.seal_record(len, buffer, |session, boxed| {
            // Before the plaintext is moved: an error changes nothing.
            if session.own.is_exhausted() {
                return Err(Misuse::CounterExhausted.into());
            }
            boxed.copy_within(..len, BOX_HEADER_LEN);
            session.seal_in_place(boxed)
        })
    }

    fn seal_record(
        &mut self,
        len: usize,
        out: &mut [u8],
        seal: impl FnOnce(&mut Session<S>, &mut [u8]) -> Result<(), OssuaryError>,
    ) -> Result<usize, OssuaryError> {
        let State::Open(session) = &mut self.state else {
            return Err(self.not_open());
        };
        if len > MAX_PLAINTEXT {
            let max = MAX_PLAINTEXT;
            return Err(Misuse::RecordTooLong { len, max }.into());
        }
        let needed = len + RECORD_OVERHEAD;
        let Some((head, boxed)) = out
            .get_mut(..needed)
            .and_then(|packet| packet.split_first_chunk_mut::<HEADER_LEN>())
        else {
            return Err(OssuaryError::BufferTooSmall { needed });
        };
        debug_assert_eq!(PLAINTEXT_AT + len + TAG_LEN, needed);
        let msg_id = session.own.msg_id();
        seal(session, boxed)?;
        *head = Header::new(PacketType::EncryptedData, msg_id, len + BOX_OVERHEAD).encode();
        self.counts.sent = self.counts.sent.saturating_add(1);
        Ok(needed)
    }

    /// Why there is no channel to seal with.
    #[cold]
    fn not_open(&self) -> OssuaryError {
        match self.status() {
            Status::Closed => OssuaryError::ConnectionClosed,
            Status::Failed => OssuaryError::ConnectionFailed,
            _ => Misuse::NotOpen.into(),
        }
    }
}

#[cfg(all(test, feature = "rustcrypto", feature = "getrandom"))]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a panic is how a test fails"
    )]

    use super::*;
    use crate::backend::rustcrypto::Ed25519SigningKey;
    use crate::connection::Event;
    use crate::error::PeerError;
    use crate::trust::Anyone;
    use crate::{Builder, DefaultSuite, MemoryKeyStore, OsRandom};
    use alloc::vec;
    use alloc::vec::Vec;

    /// A client and a server, of which each may seal and open one box more.
    fn near_the_limit() -> [Connection<DefaultSuite>; 2] {
        let key = Ed25519SigningKey::generate(&mut OsRandom).unwrap();
        let keys = MemoryKeyStore::new().with(key);
        let server = Builder::<DefaultSuite>::server().key_store(keys);
        let mut server = server.trust(Anyone).build_v1().unwrap();
        let client = Builder::<DefaultSuite>::client().trust(Anyone);
        let mut client = client.build_v1().unwrap();
        let mut buffer = vec![0; super::super::MAX_PACKET];
        while client.wants_send() || server.wants_send() {
            let len = client.send(&mut buffer).unwrap();
            if len > 0 {
                server.receive(&mut buffer[..len]).unwrap();
            }
            let len = server.send(&mut buffer).unwrap();
            if len > 0 {
                client.receive(&mut buffer[..len]).unwrap();
            }
        }
        for side in [&mut client, &mut server] {
            let State::Open(session) = &mut side.state else {
                panic!("it is open");
            };
            session.come_near_limit();
        }
        [client, server]
    }

    fn seal(from: &mut Connection<DefaultSuite>, plaintext: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; plaintext.len() + RECORD_OVERHEAD];
        from.seal(plaintext, &mut packet).unwrap();
        packet
    }

    #[test]
    fn where_no_more_can_be_sealed_nothing_is_changed() {
        let [mut client, _] = near_the_limit();
        seal(&mut client, b"the last");
        let mut buffer = vec![7; 100];
        let before = buffer.clone();
        for sealed in [
            client.seal_in_place(&mut buffer, 50),
            client.seal(b"text", &mut before.clone()),
        ] {
            let expected = Misuse::CounterExhausted;
            assert!(matches!(sealed, Err(OssuaryError::Misuse(misuse)) if misuse == expected));
        }
        assert_eq!(buffer, before);
        assert_eq!(client.records_sent(), 1);
    }

    /// A peer that goes on under a key that has had its boxes is not heard.
    #[test]
    fn the_last_box_is_opened_and_none_after_it() {
        let [mut client, mut server] = near_the_limit();
        let mut last = seal(&mut client, b"the last");
        let mut more = last.clone();
        let msg_id = u16::from_be_bytes([more[2], more[3]]) + 1;
        more[2..4].copy_from_slice(&msg_id.to_be_bytes());
        let event = server.receive(&mut last).unwrap().event;
        assert!(matches!(event, Event::Record(text) if text == b"the last"));
        let limit = PeerError::KeyLimitReached;
        match server.receive(&mut more) {
            Err(OssuaryError::Peer(error)) => assert_eq!(error, limit),
            other => panic!("{other:?}"),
        }
        assert_eq!(server.failure(), Some(&limit));
        let mut told = [0; 12];
        assert_eq!(server.send(&mut told).unwrap(), told.len());
        assert_eq!(told[4..], [0, 0x10, 0, 0, 4, 0, 1, 0]);
    }
}
