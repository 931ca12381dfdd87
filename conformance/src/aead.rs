//! The rules of [`Aead`].

use crate::primitives::{Sealed, Test};
use crate::random::{array, bytes, flip, flipped};
use crate::report::{Failure, Report};
use crate::rule::Rule;
use crate::run::{Check, Outcome, Run, given, is_verification};
use ossuary_rustcrypto as reference;
use ossuary_traits::{AEAD_KEY_LEN, Aead, AeadId, AeadKey, NONCE_LEN, Nonce, TAG_LEN};
use ossuary_vectors::{AES_256_GCM, CHACHA20_POLY1305};
use std::collections::HashSet;

/// Every length up to here: several blocks of either cipher, and what code that
/// computes several at a time leaves over.
const SHORT: usize = 600;
/// And longer ones, up to the longest record.
const LONG: [usize; 4] = [1024, 4095, 16_384, ossuary::MAX_PLAINTEXT];

fn lengths() -> impl Iterator<Item = usize> {
    (0..=SHORT).chain(LONG)
}

/// Checks the AEAD `A`: the known answers of its algorithm, round trips at every
/// kind of length, that each bit of key, nonce, associated data, ciphertext and
/// tag counts, and that a failed opening leaves no plaintext in the buffer.
///
/// # Errors
///
/// The first rule that is broken.
pub fn aead<A: Aead>() -> Result<Report, Failure> {
    let mut run = Run::new(A::LIBRARY, A::ID.name());
    run.available(A::available())?;
    run.rule(Rule::RoundTrip, round_trip::<A>)?;
    run.rule(Rule::Deterministic, deterministic::<A>)?;
    run.rule(Rule::SealInPlace, seal_in_place::<A>)?;
    run.rule(Rule::SealLengths, seal_lengths::<A>)?;
    run.rule(Rule::ShortSealed, short_sealed::<A>)?;
    run.rule(Rule::TagBits, tag_bits::<A>)?;
    run.rule(Rule::CiphertextBits, ciphertext_bits::<A>)?;
    run.rule(Rule::AadBits, aad_bits::<A>)?;
    run.rule(Rule::NonceBits, nonce_bits::<A>)?;
    run.rule(Rule::KeyBits, key_bits::<A>)?;
    run.rule(Rule::FailedOpen, failed_open::<A>)?;
    let file = match A::ID {
        AeadId::ChaCha20Poly1305 => CHACHA20_POLY1305,
        AeadId::Aes256Gcm => AES_256_GCM,
        _ => return run.finish(),
    };
    run.known_answers(Rule::AeadAnswers, file, |_| true, known_answer::<A>)?;
    run.rule(Rule::AeadInteroperation, |check| match A::ID {
        AeadId::ChaCha20Poly1305 => interoperation::<A, reference::ChaCha20Poly1305>(check),
        _ => interoperation::<A, reference::Aes256Gcm>(check),
    })?;
    run.finish()
}

/// What is sealed, and under what.
struct Input {
    key: [u8; AEAD_KEY_LEN],
    nonce: Nonce,
    aad: Vec<u8>,
    plaintext: Vec<u8>,
}

impl Input {
    fn new(len: usize) -> Self {
        Input {
            key: array(1),
            nonce: array(2),
            aad: bytes(3, 20),
            plaintext: bytes(4, len),
        }
    }

    fn set_up<A: Aead>(&self) -> A {
        A::new(&AeadKey::from(self.key))
    }

    /// Ciphertext and tag.
    fn sealed_by<A: Aead>(&self, aead: &A) -> Outcome<Vec<u8>> {
        let mut sealed = self.plaintext.clone();
        let tag = aead.seal_in_place(&self.nonce, &self.aad, &mut sealed);
        let what = format!("`seal_in_place` of {} bytes", sealed.len());
        sealed.extend(given(tag, &what)?);
        Ok(sealed)
    }

    fn sealed<A: Aead>(&self) -> Outcome<Vec<u8>> {
        self.sealed_by(&self.set_up::<A>())
    }

