//! Shares that are none, of low order, not canonical, or changed on the way.

use super::{X25519, answered, client, complete, completed, respond};
use crate::random::{Numbers, flipped};
use crate::report::Failure;
use crate::rule::Rule;
use crate::run::{Check, Outcome, Run, given, is_invalid_share};
use ossuary_traits::{CryptoError, KeyExchange, KeyExchangeId};

pub(super) fn check<K: KeyExchange>(run: &mut Run) -> Result<(), Failure> {
    match K::ID {
        KeyExchangeId::P256 => run.rule(Rule::InvalidShare, points::<K>),
        KeyExchangeId::X25519 => x25519::<K>(run),
        KeyExchangeId::X25519MlKem768 => {
            run.rule(Rule::InvalidShare, coefficients::<K>)?;
            run.rule(Rule::ImplicitRejection, implicit_rejection::<K>)?;
            x25519::<K>(run)
        }
        _ => Ok(()),
    }
}

fn x25519<K: KeyExchange>(run: &mut Run) -> Result<(), Failure> {
    run.rule(Rule::LowOrder, low_order::<K>)?;
    run.rule(Rule::NonCanonical, non_canonical::<K>)
}

/// The uncompressed encoding of a point (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 0x04;

/// The field's prime of P-256, big-endian (SP 800-186, section 3.2.1.3).
const P256_PRIME: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// A square root of the curve's b: the y of a point whose x is 0.
const Y_OF_ZERO: [u8; 32] = [
    0x66, 0x48, 0x5c, 0x78, 0x0e, 0x2f, 0x83, 0xd7, 0x24, 0x33, 0xbd, 0x5d, 0x84, 0xa0, 0x6b, 0xb6,
    0x54, 0x1c, 0x2a, 0xf3, 0x1d, 0xae, 0x87, 0x17, 0x28, 0xbf, 0x85, 0x6a, 0x17, 0x4f, 0x93, 0xf4,
];

fn point(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[UNCOMPRESSED], x, y].concat()
}

/// Both sides refuse `share`.
fn refused<K: KeyExchange>(check: &mut Check, share: &[u8], what: &str) -> Outcome {
    let answer = respond::<K>(&mut Numbers::new(1), share);
    check.fails(answer, is_invalid_share, || format!("`respond` to {what}"))?;
    let (key, _) = client::<K>(2)?;
    let completed = complete(key, share);
    check.fails(completed, is_invalid_share, || {
        format!("`complete` with {what}")
    })
}

fn points<K: KeyExchange>(check: &mut Check) -> Outcome {
    let (_, share) = client::<K>(1)?;
    let coordinates = share.get(1..).unwrap_or_default();
    for bit in 8..8 * share.len() {
        let what = format!("a point off the curve, with bit {bit} changed");
        refused::<K>(check, &flipped(&share, bit), &what)?;
    }
    for tag in (0..=u8::MAX).filter(|tag| *tag != UNCOMPRESSED) {
        let what = format!("a point whose first byte is {tag:#04x}");
        refused::<K>(check, &[&[tag], coordinates].concat(), &what)?;
    }
    let mut compressed = share.get(..33).unwrap_or_default().to_vec();
    for tag in [0x02, 0x03] {
        compressed.splice(..1, [tag]);
        compressed.resize(share.len(), 0);
        refused::<K>(check, &compressed, "a compressed point and zeros behind it")?;
    }
    refused::<K>(check, &[0; 65], "infinity, with zeros behind it")?;
    refused::<K>(check, &point(&[0; 32], &[0; 32]), "a point of zeros")?;
    // The same point twice, and the second time x is not below the prime.
    let zero = point(&[0; 32], &Y_OF_ZERO);
    let answer = respond::<K>(&mut Numbers::new(1), &zero);
    check.that(answer.is_ok(), || {
        format!("a point whose x is 0 is none: {:?}", answer.map(drop))
    })?;
    let not_reduced = point(&P256_PRIME, &Y_OF_ZERO);
    refused::<K>(check, &not_reduced, "an x of the field's prime")?;
    refused::<K>(
        check,
        &point(&[0xff; 32], &[0xff; 32]),
        "coordinates of ones",
    )
}

