//! What a peer says of itself, under its seal: authentications and signatures.
//! (Those of Ed25519 that need a strict verifier are in `strict.rs`.)

use crate::pair::{Got, Pair, ROLES, Then, builder, peer_of};
use crate::peer::wire::{self, Auth};
use crate::peer::{Peer, host_key};
use ossuary::backend::rustcrypto::{
    ChaCha20Poly1305, EcdsaP256SigningKey, MlDsa65SigningKey, RustCryptoVerifier, Sha256, X25519,
};
use ossuary::ossuary_traits::{Secret, SigningKey, Verifier};
use ossuary::trust::{Anyone, AuthorizedKeys, Verdict, trust_fn};
use ossuary::{
    CryptoError, DefaultSuite, Misuse, OssuaryError, PeerError, Role, SignatureScheme, Status,
    Suite,
};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

type HostKey = Rc<dyn SigningKey>;

fn ecdsa_key(seed: u8) -> HostKey {
    Rc::new(EcdsaP256SigningKey::from_secret(Secret::from([seed; 32])).unwrap())
}

/// A key of each scheme.
fn keys(seed: u8) -> [HostKey; 3] {
    [
        Rc::new(host_key(seed)),
        ecdsa_key(seed),
        Rc::new(MlDsa65SigningKey::from_secret(Secret::from([seed; 32])).unwrap()),
    ]
}

/// Our side in `role`, trusting anyone, before the peer authenticates itself.
fn pair(role: Role, key: Option<HostKey>) -> Pair {
    let mut peer = peer_of(role);
    peer.key = key;
    Pair::of(builder(role).trust(Anyone), peer).into_middle()
}

fn as_is(_: &mut Peer, _: &mut Auth) {}

fn bad_signature() -> Then {
    Then::End(PeerError::BadSignature, wire::NOT_AUTHORIZED)
}

fn malformed_identity() -> Then {
    Then::End(PeerError::MalformedIdentity, wire::MALFORMED)
}

fn anonymous() -> Then {
    Then::End(PeerError::AnonymousPeer, wire::NOT_AUTHORIZED)
}

fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

fn resign(auth: &mut Auth, key: &dyn SigningKey, message: &[u8]) {
    auth.signature = key.sign(message).unwrap().bytes().to_vec();
}

/// Ways to sign the wrong thing, or to change what is signed.
type Bend = (&'static str, fn(&Peer, &mut Auth));
const BAD_SIGNATURES: [Bend; 13] = [
    ("the label of the other role", |peer, auth| {
        let message = peer.signed(other(peer.role()), auth);
        resign(auth, &**peer.key.as_ref().unwrap(), &message);
    }),
    ("no label", |peer, auth| {
        let message = peer.signed(peer.role(), auth).split_off(27);
        resign(auth, &**peer.key.as_ref().unwrap(), &message);
    }),
    ("another transcript", |peer, auth| {
        let mut h = peer.h.clone();
        h[31] ^= 1;
        let message = Peer::<DefaultSuite>::signed_over(&h, peer.role(), auth);
        resign(auth, &**peer.key.as_ref().unwrap(), &message);
    }),
    ("another key", |peer, auth| {
        let message = peer.signed(peer.role(), auth);
        let scheme = peer.identity().unwrap().scheme();
        let key = keys(0x77)
            .into_iter()
            .find(|key| key.identity().scheme() == scheme);
        resign(auth, &*key.unwrap(), &message);
    }),
    ("a public key of another", |_, auth| {
        let key = keys(0x77)
            .into_iter()
            .find(|key| key.identity().scheme().code() == auth.scheme);
        auth.public_key = key.unwrap().identity().public_key().to_vec();
    }),
    ("a bit of the public key", |_, auth| {
        auth.public_key[20] ^= 1
    }),
    ("the number of records", |_, auth| auth.records_received = 1),
    ("the first byte", |_, auth| auth.signature[0] ^= 1),
    ("the middle", |_, auth| auth.signature[31] ^= 1),
    ("the second half", |_, auth| auth.signature[32] ^= 1),
    ("the last byte", |_, auth| {
        *auth.signature.last_mut().unwrap() ^= 1;
    }),
    ("zeros", |_, auth| auth.signature.fill(0)),
    ("ones", |_, auth| auth.signature.fill(0xff)),
];

#[test]
fn a_bad_signature_ends_it_in_both_roles_and_all_schemes() {
    for role in ROLES {
        for key in keys(1) {
            for (case, bend) in BAD_SIGNATURES {
                let case = format!("{case}, {role:?}, {:?}", key.identity());
                let mut pair = pair(role, Some(Rc::clone(&key)));
                let packet = pair.authentication(as_is, bend);
                pair.refuses(&case, &packet, bad_signature());
            }
        }
    }
}

#[test]
fn a_challenge_is_signed() {
    for key in keys(1) {
        let mut pair = pair(Role::Client, Some(key));
        let packet = pair.authentication(as_is, |_, auth| auth.challenge[0] ^= 1);
        pair.refuses("the challenge", &packet, bad_signature());
    }
}

/// The signature of another handshake of the same two.
#[test]
fn a_signature_is_of_this_handshake() {
    for role in ROLES {
        let mut earlier = None;
        pair(role, Some(keys(1)[0].clone()))
            .authentication(as_is, |_, auth| earlier = Some(auth.clone()));
        let mut peer = peer_of::<DefaultSuite>(role);
        peer.random = crate::peer::Seeded::new(2);
        peer.key = Some(keys(1)[0].clone());
        let mut pair = Pair::of(builder(role).trust(Anyone), peer).into_middle();
        let packet = pair.authentication(as_is, |_, auth| *auth = earlier.unwrap());
        pair.refuses("an earlier signature", &packet, bad_signature());
    }
}

/// Nobody, neither the policy nor the application, hears of a key before its
/// signature has been verified.
#[test]
fn a_key_is_not_known_before_its_signature_is_verified() {
    for role in ROLES {
        for verdict in [Verdict::Trusted, Verdict::Unknown] {
            let asked = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&asked);
            let ours = builder(role).trust(trust_fn(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(verdict)
            }));
            let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(role)).into_middle();
            // Also one that the application has authorized.
            let identity = pair.peer.identity().unwrap();
            pair.ours.connection.authorize(identity).unwrap();
            let packet = pair.authentication(as_is, |_, auth| auth.signature[0] ^= 1);
            pair.refuses("unverified", &packet, bad_signature());
            assert_eq!(asked.load(Ordering::Relaxed), 0);
            assert_eq!(pair.ours.connection.remote_identity(), None);
            assert_eq!(pair.ours.connection.undecided_peer(), None);
        }
    }
}

