//! Sessions with one token, shared by threads.

use crate::error::Failure;
use crate::sessions::{Epoch, Lease, Sessions};
use crate::slot::Place;
use cryptoki::error::{Error as Source, RvError};
use cryptoki::session::Session;
use cryptoki::slot::{Limit, TokenInfo};
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Sessions are opened as threads need them, up to a limit, and kept. All are read-only.
///
/// They are not closed when they are dropped: where the module has closed them, their
/// handles may be those of other sessions by now.
pub(crate) struct Pool {
    pub(crate) place: Place,
    max_sessions: Option<NonZeroUsize>,
    state: Mutex<State>,
    /// A session is idle, or may be opened.
    returned: Condvar,
}

struct State {
    sessions: Sessions<Session>,
    /// The token as it was found.
    seen: Option<TokenInfo>,
    pin_was_wrong: bool,
}

/// So many are open at once where nobody says otherwise.
const DEFAULT_MAX_SESSIONS: usize = 8;

impl Pool {
    pub(crate) fn new(place: Place, max_sessions: Option<NonZeroUsize>) -> Self {
        Pool {
            place,
            max_sessions,
            state: Mutex::new(State {
                sessions: Sessions::new(),
                seen: None,
                pin_was_wrong: false,
            }),
            returned: Condvar::new(),
        }
    }

    /// Does `operation` in a session of a user who is logged in. Where that shows that the
    /// token was restarted, or that somebody else closed the sessions or logged out, it
    /// does it a second time, after the token was found again.
    pub(crate) fn run<T>(
        &self,
        operation: impl Fn(&Session, Epoch) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let once = || {
            self.lease()?.run(&operation, |lease, lost| {
                let to_close = self.lock().sessions.give_back(lease, lost);
                // All of them where sessions were lost: everyone looks for the token then.
                self.returned.notify_all();
                to_close.into_iter().for_each(close);
            })
        };
        match once() {
            Err(failure) if failure.lost.is_some() && failure.may_repeat => once(),
            result => result,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The caller's PIN callback and `cryptoki` can panic, and the state is whole then: it
        // is changed in one step after each of their answers.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session, when one is free. The lock is held while the token is sought and the PIN
    /// is asked for: the others need both too.
    fn lease(&self) -> Result<Lease<Session>, Failure> {
        let mut state = self.lock();
        loop {
            if let Err(failure) = self.prepare(&mut state) {
                if let Some(lost) = failure.lost {
                    state.sessions.lose(lost).into_iter().for_each(close);
                }
                // The others look for themselves.
                self.returned.notify_all();
                return Err(failure);
            }
            if let Some(lease) = state.sessions.take() {
                return Ok(lease);
            }
            let waiting = self.returned.wait(state);
            state = waiting.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Finds the token, opens a session where none is idle and more may be had, and logs in.
    fn prepare(&self, state: &mut State) -> Result<(), Failure> {
        let sessions = &mut state.sessions;
        let slot = match sessions.slot {
            Some(slot) => slot,
            None => {
                let (slot, token) = self.place.find(state.seen.as_ref())?;
                sessions.limit = limit(self.max_sessions, &token);
                state.seen = Some(token);
                *sessions.slot.insert(slot)
            }
        };
        if sessions.may_open() {
            match self.place.module.open_ro_session_no_drop(slot) {
                Ok(session) => sessions.opened(session),
                // Other programs have the rest; ours come back.
                Err(Source::Pkcs11(RvError::SessionCount, _)) if sessions.some_are_open() => {}
                Err(source) => return Err(Failure::answer("opening a session", source)),
            }
        }
        if let (false, Some(session)) = (sessions.logged_in, sessions.idle()) {
            self.place.log_in(session, &mut state.pin_was_wrong)?;
            sessions.logged_in = true;
        }
        Ok(())
    }
}

/// The caller's limit, and never more than the token has.
fn limit(wanted: Option<NonZeroUsize>, token: &TokenInfo) -> usize {
    let wanted = wanted.map_or(DEFAULT_MAX_SESSIONS, NonZeroUsize::get);
    match token.max_session_count() {
        Limit::Max(most) => usize::try_from(most).map_or(wanted, |most| wanted.min(most.max(1))),
        Limit::Unavailable | Limit::Infinite => wanted,
    }
}

fn close(session: Session) {
    // It is given up either way.
    let _ = session.close();
}

impl Drop for Pool {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.sessions.close().into_iter().for_each(close);
    }
}
