//! One transcript, in one role.

use super::backend::{Backend, ExportError, Setup, SuiteUnderTest};
use super::difference::{Difference, Found, Outcome, byte_count, equal, same};
use super::file::{Close, Data, Exported, Handshake, Step, Transcript};
use super::parties::{identity, own, same_identity, suite};
use super::randomness::{check_seed, load};
use super::role_name;
use crate::random::Recorded;
use ossuary::trust::Verdict;
use ossuary::{
    Channel, Event, HEADER_LEN, MAX_PACKET, Misuse, OssuaryError, RECORD_OVERHEAD, Status,
};
use ossuary_traits::{Identity, Role};
use std::time::Duration;

/// Offset and bits of the flags in a packet's header (docs/protocol.md, "Flags").
const FLAGS: usize = 7;
const REKEY: u8 = 0x02;
const PADDED: u8 = 0x04;

/// Runs `transcript` in `role`, and gives the suite that it ran on.
pub(super) fn run(
    transcript: &Transcript,
    backend: &Backend,
    role: Role,
) -> Result<&'static SuiteUnderTest, Box<Difference>> {
    let head = |found: Found| found.in_transcript(transcript, role, None);
    if transcript.steps.is_empty() {
        return Err(head(Found::other(
            "steps",
            "at least one",
            "there are none",
        )));
    }
    let mut replay = Replay::new(transcript, backend, role, Verdict::Trusted).map_err(head)?;
    for (index, step) in transcript.steps.iter().enumerate() {
        replay
            .step(step)
            .map_err(|found| found.in_transcript(transcript, role, Some((index, step.name()))))?;
    }
    Ok(replay.suite)
}

