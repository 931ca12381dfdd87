//! What users of `io::Stream` rely on when the stream below misbehaves.

#![cfg(all(unix, feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use ossuary::io::{RecordsLost, Stream};
use ossuary::{
    ConnectionType, Identity, MAX_PLAINTEXT, OssuaryConnection, OssuaryError, PeerError, Reason,
};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A socket that can be told to damage what it reads next, or to take only so
/// many bytes more.
#[derive(Clone, Debug)]
struct Line {
    socket: Arc<UnixStream>,
    damage: Arc<AtomicBool>,
    takes: Arc<Mutex<Option<usize>>>,
}

impl Line {
    fn pair() -> (Line, Line) {
        let (a, b) = UnixStream::pair().unwrap();
        let line = |socket: UnixStream| {
            socket
                .set_read_timeout(Some(Duration::from_millis(100)))
                .unwrap();
            Line {
                socket: Arc::new(socket),
                damage: Arc::default(),
                takes: Arc::default(),
            }
        };
        (line(a), line(b))
    }

    fn damage_next_read(&self) {
        self.damage.store(true, Ordering::SeqCst);
    }

    fn take_only(&self, bytes: Option<usize>) {
        *self.takes.lock().unwrap() = bytes;
    }
}

impl Read for Line {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = (&*self.socket).read(buf)?;
        if read > 0 && self.damage.swap(false, Ordering::SeqCst) {
            buf[read - 1] ^= 1;
        }
        Ok(read)
    }
}

impl Write for Line {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut takes = self.takes.lock().unwrap();
        let len = match &mut *takes {
            None => return (&*self.socket).write(buf),
            Some(0) => return Err(ErrorKind::WouldBlock.into()),
            Some(left) => {
                let len = buf.len().min(*left);
                *left -= len;
                len
            }
        };
        (&*self.socket).write_all(&buf[..len])?;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ossuary::io::TryClone for Line {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }
}

type Channel = Stream<Line>;

fn channel() -> (Channel, Channel) {
    let (near, far) = Line::pair();
    let server = OssuaryConnection::new(ConnectionType::UnauthenticatedServer, None).unwrap();
    let mut client = OssuaryConnection::new(ConnectionType::Client, None).unwrap();
    client
        .add_authorized_key(server.local_public_key().unwrap())
        .unwrap();
    let accepting = thread::spawn(move || Stream::accept(far, server).unwrap());
    let client = Stream::connect(near, client).unwrap();
    (client, accepting.join().unwrap())
}

/// Both ends write as fast as they can while both lines are damaged once: with
/// both writers stuck in full sockets, the readers have to go on reading to
/// recover.
#[test]
fn halves_recover_in_both_directions_under_load() {
    const RECORDS: usize = 100;
    let (client, server) = channel();
    let mut threads = Vec::new();
    let (from_client, from_server) = (Arc::default(), Arc::default());
    for (stream, heard, done) in [
        (client, &from_client, &from_server),
        (server, &from_server, &from_client),
    ] {
        // What was sent from here has been heard, or what was sent to here.
        let (heard, done): (Arc<AtomicBool>, Arc<AtomicBool>) =
            (Arc::clone(heard), Arc::clone(done));
        let also = Arc::clone(&done);
        let line = stream.get_ref().clone();
        let (mut reader, mut writer) = stream.split().map_err(|(_, error)| error).unwrap();
        let writing = thread::spawn(move || {
            let record = vec![7; MAX_PLAINTEXT];
            let mut written = 0;
            let mut lost = 0;
            // Then empty records, until both sides have heard one: some of them may
            // be lost as well. The side that sees it first closes.
            let both = || heard.load(Ordering::SeqCst) && also.load(Ordering::SeqCst);
            while written < RECORDS || !both() {
                let record = if written < RECORDS { &record[..] } else { &[] };
                match writer.write_record(record) {
                    Ok(()) => written += 1,
                    Err(error) if error.kind() == ErrorKind::NotConnected => break,
                    Err(error) => lost += RecordsLost::of(&error).unwrap().0.lost(),
                }
                if record.is_empty() {
                    thread::sleep(Duration::from_millis(10));
                }
            }
            writer.shutdown().unwrap();
            lost
        });
        let reading = thread::spawn(move || {
            // The writers have filled the sockets before anybody reads.
            thread::sleep(Duration::from_millis(50));
            line.damage_next_read();
            let mut records = 0;
            loop {
                match reader.read_record() {
                    Ok(Some([])) => break,
                    Ok(Some(_)) => records += 1,
                    Ok(None) => panic!("nobody closed"),
                    Err(error) => assert!(RecordsLost::of(&error).is_some(), "{error:?}"),
                }
            }
            done.store(true, Ordering::SeqCst);
            // Until the peer has stopped writing, somebody has to read.
            while let Ok(Some(_)) = reader.read_record() {}
            records
        });
        threads.push((writing, reading));
    }
    let mut lost = Vec::new();
    let mut received = Vec::new();
    for (writing, reading) in threads {
        lost.push(writing.join().unwrap());
        received.push(reading);
    }
    let received: Vec<u64> = received
        .into_iter()
        .map(|reading| reading.join().unwrap())
        .collect();
    for (lost, received) in lost.iter().zip(received.iter().rev()) {
        assert!(*lost > 0 && *received > 0);
        assert!(lost + received >= RECORDS as u64);
    }
}

