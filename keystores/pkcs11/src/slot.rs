//! The slot with the token, and the login.

use crate::error::Failure;
use crate::module;
use crate::pin::{PinPrompt, PinSource, printable};
use crate::uri::Uri;
use cryptoki::context::{Info, Pkcs11};
use cryptoki::error::{Error as Source, RvError};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::{Slot, SlotInfo, TokenInfo};
use ossuary_traits::KeyStoreErrorKind::{Cancelled, Denied, Locked, NotFound, TryAgain};

/// Where the token is sought, and who logs in.
pub(crate) struct Place {
    pub(crate) module: Pkcs11,
    pub(crate) uri: Uri,
    pub(crate) pins: PinSource,
}

impl Place {
    /// The slot with the one token that the URI names; where one was `seen` before, with
    /// that one, so that no other gets its PIN.
    pub(crate) fn find(&self, seen: Option<&TokenInfo>) -> Result<(Slot, TokenInfo), Failure> {
        let doing = "looking for the token";
        module::initialize(&self.module)?;
        if !self.is_library()? {
            let message = "the module says that it is not the library that the URI names";
            return Err(Failure::new(NotFound, message));
        }
        let slots = self.module.get_slots_with_token();
        let (mut found, mut unread) = (Vec::new(), None);
        for slot in slots.map_err(|source| Failure::answer(doing, source))? {
            match self.token_in(slot) {
                Ok(token) => {
                    let token = token.filter(|token| seen.is_none_or(|seen| is_same(seen, token)));
                    found.extend(token.map(|token| (slot, token)));
                }
                // It may be another token that does not work.
                Err(source) => unread = Some(source),
            }
        }
        if found.len() > 1 {
            let message = "the URI fits several tokens: name one, by `serial`";
            return Err(Failure::new(NotFound, message));
        }
        found.pop().ok_or_else(|| {
            let failure = if seen.is_some() {
                Failure::new(TryAgain, "the token is gone: insert it again")
            } else {
                let message = "no slot has the token that the URI names; `pkcs11-tool \
                    --list-token-slots` with the same `--module` lists those that are there";
                Failure::new(NotFound, message)
            };
            match unread {
                Some(source) => failure.with_source(source),
                None => failure,
            }
        })
    }

    fn is_library(&self) -> Result<bool, Failure> {
        let info = self.module.get_library_info();
        let info = info.map_err(|source| Failure::answer("asking the module", source))?;
        Ok(library_fits(&self.uri, &info))
    }

    /// The token in `slot`, if it is one that the URI can mean.
    fn token_in(&self, slot: Slot) -> Result<Option<TokenInfo>, Source> {
        let token = self.module.get_token_info(slot)?;
        if !token.token_initialized() || !token_fits(&self.uri, &token) {
            return Ok(None);
        }
        let info = self.module.get_slot_info(slot)?;
        Ok(slot_fits(&self.uri, slot, &info).then_some(token))
    }

    /// Logs the user in, which holds for all sessions of this process with the token.
    /// `was_wrong` is whether the PIN that was given last was wrong, or may have been, before
    /// and after.
    pub(crate) fn log_in(&self, session: &Session, was_wrong: &mut bool) -> Result<(), Failure> {
        let doing = "logging in";
        let answer = |source| Failure::answer(doing, source);
        let info = session.get_session_info().map_err(answer)?;
        let token = self.module.get_token_info(info.slot_id()).map_err(answer)?;
        let state = info.session_state();
        if !token.login_required() || matches!(state, SessionState::RoUser | SessionState::RwUser) {
            return Ok(());
        }
        if token.user_pin_locked() {
            let message = "logging in: the PIN is locked: unlock it with the token's own tool";
            return Err(Failure::new(Locked, message));
        }
        let logged_in = if token.protected_authentication_path() {
            session.login(UserType::User, None)
        } else {
            let prompt = PinPrompt {
                label: printable(token.label()),
                serial: printable(token.serial_number()),
                tries_low: token.user_pin_count_low(),
                final_try: token.user_pin_final_try(),
                was_wrong: *was_wrong,
            };
            let pin = self.pins.pin(&prompt)?;
            session.login_with_raw(UserType::User, pin.raw())
        };
        match logged_in {
            // Another part of this program was faster.
            Ok(()) | Err(Source::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
                *was_wrong = false;
                Ok(())
            }
            Err(source) => {
                let token = self.module.get_token_info(info.slot_id());
                let tries = token.map_or(Tries::Some, |token| Tries::of(&token));
                Err(refused(source, tries, was_wrong))
            }
        }
    }
}

/// What a login that failed tells, after a PIN was sent. The token may have counted a try,
/// whatever it answers, so that the same call must not log in again.
fn refused(answer: Source, tries: Tries, was_wrong: &mut bool) -> Failure {
    let mut failure = match answer {
        Source::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => {
            tries.wrong_pin(answer)
        }
        answer => Failure::answer("logging in", answer),
    };
    // These alone say that it is not about the PIN.
    *was_wrong |= !matches!(failure.kind, TryAgain | Cancelled);
    failure.may_repeat = false;
    failure
}