/// Our side of a transcript, on its way through the steps.
pub(super) struct Replay<'a> {
    pub(super) transcript: &'a Transcript,
    pub(super) backend: &'a Backend,
    suite: &'static SuiteUnderTest,
    pub(super) role: Role,
    pub(super) channel: Box<dyn Channel>,
    random: Recorded,
    /// The peer's, as the file has it; `None` for an anonymous client.
    peer: Option<Identity>,
    /// How many handshakes there were.
    pub(super) handshakes: usize,
    /// How many sealed packets the peer has sent in the present one.
    pub(super) peer_sealed: u16,
    /// How many records our side has sent, over all handshakes.
    sent: u64,
    /// What our side has been told of the time.
    pub(super) now: Duration,
    /// Takes what our side sends.
    buffer: Vec<u8>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(
        transcript: &'a Transcript,
        backend: &'a Backend,
        role: Role,
        verdict: Verdict,
    ) -> Outcome<Self> {
        let suite = suite(transcript, backend)?;
        let (own, key_store) = own(transcript, backend, role)?;
        let peer = identity(transcript, other(role))?;
        if let Some(peer) = &peer
            && !suite.schemes.contains(&peer.scheme())
        {
            return Err(Found::unsupported(
                format!("{}.scheme", role_name(other(role))),
                format_args!("{} does not verify {}", backend.name, peer.scheme()),
            ));
        }
        let random = Recorded::default();
        let setup = Setup {
            role,
            key_store,
            prologue: &transcript.prologue,
            pre_shared_key: &transcript.psk,
            random: random.clone(),
            verdict,
        };
        let channel = (suite.connect)(setup).map_err(|error| match error {
            // The protocol asks for 128 bits of entropy, and the builder for a
            // key that can have them.
            OssuaryError::Misuse(error @ Misuse::PreSharedKeyTooShort) => {
                Found::unsupported("psk", error)
            }
            error => Found::error(role_name(role), "a side that can be made", &error),
        })?;
        let field = format!("{}.auth_public", role_name(role));
        same_identity(field, own.as_ref(), channel.local_identity())?;
        Ok(Replay {
            transcript,
            backend,
            suite,
            role,
            channel,
            random,
            peer,
            handshakes: 0,
            peer_sealed: 0,
            sent: 0,
            now: Duration::ZERO,
            buffer: vec![0; MAX_PACKET],
        })
    }

    fn step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Handshake(step) => self.handshake(step),
            Step::Data(step) => self.data(step),
            Step::Close(step) => self.close(step),
            Step::Reset(step) => self.reset(step),
            Step::Disconnect(step) => self.disconnect(step),
        }
    }

    /// Our side has just `expected` to send.
    pub(super) fn sends(&mut self, field: &'static str, expected: &[u8]) -> Outcome {
        let len = self
            .channel
            .send(&mut self.buffer)
            .map_err(|error| Found::error(field, "a packet to send", &error))?;
        same(field, expected, self.buffer.get(..len).unwrap_or_default())
    }

    /// Our side takes all of `packet`, no more, and for what it is.
    pub(super) fn receives<T>(
        &mut self,
        field: &'static str,
        packet: &[u8],
        expected: &str,
        take: impl FnOnce(&Event<'_>) -> Option<T>,
    ) -> Outcome<T> {
        // Behind it stands what begins no alert: a side that waits for a Reset and
        // drops what comes drops this too.
        let mut input = [packet, &[0xff]].concat();
        let received = self
            .channel
            .receive(&mut input)
            .map_err(|error| Found::error(field, expected, &error))?;
        let Some(taken) = take(&received.event) else {
            return Err(Found::other(field, expected, describe(&received.event)));
        };
        equal(field, packet.len(), received.consumed)?;
        Ok(taken)
    }

    pub(super) fn status(&self, field: &'static str, expected: Status) -> Outcome {
        let (expected, actual) = (
            format!("{expected:?}"),
            format!("{:?}", self.channel.status()),
        );
        equal(field, expected, actual)
    }

    fn handshake(&mut self, step: &Handshake) -> Outcome {
        // The suite stands at the front of the ClientHandshake's body.
        let asked = step.client_handshake.get(HEADER_LEN..).unwrap_or_default();
        let asked = asked.first_chunk::<3>().map_or(asked, |suite| suite);
        same("suite", &self.transcript.suite, asked)?;

        self.draw_from_file()?;
        match self.role {
            Role::Client => {
                self.sends("client_handshake", &step.client_handshake)?;
                self.receives(
                    "server_handshake",
                    &step.server_handshake,
                    "a ServerHandshake that opens",
                    progress,
                )?;
                self.sends("client_authentication", &step.client_authentication)?;
            }
            Role::Server => {
                self.receives(
                    "client_handshake",
                    &step.client_handshake,
                    "a ClientHandshake that is taken",
                    progress,
                )?;
                self.sends("server_handshake", &step.server_handshake)?;
                self.receives(
                    "client_authentication",
                    &step.client_authentication,
                    "a ClientAuthentication that opens",
                    |event| matches!(event, Event::Open).then_some(()),
                )?;
            }
        }
        self.status("client_authentication", Status::Open)?;
        let left = self.random.left();
        let field = format!("{}.handshakes[{}]", role_name(self.role), self.handshakes);
        equal(
            field,
            "0 bytes left".to_owned(),
            format!("{left} bytes left"),
        )?;
        let field = format!("{}.auth_public", role_name(other(self.role)));
        same_identity(field, self.peer.as_ref(), self.channel.remote_identity())?;

        let binding = self.channel.channel_binding();
        let binding = binding
            .map_err(|error| Found::error("channel_binding", "a channel binding", &error))?;
        same("channel_binding", &step.channel_binding, binding)?;
        self.exported(&step.exporter_secret, &step.exported)?;
        self.counts(step)?;
        self.handshakes += 1;
        self.peer_sealed = 0;
        Ok(())
    }

    /// What the next handshake draws is the file's.
    pub(super) fn draw_from_file(&self) -> Outcome {
        let own = role_name(self.role);
        let index = self.handshakes;
        let Some(randomness) = self.transcript.side(self.role).handshakes.get(index) else {
            return Err(Found::other(
                format!("{own}.handshakes"),
                format_args!("an entry for each handshake, {} or more", index + 1),
                format_args!("{index} entries"),
            ));
        };
        let field = format!("{own}.handshakes[{index}].key_exchange_seed");
        let seed = &randomness.key_exchange_seed;
        check_seed(field, self.suite.id.key_exchange, self.role, seed)?;
        load(&self.random, randomness);
        Ok(())
    }

    fn exported(&self, exporter_secret: &[u8], exported: &Exported) -> Outcome {
        let Exported {
            label,
            context,
            length,
            value,
        } = exported;
        equal("exported.length", *length, value.len())?;
        let mut ours = vec![0; value.len()];
        self.channel
            .export_keying_material(label.as_bytes(), context, &mut ours)
            .map_err(|error| Found::error("exported", "an export", &error))?;
        same("exported.value", value, &ours)?;

        let field = "exporter_secret";
        match (self.suite.export)(exporter_secret, exported) {
            Ok(from_secret) if from_secret == *value => Ok(()),
            Ok(_) => {
                let expected = "the secret that exported.value comes from";
                Err(Found::other(field, expected, "another"))
            }
            Err(ExportError::SecretLength(expected)) => equal(
                field,
                byte_count(expected),
                byte_count(exporter_secret.len()),
            ),
            Err(ExportError::Crypto(error)) => Err(Found::error(field, "an export", &error)),
        }
    }

    /// What our side reports of the peer's records, and what the peer has told
    /// it of its own.
    fn counts(&mut self, step: &Handshake) -> Outcome {
        let (told, reported) = match self.role {
            Role::Client => ("client_told_received", "server_told_received"),
            Role::Server => ("server_told_received", "client_told_received"),
        };
        let (received, given) = match self.role {
            Role::Client => (step.client_told_received, step.server_told_received),
            Role::Server => (step.server_told_received, step.client_told_received),
        };
        equal(reported, given, self.channel.records_received())?;
        match self.channel.take_delivery() {
            None if self.handshakes == 0 => {}
            Some(delivery) if self.handshakes > 0 => {
                equal(told, received, delivery.received)?;
                // At a reset, each side has opened all that the other one sent.
                equal(told, self.sent, delivery.sent)?;
            }
            delivery => {
                let expected = "a delivery after each recovery, and none before";
                return Err(Found::other(told, expected, format!("{delivery:?}")));
            }
        }
        equal(told, received, self.channel.records_sent())?;
        equal(told, received, self.sent)
    }

    fn data(&mut self, step: &Data) -> Outcome {
        let Data {
            from,
            plaintext,
            rekey_after,
            padded_to,
            wire,
        } = step;
        let flags = wire.get(FLAGS).copied().unwrap_or_default();
        equal("rekey_after", *rekey_after, flags & REKEY != 0)?;
        equal("padded_to", padded_to.is_some(), flags & PADDED != 0)?;
        if let Some(padded_to) = padded_to {
            equal(
                "padded_to",
                *padded_to,
                wire.len().saturating_sub(RECORD_OVERHEAD),
            )?;
        }
        if *from != self.role {
            let opened =
                self.receives("wire", wire, "a record that opens", |event| match event {
                    Event::Record(plaintext) => Some(plaintext.to_vec()),
                    _ => None,
                })?;
            self.peer_sealed = self.peer_sealed.wrapping_add(1);
            return same("plaintext", plaintext, &opened);
        }
        let sealed = self.seal(step);
        let len = sealed.map_err(|error| Found::error("wire", "a record", &error))?;
        self.sent += 1;
        same("wire", wire, self.buffer.get(..len).unwrap_or_default())
    }

    fn seal(&mut self, step: &Data) -> Result<usize, OssuaryError> {
        if step.rekey_after {
            self.channel.rekey()?;
        }
        match step.padded_to {
            None => self.channel.seal(&step.plaintext, &mut self.buffer),
            Some(len) => self
                .channel
                .seal_padded(&step.plaintext, len, &mut self.buffer),
        }
    }

    fn close(&mut self, step: &Close) -> Outcome {
        if step.from == self.role {
            self.channel.disconnect(false);
            self.sends("wire", &step.wire)?;
        } else {
            self.receives("wire", &step.wire, "a clean end", |event| {
                matches!(event, Event::Closed).then_some(())
            })?;
        }
        self.status("wire", Status::Closed)
    }
}

fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

pub(super) fn progress(event: &Event<'_>) -> Option<()> {
    matches!(event, Event::Progress).then_some(())
}

/// What came instead.
pub(super) fn describe(event: &Event<'_>) -> String {
    match event {
        Event::Reset(cause) => cause.to_string(),
        Event::Record(plaintext) => format!("a record of {} bytes", plaintext.len()),
        event => format!("{event:?}"),
    }
}
