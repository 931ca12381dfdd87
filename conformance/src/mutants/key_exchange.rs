//! Key exchanges that are wrong.

use super::{Mutant, Right};
use crate::key_exchange;
use crate::random::Recorded;
use crate::rule::Rule;
use ossuary_rustcrypto::{P256, X25519, X25519MlKem768};
use ossuary_traits::{
    CryptoError, FixedBytes, KeyExchange, KeyExchangeId, Random, RandomError, Secret,
};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Fault {
    Unavailable,
    FlipsABit,
    OneKey,
    OneMlKemKey,
    OneSeed,
    DrawsMore,
    DrawsOfItsOwn,
    NotReplayable,
    NotReplayableAndDraws,
    DrawsOnce,
    FailsOtherwise,
    ZerosForRandom,
    ZerosForMlKem,
    DrawsForEver,
    TakesAnyShare,
    OtherError,
    RefusesZero,
    LowOrderIsSecret,
    LowOrderIsAnError,
    RefusesLowOrder,
    RefusesTopBit,
    TopBitCounts,
    RefusesBase,
    Rejects,
    RejectsWithOneSecret,
    RejectsX25519,
    RejectsNothing,
    SecretReversed,
    KeyReversed,
}

/// The inner key exchange, with a fault.
pub(super) struct Wrong<K, const FAULT: u8>(K);

thread_local! {
    /// The answers that were given: what another complete gets is changed.
    static GIVEN: RefCell<Vec<(Vec<u8>, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

/// The fault between the random source and the inner key exchange.
struct Source<'a, const FAULT: u8> {
    random: &'a mut dyn Random,
    /// How many draws are still for ML-KEM.
    ml_kem: usize,
    /// What was drawn before.
    drawn: Option<Vec<u8>>,
}

impl<const FAULT: u8> Source<'_, FAULT> {
    const fn has(fault: Fault) -> bool {
        FAULT == fault as u8
    }

    fn draw(&mut self, out: &mut [u8], for_ml_kem: bool) -> Result<(), RandomError> {
        match &self.drawn {
            Some(drawn) if Self::has(Fault::OneSeed) => out.copy_from_slice(drawn),
            _ => self.random.fill(out)?,
        }
        self.drawn = Some(out.to_vec());
        while Self::has(Fault::DrawsForEver) && out.iter().all(|byte| *byte == 0) {
            self.random.fill(out)?;
        }
        if Self::has(Fault::OneKey) || for_ml_kem && Self::has(Fault::OneMlKemKey) {
            out.fill(7);
        }
        Ok(())
    }
}

impl<const FAULT: u8> Random for Source<'_, FAULT> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        static COUNTER: AtomicU64 = AtomicU64::new(1);
        // The first byte of an X25519 key has bits that do not count.
        let count = COUNTER.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        let for_ml_kem = self.ml_kem > 0;
        self.ml_kem = self.ml_kem.saturating_sub(1);
        if Self::has(Fault::NotReplayable) || Self::has(Fault::RefusesLowOrder) {
            out.fill(9);
            out[1..9].copy_from_slice(&count);
            return Ok(());
        }
        match self.draw(out, for_ml_kem) {
            Err(_) if Self::has(Fault::ZerosForRandom) => out.fill(0),
            Err(_) if Self::has(Fault::ZerosForMlKem) && for_ml_kem => out.fill(0),
            drawn => drawn?,
        }
        if Self::has(Fault::DrawsOfItsOwn) {
            out[1..9].copy_from_slice(&count);
        }
        if Self::has(Fault::KeyReversed) {
            out.reverse();
        }
        if Self::has(Fault::DrawsOnce) && out.iter().all(|byte| *byte == 0) {
            return Err(RandomError::new("that is no scalar"));
        }
        Ok(())
    }
}

impl<K: KeyExchange, const FAULT: u8> Wrong<K, FAULT> {
    fn has(fault: Fault) -> bool {
        FAULT == fault as u8
    }

