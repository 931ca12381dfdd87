//! A connection without its suite, so that a server can go from one suite to
//! another before the first handshake is done.

use super::{Counts, OssuaryConnection, ResetCause, State};
use crate::admission::Admission;
use crate::alert::Alerts;
use crate::clock::Clock;
use crate::error::{OssuaryError, PeerError};
use crate::packet::{Flags, HEADER_LEN, Header, PacketType};
use crate::secret::Chain;
use crate::signing::Signing;
use crate::suites::DynKeyStore;
use crate::transcript::H0;
use crate::trust::AuthorizedKeys;
use alloc::boxed::Box;
use core::mem;
use ossuary_traits::{CryptoSuite, Identity, MemoryKeyStore, Random, RandomError, Role, SuiteId};

/// What a connection holds in its first state, whatever its suite.
pub(crate) struct Parts<K> {
    pub(crate) role: Role,
    pub(crate) key_store: K,
    pub(crate) identity: Option<Identity>,
    pub(crate) admission: Admission,
    pub(crate) random: Box<dyn Random + Send>,
    pub(crate) clock: Clock,
    pub(super) alerts: Alerts,
    pub(super) counts: Counts,
    pub(super) skip: usize,
    pub(crate) reset_cause: Option<ResetCause>,
}

impl<S: CryptoSuite, K> OssuaryConnection<S, K> {
    /// A connection in its first state.
    pub(crate) fn begin(parts: Parts<K>, prologue: &[u8]) -> Self {
        OssuaryConnection {
            role: parts.role,
            h0: H0::new(S::ID, prologue),
            key_store: parts.key_store,
            identity: parts.identity,
            admission: parts.admission,
            random: parts.random,
            clock: parts.clock,
            alerts: parts.alerts,
            state: State::first(parts.role),
            signing: Signing::Due,
            counts: parts.counts,
            skip: parts.skip,
            reset_cause: parts.reset_cause,
            failure: None,
            #[cfg(feature = "std")]
            buffers: None,
        }
    }

    /// Whether this server waits for the first ClientHandshake of all.
    #[cfg(feature = "v1")]
    pub(crate) fn is_first(&self) -> bool {
        matches!(self.state, State::ServerStart) && self.reset_cause.is_none()
    }

    /// The wait that is on now ends when a packet comes, and not before.
    #[cfg(feature = "v1")]
    pub(crate) fn wait_without_end(&mut self) {
        self.clock.wait_without_end();
    }

    /// Whether a client has to have a pre-shared key, while this server waits for
    /// the first ClientHandshake of all.
    #[cfg(feature = "v1")]
    pub(crate) fn has_pre_shared_key(&self) -> bool {
        !self.alerts.chain().bytes().is_empty()
    }

    /// The suite that a ClientHandshake at the front of `input` asks for, while
    /// this server may still go to another suite: it waits for a ClientHandshake,
    /// and no client has proved its key. `None` also while too little is there.
    pub(crate) fn suite_asked(&self, input: &[u8]) -> Option<[u8; 3]> {
        let (State::ServerStart, None) = (&self.state, self.admission.peer()) else {
            return None;
        };
        let (head, body) = input.split_first_chunk::<HEADER_LEN>()?;
        let header = Header::decode(head).ok()?;
        let asked = crate::message::suite_asked(body)?;
        let asks = header.kind == PacketType::ClientHandshake
            && header.flags == Flags::NONE
            && header.msg_id == 0
            && usize::from(header.length) >= asked.len();
        asks.then_some(asked)
    }
}

impl<S: CryptoSuite> OssuaryConnection<S, DynKeyStore> {
    /// Gives the parts up, for a connection over another suite, and leaves
    /// behind what is of no use.
    pub(crate) fn take_parts(&mut self) -> Parts<DynKeyStore> {
        let spent = Parts {
            role: self.role,
            key_store: Box::new(MemoryKeyStore::new()) as DynKeyStore,
            identity: None,
            admission: Admission::new(self.role, Box::new(AuthorizedKeys::default()), None),
            random: Box::new(Spent),
            clock: Clock::new(super::Timeouts::default()),
            alerts: Alerts::new(self.role, Chain::empty()),
            counts: Counts::default(),
            skip: 0,
            reset_cause: None,
        };
        let OssuaryConnection {
            role,
            key_store,
            identity,
            admission,
            random,
            clock,
            alerts,
            counts,
            skip,
            reset_cause,
            ..
        } = mem::replace(self, Self::begin(spent, &[]));
        Parts {
            role,
            key_store,
            identity,
            admission,
            random,
            clock,
            alerts,
            counts,
            skip,
            reset_cause,
        }
    }

    /// Ends the connection: none of the suites that its acceptor runs is the one
    /// that the client asked for.
    pub(crate) fn refuse_suite(&mut self, asked: [u8; 3], ours: Box<[SuiteId]>) -> OssuaryError {
        self.fail(PeerError::SuiteNotSupported { asked, ours })
    }
}

/// In the place of a random source that went elsewhere.
struct Spent;

impl Random for Spent {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError::new("the connection went to another suite"))
    }
}
