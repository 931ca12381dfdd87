//! The file, as types. `vectors/README.md` says what the fields mean.

use crate::json::deserialize;
use ossuary_traits::{Role, SignatureScheme};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

const SCHEMA: &str = "ossuary-2-transcript";

/// A file of transcripts.
#[derive(Debug)]
pub struct Transcripts {
    pub(super) tests: Vec<Transcript>,
}

impl Transcripts {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// It is not of this schema, which the error names a field of; or it holds
    /// no transcripts, or not as many as it says.
    pub fn parse(json: &str) -> Result<Self, FileError> {
        let tests = tests_of(SCHEMA, json)?;
        Ok(Transcripts { tests })
    }

    /// How many transcripts the file holds: at least one.
    #[must_use]
    pub fn number_of_tests(&self) -> usize {
        self.tests.len()
    }
}

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileError {
    /// A field is missing, unknown, or not what it should be: its path, and why.
    Malformed(String),
    /// It is of another schema: the one that it names.
    Schema(String),
    /// `numberOfTests` is not the number of tests.
    NumberOfTests {
        /// What `numberOfTests` says.
        said: usize,
        /// How many there are.
        found: usize,
    },
    /// It holds no transcripts.
    Empty,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Malformed(why) => f.write_str(why),
            FileError::Schema(schema) => write!(f, "schema: it is {schema:?}, not {SCHEMA:?}"),
            FileError::NumberOfTests { said, found } => {
                write!(f, "numberOfTests: it says {said}, and there are {found}")
            }
            FileError::Empty => f.write_str("tests: there are none"),
        }
    }
}

impl std::error::Error for FileError {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File<T> {
    schema: String,
    #[serde(rename = "notes")]
    _notes: BTreeMap<String, String>,
    number_of_tests: usize,
    tests: Vec<T>,
}

/// The transcripts in a file of this schema: at least one, and as many as it says.
pub(super) fn tests_of<T: DeserializeOwned>(schema: &str, json: &str) -> Result<Vec<T>, FileError> {
    let file: File<T> =
        deserialize(&mut serde_json::Deserializer::from_str(json)).map_err(FileError::Malformed)?;
    if file.schema != schema {
        return Err(FileError::Schema(file.schema));
    }
    let (said, found) = (file.number_of_tests, file.tests.len());
    if said != found {
        return Err(FileError::NumberOfTests { said, found });
    }
    if file.tests.is_empty() {
        return Err(FileError::Empty);
    }
    Ok(file.tests)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transcript {
    #[serde(rename = "tcId")]
    pub(super) tc_id: u64,
    pub(super) comment: String,
    #[serde(with = "hex")]
    pub(super) suite: [u8; 3],
    #[serde(with = "hex")]
    pub(super) prologue: Vec<u8>,
    #[serde(with = "hex")]
    pub(super) psk: Vec<u8>,
    pub(super) client: Side,
    pub(super) server: Side,
    pub(super) steps: Vec<Step>,
}

impl Transcript {
    pub(super) fn side(&self, role: Role) -> &Side {
        match role {
            Role::Client => &self.client,
            Role::Server => &self.server,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Side {
    /// 0 for an anonymous client.
    pub(super) scheme: u8,
    // Deserialized by hand, so that they must be there: they may be null.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) auth_secret: Option<Bytes>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) auth_public: Option<Bytes>,
    pub(super) handshakes: Vec<Randomness>,
}

impl Side {
    /// The scheme of the side's key; `Ok(None)` for an anonymous client, and an
    /// error for a code point that the protocol does not have.
    pub(super) fn scheme(&self) -> Result<Option<SignatureScheme>, u8> {
        match self.scheme {
            0 => Ok(None),
            code => SignatureScheme::from_code(code).map(Some).ok_or(code),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Randomness {
    #[serde(with = "hex")]
    pub(super) key_exchange_seed: Vec<u8>,
    #[serde(with = "hex")]
    pub(super) nonce: [u8; 12],
    #[serde(with = "hex")]
    pub(super) challenge: [u8; 32],
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Bytes(#[serde(with = "hex")] pub(super) Vec<u8>);

#[derive(Debug)]
pub(super) enum Step {
    Handshake(Handshake),
    Data(Data),
    Close(Close),
    Reset(Reset),
    Disconnect(Disconnect),
}

impl Step {
    /// The step's `do`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Step::Handshake(_) => "handshake",
            Step::Data(_) => "data",
            Step::Close(_) => "close",
            Step::Reset(_) => "reset",
            Step::Disconnect(_) => "disconnect",
        }
    }
}

// An enum that serde itself tells apart by a tag loses the path of a field that
// is wrong.
impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        fn within<T: DeserializeOwned, E: Error>(fields: Map<String, Value>) -> Result<T, E> {
            deserialize(Value::Object(fields)).map_err(E::custom)
        }

        let mut fields = Map::deserialize(from)?;
        let kind = fields
            .remove("do")
            .ok_or_else(|| D::Error::missing_field("do"))?;
        match kind.as_str() {
            Some("handshake") => within(fields).map(Step::Handshake),
            Some("data") => within(fields).map(Step::Data),
            Some("close") => within(fields).map(Step::Close),
            Some("reset") => within(fields).map(Step::Reset),
            Some("disconnect") => within(fields).map(Step::Disconnect),
            _ => Err(D::Error::custom(format_args!("do: {kind} is no step"))),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Handshake {
    #[serde(with = "hex")]
    pub(super) client_handshake: Vec<u8>,
    #[serde(with = "hex")]
    pub(super) server_handshake: Vec<u8>,
    #[serde(with = "hex")]
    pub(super) client_authentication: Vec<u8>,
    #[serde(with = "hex")]
    pub(super) channel_binding: Vec<u8>,
    #[serde(with = "hex")]
    pub(super) exporter_secret: Vec<u8>,
    pub(super) exported: Exported,
    pub(super) client_told_received: u64,
    pub(super) server_told_received: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exported {
    pub(super) label: String,
    #[serde(with = "hex")]
    pub(super) context: Vec<u8>,
    pub(super) length: usize,
    #[serde(with = "hex")]
    pub(super) value: Vec<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    #[serde(with = "RoleName")]
    pub(super) from: Role,
    #[serde(with = "hex")]
    pub(super) plaintext: Vec<u8>,
    pub(super) rekey_after: bool,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) padded_to: Option<usize>,
    #[serde(with = "hex")]
    pub(super) wire: Vec<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Close {
    #[serde(with = "RoleName")]
    pub(super) from: Role,
    #[serde(with = "hex")]
    pub(super) wire: Vec<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    #[serde(with = "RoleName")]
    pub(super) from: Role,
    pub(super) reason: u8,
    #[serde(with = "hex")]
    pub(super) wire: Vec<u8>,
    #[serde(with = "hex")]
    pub(super) acknowledgment: Vec<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Disconnect {
    #[serde(with = "RoleName")]
    pub(super) from: Role,
    pub(super) reason: u8,
    #[serde(with = "hex")]
    pub(super) wire: Vec<u8>,
}

/// [`Role`], as the files write it.
#[derive(Deserialize)]
#[serde(remote = "Role", rename_all = "lowercase")]
pub(super) enum RoleName {
    Client,
    Server,
}
