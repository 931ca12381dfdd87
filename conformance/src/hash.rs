//! The rules of [`Hash`].

use crate::primitives::{Digest, Hkdf, Test};
use crate::random::bytes;
use crate::report::{Failure, Report};
use crate::rule::Rule;
use crate::run::{Check, Outcome, Run, given};
use ossuary_rustcrypto as reference;
use ossuary_traits::{FixedBytes, Hash, HashId};
use ossuary_vectors::{HKDF, SHA2};

/// How many hashes HKDF-Expand gives at most (RFC 5869, section 2.3).
const MAX_HASHES: usize = 255;

/// Checks the hash `H`, and HKDF with it: their known answers, that inputs in
/// parts count as joined, the limit of HKDF-Expand at, below and above it, and
/// that a pseudorandom key can be used again.
///
/// # Errors
///
/// The first rule that is broken.
pub fn hash<H: Hash>() -> Result<Report, Failure> {
    let mut run = Run::new(H::LIBRARY, H::ID.name());
    run.available(H::available())?;
    run.rule(Rule::Sizes, sizes::<H>)?;
    run.rule(Rule::JoinedParts, joined_parts::<H>)?;
    run.rule(Rule::ExpandLengths, expand_lengths::<H>)?;
    run.rule(Rule::PrkReuse, prk_reuse::<H>)?;
    run.rule(Rule::ExpandLimit, expand_limit::<H>)?;
    run.rule(Rule::PrkAsIs, prk_as_is::<H>)?;
    run.rule(Rule::Salt, salt::<H>)?;
    let name = H::ID.name();
    let digests = |fields: &Digest| fields.hash == name;
    run.known_answers(Rule::HashAnswers, SHA2, digests, digest::<H>)?;
    let hkdfs = |fields: &Hkdf| fields.hash == name;
    run.known_answers(Rule::HkdfAnswers, HKDF, hkdfs, hkdf::<H>)?;
    run.rule(Rule::HashInteroperation, |check| match H::ID {
        HashId::Sha256 => interoperation::<H, reference::Sha256>(check),
        HashId::Sha384 => interoperation::<H, reference::Sha384>(check),
        _ => Ok(()),
    })?;
    run.finish()
}

fn sizes<H: Hash>(check: &mut Check) -> Outcome {
    let expected = H::ID.output_len();
    for (what, actual) in [("Output", H::Output::LEN), ("Secret", H::Secret::LEN)] {
        check.that(actual == expected, || {
            format!("`{what}` has {actual} bytes and not {expected}")
        })?;
    }
    Ok(())
}

/// As many parts as fit, of `step` bytes each, some of them empty.
fn parts(whole: &[u8], step: usize) -> Vec<&[u8]> {
    let mut parts: Vec<&[u8]> = vec![&[]];
    for part in whole.chunks(step.max(1)) {
        parts.extend([part, &[]]);
    }
    parts
}

fn expanded<H: Hash>(prk: &H::Prk, info: &[&[u8]], len: usize) -> Outcome<Vec<u8>> {
    let mut out = vec![0; len];
    given(
        H::expand(prk, info, &mut out),
        &format!("`expand` to {len} bytes"),
    )?;
    Ok(out)
}

/// What tells one pseudorandom key from another.
fn shown<H: Hash>(prk: &H::Prk) -> Outcome<Vec<u8>> {
    expanded::<H>(prk, &[b"info"], H::Output::LEN)
}

