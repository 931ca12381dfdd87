//! What a connection is made of.

use crate::callback::{
    CallbackStore, CallbackTrust, RoleCode, UserData, ossuary_free_fn, ossuary_identities_fn,
    ossuary_sign_fn, ossuary_trust_fn, role,
};
use crate::connection::Core;
use crate::handle::{Handle, alone, call, destroy, last_error};
use crate::key::{SchemeCode, SharedKey, identity, signing_key};
use crate::library::Suite;
use crate::pointer::{bytes, string};
use crate::status::{Failure, StatusCode, ossuary_status_t as S};
use ossuary::trust::{Anyone, AuthorizedKeys, Trust};
use ossuary::{Builder, Identity, KeyStore, MemoryKeyStore, Role, Timeouts};
use std::ffi::{c_char, c_void};
use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// A key store that several connections have.
pub(crate) type SharedStore = Arc<dyn KeyStore + Send + Sync>;
type SharedTrust = Arc<dyn Trust + Send + Sync>;

/// What a connection is made of: its role, its host keys, whom it trusts. One configuration
/// serves any number of connections; what is changed in it later is for those that are created
/// later.
///
/// It is used by one thread at a time; a call while another is not done returns
/// OSSUARY_ERR_BUSY.
pub struct OssuaryConfig(PhantomData<Handle<Config>>);

/// How trust is made, for each connection anew.
pub(crate) enum Policy {
    /// As the builder has it for the role.
    OfTheRole,
    AuthorizedOnly,
    AuthorizedOrAsk,
    Anyone,
    Shared(SharedTrust),
}

pub(crate) struct Config {
    role: Role,
    keys: Vec<SharedKey>,
    /// In place of `keys`.
    store: Option<SharedStore>,
    identity: Option<Identity>,
    pub(crate) policy: Policy,
    authorized: Vec<Identity>,
    peer_name: Option<String>,
    prologue: Vec<u8>,
    pre_shared_key: Option<Zeroizing<Vec<u8>>>,
    timeouts: Timeouts,
}

impl Config {
    pub(crate) fn new(role: Role) -> Self {
        Config {
            role,
            keys: Vec::new(),
            store: None,
            identity: None,
            policy: Policy::OfTheRole,
            authorized: Vec::new(),
            peer_name: None,
            prologue: Vec::new(),
            pre_shared_key: None,
            timeouts: Timeouts::default(),
        }
    }

    pub(crate) fn add_key(&mut self, key: SharedKey) {
        self.keys.push(key);
        self.store = None;
    }

    /// The one key, in place of all others.
    pub(crate) fn set_key(&mut self, key: SharedKey) {
        self.keys.clear();
        self.add_key(key);
    }

    pub(crate) fn set_store(&mut self, store: SharedStore) {
        self.keys.clear();
        self.store = Some(store);
    }

    pub(crate) fn set_trust(&mut self, trust: impl Trust + Send + Sync + 'static) {
        self.policy = Policy::Shared(Arc::new(trust));
    }

    /// A key that the program authorizes, on every connection.
    pub(crate) fn authorize(&mut self, identity: Identity) {
        self.authorized.push(identity);
    }

    fn key_store(&self) -> SharedStore {
        match &self.store {
            Some(store) => Arc::clone(store),
            None => {
                let keys = self.keys.iter().cloned();
                Arc::new(keys.fold(MemoryKeyStore::new(), MemoryKeyStore::with))
            }
        }
    }

    /// What makes a connection over the suite `X`.
    fn builder<X>(&self) -> Builder<X, SharedStore> {
        let builder = match self.role {
            Role::Client => Builder::client(),
            Role::Server => Builder::server(),
        };
        let builder = match &self.policy {
            Policy::OfTheRole => builder,
            Policy::AuthorizedOnly => builder.trust(AuthorizedKeys::default()),
            Policy::AuthorizedOrAsk => builder.trust(AuthorizedKeys::default().or_ask()),
            Policy::Anyone => builder.trust(Anyone),
            Policy::Shared(trust) => builder.trust(Arc::clone(trust)),
        };
        let mut builder = builder
            .key_store(self.key_store())
            .prologue(&self.prologue)
            .timeouts(self.timeouts);
        if let Some(name) = &self.peer_name {
            builder = builder.peer_name(name);
        }
        if let Some(key) = &self.pre_shared_key {
            builder = builder.pre_shared_key(key);
        }
        if let Some(identity) = &self.identity {
            builder = builder.identity(identity.clone());
        }
        builder
    }

    /// A connection of protocol 2.
    pub(crate) fn connection(&self) -> Result<Core<Suite, SharedStore>, Failure> {
        let mut connection = self.builder::<Suite>().build()?;
        for identity in &self.authorized {
            connection.authorize(identity.clone())?;
        }
        Ok(connection)
    }

