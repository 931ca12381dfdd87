//! Hashes that are wrong.

use super::Mutant;
use crate::hash;
use crate::rule::Rule;
use ossuary_rustcrypto::Sha256 as Inner;
use ossuary_traits::{CryptoError, Hash, HashId, Secret};
use std::cell::Cell;

#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Fault {
    Unavailable,
    DigestsFirstPart,
    ExtractsFirstPart,
    ExpandsFirstPart,
    StopsEarly,
    StopsLate,
    NoLastBlock,
    NothingIsSomething,
    LengthInInfo,
    PrkOnce,
    PrkExtracted,
    EmptySalt,
    LongSalt,
    PaddingBoundary,
    InfoPrefix,
    OtherLabels,
    DigestPrefix,
}

/// The inner hash, with a fault.
pub(super) struct Wrong<const FAULT: u8>;

/// A pseudorandom key that knows how often it was expanded.
pub(super) struct Prk {
    inner: <Inner as Hash>::Prk,
    expanded: Cell<u8>,
}

impl<const FAULT: u8> Wrong<FAULT> {
    const fn has(fault: Fault) -> bool {
        FAULT == fault as u8
    }

    fn prk_of(inner: <Inner as Hash>::Prk) -> Prk {
        Prk {
            inner,
            expanded: Cell::new(0),
        }
    }

    fn first<'a, 'b>(fault: Fault, parts: &'a [&'b [u8]]) -> &'a [&'b [u8]] {
        if Self::has(fault) {
            &parts[..parts.len().min(1)]
        } else {
            parts
        }
    }
}

impl<const FAULT: u8> Hash for Wrong<FAULT> {
    const ID: HashId = HashId::Sha256;
    const LIBRARY: &'static str = "a wrong hash";

    type Output = [u8; 32];
    type Secret = Secret<32>;
    type Prk = Prk;

    fn available() -> Result<(), CryptoError> {
        if Self::has(Fault::Unavailable) {
            return Err(CryptoError::Library("not here".into()));
        }
        Ok(())
    }

    fn digest(parts: &[&[u8]]) -> [u8; 32] {
        if Self::has(Fault::DigestPrefix) {
            let whole = parts.concat();
            return Inner::digest(&[&whole[..whole.len().min(1024)]]);
        }
        let mut digest = Inner::digest(Self::first(Fault::DigestsFirstPart, parts));
        let len: usize = parts.iter().map(|part| part.len()).sum();
        if Self::has(Fault::PaddingBoundary) && len % 64 == 56 {
            digest[0] ^= 1;
        }
        digest
    }

    fn extract(salt: &[u8], ikm: &[&[u8]]) -> Prk {
        let salt = match salt {
            [] if Self::has(Fault::EmptySalt) => b"no salt",
            salt if Self::has(Fault::LongSalt) => &salt[..salt.len().min(64)],
            salt => salt,
        };
        let ikm = match Self::first(Fault::ExtractsFirstPart, ikm) {
            [] if Self::has(Fault::NothingIsSomething) => &[b"nothing".as_slice()],
            ikm => ikm,
        };
        Self::prk_of(Inner::extract(salt, ikm))
    }

    fn prk(secret: &Secret<32>) -> Prk {
        Self::prk_of(if Self::has(Fault::PrkExtracted) {
            Inner::extract(&[], &[secret.expose()])
        } else {
            Inner::prk(secret)
        })
    }

    fn expand(prk: &Prk, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        let most = 255 * 32;
        if Self::has(Fault::StopsEarly) && out.len() == most {
            return Err(CryptoError::Unsupported);
        }
        if Self::has(Fault::StopsLate) && out.len() > most {
            return Ok(());
        }
        let mut info = Self::first(Fault::ExpandsFirstPart, info).concat();
        if Self::has(Fault::LengthInInfo) {
            info.push(u8::try_from(out.len() % 256).unwrap());
        }
        if Self::has(Fault::InfoPrefix) {
            info.truncate(64);
        }
        if Self::has(Fault::OtherLabels) && info.starts_with(b"ossuary/2 ") {
            info[8] = b'3';
        }
        let expanded = prk.expanded.replace(1);
        if Self::has(Fault::PrkOnce) {
            info.push(expanded);
        }
        Inner::expand(&prk.inner, &[&info], out)?;
        if Self::has(Fault::NoLastBlock) && out.len() == most {
            out[most - 32..].fill(0);
        }
        Ok(())
    }
}

/// A hash of another length.
struct Short;

impl Hash for Short {
    const ID: HashId = HashId::Sha256;
    const LIBRARY: &'static str = "a short hash";

    type Output = [u8; 31];
    type Secret = Secret<32>;
    type Prk = ();

    fn digest(_: &[&[u8]]) -> [u8; 31] {
        [0; 31]
    }

    fn extract(_: &[u8], _: &[&[u8]]) {}

    fn prk(_: &Secret<32>) {}

    fn expand(_: &(), _: &[&[u8]], _: &mut [u8]) -> Result<(), CryptoError> {
        Ok(())
    }
}

macro_rules! mutants {
    ($($rule:ident $fault:ident $what:literal)*) => {
        &[
            (Rule::Sizes, "its hashes have 31 bytes", hash::<Short>),
            $((Rule::$rule, $what, hash::<Wrong<{ Fault::$fault as u8 }>>)),*
        ]
    };
}

pub(super) const MUTANTS: &[Mutant] = mutants! {
    Available Unavailable "it cannot run here"
    JoinedParts DigestsFirstPart "`digest` takes the first part"
    JoinedParts ExtractsFirstPart "`extract` takes the first part"
    JoinedParts ExpandsFirstPart "`expand` takes the first part"
    JoinedParts NothingIsSomething "`extract` of no part is that of some"
    ExpandLimit StopsEarly "it does not give 255 hashes"
    ExpandLimit StopsLate "it gives more than 255 hashes"
    ExpandLimit NoLastBlock "the last of 255 hashes is of zeros"
    ExpandLengths LengthInInfo "the length goes into the output, as TLS has it"
    PrkReuse PrkOnce "a pseudorandom key changes when it is expanded"
    PrkAsIs PrkExtracted "`prk` extracts"
    Salt EmptySalt "an empty salt is a constant"
    Salt LongSalt "a long salt is cut, and not hashed"
    HashAnswers PaddingBoundary "it is wrong where the padding needs one more block"
    HashInteroperation DigestPrefix "`digest` takes 1024 bytes"
    HkdfAnswers InfoPrefix "it takes 64 bytes of info"
};
