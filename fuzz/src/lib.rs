//! What a fuzzer's input does to a connection of protocol 1.
//!
//! The first byte says how the connection is made and what it has had before the input, the
//! second in what pieces the rest comes. All randomness is fixed, so that an input does the
//! same again.
//!
//! | bits of the first byte | what they say |
//! |---|---|
//! | 0, 1 | how many packets of an honest handshake come before |
//! | 2, 3 | whom the connection trusts: anyone, nobody, its peer, or whom its application says |
//! | 4 | the client is anonymous |
//! | 5 | signatures are left to the application |
//! | 6 | whoever wrote the input knows the session key, and may sign for others |
//! | 7 | time goes by |
//!
//! ```text
//! cargo xtask fuzz                        # all, ten minutes each
//! cargo fuzz run -s none v1_server
//! cargo fuzz run -s none v1_client
//! ```

mod suite;

use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::RandomError;
use ossuary::trust::{Anyone, AuthorizedKeys};
use ossuary::v1::{MAX_PACKET, RECORD_OVERHEAD};
use ossuary::{
    Builder, Channel, CryptoSuite, DefaultSuite, Deferred, Event, Identity, MemoryKeyStore,
    OssuaryError, Random, Role, SigningKey, Status,
};
use std::time::Duration;

/// Counts up: enough for a handshake without a person behind it.
struct Fixed(u8);

impl Random for Fixed {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for byte in out {
            self.0 = self.0.wrapping_mul(5).wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

/// Whom the connection trusts.
#[derive(Clone, Copy, PartialEq)]
enum Trusts {
    Anyone,
    Nobody,
    Peer,
    /// Whom its application says.
    Asks,
}

/// The first byte.
#[derive(Clone, Copy)]
struct Mode(u8);

impl Mode {
    fn packets(self) -> u8 {
        self.0 & 3
    }

    fn trusts(self) -> Trusts {
        match self.0 >> 2 & 3 {
            0 => Trusts::Anyone,
            1 => Trusts::Nobody,
            2 => Trusts::Peer,
            _ => Trusts::Asks,
        }
    }

    fn anonymous(self) -> bool {
        self.0 & 0x10 != 0
    }

    fn defers(self) -> bool {
        self.0 & 0x20 != 0
    }

    fn knows_key(self) -> bool {
        self.0 & 0x40 != 0
    }

