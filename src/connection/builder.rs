//! How a connection is made.

use super::{Counts, OssuaryConnection, Parts};
use crate::acceptor::Acceptor;
use crate::admission::Admission;
use crate::alert::Alerts;
use crate::channel::Channel;
use crate::clock::Clock;
use crate::error::{Misuse, OssuaryError};
use crate::handshake::assert_sizes;
use crate::secret::Chain;
use crate::suites::{AnySuite, DynKeyStore};
use crate::trust::{Anyone, AuthorizedKeys, BoxTrust, Trust};
use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use ossuary_traits::{
    CryptoSuite, Identity, KeyStore, MemoryKeyStore, Random, Role, SignatureScheme, Verifier,
};

/// The least length of a pre-shared key: 128 bits.
const MIN_PRE_SHARED_KEY: usize = 16;

/// Which side of a connection, and whom it lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionType {
    /// The side that begins. It trusts the keys that it is told to, and asks
    /// about others.
    Client,
    /// A server that lets in clients whose keys it is told to authorize, and no
    /// others.
    AuthenticatedServer,
    /// A server that lets in every client, anonymous ones too.
    UnauthenticatedServer,
}

/// How long a side waits for its peer before it resets the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a packet that is due, and for more of one that has begun. It must be
    /// longer than the round trip. Default: 3 seconds.
    pub packet: Duration,
    /// For a connection's first ClientHandshake, and for every
    /// ClientAuthentication, whose sender may be asking a person. Default: 60
    /// seconds. A server of protocol 1 waits for a ClientHandshake without end, and
    /// one of both protocols for the first.
    pub person: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            packet: Duration::from_secs(3),
            person: Duration::from_secs(60),
        }
    }
}

/// Makes an [`OssuaryConnection`] over the suite `S`.
///
/// ```
/// # #[cfg(all(feature = "rustcrypto", feature = "getrandom"))] {
/// use ossuary::{Builder, DefaultSuite, MemoryKeyStore, trust::Anyone};
/// use ossuary::backend::rustcrypto::Ed25519SigningKey;
///
/// let key = Ed25519SigningKey::generate(&mut ossuary::OsRandom)?;
/// let server = Builder::<DefaultSuite>::server()
///     .key_store(MemoryKeyStore::new().with(key))
///     .trust(Anyone)
///     .prologue(b"my application, version 3")
///     .build()?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Where the suite is chosen at run time, `S` is [`AnySuite`], and the last step
/// is [`build_with`](Builder::build_with) or [`acceptor`](Builder::acceptor).
pub struct Builder<S, K = MemoryKeyStore> {
    settings: Settings<K>,
    suite: PhantomData<fn() -> S>,
}

type IdentityRule = Box<dyn FnOnce(&IdentityChoice<'_>) -> Option<Identity> + Send>;

/// What a rule of [`Builder::identity_by`] picks from, and what is known then.
#[derive(Clone, Copy, Debug)]
pub struct IdentityChoice<'a> {
    role: Role,
    peer_name: Option<&'a str>,
    identities: &'a [Identity],
}

impl<'a> IdentityChoice<'a> {
    /// This side's role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The name by which the application knows the peer, where it gave one
    /// ([`Builder::peer_name`]).
    #[must_use]
    pub fn peer_name(&self) -> Option<&'a str> {
        self.peer_name
    }

    /// The key store's identities, the preferred one first.
    #[must_use]
    pub fn identities(&self) -> &'a [Identity] {
        self.identities
    }
}

/// What the builder was told.
struct Settings<K> {
    role: Role,
    key_store: K,
    identity_rule: Option<IdentityRule>,
    trust: BoxTrust,
    peer_name: Option<Box<str>>,
    prologue: Box<[u8]>,
    pre_shared_key: Option<Chain>,
    min_pre_shared_key: usize,
    timeouts: Timeouts,
    random: Option<Box<dyn Random + Send>>,
}

impl<S> Builder<S> {
    /// A client. Without a key it is anonymous; without a [`trust`](Self::trust)
    /// policy it asks the application about every server whose key it was not
    /// told to [`authorize`](OssuaryConnection::authorize).
    #[must_use]
    pub fn client() -> Self {
        Self::new(Role::Client, Box::new(AuthorizedKeys::default().or_ask()))
    }

