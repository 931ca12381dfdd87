//! The API over `Read` and `Write`: resets, ends, and calls out of turn.

use crate::calls::misuse;
use crate::pair::{Got, OUR_KEY, PEER_KEY, Pair, ROLES, builder, peer_of};
use crate::peer::{host_key, wire};
use crate::streams::{Broken, Stop, Takes, blocks, to_send};
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::AuthorizedKeys;
use ossuary::{
    ConnectionType, DefaultSuite, MAX_PLAINTEXT, Misuse, OssuaryConnection, OssuaryError,
    PeerError, Role,
};

// ---- Resets and ends

#[test]
fn a_damaged_record_resets_the_channel() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let mut record = pair.peer.record(b"damaged");
        record[8] ^= 1;
        let mut text = Vec::new();
        let ours = &mut pair.ours.connection;
        assert!(matches!(
            ours.recv_data(&record[..], &mut text),
            Err(OssuaryError::ConnectionReset(taken)) if taken == record.len()
        ));
        assert_eq!(text, b"");
        // Until it is open again.
        assert!(matches!(
            ours.send_data(b"text", Takes::all()),
            Err(OssuaryError::ConnectionReset(0))
        ));
        assert!(matches!(
            ours.recv_data(&record[..], &mut text),
            Err(OssuaryError::ConnectionReset(0))
        ));
        assert!(!ours.handshake_done().unwrap());
        let mut reset = Takes::new(20, Stop::Zero);
        blocks(ours.send_handshake(&mut reset), 20);
        reset.room = usize::MAX;
        assert_eq!(ours.flush(&mut reset).unwrap(), 6);
        pair.recover(&reset.bytes);
    }
}

#[test]
fn an_end_is_told_and_flushed() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_middle();
        let packet = pair.authentication(|_, _| {}, |_, auth| auth.signature[0] ^= 1);
        let ours = &mut pair.ours.connection;
        assert!(matches!(
            ours.recv_handshake(&packet[..]),
            Err(OssuaryError::Peer(PeerError::BadSignature))
        ));
        assert!(matches!(
            ours.recv_handshake(&packet[..]),
            Err(OssuaryError::ConnectionFailed)
        ));
        let mut last = Vec::new();
        assert_eq!(ours.flush(&mut last).unwrap(), 26);
        assert_eq!(wire::Header::decode(&last).kind, wire::DISCONNECT);
        assert_eq!(wire::Alert::decode(&last[8..]).reason, wire::NOT_AUTHORIZED);
        assert_eq!(ours.flush(&mut last).unwrap(), 0);
        assert!(matches!(
            ours.send_handshake(&mut last),
            Err(OssuaryError::ConnectionFailed)
        ));
    }
}

#[test]
fn a_clean_end_is_told() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let close = pair.peer.close();
        let ours = &mut pair.ours.connection;
        blocks(ours.recv_data(&close[..41], Vec::new()), 41);
        for _ in 0..2 {
            assert!(matches!(
                ours.recv_data(&close[41..], Vec::new()),
                Err(OssuaryError::ConnectionClosed)
            ));
        }
    }
}

// ---- Calls out of turn

#[test]
fn records_wait_for_the_handshake() {
    for role in ROLES {
        let middle = Pair::new(role).into_middle();
        for mut pair in [Pair::<DefaultSuite>::new(role), middle] {
            let ours = &mut pair.ours.connection;
            let sent = ours.send_data(b"text", Takes::all());
            assert_eq!(misuse(sent), Misuse::NotOpen);
            let received = ours.recv_data(Broken, Vec::new());
            assert_eq!(misuse(received), Misuse::NotOpen);
            assert!(!ours.handshake_done().unwrap());
            assert_eq!(misuse(ours.remote_public_key()), Misuse::NotOpen);
        }
        let pair = Pair::<DefaultSuite>::new(role).into_open();
        let key = host_key(PEER_KEY).identity();
        let ours = &pair.ours.connection;
        assert_eq!(ours.remote_public_key().unwrap(), key.public_key());
        assert!(ours.handshake_done().unwrap());
    }
}

#[test]
fn a_side_that_is_to_send_reads_nothing() {
    let mut client = Pair::<DefaultSuite>::new(Role::Client);
    blocks(client.ours.connection.recv_handshake(Broken), 0);
    let mut server = to_send(Role::Server);
    blocks(server.ours.connection.recv_handshake(Broken), 0);
}

/// A record may follow the handshake closely: it stays in the stream.
#[test]
fn a_handshake_that_is_done_reads_nothing() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        assert_eq!(pair.ours.connection.recv_handshake(Broken).unwrap(), 0);
    }
}

#[test]
fn a_record_too_long_is_not_accepted() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let text = vec![0x5a; MAX_PLAINTEXT + 1];
        let ours = &mut pair.ours.connection;
        let mut out = Vec::new();
        let len = text.len();
        let sent = ours.send_data(&text, &mut out);
        assert_eq!(
            misuse(sent),
            Misuse::RecordTooLong {
                len,
                max: MAX_PLAINTEXT,
            }
        );
        assert_eq!((out.len(), ours.records_sent()), (0, 0));
        let sent = ours.send_data(&text[1..], &mut out).unwrap();
        assert_eq!(sent, MAX_PLAINTEXT + 24);
        assert!(pair.peer.open(&out).1 == text[1..]);
    }
}

