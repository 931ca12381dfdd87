//! One request and its answer over a Unix socket.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::error;
use ossuary_traits::KeyStoreError;

/// Sends `request` over a connection of its own, and waits for the answer.
#[cfg(unix)]
pub(crate) fn ask(
    path: &Path,
    timeout: Option<Duration>,
    request: &[u8],
) -> Result<Vec<u8>, KeyStoreError> {
    use crate::message::{LENGTH_LEN, answer_len};
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    let failed = |error: io::Error| error::socket(path, error);
    let mut socket = UnixStream::connect(path).map_err(failed)?;
    socket.set_read_timeout(timeout).map_err(failed)?;
    socket.set_write_timeout(timeout).map_err(failed)?;
    socket.write_all(request).map_err(failed)?;
    let mut length = [0; LENGTH_LEN];
    socket.read_exact(&mut length).map_err(failed)?;
    let mut answer = vec![0; answer_len(length)?];
    socket.read_exact(&mut answer).map_err(failed)?;
    Ok(answer)
}

/// There are no Unix sockets.
#[cfg(not(unix))]
pub(crate) fn ask(path: &Path, _: Option<Duration>, _: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
    Err(error::socket(path, io::ErrorKind::Unsupported.into()))
}
