//! Who is trusted: the seam to policies.

use crate::{BoxError, Identity, Role};
use alloc::{boxed::Box, rc::Rc, sync::Arc};
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
/// [`trust_fn`] makes a policy of a function.
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

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<T: Trust + ?Sized> Trust for $pointer {
            fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError> {
                (**self).verdict(peer)
            }
        }
    )*};
}
forward!(&T, Box<T>, Rc<T>, Arc<T>);

/// A policy that is a function.
///
/// ```
/// use ossuary_traits::{Verdict, trust_fn};
///
/// let policy = trust_fn(|peer| Ok(match peer.name() {
///     Some("gate") => Verdict::Unknown,
///     _ => Verdict::Refused,
/// }));
/// # let _ = policy;
/// ```
pub fn trust_fn<F>(verdict: F) -> TrustFn<F>
where
    F: Fn(&Peer<'_>) -> Result<Verdict, BoxError>,
{
    TrustFn(verdict)
}

/// The policy of [`trust_fn`].
#[derive(Clone, Copy)]
pub struct TrustFn<F>(F);

impl<F: Fn(&Peer<'_>) -> Result<Verdict, BoxError>> Trust for TrustFn<F> {
    fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError> {
        (self.0)(peer)
    }
}

impl<F> fmt::Debug for TrustFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrustFn")
    }
}
