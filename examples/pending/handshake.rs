//! A handshake in an event loop, whose signature may come later: the one thing here that
//! is worth copying.

use ossuary::{CryptoSuite, Event, KeyStore, KeyStoreError, OssuaryConnection};
use ossuary::{OssuaryError, PendingSignature, Signature, Status};
use std::io::ErrorKind;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

/// Room for a handshake's packets, in bytes; longer ones make more.
const ROOM: usize = 1024;

/// Carries the handshake of `connection` over `stream` to its end, and returns the bytes
/// that came behind it. Where the key store leaves the signature to the application,
/// `signer` brings it; until then nothing waits but this future.
///
/// A peer whose key is undecided is refused. How long a peer may take to read what is sent
/// is for the caller to limit, as is how long a signature may take.
///
/// # Errors
///
/// The handshake failed, and the peer has been told so, or the stream or the signer did.
pub(crate) async fn handshake<T, S, K, F>(
    stream: &mut T,
    connection: &mut OssuaryConnection<S, K>,
    signer: impl Fn(PendingSignature) -> F,
) -> Result<Vec<u8>, OssuaryError>
where
    T: AsyncRead + AsyncWrite + Unpin,
    S: CryptoSuite,
    K: KeyStore,
    F: Future<Output = Result<Signature, KeyStoreError>>,
{
    let result = carry(stream, connection, signer).await;
    if result.is_err() {
        // There may be a last packet, which says why.
        connection.disconnect(true);
        let _ = send(stream, connection).await;
    }
    result
}

async fn carry<T, S, K, F>(
    stream: &mut T,
    connection: &mut OssuaryConnection<S, K>,
    signer: impl Fn(PendingSignature) -> F,
) -> Result<Vec<u8>, OssuaryError>
where
    T: AsyncRead + AsyncWrite + Unpin,
    S: CryptoSuite,
    K: KeyStore,
    F: Future<Output = Result<Signature, KeyStoreError>>,
{
    let begun = Instant::now();
    let mut input = Vec::with_capacity(ROOM);
    loop {
        send(stream, connection).await?;
        if connection.status() == Status::Open {
            return Ok(input);
        }
        if let Some(pending) = connection.pending_signature() {
            connection.provide_signature(signer(pending).await?)?;
            continue;
        }
        connection.advance(begun.elapsed())?;
        let received = connection.receive(&mut input)?;
        let (consumed, event) = (received.consumed, received.event);
        match event {
            Event::NeedBytes(_) => {
                let read = stream.read_buf(&mut input);
                let read = match connection.deadline() {
                    None => read.await,
                    // A wait that was too long is found by the next call to `advance`.
                    Some(due) => match timeout_at(begun + due, read).await {
                        Ok(read) => read,
                        Err(_) => continue,
                    },
                };
                if read.map_err(OssuaryError::Io)? == 0 {
                    return Err(OssuaryError::Io(ErrorKind::UnexpectedEof.into()));
                }
            }
            Event::Undecided => connection.decide(false)?,
            Event::Closed => return Err(OssuaryError::ConnectionClosed),
            _ => {}
        }
        input.drain(..consumed);
    }
}

/// Sends what the protocol has to send.
async fn send<S: CryptoSuite, K: KeyStore>(
    stream: &mut (impl AsyncWrite + Unpin),
    connection: &mut OssuaryConnection<S, K>,
) -> Result<(), OssuaryError> {
    while connection.wants_send() {
        let mut packet = vec![0; connection.send_len()];
        let len = connection.send(&mut packet)?;
        packet.truncate(len);
        stream.write_all(&packet).await.map_err(OssuaryError::Io)?;
    }
    Ok(())
}
