//! Bad calls by this side's own application: nothing changes.

use crate::pair::{Got, Pair, ROLES, builder, peer_of};
use crate::peer::{Seeded, host_key, wire};
use ossuary::backend::rustcrypto::X25519Aes256GcmSha384;
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::Anyone;
use ossuary::{
    Builder, CryptoSuite, DefaultSuite, MAX_PLAINTEXT, MemoryKeyStore, Misuse, OssuaryConnection,
    OssuaryError, PeerError, Role,
};

/// What stands in a buffer that nobody has written to.
const UNTOUCHED: u8 = 0xa5;

#[track_caller]
pub fn misuse<T: std::fmt::Debug>(result: Result<T, OssuaryError>) -> Misuse {
    match result {
        Err(OssuaryError::Misuse(misuse)) => misuse,
        other => panic!("{other:?}"),
    }
}

/// `write` on buffers that are too small, at 0 and at one below what it needs,
/// writes nothing and changes nothing: on one of just the size it then gives what
/// the same call gives on a `twin` with room to spare.
#[track_caller]
fn needs_room(
    case: &str,
    ours: &mut OssuaryConnection,
    twin: &mut OssuaryConnection,
    fill: &[u8],
    write: impl Fn(&mut OssuaryConnection, &mut [u8]) -> Result<usize, OssuaryError>,
) {
    let buffer = |len: usize| {
        let mut buffer = fill.to_vec();
        buffer.resize(len, UNTOUCHED);
        buffer
    };
    let mut roomy = buffer(70_000);
    let needed = write(twin, &mut roomy).unwrap();
    assert!(needed > 0 && needed <= 65_543, "{case}");
    assert!(
        roomy[needed..] == buffer(70_000)[needed..],
        "{case}: behind the packet"
    );

    let before = (ours.status(), ours.send_len(), ours.records_sent());
    for len in [0, needed - 1] {
        let mut small = buffer(len);
        match write(ours, &mut small) {
            Err(OssuaryError::BufferTooSmall { needed: told }) => {
                assert_eq!(told, needed, "{case}")
            }
            other => panic!("{case}: {other:?}"),
        }
        assert!(small == buffer(len), "{case}: something was written");
        let after = (ours.status(), ours.send_len(), ours.records_sent());
        assert_eq!(after, before, "{case}");
    }
    let mut exact = buffer(needed);
    assert_eq!(write(ours, &mut exact).unwrap(), needed, "{case}");
    assert!(exact == roomy[..needed], "{case}: other bytes");
    assert_eq!(ours.status(), twin.status(), "{case}");
}

// ---- What the protocol sends

