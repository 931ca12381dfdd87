//! Host keys where their owners keep them, and files of whom to trust.

use crate::callback::{UserData, ossuary_free_fn};
use crate::config::OssuaryConfig;
use crate::handle::call;
use crate::pointer::string;
use crate::status::{Failure, StatusCode, ossuary_status_t as S};
use std::ffi::{c_char, c_void};

/// What was asked for is behind a feature that is off.
#[allow(dead_code, reason = "with all features nothing is lacking")]
pub(crate) fn not_built(feature: &str) -> Failure {
    Failure::new(
        S::OSSUARY_ERR_NOT_BUILT,
        format!("this libossuary was built without its feature {feature:?}"),
    )
}

/// The room for a passphrase or PIN, in bytes, with the zero byte at its end.
pub const OSSUARY_MAX_PASSPHRASE_SIZE: usize = 1024;

/// Asks a person for a passphrase or a PIN: writes it to `passphrase`, of `size` bytes
/// (OSSUARY_MAX_PASSPHRASE_SIZE), in UTF-8 with a zero byte at its end. `what` is the file or the
/// token that it is for; `attempt` is 1 at first, and more after one that was wrong. The buffer is
/// wiped afterwards.
///
/// It returns OSSUARY_OK; anything else says that the person gave none.
pub type ossuary_passphrase_fn = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        what: *const c_char,
        attempt: u32,
        passphrase: *mut c_char,
        size: usize,
    ) -> StatusCode,
>;

/// OSSUARY_MAX_PASSPHRASE_SIZE, for who cannot read macros.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_max_passphrase_size() -> usize {
    OSSUARY_MAX_PASSPHRASE_SIZE
}

#[cfg(any(feature = "openssh", feature = "pkcs11"))]
mod ask {
    use super::{OSSUARY_MAX_PASSPHRASE_SIZE, S, UserData, ossuary_passphrase_fn};
    use crate::status::text;
    use std::ffi::CStr;
    use zeroize::Zeroizing;

    /// Has the callback ask.
    pub(super) fn ask(
        callback: ossuary_passphrase_fn,
        user_data: &UserData,
        what: &str,
        attempt: u32,
    ) -> Option<Zeroizing<String>> {
        let callback = callback?;
        let what = text(what);
        let mut buffer = Zeroizing::new([0_u8; OSSUARY_MAX_PASSPHRASE_SIZE]);
        // SAFETY: the header says what it is called with. All of it lives until it has returned.
        let status = unsafe {
            callback(
                user_data.pointer(),
                what.as_ptr(),
                attempt,
                buffer.as_mut_ptr().cast(),
                buffer.len(),
            )
        };
        if status != S::OSSUARY_OK.code() {
            return None;
        }
        let given = CStr::from_bytes_until_nul(&*buffer).ok()?;
        // Room enough at once: a string that grows leaves a copy behind.
        let mut passphrase = Zeroizing::new(String::with_capacity(OSSUARY_MAX_PASSPHRASE_SIZE));
        passphrase.push_str(given.to_str().ok()?);
        Some(passphrase)
    }
}

/// Adds the host key in a private key file of OpenSSH's format, Ed25519 or ECDSA P-256, behind the
/// keys that are there. `passphrase`, which may be null, is asked inside of this call where the
/// file has one, three times at most. The file has to be readable by its owner alone, as ssh wants
/// it. `free_user_data` is called when this call is done.
///
/// Errors: OSSUARY_ERR_NOT_BUILT without the feature `openssh`; OSSUARY_ERR_KEY_NOT_FOUND,
/// OSSUARY_ERR_KEY_LOCKED, OSSUARY_ERR_KEY_DENIED, OSSUARY_ERR_KEY_CANCELLED,
/// OSSUARY_ERR_KEY_BROKEN; OSSUARY_ERR_INVALID_ARGUMENT where the path is not UTF-8.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_add_key_file(
    config: *mut OssuaryConfig,
    path: *const c_char,
    passphrase: ossuary_passphrase_fn,
    user_data: *mut c_void,
    free_user_data: ossuary_free_fn,
) -> StatusCode {
    let user_data = UserData::new(user_data, free_user_data);
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let path = string(path)?;
            #[cfg(feature = "openssh")]
            {
                use ossuary::keystore::openssh::KeyFile;
                let key = match passphrase {
                    None => KeyFile::open(path)?,
                    ask => KeyFile::open_with(path, |prompt| {
                        ask::ask(ask, &user_data, path, prompt.attempt().into())
                    })?,
                };
                config.add_key(std::sync::Arc::new(key));
                Ok(())
            }
            #[cfg(not(feature = "openssh"))]
            {
                let _ = (config, path, passphrase, &user_data);
                Err(not_built("openssh"))
            }
        })
    }
}

/// Has the keys of an ssh-agent used: the one that listens at the socket `path`, or for null the
/// one that SSH_AUTH_SOCK names. Keys and stores that were there before are given up. The agent is
/// asked inside of `ossuary_create_connection_with` and `ossuary_send`, which wait for it.
///
/// Errors: OSSUARY_ERR_NOT_BUILT without the feature `agent`, OSSUARY_ERR_KEY_NOT_FOUND where
/// SSH_AUTH_SOCK names none, OSSUARY_ERR_INVALID_ARGUMENT where the path is not UTF-8.
/// cbindgen:postfix=OSSUARY_NONNULL(1)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_use_agent(
    config: *mut OssuaryConfig,
    path: *const c_char,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let path = if path.is_null() {
                None
            } else {
                Some(string(path)?)
            };
            #[cfg(feature = "agent")]
            {
                use ossuary::keystore::agent::Agent;
                let agent = match path {
                    None => Agent::from_env()?,
                    Some(path) => Agent::at(path),
                };
                config.set_store(std::sync::Arc::new(agent));
                Ok(())
            }
            #[cfg(not(feature = "agent"))]
            {
                let _ = (config, path);
                Err(not_built("agent"))
            }
        })
    }
}