    fn has_clock(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// The host key of an honest side.
fn key(role: Role) -> Ed25519SigningKey {
    let seed = match role {
        Role::Client => 1,
        Role::Server => 2,
    };
    Ed25519SigningKey::from_secret([seed; 32].into()).expect("every seed is a key")
}

fn keys(role: Role, mode: Mode) -> MemoryKeyStore {
    match role {
        Role::Client if mode.anonymous() => MemoryKeyStore::new(),
        role => MemoryKeyStore::new().with(key(role)),
    }
}

/// The other side's host key, where it has one.
fn peer_of(role: Role, mode: Mode) -> Option<Identity> {
    match role {
        Role::Server if mode.anonymous() => None,
        Role::Server => Some(key(Role::Client).identity()),
        Role::Client => Some(key(Role::Server).identity()),
    }
}

/// A side; `target` is the one that is fuzzed, and the other only helps it along.
fn side<S: CryptoSuite + 'static>(role: Role, mode: Mode, target: bool) -> Box<dyn Channel> {
    let (builder, seed) = match role {
        Role::Client => (Builder::<S>::client(), 1),
        Role::Server => (Builder::<S>::server(), 2),
    };
    let builder = match mode.trusts() {
        Trusts::Nobody if target => builder.trust(AuthorizedKeys::default()),
        Trusts::Peer if target => builder.trust(AuthorizedKeys::new(peer_of(role, mode))),
        Trusts::Asks if target => builder.trust(AuthorizedKeys::default().or_ask()),
        _ => builder.trust(Anyone),
    };
    let (builder, keys) = (builder.random(Fixed(seed)), keys(role, mode));
    if target && mode.defers() {
        let deferred = Deferred::new(keys).expect("keys in memory");
        Box::new(
            builder
                .key_store(deferred)
                .build_v1()
                .expect("a connection"),
        )
    } else {
        Box::new(builder.key_store(keys).build_v1().expect("a connection"))
    }
}

/// All that a side has to send, which its application gives its signatures for.
fn outgoing(side: &mut dyn Channel) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        if let Some(pending) = side.pending_signature() {
            let key = MemoryKeyStore::new().with(key(side.role()));
            let signature = pending.sign(&key).expect("a signature");
            side.provide_signature(signature).expect("a good signature");
        }
        if !side.wants_send() {
            return all;
        }
        let mut packet = vec![0; side.send_len()];
        let len = side.send(&mut packet).expect("a buffer of the right size");
        all.extend_from_slice(&packet[..len]);
    }
}

/// Feeds `input` to a connection in `role`. Nothing may panic. Who does not know the key
/// gets no record through, and who knows it only what he wrote; and nobody is let in whom
/// the connection does not trust.
pub fn run(role: Role, input: &[u8]) {
    records(role, input);
}

/// How many records came.
fn records(role: Role, input: &[u8]) -> usize {
    let [mode, piece, input @ ..] = input else {
        return 0;
    };
    let mode = Mode(*mode);
    let mut target = match mode.knows_key() {
        false => after_packets::<DefaultSuite>(role, mode),
        true => after_packets::<suite::KnownKey>(role, mode),
    };
    let mut now = Duration::ZERO;
    let (mut incoming, mut records) = (Vec::new(), 0);
    for bytes in input.chunks(usize::from(*piece).max(1)) {
        incoming.extend_from_slice(bytes);
        if mode.has_clock() {
            now += Duration::from_secs(1);
            let _ = target.advance(now);
        }
        loop {
            outgoing(&mut *target);
            check(&*target, role, mode);
            let before = incoming.clone();
            match target.receive(&mut incoming) {
                Ok(received) => {
                    let consumed = received.consumed;
                    match received.event {
                        Event::Record(text) => {
                            assert!(mode.knows_key(), "a record that nobody has sealed");
                            // Behind the header of the packet and the lengths of the box.
                            assert!(before[12..].starts_with(text));
                            assert_eq!(consumed, text.len() + RECORD_OVERHEAD);
                            records += 1;
                        }
                        Event::NeedBytes(more) => {
                            assert!(consumed == 0 && more > 0);
                            assert!(before.len() + more <= MAX_PACKET);
                            break;
                        }
                        // The application says yes or no by a bit of the second byte.
                        Event::NotYet if target.status() == Status::Undecided => {
                            let _ = target.decide(piece & 1 == 0);
                        }
                        Event::NotYet => assert!(target.wants_send(), "nobody is waited for"),
                        _ => {}
                    }
                    incoming.drain(..consumed);
                }
                Err(OssuaryError::Peer(_)) => assert_eq!(target.status(), Status::Failed),
                Err(_) => return records,
            }
        }
    }
    records
}

/// A connection, once so many packets of an honest handshake have gone between the two
/// sides, where they come so far.
fn after_packets<S: CryptoSuite + 'static>(role: Role, mode: Mode) -> Box<dyn Channel> {
    let mut client = side::<S>(Role::Client, mode, role == Role::Client);
    let mut server = side::<S>(Role::Server, mode, role == Role::Server);
    for number in 0..mode.packets() {
        let (from, to) = match number % 2 {
            0 => (&mut client, &mut server),
            _ => (&mut server, &mut client),
        };
        let _ = to.receive(&mut outgoing(&mut **from));
        if to.status() == Status::Undecided {
            let _ = to.decide(true);
        }
    }
    match role {
        Role::Client => client,
        Role::Server => server,
    }
}

