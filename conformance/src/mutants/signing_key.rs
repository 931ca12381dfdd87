//! Signing keys that are wrong.

use super::{Mutant, Right};
use crate::report::{Failure, Report};
use crate::rule::Rule;
use crate::scalars::LARGEST;
use crate::verifier::negated;
use crate::{signing_key, stored_key};
use ossuary_rustcrypto::{EcdsaP256SigningKey as Inner, RustCryptoVerifier};
use ossuary_traits::SignatureScheme::{EcdsaP256Sha256, Ed25519};
use ossuary_traits::{
    CryptoError, FixedBytes, Identity, Random, RandomError, Secret, Signature, SignatureScheme,
    SigningKey,
};

#[derive(Clone, Copy)]
#[repr(u8)]
enum Fault {
    None,
    OtherScheme,
    EvenPoint,
    SignsWithOther,
    AnyScalar,
    NotTheLargest,
    OtherS,
    DrawsMore,
    DrawsOnce,
    DrawsForEver,
    FailsOtherwise,
    StoredReversed,
    MadeOfReversed,
}

/// The inner key, with a fault.
struct Wrong<const FAULT: u8>(Inner);

impl<const FAULT: u8> Wrong<FAULT> {
    const SCHEME: SignatureScheme = match Self::has(Fault::OtherScheme) {
        true => Ed25519,
        false => EcdsaP256Sha256,
    };

    const fn has(fault: Fault) -> bool {
        FAULT == fault as u8
    }

    fn generate(random: &mut dyn Random) -> Result<Self, CryptoError> {
        if Self::has(Fault::DrawsMore) {
            random.fill(&mut [0])?;
        }
        loop {
            let mut drawn = Secret::<32>::zeroed();
            random.fill(drawn.expose_mut()).map_err(|error| {
                if Self::has(Fault::FailsOtherwise) {
                    CryptoError::Library(error.into())
                } else {
                    error.into()
                }
            })?;
            match Self::made_of(drawn) {
                Ok(key) => return Ok(key),
                Err(_) if Self::has(Fault::DrawsForEver) => {}
                Err(_) if Self::has(Fault::DrawsOnce) => {
                    return Err(RandomError::new("that is no scalar").into());
                }
                Err(_) => return Inner::generate(random).map(Wrong),
            }
        }
    }

    fn from_secret(mut secret: Secret<32>) -> Result<Self, CryptoError> {
        if Self::has(Fault::MadeOfReversed) {
            secret.expose_mut().reverse();
        }
        match Self::made_of(secret) {
            Err(_) if Self::has(Fault::AnyScalar) => Self::made_of(Secret::from([1; 32])),
            key => key,
        }
    }

    fn made_of(secret: Secret<32>) -> Result<Self, CryptoError> {
        if Self::has(Fault::NotTheLargest) && *secret.expose() == LARGEST {
            return Err(CryptoError::Unsupported);
        }
        Inner::from_secret(secret).map(Wrong)
    }

    fn to_secret(&self) -> Secret<32> {
        let mut secret = self.0.to_secret();
        if Self::has(Fault::StoredReversed) {
            secret.expose_mut().reverse();
        }
        secret
    }

    fn checked() -> Result<Report, Failure> {
        signing_key::<RustCryptoVerifier, _>(Self::SCHEME, Self::from_secret)
    }

    fn stored() -> Result<Report, Failure> {
        stored_key(
            Self::SCHEME,
            Self::generate,
            Self::to_secret,
            Self::from_secret,
        )
    }
}

impl<const FAULT: u8> SigningKey for Wrong<FAULT> {
    fn identity(&self) -> Identity {
        let identity = self.0.identity();
        if Self::has(Fault::EvenPoint) {
            let x = &identity.public_key()[1..];
            return Identity::new(identity.scheme(), &[&[2], x].concat()).unwrap();
        }
        identity
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        if Self::has(Fault::SignsWithOther) {
            return Inner::from_secret(Secret::from([3; 32]))?.sign(message);
        }
        let signature = self.0.sign(message)?;
        if Self::has(Fault::OtherS) {
            let (r, s) = signature.bytes().split_at(32);
            return Ok(Signature::new(EcdsaP256Sha256, &[r, &negated(s)].concat()).unwrap());
        }
        Ok(signature)
    }
}

macro_rules! mutants {
    ($($rule:ident $check:ident $fault:ident $what:literal)*) => {
        &[$((Rule::$rule, $what, Wrong::<{ Fault::$fault as u8 }>::$check)),*]
    };
}

pub(super) const MUTANTS: &[Mutant] = mutants! {
    StableIdentities checked OtherScheme "it is of another scheme"
    PublicKey checked EvenPoint "its point is always that whose y is even"
    OwnSignature checked SignsWithOther "it signs with another key"
    SecretRange checked AnyScalar "there is a key for what is no scalar"
    SecretRange checked NotTheLargest "there is no key for the largest scalar"
    SigningAnswers checked OtherS "it gives the other s"
    StoredKey stored DrawsMore "it draws more than its secret"
    StoredKey stored StoredReversed "it is stored in reverse"
    StoredKey stored MadeOfReversed "it is made of what is stored in reverse"
    RandomFailure stored FailsOtherwise "a failed random source is a failed library"
    RandomFailure stored DrawsForEver "it draws for ever from a source of zeros"
    SecretRange stored NotTheLargest "it draws again where it drew the largest scalar"
    SecretRange stored DrawsOnce "it does not draw again where it drew 0"
};

pub(super) const RIGHT: &[Right] = &[
    ("a signing key", Wrong::<{ Fault::None as u8 }>::checked),
    (
        "a key that is stored",
        Wrong::<{ Fault::None as u8 }>::stored,
    ),
];