// ---- Packets

fn does_not_open() -> Then {
    Then::Reset(PeerError::DecryptionFailed, wire::DECRYPTION_FAILED)
}

/// Whether it is in the clear, sealed, or the tag: every byte counts.
#[test]
fn a_changed_byte_of_an_authentication_is_found() {
    for role in ROLES {
        let key = || Some(keys(1)[0].clone());
        let len = pair(role, key()).authentication(as_is, |_, _| {}).len();
        for at in 8..len {
            let mut pair = pair(role, key());
            let mut packet = pair.authentication(as_is, |_, _| {});
            // Of an X25519 share this is the bit that its result does not show.
            packet[at] ^= 0x80;
            pair.refuses(&format!("byte {at}"), &packet, does_not_open());
        }
    }
}

/// The server has read another ClientHandshake than our client sent.
#[test]
fn a_changed_byte_of_a_hello_is_found() {
    for at in 11..87 {
        let mut pair = Pair::<DefaultSuite>::new(Role::Client);
        let mut hello = pair.ours.take();
        hello[at] ^= 0x80;
        pair.peer.read_client_handshake(&hello);
        let packet = pair.authentication(as_is, |_, _| {});
        pair.refuses(&format!("byte {at}"), &packet, does_not_open());
    }
}

/// The authentication of another handshake of the same two, as it was sent.
#[test]
fn an_authentication_is_of_this_handshake() {
    for role in ROLES {
        let replayed = pair(role, Some(keys(1)[0].clone())).authentication(as_is, |_, _| {});
        let mut peer = peer_of::<DefaultSuite>(role);
        peer.random = crate::peer::Seeded::new(2);
        peer.key = Some(keys(1)[0].clone());
        let ours = builder(role)
            .trust(Anyone)
            .random(crate::peer::Seeded::new(3));
        let mut pair = Pair::of(ours, peer).into_middle();
        pair.refuses("replayed", &replayed, does_not_open());
    }
}

// ---- Schemes

#[test]
fn a_scheme_that_the_protocol_does_not_have_is_refused() {
    for role in ROLES {
        for scheme in [0x03, 0x10, 0x12, 0x80, 0xff] {
            let mut pair = pair(role, Some(keys(1)[0].clone()));
            let packet = pair.authentication(|_, auth| auth.scheme = scheme, |_, _| {});
            let error = PeerError::SchemeNotSupported(scheme);
            pair.refuses("a scheme", &packet, Then::End(error, wire::NOT_AUTHORIZED));
        }
    }
}