fn joined_parts<H: Hash>(check: &mut Check) -> Outcome {
    // Two blocks of either hash, and a little more.
    let whole = bytes(1, 260);
    let empty = H::digest(&[]);
    check.that(empty == H::digest(&[&[]]), || {
        "the hash of no part is not that of an empty one".to_owned()
    })?;
    let digest = H::digest(&[&whole]);
    let extract = || H::extract(b"salt", &[&whole]);
    let prk = shown::<H>(&extract())?;
    let okm = expanded::<H>(&extract(), &[&whole], H::Output::LEN)?;
    let of_nothing = |parts: &[&[u8]]| -> Outcome<[Vec<u8>; 2]> {
        Ok([
            shown::<H>(&H::extract(b"salt", parts))?,
            expanded::<H>(&extract(), parts, H::Output::LEN)?,
        ])
    };
    check.that(of_nothing(&[])? == of_nothing(&[&[]])?, || {
        "`extract` or `expand` of no part is not that of an empty one".to_owned()
    })?;
    let same = |parts: &[&[u8]]| -> Outcome<[(&str, bool); 3]> {
        let from_parts = shown::<H>(&H::extract(b"salt", parts))?;
        let to_parts = expanded::<H>(&extract(), parts, H::Output::LEN)?;
        Ok([
            ("digest", H::digest(parts) == digest),
            ("extract", from_parts == prk),
            ("expand", to_parts == okm),
        ])
    };
    for at in 0..=whole.len() {
        let (first, rest) = whole.split_at(at);
        for (call, holds) in same(&[first, rest])? {
            check.that(holds, || {
                format!("`{call}` of {at} bytes and the rest differs")
            })?;
        }
    }
    for step in [1, 3, 64, 128] {
        for (call, holds) in same(&parts(&whole, step))? {
            check.that(holds, || {
                format!("`{call}` of parts of {step} bytes, and empty ones, differs")
            })?;
        }
    }
    Ok(())
}

fn expand_limit<H: Hash>(check: &mut Check) -> Outcome {
    let prk = H::extract(b"salt", &[b"ikm"]);
    let most = MAX_HASHES * H::Output::LEN;
    for (len, allowed) in [(most - 1, true), (most, true), (most + 1, false)] {
        let done = H::expand(&prk, &[b"info"], &mut vec![0; len]).is_ok();
        check.that(done == allowed, || match done {
            true => format!("it gives {len} bytes"),
            false => format!("it does not give {len} bytes"),
        })?;
    }
    let longest = expanded::<H>(&prk, &[b"info"], most)?;
    check.that(longest == expanded_by_hmac::<H>(b"info", most), || {
        format!("its {most} bytes are not those of HMAC")
    })
}

fn expand_lengths<H: Hash>(check: &mut Check) -> Outcome {
    let prk = || H::extract(b"salt", &[b"ikm"]);
    let hash = H::Output::LEN;
    let longest = expanded::<H>(&prk(), &[b"info"], 4 * hash)?;
    for len in [
        0,
        1,
        12,
        hash - 1,
        hash,
        hash + 1,
        44,
        2 * hash,
        3 * hash + 1,
    ] {
        let out = expanded::<H>(&prk(), &[b"info"], len)?;
        check.that(longest.starts_with(&out), || {
            format!("{len} bytes are not the first of {}", longest.len())
        })?;
    }
    Ok(())
}

fn prk_reuse<H: Hash>(check: &mut Check) -> Outcome {
    let prk = H::extract(b"salt", &[b"ikm"]);
    let first = shown::<H>(&prk)?;
    let other = expanded::<H>(&prk, &[b"other info"], H::Output::LEN)?;
    check.that(first != other, || {
        "two strings as info give the same".to_owned()
    })?;
    let again = shown::<H>(&prk)?;
    check.that(first == again, || {
        "another output comes the second time".to_owned()
    })
}

/// HKDF-Expand (RFC 5869, section 2.3) of the key that the salt "salt" and the
/// input "ikm" make.
fn expanded_by_hmac<H: Hash>(info: &[u8], len: usize) -> Vec<u8> {
    let prk = hmac::<H>(b"salt", b"ikm");
    let (mut out, mut block) = (Vec::new(), Vec::new());
    for i in 1..=u8::MAX {
        block = hmac::<H>(prk.as_ref(), &[&block, info, &[i]].concat())
            .as_ref()
            .to_vec();
        out.extend_from_slice(&block);
    }
    out.truncate(len);
    out
}

/// HMAC (RFC 2104) of the hash itself, to compare with.
fn hmac<H: Hash>(key: &[u8], message: &[u8]) -> H::Output {
    let block = match H::ID {
        HashId::Sha256 => 64,
        _ => 128,
    };
    let mut padded = if key.len() > block {
        H::digest(&[key]).as_ref().to_vec()
    } else {
        key.to_vec()
    };
    padded.resize(block, 0);
    let with = |pad: u8| -> Vec<u8> { padded.iter().map(|byte| byte ^ pad).collect() };
    let inner = H::digest(&[&with(0x36), message]);
    H::digest(&[&with(0x5c), inner.as_ref()])
}

