//! The files of known answers of primitives, as types. The README of
//! `ossuary-vectors` says what the fields mean.

use crate::json::deserialize;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;

const SCHEMA: &str = "ossuary-primitive";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<T> {
    schema: String,
    number_of_tests: usize,
    tests: Vec<Test<T>>,
}

/// A known answer, with what all of them have.
#[derive(Deserialize)]
pub(crate) struct Test<T> {
    #[serde(rename = "tcId")]
    pub(crate) tc_id: u64,
    #[serde(default)]
    pub(crate) comment: String,
    #[serde(default)]
    pub(crate) result: Verdict,
    #[serde(flatten)]
    pub(crate) fields: T,
}

impl<T> Test<T> {
    pub(crate) fn is_valid(&self) -> bool {
        self.result == Verdict::Valid
    }
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    #[default]
    Valid,
    Invalid,
}

/// A byte string. It prints in hexadecimal.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Bytes(#[serde(with = "hex")] pub(crate) Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

pub(crate) fn load<T: DeserializeOwned>(json: &str) -> Result<Vec<Test<T>>, String> {
    let file: File<T> = deserialize(&mut serde_json::Deserializer::from_str(json))?;
    if file.schema != SCHEMA {
        return Err(format!("schema: it is {:?}, not {SCHEMA:?}", file.schema));
    }
    let (said, found) = (file.number_of_tests, file.tests.len());
    if said != found {
        return Err(format!(
            "numberOfTests: it says {said}, and there are {found}"
        ));
    }
    if file.tests.is_empty() {
        return Err("tests: there are none".to_owned());
    }
    Ok(file.tests)
}

/// A Diffie-Hellman: the private key of one side, the share of the other.
#[derive(Deserialize)]
pub(crate) struct DiffieHellman {
    #[serde(with = "hex")]
    pub(crate) private: [u8; 32],
    pub(crate) public: Bytes,
    /// The share of `private`.
    pub(crate) own_public: Option<Bytes>,
    pub(crate) shared: Option<Bytes>,
    /// How often private key and share are replaced by what comes out (RFC 7748,
    /// section 5.2).
    #[serde(default = "once")]
    pub(crate) iterations: u32,
}

fn once() -> u32 {
    1
}

/// Key generation, encapsulation and decapsulation, as far as they are given.
#[derive(Deserialize)]
pub(crate) struct MlKem {
    pub(crate) d: Option<Bytes>,
    pub(crate) z: Option<Bytes>,
    pub(crate) encapsulation_key: Option<Bytes>,
    pub(crate) m: Option<Bytes>,
    pub(crate) ciphertext: Option<Bytes>,
    pub(crate) shared: Option<Bytes>,
}

/// An exchange, or what one side has of it.
#[derive(Deserialize)]
pub(crate) struct Hybrid {
    pub(crate) client_seed: Option<Bytes>,
    pub(crate) client_share: Option<Bytes>,
    pub(crate) server_seed: Option<Bytes>,
    pub(crate) server_share: Option<Bytes>,
    pub(crate) shared: Option<Bytes>,
}

#[derive(Deserialize)]
pub(crate) struct Sealed {
    #[serde(with = "hex")]
    pub(crate) key: [u8; 32],
    #[serde(with = "hex")]
    pub(crate) nonce: [u8; 12],
    pub(crate) aad: Bytes,
    pub(crate) plaintext: Option<Bytes>,
    pub(crate) ciphertext: Bytes,
    #[serde(with = "hex")]
    pub(crate) tag: [u8; 16],
}

#[derive(Deserialize)]
pub(crate) struct Digest {
    pub(crate) hash: String,
    pub(crate) message: Bytes,
    pub(crate) digest: Bytes,
}

#[derive(Deserialize)]
pub(crate) struct Hkdf {
    pub(crate) hash: String,
    pub(crate) ikm: Bytes,
    pub(crate) salt: Bytes,
    pub(crate) info: Bytes,
    pub(crate) length: usize,
    pub(crate) prk: Option<Bytes>,
    pub(crate) okm: Option<Bytes>,
}

#[derive(Deserialize)]
pub(crate) struct Signed {
    pub(crate) secret: Option<Bytes>,
    pub(crate) public: Bytes,
    pub(crate) message: Bytes,
    pub(crate) signature: Bytes,
    /// Why the verdict is what it is.
    pub(crate) why: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn file(change: impl FnOnce(&mut Value)) -> Result<Vec<Test<Digest>>, String> {
        let mut file = json!({
            "schema": SCHEMA,
            "algorithm": "SHA-2",
            "source": "nowhere",
            "numberOfTests": 1,
            "tests": [{"tcId": 1, "hash": "SHA-256", "message": "00", "digest": "01"}],
        });
        change(&mut file);
        load(&file.to_string())
    }

    #[test]
    fn a_file_that_is_not_as_it_should_be_is_refused() {
        assert!(file(|_| ()).unwrap()[0].is_valid());
        let refused = |change: fn(&mut Value)| file(change).err().unwrap();
        let cases = [
            (refused(|file| file["schema"] = json!("x")), "schema: "),
            (
                refused(|file| file["numberOfTests"] = json!(2)),
                "numberOfTests: it says 2, and there are 1",
            ),
            (
                refused(|file| {
                    file["tests"] = json!([]);
                    file["numberOfTests"] = json!(0);
                }),
                "tests: there are none",
            ),
            (
                refused(|file| file["tests"][0]["digest"] = json!("0")),
                "tests[0]: ",
            ),
            (
                refused(|file| file["tests"][0]["result"] = json!("acceptable")),
                "tests[0].result: ",
            ),
        ];
        for (error, expected) in cases {
            assert!(error.starts_with(expected), "{error:?}, {expected:?}");
        }
    }
}