    /// A server. It needs a key; without a [`trust`](Self::trust) policy it lets
    /// in no client that it was not told to
    /// [`authorize`](OssuaryConnection::authorize).
    #[must_use]
    pub fn server() -> Self {
        Self::new(Role::Server, Box::new(AuthorizedKeys::default()))
    }

    /// A client or server with the trust that its type names.
    #[must_use]
    pub fn of_type(connection_type: ConnectionType) -> Self {
        match connection_type {
            ConnectionType::Client => Self::client(),
            ConnectionType::AuthenticatedServer => Self::server(),
            ConnectionType::UnauthenticatedServer => Self::server().trust(Anyone),
        }
    }

    fn new(role: Role, trust: BoxTrust) -> Self {
        Builder::of(Settings {
            role,
            key_store: MemoryKeyStore::new(),
            identity_rule: None,
            trust,
            peer_name: None,
            prologue: Box::default(),
            pre_shared_key: None,
            min_pre_shared_key: MIN_PRE_SHARED_KEY,
            timeouts: Timeouts::default(),
            random: None,
        })
    }
}

impl<S, K: KeyStore> Builder<S, K> {
    fn of(settings: Settings<K>) -> Self {
        Builder {
            settings,
            suite: PhantomData,
        }
    }

    /// Where the host key lives.
    #[must_use]
    pub fn key_store<L: KeyStore>(self, key_store: L) -> Builder<S, L> {
        Builder::of(self.settings.with_key_store(|_| key_store))
    }

    /// Which of the key store's identities to use; otherwise its first.
    #[must_use]
    pub fn identity(self, identity: Identity) -> Self {
        self.identity_by(move |_| Some(identity))
    }

    /// A rule that picks one of the key store's identities: by its scheme, by the
    /// peer's name, or by what else the application knows. `None` makes a client
    /// anonymous. It is asked once, when the connection is made.
    ///
    /// ```
    /// # #[cfg(all(feature = "rustcrypto", feature = "getrandom"))] {
    /// use ossuary::backend::rustcrypto::{EcdsaP256SigningKey, Ed25519SigningKey};
    /// use ossuary::ossuary_traits::SigningKey;
    /// use ossuary::{Builder, DefaultSuite, MemoryKeyStore, OsRandom, SignatureScheme};
    ///
    /// let keys = MemoryKeyStore::new()
    ///     .with(Ed25519SigningKey::generate(&mut OsRandom)?)
    ///     .with(EcdsaP256SigningKey::generate(&mut OsRandom)?);
    /// // Hosts of the plant know P-256 keys, all others get the preferred key.
    /// let client = Builder::<DefaultSuite>::client()
    ///     .key_store(keys)
    ///     .peer_name("pump.plant.example")
    ///     .identity_by(|choice| {
    ///         let plant = choice.peer_name()?.ends_with(".plant.example");
    ///         let p256 = |scheme| scheme == SignatureScheme::EcdsaP256Sha256;
    ///         let mut all = choice.identities().iter();
    ///         all.find(|identity| p256(identity.scheme()) == plant).cloned()
    ///     })
    ///     .build()?;
    /// # assert!(client.local_identity().is_some_and(|own| own.public_key().len() == 33));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn identity_by(
        mut self,
        rule: impl FnOnce(&IdentityChoice<'_>) -> Option<Identity> + Send + 'static,
    ) -> Self {
        self.settings.identity_rule = Some(Box::new(rule));
        self
    }

    /// Whom to trust.
    #[must_use]
    pub fn trust(mut self, trust: impl Trust + Send + 'static) -> Self {
        self.settings.trust = Box::new(trust);
        self
    }

    /// The name by which the application knows the peer; its
    /// [`trust`](Self::trust) policy is told.
    #[must_use]
    pub fn peer_name(mut self, name: &str) -> Self {
        self.settings.peer_name = Some(name.into());
        self
    }

    /// Bytes that both sides must agree on: a handshake between sides whose
    /// prologues differ fails.
    #[must_use]
    pub fn prologue(mut self, prologue: &[u8]) -> Self {
        self.settings.prologue = prologue.into();
        self
    }

