//! Ed25519 is verified strictly: what a plain verifier accepts and the protocol
//! refuses.

use crate::pair::{Pair, ROLES, Then, builder, peer_of};
use crate::peer::wire::{self, Auth};
use crate::peer::{Peer, Seeded, host_key};
use ossuary::backend::rustcrypto::RustCryptoVerifier;
use ossuary::ossuary_traits::{SigningKey, Verifier};
use ossuary::trust::Anyone;
use ossuary::{DefaultSuite, PeerError, Role, SignatureScheme};
use sha2::{Digest, Sha512};
use std::rc::Rc;

/// The points of small order in their canonical encodings: docs/protocol.md,
/// "Signature schemes".
const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

/// Other encodings of points of small order: x = 0 with a sign, and a y that is
/// not below p.
const NOT_CANONICAL: [&str; 6] = [
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

type Bytes = [u8; 32];

fn point(text: &str) -> Bytes {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// The verdict of the bare equation, without the protocol's rules.
fn bare(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    RustCryptoVerifier::verify(SignatureScheme::Ed25519, public_key, message, signature).is_ok()
}

/// A pair before the peer authenticates itself; each number makes another one.
fn pair(role: Role, number: u64) -> Pair {
    let mut peer = peer_of(role);
    peer.random = Seeded::new(number);
    Pair::of(builder(role).trust(Anyone), peer).into_middle()
}

fn refused() -> Then {
    Then::End(PeerError::BadSignature, wire::NOT_AUTHORIZED)
}

/// Ways to sign for a public key A of small order, without any private key:
/// `[S]B = R + [k]A` holds
///
/// * for S = 0 and an R of small order, where k happens to fit;
/// * for an R that is a public key like any other, and S its private scalar, where
///   k is a multiple of A's order.
fn forgeries() -> Vec<Vec<u8>> {
    let of_small_order = SMALL_ORDER.iter().map(|r| [point(r), [0; 32]].concat());
    let honest = host_key(9).identity().public_key().to_vec();
    let honest = [&honest[..], &product(&private_scalar(9), &ONE)].concat();
    of_small_order.chain([honest]).collect()
}

#[test]
fn a_public_key_of_small_order_is_refused() {
    for role in ROLES {
        for key in SMALL_ORDER.iter().chain(&NOT_CANONICAL) {
            let [small_r, honest_r] = [&forgeries()[..8], &forgeries()[8..]];
            for signatures in [small_r, honest_r] {
                // Handshakes until there is one whose k fits.
                let (mut pair, packet) = (0..256)
                    .find_map(|number| forge(role, number, &point(key), signatures))
                    .expect("a forgery that the bare equation accepts");
                pair.refuses(key, &packet, refused());
            }
        }
    }
}

/// A handshake in which the bare equation accepts one of `signatures`, if it does.
fn forge(role: Role, number: u64, key: &Bytes, signatures: &[Vec<u8>]) -> Option<(Pair, Vec<u8>)> {
    let mut pair = pair(role, number);
    let mut found = false;
    let packet = pair.authentication(
        |_, auth| auth.public_key = key.to_vec(),
        |peer, auth| {
            let message = peer.signed(peer.role(), auth);
            let mut accepted = signatures
                .iter()
                .filter(|signature| bare(&auth.public_key, &message, signature));
            if let Some(signature) = accepted.next() {
                auth.signature.clone_from(signature);
                found = true;
            }
        },
    );
    found.then_some((pair, packet))
}

/// The simplest of them: A and R are the neutral element and S = 0.
#[test]
fn a_signature_of_nothing_is_refused() {
    let neutral = point(SMALL_ORDER[0]);
    for role in ROLES {
        let mut pair = pair(role, 0);
        let packet = pair.authentication(
            |_, auth| auth.public_key = neutral.to_vec(),
            |peer, auth| {
                auth.signature = [neutral, [0; 32]].concat();
                let message = peer.signed(peer.role(), auth);
                assert!(bare(&auth.public_key, &message, &auth.signature));
            },
        );
        pair.refuses("nothing", &packet, refused());
    }
}

// ---- R of small order, by whoever has the private key

/// The group order L, little-endian.
const ORDER: Bytes = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// a + b, of numbers below 2^255.
fn sum(a: &Bytes, b: &Bytes) -> Bytes {
    let mut carry = 0;
    std::array::from_fn(|at| {
        let sum = u16::from(a[at]) + u16::from(b[at]) + carry;
        carry = sum >> 8;
        sum as u8
    })
}

/// a mod L, of a number below 2 L.
fn reduced(a: Bytes) -> Bytes {
    if a.iter().rev().lt(ORDER.iter().rev()) {
        return a;
    }
    let mut borrow = 0;
    std::array::from_fn(|at| {
        let difference = i16::from(a[at]) - i16::from(ORDER[at]) - borrow;
        borrow = i16::from(difference < 0);
        difference.to_le_bytes()[0]
    })
}

/// a b mod L, of little-endian numbers of any length, bit by bit.
fn product(a: &[u8], b: &[u8]) -> Bytes {
    let bits = |bytes: &[u8]| -> Vec<bool> {
        let bit = |at: usize| bytes[at / 8] >> (at % 8) & 1 == 1;
        (0..bytes.len() * 8).rev().map(bit).collect()
    };
    let times = |factor: &[u8], of: &Bytes| {
        bits(factor).into_iter().fold([0; 32], |result, bit| {
            let doubled = reduced(sum(&result, &result));
            if bit {
                reduced(sum(&doubled, of))
            } else {
                doubled
            }
        })
    };
    times(a, &times(b, &ONE))
}

/// The number 1, little-endian.
const ONE: Bytes = {
    let mut one = [0; 32];
    one[0] = 1;
    one
};

/// The private scalar of a seed of 32 equal bytes (RFC 8032, section 5.1.5).
fn private_scalar(seed: u8) -> Vec<u8> {
    let mut scalar = Sha512::digest([seed; 32])[..32].to_vec();
    scalar[0] &= 0xf8;
    scalar[31] = scalar[31] & 0x7f | 0x40;
    scalar
}

/// The signature with a chosen R, by who has the seed: S = k a, which is right
/// where R is the neutral element, and right but for a point of small order
/// where it is such a point.
fn with_r(seed: u8, r: &Bytes, message: &[u8]) -> Vec<u8> {
    let a = private_scalar(seed);
    let public_key = host_key(seed).identity().public_key().to_vec();
    let k = Sha512::digest([&r[..], &public_key, message].concat());
    [*r, product(&k, &a)].concat()
}

#[test]
fn an_r_of_small_order_is_refused() {
    for role in ROLES {
        for r in SMALL_ORDER.iter().chain(&NOT_CANONICAL) {
            let r_bytes = point(r);
            let mut pair = pair(role, 0);
            pair.peer.key = Some(Rc::new(host_key(9)));
            let packet = pair.authentication(
                |_, _| {},
                |peer, auth| {
                    let message = peer.signed(peer.role(), auth);
                    auth.signature = with_r(9, &r_bytes, &message);
                    // The bare equation holds for the neutral element; for the
                    // others only that which is multiplied by 8.
                    let holds = bare(&auth.public_key, &message, &auth.signature);
                    assert_eq!(holds, *r == SMALL_ORDER[0], "{r}");
                },
            );
            pair.refuses(r, &packet, refused());
        }
    }
}

// ---- S and encodings

#[test]
fn an_s_that_is_not_below_the_order_is_refused() {
    for role in ROLES {
        // The same S modulo L, a second signature of the same message.
        for times in 1..=3 {
            let mut pair = pair(role, 0);
            let packet = pair.authentication(
                |_, _| {},
                |_, auth| {
                    for _ in 0..times {
                        let s: &Bytes = auth.signature.last_chunk().unwrap();
                        let s = sum(s, &ORDER);
                        auth.signature[32..].copy_from_slice(&s);
                    }
                },
            );
            pair.refuses("S + L", &packet, refused());
        }
        for s in [ORDER, [0xff; 32]] {
            let mut pair = pair(role, 0);
            let bend = |_: &Peer<DefaultSuite>, auth: &mut Auth| {
                auth.signature[32..].copy_from_slice(&s);
            };
            let packet = pair.authentication(|_, _| {}, bend);
            pair.refuses("S", &packet, refused());
        }
    }
}

/// y from p to 2^255 - 1, with either sign: as the key, and as R.
#[test]
fn an_encoding_that_is_not_canonical_is_refused() {
    for role in ROLES {
        for low in 0xed..=0xff {
            for high in [0x7f, 0xff] {
                let mut encoding = [0xff; 32];
                (encoding[0], encoding[31]) = (low, high);

                let mut key = pair(role, 0);
                let packet =
                    key.authentication(|_, auth| auth.public_key = encoding.to_vec(), |_, _| {});
                key.refuses("A", &packet, refused());

                let mut r = pair(role, 0);
                let packet = r.authentication(
                    |_, _| {},
                    |_, auth| auth.signature[..32].copy_from_slice(&encoding),
                );
                r.refuses("R", &packet, refused());
            }
        }
    }
}

/// The same key, unbent.
#[test]
fn a_signature_that_is_right_is_accepted() {
    for role in ROLES {
        let mut pair = pair(role, 0);
        let packet = pair.authentication(|_, _| {}, |_, _| {});
        pair.finish(&packet);
        pair.talk();
    }
}
