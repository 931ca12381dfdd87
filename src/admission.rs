//! The peer of a connection: who it is, and whether it is let in.

use crate::error::{Fault, Misuse, OssuaryError, PeerError};
use crate::handshake::PeerIdentity;
use crate::trust::{AuthorizedKeys, BoxTrust, Peer, Verdict};
use alloc::boxed::Box;
use ossuary_traits::{Identity, Role};

/// What a connection knows of its peer, over all of its handshakes.
pub(crate) struct Admission {
    /// The peer's.
    role: Role,
    /// What the application calls the peer.
    name: Option<Box<str>>,
    policy: BoxTrust,
    /// Keys that the application has authorized on this connection.
    authorized: AuthorizedKeys,
    /// Who the peer is, once its signature has verified: fixed for the connection.
    peer: Option<PeerIdentity>,
    decision: Decision,
}

/// Whether the peer's key is trusted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// Nobody has been asked yet.
    Unasked,
    /// The application has been asked.
    Pending,
    /// For the rest of the connection.
    Trusted,
}

impl Admission {
    /// Of the peer of a side in the role `own`.
    pub(crate) fn new(own: Role, policy: BoxTrust, name: Option<Box<str>>) -> Self {
        Admission {
            role: match own {
                Role::Client => Role::Server,
                Role::Server => Role::Client,
            },
            name,
            policy,
            authorized: AuthorizedKeys::default(),
            peer: None,
            decision: Decision::Unasked,
        }
    }

    /// Who the peer is, trusted or not.
    pub(crate) fn peer(&self) -> Option<&PeerIdentity> {
        self.peer.as_ref()
    }

    pub(crate) fn is_trusted(&self) -> bool {
        self.decision == Decision::Trusted
    }

    /// Whether the application is to decide.
    pub(crate) fn is_pending(&self) -> bool {
        self.decision == Decision::Pending
    }

    /// The peer's key, where it is trusted.
    pub(crate) fn remote(&self) -> Option<&Identity> {
        self.peer().filter(|_| self.is_trusted())?.identity()
    }

    /// The peer's key, where the application is to decide about it.
    pub(crate) fn undecided(&self) -> Option<&Identity> {
        self.peer().filter(|_| self.is_pending())?.identity()
    }

    /// A peer whose signature has verified, or who may be anonymous: is it the one that
    /// was here before?
    pub(crate) fn recognize(&mut self, peer: PeerIdentity) -> Result<(), PeerError> {
        if self.peer().is_some_and(|before| *before != peer) {
            return Err(PeerError::IdentityChanged);
        }
        self.peer = Some(peer);
        Ok(())
    }

    /// What becomes of it, by what the policy says and what the application has
    /// authorized beforehand. A decision holds for the connection and survives resets.
    pub(crate) fn judge(&mut self) -> Result<(), Fault> {
        if self.is_trusted() {
            return Ok(());
        }
        let identity = self.peer().and_then(PeerIdentity::identity);
        let authorized = identity.is_some_and(|identity| self.authorized.contains(identity));
        let peer = Peer::new(self.role, self.name.as_deref(), identity);
        let verdict = self.policy.verdict(&peer);
        let verdict = verdict.map_err(|error| Fault::Local(OssuaryError::Trust(error)))?;
        let judged: Result<Decision, fn(Box<Identity>) -> PeerError> = match verdict {
            Verdict::Trusted => Ok(Decision::Trusted),
            // What the application says, beforehand or when it is asked, cannot go
            // against what is known of the key.
            Verdict::Changed => Err(PeerError::KeyChanged),
            Verdict::Revoked => Err(PeerError::KeyRevoked),
            _ if authorized => Ok(Decision::Trusted),
            Verdict::Unknown if identity.is_some() => Ok(Decision::Pending),
            _ => Err(PeerError::NotAuthorized),
        };
        self.decision = judged.map_err(|refusal| match identity {
            Some(identity) => refusal(Box::new(identity.clone())),
            None => PeerError::AnonymousPeer,
        })?;
        Ok(())
    }

    /// The application's decision, where one is pending; the inner error is its refusal,
    /// which ends the connection.
    pub(crate) fn decide(&mut self, trusted: bool) -> Result<Result<(), PeerError>, Misuse> {
        let identity = self.undecided().ok_or(Misuse::NoDecisionPending)?;
        if !trusted {
            return Ok(Err(PeerError::NotAuthorized(Box::new(identity.clone()))));
        }
        self.decision = Decision::Trusted;
        Ok(Ok(()))
    }

    /// Authorizes a key. Whether the decision was pending about this one, which is
    /// trusted then.
    pub(crate) fn authorize(&mut self, identity: Identity) -> bool {
        let decided = self.undecided() == Some(&identity);
        if decided {
            self.decision = Decision::Trusted;
        }
        self.authorized.add(identity);
        decided
    }

    /// The handshake is gone for which the application was asked.
    pub(crate) fn withdraw(&mut self) {
        if self.is_pending() {
            self.decision = Decision::Unasked;
        }
    }
}
