//! What a fuzzer's input does to a connection of protocol 1.
//!
//! The first byte says how many packets of an honest handshake come before the
//! input, and whether time goes by; the second, in what pieces the rest comes. All
//! randomness is fixed, so that an input does the same again.
//!
//! ```text
//! cargo xtask fuzz                        # all, ten minutes each
//! cargo fuzz run -s none v1_server
//! cargo fuzz run -s none v1_client
//! ```

use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::RandomError;
use ossuary::trust::Anyone;
use ossuary::v1::{Connection, MAX_PACKET};
use ossuary::{
    Builder, Channel, DefaultSuite, Event, MemoryKeyStore, OssuaryError, Random, Role, Status,
};
use std::time::Duration;

/// Counts up: enough for a handshake without a person behind it.
struct Fixed(u8);

impl Random for Fixed {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for byte in out {
            self.0 = self.0.wrapping_mul(5).wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

fn side(role: Role) -> Connection<DefaultSuite> {
    let (builder, seed) = match role {
        Role::Client => (Builder::<DefaultSuite>::client(), 1),
        Role::Server => (Builder::<DefaultSuite>::server(), 2),
    };
    let key = Ed25519SigningKey::from_secret([seed; 32].into()).expect("every seed is a key");
    builder
        .key_store(MemoryKeyStore::new().with(key))
        .trust(Anyone)
        .random(Fixed(seed))
        .build_v1()
        .expect("a connection")
}

fn packet(side: &mut impl Channel) -> Vec<u8> {
    let mut packet = vec![0; side.send_len()];
    let len = side.send(&mut packet).expect("a buffer of the right size");
    packet.truncate(len);
    packet
}

/// Feeds `input` to a connection in `role`. Nothing may panic, and no record may
/// come out: whoever wrote the input does not have the key.
pub fn run(role: Role, input: &[u8]) {
    let [how, piece, rest @ ..] = input else {
        return;
    };
    let (mut client, mut server) = (side(Role::Client), side(Role::Server));
    for number in 0..how % 4 {
        let (from, to) = match number % 2 {
            0 => (&mut client, &mut server),
            _ => (&mut server, &mut client),
        };
        let mut packet = packet(from);
        to.receive(&mut packet).expect("an honest packet");
    }
    let mut target = match role {
        Role::Client => client,
        Role::Server => server,
    };
    let mut now = Duration::ZERO;
    let mut incoming = Vec::new();
    for piece in rest.chunks(usize::from(*piece).max(1)) {
        incoming.extend_from_slice(piece);
        if how & 0x80 != 0 {
            now += Duration::from_secs(1);
            let _ = target.advance(now);
        }
        while target.wants_send() {
            packet(&mut target);
        }
        loop {
            let before = incoming.len();
            match target.receive(&mut incoming) {
                Ok(received) => {
                    let consumed = received.consumed;
                    match received.event {
                        Event::Record(_) => panic!("a record that nobody has sealed"),
                        Event::NeedBytes(more) => {
                            assert!(consumed == 0 && more > 0 && before + more <= MAX_PACKET);
                            break;
                        }
                        Event::NotYet if !target.wants_send() => break,
                        _ => {}
                    }
                    incoming.drain(..consumed);
                }
                Err(OssuaryError::Peer(_)) => assert_eq!(target.status(), Status::Failed),
                Err(_) => return,
            }
            while target.wants_send() {
                packet(&mut target);
            }
        }
    }
}
