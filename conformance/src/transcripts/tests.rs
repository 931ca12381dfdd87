//! That the checks find what they are for: transcripts that were changed.

use super::randomness::load;
use super::{Backend, CheckError, FileError, Report, Transcripts, Unsupported};
use crate::backend;
use crate::random::Recorded;
use ossuary_traits::{CryptoError, Random, Role};
use serde_json::{Value, json};
use std::sync::LazyLock;

const RUSTCRYPTO: Backend = backend!("rustcrypto", ossuary_rustcrypto);
const ROLES: [Role; 2] = [Role::Client, Role::Server];

static FILE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(ossuary_vectors::TRANSCRIPTS.json).unwrap());

/// A file of these transcripts of the real one.
fn file_of(tc_ids: &[u64]) -> Value {
    let mut file = FILE.clone();
    let tests = file["tests"].as_array_mut().unwrap();
    tests.retain(|test| tc_ids.contains(&test["tcId"].as_u64().unwrap()));
    assert_eq!(tests.len(), tc_ids.len());
    file["numberOfTests"] = tc_ids.len().into();
    file
}

fn check(file: &Value, role: Role, unsupported: Unsupported) -> Result<Report, CheckError> {
    let transcripts = Transcripts::parse(&file.to_string()).unwrap();
    transcripts.check(&RUSTCRYPTO, role, unsupported)
}

/// The fields that the two roles name after `change` to a transcript; `None`
/// where a role has no part in what was changed.
fn named(tc_id: u64, change: impl FnOnce(&mut Value)) -> [Option<String>; 2] {
    let mut file = file_of(&[tc_id]);
    change(&mut file["tests"][0]);
    ROLES.map(|role| match check(&file, role, Unsupported::Refuse) {
        Ok(_) => None,
        Err(CheckError::Difference(difference)) => Some(difference.field.into_owned()),
        Err(error) => panic!("{error}"),
    })
}

fn at<'a>(test: &'a mut Value, pointer: &str) -> &'a mut Value {
    test.pointer_mut(pointer)
        .unwrap_or_else(|| panic!("{pointer}"))
}

/// Changes the nibble in the middle of a byte string.
fn flip(value: &mut Value) {
    let mut hex = value.as_str().unwrap().to_owned();
    let middle = hex.len() / 2;
    let nibble = u8::from_str_radix(&hex[middle..=middle], 16).unwrap();
    hex.replace_range(middle..=middle, &format!("{:x}", nibble ^ 1));
    *value = hex.into();
}

fn set_byte(value: &mut Value, index: usize, byte: u8) {
    let mut hex = value.as_str().unwrap().to_owned();
    hex.replace_range(2 * index..2 * index + 2, &format!("{byte:02x}"));
    *value = hex.into();
}

fn expect(tc_id: u64, what: &str, fields: [&str; 2], change: impl FnOnce(&mut Value)) {
    let expected = fields.map(|field| (!field.is_empty()).then(|| field.to_owned()));
    assert_eq!(named(tc_id, change), expected, "tcId {tc_id}, {what}");
}

const PASSES: [&str; 2] = ["", ""];