/// ML-KEM-768: the modulus, and how many coefficients an encapsulation key has
/// (FIPS 203, sections 2.4 and 8).
const Q: u16 = 3329;
const COEFFICIENTS: usize = 3 * 256;

/// Sets the coefficient of this number: two of them take three bytes (FIPS 203,
/// algorithm 5).
fn with_coefficient(share: &[u8], number: usize, value: u16) -> Vec<u8> {
    let mut share = share.to_vec();
    let at = 3 * (number / 2);
    let (even, [low, high]) = (number.is_multiple_of(2), value.to_le_bytes());
    if let Some([first, second, third]) = share.get_mut(at..at + 3) {
        if even {
            (*first, *second) = (low, (*second & 0xf0) | high);
        } else {
            let nibbles = (value << 4).to_le_bytes();
            (*second, *third) = ((*second & 0x0f) | nibbles[0], nibbles[1]);
        }
    }
    share
}

/// The check of an encapsulation key (FIPS 203, section 7.2).
fn coefficients<K: KeyExchange>(check: &mut Check) -> Outcome {
    let (_, share) = client::<K>(1)?;
    for number in [0, 1, 2, 255, 256, 511, COEFFICIENTS - 2, COEFFICIENTS - 1] {
        let answer = |value| {
            let share = with_coefficient(&share, number, value);
            respond::<K>(&mut Numbers::new(2), &share)
        };
        let largest = answer(Q - 1);
        check.that(largest.is_ok(), || {
            let refusal = largest.map(drop);
            format!("coefficient {number} is q - 1, and the key is refused: {refusal:?}")
        })?;
        for value in [Q, Q + 1, 0xfff] {
            check.fails(answer(value), is_invalid_share, || {
                format!("coefficient {number} of the ML-KEM key is {value}, not below q")
            })?;
        }
    }
    Ok(())
}

/// The lengths of an ML-KEM-768 ciphertext and secret.
const CIPHERTEXT: usize = 1088;
const KEM_SECRET: usize = 32;

fn implicit_rejection<K: KeyExchange>(check: &mut Check) -> Outcome {
    let mut seen = Vec::new();
    for byte in [0, 1, 700, CIPHERTEXT - 1] {
        let (key, share) = client::<K>(1)?;
        let (server_share, secret) = answered::<K>(2, &share)?;
        let changed = flipped(&server_share, 8 * byte);
        let rejected = completed(key, &changed)?;
        let (kem, x25519) = secret.split_at(KEM_SECRET.min(secret.len()));
        let what = || format!("byte {byte} of the ciphertext is changed, and ");
        check.that(!rejected.starts_with(kem), || {
            format!("{}the ML-KEM secret is the same", what())
        })?;
        check.that(rejected.ends_with(x25519), || {
            format!("{}the X25519 secret changes too", what())
        })?;
        let kem = rejected.get(..KEM_SECRET).map(<[u8]>::to_vec);
        check.that(!seen.contains(&kem), || {
            format!("{}the ML-KEM secret is that of another ciphertext", what())
        })?;
        seen.push(kem);
    }
    Ok(())
}

/// A share with its X25519 part, which stands behind, replaced.
fn with_x25519(share: &[u8], part: &[u8; X25519]) -> Vec<u8> {
    let kem = share.len().saturating_sub(X25519);
    [share.get(..kem).unwrap_or_default(), part].concat()
}

/// The X25519 part of a share or a secret.
fn x25519_part(bytes: &[u8]) -> &[u8] {
    bytes.last_chunk::<X25519>().map_or(bytes, |part| part)
}

/// 2^255 - 19 + `offset`, little-endian.
fn prime_plus(offset: u8) -> [u8; X25519] {
    let mut bytes = [0xff; X25519];
    let [first, .., last] = &mut bytes;
    (*first, *last) = (0xed_u8.wrapping_add(offset), 0x7f);
    bytes
}

fn small(u: u8) -> [u8; X25519] {
    let mut bytes = [0; X25519];
    if let Some(first) = bytes.first_mut() {
        *first = u;
    }
    bytes
}

