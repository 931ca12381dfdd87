//! The API over `Read` and `Write`: streams that take and give a packet in any
//! pieces.

use crate::calls::misuse;
use crate::pair::{Got, Pair, ROLES};
use crate::peer::wire;
use ossuary::{DefaultSuite, Misuse, OssuaryError, Role};
use std::io::{self, ErrorKind, Read, Write};

/// How a stream says that it takes or gives no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// With the error.
    WouldBlock,
    /// With 0 bytes.
    Zero,
}

const STOPS: [Stop; 2] = [Stop::WouldBlock, Stop::Zero];

impl Stop {
    fn result(self) -> io::Result<usize> {
        match self {
            Stop::WouldBlock => Err(ErrorKind::WouldBlock.into()),
            Stop::Zero => Ok(0),
        }
    }
}

/// A writer that takes so many bytes, and is interrupted before each write.
pub struct Takes {
    pub bytes: Vec<u8>,
    pub room: usize,
    stop: Stop,
    interrupt: bool,
}

impl Takes {
    pub fn new(room: usize, stop: Stop) -> Self {
        Takes {
            bytes: Vec::new(),
            room,
            stop,
            interrupt: true,
        }
    }

    pub fn all() -> Self {
        Self::new(usize::MAX, Stop::WouldBlock)
    }
}

impl Write for Takes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if !self.interrupt {
            return Err(ErrorKind::Interrupted.into());
        }
        let len = bytes.len().min(self.room - self.bytes.len().min(self.room));
        if len == 0 {
            return self.stop.result();
        }
        // One byte at a time, or all: both are a stream's right.
        let len = if self.room.is_multiple_of(2) { 1 } else { len };
        self.bytes.extend(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader that gives these bytes, and is interrupted before each read.
struct Gives<'a> {
    bytes: &'a [u8],
    stop: Stop,
    interrupt: bool,
}

impl<'a> Gives<'a> {
    fn new(bytes: &'a [u8], stop: Stop) -> Self {
        Gives {
            bytes,
            stop,
            interrupt: true,
        }
    }
}

impl Read for Gives<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if !self.interrupt {
            return Err(ErrorKind::Interrupted.into());
        }
        if self.bytes.is_empty() {
            return self.stop.result();
        }
        self.bytes.read(out)
    }
}

/// A stream that is broken.
pub struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::BrokenPipe.into())
    }
}

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[track_caller]
pub fn blocks<T: std::fmt::Debug>(result: Result<T, OssuaryError>, bytes: usize) {
    match result {
        Err(OssuaryError::WouldBlock(blocked)) => assert_eq!(blocked, bytes),
        other => panic!("{other:?}, and not WouldBlock({bytes})"),
    }
}

/// Our side is to send a handshake's packet.
pub fn to_send(role: Role) -> Pair {
    let mut pair = Pair::new(role);
    if role == Role::Server {
        let message = pair.peer.client_handshake();
        let hello = pair.peer.send_client_handshake(&message);
        assert_eq!(pair.ours.give(&hello), [Got::Progress]);
    }
    pair
}

// ---- Out

#[test]
fn a_handshakes_packet_goes_out_in_any_two_pieces() {
    for role in ROLES {
        let whole = to_send(role).ours.take();
        for stop in STOPS {
            for cut in 0..whole.len() {
                let mut pair = to_send(role);
                let ours = &mut pair.ours.connection;
                let mut first = Takes::new(cut, stop);
                blocks(ours.send_handshake(&mut first), cut);
                blocks(ours.flush(Takes::new(0, stop)), 0);
                let mut second = Takes::all();
                let rest = ours.send_handshake(&mut second).unwrap();
                assert_eq!(rest, whole.len() - cut);
                assert_eq!([first.bytes, second.bytes].concat(), whole);
                assert_eq!(ours.send_handshake(Takes::all()).unwrap(), 0);
            }
            let mut pair = to_send(role);
            let mut all = Takes::new(whole.len(), stop);
            let sent = pair.ours.connection.send_handshake(&mut all).unwrap();
            assert_eq!((sent, all.bytes), (whole.len(), whole.clone()));
        }
    }
}