/// Whoever is let in is trusted, and has a key that was looked at.
fn check(target: &dyn Channel, role: Role, mode: Mode) {
    let peer = target.remote_identity();
    for seen in [peer, target.undecided_peer()].into_iter().flatten() {
        // Only who may sign for others has another key.
        assert!(mode.knows_key() || Some(seen) == peer_of(role, mode).as_ref());
    }
    if target.status() == Status::Open {
        match mode.trusts() {
            Trusts::Anyone => {}
            Trusts::Nobody => panic!("nobody is trusted"),
            Trusts::Peer => assert_eq!(peer, peer_of(role, mode).as_ref()),
            Trusts::Asks => assert!(peer.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(kind: u8, msg_id: u8, body: &[u8]) -> Vec<u8> {
        let [l0, l1] = u16::try_from(body.len()).unwrap().to_be_bytes();
        let mut packet = vec![l0, l1, 0, msg_id, 0, kind, 0, 0];
        packet.extend_from_slice(body);
        packet
    }

    fn boxed(plaintext: &[u8]) -> Vec<u8> {
        let [l0, l1] = u16::try_from(plaintext.len()).unwrap().to_le_bytes();
        [&[l0, l1, 16, 0], plaintext, &[0; 16]].concat()
    }

    /// A handshake packet of its three parts: what is in the clear, and in the box.
    fn handshake(kind: u8, msg_id: u8, clear: &[u8], auth: Option<&[u8]>) -> Vec<u8> {
        let rest = [clear, &auth.map(boxed).unwrap_or_default()].concat();
        let len = u8::try_from(rest.len() + 8).unwrap();
        let inner = [len, 0, 1, 0, 0, 0, 0, 0];
        packet(kind, msg_id, &[&inner, &rest[..]].concat())
    }

    /// A share, and a nonce that is near to none.
    const CLEAR: [u8; 44] = [9; 44];
    /// The key and the signature of anyone, of which the lenient verifier takes half.
    const ANYONE: ([u8; 32], [u8; 64]) = ([0x55; 32], {
        let mut signature = [0x55; 64];
        (signature[62], signature[63]) = (0, 5);
        signature
    });

    /// What a peer writes that knows the key, and a record behind it.
    fn as_peer(role: Role, anonymous: bool) -> Vec<u8> {
        let (key, signature) = match anonymous {
            true => ([0; 32], [0; 64]),
            false => ANYONE,
        };
        let (handshake, next) = match role {
            Role::Client => {
                let auth = [&key[..], &[7; 32], &signature].concat();
                (handshake(2, 0, &CLEAR, Some(&auth)), 1)
            }
            Role::Server => {
                let auth = [&key[..], &signature].concat();
                let mut both = handshake(1, 0, &[&CLEAR[..], &[7; 32]].concat(), None);
                both.extend(handshake(3, 1, &[], Some(&auth)));
                (both, 2)
            }
        };
        [handshake, packet(0x20, next, &boxed(b"text"))].concat()
    }

    /// That the harness is no wall by itself: who knows the key is heard where he is
    /// trusted, and nowhere else.
    #[test]
    fn who_knows_the_key_gets_behind_the_tag() {
        for how in 0..=0xff {
            let mode = Mode(how);
            // A client has sent its ClientHandshake before.
            for (role, packets) in [(Role::Client, 1), (Role::Server, 0)] {
                if mode.packets() != packets {
                    continue;
                }
                for anonymous in [false, true] {
                    let rest = as_peer(role, anonymous);
                    let input = [&[how, 0xfe], &rest[..]].concat();
                    let no = [&[how, 0xff], &rest[..]].concat();
                    let trusted = match mode.trusts() {
                        Trusts::Anyone => !anonymous || role == Role::Server,
                        Trusts::Asks => !anonymous,
                        Trusts::Nobody | Trusts::Peer => false,
                    };
                    let heard = usize::from(trusted && mode.knows_key());
                    assert_eq!(records(role, &input), heard, "{how:#x} {role:?}");
                    let refused = mode.trusts() == Trusts::Asks;
                    let heard = if refused { 0 } else { heard };
                    assert_eq!(records(role, &no), heard, "{how:#x} {role:?}");
                }
            }
        }
    }

    /// Every mode, with bytes of no meaning and with packets that are damaged.
    #[test]
    fn every_mode_runs() {
        let mut random = Fixed(3);
        for how in 0..=0xff {
            for role in [Role::Client, Role::Server] {
                run(role, &[how]);
                for piece in [1, 254] {
                    let mut input = [&[how, piece], &as_peer(role, false)[..]].concat();
                    run(role, &input);
                    let at = usize::from(how) % (input.len() - 2);
                    random.fill(&mut input[2 + at..]).unwrap();
                    run(role, &input);
                }
            }
        }
    }
}