fn with_top_bit(mut u: [u8; X25519]) -> [u8; X25519] {
    if let Some(last) = u.last_mut() {
        *last |= 0x80;
    }
    u
}

/// The u coordinates of points whose order divides 8, on the curve and on its
/// twist, in every encoding of 255 bits.
fn low_order_shares() -> [[u8; X25519]; 7] {
    [
        small(0),
        small(1),
        [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
            0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
            0x5f, 0x49, 0xb8, 0x00,
        ],
        [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83,
            0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd,
            0xd0, 0x9f, 0x11, 0x57,
        ],
        prime_plus(0xff),
        prime_plus(0),
        prime_plus(1),
    ]
}

fn zeros_or_refused(
    check: &mut Check,
    secret: Result<Vec<u8>, CryptoError>,
    what: impl FnOnce() -> String,
) -> Outcome {
    let zeros = match &secret {
        Ok(secret) => x25519_part(secret).iter().all(|byte| *byte == 0),
        Err(error) => is_invalid_share(error),
    };
    check.that(zeros, || match secret {
        Ok(_) => format!("{} gives a secret that is not of zeros", what()),
        Err(error) => format!("{} fails otherwise: {error:?}", what()),
    })
}

/// Whether a secret of zeros may be is for the protocol to say; it must be one.
fn low_order<K: KeyExchange>(check: &mut Check) -> Outcome {
    for u in low_order_shares() {
        for u in [u, with_top_bit(u)] {
            let (key, share) = client::<K>(1)?;
            let (server_share, _) = answered::<K>(2, &share)?;
            let what = |call| move || format!("`{call}` with u = {}", hex::encode(u));
            let answer = respond::<K>(&mut Numbers::new(3), &with_x25519(&share, &u));
            zeros_or_refused(check, answer.map(|(_, secret)| secret), what("respond"))?;
            let secret = complete(key, &with_x25519(&server_share, &u));
            zeros_or_refused(check, secret, what("complete"))?;
        }
    }
    Ok(())
}

/// "Implementations MUST accept non-canonical values and process them as if they
/// had been reduced modulo the field prime", and mask the top bit (RFC 7748,
/// section 5).
fn non_canonical<K: KeyExchange>(check: &mut Check) -> Outcome {
    // The base point is 9: what a key makes of it is the key's own share.
    for u in [small(9), prime_plus(9)] {
        for u in [u, with_top_bit(u)] {
            let what = |call: &str| format!("`{call}` with the base point as {}", hex::encode(u));
            let (key, share) = client::<K>(1)?;
            let (server_share, _) = answered::<K>(2, &share)?;
            let secret = given(
                complete(key, &with_x25519(&server_share, &u)),
                &what("complete"),
            )?;
            check.that(x25519_part(&secret) == x25519_part(&share), || {
                format!("{} does not give its own share", what("complete"))
            })?;
            let answer = respond::<K>(&mut Numbers::new(2), &with_x25519(&share, &u));
            let (server_share, secret) = given(answer, &what("respond"))?;
            check.that(x25519_part(&secret) == x25519_part(&server_share), || {
                format!("{} does not give its own share", what("respond"))
            })?;
        }
    }
    // The top bit is not part of a share.
    let (key, share) = client::<K>(1)?;
    let top = |share: &[u8]| flipped(share, 8 * share.len() - 1);
    let (server_share, secret) = answered::<K>(2, &top(&share))?;
    let completed = completed(key, &top(&server_share))?;
    check.that(completed == secret, || {
        "the top bit of a share makes another secret".to_owned()
    })?;
    if !K::REPLAYABLE {
        return Ok(());
    }
    for u in 2..19 {
        let secret = |u| {
            let (_, secret) = answered::<K>(2, &with_x25519(&share, &u))?;
            Outcome::Ok(secret)
        };
        check.that(secret(small(u))? == secret(prime_plus(u))?, || {
            format!("{u} and 2^255 - 19 + {u} are two shares")
        })?;
    }
    Ok(())
}