    /// A connection of protocol 1.
    #[cfg(feature = "v1")]
    pub(crate) fn connection_v1(
        &self,
    ) -> Result<ossuary::v1::Connection<crate::library::SuiteV1, SharedStore>, Failure> {
        use ossuary::Channel;
        let mut connection = self.builder::<crate::library::SuiteV1>().build_v1()?;
        for identity in &self.authorized {
            connection.authorize(identity.clone())?;
        }
        Ok(connection)
    }
}

impl OssuaryConfig {
    /// The handle that a pointer of C is to.
    pub(crate) fn handle(config: *mut OssuaryConfig) -> *mut Handle<Config> {
        config.cast()
    }
}

/// Makes a configuration for connections in `role`, or null where that is none.
///
/// Without a host key a client is anonymous, and a server cannot be created. Until it is told
/// otherwise, a client asks about servers whose keys are not authorized, and a server refuses
/// clients whose keys are not.
///
/// It is freed by `ossuary_destroy_config`.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_create_config(role: RoleCode) -> *mut OssuaryConfig {
    let mut config = ptr::null_mut();
    // SAFETY: it is given no places.
    unsafe {
        alone(&[], || {
            config = Handle::give(Config::new(self::role(role)?)).cast();
            Ok(())
        });
    }
    config
}

/// Frees a configuration, wipes its keys, and sets `*config` to null. Connections that were made
/// of it live on, and have the keys that they need. Null, and a null configuration, are nothing
/// to free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_destroy_config(config: *mut *mut OssuaryConfig) {
    // SAFETY: the documentation says it; a configuration is its handle.
    unsafe { destroy::<Config>(config.cast()) }
}

/// What the last call on `config` that failed says, for people, in UTF-8. It is valid until the
/// next call on `config`. For null it is that of the last call on this thread that had no object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_last_error(config: *const OssuaryConfig) -> *const c_char {
    // SAFETY: the documentation says it.
    unsafe { last_error::<Config>(config.cast()).1 }
}

/// Adds a host key in memory, of OSSUARY_SECRET_KEY_SIZE bytes, behind those that are there. The
/// first one is used, unless `ossuary_config_set_identity` chooses another. The bytes are copied,
/// and the copy is wiped when the configuration and its connections are gone. A key store that
/// was set before is given up.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_WRONG_LENGTH,
/// OSSUARY_ERR_INVALID_SECRET_KEY.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 3)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_add_secret_key(
    config: *mut OssuaryConfig,
    scheme: SchemeCode,
    secret_key: *const u8,
    secret_key_len: usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let secret = bytes(secret_key, secret_key_len)?;
            config.add_key(signing_key(scheme, secret)?);
            Ok(())
        })
    }
}

/// Has host keys listed and used by callbacks: an HSM, say. Keys and stores that were there
/// before are given up.
///
/// The callbacks are called on the threads that use this configuration's connections, inside of
/// `ossuary_create_connection_with` and `ossuary_send`. They must not use the connection they are
/// called for: such a call returns OSSUARY_ERR_BUSY. `free_user_data` may be null; otherwise it
/// is called with `user_data` once nothing uses the callbacks any more, also where this call
/// fails.
///
/// Errors: OSSUARY_ERR_NULL_POINTER.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_set_key_callbacks(
    config: *mut OssuaryConfig,
    identities: ossuary_identities_fn,
    sign: ossuary_sign_fn,
    user_data: *mut c_void,
    free_user_data: ossuary_free_fn,
) -> StatusCode {
    let user_data = UserData::new(user_data, free_user_data);
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let (Some(identities), Some(sign)) = (identities, sign) else {
                return Err(no_callback());
            };
            config.set_store(Arc::new(CallbackStore {
                identities,
                sign,
                user_data,
            }));
            Ok(())
        })
    }
}

fn no_callback() -> Failure {
    Failure::new(S::OSSUARY_ERR_NULL_POINTER, "a callback is null")
}

/// Chooses which of the host keys to use, by its public key; otherwise the first one is. Null and
/// a length of 0 take the choice back.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH. Whether there is such a key is
/// seen when a connection is created: OSSUARY_ERR_UNKNOWN_IDENTITY.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_set_identity(
    config: *mut OssuaryConfig,
    scheme: SchemeCode,
    public_key: *const u8,
    public_key_len: usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let key = bytes(public_key, public_key_len)?;
            config.identity = match key {
                [] => None,
                key => Some(identity(scheme, key)?),
            };
            Ok(())
        })
    }
}

/// Authorizes a peer's public key, on every connection that is created later.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 3)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_authorize(
    config: *mut OssuaryConfig,
    scheme: SchemeCode,
    public_key: *const u8,
    public_key_len: usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let key = bytes(public_key, public_key_len)?;
            config.authorize(identity(scheme, key)?);
            Ok(())
        })
    }
}

