//! A blocking duplex pipe in memory, for `ossuary::io::Stream`, with a middle
//! that changes bytes.

use ossuary::io::TryClone;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A read that waits so long has hung: the test fails instead of standing still.
const HUNG: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Direction {
    state: Mutex<Bytes>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Bytes {
    queue: VecDeque<u8>,
    written: usize,
    /// Which of the bytes written are to be changed.
    damaged: Vec<usize>,
    ended: bool,
}

/// Both handles of one end; the stream ends when the last is dropped.
#[derive(Debug)]
struct End {
    input: Arc<Direction>,
    output: Arc<Direction>,
}

impl Drop for End {
    fn drop(&mut self) {
        for direction in [&self.input, &self.output] {
            // Also when the other end's thread has panicked with the lock.
            let state = direction.state.lock();
            state.unwrap_or_else(PoisonError::into_inner).ended = true;
            direction.changed.notify_all();
        }
    }
}

#[derive(Debug)]
pub(crate) struct Pipe(Arc<End>);

/// A pipe that changes these bytes of what the first and the second end write.
pub(crate) fn pipe(damaged: [Vec<usize>; 2]) -> (Pipe, Pipe) {
    let [first, second] = damaged.map(|damaged| {
        Arc::new(Direction {
            state: Mutex::new(Bytes {
                damaged,
                ..Bytes::default()
            }),
            changed: Condvar::new(),
        })
    });
    let end = |input: &Arc<Direction>, output: &Arc<Direction>| {
        Pipe(Arc::new(End {
            input: Arc::clone(input),
            output: Arc::clone(output),
        }))
    };
    (end(&second, &first), end(&first, &second))
}

impl Read for Pipe {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let direction = &self.0.input;
        let state = direction.state.lock().unwrap();
        let waiting = |state: &mut Bytes| state.queue.is_empty() && !state.ended;
        let (mut state, waited) = direction
            .changed
            .wait_timeout_while(state, HUNG, waiting)
            .unwrap();
        assert!(!waited.timed_out(), "nothing comes, and nothing will");
        state.queue.read(out)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let direction = &self.0.output;
        let mut state = direction.state.lock().unwrap();
        if state.ended {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        for byte in bytes {
            let damaged = state.damaged.contains(&state.written);
            state.queue.push_back(byte ^ u8::from(damaged));
            state.written += 1;
        }
        direction.changed.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TryClone for Pipe {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Pipe(Arc::clone(&self.0)))
    }
}