/// A verifier of one scheme.
struct OnlyEd25519;

impl Verifier for OnlyEd25519 {
    const SCHEMES: &'static [SignatureScheme] = &[SignatureScheme::Ed25519];

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        RustCryptoVerifier::library(scheme)
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        assert_eq!(scheme, SignatureScheme::Ed25519);
        RustCryptoVerifier::verify(scheme, public_key, message, signature)
    }
}

#[test]
fn a_scheme_that_the_suite_does_not_have_is_refused() {
    type Ed25519Suite = Suite<X25519, ChaCha20Poly1305, Sha256, OnlyEd25519>;
    for role in ROLES {
        Pair::<Ed25519Suite>::new(role).into_open().talk();
        for key in &keys(1)[1..] {
            let mut peer = peer_of::<Ed25519Suite>(role);
            peer.key = Some(Rc::clone(key));
            let mut pair = Pair::of(builder(role).trust(Anyone), peer).into_middle();
            let packet = pair.authentication(|_, _| {}, |_, _| {});
            let error = PeerError::SchemeNotSupported(key.identity().scheme().code());
            pair.refuses("a scheme", &packet, Then::End(error, wire::NOT_AUTHORIZED));
        }
    }
}

/// Each of these lengths is one that some scheme has, and not this one.
#[test]
fn an_authentication_is_as_long_as_its_scheme_says() {
    let [ed25519, ecdsa, ml_dsa] = keys(1);
    type Bend = fn(&mut Auth);
    let cases: [(&str, &HostKey, Bend); 7] = [
        ("Ed25519, one more", &ed25519, |auth| auth.signature.push(0)),
        ("ECDSA, one fewer", &ecdsa, |auth| {
            auth.signature.truncate(63)
        }),
        ("Ed25519 for ECDSA", &ecdsa, |auth| auth.scheme = 0x01),
        ("ECDSA for Ed25519", &ed25519, |auth| auth.scheme = 0x02),
        ("ML-DSA for Ed25519", &ed25519, |auth| auth.scheme = 0x11),
        ("Ed25519 for ML-DSA", &ml_dsa, |auth| auth.scheme = 0x01),
        ("nobody for ECDSA", &ecdsa, |auth| auth.scheme = 0x00),
    ];
    for role in ROLES {
        for (case, key, bend) in cases {
            let mut pair = pair(role, Some(Rc::clone(key)));
            let packet = pair.authentication(|_, auth| bend(auth), |_, auth| bend(auth));
            let case = format!("{case}, {role:?}");
            pair.refuses(&case, &packet, malformed_identity());
        }
    }
}

// ---- Nobody

/// A server that says to be nobody, in every form.
#[test]
fn a_server_has_a_key() {
    let blank = |auth: &mut Auth| {
        auth.scheme = 0;
        auth.public_key.fill(0);
        auth.signature.fill(0);
    };
    let mut nobody = pair(Role::Client, Some(keys(1)[0].clone()));
    let packet = nobody.authentication(|_, auth| blank(auth), |_, auth| blank(auth));
    nobody.refuses("zeros", &packet, anonymous());

    let mut signed = pair(Role::Client, Some(keys(1)[0].clone()));
    let packet = signed.authentication(|_, auth| auth.scheme = 0, |_, _| {});
    signed.refuses("a key and a signature", &packet, anonymous());
}

#[test]
fn an_anonymous_client_is_let_in_by_anyone() {
    let mut pair = pair(Role::Server, None);
    let packet = pair.authentication(as_is, |_, _| {});
    assert_eq!(pair.ours.give(&packet), [Got::Open]);
    assert_eq!(pair.status(), Status::Open);
    assert_eq!(pair.ours.connection.remote_identity(), None);
    assert!(matches!(
        pair.ours.connection.remote_public_key(),
        Err(OssuaryError::Misuse(Misuse::AnonymousPeer))
    ));
    pair.talk();
}

