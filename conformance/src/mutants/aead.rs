//! AEADs that are wrong.

use super::{Mutant, Right};
use crate::aead;
use crate::rule::Rule;
use ossuary_rustcrypto::ChaCha20Poly1305 as Inner;
use ossuary_traits::{Aead, AeadId, AeadKey, CryptoError, Nonce, TAG_LEN, Tag};
use std::cell::Cell;

#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Fault {
    Unavailable,
    RefusesLongRecords,
    Alternates,
    SealsWithoutAad,
    SealsWhatFits,
    SealsRestOtherwise,
    PanicsWithoutTag,
    OpensWithoutTag,
    TagPrefix,
    OtherError,
    FirstBlockOnly,
    AadPrefix,
    NoncePrefix,
    KeyPrefix,
    LeavesPlaintext,
    LeavesLaterBlocks,
    NonceReversed,
    Tires,
    FoldedTag,
    CounterOfAByte,
    Wipes,
}

/// The inner AEAD, with a fault.
pub(super) struct Wrong<const FAULT: u8> {
    inner: Inner,
    seals: Cell<u32>,
}

impl<const FAULT: u8> Wrong<FAULT> {
    const fn has(fault: Fault) -> bool {
        FAULT == fault as u8
    }

    /// What the inner AEAD is given.
    fn bent<'a>(nonce: &Nonce, aad: &'a [u8]) -> (Nonce, &'a [u8]) {
        let (mut nonce, mut aad) = (*nonce, aad);
        if Self::has(Fault::NonceReversed) {
            nonce.reverse();
        }
        if Self::has(Fault::NoncePrefix) {
            nonce[11] = 0;
        }
        if Self::has(Fault::AadPrefix) {
            aad = &aad[..aad.len().min(16)];
        }
        (nonce, aad)
    }

    /// Decrypts without a look at the tag: a stream cipher goes both ways. Gives
    /// the tag that should be there.
    fn decrypt(&self, nonce: &Nonce, aad: &[u8], ciphertext: &mut [u8]) -> Tag {
        self.inner.seal_in_place(nonce, aad, ciphertext).unwrap();
        let mut again = ciphertext.to_vec();
        self.seal_whole(nonce, aad, &mut again).unwrap()
    }

    fn folded(expected: &[u8], tag: &[u8]) -> bool {
        let difference: Vec<u8> = expected.iter().zip(tag).map(|(a, b)| a ^ b).collect();
        Self::has(Fault::FoldedTag) && difference[..8] == difference[8..]
    }

    /// A key stream that begins again after 255 blocks, and the tag over what it
    /// makes.
    fn comes_round(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        const ROUND: usize = 255 * 64;
        for round in buffer.chunks_mut(ROUND) {
            self.inner.seal_in_place(nonce, aad, round)?;
        }
        // The tag of any AEAD will do.
        let mut over = buffer.to_vec();
        self.inner.seal_in_place(nonce, aad, &mut over)
    }

    fn seal_whole(&self, nonce: &Nonce, aad: &[u8], buffer: &mut [u8]) -> Result<Tag, CryptoError> {
        if Self::has(Fault::CounterOfAByte) && buffer.len() > 255 * 64 {
            return self.comes_round(nonce, aad, buffer);
        }
        let mut first = buffer[..buffer.len().min(16)].to_vec();
        let tag = self.inner.seal_in_place(nonce, aad, buffer)?;
        if Self::has(Fault::FirstBlockOnly) {
            return self.inner.seal_in_place(nonce, aad, &mut first);
        }
        Ok(tag)
    }

    /// Decrypts, looks at so much of the tag, and at what is to be wiped.
    fn open_first(&self, nonce: &Nonce, aad: &[u8], sealed: &mut [u8]) -> Result<(), CryptoError> {
        let tagged = if Self::has(Fault::TagPrefix) {
            TAG_LEN - 1
        } else {
            TAG_LEN
        };
        let at = sealed.len() - TAG_LEN;
        let (text, tag) = sealed.split_at_mut(at);
        let expected = self.decrypt(nonce, aad, text);
        if expected[..tagged] == tag[..tagged] || Self::folded(&expected, tag) {
            return Ok(());
        }
        let wiped = match () {
            () if Self::has(Fault::LeavesPlaintext) => 0,
            () if Self::has(Fault::LeavesLaterBlocks) => at.min(16),
            () => at,
        };
        text[..wiped].fill(0);
        Err(CryptoError::Verification)
    }
}

impl<const FAULT: u8> Aead for Wrong<FAULT> {
    const ID: AeadId = AeadId::ChaCha20Poly1305;
    const LIBRARY: &'static str = "a wrong AEAD";

    fn available() -> Result<(), CryptoError> {
        if Self::has(Fault::Unavailable) {
            return Err(CryptoError::Library("not here".into()));
        }
        Ok(())
    }