/// Whom to trust besides authorized keys, as it crosses the ABI.
pub(crate) type TrustCode = u32;

/// Whom to trust besides those whose keys are authorized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::FromRepr)]
#[repr(u32)]
pub enum ossuary_trust_t {
    /// Nobody.
    OSSUARY_TRUST_AUTHORIZED = 0,
    /// Whom the program decides to trust when it is asked (OSSUARY_EVENT_UNDECIDED): trust on
    /// first use. Anonymous clients are refused.
    OSSUARY_TRUST_ASK = 1,
    /// Everybody, anonymous clients too.
    OSSUARY_TRUST_ANYONE = 2,
}

/// Sets whom to trust besides those whose keys are authorized. It replaces any policy that was set
/// before.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_set_trust(
    config: *mut OssuaryConfig,
    trust: TrustCode,
) -> StatusCode {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            config.policy = match ossuary_trust_t::from_repr(trust) {
                Some(ossuary_trust_t::OSSUARY_TRUST_AUTHORIZED) => Policy::AuthorizedOnly,
                Some(ossuary_trust_t::OSSUARY_TRUST_ASK) => Policy::AuthorizedOrAsk,
                Some(ossuary_trust_t::OSSUARY_TRUST_ANYONE) => Policy::Anyone,
                None => {
                    return Err(Failure::new(
                        S::OSSUARY_ERR_INVALID_ARGUMENT,
                        format!("{trust} is no ossuary_trust_t"),
                    ));
                }
            };
            Ok(())
        })
    }
}

/// Has a callback decide whom to trust. It replaces any policy that was set before.
///
/// The callback is called inside of `ossuary_receive`, on the thread that calls that, and must not
/// use the connection it is called for. `free_user_data` is as in
/// `ossuary_config_set_key_callbacks`.
///
/// Errors: OSSUARY_ERR_NULL_POINTER.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_set_trust_callback(
    config: *mut OssuaryConfig,
    trust: ossuary_trust_fn,
    user_data: *mut c_void,
    free_user_data: ossuary_free_fn,
) -> StatusCode {
    let user_data = UserData::new(user_data, free_user_data);
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let judge = trust.ok_or_else(no_callback)?;
            config.set_trust(CallbackTrust { judge, user_data });
            Ok(())
        })
    }
}

/// Sets the name by which the program knows the peer, for the trust policy; it is not sent. Null
/// takes it back.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT where it is not UTF-8.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_set_peer_name(
    config: *mut OssuaryConfig,
    peer_name: *const c_char,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            config.peer_name = if peer_name.is_null() {
                None
            } else {
                Some(string(peer_name)?.to_owned())
            };
            Ok(())
        })
    }
}

/// Sets bytes that both sides have to agree on: what the program is, its version, what was said
/// before. Sides that do not agree find OSSUARY_ERR_DECRYPTION_FAILED. They are copied, and not
/// secret. Null and a length of 0 take them back.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_set_prologue(
    config: *mut OssuaryConfig,
    prologue: *const u8,
    prologue_len: usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            config.prologue = bytes(prologue, prologue_len)?.to_vec();
            Ok(())
        })
    }
}

/// Sets a secret key that both sides have beforehand, of at least 16 random bytes: the channel is
/// then as good as that key, whatever becomes of the key exchange. It is copied, and the copy
/// wiped when the configuration is freed. Null and a length of 0 take it back.
///
/// A key that is shorter is refused when a connection is created:
/// OSSUARY_ERR_PRE_SHARED_KEY_TOO_SHORT.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_set_pre_shared_key(
    config: *mut OssuaryConfig,
    key: *const u8,
    key_len: usize,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            config.pre_shared_key = match bytes(key, key_len)? {
                [] => None,
                key => Some(Zeroizing::new(key.to_vec())),
            };
            Ok(())
        })
    }
}

/// Sets how long a side waits before it resets the channel, in milliseconds: `packet_ms` for a
/// packet that is due, and for more of one that has begun, at first 3000; `person_ms` for a packet
/// whose sender may be asking a person, at first 60000. Time is what `ossuary_advance` tells.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT where one of them is 0.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_set_timeouts(
    config: *mut OssuaryConfig,
    packet_ms: u64,
    person_ms: u64,
) -> StatusCode {
    // SAFETY: the documentation says what the pointer is.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            if packet_ms == 0 || person_ms == 0 {
                return Err(Failure::new(
                    S::OSSUARY_ERR_INVALID_ARGUMENT,
                    "a timeout of 0 leaves the peer no time",
                ));
            }
            config.timeouts = Timeouts {
                packet: Duration::from_millis(packet_ms),
                person: Duration::from_millis(person_ms),
            };
            Ok(())
        })
    }
}
