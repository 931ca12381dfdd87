//! The clients of the example: all at once.

use crate::common::Result;
use crate::handshake::handshake;
use ossuary::{Builder, DefaultSuite, Event, Identity, KeyStoreError, KeyStoreErrorKind, Timeouts};
use std::future::ready;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long a client waits for the server's answer. By default it would be three
/// seconds: far too short for a server whose signer is slow, or that has a thousand
/// others to answer. A client that loses patience begins anew, and the server's signer
/// with it.
const PATIENCE: Timeouts = Timeouts {
    packet: Duration::from_secs(60),
    person: Duration::from_secs(60),
};

/// Connects `count` clients at once; how many had to begin their handshake anew.
///
/// # Errors
///
/// Those of the first client that failed.
pub(crate) async fn run(address: SocketAddr, server: &Identity, count: usize) -> Result<usize> {
    let mut clients = JoinSet::new();
    for _ in 0..count {
        clients.spawn(client(address, server.clone()));
    }
    let mut resets = 0;
    while let Some(ended) = clients.join_next().await {
        resets += usize::from(ended??);
    }
    Ok(resets)
}

/// One client, without a key, which waits for the server's record; whether the handshake
/// began anew.
async fn client(address: SocketAddr, server: Identity) -> Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let mut connection = Builder::<DefaultSuite>::client()
        .timeouts(PATIENCE)
        .build()?;
    connection.authorize(server)?;
    let no_key = || ready(Err(KeyStoreError::new(KeyStoreErrorKind::NotFound)));
    let mut input = handshake(&mut stream, &mut connection, |_| no_key()).await?;
    loop {
        let received = connection.receive(&mut input)?;
        match received.event {
            Event::Record(_) => return Ok(connection.last_reset().is_some()),
            Event::NeedBytes(_) => {
                if stream.read_buf(&mut input).await? == 0 {
                    return Err("the server hung up".into());
                }
            }
            event => return Err(format!("{event:?} instead of a record").into()),
        }
    }
}
