//! What a connection knows of time (docs/protocol.md, "Timeouts").

use crate::connection::Timeouts;
use core::time::Duration;

/// After so many timeouts a Reset is sent again.
pub(crate) const REPEAT_RESET: u32 = 2;
/// A packet that has begun must be whole after so many timeouts.
const WHOLE_PACKET: u32 = 10;

/// What a connection knows of time: what its caller tells it.
pub(crate) struct Clock {
    timeouts: Timeouts,
    now: Option<Duration>,
    /// Since when the present packet is waited for. A wait begins when the time
    /// is told first after it: however long this side took over its own
    /// signature does not count against the peer.
    since: Option<Duration>,
    /// The present wait has no end.
    endless: bool,
    /// The packet that has begun and is not whole.
    partial: Option<Partial>,
}

struct Partial {
    len: usize,
    first: Duration,
    last: Duration,
}

impl Clock {
    pub(crate) fn new(timeouts: Timeouts) -> Self {
        Clock {
            timeouts,
            now: None,
            since: None,
            endless: false,
            partial: None,
        }
    }

    fn now(&self) -> Duration {
        self.now.unwrap_or(Duration::ZERO)
    }

    /// Time does not go back; and it begins when it is told first.
    pub(crate) fn advance(&mut self, now: Duration) {
        if self.now.is_none()
            && let Some(partial) = &mut self.partial
        {
            (partial.first, partial.last) = (now, now);
        }
        let now = now.max(self.now());
        self.now = Some(now);
        self.since.get_or_insert(now);
    }

    /// A new wait begins.
    pub(crate) fn restart(&mut self) {
        self.since = None;
        self.endless = false;
        self.partial = None;
    }

    /// The present wait has no end; only a packet that has begun can be late.
    #[cfg(feature = "v1")]
    pub(crate) fn wait_without_end(&mut self) {
        self.endless = true;
    }

    /// So many bytes of a packet are there, and it is not whole.
    pub(crate) fn partial(&mut self, len: usize) {
        let now = self.now();
        match &mut self.partial {
            _ if len == 0 => self.partial = None,
            Some(partial) if len > partial.len => {
                partial.len = len;
                partial.last = now;
            }
            Some(partial) => partial.len = len,
            None => {
                self.partial = Some(Partial {
                    len,
                    first: now,
                    last: now,
                })
            }
        }
    }

    /// The packet that had begun is whole, or given up.
    #[inline]
    pub(crate) fn whole(&mut self) {
        self.partial = None;
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// How many bytes there are of the packet that has begun.
    pub(crate) fn begun(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.len)
    }

    /// Whether it is time for what is due at `deadline`.
    pub(crate) fn has_come(&self, deadline: Option<Duration>) -> bool {
        deadline.is_some_and(|deadline| deadline <= self.now())
    }

    /// When the present wait is over: after `wait`, where a packet is due, or
    /// when one that has begun is late. Where a wait has just begun it is at
    /// once, so that the time is told. `None` before time was told, and while
    /// nothing is waited for.
    pub(crate) fn deadline(&self, wait: Option<Duration>) -> Option<Duration> {
        let now = self.now?;
        let wait = wait.filter(|_| !self.endless);
        let due = wait.map(|wait| self.since.map_or(now, |since| since.saturating_add(wait)));
        let packet = self.timeouts.packet;
        let partial = self.partial.as_ref().map(|partial| {
            let more = partial.last.saturating_add(packet);
            more.min(
                partial
                    .first
                    .saturating_add(packet.saturating_mul(WHOLE_PACKET)),
            )
        });
        match (due, partial) {
            (Some(due), Some(partial)) => Some(due.min(partial)),
            (due, partial) => due.or(partial),
        }
    }
}
