//! What the module answers, as the classes of key store errors.

use cryptoki::error::{Error as Source, RvError};
use ossuary_traits::{KeyStoreError, KeyStoreErrorKind};
use std::fmt;

/// Why a token did not do what it was asked: what was being done, and what helps. The
/// module's own error is its source.
///
/// It is the source of the [`KeyStoreError`]s of this crate.
#[derive(Debug)]
pub struct Pkcs11Error {
    message: String,
    source: Option<Source>,
}

impl fmt::Display for Pkcs11Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Pkcs11Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// What is no longer there after an answer of the module, so that it has to be sought again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// All sessions; the module has closed them itself.
    Sessions,
    /// The device behind the sessions, which are still open.
    Device,
    /// The login, or what handles stood for.
    Handles,
    /// The session that was used: something is going on in it.
    Session,
}

/// An error within this crate.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: KeyStoreErrorKind,
    /// Whether it may be otherwise when that was sought again.
    pub(crate) lost: Option<Lost>,
    /// Whether a call that this fails may seek it again by itself.
    pub(crate) may_repeat: bool,
    error: Pkcs11Error,
}

impl Failure {
    pub(crate) fn new(kind: KeyStoreErrorKind, message: impl Into<String>) -> Self {
        let (message, source) = (message.into(), None);
        let error = Pkcs11Error { message, source };
        Failure {
            kind,
            lost: None,
            may_repeat: true,
            error,
        }
    }

    /// Of the module's answer while `doing`.
    pub(crate) fn answer(doing: &str, source: Source) -> Self {
        let (kind, advice) = class(&source);
        Failure::new(kind, format!("{doing}: {advice}")).with_source(source)
    }

    pub(crate) fn with_source(mut self, source: Source) -> Self {
        self.lost = lost(&source);
        self.error.source = Some(source);
        self
    }

    pub(crate) fn with_lost(mut self, lost: Lost) -> Self {
        self.lost = Some(lost);
        self
    }
}

/// What an answer shows to be lost.
fn lost(answer: &Source) -> Option<Lost> {
    let Source::Pkcs11(answer, _) = answer else {
        return None;
    };
    match answer {
        RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::SlotIdInvalid
        | RvError::TokenNotPresent
        | RvError::DeviceRemoved
        | RvError::CryptokiNotInitialized => Some(Lost::Sessions),
        RvError::DeviceError => Some(Lost::Device),
        RvError::UserNotLoggedIn | RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid => {
            Some(Lost::Handles)
        }
        RvError::OperationActive => Some(Lost::Session),
        _ => None,
    }
}

impl From<Failure> for KeyStoreError {
    fn from(failure: Failure) -> Self {
        KeyStoreError::with_source(failure.kind, failure.error)
    }
}

