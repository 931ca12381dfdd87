//! Every backend with every other, in both roles.

use crate::pair::{CLIENT_KEY, Pair, SERVER_KEY, client, identity, keys, server};
use ossuary::trust::AuthorizedKeys;
use ossuary::{Builder, Channel, CryptoSuite};

/// A backend's suite of protocol 1.
struct Backend {
    name: &'static str,
    available: bool,
    client: fn() -> Box<dyn Channel>,
    server: fn() -> Box<dyn Channel>,
}

fn backend<S: CryptoSuite>(name: &'static str) -> Backend {
    Backend {
        name,
        available: S::available().is_ok(),
        client: || {
            let builder = Builder::<S>::client().key_store(keys(CLIENT_KEY));
            let known = AuthorizedKeys::new([identity(SERVER_KEY)]);
            Box::new(builder.trust(known).build_v1().unwrap())
        },
        server: || {
            let builder = Builder::<S>::server().key_store(keys(SERVER_KEY));
            let known = AuthorizedKeys::new([identity(CLIENT_KEY)]);
            Box::new(builder.trust(known).build_v1().unwrap())
        },
    }
}

fn all() -> Vec<Backend> {
    vec![
        backend::<ossuary::DefaultSuite>("rustcrypto"),
        // The hash is not used: any suite with the other parts will do.
        backend::<ossuary::backend::rustcrypto::X25519ChaCha20Poly1305Sha384>("with SHA-384"),
        #[cfg(feature = "ring")]
        backend::<ossuary::backend::ring::X25519ChaCha20Poly1305Sha256>("ring"),
        #[cfg(feature = "orion")]
        backend::<ossuary::backend::orion::X25519ChaCha20Poly1305Sha256>("orion"),
        #[cfg(feature = "aws-lc")]
        backend::<ossuary::backend::aws_lc::X25519ChaCha20Poly1305Sha256>("aws-lc"),
        #[cfg(feature = "graviola")]
        backend::<ossuary::backend::graviola::X25519ChaCha20Poly1305Sha256>("graviola"),
    ]
}

#[test]
fn every_backend_talks_to_every_other() {
    let mut backends = all();
    backends.retain(|backend| backend.available);
    for from in &backends {
        for to in &backends {
            println!("{} with {}", from.name, to.name);
            let mut pair = Pair::of((from.client)(), (to.server)());
            pair.settle();
            pair.converse();
            // A recovery, and a large record each way after it.
            let mut damaged = pair.client.seal(b"text");
            damaged[15] ^= 1;
            pair.server.incoming.extend(damaged);
            pair.settle();
            let long = vec![0x5a; 16_384];
            let record = pair.client.seal(&long);
            pair.server.feed(&record);
            let record = pair.server.seal(&long);
            pair.client.feed(&record);
            assert_eq!(pair.client.records().last(), Some(&long));
            assert_eq!(pair.server.records().last(), Some(&long));
            pair.client.channel.disconnect(false);
            pair.settle();
        }
    }
}

/// The records of a channel are sealed and opened without allocation.
#[test]
fn a_record_allocates_nothing() {
    let mut pair = Pair::of(client().build_v1().unwrap(), server().build_v1().unwrap());
    pair.settle();
    let (mut buffer, text) = (crate::pair::buffer(), [3; 1000]);
    let counted = allocation_counter::measure(|| {
        for _ in 0..10 {
            let len = pair.client.channel.seal(&text, &mut buffer).unwrap();
            pair.server.channel.receive(&mut buffer[..len]).unwrap();
            let len = pair.server.channel.seal_in_place(&mut buffer, 500).unwrap();
            pair.client.channel.receive(&mut buffer[..len]).unwrap();
        }
    });
    assert_eq!(counted.count_total, 0);
    assert_eq!(pair.client.channel.records_received(), 10);
}
