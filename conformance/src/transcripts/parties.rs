//! What a transcript begins with: the suite, and who the two sides are.

use super::backend::{Backend, SuiteUnderTest};
use super::difference::{Found, Outcome, byte_count, same};
use super::file::Transcript;
use super::role_name;
use ossuary_traits::{CryptoError, FixedBytes, Identity, MemoryKeyStore, Role, Secret, SuiteId};

/// The suite that the transcript asks for.
pub(super) fn suite(
    transcript: &Transcript,
    backend: &Backend,
) -> Outcome<&'static SuiteUnderTest> {
    let id = SuiteId::from_code(transcript.suite)
        .ok_or_else(|| Found::unsupported("suite", "the protocol does not have it"))?;
    let suite = backend.suite(id).ok_or_else(|| {
        Found::unsupported("suite", format_args!("{} does not have {id}", backend.name))
    })?;
    if suite.replayable {
        return Ok(suite);
    }
    let why = format_args!("{} draws its own randomness for {id}", backend.name);
    Err(Found::unsupported("suite", why))
}

/// Who a side is, by the file; `None` for an anonymous client.
pub(super) fn identity(transcript: &Transcript, role: Role) -> Outcome<Option<Identity>> {
    let side = transcript.side(role);
    let name = role_name(role);
    let scheme = side.scheme().map_err(|code| {
        let why = format!("the protocol does not have scheme {code:#04x}");
        Found::unsupported(format!("{name}.scheme"), why)
    })?;
    let field = format!("{name}.auth_public");
    match (scheme, &side.auth_public, role) {
        (None, None, Role::Client) => Ok(None),
        (None, _, Role::Server) => {
            let field = format!("{name}.scheme");
            Err(Found::other(
                field,
                "a scheme",
                "none: only a client is anonymous",
            ))
        }
        (Some(scheme), Some(public), _) => match Identity::new(scheme, &public.0) {
            Ok(identity) => Ok(Some(identity)),
            Err(error) => Err(Found::error(field, "a public key", &error)),
        },
        (Some(_), None, _) => Err(Found::other(field, "a public key", "null")),
        (None, Some(_), _) => Err(Found::other(field, "null, as for scheme 0", "a key")),
    }
}

/// Our side's identity, and the key store with its private key.
pub(super) fn own(
    transcript: &Transcript,
    backend: &Backend,
    role: Role,
) -> Outcome<(Option<Identity>, MemoryKeyStore)> {
    let identity = identity(transcript, role)?;
    let name = role_name(role);
    let field = format!("{name}.auth_secret");
    let key_store = match (&identity, &transcript.side(role).auth_secret) {
        (None, None) => MemoryKeyStore::new(),
        (Some(identity), Some(secret)) => {
            let len = secret.0.len();
            let secret = Secret::from_slice(&secret.0)
                .ok_or_else(|| Found::other(field.clone(), byte_count(32), byte_count(len)))?;
            (backend.key_store)(identity.scheme(), secret).map_err(|error| match error {
                CryptoError::Unsupported => Found::unsupported(
                    format!("{name}.scheme"),
                    format_args!("{} has no keys of {}", backend.name, identity.scheme()),
                ),
                error => Found::error(field, "a private key", &error),
            })?
        }
        (Some(_), None) => return Err(Found::other(field, "a private key", "null")),
        (None, Some(_)) => return Err(Found::other(field, "null, as for scheme 0", "a key")),
    };
    Ok((identity, key_store))
}

pub(super) fn same_identity(
    field: String,
    expected: Option<&Identity>,
    actual: Option<&Identity>,
) -> Outcome {
    match (expected, actual) {
        (Some(expected), Some(actual)) if expected.scheme() == actual.scheme() => {
            same(field, expected.public_key(), actual.public_key())
        }
        (None, None) => Ok(()),
        _ => Err(Found::other(
            field,
            format_args!("{expected:?}"),
            format_args!("{actual:?}"),
        )),
    }
}
