//! Host keys of `ossuary` in an ssh-agent: any program that speaks the protocol of
//! OpenSSH's agent (draft-ietf-sshm-ssh-agent) over a Unix socket.
//!
//! The agent holds the private keys, and signs. Of its keys, those for Ed25519 and
//! for ECDSA on P-256 can be host keys; all others, certificates and keys in FIDO
//! tokens among them, are left out.
//!
//! ```no_run
//! # #[cfg(unix)] {
//! use ossuary_agent::Agent;
//! use ossuary_traits::KeyStore;
//!
//! let agent = Agent::from_env()?;
//! for key in agent.keys()? {
//!     println!("{} {} {}", key.fingerprint(), key.comment(), key.identity().scheme());
//! }
//! // The name of a key is its fingerprint, or its comment where no other key has it.
//! let identity = agent.find("host key of pump 3")?;
//! // Then: Builder::server().key_store(agent).identity(identity)
//! # }
//! # Ok::<(), ossuary_traits::KeyStoreError>(())
//! ```
//!
//! # Connections and time
//!
//! Each request goes over a connection of its own, so there is no connection that
//! could break in between, threads do not wait for one another, and an agent that was
//! started again at the same path is found at once. A request is answered when the
//! agent answers: by default there is no time limit, because the agent may be asking
//! a person (`ssh-add -c`). [`Agent::with_timeout`] sets one, for a request as a whole.
//!
//! A call waits. A program that must not, wraps the agent in
//! [`Deferred`](ossuary_traits::Deferred) and has it sign elsewhere: on a thread, or
//! with feature `tokio` by `Agent::sign_async`. The example `pending` of `ossuary`
//! does that.
//!
//! # Errors
//!
//! | class | when | what to do |
//! |---|---|---|
//! | [`NotFound`] | nobody listens at the socket; the agent has no key of that name, or none that can be a host key; several keys have the comment | start the agent, add the key (`ssh-add`), name the fingerprint |
//! | [`Locked`] | the agent lists no key at all, or refuses to list them | unlock it (`ssh-add -X`), or add a key |
//! | [`Denied`] | the agent has the key and refuses to sign: a person said no, or the key is constrained; the socket belongs to somebody else | ask the person, add the key without the constraint |
//! | [`TryAgain`] | no complete answer came within the [timeout](Agent::with_timeout); the agent ended before it had answered, or the system has no resources for a connection | ask again |
//! | [`Broken`] | the answer is not one of the protocol, is longer than 256 KiB, or has a signature of another kind than the key's | use another agent |
//!
//! A locked agent of OpenSSH lists no keys and refuses to sign; from here it looks like
//! an empty one. An empty list would make a client anonymous without a word, so
//! [`identities`](ossuary_traits::KeyStore::identities) reports [`Locked`] instead;
//! [`Agent::keys`] is the list itself, which may be empty.
//!
//! A signature by another key than the one that was asked for is found by the
//! connection, which verifies what comes from outside the process: it too is reported
//! as [`Broken`], and nothing is sent.
//!
//! # Systems
//!
//! On systems without Unix sockets, such as Windows where the agent listens on a named
//! pipe, the crate compiles, and every call reports [`NotFound`].
//!
//! [`NotFound`]: ossuary_traits::KeyStoreErrorKind::NotFound
//! [`Locked`]: ossuary_traits::KeyStoreErrorKind::Locked
//! [`Denied`]: ossuary_traits::KeyStoreErrorKind::Denied
//! [`TryAgain`]: ossuary_traits::KeyStoreErrorKind::TryAgain
//! [`Broken`]: ossuary_traits::KeyStoreErrorKind::Broken

mod agent;
mod error;
mod key;
mod message;
#[cfg(all(unix, feature = "tokio"))]
mod nonblocking;
mod socket;

pub use agent::Agent;
pub use key::AgentKey;