#[test]
fn an_anonymous_client_is_refused_by_a_server_that_asks_for_a_key() {
    let key = keys(1)[0].identity();
    let policies = [
        AuthorizedKeys::new([]),
        AuthorizedKeys::new([key]),
        // The application cannot be asked about nobody.
        AuthorizedKeys::new([]).or_ask(),
    ];
    for policy in policies {
        let ours = builder(Role::Server).trust(policy);
        let mut pair = Pair::of(ours, Peer::<DefaultSuite>::client(None)).into_middle();
        let packet = pair.authentication(as_is, |_, _| {});
        pair.refuses("nobody", &packet, anonymous());
    }
    let ours = builder(Role::Server).trust(trust_fn(|_| Ok(Verdict::Unknown)));
    let mut pair = Pair::of(ours, Peer::<DefaultSuite>::client(None)).into_middle();
    let packet = pair.authentication(as_is, |_, _| {});
    pair.refuses("undecided about nobody", &packet, anonymous());
}

#[test]
fn an_anonymous_client_has_fields_of_zeros() {
    type Bend = (&'static str, fn(&mut Auth));
    let bends: [Bend; 6] = [
        ("the key's first byte", |auth| auth.public_key[0] = 1),
        ("the key's last byte", |auth| auth.public_key[31] = 0x80),
        ("the signature's first byte", |auth| auth.signature[0] = 1),
        ("its last byte", |auth| auth.signature[63] = 0x80),
        ("a key", |auth| auth.public_key = vec![0x58; 32]),
        ("a signature", |auth| auth.signature = vec![0x58; 64]),
    ];
    for (case, bend) in bends {
        let mut pair = pair(Role::Server, None);
        let packet = pair.authentication(|_, auth| bend(auth), |_, _| {});
        pair.refuses(case, &packet, malformed_identity());
    }
    // A client with a key that says to be nobody.
    let mut pair = pair(Role::Server, Some(keys(1)[0].clone()));
    let packet = pair.authentication(|_, auth| auth.scheme = 0, |_, _| {});
    pair.refuses("a signed nobody", &packet, malformed_identity());
}

// ---- ECDSA

/// The order n of P-256.
const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// n - s, big-endian.
fn negated(s: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut difference: Vec<u8> = (0..32)
        .rev()
        .map(|at| {
            let byte = i16::from(N[at]) - i16::from(s[at]) - borrow;
            borrow = i16::from(byte < 0);
            byte.to_le_bytes()[0]
        })
        .collect();
    difference.reverse();
    difference
}

#[test]
fn an_ecdsa_key_is_a_compressed_point_on_the_curve() {
    // x = 1 has no y on P-256.
    let off_curve = |tag| {
        let mut key = vec![0; 33];
        (key[0], key[32]) = (tag, 1);
        key
    };
    let p = hex::decode("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let p = p.unwrap();
    type Bend<'a> = (&'a str, &'a dyn Fn(&mut Vec<u8>));
    let bends: [Bend<'_>; 9] = [
        ("off the curve, even", &|key| *key = off_curve(2)),
        ("off the curve, odd", &|key| *key = off_curve(3)),
        ("its negative", &|key| key[0] ^= 1),
        ("x alone", &|key| key[0] = 5),
        ("uncompressed", &|key| key[0] = 4),
        ("the hybrid form", &|key| key[0] = 6),
        ("infinity", &|key| key.fill(0)),
        ("no tag", &|key| key[0] = 0),
        ("x is the field prime", &|key| {
            key[0] = 2;
            key[1..].copy_from_slice(&p);
        }),
    ];
    for role in ROLES {
        for (case, bend) in bends {
            let mut pair = pair(role, Some(ecdsa_key(1)));
            // What is signed names the bent key.
            let packet = pair.authentication(|_, auth| bend(&mut auth.public_key), |_, _| {});
            pair.refuses(case, &packet, bad_signature());
        }
    }
}

#[test]
fn either_value_of_an_ecdsa_s_is_accepted() {
    for role in ROLES {
        for negate in [false, true] {
            let mut pair = pair(role, Some(ecdsa_key(1)));
            let packet = pair.authentication(as_is, |_, auth| {
                if negate {
                    let s = negated(&auth.signature[32..]);
                    auth.signature[32..].copy_from_slice(&s);
                }
            });
            pair.finish(&packet);
            pair.talk();
        }
    }
}

#[test]
fn an_ecdsa_r_and_s_are_from_one_to_n_less_one() {
    for role in ROLES {
        for half in [0..32, 32..64] {
            for value in [[0; 32], N, [0xff; 32]] {
                let mut pair = pair(role, Some(ecdsa_key(1)));
                let packet = pair.authentication(as_is, |_, auth| {
                    auth.signature[half.clone()].copy_from_slice(&value);
                });
                let case = format!("{half:?}, {value:02x?}");
                pair.refuses(&case, &packet, bad_signature());
            }
        }
    }
}
