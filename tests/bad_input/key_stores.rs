//! Key stores that do not sign, not yet, or with the wrong key: it is found at
//! home, nothing is sent, and the call can be repeated.

use crate::pair::{Got, OUR_KEY, Pair, ROLES, builder, peer_of};
use crate::peer::wire::{self, Alert};
use crate::peer::{CLIENT_SIGNATURE, Peer, SERVER_SIGNATURE, host_key};
use ossuary::backend::rustcrypto::{
    ChaCha20Poly1305, EcdsaP256SigningKey, RustCryptoVerifier, Sha256, X25519,
};
use ossuary::ossuary_traits::{Secret, SigningKey, Verifier};
use ossuary::trust::{Anyone, AuthorizedKeys};
use ossuary::{
    CryptoError, DefaultSuite, Identity, KeyStore, KeyStoreError, KeyStoreErrorKind,
    MemoryKeyStore, Misuse, OssuaryError, PeerError, Role, SignRequest, Signature, SignatureScheme,
    Signing, Status, Suite,
};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// What a key store answers next.
enum Answer {
    Error(KeyStoreErrorKind),
    /// The signature of the key of this seed.
    Key(u8),
    /// One of another scheme.
    OtherScheme,
    /// One over another message.
    OtherMessage,
    Pending,
}

const RIGHT: Answer = Answer::Key(OUR_KEY);

fn ecdsa_key() -> EcdsaP256SigningKey {
    EcdsaP256SigningKey::from_secret(Secret::from([1; 32])).unwrap()
}

/// What a key store was asked to sign, and in which role.
type Question = (Role, Vec<u8>);

/// A key store that lives elsewhere and gives the answers of its list.
#[derive(Clone, Default)]
struct Scripted {
    answers: Rc<RefCell<VecDeque<Answer>>>,
    asked: Rc<RefCell<Vec<Question>>>,
    listing: Option<KeyStoreErrorKind>,
    in_process: bool,
}

impl Scripted {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Scripted {
            answers: Rc::new(RefCell::new(answers.into_iter().collect())),
            ..Scripted::default()
        }
    }

    fn left(&self) -> usize {
        self.answers.borrow().len()
    }
}

impl KeyStore for Scripted {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        match self.listing {
            Some(kind) => Err(KeyStoreError::new(kind)),
            None => Ok(vec![host_key(OUR_KEY).identity()]),
        }
    }

    fn sign(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> Result<Signing, KeyStoreError> {
        assert_eq!(*identity, host_key(OUR_KEY).identity());
        let message = request.message();
        self.asked
            .borrow_mut()
            .push((request.role(), message.to_vec()));
        let answer = self.answers.borrow_mut().pop_front();
        let signature = match answer.expect("one question for each answer") {
            Answer::Error(kind) => return Err(KeyStoreError::new(kind)),
            Answer::Pending => return Ok(Signing::Pending),
            Answer::Key(seed) => host_key(seed).sign(message),
            Answer::OtherScheme => ecdsa_key().sign(message),
            Answer::OtherMessage => host_key(OUR_KEY).sign(&message[1..]),
        };
        Ok(Signing::Done(signature.unwrap()))
    }

    fn signs_in_process(&self) -> bool {
        self.in_process
    }
}

/// Our side with such a key store, up to where it is to sign.
fn to_sign(role: Role, store: &Scripted) -> Pair<DefaultSuite, Scripted> {
    let ours = builder(role).trust(Anyone).key_store(store.clone());
    let mut pair = Pair::of(ours, peer_of(role));
    pair.ours.connection.advance(Duration::ZERO).unwrap();
    up_to_signing(&mut pair);
    pair
}

fn up_to_signing(pair: &mut Pair<DefaultSuite, Scripted>) {
    match pair.role() {
        Role::Client => {
            pair.middle();
            let packet = pair.authentication(|_, _| {}, |_, _| {});
            assert_eq!(pair.ours.give(&packet), [Got::Progress]);
        }
        Role::Server => {
            let message = pair.peer.client_handshake();
            let hello = pair.peer.send_client_handshake(&message);
            assert_eq!(pair.ours.give(&hello), [Got::Progress]);
        }
    }
}

