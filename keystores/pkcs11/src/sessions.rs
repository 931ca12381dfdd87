//! Which sessions there are, and what is lost with them.

use crate::error::{Failure, Lost};
use cryptoki::slot::Slot;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The sessions `S` with a token, and what is known of it while they last.
pub(crate) struct Sessions<S> {
    /// Where the token is, while sessions with it can be had.
    pub(crate) slot: Option<Slot>,
    /// So many may be open at once.
    pub(crate) limit: usize,
    pub(crate) logged_in: bool,
    idle: Vec<S>,
    /// How many of this generation there are, idle or not.
    open: usize,
    /// Changes when all sessions are lost.
    generation: u64,
    epoch: Epoch,
}

/// How long handles of objects are good for: as long as this is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

/// A session in use.
pub(crate) struct Lease<S> {
    pub(crate) session: S,
    pub(crate) epoch: Epoch,
    generation: u64,
}

impl<S> Lease<S> {
    /// Does `operation` in the session, and gives it back with what that showed to be lost.
    /// It comes back after a panic too (`cryptoki` allocates as much as a module says):
    /// otherwise others would wait for it for ever.
    pub(crate) fn run<T>(
        self,
        operation: impl FnOnce(&S, Epoch) -> Result<T, Failure>,
        give_back: impl FnOnce(Self, Option<Lost>),
    ) -> Result<T, Failure> {
        // The panic goes on below, and nobody uses what it left half done.
        let result = catch_unwind(AssertUnwindSafe(|| operation(&self.session, self.epoch)));
        let lost = match &result {
            Ok(result) => result.as_ref().err().and_then(|failure| failure.lost),
            Err(_) => Some(Lost::Session),
        };
        give_back(self, lost);
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl<S> Sessions<S> {
    pub(crate) fn new() -> Self {
        Sessions {
            slot: None,
            limit: 0,
            logged_in: false,
            idle: Vec::new(),
            open: 0,
            generation: 0,
            epoch: Epoch(0),
        }
    }

    /// Whether another session is needed and may be had.
    pub(crate) fn may_open(&self) -> bool {
        self.idle.is_empty() && self.open < self.limit
    }

    /// Whether one will come back, if none is idle.
    pub(crate) fn some_are_open(&self) -> bool {
        self.open > 0
    }

    pub(crate) fn opened(&mut self, session: S) {
        self.idle.push(session);
        self.open += 1;
    }

    pub(crate) fn idle(&self) -> Option<&S> {
        self.idle.last()
    }

    pub(crate) fn take(&mut self) -> Option<Lease<S>> {
        let (generation, epoch) = (self.generation, self.epoch);
        self.idle.pop().map(|session| Lease {
            session,
            epoch,
            generation,
        })
    }

    /// Takes a session back, and what its use showed to be lost. Sessions that are no longer
    /// used and still open come out.
    pub(crate) fn give_back(&mut self, lease: Lease<S>, lost: Option<Lost>) -> Vec<S> {
        let current = lease.generation == self.generation;
        // What another thread found out first is not lost twice.
        let news = lost.filter(|lost| match lost {
            Lost::Sessions | Lost::Device => current,
            Lost::Handles => lease.epoch == self.epoch,
            Lost::Session => true,
        });
        let mut to_close = news.map(|lost| self.lose(lost)).unwrap_or_default();
        match lost {
            // Its handle may be that of another session by now.
            Some(Lost::Sessions) => {}
            None | Some(Lost::Handles) if current => self.idle.push(lease.session),
            None | Some(Lost::Handles | Lost::Device) => to_close.push(lease.session),
            Some(Lost::Session) => {
                self.open -= usize::from(current);
                to_close.push(lease.session);
            }
        }
        to_close
    }

    /// Forgets what is lost. Sessions that are no longer used and still open come out.
    pub(crate) fn lose(&mut self, lost: Lost) -> Vec<S> {
        if lost == Lost::Session {
            return Vec::new();
        }
        self.logged_in = false;
        self.epoch.0 += 1;
        if lost == Lost::Handles {
            return Vec::new();
        }
        self.slot = None;
        self.open = 0;
        self.generation += 1;
        let idle = std::mem::take(&mut self.idle);
        if lost == Lost::Device {
            idle
        } else {
            Vec::new()
        }
    }

    pub(crate) fn close(&mut self) -> Vec<S> {
        std::mem::take(&mut self.idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossuary_traits::KeyStoreErrorKind;

    /// With `open` sessions of a limit of 3, numbered from 1.
    fn sessions(open: u32) -> Sessions<u32> {
        let mut sessions = Sessions::new();
        sessions.slot = Slot::try_from(7_u32).ok();
        sessions.limit = 3;
        sessions.logged_in = true;
        (1..=open).for_each(|session| sessions.opened(session));
        sessions
    }

    fn opened_until_full(sessions: &mut Sessions<u32>) -> usize {
        let mut leases = Vec::new();
        loop {
            if sessions.may_open() {
                sessions.opened(100);
            }
            match sessions.take() {
                Some(lease) => leases.push(lease),
                None => return leases.len(),
            }
        }
    }

    #[test]
    fn there_are_as_many_as_the_limit_says() {
        for open in 0..=3 {
            assert_eq!(opened_until_full(&mut sessions(open)), 3);
            assert_eq!(sessions(open).some_are_open(), open > 0);
            assert_eq!(sessions(open).may_open(), open == 0);
        }
    }

    #[test]
    fn a_session_comes_back_for_the_next() {
        let mut sessions = sessions(1);
        for _ in 0..2 {
            let lease = sessions.take().unwrap();
            assert!(sessions.take().is_none());
            assert!(sessions.give_back(lease, None).is_empty());
            assert_eq!(sessions.idle(), Some(&1));
        }
        assert!(sessions.logged_in && sessions.slot.is_some());
        assert_eq!(sessions.close(), [1]);
    }

    #[test]
    fn a_session_comes_back_with_what_its_use_showed() {
        for lost in [None, Some(Lost::Handles), Some(Lost::Device)] {
            let (mut sessions, mut came_back) = (sessions(1), None);
            let lease = sessions.take().unwrap();
            let result = lease.run(
                |session, _| {
                    let failure = Failure::new(KeyStoreErrorKind::Broken, "a");
                    let failure = lost.map(|lost| failure.with_lost(lost));
                    failure.map_or(Ok(*session), Err)
                },
                |lease, lost| came_back = Some((lease.session, lost)),
            );
            assert_eq!(result.is_ok(), lost.is_none());
            assert_eq!(came_back, Some((1, lost)));
        }
    }

    #[test]
    fn a_session_comes_back_after_a_panic() {
        let mut sessions = sessions(2);
        for session in [2, 1] {
            let lease = sessions.take().unwrap();
            let mut closed = Vec::new();
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                lease.run(
                    |_, _| -> Result<(), Failure> { panic!("as the module has it") },
                    |lease, lost| closed = sessions.give_back(lease, lost),
                )
            }));
            assert!(panicked.is_err());
            assert_eq!(closed, [session]);
        }
        assert!(sessions.logged_in);
        assert_eq!(opened_until_full(&mut sessions), 3);
    }

    #[test]
    fn with_the_login_the_sessions_stay() {
        let mut sessions = sessions(2);
        let (first, second) = (sessions.take().unwrap(), sessions.take().unwrap());
        assert!(sessions.give_back(first, Some(Lost::Handles)).is_empty());
        assert!(!sessions.logged_in && sessions.slot.is_some());
        // The other found the same, later, when the login was there again.
        let before = second.epoch;
        sessions.logged_in = true;
        assert!(sessions.give_back(second, Some(Lost::Handles)).is_empty());
        assert!(sessions.logged_in);
        let lease = sessions.take().unwrap();
        assert_ne!(lease.epoch, before);
        // It shows to be gone a second time.
        sessions.give_back(lease, Some(Lost::Handles));
        assert!(!sessions.logged_in);
        assert_eq!(opened_until_full(&mut sessions), 3);
    }

    #[test]
    fn sessions_that_the_module_closed_are_not_closed_again() {
        let mut sessions = sessions(3);
        let (third, second) = (sessions.take().unwrap(), sessions.take().unwrap());
        assert!(sessions.give_back(third, Some(Lost::Sessions)).is_empty());
        assert!(!sessions.logged_in && sessions.slot.is_none());
        assert!(!sessions.some_are_open() && sessions.may_open());
        // Found again, before the other comes back.
        sessions.slot = Slot::try_from(8_u32).ok();
        sessions.logged_in = true;
        sessions.opened(4);
        assert!(sessions.give_back(second, Some(Lost::Sessions)).is_empty());
        assert!(sessions.logged_in && sessions.slot.is_some());
        assert_eq!(sessions.idle(), Some(&4));
        assert_eq!(opened_until_full(&mut sessions), 3);
    }

    #[test]
    fn sessions_of_a_device_that_failed_are_closed() {
        let mut sessions = sessions(3);
        let lease = sessions.take().unwrap();
        assert_eq!(sessions.give_back(lease, Some(Lost::Device)), [1, 2, 3]);
        assert!(!sessions.logged_in && sessions.slot.is_none());
        assert_eq!(opened_until_full(&mut sessions), 3);
    }

    #[test]
    fn a_session_from_before_that_still_works_is_closed() {
        for lost in [
            None,
            Some(Lost::Handles),
            Some(Lost::Device),
            Some(Lost::Session),
        ] {
            let mut sessions = sessions(1);
            let lease = sessions.take().unwrap();
            sessions.lose(Lost::Sessions);
            sessions.opened(2);
            sessions.logged_in = true;
            assert_eq!(sessions.give_back(lease, lost), [1], "{lost:?}");
            assert!(sessions.logged_in);
            assert_eq!(opened_until_full(&mut sessions), 3);
        }
    }

    #[test]
    fn a_busy_session_is_closed_alone() {
        let mut sessions = sessions(2);
        let lease = sessions.take().unwrap();
        assert_eq!(sessions.give_back(lease, Some(Lost::Session)), [2]);
        assert!(sessions.logged_in);
        assert_eq!(sessions.idle(), Some(&1));
        assert_eq!(opened_until_full(&mut sessions), 3);
    }
}