/// Has the key used that the operating system's keystore has as the item `name` of `service`. Keys
/// and stores that were there before are given up.
///
/// Errors: OSSUARY_ERR_NOT_BUILT without the feature `os`; OSSUARY_ERR_INVALID_ARGUMENT for names
/// that cannot be; OSSUARY_ERR_KEY_...
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2, 3)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_use_os_keystore(
    config: *mut OssuaryConfig,
    service: *const c_char,
    name: *const c_char,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let (service, name) = (string(service)?, string(name)?);
            #[cfg(feature = "os")]
            {
                use ossuary::keystore::os::{Item, OsKeyStore, Place};
                let invalid = |error| Failure::of(S::OSSUARY_ERR_INVALID_ARGUMENT, &error);
                let item = Item::new(Place::default(), service, name).map_err(invalid)?;
                config.set_store(std::sync::Arc::new(OsKeyStore::open(item)?));
                Ok(())
            }
            #[cfg(not(feature = "os"))]
            {
                let _ = (config, service, name);
                Err(not_built("os"))
            }
        })
    }
}

/// Has the keys used that a PKCS#11 URI (RFC 7512) names, in a hardware token or an HSM; its
/// `module-path` names the library that drives it. `pin`, which may be null, is asked for the
/// user's PIN, inside of this call and of later ones that find the user logged out, on their
/// threads: `attempt` is 1, or 2 where the PIN that was given last was wrong. Whoever answers from
/// memory and not from a person then gives none, or locks the token. Keys and stores that were
/// there before are given up. `free_user_data` is as in `ossuary_config_set_key_callbacks`.
///
/// Errors: OSSUARY_ERR_NOT_BUILT without the feature `pkcs11`; OSSUARY_ERR_INVALID_ARGUMENT for a
/// URI that is none; OSSUARY_ERR_KEY_...
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_use_pkcs11(
    config: *mut OssuaryConfig,
    uri: *const c_char,
    pin: ossuary_passphrase_fn,
    user_data: *mut c_void,
    free_user_data: ossuary_free_fn,
) -> StatusCode {
    let user_data = UserData::new(user_data, free_user_data);
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let uri = string(uri)?;
            #[cfg(feature = "pkcs11")]
            {
                use ossuary::keystore::pkcs11::{Pin, Token, Uri};
                let uri: Uri = uri
                    .parse()
                    .map_err(|error| Failure::of(S::OSSUARY_ERR_INVALID_ARGUMENT, &error))?;
                let mut builder = Token::builder(uri);
                if pin.is_some() {
                    builder = builder.ask_pin(move |prompt| {
                        let attempt = 1 + u32::from(prompt.was_wrong());
                        let mut given = ask::ask(pin, &user_data, prompt.label(), attempt)?;
                        // Taken over, not copied.
                        Some(Pin::from(std::mem::take(&mut *given)))
                    });
                }
                config.set_store(std::sync::Arc::new(builder.open()?.key_store()?));
                Ok(())
            }
            #[cfg(not(feature = "pkcs11"))]
            {
                let _ = (config, uri, pin, &user_data);
                Err(not_built("pkcs11"))
            }
        })
    }
}

/// Trusts the keys in a file of OpenSSH's `authorized_keys` format, which is read anew when it
/// changes, and refuses others. It replaces any policy that was set before.
///
/// Errors: OSSUARY_ERR_NOT_BUILT without the feature `openssh`; OSSUARY_ERR_TRUST where the file
/// cannot be read or has a line that is wrong; OSSUARY_ERR_INVALID_ARGUMENT where the path is not
/// UTF-8.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_trust_authorized_keys_file(
    config: *mut OssuaryConfig,
    path: *const c_char,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let path = string(path)?;
            #[cfg(feature = "openssh")]
            {
                use ossuary::keystore::openssh::AuthorizedKeysFile;
                let file = AuthorizedKeysFile::open(path)
                    .map_err(|error| Failure::of(S::OSSUARY_ERR_TRUST, &error))?;
                config.set_trust(file);
                Ok(())
            }
            #[cfg(not(feature = "openssh"))]
            {
                let _ = (config, path);
                Err(not_built("openssh"))
            }
        })
    }
}

/// Knows peers by their names (`ossuary_config_set_peer_name`) from a file of OpenSSH's
/// `known_hosts` format, which is read anew when it changes: a peer whose name is not known is for
/// the program to decide about, one with another key than its name is known to have is refused. It
/// replaces any policy that was set before.
///
/// Errors: as those of `ossuary_config_trust_authorized_keys_file`.
/// cbindgen:postfix=OSSUARY_NONNULL(1, 2)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_config_trust_known_hosts_file(
    config: *mut OssuaryConfig,
    path: *const c_char,
) -> StatusCode {
    // SAFETY: the documentation says what the pointers are.
    unsafe {
        call(OssuaryConfig::handle(config), &[], |config| {
            let path = string(path)?;
            #[cfg(feature = "openssh")]
            {
                use ossuary::keystore::openssh::KnownHostsFile;
                let file = KnownHostsFile::open(path)
                    .map_err(|error| Failure::of(S::OSSUARY_ERR_TRUST, &error))?;
                config.set_trust(file);
                Ok(())
            }
            #[cfg(not(feature = "openssh"))]
            {
                let _ = (config, path);
                Err(not_built("openssh"))
            }
        })
    }
}
