//! The same over `Read` and `Write`: the loop that a user of that API writes.

use super::wire::{Sip, Trickle};
use super::{MAX_STEPS, OssuaryError, Pair, TestSuite};

impl<S: TestSuite> Pair<S> {
    /// One side sends and receives as long as anything moves. The stream takes 45
    /// bytes a turn, in parts of 20, and gives 13 at once; the application takes 5
    /// bytes of a record at once.
    pub(super) fn turn_over_streams(&mut self, side: usize) {
        let mut room = 45;
        for _ in 0..MAX_STEPS {
            let before = self.progress();
            room = self.send_over_streams(side, room);
            if !self.receive_over_streams(side) || self.progress() == before {
                return;
            }
        }
        panic!("one turn without end: {}", self.describe());
    }

    /// Sends what is due; returns how many bytes the stream still takes.
    fn send_over_streams(&mut self, side: usize, room: usize) -> usize {
        let mut out = Trickle {
            wire: &mut self.wires[side],
            left: room,
            most: 20,
        };
        let connection = &mut self.connections[side];
        let app = &mut self.apps[side];
        let mut sealed = false;
        let sent = match connection.handshake_done() {
            Ok(false) => connection.send_handshake(&mut out),
            Ok(true) if app.closes() => {
                connection.disconnect(false);
                connection.flush(&mut out)
            }
            Ok(true) => match connection.flush(&mut out) {
                Ok(written) => match app.due() {
                    Some(message) => {
                        if message.rekey {
                            connection.rekey().unwrap();
                        }
                        sealed = true;
                        connection.send_data(message.text, &mut out)
                    }
                    None => Ok(written),
                },
                Err(error) => Err(error),
            },
            Err(_) => connection.flush(&mut out),
        };
        let left = out.left;
        if sealed {
            // Sent, or begun: what the stream did not take is kept.
            app.sent += 1;
            app.active = self.now;
        }
        match sent {
            Err(OssuaryError::WouldBlock(_)) => self.settle(side),
            result => self.note(side, result),
        }
        left
    }

    /// Receives a packet, or the next bytes of a record; `false` where it is over.
    fn receive_over_streams(&mut self, side: usize) -> bool {
        let mut input = Trickle {
            wire: &mut self.wires[1 - side],
            left: 0,
            most: 13,
        };
        let connection = &mut self.connections[side];
        let app = &mut self.apps[side];
        let came = connection.records_received();
        let begun = app.begun.take();
        let begins = begun.is_none();
        let mut plaintext = begun.unwrap_or_default();
        let before_it = plaintext.len();
        let sip = Sip {
            taken: &mut plaintext,
            left: 5,
        };
        // What was begun can be taken whatever became of the channel.
        let received = match connection.handshake_done() {
            Ok(false) if begins => connection.recv_handshake(&mut input),
            Err(_) if begins => return false,
            _ => connection
                .recv_data(&mut input, sip)
                .map(|(taken, _)| taken),
        };
        if begins && connection.records_received() == came {
            assert!(plaintext.is_empty());
        } else if matches!(received, Err(OssuaryError::WouldBlock(_))) {
            assert_eq!(plaintext.len(), before_it + 5);
            app.begun = Some(plaintext);
        } else {
            app.got(&plaintext, self.now);
        }
        match received {
            Err(OssuaryError::WouldBlock(_)) => self.settle(side),
            Err(OssuaryError::ConnectionReset(_)) => {
                app.recovering = true;
                self.settle(side);
            }
            Err(OssuaryError::UntrustedServer(key) | OssuaryError::UntrustedClient(key)) => {
                let undecided = connection.undecided_peer().unwrap();
                assert_eq!(undecided.public_key(), key);
                self.settle(side);
            }
            result => self.note(side, result),
        }
        true
    }
}
