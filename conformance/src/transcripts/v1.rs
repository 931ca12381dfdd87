//! Recorded conversations of protocol 1: files of schema `ossuary-1-transcript`
//! (docs/protocol-1.md).
//!
//! Each is run in both roles, as those of protocol 2 are. Two things are not
//! compared: the first two bytes of a notice's body, which are not specified, and
//! the ClientAuthentication of an anonymous client as this side sends it, for
//! which there are two forms.

use super::difference::{Difference, Found, Outcome, equal, same};
use super::file::{Bytes, FileError, RoleName, tests_of};
use super::replay::{describe, progress};
use super::role_name;
use crate::random::Recorded;
use ossuary::trust::AuthorizedKeys;
use ossuary::{
    Builder, Channel, Event, HEADER_LEN, MAX_PACKET, MemoryKeyStore, OssuaryError, PeerError,
    trust::Anyone,
};
use ossuary_rustcrypto::Ed25519SigningKey;
use ossuary_traits::{
    CryptoSuite, FixedBytes, Identity, KeyExchange, Role, Secret, SignatureScheme,
};
use serde::Deserialize;

const SCHEMA: &str = "ossuary-1-transcript";
/// How much of an anonymous client's ClientAuthentication is the same in both
/// forms: header, inner header, the lengths of the box.
const BEFORE_CLIENT_AUTH: usize = HEADER_LEN + 8 + 4;

/// A suite that protocol 1 can run on.
#[derive(Clone, Copy, Debug)]
pub struct SuiteOfV1 {
    replayable: bool,
    connect: fn(Setup) -> Result<Box<dyn Channel>, OssuaryError>,
}

impl SuiteOfV1 {
    /// Puts the suite `S` under test. It is one of X25519, ChaCha20-Poly1305 and a
    /// verifier of Ed25519; another does not compile.
    #[must_use]
    pub const fn of<S: CryptoSuite>() -> Self {
        SuiteOfV1 {
            replayable: S::KeyExchange::REPLAYABLE,
            connect: connect::<S>,
        }
    }
}

/// What our side is made of.
struct Setup {
    role: Role,
    key_store: MemoryKeyStore,
    random: Recorded,
    /// `None` for whoever comes.
    trusted: Option<AuthorizedKeys>,
}

fn connect<S: CryptoSuite>(setup: Setup) -> Result<Box<dyn Channel>, OssuaryError> {
    let builder = match setup.role {
        Role::Client => Builder::<S>::client(),
        Role::Server => Builder::<S>::server(),
    };
    let builder = builder.key_store(setup.key_store).random(setup.random);
    let builder = match setup.trusted {
        Some(keys) => builder.trust(keys),
        None => builder.trust(Anyone),
    };
    Ok(Box::new(builder.build_v1()?))
}

/// A file of transcripts of protocol 1.
#[derive(Debug)]
pub struct TranscriptsOfV1 {
    tests: Vec<Transcript>,
}

impl TranscriptsOfV1 {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// As those of [`Transcripts::parse`](super::Transcripts::parse).
    pub fn parse(json: &str) -> Result<Self, FileError> {
        let tests = tests_of(SCHEMA, json)?;
        Ok(TranscriptsOfV1 { tests })
    }

    /// How many transcripts the file holds: at least one.
    #[must_use]
    pub fn number_of_tests(&self) -> usize {
        self.tests.len()
    }

