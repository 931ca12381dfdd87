//! An ssh-agent that takes its time: a key of its own, or another agent, behind a delay.

use crate::common::Result;
use ossuary::OsRandom;
use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::SigningKey;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Mutex;
use tokio::time::sleep;

/// The longest request, in bytes: as in OpenSSH's agent.
const MAX_REQUEST: u32 = 256 * 1024;

/// The messages of the agent protocol (draft-ietf-sshm-ssh-agent, section 6.1).
const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// What the only key of our own is.
const ALGORITHM: &[u8] = b"ssh-ed25519";
const COMMENT: &[u8] = b"made by the example";

/// Who answers in the end.
enum Behind {
    Key(Box<Ed25519SigningKey>),
    Agent(Mutex<UnixStream>),
}

/// Serves agent requests at `socket`, each after `delay`, any number at a time.
///
/// # Errors
///
/// It cannot listen, or the agent at `real` is not there.
pub(crate) async fn run(socket: &Path, real: Option<PathBuf>, delay: Duration) -> Result {
    let behind = Arc::new(match real {
        Some(path) => {
            let agent = UnixStream::connect(&path)
                .await
                .map_err(|error| format!("no ssh-agent at {}: {error}", path.display()))?;
            Behind::Agent(Mutex::new(agent))
        }
        None => Behind::Key(Box::new(Ed25519SigningKey::generate(&mut OsRandom)?)),
    });
    let listener = UnixListener::bind(socket)?;
    println!("listening");
    loop {
        let (socket, _) = listener.accept().await?;
        let behind = Arc::clone(&behind);
        tokio::spawn(async move {
            // A client that hangs up has what it wanted.
            let _ = serve(socket, &behind, delay).await;
        });
    }
}

async fn serve(mut socket: UnixStream, behind: &Behind, delay: Duration) -> Result {
    loop {
        let request = read(&mut socket).await?;
        sleep(delay).await;
        let answer = match behind {
            Behind::Key(key) => answer(key, &request).unwrap_or_else(|| vec![FAILURE]),
            Behind::Agent(agent) => {
                let mut agent = agent.lock().await;
                agent.write_all(&string(&request)).await?;
                read(&mut agent).await?
            }
        };
        socket.write_all(&string(&answer)).await?;
    }
}

/// A message, without the length in front of it.
async fn read(from: &mut UnixStream) -> Result<Vec<u8>> {
    let len = from.read_u32().await?;
    if len > MAX_REQUEST {
        return Err(Error::from(ErrorKind::InvalidData).into());
    }
    let mut message = vec![0; usize::try_from(len)?];
    from.read_exact(&mut message).await?;
    Ok(message)
}

/// The answer of an agent with one key.
fn answer(key: &Ed25519SigningKey, request: &[u8]) -> Option<Vec<u8>> {
    let blob = [string(ALGORITHM), string(key.identity().public_key())].concat();
    let (kind, rest) = request.split_first()?;
    match *kind {
        REQUEST_IDENTITIES => {
            let one = 1u32.to_be_bytes();
            Some(
                [
                    &[IDENTITIES_ANSWER][..],
                    &one,
                    &string(&blob),
                    &string(COMMENT),
                ]
                .concat(),
            )
        }
        SIGN_REQUEST => {
            let rest = rest.strip_prefix(string(&blob).as_slice())?;
            let (len, rest) = rest.split_first_chunk()?;
            let message = rest.get(..usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
            let signature = key.sign(message).ok()?;
            let signature = [string(ALGORITHM), string(signature.bytes())].concat();
            Some([&[SIGN_RESPONSE][..], &string(&signature)].concat())
        }
        _ => None,
    }
}

/// A string of SSH: its length, and its bytes.
fn string(bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&len.to_be_bytes(), bytes].concat()
}
