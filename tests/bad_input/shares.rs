//! Key exchange shares that fail their check, in both roles.

use crate::pair::{Pair, Then};
use crate::peer::wire;
use ossuary::backend::rustcrypto::{
    P256ChaCha20Poly1305Sha256, X25519MlKem768ChaCha20Poly1305Sha256,
};
use ossuary::{CryptoSuite, DefaultSuite, PeerError, Role};

type Hybrid = X25519MlKem768ChaCha20Poly1305Sha256;

/// The points of X25519 whose result is zeros for every private key: those of
/// small order on the curve and its twist, also as encodings not below
/// p = 2^255 - 19.
fn zero_results() -> Vec<[u8; 32]> {
    let point = |text: &str| -> [u8; 32] { hex::decode(text).unwrap().try_into().unwrap() };
    let end = |first: u8, middle: u8, last: u8| {
        let mut point = [middle; 32];
        (point[0], point[31]) = (first, last);
        point
    };
    let points = [
        end(0, 0, 0),
        end(1, 0, 0),
        point("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        point("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        // p - 1, p, p + 1
        end(0xec, 0xff, 0x7f),
        end(0xed, 0xff, 0x7f),
        end(0xee, 0xff, 0x7f),
    ];
    // The top bit is not looked at (RFC 7748, section 5).
    let with_top_bit = points.map(|mut point| {
        point[31] |= 0x80;
        point
    });
    [points, with_top_bit].concat()
}

/// Gives our server a ClientHandshake whose share is bent.
fn client_share<S: CryptoSuite>(case: &str, bend: impl FnOnce(&mut [u8])) {
    let mut pair = Pair::<S>::new(Role::Server);
    let mut message = pair.peer.client_handshake();
    bend(&mut message.share);
    let hello = pair.peer.send_client_handshake(&message);
    let then = Then::Reset(PeerError::InvalidShare, wire::MALFORMED);
    pair.refuses(case, &hello, then);
}

/// Gives our client a ServerHandshake whose share is bent; `bend` can say what
/// the shared secret is with it.
fn server_share<S: CryptoSuite>(
    case: &str,
    bend: impl FnOnce(&mut [u8], &mut [u8]),
    error: PeerError,
    reason: u8,
) {
    let mut pair = Pair::<S>::new(Role::Client).into_middle();
    let mut message = pair.peer.server_handshake();
    bend(&mut message.share, &mut message.z);
    let packet = pair.peer.send_server_handshake(message);
    pair.refuses(case, &packet, Then::Reset(error, reason));
}

fn invalid_server_share<S: CryptoSuite>(case: &str, bend: impl FnOnce(&mut [u8], &mut [u8])) {
    server_share::<S>(case, bend, PeerError::InvalidShare, wire::MALFORMED);
}

/// Who sends such a share knows the secret, zeros, and all keys: only this check
/// stands in the way.
#[test]
fn an_x25519_result_of_zeros_is_refused() {
    for point in zero_results() {
        let case = format!("{point:02x?}");
        client_share::<DefaultSuite>(&case, |share| share.copy_from_slice(&point));
        invalid_server_share::<DefaultSuite>(&case, |share, z| {
            share.copy_from_slice(&point);
            z.fill(0);
        });
    }
}

/// In the hybrid the ML-KEM part of the secret is not zeros, and the X25519 part
/// is refused all the same.
#[test]
fn an_x25519_result_of_zeros_is_refused_beside_ml_kem() {
    for point in zero_results() {
        let case = format!("{point:02x?}");
        client_share::<Hybrid>(&case, |share| share[1184..].copy_from_slice(&point));
        invalid_server_share::<Hybrid>(&case, |share, z| {
            share[1088..].copy_from_slice(&point);
            z[32..].fill(0);
        });
    }
}

#[test]
fn a_p256_share_is_an_uncompressed_point_on_the_curve() {
    // The field prime, and a y for x = 0: (p, y) is (0, y) written otherwise.
    let p =
        hex::decode("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff").unwrap();
    let y =
        hex::decode("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4").unwrap();
    type Bend<'a> = (&'a str, &'a dyn Fn(&mut [u8]));
    let bends: [Bend<'_>; 10] = [
        ("x is changed", &|share| share[32] ^= 1),
        ("y is changed", &|share| share[64] ^= 1),
        ("infinity", &|share| share.fill(0)),
        ("infinity after the tag", &|share| share[1..].fill(0)),
        ("compressed, even", &|share| {
            share[0] = 2;
            share[33..].fill(0);
        }),
        ("compressed, odd", &|share| {
            share[0] = 3;
            share[33..].fill(0);
        }),
        ("the hybrid form, even", &|share| share[0] = 6),
        ("the hybrid form, odd", &|share| share[0] = 7),
        ("a tag of its own", &|share| share[0] = 5),
        ("x is not below p", &|share| {
            share[1..33].copy_from_slice(&p);
            share[33..].copy_from_slice(&y);
        }),
    ];
    for (case, bend) in bends {
        client_share::<P256ChaCha20Poly1305Sha256>(case, bend);
        invalid_server_share::<P256ChaCha20Poly1305Sha256>(case, |share, _| bend(share));
    }
}

/// FIPS 203, section 7.2. A coefficient has 12 bits, and q is 3329.
#[test]
fn an_ml_kem_key_with_a_coefficient_not_below_q_is_refused() {
    for coefficient in [3329_u16, 3330, 4095] {
        let [low, high] = coefficient.to_le_bytes();
        client_share::<Hybrid>("the first coefficient", |share| {
            share[0] = low;
            share[1] = share[1] & 0xf0 | high;
        });
        // The last one: the upper 12 bits of the last three bytes before ρ.
        client_share::<Hybrid>("the last coefficient", |share| {
            share[1150] = share[1150] & 0x0f | low << 4;
            share[1151] = high << 4 | low >> 4;
        });
    }
}

/// A coefficient below q is no reason: that key is as good as another.
#[test]
fn an_ml_kem_key_with_a_coefficient_below_q_is_taken() {
    let mut pair = Pair::<Hybrid>::new(Role::Server);
    let mut message = pair.peer.client_handshake();
    let [low, high] = 3328_u16.to_le_bytes();
    message.share[0] = low;
    message.share[1] = message.share[1] & 0xf0 | high;
    let hello = pair.peer.send_client_handshake(&message);
    assert_eq!(pair.ours.give(&hello), [crate::pair::Got::Progress]);
    assert_eq!(pair.ours.take().len(), 8 + 1285);
}

/// Implicit rejection: another secret, and so a packet that does not open.
#[test]
fn an_ml_kem_ciphertext_that_does_not_fit_does_not_open() {
    for at in [0, 500, 1087] {
        let (error, reason) = (PeerError::DecryptionFailed, wire::DECRYPTION_FAILED);
        server_share::<Hybrid>("a ciphertext", |share, _| share[at] ^= 1, error, reason);
    }
}
