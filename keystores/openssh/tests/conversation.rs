//! Whole conversations over TCP, with OpenSSH's files of whom to trust on both ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use ossuary::io::Stream;
use ossuary::{Builder, DefaultSuite, Identity, MemoryKeyStore, OssuaryError, PeerError};
use ossuary_openssh::{AuthorizedKeysFile, KnownHostsFile, host_name, public_key_line};
use ossuary_rustcrypto::{EcdsaP256SigningKey, Ed25519SigningKey};
use ossuary_traits::{Secret, SigningKey};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;
use tempfile::TempDir;

fn ed25519(byte: u8) -> Ed25519SigningKey {
    Ed25519SigningKey::from_secret(Secret::from([byte; 32])).unwrap()
}

fn ecdsa(byte: u8) -> EcdsaP256SigningKey {
    EcdsaP256SigningKey::from_secret(Secret::from([byte; 32])).unwrap()
}

const WELCOME: &[u8] = b"welcome";

/// A server's and a client's files.
struct Files {
    folder: TempDir,
    authorized: AuthorizedKeysFile,
    known: KnownHostsFile,
}

impl Files {
    /// The server's lets `clients` in; the client's is not there yet.
    fn new(clients: &[Identity]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authorized_keys");
        authorize(path.clone(), clients);
        Files {
            authorized: AuthorizedKeysFile::open(path).unwrap(),
            known: KnownHostsFile::open(folder.path().join("known_hosts")).unwrap(),
            folder,
        }
    }

    /// A conversation, in which `decide` is asked about a server that is not known: whether the
    /// client was welcomed, and the server's handshake.
    fn converse(
        &self,
        server: impl SigningKey + Send + Sync + 'static,
        client: impl SigningKey + Send + Sync + 'static,
        name: &str,
        mut decide: impl FnMut(&Identity) -> bool,
    ) -> (Result<bool, OssuaryError>, Result<(), OssuaryError>) {
        let server = Builder::<DefaultSuite>::server()
            .key_store(MemoryKeyStore::new().with(server))
            .trust(self.authorized.clone())
            .build()
            .unwrap();
        let client = Builder::<DefaultSuite>::client()
            .key_store(MemoryKeyStore::new().with(client))
            .peer_name(name)
            .trust(self.known.clone())
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::scope(|scope| {
            let far_end = scope.spawn(|| {
                let stream = Stream::accept(listener.accept().unwrap().0, server);
                stream.map(|mut stream| {
                    stream.write_all(WELCOME).unwrap();
                    stream.shutdown().unwrap();
                })
            });
            let socket = TcpStream::connect(address).unwrap();
            let stream = Stream::connect_with(socket, client, |identity| Ok(decide(identity)));
            // A client that is not let in learns of it when it reads.
            let near_end = stream.map(|mut stream| {
                let mut text = Vec::new();
                stream.read_to_end(&mut text).is_ok() && text == WELCOME
            });
            (near_end, far_end.join().unwrap())
        })
    }
}

fn authorize(path: PathBuf, clients: &[Identity]) {
    let lines = clients.iter().map(|key| {
        let line = public_key_line(key, "a client").unwrap();
        format!("restrict {line}\n")
    });
    let new = path.with_extension("new");
    fs::write(&new, lines.collect::<String>()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::rename(new, path).unwrap();
}

fn not_asked(_: &Identity) -> bool {
    panic!("the file has an answer")
}

#[test]
fn a_server_is_trusted_on_first_use_and_known_from_then_on() {
    let files = Files::new(&[ecdsa(2).identity()]);
    let name = host_name("server.example", 7000);
    let (client, server) = files.converse(ed25519(1), ecdsa(2), &name, |identity| {
        files.known.add(&name, identity).is_ok()
    });
    assert!(client.unwrap());
    server.unwrap();
    for _ in 0..2 {
        let (client, server) = files.converse(ed25519(1), ecdsa(2), &name, not_asked);
        assert!(client.unwrap());
        server.unwrap();
    }
    // Another key under the name.
    let (client, _) = files.converse(ed25519(3), ecdsa(2), &name, not_asked);
    assert!(matches!(
        client,
        Err(OssuaryError::Peer(PeerError::KeyChanged(_)))
    ));
    // The same key under another name is not known, and not trusted unless someone says so.
    let other = host_name("server.example", 7001);
    let (client, _) = files.converse(ed25519(1), ecdsa(2), &other, |_| false);
    assert!(client.is_err());
}

#[test]
fn who_is_taken_out_of_the_file_is_out() {
    let files = Files::new(&[ed25519(2).identity(), ecdsa(4).identity()]);
    files.known.add("server", &ecdsa(1).identity()).unwrap();
    let (client, server) = files.converse(ecdsa(1), ed25519(2), "server", not_asked);
    assert!(client.unwrap());
    server.unwrap();
    let path = files.folder.path().join("authorized_keys");
    authorize(path.clone(), &[ecdsa(4).identity()]);
    let (client, server) = files.converse(ecdsa(1), ed25519(2), "server", not_asked);
    assert!(!client.unwrap());
    assert!(matches!(
        server,
        Err(OssuaryError::Peer(PeerError::NotAuthorized(_)))
    ));
    let (client, server) = files.converse(ecdsa(1), ecdsa(4), "server", not_asked);
    assert!(client.unwrap());
    server.unwrap();
    // A file that cannot be read lets nobody in.
    fs::remove_file(path).unwrap();
    let (client, server) = files.converse(ecdsa(1), ecdsa(4), "server", not_asked);
    assert!(!client.unwrap());
    assert!(matches!(server, Err(OssuaryError::Trust(_))));
}