/// The signature is there: the handshake comes to its end, and the peer has
/// verified it.
fn signed(mut pair: Pair<DefaultSuite, Scripted>) -> Pair<DefaultSuite, Scripted> {
    let packet = pair.ours.take();
    match pair.role() {
        Role::Client => drop(pair.peer.read_client_authentication(&packet)),
        Role::Server => {
            pair.peer.read_server_handshake(&packet);
            let packet = pair.authentication(|_, _| {}, |_, _| {});
            pair.finish(&packet);
        }
    }
    pair.talk();
    pair
}

/// The call to `send` fails with an error of this kind, and nothing changes.
#[track_caller]
fn fails(pair: &mut Pair<DefaultSuite, Scripted>, kind: KeyStoreErrorKind) {
    let ours = &mut pair.ours.connection;
    let before = (ours.status(), ours.send_len(), ours.deadline());
    assert!(ours.wants_send());
    let mut out = [0xa5; 1000];
    match ours.send(&mut out) {
        Err(OssuaryError::KeyStore(error)) => assert_eq!(error.kind(), kind),
        other => panic!("{other:?}"),
    }
    assert_eq!(out, [0xa5; 1000]);
    assert!(ours.wants_send());
    let after = (ours.status(), ours.send_len(), ours.deadline());
    assert_eq!(after, before);
    assert_eq!(ours.failure(), None);
    assert!(ours.pending_signature().is_none());
}

const KINDS: [KeyStoreErrorKind; 6] = [
    KeyStoreErrorKind::NotFound,
    KeyStoreErrorKind::Locked,
    KeyStoreErrorKind::Denied,
    KeyStoreErrorKind::Cancelled,
    KeyStoreErrorKind::TryAgain,
    KeyStoreErrorKind::Broken,
];

#[test]
fn a_key_store_that_lists_nothing_makes_no_connection() {
    for role in ROLES {
        for kind in KINDS {
            let store = Scripted {
                listing: Some(kind),
                ..Scripted::default()
            };
            let built = builder::<DefaultSuite>(role).key_store(store).build();
            assert!(matches!(
                built,
                Err(OssuaryError::KeyStore(error)) if error.kind() == kind
            ));
        }
    }
}

#[test]
fn a_key_store_that_fails_is_asked_again() {
    for role in ROLES {
        for kind in KINDS {
            let answers = [Answer::Error(kind), Answer::Error(kind), RIGHT];
            let store = Scripted::new(answers);
            let mut pair = to_sign(role, &store);
            fails(&mut pair, kind);
            fails(&mut pair, kind);
            let pair = signed(pair);
            assert_eq!(store.left(), 0);
            // Each time about the same message, which the peer has verified.
            let asked = store.asked.borrow();
            assert!(asked.iter().all(|question| *question == asked[0]));
            assert_eq!(asked[0].0, pair.role());
        }
    }
}

#[test]
fn a_key_store_that_signs_with_the_wrong_key_is_found_at_home() {
    for role in ROLES {
        let answers = [
            Answer::Key(OUR_KEY + 1),
            Answer::OtherScheme,
            Answer::OtherMessage,
            Answer::Key(OUR_KEY + 1),
            RIGHT,
        ];
        let store = Scripted::new(answers);
        let mut pair = to_sign(role, &store);
        for _ in 0..4 {
            fails(&mut pair, KeyStoreErrorKind::Broken);
        }
        signed(pair);
        assert_eq!(store.left(), 0);
    }
}

/// A signature of another scheme would not even fit, so it is looked at where
/// signatures are not verified.
#[test]
fn a_signature_of_another_scheme_is_found_in_process_too() {
    for role in ROLES {
        let mut store = Scripted::new([Answer::OtherScheme, Answer::OtherScheme, RIGHT]);
        store.in_process = true;
        let mut pair = to_sign(role, &store);
        fails(&mut pair, KeyStoreErrorKind::Broken);
        fails(&mut pair, KeyStoreErrorKind::Broken);
        signed(pair);
    }
}

/// A buffer that is too small does not cost a second signature.
#[test]
fn a_key_store_is_asked_once() {
    for role in ROLES {
        let store = Scripted::new([RIGHT]);
        let mut pair = to_sign(role, &store);
        for _ in 0..3 {
            assert!(matches!(
                pair.ours.connection.send(&mut [0; 100]),
                Err(OssuaryError::BufferTooSmall { .. })
            ));
        }
        signed(pair);
        assert_eq!(store.asked.borrow().len(), 1);
    }
}

// ---- Pending signatures

