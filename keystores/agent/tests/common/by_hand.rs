//! An agent made by hand, answer by answer.

use ossuary_agent::Agent;
use ossuary_rustcrypto::Ed25519SigningKey;
use ossuary_traits::{Identity, KeyStoreErrorKind, Secret, SigningKey};
use socket2::{Domain, SockAddr, Socket, Type};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const FAILURE: &[u8] = &[5];
pub(crate) const SUCCESS: &[u8] = &[6];

/// A string of SSH: its length, and its bytes.
pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).unwrap();
    [&len.to_be_bytes(), bytes].concat()
}

/// A message with its length in front.
pub(crate) fn frame(message: &[u8]) -> Vec<u8> {
    string(message)
}

pub(crate) fn framed(message: Vec<u8>) -> Vec<u8> {
    frame(&message)
}

/// A list of keys in SSH's encoding, with their comments.
pub(crate) fn list(keys: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut message = vec![12];
    message.extend(u32::try_from(keys.len()).unwrap().to_be_bytes());
    for (blob, comment) in keys {
        message.extend([string(blob), string(comment)].concat());
    }
    message
}

pub(crate) fn ed25519_blob(identity: &Identity) -> Vec<u8> {
    [string(b"ssh-ed25519"), string(identity.public_key())].concat()
}

pub(crate) fn signed(algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    let signature = [string(algorithm), string(signature)].concat();
    [&[14][..], &string(&signature)].concat()
}

/// A signature that makes no sense, and has the right form.
pub(crate) fn some_signature() -> Vec<u8> {
    signed(b"ssh-ed25519", &[7; 64])
}

pub(crate) fn key(seed: u8) -> Ed25519SigningKey {
    Ed25519SigningKey::from_secret(Secret::from([seed; 32])).unwrap()
}

/// Our key, whose comment is "key", in a list of its own.
pub(crate) fn our_list() -> Vec<u8> {
    list(&[(&ed25519_blob(&key(1).identity()), b"key")])
}

/// An agent that answers once over each connection, and closes it. After its last answer
/// it is gone.
pub(crate) struct ByHand {
    folder: TempDir,
    requests: Receiver<Vec<Vec<u8>>>,
}

/// The longest wait for a request: far more than a slow machine needs.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// An answer to a request, the length in front included.
pub(crate) type Answer = Box<dyn FnOnce(&[u8]) -> Vec<u8> + Send>;

impl ByHand {
    /// An agent that answers with these bytes, whatever it is asked.
    pub(crate) fn new(answers: impl IntoIterator<Item = Vec<u8>>) -> (Self, Agent) {
        let fixed = |bytes| Box::new(move |_: &[u8]| bytes) as Answer;
        Self::answering(answers.into_iter().map(fixed).collect())
    }

    pub(crate) fn answering(answers: Vec<Answer>) -> (Self, Agent) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || {
            let serve = |answer: Answer| {
                let mut socket = listener.accept().unwrap().0;
                let request = read_frame(&mut socket);
                // The store may have hung up in the middle of what is too long.
                let _ = socket.write_all(&answer(&request));
                request
            };
            sender.send(answers.into_iter().map(serve).collect())
        });
        let agent = Agent::at(&path);
        (ByHand { folder, requests }, agent)
    }

    /// Each answer has been asked for: there is room for another agent.
    pub(crate) fn remove_socket(&self) -> PathBuf {
        self.requests.recv_timeout(BOUND).unwrap();
        let path = self.folder.path().join("socket");
        fs::remove_file(&path).unwrap();
        path
    }

    /// Each answer has been asked for; by what.
    pub(crate) fn requests(self) -> Vec<Vec<u8>> {
        self.requests.recv_timeout(BOUND).unwrap()
    }
}

/// How a request ends whose connection has no room to wait: Linux lets it wait for the
/// room, other systems refuse it.
pub(crate) const FULL_QUEUE: KeyStoreErrorKind = if cfg!(target_os = "linux") {
    KeyStoreErrorKind::TryAgain
} else {
    KeyStoreErrorKind::NotFound
};

/// An agent that takes no connection, and has no room for another one to wait. It is
/// there as long as what is returned with it.
pub(crate) fn with_full_queue() -> ((TempDir, Vec<Socket>), Agent) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let address = SockAddr::unix(&path).unwrap();
    let socket = || Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let listener = socket();
    listener.bind(&address).unwrap();
    listener.listen(1).unwrap();
    let mut sockets = vec![listener];
    loop {
        let waiting = socket();
        waiting.set_nonblocking(true).unwrap();
        if waiting.connect(&address).is_err() {
            return ((folder, sockets), Agent::at(&path));
        }
        sockets.push(waiting);
    }
}

/// An agent that announces the longest answer, and sends it a byte at a time, until the
/// store hangs up: left alone, for more than [`BOUND`].
pub(crate) fn dripping() -> (TempDir, Agent) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        let mut socket = listener.accept().unwrap().0;
        read_frame(&mut socket);
        for byte in frame(&[0; 256 * 1024]) {
            if socket.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
    (folder, Agent::at(&path))
}

/// What `work` returns, which takes no longer than [`BOUND`].
#[track_caller]
pub(crate) fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, result) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    result.recv_timeout(BOUND).unwrap()
}

pub(crate) fn read_frame(socket: &mut UnixStream) -> Vec<u8> {
    let mut len = [0; 4];
    socket.read_exact(&mut len).unwrap();
    let mut message = vec![0; usize::try_from(u32::from_be_bytes(len)).unwrap()];
    socket.read_exact(&mut message).unwrap();
    message
}

/// Signs what is asked for, with the key of `seed`.
pub(crate) fn signing_with(seed: u8) -> Answer {
    Box::new(move |request| {
        // Around the message are a byte, the key, a length, and flags.
        let before = 1 + 4 + ed25519_blob(&key(1).identity()).len() + 4;
        let message = &request[before..request.len() - 4];
        let signature = key(seed).sign(message).unwrap();
        frame(&signed(b"ssh-ed25519", signature.bytes()))
    })
}