    /// The random source of a call in which a hybrid draws so often for ML-KEM.
    fn source(random: &mut dyn Random, ml_kem: usize) -> Source<'_, FAULT> {
        let is_hybrid = K::ID == KeyExchangeId::X25519MlKem768;
        Source {
            random,
            ml_kem: if is_hybrid { ml_kem } else { 0 },
            drawn: None,
        }
    }

    fn error(error: CryptoError) -> CryptoError {
        match error {
            CryptoError::Random(error) if Self::has(Fault::FailsOtherwise) => {
                CryptoError::Library(error.into())
            }
            CryptoError::InvalidShare if Self::has(Fault::OtherError) => CryptoError::Verification,
            error => error,
        }
    }

    /// Faults that only a share shows.
    fn look(share: &[u8]) -> Result<(), CryptoError> {
        let refused = match () {
            () if Self::has(Fault::RefusesZero) => share[1..33] == [0; 32],
            () if Self::has(Fault::RefusesTopBit) => share.ends_with(&[0x89]) || top_bit(share),
            () if Self::has(Fault::RefusesBase) => {
                share[..31] == [[9].as_slice(), &[0; 30]].concat()
            }
            () => false,
        };
        if refused {
            Err(CryptoError::InvalidShare)
        } else {
            Ok(())
        }
    }

    /// Faults of the secret that a share makes.
    fn bend(share: &[u8], secret: &mut [u8]) -> Result<(), CryptoError> {
        let x25519 = secret.len() - 32;
        if secret[x25519..] == [0; 32] {
            if Self::has(Fault::LowOrderIsSecret) {
                secret[x25519..].fill(1);
            }
            if Self::has(Fault::LowOrderIsAnError) {
                return Err(CryptoError::Verification);
            }
            if Self::has(Fault::RefusesLowOrder) {
                return Err(CryptoError::InvalidShare);
            }
        } else if Self::has(Fault::TopBitCounts) && top_bit(share) {
            secret[x25519] ^= 1;
        }
        if Self::has(Fault::SecretReversed) {
            secret.reverse();
        }
        Ok(())
    }

    /// Faults of a ciphertext that was changed.
    fn reject(share: &[u8], secret: &mut [u8]) -> Result<(), CryptoError> {
        let kem = |share: &[u8]| share[..1088].to_vec();
        let x25519 = |share: &[u8]| share[1088..].to_vec();
        GIVEN.with_borrow(|given| {
            let of_it =
                |(share_given, _): &&(Vec<u8>, Vec<u8>)| x25519(share_given) == x25519(share);
            match given.iter().rev().find(of_it) {
                Some((original, answer)) if kem(original) != kem(share) => match () {
                    () if Self::has(Fault::Rejects) => return Err(CryptoError::Verification),
                    () if Self::has(Fault::RejectsWithOneSecret) => secret[..32].fill(7),
                    () if Self::has(Fault::RejectsX25519) => secret[63] ^= 1,
                    () if Self::has(Fault::RejectsNothing) => secret.copy_from_slice(answer),
                    () => {}
                },
                _ => {}
            }
            Ok(())
        })
    }
}

fn top_bit(share: &[u8]) -> bool {
    share[share.len() - 1] & 0x80 != 0
}

impl<K: KeyExchange, const FAULT: u8> KeyExchange for Wrong<K, FAULT> {
    const ID: KeyExchangeId = K::ID;
    const LIBRARY: &'static str = "a wrong key exchange";
    const REPLAYABLE: bool = FAULT != Fault::NotReplayable as u8
        && FAULT != Fault::NotReplayableAndDraws as u8
        && FAULT != Fault::OneSeed as u8
        && FAULT != Fault::RefusesLowOrder as u8;

    type ClientShare = K::ClientShare;
    type ServerShare = K::ServerShare;
    type SharedSecret = K::SharedSecret;

    fn available() -> Result<(), CryptoError> {
        if Self::has(Fault::Unavailable) {
            return Err(CryptoError::Library("not here".into()));
        }
        Ok(())
    }