/// What a token says after a wrong PIN.
#[derive(Clone, Copy)]
enum Tries {
    Some,
    One,
    None,
}

impl Tries {
    fn of(token: &TokenInfo) -> Self {
        match (token.user_pin_locked(), token.user_pin_final_try()) {
            (true, _) => Tries::None,
            (false, true) => Tries::One,
            (false, false) => Tries::Some,
        }
    }

    fn wrong_pin(self, source: Source) -> Failure {
        let (kind, message) = match self {
            Tries::Some => (Denied, "logging in: the PIN is wrong"),
            Tries::One => (
                Denied,
                "logging in: the PIN is wrong, and the next wrong one locks the token",
            ),
            Tries::None => (
                Locked,
                "logging in: the PIN is wrong and now locked: unlock it with the token's own tool",
            ),
        };
        Failure::new(kind, message).with_source(source)
    }
}

/// Whether `wanted`, where there is such, is `there`. Modules pad with blanks.
fn fits(wanted: Option<&String>, there: &str) -> bool {
    wanted.is_none_or(|wanted| wanted.trim_end_matches(' ') == there.trim_end_matches(' '))
}

fn library_fits(uri: &Uri, info: &Info) -> bool {
    let version = info.library_version();
    fits(uri.library_manufacturer.as_ref(), info.manufacturer_id())
        && fits(uri.library_description.as_ref(), info.library_description())
        && uri
            .library_version
            .is_none_or(|wanted| wanted == (version.major(), version.minor()))
}

fn token_fits(uri: &Uri, token: &TokenInfo) -> bool {
    fits(uri.token.as_ref(), token.label())
        && fits(uri.manufacturer.as_ref(), token.manufacturer_id())
        && fits(uri.model.as_ref(), token.model())
        && fits(uri.serial.as_ref(), token.serial_number())
}

/// Labels can be given to any token; these three are its maker's.
fn is_same(one: &TokenInfo, other: &TokenInfo) -> bool {
    one.serial_number() == other.serial_number()
        && one.model() == other.model()
        && one.manufacturer_id() == other.manufacturer_id()
}

fn slot_fits(uri: &Uri, slot: Slot, info: &SlotInfo) -> bool {
    uri.slot_id.is_none_or(|wanted| wanted == slot.id())
        && fits(uri.slot_description.as_ref(), info.slot_description())
        && fits(uri.slot_manufacturer.as_ref(), info.manufacturer_id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;
    use ossuary_traits::KeyStoreError;
    use ossuary_traits::KeyStoreErrorKind::Broken;
    use std::error::Error;

    #[test]
    fn a_wrong_pin_tells_how_many_are_left() {
        for (tries, kind, told) in [
            (Tries::Some, Denied, "wrong"),
            (Tries::One, Denied, "the next wrong one locks"),
            (Tries::None, Locked, "now locked"),
        ] {
            let source = Source::Pkcs11(RvError::PinIncorrect, Function::Login);
            let error = KeyStoreError::from(tries.wrong_pin(source));
            assert_eq!(error.kind(), kind);
            assert!(error.source().unwrap().to_string().contains(told));
        }
    }

    #[test]
    fn no_login_that_failed_is_followed_by_another() {
        for (answer, kind, wrong) in [
            (RvError::PinIncorrect, Denied, true),
            (RvError::PinInvalid, Denied, true),
            (RvError::PinLenRange, Denied, true),
            (RvError::PinLocked, Locked, true),
            (RvError::DeviceError, Broken, true),
            (RvError::GeneralError, Broken, true),
            (RvError::VendorDefined(0x8000_0001), Broken, true),
            (RvError::UserNotLoggedIn, Locked, true),
            (RvError::FunctionCanceled, Cancelled, false),
            (RvError::SessionHandleInvalid, TryAgain, false),
            (RvError::TokenNotPresent, TryAgain, false),
            (RvError::UserAnotherAlreadyLoggedIn, TryAgain, false),
        ] {
            for before in [false, true] {
                let mut was_wrong = before;
                let source = Source::Pkcs11(answer, Function::Login);
                let failure = refused(source, Tries::Some, &mut was_wrong);
                assert_eq!((failure.kind, failure.may_repeat), (kind, false));
                assert_eq!(was_wrong, before || wrong, "{answer:?}");
            }
        }
    }

    #[test]
    fn what_is_not_wanted_fits_and_blanks_do_not_count() {
        let text = |text: &str| text.to_owned();
        assert!(fits(None, "anything"));
        assert!(fits(Some(&text("a")), "a   "));
        assert!(fits(Some(&text("a ")), "a"));
        assert!(fits(Some(&text("")), ""));
        assert!(!fits(Some(&text("")), "a"));
        assert!(!fits(Some(&text("a")), "A"));
        assert!(!fits(Some(&text(" a")), "a"));
    }
}