    /// `sealed` is refused under this input.
    fn refuses<A: Aead>(
        &self,
        check: &mut Check,
        sealed: &[u8],
        what: impl FnOnce() -> String,
    ) -> Outcome {
        let mut sealed = sealed.to_vec();
        let opened = self
            .set_up::<A>()
            .open_in_place(&self.nonce, &self.aad, &mut sealed);
        check.fails(opened, is_verification, what)
    }
}

fn round_trip<A: Aead>(check: &mut Check) -> Outcome {
    for len in lengths() {
        let input = Input::new(len);
        let aead = input.set_up::<A>();
        let mut sealed = input.sealed_by(&aead)?;
        let opened = aead.open_in_place(&input.nonce, &input.aad, &mut sealed);
        given(opened, &format!("`open_in_place` of {len} bytes and a tag"))?;
        check.that(sealed.starts_with(&input.plaintext), || {
            format!("of {len} bytes another plaintext comes back")
        })?;
    }
    Ok(())
}

fn deterministic<A: Aead>(check: &mut Check) -> Outcome {
    for len in [0, 1, 64, 1024] {
        let input = Input::new(len);
        let aead = input.set_up::<A>();
        let first = input.sealed_by(&aead)?;
        let again = input.sealed_by(&aead)?;
        let anew = input.sealed::<A>()?;
        check.that(first == again && first == anew, || {
            format!("{len} bytes are sealed to other bytes the second time")
        })?;
    }
    Ok(())
}

fn seal_in_place<A: Aead>(check: &mut Check) -> Outcome {
    for len in lengths() {
        let input = Input::new(len);
        let aead = input.set_up::<A>();
        let mut sealed = vec![0; len];
        let tag = aead.seal(&input.nonce, &input.aad, &input.plaintext, &mut sealed);
        sealed.extend(given(tag, &format!("`seal` of {len} bytes"))?);
        check.that(sealed == input.sealed_by(&aead)?, || {
            format!("they seal {len} bytes to different ones")
        })?;
    }
    Ok(())
}

fn seal_lengths<A: Aead>(check: &mut Check) -> Outcome {
    for (len, room) in [(0, 1), (1, 0), (16, 15), (16, 17), (17, 16), (64, 0)] {
        let input = Input::new(len);
        let mut out = vec![0; room];
        let aead = input.set_up::<A>();
        let tag = aead.seal(&input.nonce, &input.aad, &input.plaintext, &mut out);
        check.that(tag.is_err(), || {
            format!("{len} bytes are sealed into {room}")
        })?;
    }
    Ok(())
}

fn short_sealed<A: Aead>(check: &mut Check) -> Outcome {
    let input = Input::new(0);
    let tag = input.sealed::<A>()?;
    for len in 0..TAG_LEN {
        let cut = tag.get(..len).unwrap_or_default();
        let what = || format!("{len} bytes of a tag alone");
        input.refuses::<A>(check, cut, what)?;
    }
    Ok(())
}

fn tag_bits<A: Aead>(check: &mut Check) -> Outcome {
    for len in [0, 40] {
        let input = Input::new(len);
        let sealed = input.sealed::<A>()?;
        for bit in 0..8 * TAG_LEN {
            let what = || format!("bit {bit} of the tag over {len} bytes is changed");
            input.refuses::<A>(check, &flipped(&sealed, 8 * len + bit), what)?;
        }
    }
    tag_pairs::<A>(check)
}

/// Two bytes of the tag are changed in the same way, so that they add up to
/// nothing; or are exchanged, or all are.
fn tag_pairs<A: Aead>(check: &mut Check) -> Outcome {
    let input = Input::new(40);
    let sealed = input.sealed::<A>()?;
    let (ciphertext, tag) = sealed.split_at(40);
    let mut refuses = |changed: &[u8], what: &str| {
        if changed == tag {
            return Ok(());
        }
        let changed = [ciphertext, changed].concat();
        input.refuses::<A>(check, &changed, || format!("of the tag {what}"))
    };
    for first in 0..TAG_LEN {
        for second in first + 1..TAG_LEN {
            let both = flipped(&flipped(tag, 8 * first), 8 * second);
            refuses(&both, &format!("bytes {first} and {second} are changed"))?;
            let mut exchanged = tag.to_vec();
            exchanged.swap(first, second);
            refuses(
                &exchanged,
                &format!("bytes {first} and {second} are exchanged"),
            )?;
        }
    }
    let all: Vec<u8> = tag.iter().map(|byte| !byte).collect();
    refuses(&all, "all bits are changed")
}

