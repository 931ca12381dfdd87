//! The messages of the protocol (draft-ietf-sshm-ssh-agent, section 3): two requests,
//! and their answers.

use crate::error::{failure, malformed};
use crate::key::AgentKey;
use ossuary_traits::{Identity, KeyStoreError, KeyStoreErrorKind, Signature, SignatureScheme};
use ssh_encoding::{Decode, Encode, Reader};
use ssh_key::{Algorithm, EcdsaCurve, Mpint};

/// The longest answer that is read, in bytes; OpenSSH's agent has the same limit.
#[cfg(any(unix, test))]
pub(crate) const MAX_ANSWER: usize = 256 * 1024;

/// The length of the length in front of a message, in bytes.
#[cfg(any(unix, test))]
pub(crate) const LENGTH_LEN: usize = 4;

/// The kinds of messages (section 6.1): SSH_AGENT_FAILURE, SSH_AGENTC_REQUEST_IDENTITIES,
/// SSH_AGENT_IDENTITIES_ANSWER, SSH_AGENTC_SIGN_REQUEST and SSH_AGENT_SIGN_RESPONSE.
const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// No flags: they are for RSA.
const FLAGS: u32 = 0;

/// The keys of an agent's list.
pub(crate) struct Listed {
    /// How many it listed, of any kind.
    pub(crate) total: u32,
    /// Those that can be host keys.
    pub(crate) usable: Vec<AgentKey>,
}

/// The request for the list of keys, with its length in front.
pub(crate) fn list_request() -> Result<Vec<u8>, KeyStoreError> {
    framed(&[REQUEST_IDENTITIES]).map_err(too_long)
}

/// The request to sign `message`, with its length in front.
pub(crate) fn sign_request(key: &AgentKey, message: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
    let encode = || {
        let mut request = vec![SIGN_REQUEST];
        key.blob().encode(&mut request)?;
        message.encode(&mut request)?;
        FLAGS.encode(&mut request)?;
        framed(&request)
    };
    encode().map_err(too_long)
}

fn framed(request: &[u8]) -> Result<Vec<u8>, ssh_encoding::Error> {
    let mut frame = Vec::new();
    request.encode(&mut frame)?;
    Ok(frame)
}

/// The message has 76 bytes at most, and the key 104 at most.
fn too_long(error: ssh_encoding::Error) -> KeyStoreError {
    KeyStoreError::with_source(KeyStoreErrorKind::Broken, error)
}

/// The length of the answer that follows `length`.
#[cfg(any(unix, test))]
pub(crate) fn answer_len(length: [u8; LENGTH_LEN]) -> Result<usize, KeyStoreError> {
    let length = u32::from_be_bytes(length);
    match usize::try_from(length) {
        Ok(len) if len <= MAX_ANSWER => Ok(len),
        _ => Err(failure(
            KeyStoreErrorKind::Broken,
            format!(
                "the ssh-agent announces {length} bytes, of which at most {MAX_ANSWER} are read"
            ),
        )),
    }
}

/// The answer to a request for the list.
pub(crate) fn listed(mut answer: &[u8]) -> Result<Listed, KeyStoreError> {
    let reader = &mut answer;
    match u8::decode(reader).map_err(malformed)? {
        IDENTITIES_ANSWER => {}
        FAILURE => {
            let what = "the ssh-agent refuses to list its keys: unlock it (ssh-add -X)";
            return Err(failure(KeyStoreErrorKind::Locked, what));
        }
        other => return Err(unexpected(other)),
    }
    let total = u32::decode(reader).map_err(malformed)?;
    let mut usable = Vec::new();
    for _ in 0..total {
        let blob = Vec::<u8>::decode(reader).map_err(malformed)?;
        let comment = Vec::<u8>::decode(reader).map_err(malformed)?;
        usable.extend(AgentKey::new(blob, &comment));
    }
    let listed = Listed { total, usable };
    reader.finish(listed).map_err(malformed)
}

/// The answer to a request for a signature of `scheme`; `None` where the agent refused.
pub(crate) fn signed(
    mut answer: &[u8],
    scheme: SignatureScheme,
) -> Result<Option<Signature>, KeyStoreError> {
    let reader = &mut answer;
    match u8::decode(reader).map_err(malformed)? {
        SIGN_RESPONSE => {}
        FAILURE => return Ok(None),
        other => return Err(unexpected(other)),
    }
    let signature = reader.read_prefixed(ssh_key::Signature::decode);
    let signature = reader.finish(signature.map_err(malformed)?);
    raw(&signature.map_err(malformed)?, scheme).map(Some)
}

/// A text from the agent that may be shown on a terminal: characters that command it, or
/// turn the direction of what follows, are replaced.
pub(crate) fn printable(text: &str) -> String {
    let commands =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(commands, "\u{fffd}")
}

fn unexpected(kind: u8) -> KeyStoreError {
    malformed(format!("a message of kind {kind} was not expected"))
}