    fn new(key: &AeadKey) -> Self {
        let mut key = AeadKey::from(*key.expose());
        if Self::has(Fault::KeyPrefix) {
            key.expose_mut()[31] = 0;
        }
        Wrong {
            inner: Inner::new(&key),
            seals: Cell::new(0),
        }
    }

    fn seal_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        let (mut nonce, aad) = Self::bent(nonce, aad);
        let seals = self.seals.replace(self.seals.get() + 1);
        if Self::has(Fault::RefusesLongRecords) && in_out.len() > 16_384
            || Self::has(Fault::Tires) && seals > 100
        {
            return Err(CryptoError::Unsupported);
        }
        if Self::has(Fault::Alternates) {
            nonce[0] ^= u8::from(seals % 2 == 1);
        }
        self.seal_whole(&nonce, aad, in_out)
    }

    fn open_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), CryptoError> {
        let (mut nonce, aad) = Self::bent(nonce, aad);
        if sealed.len() < TAG_LEN {
            assert!(!Self::has(Fault::PanicsWithoutTag), "where is the tag?");
            let opens = Self::has(Fault::OpensWithoutTag) && sealed.is_empty();
            return if opens {
                Ok(())
            } else {
                Err(CryptoError::Verification)
            };
        }
        const FIRST: [Fault; 6] = [
            Fault::FoldedTag,
            Fault::TagPrefix,
            Fault::FirstBlockOnly,
            Fault::LeavesPlaintext,
            Fault::LeavesLaterBlocks,
            Fault::Wipes,
        ];
        if Self::has(Fault::CounterOfAByte) && sealed.len() > 255 * 64 + TAG_LEN {
            let (text, tag) = sealed.split_at_mut(sealed.len() - TAG_LEN);
            let mut over = text.to_vec();
            if self.inner.seal_in_place(&nonce, aad, &mut over)? != *tag {
                return Err(CryptoError::Verification);
            }
            self.comes_round(&nonce, aad, text)?;
            return Ok(());
        }
        if FIRST.into_iter().any(Self::has) {
            return self.open_first(&nonce, aad, sealed);
        }
        if Self::has(Fault::Alternates) {
            let mut other = sealed.to_vec();
            if self.inner.open_in_place(&nonce, aad, &mut other).is_ok() {
                sealed.copy_from_slice(&other);
                return Ok(());
            }
            nonce[0] ^= 1;
        }
        self.inner
            .open_in_place(&nonce, aad, sealed)
            .map_err(|error| match error {
                _ if Self::has(Fault::OtherError) => CryptoError::Unsupported,
                error => error,
            })
    }

    fn seal(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        let fits = plaintext.len().min(out.len());
        if plaintext.len() != out.len() && !Self::has(Fault::SealsWhatFits) {
            return Err(CryptoError::Unsupported);
        }
        let aad = if Self::has(Fault::SealsWithoutAad) {
            &[]
        } else {
            aad
        };
        out[..fits].copy_from_slice(&plaintext[..fits]);
        if Self::has(Fault::SealsRestOtherwise) && fits > 512 && fits % 64 == 63 {
            out[fits - 1] ^= 1;
        }
        self.seal_in_place(nonce, aad, out)
    }
}

macro_rules! mutants {
    ($($rule:ident $fault:ident $what:literal)*) => {
        &[$((Rule::$rule, $what, aead::<Wrong<{ Fault::$fault as u8 }>>)),*]
    };
}

pub(super) const MUTANTS: &[Mutant] = mutants! {
    Available Unavailable "it cannot run here"
    RoundTrip RefusesLongRecords "it does not seal more than 16384 bytes"
    Deterministic Alternates "every other seal is under another nonce, and both are opened"
    SealInPlace SealsWithoutAad "`seal` leaves the associated data out"
    SealInPlace SealsRestOtherwise "`seal` is wrong where 63 bytes are left behind 8 blocks"
    SealLengths SealsWhatFits "`seal` cuts what does not fit"
    ShortSealed PanicsWithoutTag "it panics where there is no whole tag"
    ShortSealed OpensWithoutTag "it opens nothing at all"
    TagBits TagPrefix "it does not look at the last byte of the tag"
    TagBits OtherError "it refuses with another error"
    CiphertextBits FirstBlockOnly "its tag is over the first 16 bytes"
    AadBits AadPrefix "it takes 16 bytes of associated data"
    NonceBits NoncePrefix "it takes 11 bytes of the nonce"
    KeyBits KeyPrefix "it takes 31 bytes of the key"
    FailedOpen LeavesPlaintext "it decrypts before it looks at the tag, and leaves that there"
    FailedOpen LeavesLaterBlocks "it wipes the first block"
    TagBits FoldedTag "it adds the differences of the tag up in two halves"
    AeadInteroperation CounterOfAByte "its counter of blocks has one byte"
    AeadAnswers NonceReversed "its nonces are reversed"
};

pub(super) const RIGHT: &[Right] = &[(
    "it decrypts before it looks at the tag, and wipes that",
    aead::<Wrong<{ Fault::Wipes as u8 }>>,
)];