    /// Runs all transcripts over `suite`, in `role`, and says how many records
    /// there were.
    ///
    /// # Errors
    ///
    /// The first difference. A suite whose key exchange brings its own randomness
    /// can run none.
    pub fn check(&self, suite: &SuiteOfV1, role: Role) -> Result<usize, Box<Difference>> {
        let mut records = 0;
        for test in &self.tests {
            let result = Replay::new(test, suite, role).and_then(|replay| replay.run());
            result.map_err(|found| found.in_test(test.tc_id, &test.comment, role))?;
            records += test.records.len();
        }
        Ok(records)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Transcript {
    #[serde(rename = "tcId")]
    tc_id: u64,
    comment: String,
    server_type: ServerType,
    client: Side,
    server: Side,
    trust_on_first_use: bool,
    #[serde(with = "hex")]
    client_handshake: Vec<u8>,
    #[serde(with = "hex")]
    server_handshake: Vec<u8>,
    #[serde(with = "hex")]
    client_authentication: Vec<u8>,
    records: Vec<Record>,
    #[serde(with = "hex")]
    client_clean_disconnect: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum ServerType {
    Authenticated,
    Unauthenticated,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    #[serde(with = "hex")]
    session_secret: [u8; 32],
    #[serde(with = "hex")]
    session_nonce: [u8; 12],
    #[serde(with = "hex")]
    challenge: [u8; 32],
    // Deserialized by hand, so that they must be there: they may be null.
    #[serde(deserialize_with = "Option::deserialize")]
    auth_secret: Option<Bytes>,
    #[serde(deserialize_with = "Option::deserialize")]
    auth_public: Option<Bytes>,
}

impl Side {
    /// Who it is; `None` for an anonymous client.
    fn identity(&self) -> Outcome<Option<Identity>> {
        let identity = |public: &Bytes| Identity::new(SignatureScheme::Ed25519, &public.0);
        let identity = self.auth_public.as_ref().map(identity).transpose();
        identity.map_err(|error| Found::error("auth_public", "a public key", &error))
    }

    fn key_store(&self) -> Outcome<MemoryKeyStore> {
        let Some(secret) = &self.auth_secret else {
            return Ok(MemoryKeyStore::new());
        };
        let key = Secret::from_slice(&secret.0)
            .ok_or_else(|| Found::other("auth_secret", "32 bytes", secret.0.len()))
            .map(Ed25519SigningKey::from_secret)?;
        let key = key.map_err(|error| Found::error("auth_secret", "a private key", &error))?;
        Ok(MemoryKeyStore::new().with(key))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    #[serde(with = "RoleName")]
    from: Role,
    #[serde(with = "hex")]
    plaintext: Vec<u8>,
    #[serde(with = "hex")]
    wire: Vec<u8>,
}

/// Our side of a transcript.
struct Replay<'a> {
    test: &'a Transcript,
    role: Role,
    channel: Box<dyn Channel>,
    random: Recorded,
    buffer: Vec<u8>,
}

impl<'a> Replay<'a> {
    fn new(test: &'a Transcript, suite: &SuiteOfV1, role: Role) -> Outcome<Self> {
        if !suite.replayable {
            let why = "the key exchange draws its own randomness";
            return Err(Found::unsupported("suite", why));
        }
        let (own, peer) = match role {
            Role::Client => (&test.client, &test.server),
            Role::Server => (&test.server, &test.client),
        };
        // What a side draws: its key exchange, its nonce, its challenge.
        let random = Recorded::default();
        random.load(&own.session_secret);
        random.load(&own.session_nonce);
        random.load(&own.challenge);
        let trusted = match (role, test.trust_on_first_use, test.server_type) {
            (Role::Client, true, _) => Some(AuthorizedKeys::default().or_ask()),
            (Role::Server, _, ServerType::Unauthenticated) => None,
            _ => Some(AuthorizedKeys::new(peer.identity()?)),
        };
        let setup = Setup {
            role,
            key_store: own.key_store()?,
            random: random.clone(),
            trusted,
        };
        let channel = (suite.connect)(setup)
            .map_err(|error| Found::error(role_name(role), "a side that can be made", &error))?;
        equal_identity("auth_public", own, channel.local_identity())?;
        Ok(Replay {
            test,
            role,
            channel,
            random,
            buffer: vec![0; MAX_PACKET],
        })
    }

    fn run(mut self) -> Outcome {
        match self.role {
            Role::Client => self.handshake_of_client()?,
            Role::Server => self.handshake_of_server()?,
        }
        let left = self.random.left();
        equal(
            "challenge",
            "0 bytes left".to_owned(),
            format!("{left} bytes left"),
        )?;
        let peer = match self.role {
            Role::Client => &self.test.server,
            Role::Server => &self.test.client,
        };
        equal_identity("auth_public", peer, self.channel.remote_identity())?;
        for record in &self.test.records {
            self.record(record)?;
        }
        self.end()
    }

    fn send(&mut self, field: &'static str) -> Outcome<&mut [u8]> {
        let len = self
            .channel
            .send(&mut self.buffer)
            .map_err(|error| Found::error(field, "a packet to send", &error))?;
        Ok(self.buffer.get_mut(..len).unwrap_or_default())
    }

    fn take<T>(
        &mut self,
        field: &'static str,
        packet: &[u8],
        expected: &str,
        take: impl FnOnce(&Event<'_>) -> Option<T>,
    ) -> Outcome<T> {
        let mut input = packet.to_vec();
        let received = self
            .channel
            .receive(&mut input)
            .map_err(|error| Found::error(field, expected, &error))?;
        let taken = take(&received.event)
            .ok_or_else(|| Found::other(field, expected, describe(&received.event)))?;
        equal(field, packet.len(), received.consumed)?;
        Ok(taken)
    }

    fn handshake_of_client(&mut self) -> Outcome {
        let test = self.test;
        let field = "client_handshake";
        same(field, &test.client_handshake, self.send(field)?)?;
        let (field, packet) = ("server_handshake", &test.server_handshake);
        if test.trust_on_first_use {
            let asked = |event: &Event<'_>| matches!(event, Event::Undecided).then_some(());
            self.take(field, packet, "a server that is not known", asked)?;
            let decided = self.channel.decide(true);
            decided.map_err(|error| Found::error(field, "a decision", &error))?;
        } else {
            self.take(field, packet, "a ServerHandshake that opens", progress)?;
        }
        let field = "client_authentication";
        let expected = &test.client_authentication;
        let anonymous = test.client.auth_public.is_none();
        let sent = self.send(field)?;
        equal(field, expected.len(), sent.len())?;
        let compared = if anonymous {
            BEFORE_CLIENT_AUTH
        } else {
            expected.len()
        };
        let front = |bytes: &[u8]| bytes.get(..compared).unwrap_or(bytes).to_vec();
        same(field, &front(expected), &front(sent))
    }

    fn handshake_of_server(&mut self) -> Outcome {
        let test = self.test;
        let field = "client_handshake";
        let expected = "a ClientHandshake that is taken";
        self.take(field, &test.client_handshake, expected, progress)?;
        let field = "server_handshake";
        same(field, &test.server_handshake, self.send(field)?)?;
        let expected = "a ClientAuthentication that opens";
        let open = |event: &Event<'_>| matches!(event, Event::Open).then_some(());
        let packet = &test.client_authentication;
        self.take("client_authentication", packet, expected, open)
    }

    fn record(&mut self, record: &Record) -> Outcome {
        let wire = &record.wire;
        if record.from != self.role {
            let plaintext = |event: &Event<'_>| match event {
                Event::Record(plaintext) => Some(plaintext.to_vec()),
                _ => None,
            };
            let opened = self.take("wire", wire, "a record that opens", plaintext)?;
            return same("plaintext", &record.plaintext, &opened);
        }
        let sealed = self.channel.seal(&record.plaintext, &mut self.buffer);
        let len = sealed.map_err(|error| Found::error("wire", "a record", &error))?;
        same("wire", wire, self.buffer.get(..len).unwrap_or_default())
    }

    /// The client closes, which proves nothing to the server.
    fn end(&mut self) -> Outcome {
        let field = "client_clean_disconnect";
        let mut expected = self.test.client_clean_disconnect.clone();
        if self.role == Role::Server {
            return match self.channel.receive(&mut expected) {
                Err(OssuaryError::Peer(PeerError::UnprovenClose)) => Ok(()),
                Err(error) => Err(Found::error(field, "a close", &error)),
                Ok(received) => Err(Found::other(field, "a close", describe(&received.event))),
            };
        }
        self.channel.disconnect(false);
        let mut sent = self.send(field)?.to_vec();
        for notice in [&mut expected, &mut sent] {
            let body = notice.get_mut(HEADER_LEN..).unwrap_or_default();
            if let Some(unspecified) = body.first_chunk_mut::<2>() {
                *unspecified = [0; 2];
            }
        }
        same(field, &expected, &sent)
    }
}

fn equal_identity(field: &'static str, side: &Side, actual: Option<&Identity>) -> Outcome {
    let actual = actual.map(Identity::public_key).unwrap_or_default();
    let expected = side.auth_public.as_ref();
    same(field, expected.map_or(&[], |public| &public.0), actual)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a panic is how a test fails"
    )]

    use super::*;
    use serde_json::Value;

    const SUITE: SuiteOfV1 = SuiteOfV1::of::<ossuary_rustcrypto::X25519ChaCha20Poly1305Sha256>();

    fn file() -> Value {
        serde_json::from_str(ossuary_vectors::TRANSCRIPTS_V1.json).unwrap()
    }

    fn passes(file: &Value, role: Role) -> bool {
        let transcripts = TranscriptsOfV1::parse(&file.to_string()).unwrap();
        transcripts.check(&SUITE, role).is_ok()
    }

    #[test]
    fn the_file_passes_in_both_roles() {
        let transcripts = TranscriptsOfV1::parse(ossuary_vectors::TRANSCRIPTS_V1.json).unwrap();
        assert_eq!(transcripts.number_of_tests(), 8);
        for role in [Role::Client, Role::Server] {
            let records = transcripts.check(&SUITE, role);
            assert_eq!(records.unwrap_or_else(|error| panic!("{error}")), 52);
        }
    }

    /// The last half byte of any byte string, but for a notice's last byte, which
    /// has a test of its own.
    #[test]
    fn a_byte_that_differs_is_found() {
        let places = [
            "/tests/2/client/session_secret",
            "/tests/2/client/session_nonce",
            "/tests/2/client/challenge",
            "/tests/2/client/auth_secret",
            "/tests/2/client/auth_public",
            "/tests/2/server/session_secret",
            "/tests/2/server/session_nonce",
            "/tests/2/server/challenge",
            "/tests/2/server/auth_secret",
            "/tests/2/server/auth_public",
            "/tests/2/client_handshake",
            "/tests/2/server_handshake",
            "/tests/2/client_authentication",
            "/tests/2/records/0/plaintext",
            "/tests/2/records/0/wire",
            "/tests/2/records/1/wire",
            "/tests/2/client_clean_disconnect",
        ];
        for place in places {
            let mut file = file();
            let field = file.pointer_mut(place).unwrap();
            let mut text = field.as_str().unwrap().to_owned();
            let last = text.pop().unwrap();
            // X25519 ignores the lowest bits of a private key's first byte only.
            text.push(if last == '0' { '8' } else { '0' });
            *field = text.into();
            let found = |role| !passes(&file, role);
            assert!(found(Role::Client) || found(Role::Server), "{place}");
        }
    }

    #[test]
    fn another_file_is_refused() {
        let mut other = file();
        other["schema"] = "ossuary-2-transcript".into();
        let error = TranscriptsOfV1::parse(&other.to_string()).unwrap_err();
        assert_eq!(error, FileError::Schema("ossuary-2-transcript".to_owned()));
        let mut other = file();
        other["numberOfTests"] = 7.into();
        assert!(TranscriptsOfV1::parse(&other.to_string()).is_err());
        let mut other = file();
        other["tests"][0]["unknown"] = 7.into();
        assert!(TranscriptsOfV1::parse(&other.to_string()).is_err());
    }
}