fn ciphertext_bits<A: Aead>(check: &mut Check) -> Outcome {
    for len in [1, 16, 130] {
        let input = Input::new(len);
        let sealed = input.sealed::<A>()?;
        for bit in 0..8 * len {
            let what = || format!("bit {bit} of {len} bytes is changed");
            input.refuses::<A>(check, &flipped(&sealed, bit), what)?;
        }
        // A byte less and one more before the same tag.
        let (ciphertext, tag) = sealed.split_at(len);
        let shorter = [ciphertext.get(1..).unwrap_or_default(), tag].concat();
        let what = || format!("of {len} bytes the first is missing");
        input.refuses::<A>(check, &shorter, what)?;
        let longer = [ciphertext, &[0], tag].concat();
        let what = || format!("behind {len} bytes is a zero");
        input.refuses::<A>(check, &longer, what)?;
    }
    for len in LONG {
        let input = Input::new(len);
        let sealed = input.sealed::<A>()?;
        for byte in [0, len / 4, len / 2, 3 * len / 4, len - 1] {
            let what = || format!("byte {byte} of {len} is changed");
            input.refuses::<A>(check, &flipped(&sealed, 8 * byte), what)?;
        }
    }
    Ok(())
}

fn aad_bits<A: Aead>(check: &mut Check) -> Outcome {
    let mut input = Input::new(40);
    let sealed = input.sealed::<A>()?;
    let aad = input.aad.clone();
    for bit in 0..8 * aad.len() {
        input.aad = flipped(&aad, bit);
        input.refuses::<A>(check, &sealed, || format!("bit {bit} of it is changed"))?;
    }
    for len in 0..aad.len() {
        input.aad = aad.get(..len).unwrap_or_default().to_vec();
        let what = || format!("{len} of {} bytes of it are given", aad.len());
        input.refuses::<A>(check, &sealed, what)?;
    }
    input.aad = [aad.as_slice(), &[0]].concat();
    input.refuses::<A>(check, &sealed, || "behind it is a zero".to_owned())?;

    // None at all is not a zero, nor the beginning of the ciphertext.
    input.aad = Vec::new();
    let sealed = input.sealed::<A>()?;
    input.aad = vec![0];
    let what = || "a zero is given in place of none".to_owned();
    input.refuses::<A>(check, &sealed, what)?;
    let (moved, rest) = sealed.split_at(16);
    input.aad = moved.to_vec();
    let what = || "the beginning of the ciphertext is given as it".to_owned();
    input.refuses::<A>(check, rest, what)
}

fn nonce_bits<A: Aead>(check: &mut Check) -> Outcome {
    let mut input = Input::new(40);
    let sealed = input.sealed::<A>()?;
    for bit in 0..8 * NONCE_LEN {
        flip(&mut input.nonce, bit);
        input.refuses::<A>(check, &sealed, || format!("bit {bit} of it is changed"))?;
        flip(&mut input.nonce, bit);
    }
    Ok(())
}

fn key_bits<A: Aead>(check: &mut Check) -> Outcome {
    let mut input = Input::new(40);
    let sealed = input.sealed::<A>()?;
    for bit in 0..8 * AEAD_KEY_LEN {
        flip(&mut input.key, bit);
        input.refuses::<A>(check, &sealed, || format!("bit {bit} of it is changed"))?;
        flip(&mut input.key, bit);
    }
    Ok(())
}

/// The buffer is as it was, or holds nothing of the plaintext.
fn failed_open<A: Aead>(check: &mut Check) -> Outcome {
    for len in lengths().skip(1) {
        let input = Input::new(len);
        let sealed = input.sealed::<A>()?;
        let bits = 8 * len..8 * sealed.len();
        let damages = [
            ("the first bit of its tag was changed", bits.start),
            ("the last bit of its tag was changed", bits.end - 1),
            // With it, all but a byte of the plaintext is there to be found.
            ("the last bit of its ciphertext was changed", 8 * len - 1),
        ];
        for (damage, bit) in damages {
            unopened::<A>(check, &input, flipped(&sealed, bit), damage)?;
        }
        let damage = "its associated data were changed";
        let mut other = Input::new(len);
        flip(&mut other.aad, 0);
        unopened::<A>(check, &other, sealed, damage)?;
    }
    Ok(())
}