#[test]
fn a_changed_byte_string_is_found_and_named() {
    // The field that the client's side names, and the server's: an input shows
    // in the first output that comes from it.
    #[rustfmt::skip]
    let cases = [
        (1, "/suite", ["suite", "suite"]),
        (16, "/prologue", ["server_handshake", "server_handshake"]),
        (17, "/psk", ["server_handshake", "server_handshake"]),
        (1, "/client/auth_secret", ["client.auth_public", ""]),
        (1, "/server/auth_secret", ["", "server.auth_public"]),
        (1, "/client/auth_public", ["client.auth_public", "client.auth_public"]),
        (1, "/server/auth_public", ["server.auth_public", "server.auth_public"]),
        (14, "/server/auth_secret", ["", "server.auth_public"]),
        (15, "/client/auth_public", ["client.auth_public", "client.auth_public"]),
        (1, "/client/handshakes/0/key_exchange_seed", ["client_handshake", ""]),
        (1, "/client/handshakes/0/nonce", ["client_handshake", ""]),
        (1, "/client/handshakes/0/challenge", ["client_handshake", ""]),
        (5, "/client/handshakes/0/key_exchange_seed", ["client_handshake", ""]),
        (1, "/server/handshakes/0/key_exchange_seed", ["", "server_handshake"]),
        (1, "/server/handshakes/0/nonce", ["", "server_handshake"]),
        (1, "/server/handshakes/0/challenge", ["", "server_handshake"]),
        (9, "/server/handshakes/0/key_exchange_seed", ["", "server_handshake"]),
        (1, "/steps/0/client_handshake", ["client_handshake", "server_handshake"]),
        (1, "/steps/0/server_handshake", ["server_handshake", "server_handshake"]),
        (1, "/steps/0/client_authentication", ["client_authentication", "client_authentication"]),
        (1, "/steps/0/channel_binding", ["channel_binding", "channel_binding"]),
        (1, "/steps/0/exporter_secret", ["exporter_secret", "exporter_secret"]),
        (1, "/steps/0/exported/context", ["exported.value", "exported.value"]),
        (1, "/steps/0/exported/value", ["exported.value", "exported.value"]),
        (1, "/steps/1/plaintext", ["wire", "plaintext"]),
        (1, "/steps/3/plaintext", ["plaintext", "wire"]),
        (1, "/steps/6/plaintext", ["plaintext", "wire"]),
        (1, "/steps/1/wire", ["wire", "wire"]),
        (1, "/steps/7/wire", ["wire", "wire"]),
        (1, "/steps/9/wire", ["wire", "wire"]),
        (18, "/client/handshakes/1/nonce", ["client_handshake", ""]),
        (18, "/server/handshakes/1/challenge", ["", "server_handshake"]),
        (18, "/steps/4/wire", ["wire", "wire"]),
        (18, "/steps/4/acknowledgment", ["acknowledgment", "acknowledgment"]),
        (18, "/steps/5/channel_binding", ["channel_binding", "channel_binding"]),
        (21, "/steps/2/wire", ["wire", "wire"]),
        // What does not show: the middle of this seed is the z of ML-KEM, which is
        // for ciphertexts that do not fit; and what no step uses.
        (9, "/client/handshakes/0/key_exchange_seed", PASSES),
        (1, "/client/handshakes/1/nonce", PASSES),
    ];
    for (tc_id, pointer, fields) in cases {
        expect(tc_id, pointer, fields, |test| flip(at(test, pointer)));
    }
    // The d of ML-KEM, and the private key of X25519.
    for index in [0, 95] {
        expect(9, "a seed's byte", ["client_handshake", ""], |test| {
            set_byte(
                at(test, "/client/handshakes/0/key_exchange_seed"),
                index,
                0x5a,
            );
        });
    }
}

#[test]
fn a_changed_number_or_word_is_found_and_named() {
    #[rustfmt::skip]
    let cases = [
        (1, "/client/scheme", json!(2), "client.auth_public"),
        (1, "/client/scheme", json!(3), "client.scheme"),
        (1, "/client/scheme", json!(0), "client.auth_public"),
        (1, "/server/scheme", json!(0), "server.scheme"),
        (13, "/client/scheme", json!(1), "client.auth_public"),
        (1, "/client/auth_public", json!(null), "client.auth_public"),
        (1, "/steps/0/exported/label", json!("tests"), "exported.value"),
        (1, "/steps/0/exported/length", json!(79), "exported.length"),
        (1, "/steps/0/client_told_received", json!(1), "client_told_received"),
        (1, "/steps/0/server_told_received", json!(1), "server_told_received"),
        (18, "/steps/5/client_told_received", json!(1), "client_told_received"),
        (18, "/steps/5/server_told_received", json!(2), "server_told_received"),
        (1, "/steps/1/rekey_after", json!(true), "rekey_after"),
        (1, "/steps/4/rekey_after", json!(false), "rekey_after"),
        (1, "/steps/1/padded_to", json!(64), "padded_to"),
        (1, "/steps/6/padded_to", json!(65), "padded_to"),
        (1, "/steps/6/padded_to", json!(null), "padded_to"),
        (1, "/steps/1/from", json!("server"), "wire"),
        (1, "/steps/9/from", json!("server"), "wire"),
        (18, "/steps/4/from", json!("client"), "wire"),
        (18, "/steps/4/reason", json!(6), "reason"),
        (21, "/steps/2/reason", json!(1), "reason"),
    ];
    for (tc_id, pointer, value, field) in cases {
        expect(tc_id, pointer, [field, field], |test| {
            *at(test, pointer) = value
        });
    }
}

