//! Key stores and trust policies that are functions of C.

use crate::key::{SchemeCode, identity, scheme_code};
use crate::pointer::bytes;
use crate::status::{self, Failure, StatusCode, key_store_kind, ossuary_status_t as S};
use ossuary::ossuary_traits::BoxError;
use ossuary::trust::{Peer, Trust, Verdict};
use ossuary::{
    Identity, KeyStore, KeyStoreError, KeyStoreErrorKind, Role, SignRequest, Signature, Signing,
};
use std::ffi::{CString, c_char, c_void};
use std::ptr;

/// A role as it crosses the ABI.
pub(crate) type RoleCode = u32;
/// A verdict as it crosses the ABI.
pub(crate) type VerdictCode = i32;

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::FromRepr)]
#[repr(u32)]
pub enum ossuary_role_t {
    /// The side that begins the handshake.
    OSSUARY_CLIENT = 0,
    /// The side that answers it.
    OSSUARY_SERVER = 1,
}

pub(crate) fn role(code: RoleCode) -> Result<Role, Failure> {
    match ossuary_role_t::from_repr(code) {
        Some(ossuary_role_t::OSSUARY_CLIENT) => Ok(Role::Client),
        Some(ossuary_role_t::OSSUARY_SERVER) => Ok(Role::Server),
        None => Err(Failure::new(
            S::OSSUARY_ERR_INVALID_ARGUMENT,
            format!("{code} is no role"),
        )),
    }
}

pub(crate) fn role_code(role: Role) -> RoleCode {
    match role {
        Role::Client => ossuary_role_t::OSSUARY_CLIENT as RoleCode,
        Role::Server => ossuary_role_t::OSSUARY_SERVER as RoleCode,
    }
}

/// What a trust callback says of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::FromRepr)]
#[repr(i32)]
pub enum ossuary_verdict_t {
    /// It is not let in, unless the program has authorized its key beforehand.
    OSSUARY_REFUSED = 0,
    /// It is trusted: the handshake goes on.
    OSSUARY_TRUSTED = 1,
    /// Nothing is known of it, and the program is to decide (`ossuary_decide`): trust on first
    /// use. An anonymous client is refused.
    OSSUARY_UNKNOWN = 2,
    /// Its name is known to have other keys. The connection ends, and nobody is asked.
    OSSUARY_CHANGED = 3,
    /// Its key is known to be bad. The connection ends, and nobody is asked.
    OSSUARY_REVOKED = 4,
}

/// The list that an `ossuary_identities_fn` fills.
pub struct OssuaryIdentities(Vec<Identity>);

/// Lists the identities of a key store that is a callback, the preferred one first, by
/// `ossuary_identities_add`. It is called when a connection is created.
///
/// It returns OSSUARY_OK, or one of OSSUARY_ERR_KEY_...; any other status counts as
/// OSSUARY_ERR_KEY_BROKEN.
pub type ossuary_identities_fn = Option<
    unsafe extern "C" fn(user_data: *mut c_void, identities: *mut OssuaryIdentities) -> StatusCode,
>;

/// Signs `message` with the private key of `public_key`, one of the identities that were listed.
///
/// `message` is the whole message, not hashed, of at most 76 bytes; ECDSA hashes it with
/// SHA-256. `role` is that of this side. `signature` has just the bytes of the scheme's
/// signatures. The signature is verified before it is sent.
///
/// It returns OSSUARY_OK when `signature` is filled; OSSUARY_PENDING when the signature will come
/// later, by `ossuary_provide_signature`; or one of OSSUARY_ERR_KEY_... after which the
/// connection is unchanged and asks again at the next `ossuary_send`. Any other status counts as
/// OSSUARY_ERR_KEY_BROKEN.
pub type ossuary_sign_fn = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        role: RoleCode,
        scheme: SchemeCode,
        public_key: *const u8,
        public_key_len: usize,
        message: *const u8,
        message_len: usize,
        signature: *mut u8,
        signature_len: usize,
    ) -> StatusCode,
>;

/// Decides whom to trust. It is asked once for each connection, after the peer's signature has
/// been verified.
///
/// `peer_role` is the peer's. `peer_name` is the name that the program gave it by
/// `ossuary_config_set_peer_name`, or null. `scheme` and `public_key` are those that it proved to
/// have; of an anonymous client `scheme` is OSSUARY_NO_KEY and `public_key` null.
///
/// It returns an `ossuary_verdict_t`. Any other number says that it cannot tell: the connection
/// ends with OSSUARY_ERR_TRUST.
pub type ossuary_trust_fn = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        peer_role: RoleCode,
        peer_name: *const c_char,
        scheme: SchemeCode,
        public_key: *const u8,
        public_key_len: usize,
    ) -> VerdictCode,
>;

/// Is given `user_data` when nothing will use it any more.
pub type ossuary_free_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// What C gives its callbacks, and how it is freed.
pub(crate) struct UserData {
    pointer: *mut c_void,
    free: ossuary_free_fn,
}

impl UserData {
    pub(crate) fn new(pointer: *mut c_void, free: ossuary_free_fn) -> Self {
        UserData { pointer, free }
    }