    /// A secret that both sides must have, beside their keys. At least 16 bytes
    /// with at least 128 bits of entropy: it is no password.
    #[must_use]
    pub fn pre_shared_key(mut self, key: &[u8]) -> Self {
        self.settings.min_pre_shared_key = MIN_PRE_SHARED_KEY;
        self.settings.pre_shared_key = Some(Chain::new(key));
        self
    }

    /// As [`pre_shared_key`](Self::pre_shared_key), but of any length from one
    /// byte. What is so short can be guessed: this is for known answers, which
    /// have such keys, and for nothing else.
    #[must_use]
    pub fn dangerous_short_pre_shared_key(self, key: &[u8]) -> Self {
        let mut builder = self.pre_shared_key(key);
        builder.settings.min_pre_shared_key = 1;
        builder
    }

    /// How long to wait for the peer.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.timeouts = timeouts;
        self
    }

    /// Where random bytes come from. For each handshake a side draws what its
    /// key exchange draws, then a nonce of 12 bytes and a challenge of 32.
    #[must_use]
    pub fn random(mut self, random: impl Random + Send + 'static) -> Self {
        self.settings.random = Some(Box::new(random));
        self
    }
}

impl<S: CryptoSuite, K: KeyStore> Builder<S, K> {
    /// Makes the connection.
    ///
    /// # Errors
    ///
    /// [`OssuaryError::Crypto`] where a library behind the suite cannot run on
    /// this machine; [`OssuaryError::KeyStore`] where the key store cannot list
    /// its identities; [`Misuse::NoHostKey`] for a server whose key store is
    /// empty; [`Misuse::UnknownIdentity`]; [`Misuse::SchemeNotInSuite`];
    /// [`Misuse::PreSharedKeyTooShort`].
    pub fn build(self) -> Result<OssuaryConnection<S, K>, OssuaryError> {
        const { assert_sizes::<S>() };
        S::available()?;
        let (parts, prologue) = self
            .settings
            .into_parts(any, |scheme| S::Verifier::SCHEMES.contains(&scheme))?;
        Ok(OssuaryConnection::begin(parts, &prologue))
    }

    /// Makes a connection of protocol 1, for a peer that speaks no other; see
    /// [`v1`](crate::v1). The suite has to be of X25519, ChaCha20-Poly1305 and a
    /// verifier of Ed25519; its hash is not used. The host key is the first Ed25519
    /// key of the key store, where no rule picks one.
    ///
    /// # Errors
    ///
    /// As those of [`build`](Self::build); [`Misuse::SchemeNotInProtocol1`] where the
    /// host key is of another scheme than Ed25519; [`Misuse::NotInProtocol1`] where
    /// the builder was told a prologue or a pre-shared key.
    #[cfg(feature = "v1")]
    pub fn build_v1(self) -> Result<crate::v1::Connection<S, K>, OssuaryError> {
        const { crate::v1::assert_suite::<S>() };
        crate::v1::available::<S>()?;
        let bound = self.settings.pre_shared_key.is_some() || !self.settings.prologue.is_empty();
        if bound {
            return Err(Misuse::NotInProtocol1.into());
        }
        let (parts, _) = self
            .settings
            .into_parts(|scheme| scheme == SignatureScheme::Ed25519, any)?;
        crate::v1::check_identity(parts.identity.as_ref())?;
        Ok(crate::v1::Connection::begin(parts))
    }
}

/// Whatever the scheme.
fn any(_: SignatureScheme) -> bool {
    true
}