#[test]
fn what_is_missing_is_found_and_named() {
    let without = |index: usize| {
        move |test: &mut Value| {
            test["steps"].as_array_mut().unwrap().remove(index);
        }
    };
    expect(1, "no handshake", ["wire"; 2], without(0));
    expect(1, "a record less", ["wire"; 2], without(1));
    expect(18, "no reset", ["client_handshake"; 2], without(4));
    expect(18, "no second handshake", ["wire"; 2], without(5));
    // The client's second record: the close, which is the server's, does not
    // show it, and the count in the second handshake does.
    expect(
        18,
        "a record less before the reset",
        ["server_handshake", "server_handshake"],
        without(2),
    );
    expect(1, "no steps", ["steps"; 2], |test| {
        test["steps"] = json!([])
    });

    let field = "client.handshakes[0].key_exchange_seed";
    for len in [31, 33] {
        expect(1, "a seed of another length", [field, ""], |test| {
            *at(test, "/client/handshakes/0/key_exchange_seed") = "5a".repeat(len).into();
        });
    }
    expect(
        18,
        "no second randomness",
        ["", "server.handshakes"],
        |test| {
            at(test, "/server/handshakes").as_array_mut().unwrap().pop();
        },
    );
    expect(
        1,
        "a private key of another length",
        ["client.auth_secret", ""],
        |test| {
            *at(test, "/client/auth_secret") = json!("00");
        },
    );
    expect(1, "no private key", ["client.auth_secret", ""], |test| {
        *at(test, "/client/auth_secret") = json!(null);
    });
    expect(
        1,
        "an exporter secret of another length",
        ["exporter_secret"; 2],
        |test| {
            *at(test, "/steps/0/exporter_secret") = json!("00");
        },
    );
}

/// The reset of tcId 18 with another reason: nothing else changes by it.
fn reset_for(reason: u8) -> impl FnOnce(&mut Value) {
    move |test| {
        let step = at(test, "/steps/4");
        step["reason"] = reason.into();
        set_byte(&mut step["wire"], 8, reason);
        set_byte(&mut step["acknowledgment"], 8, reason);
    }
}

#[test]
fn our_side_can_be_brought_to_its_resets() {
    for reason in [5, 6, 7] {
        expect(18, "a reason of the server's", PASSES, reset_for(reason));
    }
    // Anything can be answered, and not everything be brought about.
    for reason in [0, 1, 4, 8, 99] {
        expect(
            18,
            "a reason of nobody's",
            ["", "reason"],
            reset_for(reason),
        );
    }
}

/// The reset of tcId 18 in the other direction: the tokens change places, and
/// with them the side that finds the error.
fn reset_by_client(test: &mut Value) {
    let step = at(test, "/steps/4");
    step["from"] = "client".into();
    let [wire, acknowledgment] =
        ["wire", "acknowledgment"].map(|field| step[field].as_str().unwrap().to_owned());
    let head = 2 * (8 + 2);
    step["wire"] = format!("{}{}", &wire[..head], &acknowledgment[head..]).into();
    step["acknowledgment"] = format!("{}{}", &acknowledgment[..head], &wire[head..]).into();
}

#[test]
fn either_side_resets() {
    for reason in [5, 6, 7] {
        expect(18, "a reset by the client", PASSES, |test| {
            reset_for(reason)(test);
            reset_by_client(test);
        });
    }
}