/// The pseudorandom key that HKDF-Extract gives (RFC 5869, section 2.2), as one
/// that was taken as it is.
fn by_hmac<H: Hash>(salt: &[u8], ikm: &[u8]) -> Outcome<H::Prk> {
    let secret = hmac::<H>(salt, ikm);
    let secret = H::Secret::from_slice(secret.as_ref()).ok_or("it takes another length")?;
    Ok(H::prk(&secret))
}

fn prk_as_is<H: Hash>(check: &mut Check) -> Outcome {
    let taken = shown::<H>(&by_hmac::<H>(b"salt", b"ikm")?)?;
    let extracted = shown::<H>(&H::extract(b"salt", &[b"ikm"]))?;
    check.that(taken == extracted, || {
        "that of an HMAC is not that of HKDF-Extract".to_owned()
    })
}

fn salt<H: Hash>(check: &mut Check) -> Outcome {
    for len in [0, 1, 24, 31, 32, 33, 63, 64, 65, 127, 128, 129, 300] {
        let salt = bytes(2, len);
        let taken = shown::<H>(&by_hmac::<H>(&salt, b"ikm")?)?;
        let extracted = shown::<H>(&H::extract(&salt, &[b"ikm"]))?;
        check.that(taken == extracted, || {
            format!("one of {len} bytes is taken in another way")
        })?;
    }
    Ok(())
}

/// `H` gives what `R` does, of inputs of every length up to the protocol's
/// longest packet and a little more.
fn interoperation<H: Hash, R: Hash>(check: &mut Check) -> Outcome {
    const LONG: [usize; 6] = [1024, 1303, 4096, 16_384, 65_536, 70_000];
    for len in (0..=300).chain(LONG) {
        let whole = bytes(3, len);
        let same = H::digest(&[&whole]).as_ref() == R::digest(&[&whole]).as_ref();
        check.that(same, || format!("`digest` of {len} bytes differs"))?;
        let (own, other) = (H::extract(&whole, &[&whole]), R::extract(&whole, &[&whole]));
        check.that(shown::<H>(&own)? == shown::<R>(&other)?, || {
            format!("`extract` of {len} bytes, with as many of salt, differs")
        })?;
        let info = [whole.as_slice()];
        let own = expanded::<H>(&own, &info, 100)?;
        check.that(own == expanded::<R>(&other, &info, 100)?, || {
            format!("`expand` with {len} bytes of info differs")
        })?;
    }
    Ok(())
}

fn digest<H: Hash>(test: &Test<Digest>) -> Outcome {
    let Digest {
        message, digest, ..
    } = &test.fields;
    let actual = H::digest(&[&message.0]);
    if actual.as_ref() == digest.0 {
        return Ok(());
    }
    let actual = hex::encode(actual.as_ref());
    Err(format!("the hash is {actual}, and not {digest:?}"))
}

fn hkdf<H: Hash>(test: &Test<Hkdf>) -> Outcome {
    let fields = &test.fields;
    let from = |prk: &H::Prk, what: &str| -> Outcome {
        let okm = expanded::<H>(prk, &[&fields.info.0], fields.length);
        if !test.is_valid() {
            return okm.map_or(Ok(()), |_| Err(format!("there is output from {what}")));
        }
        let (okm, expected) = (okm?, fields.okm.as_ref().ok_or("it has no output")?);
        if okm == expected.0 {
            return Ok(());
        }
        Err(format!("the output from {what} is {}", hex::encode(okm)))
    };
    let extracted = H::extract(&fields.salt.0, &[&fields.ikm.0]);
    from(&extracted, "`extract`")?;
    let Some(prk) = &fields.prk else {
        return Ok(());
    };
    let prk = H::Secret::from_slice(&prk.0).ok_or("prk: it has not the length of a hash")?;
    from(&H::prk(&prk), "`prk`")
}