/// A signature as `ossuary` has it, of SSH's encoding: RFC 8709, section 6 and RFC 5656,
/// section 3.1.2.
fn raw(
    signature: &ssh_key::Signature,
    scheme: SignatureScheme,
) -> Result<Signature, KeyStoreError> {
    let bytes = signature.as_bytes();
    match (scheme, signature.algorithm()) {
        (SignatureScheme::Ed25519, Algorithm::Ed25519) => {
            Signature::new(scheme, bytes).map_err(malformed)
        }
        (
            SignatureScheme::EcdsaP256Sha256,
            Algorithm::Ecdsa {
                curve: EcdsaCurve::NistP256,
            },
        ) => {
            let numbers = fixed_numbers(bytes).map_err(malformed)?;
            Signature::new(scheme, &numbers).map_err(malformed)
        }
        (scheme, other) => Err(failure(
            KeyStoreErrorKind::Broken,
            format!(
                "the ssh-agent signed with {:?} for a key of {scheme}",
                other.as_str()
            ),
        )),
    }
}

/// r and s, of 32 bytes each.
fn fixed_numbers(mut encoded: &[u8]) -> Result<[u8; 64], ssh_key::Error> {
    let too_long = ssh_key::Error::from(ssh_encoding::Error::Length);
    let mut numbers = [0; 64];
    for number in numbers.chunks_exact_mut(32) {
        let mpint = Mpint::decode(&mut encoded)?;
        // It has neither leading zeros nor, here, a sign.
        let digits = mpint.as_positive_bytes().ok_or(ssh_key::Error::Crypto)?;
        let place = number.len().checked_sub(digits.len());
        let place = place.and_then(|start| number.get_mut(start..));
        place.ok_or(too_long.clone())?.copy_from_slice(digits);
    }
    Ok(encoded.finish(numbers)?)
}

/// The key of `identity` in a list that was asked for because of it.
pub(crate) fn present(listed: Listed, identity: &Identity) -> Result<AgentKey, KeyStoreError> {
    let total = listed.total;
    let mut keys = listed.usable.into_iter();
    keys.find(|key| key.identity() == identity).ok_or_else(|| {
        if total == 0 {
            return no_keys();
        }
        let what = "the ssh-agent does not have the key any more: add it again (ssh-add)";
        failure(KeyStoreErrorKind::NotFound, what)
    })
}

/// Why the agent refused to sign for `identity`, by what it lists after that.
pub(crate) fn refusal(listed: Listed, identity: &Identity) -> KeyStoreError {
    match present(listed, identity) {
        Err(error) => error,
        Ok(key) => failure(
            KeyStoreErrorKind::Denied,
            format!(
                "the ssh-agent refuses to sign with {} {}: a person said no or could not be \
                 asked, or the key is restricted",
                key.fingerprint(),
                key.comment()
            ),
        ),
    }
}

/// The list is empty.
pub(crate) fn no_keys() -> KeyStoreError {
    failure(
        KeyStoreErrorKind::Locked,
        "the ssh-agent lists no keys: it is locked (ssh-add -X unlocks it), or empty (ssh-add adds a key)",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn mpints(numbers: &[&[u8]]) -> Vec<u8> {
        let mut encoded = Vec::new();
        for number in numbers {
            number.encode(&mut encoded).unwrap();
        }
        encoded
    }

    #[test]
    fn numbers_are_filled_up_from_the_left() {
        let high = [&[0][..], &[0xff; 32]].concat();
        let numbers = fixed_numbers(&mpints(&[&[1], &high])).unwrap();
        assert_eq!(numbers[..32], [&[0; 31][..], &[1]].concat());
        assert_eq!(numbers[32..], [0xff; 32]);
        let numbers = fixed_numbers(&mpints(&[&[0x7f; 32], &[0, 0x80]])).unwrap();
        assert_eq!(numbers[..32], [0x7f; 32]);
        assert_eq!(numbers[32..], [&[0; 31][..], &[0x80]].concat());
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let cases: [&[&[u8]]; 7] = [
            &[&[1]],
            &[&[1], &[1], &[1]],
            // Negative, zero, and with a zero too many.
            &[&[0x80], &[1]],
            &[&[], &[1]],
            &[&[0, 1], &[1]],
            // 33 bytes.
            &[&[1; 33], &[1]],
            &[&[1], &[&[0][..], &[0xff; 33]].concat()],
        ];
        for numbers in cases {
            assert!(fixed_numbers(&mpints(numbers)).is_err(), "{numbers:?}");
        }
    }

    #[test]
    fn an_answer_has_a_longest_length() {
        let len = |len: usize| answer_len(u32::try_from(len).unwrap().to_be_bytes());
        for allowed in [0, 1, MAX_ANSWER - 1, MAX_ANSWER] {
            assert_eq!(len(allowed).unwrap(), allowed);
        }
        for refused in [MAX_ANSWER + 1, 0xffff_ffff] {
            assert_eq!(len(refused).unwrap_err().kind(), KeyStoreErrorKind::Broken);
        }
    }
}
