//! One conversation between two sides.

use ossuary::trust::Anyone;
use ossuary::{
    AnySuite, Builder, Channel, Event, HEADER_LEN, KeyStore, MAX_PACKET, MAX_PLAINTEXT,
    MemoryKeyStore, RECORD_OVERHEAD, Status,
};
use std::sync::Arc;

/// The lengths of the records that go both ways.
const LENGTHS: [usize; 4] = [0, 1, 16_384, MAX_PLAINTEXT];

/// What a side is made of.
pub(crate) struct Side<'a> {
    pub(crate) suite: &'a AnySuite,
    pub(crate) keys: Arc<MemoryKeyStore>,
}

/// The two ends of a conversation, and the packet between them.
struct Pair {
    client: Box<dyn Channel + Send>,
    server: Box<dyn Channel + Send>,
    packet: Vec<u8>,
    /// Who they are, for what went wrong.
    name: String,
}

/// Which way a packet goes.
#[derive(Clone, Copy)]
enum Way {
    ToServer,
    ToClient,
}

const BOTH_WAYS: [Way; 2] = [Way::ToServer, Way::ToClient];

/// From nothing to a clean end: handshake, records of all lengths both ways,
/// re-keying, padding, recovery in both directions, exporters, close.
pub(crate) fn converse(client: &Side<'_>, server: &Side<'_>, client_closes: bool) {
    let mut pair = Pair::new(client, server);
    pair.shake_hands();
    let before = pair.check_secrets();
    pair.check_identities(client, server);
    pair.exchange_records();
    pair.rekey();
    pair.pad();
    for way in BOTH_WAYS {
        pair.damage(way);
        let after = pair.check_secrets();
        assert_ne!(
            before, after,
            "{}: a recovery changes the exporter",
            pair.name
        );
        pair.check_identities(client, server);
        pair.exchange_records();
    }
    pair.close(if client_closes {
        Way::ToServer
    } else {
        Way::ToClient
    });
}

/// A handshake, a record each way, and a close.
pub(crate) fn authenticate(client: &Side<'_>, server: &Side<'_>) {
    let mut pair = Pair::new(client, server);
    pair.shake_hands();
    pair.check_secrets();
    pair.check_identities(client, server);
    for way in BOTH_WAYS {
        pair.record(way, 100, true);
    }
    pair.close(Way::ToServer);
}

impl Pair {
    fn new(client: &Side<'_>, server: &Side<'_>) -> Self {
        let prologue = b"tests/interop.rs";
        Pair {
            client: Builder::<AnySuite>::client()
                .key_store(Arc::clone(&client.keys))
                .trust(Anyone)
                .prologue(prologue)
                .build_with(client.suite)
                .unwrap(),
            server: Builder::<AnySuite>::server()
                .key_store(Arc::clone(&server.keys))
                .trust(Anyone)
                .prologue(prologue)
                .build_with(server.suite)
                .unwrap(),
            packet: vec![0; MAX_PACKET],
            name: format!("{} and {}", client.suite, server.suite),
        }
    }
    /// The sender, the receiver and the packet between them.
    fn ends(&mut self, way: Way) -> (&mut dyn Channel, &mut dyn Channel, &mut [u8]) {
        match way {
            Way::ToServer => (&mut *self.client, &mut *self.server, &mut self.packet),
            Way::ToClient => (&mut *self.server, &mut *self.client, &mut self.packet),
        }
    }

    /// Carries packets until both ends are open.
    fn shake_hands(&mut self) {
        for _ in 0..4 {
            for way in BOTH_WAYS {
                let name = self.name.clone();
                let (from, to, packet) = self.ends(way);
                let sent = from
                    .send(packet)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
                if sent > 0 {
                    let received = to.receive(&mut packet[..sent]);
                    let received = received.unwrap_or_else(|error| panic!("{name}: {error}"));
                    assert_eq!(received.consumed, sent, "{name}");
                }
            }
        }
        for end in [&self.client, &self.server] {
            assert_eq!(end.status(), Status::Open, "{}", self.name);
        }
    }