/// The class of an answer, and what helps.
fn class(answer: &Source) -> (KeyStoreErrorKind, &'static str) {
    use KeyStoreErrorKind::{Broken, Cancelled, Denied, Locked, NotFound, TryAgain};
    let Source::Pkcs11(answer, _) = answer else {
        return (Broken, "the module does not answer as PKCS#11 has it");
    };
    match answer {
        RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid => {
            (NotFound, "the key is no longer on the token")
        }
        RvError::PinLocked => (
            Locked,
            "the PIN is locked after wrong ones: unlock it with the token's own tool",
        ),
        RvError::PinExpired => (Locked, "the PIN has expired: set a new one"),
        RvError::UserPinNotInitialized => (Locked, "the token has no user PIN yet: set one"),
        RvError::UserNotLoggedIn => (Locked, "the token wants a login"),
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
            (Denied, "the PIN is wrong")
        }
        RvError::KeyFunctionNotPermitted => (Denied, "the key may not be used for this"),
        RvError::ActionProhibited | RvError::TokenWriteProtected | RvError::SessionReadOnly => {
            (Denied, "the token does not allow it")
        }
        RvError::Cancel | RvError::FunctionCanceled | RvError::FunctionRejected => {
            (Cancelled, "it was cancelled at the token")
        }
        RvError::TokenNotPresent | RvError::DeviceRemoved | RvError::SlotIdInvalid => {
            (TryAgain, "the token is not in its slot: insert it")
        }
        RvError::SessionHandleInvalid | RvError::SessionClosed => {
            (TryAgain, "another part of this program closed the sessions")
        }
        RvError::CryptokiNotInitialized => (
            TryAgain,
            "another part of this program finalized the module",
        ),
        RvError::SessionCount => (
            TryAgain,
            "all sessions of the token are in use: close others, or lower `max_sessions`",
        ),
        RvError::UserAnotherAlreadyLoggedIn
        | RvError::UserTooManyTypes
        | RvError::SessionReadWriteSoExists => (
            TryAgain,
            "the security officer is logged in: log them out first",
        ),
        RvError::OperationActive => (TryAgain, "the session is busy with something else"),
        RvError::HostMemory => (TryAgain, "memory ran out"),
        RvError::DeviceMemory => (Broken, "the token is full: delete what nobody needs"),
        RvError::DeviceError => (Broken, "the token does not work, or was pulled out"),
        RvError::MechanismInvalid
        | RvError::MechanismParamInvalid
        | RvError::CurveNotSupported
        | RvError::DomainParamsInvalid
        | RvError::FunctionNotSupported => (
            Broken,
            "the token does not have this signature scheme: use a key of another",
        ),
        _ => (Broken, "the module failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;
    use std::error::Error;

    fn failure(answer: RvError) -> Failure {
        Failure::answer("signing", Source::Pkcs11(answer, Function::Sign))
    }

    #[test]
    fn answers_have_the_class_that_a_program_can_act_on() {
        use KeyStoreErrorKind::{Broken, Cancelled, Denied, Locked, NotFound, TryAgain};
        for (answer, kind) in [
            (RvError::KeyHandleInvalid, NotFound),
            (RvError::ObjectHandleInvalid, NotFound),
            (RvError::PinLocked, Locked),
            (RvError::PinExpired, Locked),
            (RvError::UserPinNotInitialized, Locked),
            (RvError::UserNotLoggedIn, Locked),
            (RvError::PinIncorrect, Denied),
            (RvError::PinLenRange, Denied),
            (RvError::KeyFunctionNotPermitted, Denied),
            (RvError::TokenWriteProtected, Denied),
            (RvError::FunctionCanceled, Cancelled),
            (RvError::FunctionRejected, Cancelled),
            (RvError::TokenNotPresent, TryAgain),
            (RvError::DeviceRemoved, TryAgain),
            (RvError::SlotIdInvalid, TryAgain),
            (RvError::SessionHandleInvalid, TryAgain),
            (RvError::SessionCount, TryAgain),
            (RvError::CryptokiNotInitialized, TryAgain),
            (RvError::UserAnotherAlreadyLoggedIn, TryAgain),
            (RvError::MechanismInvalid, Broken),
            (RvError::DeviceError, Broken),
            (RvError::GeneralError, Broken),
            (RvError::VendorDefined(0x8000_0001), Broken),
        ] {
            assert_eq!(failure(answer).kind, kind, "{answer:?}");
        }
    }

    #[test]
    fn what_is_lost_is_told_by_the_answer() {
        for (answer, lost) in [
            (RvError::SessionHandleInvalid, Some(Lost::Sessions)),
            (RvError::TokenNotPresent, Some(Lost::Sessions)),
            (RvError::DeviceRemoved, Some(Lost::Sessions)),
            (RvError::CryptokiNotInitialized, Some(Lost::Sessions)),
            (RvError::DeviceError, Some(Lost::Device)),
            (RvError::UserNotLoggedIn, Some(Lost::Handles)),
            (RvError::KeyHandleInvalid, Some(Lost::Handles)),
            (RvError::OperationActive, Some(Lost::Session)),
            // What is asked again after these burns tries, or vexes a person.
            (RvError::PinIncorrect, None),
            (RvError::PinLocked, None),
            (RvError::FunctionCanceled, None),
            (RvError::SessionCount, None),
            (RvError::GeneralError, None),
        ] {
            assert_eq!(failure(answer).lost, lost, "{answer:?}");
        }
        assert_eq!(Failure::new(KeyStoreErrorKind::NotFound, "a").lost, None);
    }

    #[test]
    fn the_modules_own_error_is_at_the_end_of_the_chain() {
        let error = KeyStoreError::from(failure(RvError::PinLocked));
        let told = error.source().unwrap();
        assert!(told.is::<Pkcs11Error>());
        assert!(told.to_string().starts_with("signing: the PIN is locked"));
        let source = told.source().unwrap().downcast_ref::<Source>().unwrap();
        assert!(matches!(
            source,
            Source::Pkcs11(RvError::PinLocked, Function::Sign)
        ));
    }
}
