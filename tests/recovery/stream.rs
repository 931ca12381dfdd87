//! `ossuary::io::Stream` over a pipe that changes bytes: it recovers by itself,
//! and says to the record what was lost.
//!
//! Two threads, and no clock: only damage that shows by itself.

use crate::pair::TestSuite;
use crate::pipe::{Pipe, pipe};
use crate::toy::{Counter, Toy};
use ossuary::io::{RecordsLost, Stream};
use ossuary::trust::AuthorizedKeys;
use ossuary::{Builder, Delivery, KeyStore, MemoryKeyStore, OssuaryConnection, Role};
use std::io::{self, ErrorKind, Write};
use std::thread;

/// A client and a server of the toy suite, over [`Stream`].
pub(crate) fn connection(role: Role) -> OssuaryConnection<Toy, MemoryKeyStore> {
    let [client, server] = [1, 2].map(Toy::key_store);
    let (builder, store, peer) = match role {
        Role::Client => (Builder::<Toy>::client(), client, server),
        Role::Server => (Builder::<Toy>::server(), server, client),
    };
    builder
        .key_store(store)
        .trust(AuthorizedKeys::new(peer.identities().unwrap()))
        .random(Counter::new(role as u8))
        .build()
        .unwrap()
}

type ToyStream = Stream<Pipe, OssuaryConnection<Toy, MemoryKeyStore>>;

/// Runs `client` and `server` at the ends of a pipe that changes these bytes of
/// what each writes.
fn with_streams<T: Send + 'static>(
    damaged: [Vec<usize>; 2],
    client: impl FnOnce(ToyStream) -> T,
    server: impl FnOnce(ToyStream) -> T + Send + 'static,
) -> [T; 2] {
    let (client_end, server_end) = pipe(damaged);
    let thread = thread::spawn(move || {
        server(Stream::accept(server_end, connection(Role::Server)).unwrap())
    });
    let result = client(Stream::connect(client_end, connection(Role::Client)).unwrap());
    [result, thread.join().unwrap()]
}

fn lost(error: &io::Error) -> Delivery {
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    RecordsLost::of(error).unwrap().0
}

/// Where the records of each direction begin in such a conversation.
const CLIENT_RECORDS: usize = 87 + 129;
const SERVER_RECORDS: usize = 205;

fn numbered(n: u8) -> [u8; 8] {
    [n; 8]
}

/// What [`numbered`] is on the wire.
const RECORD: usize = 8 + 8 + 16;

fn read_to_the_end(mut stream: ToyStream) -> Vec<u8> {
    let mut read: Vec<u8> = Vec::new();
    while let Some(record) = stream.read_record().unwrap() {
        read.extend(record.first());
    }
    read
}

#[test]
fn a_stream_mends_its_handshake_unasked() {
    // In the shares, in the sealed parts, in the tags.
    let places = [
        [Some(20), None],
        [Some(87 + 60), None],
        [Some(87 + 128), None],
        [None, Some(20)],
        [None, Some(100)],
        [None, Some(204)],
    ];
    for place in places {
        let damaged = place.map(|place| place.into_iter().collect());
        let [_, read] = with_streams(
            damaged,
            |mut stream| {
                // The damage may show when the first record is on its way.
                let mut next = 1;
                while next <= 3 {
                    match stream.write_record(&numbered(next)) {
                        Ok(()) => next += 1,
                        Err(error) => next = lost(&error).received as u8 + 1,
                    }
                }
                match stream.read_record() {
                    Ok(record) => assert_eq!(record, Some(&b"go"[..])),
                    Err(error) => {
                        let delivery = lost(&error);
                        assert_eq!((delivery.sent, delivery.received), (3, 0));
                        for n in 1..=3 {
                            stream.write_record(&numbered(n)).unwrap();
                        }
                        assert_eq!(stream.read_record().unwrap(), Some(&b"go"[..]));
                    }
                }
                stream.shutdown().unwrap();
                Vec::new()
            },
            |mut stream| {
                stream.write_record(b"go").unwrap();
                read_to_the_end(stream)
            },
        );
        assert_eq!(read, [1, 2, 3], "{place:?}");
    }
}