// ---- Trust on first use

#[test]
fn an_untrusted_key_is_told_once_and_goes_on_when_it_is_authorized() {
    for role in ROLES {
        let ours = builder(role).trust(AuthorizedKeys::default().or_ask());
        let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(role)).into_middle();
        let packet = pair.authentication(|_, _| {}, |_, _| {});
        let ours = &mut pair.ours.connection;
        let key = host_key(PEER_KEY).identity().public_key().to_vec();
        let told = match (ours.recv_handshake(&packet[..]), role) {
            (Err(OssuaryError::UntrustedServer(told)), Role::Client) => told,
            (Err(OssuaryError::UntrustedClient(told)), Role::Server) => told,
            (other, _) => panic!("{other:?}"),
        };
        assert_eq!(told, key);
        assert_eq!(misuse(ours.remote_public_key()), Misuse::NotOpen);
        for _ in 0..2 {
            blocks(ours.recv_handshake(Broken), 0);
            assert_eq!(ours.send_handshake(Broken).unwrap(), 0);
        }
        // Another key, and what is none.
        ours.add_authorized_key(&[1; 32]).unwrap();
        for len in [0, 31, 33] {
            let error = misuse(ours.add_authorized_key(&vec![1; len]));
            assert!(matches!(
                error,
                Misuse::WrongLength(length) if (length.expected, length.given) == (32, len)
            ));
        }
        blocks(ours.recv_handshake(Broken), 0);

        ours.add_authorized_key(&told).unwrap();
        assert_eq!(ours.remote_public_key().unwrap(), key);
        let mut out = Vec::new();
        let sent = ours.send_handshake(&mut out).unwrap();
        assert_eq!(sent, out.len());
        if role == Role::Client {
            pair.peer.read_client_authentication(&out);
        }
        assert!(pair.ours.connection.handshake_done().unwrap());
        pair.talk();
    }
}

#[test]
fn keys_are_added_up_to_the_first_that_is_none() {
    let mut pair = Pair::<DefaultSuite>::new(Role::Server);
    let ours = &mut pair.ours.connection;
    let (good, bad) = (&[1; 32][..], &[1; 31][..]);
    assert_eq!(ours.add_authorized_keys([good, good, good]).unwrap(), 3);
    assert_eq!(ours.add_authorized_keys([]).unwrap(), 0);
    let added = ours.add_authorized_keys([good, bad, good]);
    assert!(matches!(misuse(added), Misuse::WrongLength(_)));
}

// ---- This side's key

#[test]
fn a_secret_key_is_set_before_the_handshake_begins() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role);
        let own = host_key(OUR_KEY).identity();
        for len in [0, 31, 33] {
            let set = pair.ours.connection.set_secret_key(&vec![2; len]);
            assert!(matches!(
                misuse(set),
                Misuse::WrongLength(length) if (length.expected, length.given) == (32, len)
            ));
            let key = pair.ours.connection.local_public_key().unwrap();
            assert_eq!(key, own.public_key());
        }
        pair.ours.connection.set_secret_key(&[2; 32]).unwrap();
        let new = host_key(2).identity();
        let key = pair.ours.connection.local_public_key().unwrap();
        assert_eq!(key, new.public_key());

        // From now on it is another's business.
        let begun = |pair: &mut Pair| {
            let set = pair.ours.connection.set_secret_key(&[3; 32]);
            assert_eq!(misuse(set), Misuse::HandshakeBegun);
            assert_eq!(pair.ours.connection.local_identity(), Some(&new));
        };
        pair.middle();
        begun(&mut pair);
        let packet = pair.authentication(|_, _| {}, |_, _| {});
        pair.finish(&packet);
        begun(&mut pair);
        // Nor can it change with a new handshake.
        let reset = pair.peer.reset(wire::FAILED);
        assert!(matches!(pair.ours.give(&reset)[..], [Got::Reset(_)]));
        begun(&mut pair);
        pair.answered("a reset", &reset);
        begun(&mut pair);
        pair.handshake();
        pair.talk();
    }
}

#[test]
fn a_connection_is_made_of_a_key_of_32_bytes() {
    for kind in [
        ConnectionType::Client,
        ConnectionType::AuthenticatedServer,
        ConnectionType::UnauthenticatedServer,
    ] {
        for len in [0, 31, 33] {
            let made = OssuaryConnection::new(kind, Some(&vec![1; len]));
            assert!(matches!(
                misuse(made),
                Misuse::WrongLength(length) if (length.expected, length.given) == (32, len)
            ));
        }
        let made = OssuaryConnection::new(kind, Some(&[1; 32])).unwrap();
        let key = host_key(1).identity();
        assert_eq!(made.local_public_key().unwrap(), key.public_key());
        // Without one a client is anonymous, and a server makes itself one.
        let made = OssuaryConnection::new(kind, None).unwrap();
        assert_eq!(made.local_identity().is_some(), made.is_server());
    }
}
