//! Hosts with several keys: a rule of the application picks one for each connection.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use ossuary::backend::rustcrypto::{EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey};
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::{Anyone, KnownHosts};
use ossuary::{
    Builder, DefaultSuite, Deferred, Identity, IdentityChoice, KeyStore, MAX_PACKET,
    MemoryKeyStore, Misuse, OssuaryConnection, OssuaryError, PeerError, Role, SignRequest,
    SignatureScheme, Status,
};
use std::thread;

fn ed25519(seed: u8) -> Ed25519SigningKey {
    Ed25519SigningKey::from_secret([seed; 32].into()).unwrap()
}

fn p256(seed: u8) -> EcdsaP256SigningKey {
    EcdsaP256SigningKey::from_secret([seed; 32].into()).unwrap()
}

/// Carries packets until neither side has any.
fn handshake<A: KeyStore, B: KeyStore>(
    client: &mut OssuaryConnection<DefaultSuite, A>,
    server: &mut OssuaryConnection<DefaultSuite, B>,
) {
    let mut buffer = vec![0; MAX_PACKET];
    while client.wants_send() || server.wants_send() {
        let sent = client.send(&mut buffer).unwrap();
        if sent > 0 {
            server.receive(&mut buffer[..sent]).unwrap();
        }
        let sent = server.send(&mut buffer).unwrap();
        if sent > 0 {
            client.receive(&mut buffer[..sent]).unwrap();
        }
    }
}

/// The keys of a server for each name that it serves.
const SERVED: [(&str, u8); 3] = [("db.example", 1), ("mail.example", 2), ("www.example", 3)];

#[test]
fn a_server_has_an_identity_for_each_name_and_a_client_one_for_each_server() {
    let server_keys = SERVED
        .iter()
        .fold(MemoryKeyStore::new(), |keys, (_, seed)| {
            keys.with(ed25519(*seed))
        });
    let client_keys = SERVED
        .iter()
        .fold(MemoryKeyStore::new(), |keys, (_, seed)| {
            keys.with(p256(*seed + 10))
        });
    let mut known = KnownHosts::new();
    for (name, seed) in SERVED {
        known.add(name, ed25519(seed).identity());
    }
    let place_of = |name: &str| SERVED.iter().position(|(served, _)| *served == name);

    for (name, seed) in SERVED {
        // The name that the server goes by on the socket that the client came to.
        let by_own_name = move |choice: &IdentityChoice<'_>| {
            assert_eq!((choice.role(), choice.peer_name()), (Role::Server, None));
            choice.identities().get(place_of(name)?).cloned()
        };
        let mut server = Builder::<DefaultSuite>::server()
            .key_store(&server_keys)
            .trust(Anyone)
            .identity_by(by_own_name)
            .build()
            .unwrap();
        let mut client = Builder::<DefaultSuite>::client()
            .key_store(&client_keys)
            .peer_name(name)
            .trust(known.clone())
            .identity_by(move |choice| {
                assert_eq!(choice.role(), Role::Client);
                choice
                    .identities()
                    .get(place_of(choice.peer_name()?)?)
                    .cloned()
            })
            .build()
            .unwrap();
        handshake(&mut client, &mut server);
        assert_eq!(client.status(), Status::Open);
        let (ours, theirs) = (p256(seed + 10).identity(), ed25519(seed).identity());
        assert_eq!(client.remote_identity(), Some(&theirs));
        assert_eq!(server.remote_identity(), Some(&ours));
    }
}

#[test]
fn a_server_that_takes_the_key_of_another_name_is_told_from_a_stranger() {
    let keys = MemoryKeyStore::new().with(ed25519(1)).with(ed25519(2));
    let mut known = KnownHosts::new();
    known.add("db.example", ed25519(1).identity());
    let mut server = Builder::<DefaultSuite>::server()
        .key_store(&keys)
        .trust(Anyone)
        .identity(ed25519(2).identity())
        .build()
        .unwrap();
    let mut client = Builder::<DefaultSuite>::client()
        .peer_name("db.example")
        .trust(known)
        .build()
        .unwrap();
    let mut buffer = vec![0; MAX_PACKET];
    let sent = client.send(&mut buffer).unwrap();
    server.receive(&mut buffer[..sent]).unwrap();
    let sent = server.send(&mut buffer).unwrap();
    let error = client.receive(&mut buffer[..sent]).unwrap_err();
    let taken = ed25519(2).identity();
    assert!(matches!(error, OssuaryError::Peer(PeerError::KeyChanged(key)) if *key == taken));
}