/// Nothing is sent and nothing is read until the signature is there.
fn is_pending(pair: &mut Pair<DefaultSuite, Scripted>) {
    let ours = &mut pair.ours.connection;
    assert_eq!(ours.status(), Status::AwaitingSignature);
    assert!(!ours.wants_send());
    assert_eq!(ours.send_len(), 0);
    assert_eq!(ours.send(&mut [0; 1000]).unwrap(), 0);
    // The clock stops.
    assert_eq!(ours.deadline(), None);
    assert!(!ours.advance(Duration::from_secs(1_000_000)).unwrap());
    assert_eq!(ours.deadline(), None);
    let pending = ours.pending_signature().unwrap();
    assert_eq!(*pending.identity(), host_key(OUR_KEY).identity());
    let disconnect = pair.peer.disconnect(wire::FAILED);
    let mut input = disconnect.clone();
    let received = pair.ours.connection.receive(&mut input).unwrap();
    assert_eq!(received.consumed, 0);
    assert!(matches!(received.event, ossuary::Event::NotYet));
    assert_eq!(input, disconnect);
    assert_eq!(pair.status(), Status::AwaitingSignature);
}

/// Brings a signature that is not accepted.
#[track_caller]
fn is_not_taken(pair: &mut Pair<DefaultSuite, Scripted>, signature: Signature) {
    match pair.ours.connection.provide_signature(signature) {
        Err(OssuaryError::KeyStore(error)) => {
            assert_eq!(error.kind(), KeyStoreErrorKind::Broken);
        }
        other => panic!("{other:?}"),
    }
    is_pending(pair);
}

fn message(pair: &Pair<DefaultSuite, Scripted>) -> Vec<u8> {
    let pending = pair.ours.connection.pending_signature().unwrap();
    assert_eq!(pending.request().role(), pair.role());
    pending.request().message().to_vec()
}

#[test]
fn a_pending_signature_stops_everything_and_is_verified_when_it_comes() {
    for role in ROLES {
        let store = Scripted::new([Answer::Pending]);
        let mut pair = to_sign(role, &store);
        assert!(pair.ours.connection.wants_send());
        assert!(pair.ours.connection.pending_signature().is_none());
        assert_eq!(pair.ours.connection.send(&mut [0; 1000]).unwrap(), 0);
        is_pending(&mut pair);

        // What is to be signed is what the protocol says.
        let message = message(&pair);
        let label = match role {
            Role::Client => CLIENT_SIGNATURE,
            Role::Server => SERVER_SIGNATURE,
        };
        assert_eq!((&message[..27], message.len()), (label, 27 + 32));
        if role == Role::Client {
            let mut client = Peer::<DefaultSuite>::client(Some(Rc::new(host_key(OUR_KEY))));
            client.h.clone_from(&pair.peer.h);
            let auth = client.auth();
            assert_eq!(message, client.signed(role, &auth));
        }

        let key = host_key(OUR_KEY);
        let mut changed = key.sign(&message).unwrap().bytes().to_vec();
        changed[0] ^= 1;
        let changed = Signature::new(SignatureScheme::Ed25519, &changed).unwrap();
        is_not_taken(&mut pair, changed);
        is_not_taken(&mut pair, key.sign(&message[27..]).unwrap());
        is_not_taken(&mut pair, host_key(OUR_KEY + 1).sign(&message).unwrap());
        is_not_taken(&mut pair, ecdsa_key().sign(&message).unwrap());

        let ours = &mut pair.ours.connection;
        ours.provide_signature(key.sign(&message).unwrap()).unwrap();
        assert_eq!(ours.status(), Status::Handshaking);
        assert!(ours.wants_send());
        assert!(ours.pending_signature().is_none());
        // One is enough.
        assert!(matches!(
            ours.provide_signature(key.sign(&message).unwrap()),
            Err(OssuaryError::Misuse(Misuse::NoSignaturePending))
        ));
        signed(pair);
        assert_eq!(store.asked.borrow().len(), 1);
    }
}

#[test]
fn no_signature_is_taken_before_it_is_asked_for() {
    for role in ROLES {
        let store = Scripted::new([RIGHT]);
        let mut pair = to_sign(role, &store);
        let signature = host_key(OUR_KEY).sign(b"anything").unwrap();
        assert!(matches!(
            pair.ours.connection.provide_signature(signature),
            Err(OssuaryError::Misuse(Misuse::NoSignaturePending))
        ));
        signed(pair);
    }
}