impl<K: KeyStore + Send + 'static> Builder<AnySuite, K> {
    /// Makes the connection, over a suite that was chosen at run time.
    ///
    /// # Errors
    ///
    /// As those of [`build`](Builder::build).
    pub fn build_with(self, suite: &AnySuite) -> Result<Box<dyn Channel + Send>, OssuaryError> {
        suite.available()?;
        let (parts, prologue) = self
            .boxed()
            .into_parts(any, |scheme| suite.schemes().contains(&scheme))?;
        Ok(suite.begin(parts, &prologue))
    }

    /// Makes a server's connection that runs whichever of `suites` its client
    /// asks for; see [`Acceptor`].
    ///
    /// # Errors
    ///
    /// As those of [`build`](Builder::build), for each of the suites;
    /// [`Misuse::WrongRole`] for a client and [`Misuse::NoSuite`] for an empty
    /// list.
    pub fn acceptor(self, suites: &[AnySuite]) -> Result<Acceptor, OssuaryError> {
        if self.settings.role != Role::Server {
            return Err(Misuse::WrongRole.into());
        }
        for suite in suites {
            suite.available()?;
        }
        let (parts, prologue) = self.boxed().into_parts(any, |scheme| {
            suites.iter().all(|suite| suite.schemes().contains(&scheme))
        })?;
        Acceptor::new(parts, prologue, suites)
    }

    fn boxed(self) -> Settings<DynKeyStore> {
        self.settings
            .with_key_store(|key_store| Box::new(key_store) as DynKeyStore)
    }
}

impl<K: KeyStore> Settings<K> {
    fn with_key_store<L: KeyStore>(self, change: impl FnOnce(K) -> L) -> Settings<L> {
        let Settings {
            role,
            key_store,
            identity_rule,
            trust,
            peer_name,
            prologue,
            pre_shared_key,
            min_pre_shared_key,
            timeouts,
            random,
        } = self;
        Settings {
            role,
            key_store: change(key_store),
            identity_rule,
            trust,
            peer_name,
            prologue,
            pre_shared_key,
            min_pre_shared_key,
            timeouts,
            random,
        }
    }

    /// Checks what the builder was told: gives the parts of the connection, and
    /// the prologue. Without a rule the host key is the first whose scheme
    /// `preferred` has, or else the first.
    fn into_parts(
        self,
        preferred: impl Fn(SignatureScheme) -> bool,
        can_verify: impl FnOnce(SignatureScheme) -> bool,
    ) -> Result<(Parts<K>, Box<[u8]>), OssuaryError> {
        let mut listed = self.key_store.identities()?;
        let identity = match self.identity_rule {
            None if listed.is_empty() => None,
            None => {
                let first = |identity: &Identity| preferred(identity.scheme());
                Some(listed.swap_remove(listed.iter().position(first).unwrap_or(0)))
            }
            Some(rule) => {
                let picked = rule(&IdentityChoice {
                    role: self.role,
                    peer_name: self.peer_name.as_deref(),
                    identities: &listed,
                });
                if picked
                    .as_ref()
                    .is_some_and(|picked| !listed.contains(picked))
                {
                    return Err(Misuse::UnknownIdentity.into());
                }
                picked
            }
        };
        match &identity {
            None if self.role == Role::Server => return Err(Misuse::NoHostKey.into()),
            Some(identity)
                if !self.key_store.signs_in_process() && !can_verify(identity.scheme()) =>
            {
                return Err(Misuse::SchemeNotInSuite(identity.scheme()).into());
            }
            _ => {}
        }
        let chain = match self.pre_shared_key {
            None => Chain::empty(),
            Some(key) if key.bytes().len() >= self.min_pre_shared_key => key,
            Some(_) => return Err(Misuse::PreSharedKeyTooShort.into()),
        };
        let parts = Parts {
            role: self.role,
            key_store: self.key_store,
            identity,
            admission: Admission::new(self.role, self.trust, self.peer_name),
            random: self.random.map_or_else(default_random, Ok)?,
            clock: Clock::new(self.timeouts),
            alerts: Alerts::new(self.role, chain),
            counts: Counts::default(),
            skip: 0,
            reset_cause: None,
        };
        Ok((parts, self.prologue))
    }
}

#[cfg(feature = "getrandom")]
fn default_random() -> Result<Box<dyn Random + Send>, OssuaryError> {
    Ok(Box::new(crate::OsRandom))
}

#[cfg(not(feature = "getrandom"))]
fn default_random() -> Result<Box<dyn Random + Send>, OssuaryError> {
    Err(Misuse::NoRandom.into())
}

impl<S, K> fmt::Debug for Builder<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("role", &self.settings.role)
            .finish_non_exhaustive()
    }
}
