//! `io::Stream` over protocol 1.

use crate::pair::{CLIENT_KEY, SERVER_KEY, client, identity, server};
use crate::resets::RESET;
use ossuary::io::{RecordsLost, Stream};
use ossuary::trust::{Anyone, AuthorizedKeys};
use ossuary::{Builder, Channel, DefaultSuite, OssuaryError, PeerError};
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// The two ends of a connection of the system's own.
fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

fn peer_error(error: &io::Error) -> &PeerError {
    match OssuaryError::of(error) {
        Some(OssuaryError::Peer(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_carries_data_both_ways() {
    let (near, far) = sockets();
    // More than a record holds, and with an end of its own: the close proves none.
    let data: Vec<u8> = (0..100_000u32).map(|n| n.to_le_bytes()[0]).collect();
    let sent = data.clone();
    let thread = thread::spawn(move || {
        let channel: Box<dyn Channel> = Box::new(server().build_v1().unwrap());
        let mut stream = Stream::accept(far, channel).unwrap();
        assert_eq!(
            stream.channel().remote_identity(),
            Some(&identity(CLIENT_KEY))
        );
        let mut data = vec![0; 100_000];
        stream.read_exact(&mut data).unwrap();
        stream.write_all(&data).unwrap();
        let error = stream.fill_buf().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert_eq!(peer_error(&error), &PeerError::UnprovenClose);
    });
    let mut stream = Stream::connect(near, client().build_v1().unwrap()).unwrap();
    stream.write_all(&sent).unwrap();
    let mut back = vec![0; data.len()];
    stream.read_exact(&mut back).unwrap();
    assert_eq!(back, data);
    let long = stream.write_record(&[0; 16_385]).unwrap_err();
    assert_eq!(long.kind(), ErrorKind::InvalidInput);
    stream.shutdown().unwrap();
    assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0);
    thread.join().unwrap();
}

#[test]
fn a_stream_that_just_ends_is_an_error_too() {
    let (near, far) = sockets();
    let thread = thread::spawn(move || {
        let mut stream = Stream::accept(far, server().build_v1().unwrap()).unwrap();
        stream.write_record(b"text").unwrap();
    });
    let mut stream = Stream::connect(near, client().build_v1().unwrap()).unwrap();
    assert_eq!(stream.read_record().unwrap(), Some(&b"text"[..]));
    let error = stream.read_record().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    thread.join().unwrap();
}

#[test]
fn a_stream_asks_about_a_server() {
    let (near, far) = sockets();
    let thread = thread::spawn(move || {
        let mut stream = Stream::accept(far, server().build_v1().unwrap()).unwrap();
        stream.write_record(b"text").unwrap();
    });
    let asks = client().trust(AuthorizedKeys::default().or_ask());
    let asks = asks.build_v1().unwrap();
    let mut stream = Stream::connect_with(near, asks, |_| Ok(true)).unwrap();
    assert_eq!(stream.read_record().unwrap(), Some(&b"text"[..]));
    thread.join().unwrap();
}

/// Damages one byte of what is written, once.
struct Damaging {
    inner: TcpStream,
    damage: bool,
}

impl Read for Damaging {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buf)
    }
}

impl Write for Damaging {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if !self.damage {
            return self.inner.write(buf);
        }
        self.damage = false;
        let mut bytes = buf.to_vec();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        self.inner.write_all(&bytes)?;
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[test]
fn a_stream_recovers_and_says_what_may_be_lost() {
    let (near, far) = sockets();
    let thread = thread::spawn(move || {
        let mut stream = Stream::accept(far, server().build_v1().unwrap()).unwrap();
        assert_eq!(stream.read_record().unwrap(), Some(&b"1"[..]));
        // The second is damaged. The reader is told, and it comes again.
        let told = stream.read_record().unwrap_err();
        let RecordsLost(delivery) = *RecordsLost::of(&told).unwrap();
        assert_eq!((delivery.lost(), delivery.counted), (0, false));
        let record = stream.read_record().unwrap().map(<[u8]>::to_vec);
        assert_eq!(record.as_deref(), Some(&b"again"[..]));
        stream.write_record(b"thanks").unwrap();
    });
    let line = Damaging {
        inner: near,
        damage: false,
    };
    let mut stream = Stream::connect(line, client().build_v1().unwrap()).unwrap();
    stream.write_record(b"1").unwrap();
    let (mut line, channel) = stream.into_parts();
    line.damage = true;
    let mut stream = Rejoined::new(line, channel);
    stream.write(b"2");
    let lost = stream.lost();
    let RecordsLost(delivery) = lost;
    assert_eq!(
        (delivery.sent, delivery.received, delivery.lost()),
        (2, 0, 2)
    );
    stream.write(b"again");
    assert_eq!(stream.read(), b"thanks");
    thread.join().unwrap();
}

/// Whoever holds the line of an anonymous client can forge a Reset and have another client
/// go on in its place. The reader is told before it reads anything of that one.
#[test]
fn what_another_anonymous_client_sends_is_not_read_as_the_first_ones() {
    let (mut near, far) = sockets();
    let thread = thread::spawn(move || {
        let server = server().trust(Anyone).build_v1().unwrap();
        let mut stream = Stream::accept(far, server).unwrap();
        assert_eq!(stream.read_record().unwrap(), Some(&b"prefix"[..]));
        let told = stream.read_record().unwrap_err();
        let RecordsLost(delivery) = *RecordsLost::of(&told).unwrap();
        assert_eq!((delivery.lost(), delivery.counted), (0, false));
        assert!(told.to_string().contains("not known"), "{told}");
        assert_eq!(stream.read_record().unwrap(), Some(&b"secret"[..]));
    });
    let anonymous = || {
        let client = Builder::<DefaultSuite>::client();
        let client = client.trust(AuthorizedKeys::new([identity(SERVER_KEY)]));
        client.build_v1().unwrap()
    };
    let mut attacker = Stream::connect(near.try_clone().unwrap(), anonymous()).unwrap();
    attacker.write_record(b"prefix").unwrap();
    near.write_all(&RESET).unwrap();
    let mut answer = [0; RESET.len()];
    near.read_exact(&mut answer).unwrap();
    assert_eq!(answer[5], RESET[5]);
    let mut victim = Stream::connect(near, anonymous()).unwrap();
    victim.write_record(b"secret").unwrap();
    thread.join().unwrap();
}

/// A handshake that has to be begun twice is no recovery where no server had answered it:
/// no client can have sent a record.
#[test]
fn a_reset_before_the_channel_is_open_is_not_told() {
    let (mut near, far) = sockets();
    near.write_all(&RESET).unwrap();
    let thread = thread::spawn(move || {
        let mut stream = Stream::accept(far, server().build_v1().unwrap()).unwrap();
        assert_eq!(stream.read_record().unwrap(), Some(&b"text"[..]));
    });
    let mut answer = [0; RESET.len()];
    near.read_exact(&mut answer).unwrap();
    let mut stream = Stream::connect(near, client().build_v1().unwrap()).unwrap();
    stream.write_record(b"text").unwrap();
    thread.join().unwrap();
}

/// A stream that was taken apart and put together again by its parts.
struct Rejoined(Stream<Damaging, Box<dyn Channel>>);

impl Rejoined {
    fn new(line: Damaging, channel: impl Channel + 'static) -> Self {
        let channel: Box<dyn Channel> = Box::new(channel);
        Rejoined(Stream::connect(line, channel).unwrap())
    }

    fn write(&mut self, record: &[u8]) {
        self.0.write_record(record).unwrap();
    }

    fn read(&mut self) -> Vec<u8> {
        self.0.read_record().unwrap().unwrap().to_vec()
    }

    fn lost(&mut self) -> RecordsLost {
        let error = self.0.read_record().unwrap_err();
        *RecordsLost::of(&error).unwrap()
    }
}

/// Takes ten bytes of each packet, then none in time, then the rest.
struct Stopping {
    inner: TcpStream,
    writes: usize,
}

impl Stopping {
    fn new(inner: TcpStream) -> Self {
        let short = Some(Duration::from_millis(50));
        inner.set_read_timeout(short).unwrap();
        Stopping { inner, writes: 0 }
    }
}

impl Read for Stopping {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buf)
    }
}

