//! Conversations of a suite with itself: both sides are `ossuary`'s, so that a
//! backend is used as programs use it.

use crate::keys::key_store;
use crate::random::{Recorded, bytes, flip};
use crate::run::{Check, Outcome, given};
use crate::transcripts::{Setup, SuiteUnderTest};
use ossuary::trust::Verdict;
use ossuary::{
    Channel, Event, HEADER_LEN, MAX_PACKET, MAX_PLAINTEXT, PeerError, ResetCause, Status,
};
use ossuary_traits::{Identity, MemoryKeyStore, Role, SignatureScheme};

/// Every kind of length that a record has.
const LENGTHS: [usize; 4] = [0, 1, 16_384, MAX_PLAINTEXT];
/// More records than a byte counts.
const MANY: usize = 300;
/// More packets than any handshake or recovery has.
const ENOUGH: usize = 16;
/// More randomness than the handshakes of a conversation draw.
const RANDOMNESS: usize = 4096;

/// With each scheme that the suite verifies, and with an anonymous client; one of
/// them goes through all that a channel can do.
pub(crate) fn conversation(check: &mut Check, suite: &SuiteUnderTest) -> Outcome {
    for scheme in suite.schemes {
        let mut pair = Pair::new(suite, Some(*scheme), *scheme)?;
        pair.opens(check)
            .map_err(|seen| format!("{scheme}: {seen}"))?;
        pair.says(check, Role::Client, 1)?;
        pair.says(check, Role::Server, 1)?;
        pair.closes(check, Role::Client)?;
    }
    let Some(scheme) = suite.schemes.first() else {
        return Ok(());
    };
    let mut pair = Pair::new(suite, None, *scheme)?;
    pair.opens(check)
        .map_err(|seen| format!("with an anonymous client: {seen}"))?;
    pair.closes(check, Role::Server)?;

    let mut pair = Pair::new(suite, Some(*scheme), *scheme)?;
    pair.opens(check)?;
    talk(check, &mut pair)?;
    for damaged in ROLES {
        pair.recovers(check, damaged)?;
        talk(check, &mut pair)?;
    }
    pair.closes(check, Role::Client)
}

const ROLES: [Role; 2] = [Role::Client, Role::Server];

fn talk(check: &mut Check, pair: &mut Pair) -> Outcome {
    for role in ROLES {
        for len in LENGTHS {
            pair.says(check, role, len)?;
        }
        for _ in 0..MANY {
            pair.says(check, role, 20)?;
        }
        pair.pads(check, role, 20, 64)?;
        given(pair.sides.of(role).rekey(), "`rekey`")?;
        for len in LENGTHS {
            pair.says(check, role, len)?;
        }
    }
    Ok(())
}

fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

/// Both sides of a conversation.
struct Sides {
    client: Box<dyn Channel>,
    server: Box<dyn Channel>,
}

impl Sides {
    fn of(&mut self, role: Role) -> &mut dyn Channel {
        match role {
            Role::Client => self.client.as_mut(),
            Role::Server => self.server.as_mut(),
        }
    }
}

/// The sides, who they are, and the packet that is on its way.
struct Pair {
    sides: Sides,
    identities: [Option<Identity>; 2],
    buffer: Vec<u8>,
}

impl Pair {
    fn new(
        suite: &SuiteUnderTest,
        client: Option<SignatureScheme>,
        server: SignatureScheme,
    ) -> Outcome<Self> {
        let (client, client_identity) = side(suite, Role::Client, client)?;
        let (server, server_identity) = side(suite, Role::Server, Some(server))?;
        Ok(Pair {
            sides: Sides { client, server },
            identities: [client_identity, server_identity],
            buffer: vec![0; MAX_PACKET],
        })
    }