/// A new handshake is another message: the store is asked again.
#[test]
fn each_handshake_has_its_own_signature() {
    for role in ROLES {
        let store = Scripted::new([RIGHT, Answer::Pending]);
        let mut pair = signed(to_sign(role, &store));
        let reset = pair.peer.reset(wire::FAILED);
        assert!(matches!(pair.ours.give(&reset)[..], [Got::Reset(_)]));
        pair.answered("again", &reset);
        up_to_signing(&mut pair);
        assert_eq!(pair.ours.connection.send(&mut [0; 1000]).unwrap(), 0);
        is_pending(&mut pair);
        let message = message(&pair);
        let asked = store.asked.borrow().clone();
        assert_ne!(asked[0], asked[1]);
        assert_eq!(asked[1], (role, message.clone()));
        // That of the first handshake is none of this one.
        is_not_taken(&mut pair, host_key(OUR_KEY).sign(&asked[0].1).unwrap());
        let signature = host_key(OUR_KEY).sign(&message).unwrap();
        pair.ours.connection.provide_signature(signature).unwrap();
        signed(pair);
    }
}

/// A client that is to decide is not to sign yet.
#[test]
fn a_decision_comes_before_a_signature() {
    let store = Scripted::new([Answer::Pending]);
    let ours = builder(Role::Client)
        .trust(AuthorizedKeys::default().or_ask())
        .key_store(store.clone());
    let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(Role::Client)).into_middle();
    let packet = pair.authentication(|_, _| {}, |_, _| {});
    assert_eq!(pair.ours.give(&packet), [Got::Undecided]);
    assert_eq!(pair.ours.connection.send(&mut [0; 1000]).unwrap(), 0);
    assert_eq!(pair.status(), Status::Undecided);
    assert!(store.asked.borrow().is_empty());
    pair.ours.connection.decide(true).unwrap();
    assert_eq!(pair.ours.connection.send(&mut [0; 1000]).unwrap(), 0);
    is_pending(&mut pair);
    let signature = host_key(OUR_KEY).sign(&message(&pair)).unwrap();
    pair.ours.connection.provide_signature(signature).unwrap();
    signed(pair);
}

#[test]
fn a_connection_that_ends_asks_for_nothing() {
    for role in ROLES {
        let store = Scripted::new([Answer::Pending]);
        let mut pair = to_sign(role, &store);
        assert_eq!(pair.ours.connection.send(&mut [0; 1000]).unwrap(), 0);
        let message = message(&pair);
        pair.ours.connection.disconnect(false);
        assert_eq!(pair.status(), Status::Failed);
        assert!(pair.ours.connection.pending_signature().is_none());
        let signature = host_key(OUR_KEY).sign(&message).unwrap();
        assert!(matches!(
            pair.ours.connection.provide_signature(signature),
            Err(OssuaryError::Misuse(Misuse::NoSignaturePending))
        ));
        let last = pair.ours.take();
        assert_eq!(wire::Header::decode(&last).kind, wire::DISCONNECT);
        assert_eq!(Alert::decode(&last[8..]).reason, wire::CLOSED);
        let failure = pair.ours.connection.failure();
        assert_eq!(failure, Some(&PeerError::LocalEnd));
    }
}

// ---- Schemes

/// A suite without a verifier for any scheme but ECDSA.
struct OnlyEcdsa;

impl Verifier for OnlyEcdsa {
    const SCHEMES: &'static [SignatureScheme] = &[SignatureScheme::EcdsaP256Sha256];

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        RustCryptoVerifier::library(scheme)
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        RustCryptoVerifier::verify(scheme, public_key, message, signature)
    }
}

/// Our own signature is verified before it is sent, where the key is not in this
/// process; so the suite has to know its scheme.
#[test]
fn a_signature_that_cannot_be_verified_is_not_asked_for() {
    type EcdsaSuite = Suite<X25519, ChaCha20Poly1305, Sha256, OnlyEcdsa>;
    for role in ROLES {
        let store = Scripted::new([]);
        let built = builder::<EcdsaSuite>(role).key_store(store).build();
        assert!(matches!(
            built,
            Err(OssuaryError::Misuse(Misuse::SchemeNotInSuite(
                SignatureScheme::Ed25519
            )))
        ));
        // A key in this process signs with what it says.
        let memory = MemoryKeyStore::new().with(host_key(OUR_KEY));
        assert!(
            builder::<EcdsaSuite>(role)
                .key_store(memory)
                .build()
                .is_ok()
        );
    }
}