#[test]
fn either_side_disconnects() {
    expect(21, "a failure of the server", PASSES, |test| {
        let step = at(test, "/steps/2");
        step["reason"] = 1.into();
        set_byte(&mut step["wire"], 8, 1);
    });
    // In place of the reset of tcId 18, with the same tokens.
    let instead = |from: &'static str, reason: u8| {
        move |test: &mut Value| {
            let steps = test["steps"].as_array_mut().unwrap();
            steps.truncate(5);
            let reset = steps.pop().unwrap();
            let token = match from {
                "client" => &reset["acknowledgment"],
                _ => &reset["wire"],
            };
            let token = &token.as_str().unwrap()[20..];
            let wire = format!("0012000000100200{reason:02x}00{token}");
            steps.push(json!({"do": "disconnect", "from": from, "reason": reason, "wire": wire}));
        }
    };
    expect(18, "a failure of the client", PASSES, instead("client", 1));
    expect(18, "a server that refuses", PASSES, instead("server", 4));
    expect(
        18,
        "a client that refuses",
        ["reason", ""],
        instead("client", 4),
    );
    expect(18, "too many resets", ["", "reason"], instead("server", 7));
}

#[test]
fn an_anonymous_client_is_refused() {
    // The token of tcId 13's server is not in the file: it is all that differs.
    let mut file = file_of(&[13]);
    let steps = at(&mut file["tests"][0], "/steps");
    let wire = format!("00120000001002000400{}", "00".repeat(16));
    let refusal = json!({"do": "disconnect", "from": "server", "reason": 4, "wire": wire});
    *steps = json!([steps[0], refusal]);
    let error = check(&file, Role::Server, Unsupported::Refuse).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("wire: byte 10 differs"), "{message}");
}

#[test]
fn nothing_is_skipped_in_silence() {
    let mut file = file_of(&[1, 13]);
    file["tests"][0]["suite"] = json!("7f0101");
    for role in ROLES {
        let refused = check(&file, role, Unsupported::Refuse).unwrap_err();
        let CheckError::Difference(refused) = refused else {
            panic!("{refused}");
        };
        assert!(refused.is_unsupported() && refused.field == "suite");

        let report = check(&file, role, Unsupported::Skip).unwrap();
        assert_eq!((report.transcripts, report.steps), (1, 10));
        assert_eq!(report.skipped, [*refused]);
        assert!(report.to_string().contains("\nskipped: tcId 1 "));
    }
    // A difference is never skipped.
    flip(at(&mut file["tests"][1], "/steps/1/wire"));
    for role in ROLES {
        let error = check(&file, role, Unsupported::Skip).unwrap_err();
        assert!(matches!(error, CheckError::Difference(_)));
    }
    // Nor is it a pass where all were.
    let mut file = file_of(&[1]);
    file["tests"][0]["suite"] = json!("7f0101");
    for role in ROLES {
        let error = check(&file, role, Unsupported::Skip).unwrap_err();
        assert!(matches!(error, CheckError::NothingRan), "{error}");
    }
}

#[test]
fn a_backend_may_list_its_suites() {
    const ONE: Backend = backend!(
        "one suite",
        ossuary_rustcrypto {
            P256Aes256GcmSha384
        }
    );
    assert_eq!(RUSTCRYPTO.suites.len(), 12);
    let transcripts = Transcripts::parse(&FILE.to_string()).unwrap();
    let report = transcripts.check(&ONE, Role::Client, Unsupported::Skip);
    assert_eq!(report.unwrap().transcripts, 1);
}

#[test]
fn a_backend_may_have_less() {
    let transcripts = Transcripts::parse(&file_of(&[14]).to_string()).unwrap();
    let no_suites = Backend {
        suites: &[],
        ..RUSTCRYPTO
    };
    let no_keys = Backend {
        key_store: |_, _| Err(CryptoError::Unsupported),
        ..RUSTCRYPTO
    };
    let unsupported = |backend: &Backend, role| {
        let checked = transcripts.check(backend, role, Unsupported::Refuse);
        match checked.unwrap_err() {
            CheckError::Difference(found) if found.is_unsupported() => found.field,
            error => panic!("{error}"),
        }
    };
    for (role, scheme) in ROLES.into_iter().zip(["client.scheme", "server.scheme"]) {
        assert_eq!(unsupported(&no_suites, role), "suite");
        assert_eq!(unsupported(&no_keys, role), scheme);
    }
}

