//! Suites chosen at run time: by name, and by a server that runs several.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use ossuary::backend::rustcrypto::{Ed25519SigningKey, MlDsa65SigningKey};
use ossuary::ossuary_traits::{SigningKey, Verifier};
use ossuary::trust::{Anyone, Verdict, trust_fn};
use ossuary::{
    Acceptor, AnySuite, Builder, Channel, DefaultSuite, Event, HEADER_LEN, Identity, KeyStore,
    KeyStoreError, MAX_PACKET, MemoryKeyStore, Misuse, OssuaryError, PeerError, Reason, Role,
    SignRequest, SignatureScheme, Signing, Status, Timeouts, suites,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const SERVER_KEY: [u8; 32] = [1; 32];
const CLIENT_KEY: [u8; 32] = [2; 32];

fn key(secret: [u8; 32]) -> Ed25519SigningKey {
    Ed25519SigningKey::from_secret(secret.into()).unwrap()
}

fn server() -> Builder<AnySuite> {
    let store = MemoryKeyStore::new().with(key(SERVER_KEY));
    Builder::server().key_store(store).trust(Anyone)
}

fn client(suite: &AnySuite) -> Box<dyn Channel + Send> {
    let store = MemoryKeyStore::new().with(key(CLIENT_KEY));
    let builder = Builder::<AnySuite>::client().key_store(store).trust(Anyone);
    builder.build_with(suite).unwrap()
}

fn find(name: &str) -> AnySuite {
    *suites::find(name).unwrap()
}

/// Those that can run here: a library may be for other processors.
fn available() -> Vec<AnySuite> {
    let all = suites::ALL.iter().copied();
    all.filter(|suite| suite.available().is_ok()).collect()
}

fn acceptor(names: &[&str]) -> Acceptor {
    let suites: Vec<AnySuite> = names.iter().map(|name| find(name)).collect();
    server().acceptor(&suites).unwrap()
}

const PREFERRED: &str = "x25519-chacha20poly1305-sha256";
const OTHER: &str = "p256-aes256gcm-sha384";

/// What `from` has to send.
fn sent(from: &mut dyn Channel) -> Vec<u8> {
    let mut buffer = vec![0; from.send_len()];
    let len = from.send(&mut buffer).unwrap();
    assert_eq!(len, buffer.len());
    buffer
}

/// Carries packets until both ends are open, or either has an error.
fn shake_hands(client: &mut dyn Channel, server: &mut dyn Channel) -> Result<(), OssuaryError> {
    for _ in 0..20 {
        if client.status() == Status::Open && server.status() == Status::Open {
            return Ok(());
        }
        let mut packet = sent(client);
        if !packet.is_empty() {
            server.receive(&mut packet)?;
        }
        let mut packet = sent(server);
        if !packet.is_empty() {
            client.receive(&mut packet)?;
        }
    }
    panic!(
        "{:?} and {:?} after 20 turns",
        client.status(),
        server.status()
    );
}

fn carries_a_record(from: &mut dyn Channel, to: &mut dyn Channel) {
    let mut buffer = vec![0; MAX_PACKET];
    let len = from.seal(b"a record", &mut buffer).unwrap();
    match to.receive(&mut buffer[..len]).unwrap().event {
        Event::Record(plaintext) => assert_eq!(plaintext, b"a record"),
        event => panic!("{event:?} and no record"),
    }
}

#[test]
fn a_suite_is_found_by_its_name() {
    for (index, suite) in suites::ALL.iter().enumerate() {
        let found = suites::find(&suite.name()).unwrap();
        assert_eq!((found.backend(), found.id()), (suite.backend(), suite.id()));
        // Names are told apart, and the first of a suite is found without its backend.
        let first = suites::find(&suite.id().name()).unwrap();
        assert_eq!(first.id(), suite.id());
        let before = &suites::ALL[..index];
        assert!(before.iter().all(|other| other.name() != suite.name()));
    }
    let default = find(PREFERRED);
    assert_eq!(default.backend(), "rustcrypto");
    assert_eq!(default.id(), <DefaultSuite as ossuary::CryptoSuite>::ID);
    assert_eq!(suites::ALL[0].name(), default.name());
}

#[test]
fn a_name_that_there_is_not_is_told_with_those_that_there_are() {
    for name in [
        "",
        "/",
        "rot13",
        "X25519-ChaCha20Poly1305-SHA256",
        "nobody/x25519-chacha20poly1305-sha256",
        "rustcrypto/",
        "rustcrypto/rustcrypto/x25519-chacha20poly1305-sha256",
    ] {
        let error = suites::find(name).unwrap_err().to_string();
        assert!(
            error.contains(&format!("there is no suite {name:?}")),
            "{error}"
        );
        for suite in suites::ALL {
            assert!(error.contains(&suite.name()), "{error}");
        }
    }
}

#[test]
fn a_server_of_all_suites_runs_whichever_is_asked_for() {
    for suite in &available() {
        let mut server = server().acceptor(&available()).unwrap();
        let mut client = client(suite);
        shake_hands(&mut client, &mut server).unwrap();
        assert_eq!(server.suite(), suite.id());
        assert_eq!(
            server.channel_binding().unwrap(),
            client.channel_binding().unwrap()
        );
        assert_eq!(server.remote_identity(), Some(&key(CLIENT_KEY).identity()));
        carries_a_record(&mut client, &mut server);
        carries_a_record(&mut server, &mut client);
        let mut server = server.into_channel();
        carries_a_record(&mut client, &mut *server);
    }
}

#[test]
fn a_suite_that_no_side_of_a_server_runs_is_refused_and_both_are_named() {
    let mut server = acceptor(&[PREFERRED, "x25519-aes256gcm-sha256"]);
    let mut client = client(&find(OTHER));
    let mut packet = sent(&mut *client);
    let error = server.receive(&mut packet).unwrap_err();
    let asked = find(OTHER).id();
    let ours = [find(PREFERRED).id(), find("x25519-aes256gcm-sha256").id()];
    match &error {
        OssuaryError::Peer(
            error @ PeerError::SuiteNotSupported {
                asked: code,
                ours: list,
            },
        ) => {
            assert_eq!((*code, &list[..]), (asked.code(), &ours[..]));
            assert_eq!(server.failure(), Some(error));
            assert_eq!(error.reason(), Reason::SuiteNotSupported);
        }
        error => panic!("{error:?}"),
    }
    let text = error.to_string();
    assert!(text.contains(&asked.to_string()), "{text}");
    assert!(
        ours.iter().all(|ours| text.contains(&ours.to_string())),
        "{text}"
    );
    assert_eq!(server.status(), Status::Failed);

    let mut packet = sent(&mut server);
    let error = client.receive(&mut packet).unwrap_err();
    assert!(
        matches!(&error, OssuaryError::Peer(PeerError::SuiteRefused(suite)) if *suite == asked),
        "{error:?}"
    );
    assert!(error.to_string().contains(&asked.to_string()));
    assert!(matches!(
        server.receive(&mut [0; 100]),
        Err(OssuaryError::ConnectionFailed)
    ));
}

/// Suites of several libraries that are one on the wire are named once.
#[test]
fn a_refusal_names_a_suite_once() {
    let again = AnySuite::of::<DefaultSuite>("mine");
    let mut server = server().acceptor(&[find(PREFERRED), again]).unwrap();
    let mut packet = sent(&mut *client(&find(OTHER)));
    match server.receive(&mut packet).unwrap_err() {
        OssuaryError::Peer(PeerError::SuiteNotSupported { ours, .. }) => {
            assert_eq!(ours[..], [again.id()]);
        }
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_suite_that_the_protocol_does_not_have_is_refused_by_its_code_points() {
    for place in 0..3 {
        let mut server = server().acceptor(&available()).unwrap();
        let mut packet = sent(&mut *client(&find(PREFERRED)));
        packet[HEADER_LEN + place] = 0x7f;
        let error = server.receive(&mut packet).unwrap_err();
        let mut expected = [1; 3];
        expected[place] = 0x7f;
        assert!(
            matches!(
                &error,
                OssuaryError::Peer(PeerError::SuiteNotSupported { asked, .. }) if *asked == expected
            ),
            "{error:?}"
        );
    }
}

#[test]
fn the_suite_is_known_as_soon_as_it_has_come() {
    let mut server = acceptor(&[PREFERRED, OTHER]);
    let mut packet = sent(&mut *client(&find(OTHER)));
    for have in 0..packet.len() {
        let received = server.receive(&mut packet[..have]).unwrap();
        assert_eq!(received.consumed, 0);
        let wanted = match received.event {
            Event::NeedBytes(more) => have + more,
            event => panic!("{event:?}"),
        };
        assert!(wanted > have && wanted <= packet.len(), "{have}: {wanted}");
        let known = have >= HEADER_LEN + 3;
        let expected = if known { OTHER } else { PREFERRED };
        assert_eq!(server.suite(), find(expected).id(), "{have}");
    }
    let received = server.receive(&mut packet).unwrap();
    assert_eq!(received.consumed, packet.len());
}

/// Each bit of the first bytes is damaged in turn. Where that makes another
/// suite or version of it, the connection ends and says so; otherwise it is
/// recovered, and over the suite that the client has.
#[test]
fn a_damaged_first_packet_does_not_fix_the_suite() {
    let mut recovered = 0;
    for bit in 0..8 * (HEADER_LEN + 3 + 8) {
        let mut server = acceptor(&[PREFERRED, "x25519-chacha20poly1305-sha384", OTHER]);
        server.advance(Duration::ZERO).unwrap();
        let mut client = client(&find(OTHER));
        client.advance(Duration::ZERO).unwrap();
        let mut packet = sent(&mut *client);
        packet[bit / 8] ^= 1 << (bit % 8);
        let outcome = server.receive(&mut packet).map(|_| ());
        let _ = server.advance(Duration::from_secs(100));
        match outcome {
            Err(OssuaryError::Peer(
                PeerError::SuiteNotSupported { .. } | PeerError::VersionNotSupported(_),
            )) => continue,
            Err(error) => panic!("bit {bit}: {error}"),
            Ok(()) => {}
        }
        shake_hands(&mut client, &mut server).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert_eq!(server.suite(), find(OTHER).id());
        carries_a_record(&mut client, &mut server);
        recovered += 1;
    }
    // All but version (8 bits) and suite (24).
    assert!(
        recovered >= 8 * (HEADER_LEN + 3 + 8) - 8 - 24,
        "{recovered}"
    );
}

#[test]
fn a_suite_stays_once_a_client_has_proved_its_key() {
    let mut server = acceptor(&[PREFERRED, OTHER]);
    let mut first = client(&find(OTHER));
    shake_hands(&mut first, &mut server).unwrap();
    // A damaged record: the server resets, the client answers.
    let mut buffer = vec![0; MAX_PACKET];
    let len = first.seal(b"damaged", &mut buffer).unwrap();
    buffer[HEADER_LEN] ^= 1;
    let received = server.receive(&mut buffer[..len]).unwrap();
    assert!(matches!(received.event, Event::Reset(_)));
    let mut packet = sent(&mut server);
    first.receive(&mut packet).unwrap();
    let mut packet = sent(&mut *first);
    server.receive(&mut packet).unwrap();
    assert_eq!(server.status(), Status::Recovering);

    let mut packet = sent(&mut *client(&find(PREFERRED)));
    let error = server.receive(&mut packet).unwrap_err();
    match error {
        OssuaryError::Peer(PeerError::SuiteNotSupported { asked, ours }) => {
            assert_eq!(asked, find(PREFERRED).id().code());
            assert_eq!(ours[..], [find(OTHER).id()]);
        }
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_recovery_keeps_the_suite() {
    let mut server = acceptor(&[PREFERRED, OTHER]);
    let mut client = client(&find(OTHER));
    shake_hands(&mut client, &mut server).unwrap();
    let mut buffer = vec![0; MAX_PACKET];
    let len = client.seal(b"damaged", &mut buffer).unwrap();
    buffer[len - 1] ^= 1;
    server.receive(&mut buffer[..len]).unwrap();
    shake_hands(&mut client, &mut server).unwrap();
    assert_eq!(client.take_delivery().unwrap().lost(), 1);
    assert_eq!(server.suite(), find(OTHER).id());
    carries_a_record(&mut server, &mut client);
}

/// Everything that a builder is told is there in whatever suite.
#[test]
fn settings_go_along_to_another_suite() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let both = |builder: Builder<AnySuite>| {
        builder
            .prologue(b"prologue")
            .pre_shared_key(&[7; 16])
            .timeouts(Timeouts {
                packet: Duration::from_secs(5),
                person: Duration::from_secs(50),
            })
    };
    let mut server = both(Builder::server())
        .key_store(
            MemoryKeyStore::new()
                .with(key([9; 32]))
                .with(key(SERVER_KEY)),
        )
        .identity(key(SERVER_KEY).identity())
        .peer_name("its name")
        .trust(trust_fn(move |peer| {
            assert_eq!((peer.name(), peer.role()), (Some("its name"), Role::Client));
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(Verdict::Unknown)
        }))
        .acceptor(&[find(PREFERRED), find(OTHER)])
        .unwrap();
    let mut client = both(Builder::client())
        .key_store(MemoryKeyStore::new().with(key(CLIENT_KEY)))
        .trust(Anyone)
        .build_with(&find(OTHER))
        .unwrap();
    assert_eq!(server.local_identity(), Some(&key(SERVER_KEY).identity()));

    // Time goes on: the first ClientHandshake may take 50 seconds, and one that
    // has begun 5.
    let at = Duration::from_secs;
    server.advance(at(1)).unwrap();
    assert_eq!(server.deadline(), Some(at(51)));
    let mut packet = sent(&mut *client);
    server.advance(at(11)).unwrap();
    server.receive(&mut packet[..20]).unwrap();
    assert_eq!(server.suite(), find(OTHER).id());
    assert_eq!(server.deadline(), Some(at(16)));
    server.receive(&mut packet).unwrap();

    assert_eq!(server.local_identity(), Some(&key(SERVER_KEY).identity()));
    let mut packet = sent(&mut server);
    client.receive(&mut packet).unwrap();
    let mut packet = sent(&mut *client);
    server.receive(&mut packet).unwrap();
    assert_eq!(server.undecided_peer(), Some(&key(CLIENT_KEY).identity()));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    server.decide(true).unwrap();
    assert_eq!(client.remote_identity(), Some(&key(SERVER_KEY).identity()));
    carries_a_record(&mut client, &mut server);
}

/// A key store whose keys are not in this process.
struct FarAway(Identity);

impl KeyStore for FarAway {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        Ok(vec![self.0.clone()])
    }

    fn sign(&self, _: &Identity, _: &SignRequest<'_>) -> Result<Signing, KeyStoreError> {
        Ok(Signing::Pending)
    }
}

/// A suite of one's own, which verifies less than those of the library.
type OnlyEd25519 = ossuary::Suite<
    ossuary::backend::rustcrypto::X25519,
    ossuary::backend::rustcrypto::ChaCha20Poly1305,
    ossuary::backend::rustcrypto::Sha384,
    Ed25519Verifier,
>;

struct Ed25519Verifier;

impl Verifier for Ed25519Verifier {
    const SCHEMES: &'static [SignatureScheme] = &[SignatureScheme::Ed25519];

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        (scheme == SignatureScheme::Ed25519).then_some("a test")
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), ossuary::CryptoError> {
        type Inner = ossuary::backend::rustcrypto::RustCryptoVerifier;
        Inner::verify(scheme, public_key, message, signature)
    }
}

#[test]
fn an_acceptor_that_could_not_work_is_not_made() {
    fn refused(made: Result<Acceptor, OssuaryError>) -> Misuse {
        match made {
            Err(OssuaryError::Misuse(misuse)) => misuse,
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("it was made"),
        }
    }
    assert_eq!(refused(server().acceptor(&[])), Misuse::NoSuite);
    let client = Builder::<AnySuite>::client();
    assert_eq!(refused(client.acceptor(suites::ALL)), Misuse::WrongRole);
    let keyless = Builder::<AnySuite>::server();
    assert_eq!(refused(keyless.acceptor(suites::ALL)), Misuse::NoHostKey);

    // Each of the suites must be able to check what the key store signs.
    let identity = MlDsa65SigningKey::from_secret([3; 32].into())
        .unwrap()
        .identity();
    let far_away = || Builder::<AnySuite>::server().key_store(FarAway(identity.clone()));
    let all = find(PREFERRED);
    let one = AnySuite::of::<OnlyEd25519>("mine");
    assert!(far_away().acceptor(&[all]).is_ok());
    for suites in [&[one][..], &[all, one], &[one, all]] {
        let misuse = refused(far_away().acceptor(suites));
        assert_eq!(misuse, Misuse::SchemeNotInSuite(SignatureScheme::MlDsa65));
    }
}

#[test]
fn a_suite_of_ones_own_is_a_value_too() {
    let own = AnySuite::of::<OnlyEd25519>("mine");
    assert_eq!(own.name(), "mine/x25519-chacha20poly1305-sha384");
    assert_eq!(own.schemes(), [SignatureScheme::Ed25519]);
    assert_eq!(own.libraries().last(), Some(&"a test"));
    assert!(own.is_replayable() && own.available().is_ok());
    let mut server = server().acceptor(&[find(PREFERRED), own]).unwrap();
    assert_eq!(server.suites().len(), 2);
    let mut client = client(&own);
    shake_hands(&mut client, &mut server).unwrap();
    assert_eq!(server.suite(), own.id());
    carries_a_record(&mut client, &mut server);
}