    fn generate(random: &mut dyn Random) -> Result<(Self, K::ClientShare), CryptoError> {
        if Self::has(Fault::DrawsMore) {
            random.fill(&mut [0; 32])?;
        }
        let generated = K::generate(&mut Self::source(random, 2));
        let (key, share) = generated.map_err(Self::error)?;
        Ok((Wrong(key), share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &K::ClientShare,
    ) -> Result<(K::ServerShare, K::SharedSecret), CryptoError> {
        Self::look(client.as_ref())?;
        let mut random = Self::source(random, 1);
        let (share, mut secret) = match K::respond(&mut random, client) {
            Err(CryptoError::InvalidShare) if Self::has(Fault::TakesAnyShare) => {
                let (_, other) = K::generate(&mut Recorded::of(&[7; 96]))?;
                K::respond(&mut Recorded::of(&[7; 96]), &other)?
            }
            answer => answer.map_err(Self::error)?,
        };
        Self::bend(client.as_ref(), secret.as_mut())?;
        if K::ID == KeyExchangeId::X25519MlKem768 {
            let answer = (share.as_ref().to_vec(), secret.as_ref().to_vec());
            GIVEN.with_borrow_mut(|given| given.push(answer));
        }
        Ok((share, secret))
    }

    fn complete(self, server: &K::ServerShare) -> Result<K::SharedSecret, CryptoError> {
        Self::look(server.as_ref())?;
        let mut secret = self.0.complete(server).map_err(Self::error)?;
        Self::bend(server.as_ref(), secret.as_mut())?;
        if K::ID == KeyExchangeId::X25519MlKem768 {
            Self::reject(server.as_ref(), secret.as_mut())?;
        }
        if Self::has(Fault::FlipsABit) {
            secret.as_mut()[0] ^= 1;
        }
        Ok(secret)
    }
}

/// Shares of another length.
struct Short;

impl KeyExchange for Short {
    const ID: KeyExchangeId = KeyExchangeId::P256;
    const LIBRARY: &'static str = "a short key exchange";

    type ClientShare = [u8; 65];
    type ServerShare = [u8; 33];
    type SharedSecret = Secret<32>;

    fn generate(_: &mut dyn Random) -> Result<(Self, [u8; 65]), CryptoError> {
        Ok((Short, [0; 65]))
    }

    fn respond(_: &mut dyn Random, _: &[u8; 65]) -> Result<([u8; 33], Secret<32>), CryptoError> {
        Ok(([0; 33], Secret::zeroed()))
    }

    fn complete(self, _: &[u8; 33]) -> Result<Secret<32>, CryptoError> {
        Ok(Secret::zeroed())
    }
}

macro_rules! mutants {
    ($($rule:ident $inner:ident $fault:ident $what:literal)*) => {
        &[
            (Rule::Sizes, "a server's share is compressed", key_exchange::<Short>),
            $((
                Rule::$rule,
                $what,
                key_exchange::<Wrong<$inner, { Fault::$fault as u8 }>>,
            )),*
        ]
    };
}

pub(super) const MUTANTS: &[Mutant] = mutants! {
    Available X25519 Unavailable "it cannot run here"
    Agreement X25519 FlipsABit "a client's secret has another bit"
    FreshKeys X25519 OneKey "all keys are one"
    FreshKeys X25519MlKem768 OneMlKemKey "all ML-KEM keys are one"
    Randomness X25519 DrawsMore "it draws more than its key"
    Randomness X25519MlKem768 DrawsOfItsOwn "it mixes in what was not drawn"
    Randomness X25519MlKem768 KeyReversed "the X25519 key is not what was drawn"
    Randomness X25519MlKem768 OneSeed "its own ML-KEM key is made of the caller's randomness"
    Randomness P256 NotReplayableAndDraws "it draws, and says that it does not"
    Randomness P256 DrawsOnce "it does not draw again where it drew 0"
    RandomFailure X25519 FailsOtherwise "a failed random source is a failed library"
    RandomFailure X25519 ZerosForRandom "a failed random source is one of zeros"
    RandomFailure X25519MlKem768 ZerosForMlKem "of a failed random source ML-KEM gets zeros"
    RandomFailure P256 DrawsForEver "it draws for ever from a source of zeros"
    InvalidShare P256 TakesAnyShare "it answers what is no point"
    InvalidShare P256 OtherError "it refuses what is no point with another error"
    InvalidShare P256 RefusesZero "it refuses a point whose x is 0"
    InvalidShare X25519MlKem768 TakesAnyShare "it answers what is no ML-KEM key"
    InvalidShare X25519MlKem768 OtherError "it refuses what is no ML-KEM key with another error"
    LowOrder X25519 LowOrderIsSecret "it makes a secret of a share of low order"
    LowOrder X25519 LowOrderIsAnError "it refuses a share of low order with another error"
    LowOrder X25519MlKem768 LowOrderIsSecret "it makes a secret of a share of low order"
    NonCanonical X25519 RefusesTopBit "it refuses shares whose top bit is set"
    NonCanonical X25519 TopBitCounts "it takes the top bit for a part of the share"
    NonCanonical X25519 RefusesBase "it refuses the base point"
    ImplicitRejection X25519MlKem768 Rejects "it refuses a changed ciphertext"
    ImplicitRejection X25519MlKem768 RejectsWithOneSecret "changed ciphertexts have one secret"
    ImplicitRejection X25519MlKem768 RejectsX25519 "a changed ciphertext changes the X25519 secret"
    ImplicitRejection X25519MlKem768 RejectsNothing "a changed ciphertext has the same secret"
    Interoperation P256 SecretReversed "the secret is little-endian"
    ExchangeAnswers X25519 KeyReversed "private keys are big-endian"
};

pub(super) const RIGHT: &[Right] = &[
    (
        "it draws its own randomness",
        key_exchange::<Wrong<P256, { Fault::NotReplayable as u8 }>>,
    ),
    (
        "it draws its own randomness, and refuses shares of low order",
        key_exchange::<Wrong<X25519, { Fault::RefusesLowOrder as u8 }>>,
    ),
    (
        "it draws its own randomness",
        key_exchange::<Wrong<X25519MlKem768, { Fault::NotReplayable as u8 }>>,
    ),
];
