//! Who is trusted: the seam to policies.

use crate::{BoxError, Identity, Role};
use core::fmt;

/// A peer that a [`Trust`] policy is asked about. Its signature has been
/// verified.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    role: Role,
    name: Option<&'a str>,
    identity: Option<&'a Identity>,
}

impl<'a> Peer<'a> {
    /// A peer in `role`, with the name that the application knows it by and the
    /// identity that it proved.
    ///
    /// Connections make these; a program does where it tests a policy.
    #[must_use]
    pub fn new(role: Role, name: Option<&'a str>, identity: Option<&'a Identity>) -> Self {
        Peer {
            role,
            name,
            identity,
        }
    }

    /// The peer's role: a client's policy is asked about servers.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The name by which the application knows the peer, where it gave one
    /// (`Builder::peer_name`).
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// Who the peer proved to be; `None` for an anonymous client.
    #[must_use]
    pub fn identity(&self) -> Option<&'a Identity> {
        self.identity
    }
}

/// What a [`Trust`] policy says of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// It is trusted: the handshake goes on.
    Trusted,
    /// Nothing is known of it, and the application decides (trust on first use):
    /// the handshake pauses, with no clock running, and hands it the peer's
    /// identity. For an anonymous client, who has none, this is a refusal.
    ///
    /// It is the only verdict that an application can turn into trust.
    Unknown,
    /// Its name is known to have other keys, and not this one. The connection
    /// ends, and the application is not asked.
    Changed,
    /// This key is known to be bad. The connection ends, and the application is
    /// not asked.
    Revoked,
    /// It is not among those who are let in. The connection ends, unless the
    /// application had authorized the key on it beforehand.
    Refused,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Trusted => "trusted",
            Verdict::Unknown => "unknown",
            Verdict::Changed => "changed",
            Verdict::Revoked => "revoked",
            Verdict::Refused => "refused",
        })
    }
}

/// Decides whom to trust.
///
/// It is asked once for each connection, after the peer's signature has been
/// verified; the answer holds for the connection and survives its recoveries.
/// Any `Fn(&Peer<'_>) -> Result<Verdict, BoxError>` is a policy.
pub trait Trust {
    /// What to do with `peer`.
    ///
    /// # Errors
    ///
    /// The policy cannot tell, because a file cannot be read, say. Nobody is
    /// trusted then: the connection ends with this error on this side, and the
    /// peer is told nothing but that it ended.
    fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError>;
}

impl<F: Fn(&Peer<'_>) -> Result<Verdict, BoxError>> Trust for F {
    fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError> {
        self(peer)
    }
}