    /// Both ends have the same; returns what they export.
    fn check_secrets(&self) -> [u8; 48] {
        let [client, server] = [&self.client, &self.server].map(|end| {
            let mut exported = [0; 48];
            end.export_keying_material(b"interop", b"context", &mut exported)
                .unwrap();
            (exported, end.channel_binding().unwrap().to_vec())
        });
        assert_eq!(client, server, "{}", self.name);
        assert_ne!(client.0, [0; 48]);
        client.0
    }

    /// Each end knows the other by its key, and a client without one by none.
    fn check_identities(&self, client: &Side<'_>, server: &Side<'_>) {
        let own = |side: &Side<'_>| side.keys.identities().unwrap().pop();
        assert_eq!(
            self.server.remote_identity(),
            own(client).as_ref(),
            "{}",
            self.name
        );
        assert_eq!(
            self.client.remote_identity(),
            own(server).as_ref(),
            "{}",
            self.name
        );
    }

    fn exchange_records(&mut self) {
        for (index, len) in LENGTHS.into_iter().enumerate() {
            for way in BOTH_WAYS {
                self.record(way, len, index % 2 == 0);
            }
        }
    }

    /// One record of `len` bytes, sealed from elsewhere or where it stands.
    fn record(&mut self, way: Way, len: usize, in_place: bool) {
        let text: Vec<u8> = (0..=250).cycle().take(len).collect();
        let name = self.name.clone();
        let (from, to, packet) = self.ends(way);
        let sealed = if in_place {
            packet[HEADER_LEN..HEADER_LEN + len].copy_from_slice(&text);
            from.seal_in_place(packet, len)
        } else {
            from.seal(&text, packet)
        };
        assert_eq!(sealed.unwrap(), len + RECORD_OVERHEAD);
        expect_record(to, &mut packet[..len + RECORD_OVERHEAD], &text, &name);
    }

    /// Both ends go on under a new key, and once more.
    fn rekey(&mut self) {
        for way in [Way::ToServer, Way::ToClient, Way::ToServer, Way::ToClient] {
            self.ends(way).0.rekey().unwrap();
            // The record that says so, and the first under the next key.
            self.record(way, 100, false);
            self.record(way, 101, true);
        }
    }

    fn pad(&mut self) {
        for way in BOTH_WAYS {
            for (len, padded) in [(0, 1), (100, 101), (100, 1024), (1000, MAX_PLAINTEXT)] {
                let text = vec![0x80; len];
                let name = self.name.clone();
                let (from, to, packet) = self.ends(way);
                let sealed = from.seal_padded(&text, padded, packet).unwrap();
                assert_eq!(sealed, padded + RECORD_OVERHEAD);
                expect_record(to, &mut packet[..sealed], &text, &name);
            }
        }
    }

    /// A record is damaged on the way: its receiver resets, and the sender learns
    /// after the recovery that it did not arrive.
    fn damage(&mut self, way: Way) {
        let name = self.name.clone();
        let (from, to, packet) = self.ends(way);
        let sealed = from.seal(b"damaged", packet).unwrap();
        packet[sealed - 1] ^= 1;
        let received = to.receive(&mut packet[..sealed]).unwrap();
        assert!(
            matches!(received.event, Event::Reset(_)),
            "{name}: {:?}",
            received.event
        );
        self.shake_hands();
        let (from, to, _) = self.ends(way);
        assert_eq!(from.take_delivery().unwrap().lost(), 1, "{name}");
        assert_eq!(to.take_delivery().unwrap().lost(), 0, "{name}");
    }

    fn close(&mut self, way: Way) {
        let name = self.name.clone();
        let (from, to, packet) = self.ends(way);
        from.disconnect(false);
        let sent = from.send(packet).unwrap();
        let received = to.receive(&mut packet[..sent]).unwrap();
        assert!(
            matches!(received.event, Event::Closed),
            "{name}: {:?}",
            received.event
        );
        for end in [from, to] {
            assert_eq!(end.status(), Status::Closed, "{name}");
            assert!(end.failure().is_none(), "{name}");
        }
    }
}

fn expect_record(to: &mut dyn Channel, packet: &mut [u8], text: &[u8], name: &str) {
    let len = packet.len();
    let received = to
        .receive(packet)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(received.consumed, len, "{name}");
    match received.event {
        Event::Record(plaintext) => assert!(*plaintext == *text, "{name}: {len} bytes"),
        event => panic!("{name}: {event:?} and no record"),
    }
}
