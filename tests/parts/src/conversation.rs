//! A whole conversation over a real socket.

use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::io::Stream;
use ossuary::ossuary_traits::{Secret, SigningKey};
use ossuary::trust::AuthorizedKeys;
use ossuary::{
    Builder, DefaultSuite, Identity, KeyStore, MemoryKeyStore, OssuaryConnection, OssuaryError,
    Role,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// The host with `store` is the client, and then the server, as `identity`: it is
/// authenticated, data goes both ways, and the channel is closed.
pub fn converse_in_both_roles(store: &(dyn KeyStore + Sync), identity: &Identity) {
    for role in [Role::Client, Role::Server] {
        converse(role, store, identity).unwrap();
    }
}

/// One conversation over TCP, of the host with `store` in `role` and a host with a key
/// in memory: each trusts the other's key alone.
///
/// # Errors
///
/// That of the host's handshake.
pub fn converse(
    role: Role,
    store: &(dyn KeyStore + Sync),
    identity: &Identity,
) -> Result<(), OssuaryError> {
    let key = Ed25519SigningKey::from_secret(Secret::from([7; 32])).unwrap();
    let peer = key.identity();
    let ours = |builder: Builder<DefaultSuite>| {
        let builder = builder
            .key_store(store)
            .identity(identity.clone())
            .trust(AuthorizedKeys::new([peer.clone()]));
        builder.build()
    };
    let theirs = |builder: Builder<DefaultSuite>| {
        let builder = builder
            .key_store(MemoryKeyStore::new().with(key))
            .trust(AuthorizedKeys::new([identity.clone()]));
        builder.build().unwrap()
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    match role {
        Role::Client => {
            let (client, server) = (ours(Builder::client())?, theirs(Builder::server()));
            thread::scope(|scope| {
                let far_end = scope.spawn(|| {
                    let socket = listener.accept().unwrap().0;
                    if let Ok(mut stream) = Stream::accept(socket, server) {
                        answer(&mut stream, identity);
                    }
                });
                let stream = Stream::connect(TcpStream::connect(address).unwrap(), client);
                stream.map(|mut stream| ask(&mut stream, &peer))?;
                far_end.join().unwrap();
                Ok(())
            })
        }
        Role::Server => {
            let (server, client) = (ours(Builder::server())?, theirs(Builder::client()));
            thread::scope(|scope| {
                let far_end = scope.spawn(|| {
                    let socket = TcpStream::connect(address).unwrap();
                    if let Ok(mut stream) = Stream::connect(socket, client) {
                        ask(&mut stream, identity);
                    }
                });
                let stream = Stream::accept(listener.accept().unwrap().0, server);
                stream.map(|mut stream| answer(&mut stream, &peer))?;
                far_end.join().unwrap();
                Ok(())
            })
        }
    }
}

const QUESTION: &[u8] = b"who is there?";
const ANSWER: &[u8] = b"it is me";

type Channel<K> = Stream<TcpStream, OssuaryConnection<DefaultSuite, K>>;

fn ask<K: KeyStore>(stream: &mut Channel<K>, peer: &Identity) {
    assert_eq!(stream.channel().remote_identity(), Some(peer));
    stream.write_all(QUESTION).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, ANSWER);
}

fn answer<K: KeyStore>(stream: &mut Channel<K>, peer: &Identity) {
    assert_eq!(stream.channel().remote_identity(), Some(peer));
    let mut question = [0; QUESTION.len()];
    stream.read_exact(&mut question).unwrap();
    assert_eq!(question, QUESTION);
    stream.write_all(ANSWER).unwrap();
    stream.shutdown().unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_memory_converses() {
        let key = Ed25519SigningKey::from_secret(Secret::from([8; 32])).unwrap();
        let identity = key.identity();
        converse_in_both_roles(&MemoryKeyStore::new().with(key), &identity);
    }
}
