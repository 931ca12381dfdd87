//! Private scalars of P-256: which are none, and how they are drawn.

use crate::random::Recorded;
use crate::run::{Check, Outcome, given, is_random};
use ossuary_traits::{CryptoError, Random};

/// The order of the curve P-256, big-endian (SP 800-186, section 3.2.1.3).
pub(crate) const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order, and a little more or less.
const fn order_plus(offset: i8) -> [u8; 32] {
    let mut scalar = P256_ORDER;
    scalar[31] = scalar[31].wrapping_add_signed(offset);
    scalar
}

/// The largest scalar.
pub(crate) const LARGEST: [u8; 32] = order_plus(-1);

/// 32 bytes that are no scalar, by what they are.
pub(crate) const OUT_OF_RANGE: [(&str, [u8; 32]); 4] = [
    ("0", [0; 32]),
    ("the order", P256_ORDER),
    ("one above the order", order_plus(1)),
    ("of ones", [0xff; 32]),
];

/// How often a source is asked that gives nothing but zeros, at the most.
const DRAWS: usize = 1000;

/// "private scalar, 32 bytes, big-endian; again where it is 0 or not below the
/// order": `public_key` draws one, and gives the public key.
pub(crate) fn drawn_again(
    check: &mut Check,
    public_key: impl Fn(&mut dyn Random) -> Result<Vec<u8>, CryptoError>,
) -> Outcome {
    let scalar = [0x5a; 32];
    let expected = given(public_key(&mut Recorded::of(&scalar)), "`generate`")?;
    for (what, bad) in OUT_OF_RANGE {
        let mut random = Recorded::of(&[bad, scalar].concat());
        let what = format!("`generate` where the first scalar is {what}");
        let drawn = given(public_key(&mut random), &what)?;
        check.that(drawn == expected && random.left() == 0, || {
            format!("{what} does not draw again")
        })?;
    }
    let mut random = Recorded::of(&[LARGEST, scalar].concat());
    given(
        public_key(&mut random),
        "`generate` of the order less 1, the largest scalar,",
    )?;
    check.that(random.left() == scalar.len(), || {
        "where the first scalar is the order less 1 it draws again".to_owned()
    })
}

/// A source that gives nothing but zeros is a broken one, and not asked for ever.
pub(crate) fn given_up<T>(
    check: &mut Check,
    generate: impl Fn(&mut dyn Random) -> Result<T, CryptoError>,
) -> Outcome {
    let mut random = Recorded::of(&vec![0; DRAWS * 32]);
    let generated = generate(&mut random);
    check.fails(generated, is_random, || {
        "`generate` from a source of zeros".to_owned()
    })?;
    check.that(random.left() > 0, || {
        format!("`generate` draws {DRAWS} scalars of 0")
    })
}