#[test]
fn every_packet_of_the_protocol_needs_its_room() {
    type Situation = (&'static str, fn(Role) -> Pair);
    let situations: [Situation; 9] = [
        ("a ClientHandshake", |_| Pair::new(Role::Client)),
        ("a ServerHandshake", |_| {
            let mut pair = Pair::new(Role::Server);
            let message = pair.peer.client_handshake();
            let hello = pair.peer.send_client_handshake(&message);
            assert_eq!(pair.ours.give(&hello), [Got::Progress]);
            pair
        }),
        ("a ClientAuthentication", |_| {
            let mut pair = Pair::new(Role::Client).into_middle();
            let packet = pair.authentication(|_, _| {}, |_, _| {});
            assert_eq!(pair.ours.give(&packet), [Got::Progress]);
            pair
        }),
        ("an anonymous ClientAuthentication", |_| {
            let ours = Builder::client().random(Seeded::new(1)).trust(Anyone);
            let mut pair = Pair::of(ours, peer_of(Role::Client)).into_middle();
            let packet = pair.authentication(|_, _| {}, |_, _| {});
            assert_eq!(pair.ours.give(&packet), [Got::Progress]);
            pair
        }),
        ("a clean end", |role| {
            let mut pair = Pair::new(role).into_open();
            pair.ours.connection.disconnect(false);
            pair
        }),
        ("a Disconnect", |role| {
            let mut pair = Pair::new(role).into_open();
            pair.ours.connection.disconnect(true);
            pair
        }),
        ("a Disconnect before anything", |role| {
            let mut pair = Pair::new(role);
            pair.ours.connection.disconnect(false);
            pair
        }),
        ("a Reset", |role| {
            let mut pair = Pair::new(role).into_open();
            let got = pair.ours.give(&wire::packet(0x0004, 0, 0, &[]));
            assert_eq!(got, [Got::reset(PeerError::UnknownPacketType(4))]);
            pair
        }),
        ("the answer to a Reset", |role| {
            let mut pair = Pair::new(role).into_open();
            let reset = pair.peer.reset(wire::FAILED);
            assert!(matches!(pair.ours.give(&reset)[..], [Got::Reset(_)]));
            pair
        }),
    ];
    for (case, situation) in situations {
        for role in ROLES {
            let (mut ours, mut twin) = (situation(role), situation(role));
            let ours = &mut ours.ours.connection;
            let twin = &mut twin.ours.connection;
            assert!(ours.wants_send(), "{case}");
            needs_room(case, ours, twin, &[], |connection, out| {
                connection.send(out)
            });
            assert_eq!(ours.send_len(), twin.send_len(), "{case}");
        }
    }
}

// ---- Records

#[test]
fn every_record_needs_its_room() {
    for role in ROLES {
        let (mut ours, mut twin) = (
            Pair::<DefaultSuite>::new(role).into_open(),
            Pair::<DefaultSuite>::new(role).into_open(),
        );
        let (connection, twin) = (&mut ours.ours.connection, &mut twin.ours.connection);
        for len in [0, 1, 100, MAX_PLAINTEXT - 1, MAX_PLAINTEXT] {
            let text = vec![0x5a; len];
            needs_room("seal", connection, twin, &[], |connection, out| {
                connection.seal(&text, out)
            });
            let in_place = [&[UNTOUCHED; 8][..], &text].concat();
            needs_room(
                "in place",
                connection,
                twin,
                &in_place,
                |connection, out| connection.seal_in_place(out, len),
            );
        }
        for (len, padded) in [
            (0, 1),
            (10, 11),
            (10, 64),
            (0, MAX_PLAINTEXT),
            (MAX_PLAINTEXT - 1, MAX_PLAINTEXT),
        ] {
            let text = vec![0x5a; len];
            needs_room("padded", connection, twin, &[], |connection, out| {
                connection.seal_padded(&text, padded, out)
            });
        }
        assert_eq!(connection.records_sent(), 15);
        // A wish for a new key is not forgotten with a call that failed.
        connection.rekey().unwrap();
        twin.rekey().unwrap();
        for _ in 0..2 {
            needs_room("rekey", connection, twin, &[], |connection, out| {
                connection.seal(b"text", out)
            });
        }
    }
}

#[test]
fn a_record_of_each_kind_opens_after_calls_that_failed() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let connection = &mut pair.ours.connection;
        let mut out = vec![0; 70_000];
        let too_long = vec![0; MAX_PLAINTEXT + 1];
        let longest = &too_long[1..];
        let len = MAX_PLAINTEXT + 1;

        let error = Misuse::RecordTooLong {
            len,
            max: MAX_PLAINTEXT,
        };
        assert_eq!(misuse(connection.seal(&too_long, &mut out)), error);
        assert_eq!(misuse(connection.seal(&too_long, &mut [])), error);
        assert_eq!(misuse(connection.seal_in_place(&mut out, len)), error);
        assert_eq!(misuse(connection.seal_padded(b"", len, &mut out)), error);
        assert_eq!(
            misuse(connection.seal_padded(longest, len, &mut out)),
            error
        );
        for len in [usize::MAX, usize::MAX - 23] {
            let error = Misuse::RecordTooLong {
                len,
                max: MAX_PLAINTEXT,
            };
            assert_eq!(misuse(connection.seal_in_place(&mut out, len)), error);
            assert_eq!(misuse(connection.seal_padded(b"", len, &mut out)), error);
        }
        for (text, padded_len) in [(0, 0), (1, 0), (1, 1), (100, 99), (100, 100)] {
            let needed = text + 1;
            let text = &too_long[..text];
            assert_eq!(
                misuse(connection.seal_padded(text, padded_len, &mut out)),
                Misuse::PaddedTooShort { needed }
            );
        }
        assert_eq!(
            misuse(connection.seal_padded(longest, MAX_PLAINTEXT, &mut out)),
            Misuse::PaddedTooShort { needed: len }
        );
        assert!(out.iter().all(|byte| *byte == 0));
        assert_eq!(connection.records_sent(), 0);

        let sealed = connection.seal(longest, &mut out).unwrap();
        assert!(pair.peer.open(&out[..sealed]).1 == longest);
        let sealed = connection.seal_padded(&longest[1..], MAX_PLAINTEXT, &mut out);
        assert!(pair.peer.open(&out[..sealed.unwrap()]).1 == longest[1..]);
        let sealed = connection.seal_padded(b"text", 5, &mut out).unwrap();
        assert_eq!(pair.peer.open(&out[..sealed]).1, b"text");
        out[8..12].copy_from_slice(b"text");
        let sealed = connection.seal_in_place(&mut out, 4).unwrap();
        assert_eq!(pair.peer.open(&out[..sealed]).1, b"text");
        assert_eq!(connection.records_sent(), 4);
    }
}

#[test]
fn nothing_is_sealed_before_the_channel_is_open() {
    let mut out = [0; 100];
    for role in ROLES {
        let middle = Pair::new(role).into_middle();
        let mut reset = Pair::new(role).into_open();
        reset.ours.give(&wire::packet(0x0004, 0, 0, &[]));
        for mut pair in [Pair::<DefaultSuite>::new(role), middle, reset] {
            let connection = &mut pair.ours.connection;
            let not_open = Misuse::NotOpen;
            assert_eq!(misuse(connection.seal(b"", &mut out)), not_open);
            assert_eq!(misuse(connection.seal_in_place(&mut out, 0)), not_open);
            assert_eq!(misuse(connection.seal_padded(b"", 1, &mut out)), not_open);
            assert_eq!(misuse(connection.rekey()), not_open);
            assert_eq!(misuse(connection.channel_binding().map(drop)), not_open);
            let exported = connection.export_keying_material(b"", b"", &mut out);
            assert_eq!(misuse(exported), not_open);
            let (_, error) = pair.ours.connection.split().unwrap_err();
            assert!(matches!(error, OssuaryError::Misuse(Misuse::NotOpen)));
        }
    }
    assert_eq!(out, [0; 100]);
}