#[test]
fn a_rule_picks_by_scheme() {
    let ml_dsa = MlDsa65SigningKey::from_secret([5; 32].into()).unwrap();
    let keys = MemoryKeyStore::new()
        .with(ed25519(1))
        .with(p256(2))
        .with(ml_dsa);
    for scheme in SignatureScheme::ALL {
        let mut server = Builder::<DefaultSuite>::server()
            .key_store(&keys)
            .trust(Anyone)
            .identity_by(|choice| {
                let mut all = choice.identities().iter();
                all.find(|identity| identity.scheme() == *scheme).cloned()
            })
            .build()
            .unwrap();
        let mut client = Builder::<DefaultSuite>::client()
            .trust(Anyone)
            .build()
            .unwrap();
        handshake(&mut client, &mut server);
        assert_eq!(
            client.remote_identity().map(Identity::scheme),
            Some(*scheme)
        );
    }
}

#[test]
fn a_rule_that_picks_none_makes_a_client_anonymous_and_no_server() {
    let keys = MemoryKeyStore::new().with(ed25519(1));
    let none = |_: &IdentityChoice<'_>| None;
    let client = Builder::<DefaultSuite>::client().key_store(&keys);
    let client = client.identity_by(none).build().unwrap();
    assert_eq!(client.local_identity(), None);

    let server = Builder::<DefaultSuite>::server().key_store(&keys);
    let error = server.identity_by(none).build().unwrap_err();
    assert!(matches!(error, OssuaryError::Misuse(Misuse::NoHostKey)));
}

#[test]
fn a_rule_picks_from_what_the_key_store_has() {
    let keys = MemoryKeyStore::new().with(ed25519(1));
    for builder in [Builder::<DefaultSuite>::client(), Builder::server()] {
        let stranger = ed25519(2).identity();
        let builder = builder.key_store(&keys).identity_by(|_| Some(stranger));
        let error = builder.build().unwrap_err();
        let expected = Misuse::UnknownIdentity;
        assert!(matches!(error, OssuaryError::Misuse(misuse) if misuse == expected));
    }
}

/// A store that takes its time is used without waiting for it: the connection says
/// what is to be signed, and takes the signature when it is there.
#[test]
fn a_deferred_store_signs_outside_of_the_connection() {
    let keys = MemoryKeyStore::new().with(ed25519(1)).with(p256(2));
    let deferred = Deferred::new(keys).unwrap();
    for identity in deferred.identities().unwrap() {
        let mut server = Builder::<DefaultSuite>::server()
            .key_store(&deferred)
            .identity(identity.clone())
            .trust(Anyone)
            .build()
            .unwrap();
        let mut client = Builder::<DefaultSuite>::client()
            .trust(Anyone)
            .build()
            .unwrap();
        handshake(&mut client, &mut server);
        assert_eq!(server.status(), Status::AwaitingSignature);
        let pending = server.pending_signature().unwrap();
        assert!(
            pending.sign(&deferred).is_err(),
            "it leaves it to the application again"
        );
        // On a thread of its own, while the connection could serve others.
        let store = deferred.get_ref();
        let signature = thread::scope(|scope| {
            let signer = scope.spawn(move || pending.sign(store));
            signer.join().unwrap().unwrap()
        });
        server.provide_signature(signature).unwrap();
        handshake(&mut client, &mut server);
        assert_eq!(client.status(), Status::Open);
        assert_eq!(client.remote_identity(), Some(&identity));
    }
    let stranger = ed25519(9).identity();
    assert!(
        deferred
            .sign(&stranger, &SignRequest::new(Role::Client, b""))
            .is_err()
    );
}