#[test]
fn a_difference_says_where_it_is() {
    let mut file = file_of(&[1]);
    flip(at(&mut file["tests"][0], "/steps/1/wire"));
    let error = check(&file, Role::Client, Unsupported::Refuse).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tcId 1 (X25519, ChaCha20-Poly1305, SHA-256; both sides with Ed25519 keys) as client, \
         steps[1] (data), wire: byte 14 differs\n  \
         expected …4e201947506d7d58fc173ad26ea380bb… (29 bytes)\n  \
         actual   …4e201947516d7d58fc173ad26ea380bb… (29 bytes)"
    );
}

fn refused(change: impl FnOnce(&mut Value)) -> FileError {
    let mut file = file_of(&[1]);
    change(&mut file);
    Transcripts::parse(&file.to_string()).unwrap_err()
}

#[test]
fn a_malformed_file_is_refused_by_the_field() {
    fn set(pointer: &str, value: Value) -> String {
        refused(|file| {
            let (object, field) = pointer.rsplit_once('/').unwrap();
            at(file, object)[field] = value;
        })
        .to_string()
    }
    fn remove(pointer: &str, field: &str) -> String {
        refused(|file| {
            at(file, pointer)
                .as_object_mut()
                .unwrap()
                .remove(field)
                .unwrap();
        })
        .to_string()
    }
    #[rustfmt::skip]
    let cases = [
        (set("/schema", json!("ossuary-3-transcript")), "schema: "),
        (set("/numberOfTests", json!(2)), "numberOfTests: it says 2, and there are 1"),
        (set("/numberOfTests", json!("1")), "numberOfTests: invalid type"),
        (set("/tests/0/suite", json!("0101")), "tests[0].suite: "),
        (set("/tests/0/prologue", json!("xy")), "tests[0].prologue: "),
        (set("/tests/0/client/auth_secret", json!("0")), "tests[0].client.auth_secret: "),
        (set("/tests/0/server/handshakes/0/nonce", json!("00")), "tests[0].server.handshakes[0].nonce: "),
        (set("/tests/0/steps/0/exported/context", json!(1)), "tests[0].steps[0]: exported.context: "),
        (set("/tests/0/steps/1/wire", json!("0")), "tests[0].steps[1]: wire: "),
        (set("/tests/0/steps/1/from", json!("nobody")), "tests[0].steps[1]: from: "),
        (set("/tests/0/steps/1/do", json!("sing")), "tests[0].steps[1]: do: "),
        (set("/tests/0/steps/1/extra", json!(1)), "tests[0].steps[1]: "),
        (remove("/tests/0", "comment"), "tests[0]: missing field `comment`"),
        (remove("/tests/0/client", "auth_public"), "tests[0].client: missing field `auth_public`"),
        (remove("/tests/0/steps/1", "do"), "tests[0].steps[1]: missing field `do`"),
        (remove("/tests/0/steps/1", "padded_to"), "tests[0].steps[1]: missing field `padded_to`"),
    ];
    for (message, expected) in cases {
        assert!(
            message.starts_with(expected),
            "{message:?} is not about {expected:?}"
        );
    }
}

#[test]
fn a_file_without_transcripts_is_refused() {
    let error = refused(|file| {
        file["tests"] = json!([]);
        file["numberOfTests"] = 0.into();
    });
    assert_eq!(error, FileError::Empty);
}

#[test]
fn the_recorded_randomness_ends() {
    let mut file = file_of(&[1]);
    let transcripts = Transcripts::parse(&file.take().to_string()).unwrap();
    let mut random = Recorded::default();
    load(&random, &transcripts.tests[0].client.handshakes[0]);
    assert_eq!(random.left(), 32 + 12 + 32);
    random.fill(&mut [0; 75]).unwrap();
    assert!(random.fill(&mut [0; 2]).is_err());
    assert_eq!(random.left(), 1);
    random.fill(&mut [0; 1]).unwrap();
    assert!(random.fill(&mut [0; 1]).is_err());
}