#[test]
fn a_record_goes_out_in_any_two_pieces_and_the_next_waits_for_it() {
    let len = 24 + 10;
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        for stop in STOPS {
            for cut in 0..=len {
                let ours = &mut pair.ours.connection;
                let mut out = Takes::new(cut, stop);
                let sent = ours.records_sent();
                let result = ours.send_data(b"ten bytes!", &mut out);
                assert_eq!(ours.records_sent(), sent + 1);
                if cut == len {
                    assert_eq!(result.unwrap(), len);
                } else {
                    blocks(result, cut);
                    // The next one is not accepted, and nothing of it is kept.
                    let next = ours.send_data(b"the next", Takes::all());
                    assert_eq!(misuse(next), Misuse::FlushFirst);
                    assert_eq!(ours.records_sent(), sent + 1);
                    out.room = usize::MAX;
                    assert_eq!(ours.flush(&mut out).unwrap(), len - cut);
                }
                assert_eq!(ours.flush(Takes::all()).unwrap(), 0);
                assert_eq!(pair.peer.open(&out.bytes).1, b"ten bytes!");
            }
        }
    }
}

#[test]
fn a_stream_that_breaks_is_told_of_and_loses_nothing() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let ours = &mut pair.ours.connection;
        assert!(matches!(
            ours.send_data(b"text", Broken),
            Err(OssuaryError::Io(error)) if error.kind() == ErrorKind::BrokenPipe
        ));
        let mut out = Vec::new();
        assert_eq!(ours.flush(&mut out).unwrap(), 28);
        assert_eq!(pair.peer.open(&out).1, b"text");
        assert!(matches!(
            ours.recv_data(Broken, Vec::new()),
            Err(OssuaryError::Io(error)) if error.kind() == ErrorKind::BrokenPipe
        ));
        let record = pair.peer.record(b"text");
        assert!(matches!(
            ours.recv_data((&record[..]).chain(Broken), Broken),
            Err(OssuaryError::Io(error)) if error.kind() == ErrorKind::BrokenPipe
        ));
        // The record was taken, and its text is kept for a writer that works.
        let mut text = Vec::new();
        assert_eq!(ours.recv_data(Broken, &mut text).unwrap(), (0, 4));
        assert_eq!(text, b"text");
    }
}

// ---- In

#[test]
fn a_handshakes_packet_comes_in_in_any_two_pieces() {
    for role in ROLES {
        let len = {
            let mut pair = Pair::<DefaultSuite>::new(role).into_middle();
            pair.authentication(|_, _| {}, |_, _| {}).len()
        };
        for stop in STOPS {
            for cut in 0..=len {
                let mut pair = Pair::<DefaultSuite>::new(role).into_middle();
                let packet = pair.authentication(|_, _| {}, |_, _| {});
                let ours = &mut pair.ours.connection;
                // Something behind the packet stays in the stream.
                let behind = [&packet[..], b"behind"].concat();
                let mut rest = 0;
                if cut < len {
                    blocks(ours.recv_handshake(Gives::new(&packet[..cut], stop)), cut);
                    blocks(ours.recv_handshake(Gives::new(&[], stop)), 0);
                    rest = cut;
                }
                let mut input = Gives::new(&behind[rest..], stop);
                assert_eq!(ours.recv_handshake(&mut input).unwrap(), len - rest);
                assert_eq!(input.bytes, b"behind");
                ours.send_handshake(Takes::all()).unwrap();
                assert!(ours.handshake_done().unwrap());
            }
        }
    }
}

#[test]
fn a_record_comes_in_in_any_two_pieces() {
    let len = 24 + 10;
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        for stop in STOPS {
            for cut in 0..=len {
                let record = pair.peer.record(b"ten bytes!");
                let behind = [&record[..], b"behind"].concat();
                let ours = &mut pair.ours.connection;
                let received = ours.records_received();
                let mut text = Vec::new();
                let mut rest = 0;
                if cut < len {
                    let input = Gives::new(&record[..cut], stop);
                    blocks(ours.recv_data(input, &mut text), cut);
                    rest = cut;
                }
                assert_eq!(text, b"");
                assert_eq!(ours.records_received(), received);
                let mut input = Gives::new(&behind[rest..], stop);
                let taken = ours.recv_data(&mut input, &mut text).unwrap();
                assert_eq!(taken, (len - rest, 10));
                assert_eq!(
                    (&text[..], input.bytes),
                    (&b"ten bytes!"[..], &b"behind"[..])
                );
                assert_eq!(ours.records_received(), received + 1);
            }
        }
    }
}

#[test]
fn a_plaintext_is_delivered_in_any_two_pieces() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        for stop in STOPS {
            for cut in 0..10 {
                let record = pair.peer.record(b"ten bytes!");
                let ours = &mut pair.ours.connection;
                let mut out = Takes::new(cut, stop);
                blocks(ours.recv_data(&record[..], &mut out), record.len());
                blocks(ours.recv_data(Broken, &mut out), 0);
                out.room = usize::MAX;
                assert_eq!(ours.recv_data(Broken, &mut out).unwrap(), (0, 10 - cut));
                assert_eq!(out.bytes, b"ten bytes!");
            }
        }
    }
}