#[test]
fn a_stream_tells_its_writer_what_was_lost() {
    let damaged = [vec![CLIENT_RECORDS + RECORD + 10], vec![]];
    let [_, read] = with_streams(
        damaged,
        |mut stream| {
            for n in 1..=3 {
                stream.write_record(&numbered(n)).unwrap();
            }
            let delivery = lost(&stream.read_record().unwrap_err());
            assert_eq!(
                (delivery.sent, delivery.received, delivery.lost()),
                (3, 1, 2)
            );
            for n in 2..=3 {
                stream.write_record(&numbered(n)).unwrap();
            }
            stream.shutdown().unwrap();
            Vec::new()
        },
        read_to_the_end,
    );
    assert_eq!(read, [1, 2, 3]);
}

#[test]
fn a_stream_tells_a_server_too() {
    let damaged = [vec![], vec![SERVER_RECORDS + 2 * RECORD + 10]];
    let [read, _] = with_streams(
        damaged,
        |mut stream| {
            let mut read: Vec<u8> = Vec::new();
            while read.len() < 4 {
                read.extend(stream.read_record().unwrap().unwrap().first());
            }
            stream.write_record(b"thanks").unwrap();
            assert_eq!(stream.read_record().unwrap(), None);
            read
        },
        |mut stream| {
            for n in 1..=3 {
                stream.write_record(&numbered(n)).unwrap();
            }
            let delivery = lost(&stream.read_record().unwrap_err());
            assert_eq!(
                (delivery.sent, delivery.received, delivery.lost()),
                (3, 2, 1)
            );
            for n in 3..=4 {
                stream.write_record(&numbered(n)).unwrap();
            }
            assert_eq!(stream.read_record().unwrap(), Some(&b"thanks"[..]));
            stream.shutdown().unwrap();
            Vec::new()
        },
    );
    assert_eq!(read, [1, 2, 3, 4]);
}

#[test]
fn an_early_end_of_a_stream_is_no_clean_end() {
    with_streams(
        [vec![], vec![]],
        |mut stream| stream.write_all(b"half of it").unwrap(),
        |mut stream| {
            assert!(stream.read_record().unwrap().is_some());
            let error = stream.read_record().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        },
    );
    with_streams(
        [vec![], vec![]],
        |mut stream| stream.write_all(b"half of it").unwrap(),
        |stream| {
            let (mut read, _write) = stream.split().unwrap();
            assert!(read.read_record().unwrap().is_some());
            let error = read.read_record().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        },
    );
}

#[test]
fn halves_of_a_stream_recover_too() {
    let damaged = [vec![CLIENT_RECORDS + RECORD + 10], vec![]];
    let [_, read] = with_streams(
        damaged,
        |stream| {
            let (mut read, mut write) = stream.split().unwrap();
            for n in 1..=3 {
                write.write_record(&numbered(n)).unwrap();
            }
            // Both halves are told, once each.
            let told = lost(&read.read_record().unwrap_err());
            assert_eq!((told.sent, told.received), (3, 1));
            assert_eq!(lost(&write.write_record(&numbered(9)).unwrap_err()), told);
            for n in 2..=3 {
                write.write_record(&numbered(n)).unwrap();
            }
            assert_eq!(read.read_record().unwrap(), Some(&b"thanks"[..]));
            write.shutdown().unwrap();
            Vec::new()
        },
        |stream| {
            let (mut read, mut write) = stream.split().unwrap();
            let mut all: Vec<u8> = Vec::new();
            while all.len() < 3 {
                all.extend(read.read_record().unwrap().unwrap().first());
            }
            write.write_record(b"thanks").unwrap();
            assert_eq!(read.read_record().unwrap(), None);
            all
        },
    );
    assert_eq!(read, [1, 2, 3]);
}
