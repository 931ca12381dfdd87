//! C, C++ and Rust at both ends of a real socket.

use crate::harness::{GCC, GXX, Library, Link, PLAIN, SANITIZED, command, succeeds};
use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::io::Stream;
use ossuary::{
    Builder, DefaultSuite, Identity, MemoryKeyStore, OssuaryConnection, RECORD_OVERHEAD, Role,
    Secret, SignatureScheme, SigningKey,
};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;

/// What all ends have: `check.h` has the same.
const CLIENT_SECRET: [u8; 3] = [1, 2, 3];
const SERVER_SECRET: [u8; 3] = [4, 5, 6];
const SIZES: [usize; 4] = [0, 1, 16_384, 65_519];

/// One end of a conversation.
#[derive(Clone, Debug)]
enum End {
    Program(PathBuf),
    Rust,
}

fn key(front: [u8; 3]) -> Ed25519SigningKey {
    let mut secret = [0; 32];
    secret[..3].copy_from_slice(&front);
    Ed25519SigningKey::from_secret(Secret::from(secret)).unwrap()
}

fn connection(role: Role) -> OssuaryConnection {
    let builder = match role {
        Role::Client => Builder::<DefaultSuite>::client(),
        Role::Server => Builder::<DefaultSuite>::server(),
    };
    let (own, peer) = match role {
        Role::Client => (CLIENT_SECRET, SERVER_SECRET),
        Role::Server => (SERVER_SECRET, CLIENT_SECRET),
    };
    let builder = builder.key_store(MemoryKeyStore::new().with(key(own)));
    let mut connection = builder.build().unwrap();
    let peer = key(peer).identity();
    connection
        .authorize(Identity::new(SignatureScheme::Ed25519, peer.public_key()).unwrap())
        .unwrap();
    connection
}

fn exported(stream: &Stream<TcpStream>) -> String {
    let mut bytes = [0; 16];
    stream
        .channel()
        .export_keying_material(b"matrix", &[], &mut bytes)
        .unwrap();
    bytes.map(|byte| format!("{byte:02x}")).concat()
}

fn rust_client(port: u16) -> String {
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut stream = Stream::connect(socket, connection(Role::Client)).unwrap();
    let plaintext: Vec<u8> = (0..=250).cycle().take(65_519).collect();
    for size in SIZES {
        stream.write_record(&plaintext[..size]).unwrap();
        assert_eq!(stream.read_record().unwrap().unwrap(), &plaintext[..size]);
        stream.channel_mut().rekey().unwrap();
    }
    let mut padded = vec![0; 1000 + RECORD_OVERHEAD];
    let channel = stream.channel_mut();
    channel
        .seal_padded(&plaintext[..6], 1000, &mut padded)
        .unwrap();
    stream.get_ref().write_all(&padded).unwrap();
    assert_eq!(stream.read_record().unwrap().unwrap(), &plaintext[..6]);
    let exported = exported(&stream);
    stream.shutdown().unwrap();
    exported
}

fn rust_server(listener: &TcpListener) -> String {
    let (socket, _) = listener.accept().unwrap();
    let mut stream = Stream::accept(socket, connection(Role::Server)).unwrap();
    for _ in 0..=SIZES.len() {
        let record = stream.read_record().unwrap().unwrap().to_vec();
        stream.write_record(&record).unwrap();
    }
    let exported = exported(&stream);
    assert!(stream.read_record().unwrap().is_none());
    exported
}

/// A conversation; both ends have to export the same.
fn converse(client: &End, server: &End) {
    println!("{client:?} to {server:?}");
    let client_of = |port: u16| match client {
        End::Rust => rust_client(port),
        End::Program(program) => succeeds(command(program).args(["client", &port.to_string()])),
    };
    let (ours, theirs) = match server {
        End::Rust => {
            let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = thread::spawn(move || rust_server(&listener));
            (client_of(port), server.join().unwrap())
        }
        End::Program(program) => {
            let mut child = command(program)
                .arg("server")
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut port = String::new();
            out.read_line(&mut port).unwrap();
            let ours = client_of(port.trim().parse().unwrap());
            let mut theirs = String::new();
            out.read_to_string(&mut theirs).unwrap();
            assert!(child.wait().unwrap().success());
            (ours, theirs)
        }
    };
    assert_eq!(ours.trim(), theirs.trim());
    assert_eq!(ours.trim().len(), 32);
}

fn everyone_talks_to_everyone(library: &Library, link: Link) {
    let ends = [
        End::Program(GCC.compile("c/peer.c", library, link)),
        End::Program(GXX.compile("cpp/peer.cpp", library, link)),
        End::Rust,
    ];
    for client in &ends {
        for server in &ends {
            converse(client, server);
        }
    }
}

#[test]
fn every_language_talks_to_every_other() {
    everyone_talks_to_everyone(&PLAIN, Link::Shared);
}

#[test]
fn every_language_talks_to_every_other_with_sanitizers() {
    everyone_talks_to_everyone(&SANITIZED, Link::Static);
}