impl Write for Stopping {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        match self.writes % 3 {
            1 => self.inner.write(&buf[..10]),
            2 => Err(ErrorKind::WouldBlock.into()),
            _ => self.inner.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What a write timeout leaves of a packet of the handshake is written by who waits for
/// its answer, in either protocol.
#[test]
fn a_partly_written_packet_is_finished_by_who_reads() {
    fn converse(client: impl Channel, server: impl Channel + Send + 'static) {
        let (near, far) = sockets();
        let thread = thread::spawn(move || {
            let mut stream = Stream::accept(Stopping::new(far), server).unwrap();
            stream.write_record(b"question").unwrap();
            assert_eq!(stream.read_record().unwrap(), Some(&b"answer"[..]));
            assert!(stream.channel().last_reset().is_none());
        });
        let mut stream = Stream::connect(Stopping::new(near), client).unwrap();
        assert_eq!(stream.read_record().unwrap(), Some(&b"question"[..]));
        stream.write_record(b"answer").unwrap();
        stream.flush().unwrap();
        assert!(stream.channel().last_reset().is_none());
        thread.join().unwrap();
    }
    converse(client().build_v1().unwrap(), server().build_v1().unwrap());
    converse(client().build().unwrap(), server().build().unwrap());
}

/// Fails once at a client's second ClientAuthentication.
struct Failing {
    inner: TcpStream,
    authentications: usize,
    reads: usize,
}

impl Read for Failing {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        self.inner.read(buf)
    }
}

impl Write for Failing {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.authentications += usize::from(buf.len() == 132);
        if self.authentications == 2 {
            self.authentications += 1;
            return Err(ErrorKind::Other.into());
        }
        self.inner.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A recovery that came to its end in a call which failed is told by the next one.
#[test]
fn a_loss_is_told_before_anything_is_read_or_written() {
    for writes in [false, true] {
        let (near, far) = sockets();
        let mut line = far.try_clone().unwrap();
        let thread = thread::spawn(move || {
            let mut stream = Stream::accept(far, server().build_v1().unwrap()).unwrap();
            let told = stream.read_record().unwrap_err();
            assert!(RecordsLost::of(&told).is_some());
            stream.write_record(b"late").unwrap();
        });
        let failing = Failing {
            inner: near,
            authentications: 0,
            reads: 0,
        };
        let mut stream = Stream::connect(failing, client().build_v1().unwrap()).unwrap();
        line.write_all(&RESET).unwrap();
        let failed = stream.read_record().unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Other);
        let reads = stream.get_ref().reads;
        let told = match writes {
            true => stream.write_record(b"again").unwrap_err(),
            false => stream.read_record().unwrap_err(),
        };
        assert!(RecordsLost::of(&told).is_some());
        assert_eq!(stream.get_ref().reads, reads);
        assert_eq!(stream.read_record().unwrap(), Some(&b"late"[..]));
        thread.join().unwrap();
    }
}