    /// What is in the front of the buffer goes to the side in `role`, as one
    /// packet.
    fn receive<T>(
        &mut self,
        role: Role,
        len: usize,
        take: impl FnOnce(Event<'_>) -> Outcome<T>,
    ) -> Outcome<T> {
        let channel = self.sides.of(role);
        let packet = self.buffer.get_mut(..len).unwrap_or_default();
        let received = channel.receive(packet);
        let received = given(received, &format!("receiving as {role:?}"))?;
        // What is behind an error's header is searched for alerts later.
        let reset = matches!(received.event, Event::Reset(_));
        if received.consumed != len && !reset {
            let consumed = received.consumed;
            return Err(format!("{role:?} takes {consumed} of {len} bytes"));
        }
        take(received.event)
    }

    /// Carries packets until nobody has one to send.
    fn carry(&mut self) -> Outcome {
        for _ in 0..ENOUGH {
            let mut carried = 0;
            for role in ROLES {
                let len = self.send(role)?;
                if len > 0 {
                    self.receive(other(role), len, |_| Ok(()))?;
                }
                carried += len;
            }
            if carried == 0 {
                return Ok(());
            }
        }
        Err("the handshake does not end".to_owned())
    }

    fn send(&mut self, role: Role) -> Outcome<usize> {
        let sent = self.sides.of(role).send(&mut self.buffer);
        given(sent, &format!("sending as {role:?}"))
    }

    /// The handshake, and what both sides have of it then.
    fn opens(&mut self, check: &mut Check) -> Outcome {
        self.carry()?;
        for role in ROLES {
            let status = self.sides.of(role).status();
            check.that(status == Status::Open, || {
                format!("{role:?} is {status:?} after the handshake")
            })?;
        }
        let [client, server] = &self.identities;
        let known = self.sides.client.remote_identity() == server.as_ref()
            && self.sides.server.remote_identity() == client.as_ref();
        check.that(known, || "the sides take each other for others".to_owned())?;
        let binding = |channel: &dyn Channel| {
            let binding = channel.channel_binding();
            Ok::<_, String>(given(binding, "`channel_binding`")?.to_vec())
        };
        let same = binding(self.sides.client.as_ref())? == binding(self.sides.server.as_ref())?;
        check.that(same, || "they have two channel bindings".to_owned())?;
        let export = |channel: &dyn Channel, label: &[u8], len| {
            let mut out = vec![0; len];
            let exported = channel.export_keying_material(label, b"context", &mut out);
            given(exported, "`export_keying_material`")?;
            Ok::<_, String>(out)
        };
        for len in [1, 32, 1000] {
            let exported = export(self.sides.client.as_ref(), b"label", len)?;
            let same = exported == export(self.sides.server.as_ref(), b"label", len)?;
            check.that(same, || format!("they export two keys of {len} bytes"))?;
        }
        Ok(())
    }

    fn says(&mut self, check: &mut Check, role: Role, len: usize) -> Outcome {
        self.says_as(check, role, len, |channel, plaintext, out| {
            channel.seal(plaintext, out)
        })
    }

    fn pads(&mut self, check: &mut Check, role: Role, len: usize, padded: usize) -> Outcome {
        self.says_as(check, role, len, |channel, plaintext, out| {
            channel.seal_padded(plaintext, padded, out)
        })
    }

    /// The side in `role` sends a record, and the other has it.
    fn says_as(
        &mut self,
        check: &mut Check,
        role: Role,
        len: usize,
        seal: impl FnOnce(&mut dyn Channel, &[u8], &mut [u8]) -> Result<usize, ossuary::OssuaryError>,
    ) -> Outcome {
        let plaintext = bytes(5, len);
        let channel = self.sides.of(role);
        let sealed = seal(channel, &plaintext, &mut self.buffer);
        let packet = given(sealed, &format!("{role:?}, sealing {len} bytes"))?;
        let came = self.receive(other(role), packet, |event| match event {
            Event::Record(came) => Ok(came == plaintext),
            event => Err(format!("of a record of {len} bytes comes {event:?}")),
        })?;
        check.that(came, || format!("of a record of {len} bytes another comes"))
    }

    /// A record of the side in `role` is damaged on its way.
    fn recovers(&mut self, check: &mut Check, role: Role) -> Outcome {
        let before = given(self.sides.client.channel_binding(), "`channel_binding`")?.to_vec();
        let channel = self.sides.of(role);
        let packet = given(channel.seal(b"lost", &mut self.buffer), "sealing")?;
        flip(&mut self.buffer, 8 * packet - 1);
        self.receive(other(role), packet, |event| match event {
            Event::Reset(_) => Ok(()),
            event => Err(format!("of a damaged record comes {event:?}")),
        })?;
        self.carry()?;
        self.opens(check)
            .map_err(|seen| format!("after a damaged record: {seen}"))?;
        let lost = self.sides.of(role).take_delivery();
        let lost = lost.map(|delivery| delivery.lost());
        check.that(lost == Some(1), || {
            format!("one record was lost, and the delivery says {lost:?}")
        })?;
        let after = given(self.sides.client.channel_binding(), "`channel_binding`")?;
        check.that(before != after, || {
            "a recovery leaves the channel binding as it was".to_owned()
        })
    }

    fn closes(&mut self, check: &mut Check, role: Role) -> Outcome {
        self.sides.of(role).disconnect(false);
        let packet = self.send(role)?;
        self.receive(other(role), packet, |event| match event {
            Event::Closed => Ok(()),
            event => Err(format!("of a clean close comes {event:?}")),
        })?;
        for role in ROLES {
            let status = self.sides.of(role).status();
            check.that(status == Status::Closed, || {
                format!("{role:?} is {status:?} after a clean close")
            })?;
        }
        Ok(())
    }
}

/// A side with a key of `scheme`, and its identity.
fn side(
    suite: &SuiteUnderTest,
    role: Role,
    scheme: Option<SignatureScheme>,
) -> Outcome<(Box<dyn Channel>, Option<Identity>)> {
    let (seed, name) = match role {
        Role::Client => (1, "a client"),
        Role::Server => (2, "a server"),
    };
    let (key_store, identity) = match scheme {
        Some(scheme) => {
            let (key_store, identity) = key_store(scheme, seed)?;
            (key_store, Some(identity))
        }
        None => (MemoryKeyStore::new(), None),
    };
    let channel = (suite.connect)(Setup {
        role,
        key_store,
        prologue: b"ossuary-conformance",
        pre_shared_key: &[],
        random: Recorded::of(&bytes(seed, RANDOMNESS)),
        verdict: Verdict::Trusted,
    });
    Ok((given(channel, name)?, identity))
}

/// The suite of a ClientHandshake, before its share.
const SUITE_LEN: usize = 3;

/// In both roles the protocol refuses a peer whose X25519 share makes a secret of
/// zeros, whichever way the library told it.
pub(crate) fn low_order(check: &mut Check, suite: &SuiteUnderTest) -> Outcome {
    let Some(scheme) = suite.schemes.first() else {
        return Ok(());
    };
    let kx = suite.id.key_exchange;
    for role in ROLES {
        let mut pair = Pair::new(suite, Some(*scheme), *scheme)?;
        let mut packet = pair.send(Role::Client)?;
        let mut end = HEADER_LEN + SUITE_LEN + kx.client_share_len();
        if role == Role::Client {
            pair.receive(Role::Server, packet, |_| Ok(()))?;
            packet = pair.send(Role::Server)?;
            end = HEADER_LEN + kx.server_share_len();
        }
        let share = pair.buffer.get_mut(end - 32..end).unwrap_or_default();
        share.fill(0);
        let refused = pair.receive(role, packet, |event| {
            let cause = ResetCause::Here(PeerError::InvalidShare);
            Ok(matches!(event, Event::Reset(found) if found == cause))
        })?;
        check.that(refused, || {
            format!("the protocol does not refuse it as {role:?}")
        })?;
    }
    Ok(())
}
