//! One request and its answer over a Unix socket.

#[cfg(unix)]
pub(crate) use unix::ask;

#[cfg(unix)]
mod unix {
    use crate::error;
    use crate::message::{LENGTH_LEN, answer_len};
    use ossuary_traits::KeyStoreError;
    use socket2::{Domain, SockAddr, Socket, Type};
    use std::io::{self, ErrorKind, Read, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::{SocketAddr, UnixStream};
    use std::path::Path;
    use std::time::{Duration, Instant};

    /// Sends `request` over a connection of its own, and waits for the answer: for
    /// `timeout` in all.
    pub(crate) fn ask(
        path: &Path,
        timeout: Option<Duration>,
        request: &[u8],
    ) -> Result<Vec<u8>, KeyStoreError> {
        let failed = |error: io::Error| error::socket(path, error);
        let mut connection = Connection::new(path, timeout).map_err(failed)?;
        connection.write_all(request).map_err(failed)?;
        let mut length = [0; LENGTH_LEN];
        connection.read_exact(&mut length).map_err(failed)?;
        let mut answer = vec![0; answer_len(length)?];
        connection.read_exact(&mut answer).map_err(failed)?;
        Ok(answer)
    }

    /// A connection that fails after its deadline, however the other end goes on.
    struct Connection {
        stream: UnixStream,
        deadline: Option<Instant>,
    }

    impl Connection {
        fn new(path: &Path, timeout: Option<Duration>) -> io::Result<Self> {
            // A timeout without end is none.
            let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
            // A path with a zero byte is refused here; below, it would be cut off there.
            SocketAddr::from_pathname(path)?;
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
            // Where the agent's queue of connections is full, Linux waits for this long.
            // Other systems refuse the connection.
            socket.set_write_timeout(deadline.and(timeout))?;
            socket.connect(&SockAddr::unix(path)?)?;
            let stream = OwnedFd::from(socket).into();
            Ok(Connection { stream, deadline })
        }

        /// What is left of the time: never zero, which a socket takes for no limit.
        fn left(&self) -> io::Result<Option<Duration>> {
            let Some(deadline) = self.deadline else {
                return Ok(None);
            };
            match deadline.saturating_duration_since(Instant::now()) {
                Duration::ZERO => Err(ErrorKind::TimedOut.into()),
                left => Ok(Some(left)),
            }
        }
    }

    impl Read for Connection {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.stream.set_read_timeout(self.left()?)?;
            self.stream.read(buffer)
        }
    }

    impl Write for Connection {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            self.stream.set_write_timeout(self.left()?)?;
            self.stream.write(buffer)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.stream.flush()
        }
    }
}

/// There are no Unix sockets.
#[cfg(not(unix))]
pub(crate) fn ask(
    path: &std::path::Path,
    _: Option<std::time::Duration>,
    _: &[u8],
) -> Result<Vec<u8>, ossuary_traits::KeyStoreError> {
    Err(crate::error::socket(
        path,
        std::io::ErrorKind::Unsupported.into(),
    ))
}
