//! Whatever comes, nothing panics, and nothing is delivered that was not sent.

use crate::pair::{Pair, Seen};
use crate::resets::RESET;
use ossuary::{Event, OssuaryError, Status};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;

/// What happens to a pair.
#[derive(Clone, Debug)]
enum Step {
    /// Carries what the client, or the server, has to send.
    Carry(bool),
    /// The same, with a byte changed, or bytes left out.
    Damage(bool, usize, u8),
    Cut(bool, usize),
    /// Bytes of anyone's.
    Inject(bool, Vec<u8>),
    /// A notice: to whom, of which type, of an error.
    Notice(bool, bool, bool),
    Seal(bool, Vec<u8>),
    Wait(u8),
    /// Gives a side its own bytes back.
    Reflect(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    let step = prop_oneof![
        8 => any::<bool>().prop_map(Step::Carry),
        1 => (any::<bool>(), any::<usize>(), 1..=255u8).prop_map(|(to, at, by)| Step::Damage(to, at, by)),
        1 => (any::<bool>(), any::<usize>()).prop_map(|(to, at)| Step::Cut(to, at)),
        1 => (any::<bool>(), bytes()).prop_map(|(to, bytes)| Step::Inject(to, bytes)),
        1 => any::<(bool, bool, bool)>().prop_map(|(to, reset, error)| Step::Notice(to, reset, error)),
        3 => (any::<bool>(), bytes()).prop_map(|(from, bytes)| Step::Seal(from, bytes)),
        1 => any::<u8>().prop_map(Step::Wait),
        1 => any::<bool>().prop_map(Step::Reflect),
    ];
    prop::collection::vec(step, 0..60)
}

/// Runs the steps; what a side was sent, and what it got.
fn run(steps: &[Step]) {
    let mut pair = Pair::new();
    // What each side sealed and what is on its way to it: the client first.
    let mut sealed: [Vec<Vec<u8>>; 2] = [Vec::new(), Vec::new()];
    let mut way_out: [Vec<u8>; 2] = [Vec::new(), Vec::new()];
    for step in steps {
        for (side, end) in [&mut pair.client, &mut pair.server].into_iter().enumerate() {
            way_out[side].extend(end.outgoing());
        }
        match step {
            Step::Carry(from_client)
            | Step::Damage(from_client, ..)
            | Step::Cut(from_client, _) => {
                let from = usize::from(!from_client);
                let mut bytes = std::mem::take(&mut way_out[from]);
                match step {
                    Step::Damage(_, at, by) if !bytes.is_empty() => {
                        let at = at % bytes.len();
                        bytes[at] ^= by;
                    }
                    Step::Cut(_, at) => bytes.truncate(at % (bytes.len() + 1)),
                    _ => {}
                }
                let (end, own) = match from {
                    0 => (&mut pair.server, 1),
                    _ => (&mut pair.client, 0),
                };
                way_out[own].extend(end.feed(&bytes));
            }
            Step::Inject(to_client, bytes) => {
                let (end, own) = match to_client {
                    true => (&mut pair.client, 0),
                    false => (&mut pair.server, 1),
                };
                way_out[own].extend(end.feed(bytes));
            }
            Step::Notice(to_client, reset, error) => {
                let mut notice = RESET;
                notice[5] = 0x10 + u8::from(*reset);
                notice[10] = u8::from(*error);
                let (end, own) = match to_client {
                    true => (&mut pair.client, 0),
                    false => (&mut pair.server, 1),
                };
                way_out[own].extend(end.feed(&notice));
            }
            Step::Seal(from_client, text) => {
                let (end, own) = match from_client {
                    true => (&mut pair.client, 0),
                    false => (&mut pair.server, 1),
                };
                if end.is_open() {
                    way_out[own].extend(end.seal(text));
                    sealed[own].push(text.clone());
                }
            }
            Step::Wait(seconds) => pair.wait(Duration::from_secs(u64::from(*seconds))),
            Step::Reflect(to_client) => {
                let (end, own) = match to_client {
                    true => (&mut pair.client, 0),
                    false => (&mut pair.server, 1),
                };
                let bytes = way_out[own].clone();
                way_out[own].extend(end.feed(&bytes));
            }
        }
    }
    for (end, from) in [(&pair.server, &sealed[0]), (&pair.client, &sealed[1])] {
        // In order, each at most once, and nothing else.
        let mut sent = from.iter();
        for record in end.records() {
            assert!(sent.any(|sent| *sent == record), "{:?}", end.seen);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_only_what_was_sent_arrives(steps in steps()) {
        run(&steps);
    }

    /// Bytes of anyone's, at every state, in pieces.
    #[test]
    fn arbitrary_bytes_give_no_plaintext(
        packets in 0..4usize,
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        head in prop::option::of((0..6usize, any::<u16>())),
        piece in 1..60usize,
    ) {
        let mut pair = Pair::new();
        for packet in 0..packets {
            let (from, to) = match packet % 2 {
                0 => (&mut pair.client, &mut pair.server),
                _ => (&mut pair.server, &mut pair.client),
            };
            to.channel.receive(&mut from.outgoing()).unwrap();
        }
        // The header of a packet that could be, before bytes that are none.
        let mut input = Vec::new();
        if let Some((kind, msg_id)) = head {
            let kind = [1u8, 2, 3, 0x10, 0x11, 0x20][kind];
            let len = u16::try_from(bytes.len()).unwrap();
            input.extend(len.to_be_bytes());
            input.extend((msg_id % 4).to_be_bytes());
            input.extend([0, kind, 0, 0]);
        }
        input.extend(&bytes);
        for end in [&mut pair.client, &mut pair.server] {
            end.outgoing();
            for piece in input.chunks(piece) {
                end.feed(piece);
            }
            let none = end.seen.iter().all(|seen| !matches!(seen, Seen::Record(_)));
            prop_assert!(none);
        }
    }
}

/// Whatever length a header says, no more is asked for than the longest packet has.
#[test]
fn what_is_asked_for_is_bounded() {
    let lengths = [0, 1, 4, 20, 84, 124, 200, 16_404, 16_405, 0x8000, 0xffff];
    let mut asked = BTreeSet::new();
    for kind in [1, 2, 3, 0x10, 0x11, 0x20, 0x21] {
        for length in lengths
            .into_iter()
            .flat_map(|len: u16| [len, len.wrapping_sub(1)])
        {
            for msg_id in [0u16, 1] {
                let [l0, l1] = length.to_be_bytes();
                let [m0, m1] = msg_id.to_be_bytes();
                let head = [l0, l1, m0, m1, 0, kind, 0, 0];
                let (open, mut first) = (Pair::open(), Pair::new());
                first.client.outgoing();
                for mut end in [open.client, open.server, first.client, first.server] {
                    match end.channel.receive(&mut head.clone()) {
                        Ok(received) => {
                            if let Event::NeedBytes(want) = received.event {
                                assert_eq!(want, usize::from(length));
                                assert!(head.len() + want <= ossuary::v1::MAX_PACKET);
                                asked.insert((kind, length));
                            }
                        }
                        Err(OssuaryError::Peer(_)) => {
                            assert_eq!(end.channel.status(), Status::Failed);
                        }
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }
        }
    }
    // Each type that has its place in these states, with the lengths that it may have.
    let allowed = [(1, 84), (2, 200), (0x10, 4), (0x11, 4)];
    let records = lengths
        .into_iter()
        .flat_map(|len| [len, len.wrapping_sub(1)]);
    let records = records.filter(|len| (20..=16_404).contains(len));
    let expected = allowed.into_iter().chain(records.map(|len| (0x20, len)));
    assert_eq!(asked, expected.collect());
}