/// What is not delivered yet is not lost by a reset, nor by a clean end.
#[test]
fn a_plaintext_is_delivered_after_a_reset_and_after_an_end() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let record = pair.peer.record(b"ten bytes!");
        let ours = &mut pair.ours.connection;
        let mut out = Takes::new(3, Stop::WouldBlock);
        blocks(ours.recv_data(&record[..], &mut out), record.len());
        let reset = pair.peer.reset(wire::FAILED);
        assert!(matches!(pair.ours.give(&reset)[..], [Got::Reset(_)]));
        out.room = 5;
        blocks(pair.ours.connection.recv_data(Broken, &mut out), 0);
        pair.answered("meanwhile", &reset);
        pair.handshake();
        let close = pair.peer.close();
        assert_eq!(pair.ours.give(&close), [Got::Closed]);
        out.room = usize::MAX;
        let ours = &mut pair.ours.connection;
        assert_eq!(ours.recv_data(Broken, &mut out).unwrap(), (0, 5));
        assert_eq!(out.bytes, b"ten bytes!");
        assert!(matches!(
            ours.recv_data(Broken, &mut out),
            Err(OssuaryError::ConnectionClosed)
        ));
    }
}

/// A forged alert, which is dropped, is no empty record; the record behind it is one.
#[test]
fn what_is_dropped_beside_records_is_no_record() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let forged = wire::Alert {
            reason: wire::FAILED,
            kind: 0,
            token: [9; 16],
        };
        let forged = forged.packet(wire::RESET, 1);
        let record = pair.peer.record(b"");
        let ours = &mut pair.ours.connection;
        let mut text = Vec::new();
        blocks(ours.recv_data(&forged[..], &mut text), forged.len());
        let both = [&forged[..], &record].concat();
        let taken = ours.recv_data(&both[..], &mut text).unwrap();
        assert_eq!(taken, (both.len(), 0));
        assert_eq!(ours.records_received(), 1);
    }
}

/// Where a part of a packet is kept for the methods over streams, those over buffers change
/// nothing, and say which way it goes on.
#[test]
fn what_is_kept_goes_before_all_else() {
    for role in ROLES {
        let mut pair = Pair::<DefaultSuite>::new(role).into_open();
        let record = pair.peer.record(b"from the peer");
        let ours = &mut pair.ours.connection;
        let mut buffer = [0; 100];

        let mut first = Takes::new(9, Stop::WouldBlock);
        blocks(ours.send_data(b"to the peer", &mut first), 9);
        for result in [
            ours.seal(b"text", &mut buffer),
            ours.seal_in_place(&mut buffer, 4),
            ours.seal_padded(b"text", 9, &mut buffer),
            ours.send(&mut buffer),
        ] {
            assert_eq!(misuse(result), Misuse::FlushFirst);
        }
        let mut rest = Takes::all();
        ours.flush(&mut rest).unwrap();
        assert!(ours.seal(b"text", &mut buffer).is_ok());

        let (begun, end) = record.split_at(11);
        blocks(ours.recv_data(begun, Vec::new()), 11);
        let mut received = end.to_vec();
        assert_eq!(misuse(ours.receive(&mut received)), Misuse::PacketBegun);
        let whole = std::mem::replace(ours, Pair::<DefaultSuite>::new(role).ours.connection);
        let Err((mut whole, error)) = whole.split() else {
            panic!("a part of a packet is kept");
        };
        assert_eq!(misuse::<()>(Err(error)), Misuse::PacketBegun);
        let mut text = Vec::new();
        assert_eq!(whole.recv_data(end, &mut text).unwrap(), (end.len(), 13));
        assert_eq!(text, b"from the peer");
        assert!(whole.split().is_ok());
    }
}

/// A half belongs to its channel also when that is over.
#[test]
fn a_foreign_half_is_refused_where_the_connection_is_over() {
    let open = |role| Pair::<DefaultSuite>::new(role).into_open();
    let split =
        |pair: Pair<DefaultSuite>| pair.ours.connection.split().unwrap_or_else(|_| panic!());
    let (own, mut receiver) = split(open(Role::Client));
    let (foreign, other) = split(open(Role::Server));
    assert!(receiver.end_of_stream().is_err());
    let Err((receiver, foreign, error)) = receiver.rejoin(foreign) else {
        panic!("it is not its own");
    };
    assert_eq!(misuse::<()>(Err(error)), Misuse::ForeignHalf);
    assert!(receiver.rejoin(own).is_ok());
    assert!(other.rejoin(foreign).is_ok());
}