    pub(crate) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

// SAFETY: the header says that callbacks are called on the threads that use the configuration and
// its connections, and that what `user_data` points to has to bear that. Here it is only passed
// on.
unsafe impl Send for UserData {}
// SAFETY: likewise.
unsafe impl Sync for UserData {}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the header says what it is given, once, and that it must not fail.
            unsafe { free(self.pointer) }
        }
    }
}

type Identities =
    unsafe extern "C" fn(user_data: *mut c_void, identities: *mut OssuaryIdentities) -> StatusCode;
type Sign = unsafe extern "C" fn(
    *mut c_void,
    RoleCode,
    SchemeCode,
    *const u8,
    usize,
    *const u8,
    usize,
    *mut u8,
    usize,
) -> StatusCode;
type Judge = unsafe extern "C" fn(
    *mut c_void,
    RoleCode,
    *const c_char,
    SchemeCode,
    *const u8,
    usize,
) -> VerdictCode;

/// A key store that is two functions.
pub(crate) struct CallbackStore {
    pub(crate) identities: Identities,
    pub(crate) sign: Sign,
    pub(crate) user_data: UserData,
}

fn store_error(callback: &str, status: StatusCode) -> KeyStoreError {
    let name = status::name(status).to_string_lossy();
    let why = format!("the {callback} callback returned {name} ({status})");
    KeyStoreError::with_source(key_store_kind(status), why)
}

impl KeyStore for CallbackStore {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        let mut list = OssuaryIdentities(Vec::new());
        // SAFETY: the header says what it is called with. `list` lives until it has returned.
        let status = unsafe { (self.identities)(self.user_data.pointer(), &raw mut list) };
        if status == S::OSSUARY_OK.code() {
            Ok(list.0)
        } else {
            Err(store_error("identities", status))
        }
    }

    fn sign(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> Result<Signing, KeyStoreError> {
        let (key, message) = (identity.public_key(), request.message());
        let mut signature = vec![0; identity.scheme().signature_len()];
        // SAFETY: the header says what it is called with. All of it lives until it has returned.
        let status = unsafe {
            (self.sign)(
                self.user_data.pointer(),
                role_code(request.role()),
                scheme_code(identity.scheme()),
                key.as_ptr(),
                key.len(),
                message.as_ptr(),
                message.len(),
                signature.as_mut_ptr(),
                signature.len(),
            )
        };
        match S::from_repr(status) {
            Some(S::OSSUARY_OK) => {
                let broken = |error| KeyStoreError::with_source(KeyStoreErrorKind::Broken, error);
                let signature = Signature::new(identity.scheme(), &signature);
                Ok(Signing::Done(signature.map_err(broken)?))
            }
            Some(S::OSSUARY_PENDING) => Ok(Signing::Pending),
            _ => Err(store_error("signing", status)),
        }
    }
}

/// Adds an identity behind those that are in the list. It is called by an
/// `ossuary_identities_fn`, with the list that it was given.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_WRONG_LENGTH.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 3)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_identities_add(
    identities: *mut OssuaryIdentities,
    scheme: SchemeCode,
    public_key: *const u8,
    public_key_len: usize,
) -> StatusCode {
    // SAFETY: the documentation says that it is the list that the callback was given, which lives
    // until the callback has returned; and what the other pointer and its size are.
    unsafe {
        crate::handle::alone(&[], || {
            let list = identities.as_mut().ok_or_else(|| {
                Failure::new(S::OSSUARY_ERR_NULL_POINTER, "the list is a null pointer")
            })?;
            let public_key = bytes(public_key, public_key_len)?;
            list.0.push(identity(scheme, public_key)?);
            Ok(())
        })
    }
}

/// A trust policy that is a function.
pub(crate) struct CallbackTrust {
    pub(crate) judge: Judge,
    pub(crate) user_data: UserData,
}

impl Trust for CallbackTrust {
    fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError> {
        // A name came from C, and has no zero byte.
        let name = peer.name().map(CString::new).transpose()?;
        let key = peer.identity().map(Identity::public_key);
        // SAFETY: the header says what it is called with. All of it lives until it has returned.
        let verdict = unsafe {
            (self.judge)(
                self.user_data.pointer(),
                role_code(peer.role()),
                name.as_ref().map_or(ptr::null(), |name| name.as_ptr()),
                peer.identity()
                    .map_or(0, |identity| scheme_code(identity.scheme())),
                key.map_or(ptr::null(), <[u8]>::as_ptr),
                key.map_or(0, <[u8]>::len),
            )
        };
        use ossuary_verdict_t as V;
        match V::from_repr(verdict) {
            Some(V::OSSUARY_REFUSED) => Ok(Verdict::Refused),
            Some(V::OSSUARY_TRUSTED) => Ok(Verdict::Trusted),
            Some(V::OSSUARY_UNKNOWN) => Ok(Verdict::Unknown),
            Some(V::OSSUARY_CHANGED) => Ok(Verdict::Changed),
            Some(V::OSSUARY_REVOKED) => Ok(Verdict::Revoked),
            None => Err(format!("the trust callback returned {verdict}").into()),
        }
    }
}