/// What a write timeout leaves goes before anything else, and a close counts
/// only once it is out.
#[test]
fn a_partly_written_packet_is_finished_first() {
    let (mut client, mut server) = channel();
    let line = client.get_ref().clone();
    line.take_only(Some(10));
    client.write_all(b"in two parts").unwrap();
    assert_eq!(
        client.write(b"not yet").unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    assert_eq!(client.flush().unwrap_err().kind(), ErrorKind::WouldBlock);
    line.take_only(None);
    client.flush().unwrap();
    assert_eq!(server.read_record().unwrap().unwrap(), b"in two parts");

    line.take_only(Some(5));
    assert_eq!(client.shutdown().unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(client.shutdown().unwrap_err().kind(), ErrorKind::WouldBlock);
    line.take_only(None);
    client.shutdown().unwrap();
    assert_eq!(server.read_record().unwrap(), None);
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
}

/// Runs a recovery that the server begins, with both ends reading.
fn recover(client: &mut Channel, server: &mut Channel) -> (io::Result<usize>, io::Result<usize>) {
    server.get_ref().damage_next_read();
    client.write_all(b"damaged").unwrap();
    thread::scope(|scope| {
        let reading = scope.spawn(|| server.read(&mut [0; 9]));
        let lost = client.read(&mut [0; 9]);
        client.write_all(b"end").unwrap();
        (lost, reading.join().unwrap())
    })
}

#[test]
fn who_lost_records_is_told_how_many_and_goes_on() {
    let (mut client, mut server) = channel();
    client.write_all(b"arrives").unwrap();
    assert_eq!(server.read_record().unwrap().unwrap(), b"arrives");
    for arrived in [1, 2] {
        let (lost, read) = recover(&mut client, &mut server);
        let lost = lost.unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::ConnectionReset);
        let RecordsLost(delivery) = RecordsLost::of(&lost).unwrap();
        assert_eq!((delivery.sent, delivery.received), (arrived + 1, arrived));
        assert_eq!(read.unwrap(), 3);
    }
}

#[test]
fn an_early_end_is_an_unexpected_one() {
    let (client, mut server) = channel();
    drop(client);
    let error = server.read(&mut [0; 9]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    let source: &OssuaryError = error.get_ref().unwrap().downcast_ref().unwrap();
    assert!(matches!(source, OssuaryError::Peer(PeerError::StreamEnded)));
    assert_eq!(
        server.write(b"x").unwrap_err().kind(),
        ErrorKind::NotConnected
    );
}

#[test]
fn halves_close_in_good_order_and_say_so_afterwards() {
    let (client, server) = channel();
    let (mut client_reads, mut client_writes) = client.split().unwrap();
    let (mut server_reads, mut server_writes) = server.split().unwrap();
    server_writes.write_all(b"last words").unwrap();
    client_writes.shutdown().unwrap();
    client_writes.shutdown().unwrap();
    assert_eq!(
        client_writes.write(b"x").unwrap_err().kind(),
        ErrorKind::NotConnected
    );
    assert_eq!(server_reads.read_record().unwrap(), None);
    assert_eq!(server_reads.read_record().unwrap(), None);
    server_writes.shutdown().unwrap();
    let error = server_writes.write(b"x").unwrap_err();
    let source: &OssuaryError = error.get_ref().unwrap().downcast_ref().unwrap();
    assert!(matches!(source, OssuaryError::ConnectionClosed));
    // What the peer had sent before it learned of the close can be read.
    assert_eq!(client_reads.read_record().unwrap().unwrap(), b"last words");
}

#[test]
fn records_keep_their_bounds_and_empty_ones_count() {
    let (mut client, mut server) = channel();
    for record in [&b""[..], b"a", b"", &[7; MAX_PLAINTEXT]] {
        client.write_record(record).unwrap();
        assert_eq!(server.read_record().unwrap(), Some(record));
    }
    let error = client.write_record(&[0; MAX_PLAINTEXT + 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    // Reading as a stream passes over empty records, and splits long ones.
    client.write_record(b"").unwrap();
    client.write_record(b"ab").unwrap();
    let mut byte = [0];
    assert_eq!(server.read(&mut byte).unwrap(), 1);
    assert_eq!(server.read_record().unwrap(), Some(&b"b"[..]));
}

#[test]
fn a_stream_is_for_the_role_that_it_says() {
    let (near, _far) = Line::pair();
    let client = OssuaryConnection::new(ConnectionType::Client, None).unwrap();
    assert!(matches!(
        Stream::accept(near, client),
        Err(OssuaryError::Misuse(ossuary::Misuse::WrongRole))
    ));
}

/// How a client ends that asks about a server it does not know, and what the server
/// hears of it.
fn asked(
    ask: impl FnMut(&Identity) -> Result<bool, Box<dyn std::error::Error + Send + Sync>>,
) -> (Result<(), OssuaryError>, Option<OssuaryError>, Identity) {
    let (near, far) = Line::pair();
    let server = OssuaryConnection::new(ConnectionType::UnauthenticatedServer, None).unwrap();
    let key = server.local_identity().unwrap().clone();
    let far_end = thread::spawn(move || Stream::accept(far, server).err());
    let client = OssuaryConnection::new(ConnectionType::Client, None).unwrap();
    let connected = Stream::connect_with(near, client, ask).map(drop);
    (connected, far_end.join().unwrap(), key)
}

#[test]
fn who_says_yes_when_asked_is_connected() {
    let mut seen = None;
    let (connected, _, key) = asked(|identity| {
        seen = Some(identity.clone());
        Ok(true)
    });
    connected.unwrap();
    assert_eq!(seen, Some(key));
}

#[test]
fn who_says_no_when_asked_is_told_whom() {
    let (connected, told, key) = asked(|_| Ok(false));
    let error = connected.unwrap_err();
    assert!(
        matches!(&error, OssuaryError::Peer(PeerError::NotAuthorized(refused)) if **refused == key),
        "{error:?}"
    );
    let reason = PeerError::Disconnected(Reason::NotAuthorized);
    assert!(matches!(told, Some(OssuaryError::Peer(error)) if error == reason));
}

#[test]
fn who_cannot_be_asked_has_its_own_error() {
    let (connected, told, _) = asked(|_| Err("there is no terminal".into()));
    let error = connected.unwrap_err();
    assert!(
        matches!(&error, OssuaryError::Trust(cause) if cause.to_string() == "there is no terminal"),
        "{error:?}"
    );
    assert!(matches!(
        told,
        Some(OssuaryError::Peer(PeerError::Disconnected(_)))
    ));
}

#[test]
fn where_nobody_is_asked_the_key_is_told() {
    let (near, far) = Line::pair();
    let server = OssuaryConnection::new(ConnectionType::UnauthenticatedServer, None).unwrap();
    let key = server.local_public_key().unwrap().to_vec();
    let far_end = thread::spawn(move || Stream::accept(far, server).err());
    let client = OssuaryConnection::new(ConnectionType::Client, None).unwrap();
    let error = Stream::connect(near, client).unwrap_err();
    assert!(matches!(&error, OssuaryError::UntrustedServer(told) if *told == key));
    assert!(far_end.join().unwrap().is_some());
}

#[test]
fn an_error_of_a_read_is_found_in_it() {
    let (near, far) = Line::pair();
    let server = OssuaryConnection::new(ConnectionType::UnauthenticatedServer, None).unwrap();
    let mut client = OssuaryConnection::new(ConnectionType::Client, None).unwrap();
    client
        .add_authorized_key(server.local_public_key().unwrap())
        .unwrap();
    let far_end = thread::spawn(move || drop(Stream::accept(far, server).unwrap()));
    let mut client = Stream::connect(near, client).unwrap();
    far_end.join().unwrap();
    let error = client.read(&mut [0; 1]).unwrap_err();
    assert!(matches!(
        OssuaryError::of(&error),
        Some(OssuaryError::Peer(PeerError::StreamEnded))
    ));
    assert!(OssuaryError::of(&io::Error::from(ErrorKind::NotFound)).is_none());
}

/// Who has written and waits for the answer writes what a write timeout left.
#[test]
fn a_partly_written_record_is_finished_by_who_reads() {
    for halves in [false, true] {
        let (mut client, mut server) = channel();
        let answering = thread::spawn(move || {
            assert_eq!(server.read_record().unwrap().unwrap(), b"question");
            server.write_record(b"answer").unwrap();
        });
        let line = client.get_ref().clone();
        line.take_only(Some(10));
        let answer = if halves {
            let (mut reader, mut writer) = client.split().map_err(|(_, error)| error).unwrap();
            writer.write_record(b"question").unwrap();
            line.take_only(None);
            reader.read_record().unwrap().map(<[u8]>::to_vec)
        } else {
            client.write_record(b"question").unwrap();
            line.take_only(None);
            client.read_record().unwrap().map(<[u8]>::to_vec)
        };
        assert_eq!(answer.as_deref(), Some(&b"answer"[..]));
        answering.join().unwrap();
    }
}