fn unopened<A: Aead>(check: &mut Check, input: &Input, sealed: Vec<u8>, why: &str) -> Outcome {
    let aead = input.set_up::<A>();
    let mut buffer = sealed.clone();
    let opened = aead.open_in_place(&input.nonce, &input.aad, &mut buffer);
    let len = input.plaintext.len();
    let what = || format!("{len} bytes are opened, and {why}");
    check.fails(opened, is_verification, what)?;
    let clean = buffer == sealed || !shows(&buffer, &input.plaintext);
    check.that(clean, || {
        format!("it holds some after {len} bytes were not opened, because {why}")
    })
}

/// How long a run of the plaintext must be to be one: a block.
const RUN: usize = 16;

fn shows(buffer: &[u8], plaintext: &[u8]) -> bool {
    if plaintext.len() < RUN {
        return buffer.starts_with(plaintext);
    }
    let runs: HashSet<&[u8]> = plaintext.windows(RUN).collect();
    buffer.windows(RUN).any(|run| runs.contains(run))
}

/// Where a block counter of one byte comes round, with blocks of 16 and of 64 bytes.
const ROUND: [usize; 4] = [4080, 4096, 16_320, 16_321];

/// `A` seals to the bytes that `R` does, at every length.
fn interoperation<A: Aead, R: Aead>(check: &mut Check) -> Outcome {
    for len in lengths().chain(ROUND) {
        let mut input = Input::new(len);
        // The protocol's own associated data: a header, and hashes.
        for aad in [0, 8, 32, 48] {
            input.aad = bytes(3, aad);
            let same = input.sealed::<A>()? == input.sealed::<R>()?;
            check.that(same, || {
                format!("{len} bytes with {aad} of associated data are sealed otherwise")
            })?;
        }
    }
    Ok(())
}

fn known_answer<A: Aead>(test: &Test<Sealed>) -> Outcome {
    let fields = &test.fields;
    let aead = A::new(&AeadKey::from(fields.key));
    let (nonce, aad) = (&fields.nonce, fields.aad.0.as_slice());
    let sealed = [fields.ciphertext.0.as_slice(), &fields.tag].concat();

    let mut buffer = sealed.clone();
    let opened = aead.open_in_place(nonce, aad, &mut buffer);
    if !test.is_valid() {
        return match opened {
            Err(error) if is_verification(&error) => Ok(()),
            opened => Err(format!("it is not refused: {opened:?}")),
        };
    }
    given(opened, "`open_in_place`")?;
    let plaintext = fields.plaintext.as_ref().ok_or("it has no plaintext")?;
    let plaintext = plaintext.0.as_slice();
    if !buffer.starts_with(plaintext) {
        return Err("`open_in_place` gives another plaintext".to_owned());
    }

    let mut in_place = plaintext.to_vec();
    let tag = aead.seal_in_place(nonce, aad, &mut in_place);
    in_place.extend(given(tag, "`seal_in_place`")?);
    let mut apart = vec![0; plaintext.len()];
    let tag = aead.seal(nonce, aad, plaintext, &mut apart);
    apart.extend(given(tag, "`seal`")?);
    for (name, actual) in [("seal_in_place", in_place), ("seal", apart)] {
        if actual != sealed {
            return Err(format!("`{name}` gives other bytes"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_plaintext_is_found_and_less_is_not() {
        let plaintext = bytes(1, 64);
        let holding = |from, to| {
            let mut buffer = vec![0; 80];
            buffer[from..to].copy_from_slice(&plaintext[from..to]);
            shows(&buffer, &plaintext)
        };
        assert!(!holding(0, 15));
        assert!(holding(0, 16));
        assert!(holding(48, 64));
        assert!(!holding(49, 64));
        assert!(shows(&[1, 2, 0], &[1, 2]));
        assert!(!shows(&[1, 0, 2], &[1, 2]));
    }
}