// ---- Exports

#[test]
fn an_export_has_its_limits() {
    fn limits<S: CryptoSuite>(hash_len: usize) {
        for role in ROLES {
            let pair = Pair::<S>::new(role).into_open();
            let ours = &pair.ours.connection;
            let mut out = vec![UNTOUCHED; 255 * hash_len + 1];
            let (longest, too_long) = (&[0x5a; 255][..], &[0x5a; 256][..]);

            let label = ours.export_keying_material(too_long, b"", &mut out);
            assert_eq!(misuse(label), Misuse::ExportTooLong);
            let length = ours.export_keying_material(b"label", b"", &mut out);
            assert_eq!(misuse(length), Misuse::ExportTooLong);
            assert!(out.iter().all(|byte| *byte == UNTOUCHED));

            out.pop();
            for len in [out.len(), out.len() - 1, 1, 0] {
                let out = &mut out[..len];
                ours.export_keying_material(longest, b"context", out)
                    .unwrap();
                assert!(pair.peer.export(longest, b"context", len) == *out);
            }
        }
    }
    limits::<DefaultSuite>(32);
    limits::<X25519Aes256GcmSha384>(48);
}

// ---- Making a connection

#[test]
fn a_pre_shared_key_has_sixteen_bytes_at_least() {
    for role in ROLES {
        for len in [0, 1, 15] {
            let ours = builder::<DefaultSuite>(role).pre_shared_key(&vec![1; len]);
            assert_eq!(misuse(ours.build()), Misuse::PreSharedKeyTooShort);
        }
        for len in [16, 17, 1000] {
            let key = vec![1; len];
            let ours = builder::<DefaultSuite>(role)
                .trust(Anyone)
                .pre_shared_key(&key);
            let mut peer = peer_of(role);
            peer.chain = key;
            Pair::of(ours, peer).into_open().talk();
        }
    }
}

/// A shorter one has to be asked for by name, each time.
#[test]
fn a_short_pre_shared_key_is_dangerous() {
    let short = |role, key: &[u8]| {
        let ours = builder::<DefaultSuite>(role).trust(Anyone);
        ours.dangerous_short_pre_shared_key(key)
    };
    for role in ROLES {
        let none = short(role, &[]).build();
        assert_eq!(misuse(none), Misuse::PreSharedKeyTooShort);
        let later = short(role, &[1]).pre_shared_key(&[1; 15]).build();
        assert_eq!(misuse(later), Misuse::PreSharedKeyTooShort);
        let mut peer = peer_of(role);
        peer.chain = vec![1];
        Pair::of(short(role, &[1]), peer).into_open().talk();
    }
}

#[test]
fn a_server_has_a_key_and_a_client_may_have_none() {
    let server = Builder::<DefaultSuite>::server().key_store(MemoryKeyStore::new());
    assert_eq!(misuse(server.build()), Misuse::NoHostKey);
    assert_eq!(
        misuse(Builder::<DefaultSuite>::server().build()),
        Misuse::NoHostKey
    );
    let client = Builder::<DefaultSuite>::client().build().unwrap();
    assert_eq!(client.local_identity(), None);
    assert_eq!(misuse(client.local_public_key()), Misuse::NoHostKey);
}

#[test]
fn an_identity_is_one_of_the_key_stores() {
    let keys = || MemoryKeyStore::new().with(host_key(1)).with(host_key(2));
    for role in ROLES {
        let ours = || {
            builder::<DefaultSuite>(role)
                .trust(Anyone)
                .key_store(keys())
        };
        let stranger = host_key(3).identity();
        let error = misuse(ours().identity(stranger.clone()).build());
        assert_eq!(error, Misuse::UnknownIdentity);
        let nobody = builder::<DefaultSuite>(role).key_store(MemoryKeyStore::new());
        let error = misuse(nobody.identity(stranger).build());
        assert_eq!(error, Misuse::UnknownIdentity);

        // The first where none is chosen, and otherwise the one that is.
        for (chosen, expected) in [(None, 1), (Some(1), 1), (Some(2), 2)] {
            let ours = match chosen {
                None => ours(),
                Some(seed) => ours().identity(host_key(seed).identity()),
            };
            let mut pair = Pair::of(ours, peer_of(role));
            let expected = host_key(expected).identity();
            assert_eq!(pair.ours.connection.local_identity(), Some(&expected));
            pair.handshake();
            pair.talk();
        }
    }
}
