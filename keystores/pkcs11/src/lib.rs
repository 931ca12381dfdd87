//! Host keys of [`ossuary`] in hardware tokens, HSMs and smart cards, by PKCS#11.
//!
//! A [`Uri`] names the module, the token and the keys (RFC 7512), a [`Token`] is logged in
//! to, and a [`Pkcs11KeyStore`] signs with the keys on it. They are keys of Ed25519 and of
//! ECDSA P-256, made by [`Token::generate`] or by any other tool. Private keys stay where
//! they are: keys that can be taken out of the token are refused unless
//! [allowed](TokenBuilder::allow_extractable).
//!
//! ```no_run
//! use ossuary_pkcs11::{Pin, Token, Uri};
//! # fn read_from_terminal(_: &str) -> Option<String> { None }
//!
//! let uri = "pkcs11:token=hosts;object=gate?module-path=/usr/lib/softhsm/libsofthsm2.so";
//! let token = Token::builder(uri.parse()?)
//!     .ask_pin(|prompt| read_from_terminal(prompt.label()).map(Pin::from))
//!     .open()?;
//! let store = token.key_store()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The store goes to `ossuary`'s `Builder::key_store`. Signing waits for the token, and for
//! a person where that wants a touch; a program that must not wait puts the store in
//! [`Deferred`](ossuary_traits::Deferred).
//!
//! # Which key is which
//!
//! The public key of a private key is in the public key object with the same `CKA_ID`, or
//! in the private key's own `CKA_EC_POINT` or `CKA_PUBLIC_KEY_INFO`. The token is taken at
//! its word until it signs: the connection verifies each signature before it is sent, and a
//! token that announced another key fails there.
//!
//! # PINs
//!
//! A token is logged in to once for the whole process, as PKCS#11 has it; where that has
//! happened nobody is asked. PINs are not kept: one is asked for, or read from the URI's
//! `pin-source`, at each login. Tokens lock themselves after a few wrong ones: no call logs in
//! again after a login that failed, a PIN in a file that was wrong, or may have been, is not
//! sent again until the token is opened anew, and none in a file is sent where the token
//! says that the next wrong one locks it.
//!
//! Whoever can insert a token can give it any label, and would be given the PIN: name the
//! token by its `serial` too.
//!
//! # Threads
//!
//! As many threads sign at once as there are [sessions](TokenBuilder::max_sessions); the
//! others wait for one. There is no clock in it.
//!
//! # When the token goes away
//!
//! A token that was pulled out and put back or restarted, sessions that another part of
//! the program closed, a user that it logged out, and a module that it finalized: all that
//! shows when the store next signs. It then looks for the same token, by its serial number,
//! model and manufacturer, whatever slot it is in now, logs in, finds the keys, and signs.
//! Another that the URI fits too is not taken for it. It does so once, and then reports an
//! error. The identities are those of the keys that were found then: where a token was
//! initialized anew, its old keys are [`NotFound`].
//!
//! # Errors
//!
//! The source of each [`KeyStoreError`] is a [`Pkcs11Error`], which says what helps; its
//! source is that of `cryptoki`.
//!
//! | class | when | answers of the module |
//! |---|---|---|
//! | [`NotFound`] | there is no module file, token, key or PIN file, or several tokens fit | `CKR_KEY_HANDLE_INVALID`, `CKR_OBJECT_HANDLE_INVALID` |
//! | [`Locked`] | the PIN is missing, locked, expired, or not set yet | `CKR_PIN_LOCKED`, `CKR_PIN_EXPIRED`, `CKR_USER_PIN_NOT_INITIALIZED`, `CKR_USER_NOT_LOGGED_IN` |
//! | [`Denied`] | the PIN is wrong; the key may not sign, may be taken out, or wants a PIN for each signature; the last try is left to a person; others can access the PIN file | `CKR_PIN_INCORRECT`, `CKR_PIN_INVALID`, `CKR_PIN_LEN_RANGE`, `CKR_KEY_FUNCTION_NOT_PERMITTED`, `CKR_ACTION_PROHIBITED`, `CKR_TOKEN_WRITE_PROTECTED`, `CKR_SESSION_READ_ONLY` |
//! | [`Cancelled`] | [`ask_pin`](TokenBuilder::ask_pin) gave none; a person said no at the token | `CKR_CANCEL`, `CKR_FUNCTION_CANCELED`, `CKR_FUNCTION_REJECTED` |
//! | [`TryAgain`] | the token was there and is gone; its sessions are used up; the security officer is logged in | `CKR_TOKEN_NOT_PRESENT`, `CKR_DEVICE_REMOVED`, `CKR_SLOT_ID_INVALID`, `CKR_SESSION_HANDLE_INVALID`, `CKR_SESSION_CLOSED`, `CKR_CRYPTOKI_NOT_INITIALIZED`, `CKR_SESSION_COUNT`, `CKR_USER_ANOTHER_ALREADY_LOGGED_IN`, `CKR_USER_TOO_MANY_TYPES`, `CKR_SESSION_READ_WRITE_SO_EXISTS`, `CKR_OPERATION_ACTIVE`, `CKR_HOST_MEMORY` |
//! | [`Broken`] | the file is no module, or has no PIN; the token does not have the scheme, or does not work | all others |
//!
//! # The process
//!
//! A module is loaded and initialized once, whoever does it first, and neither finalized
//! nor unloaded: other libraries in the process may use it. So a process that has forked
//! must open tokens in the child only, unless its module notices a fork: PKCS#11 wants the
//! child to initialize it again, which a module that notices asks for by
//! `CKR_CRYPTOKI_NOT_INITIALIZED`, and which is done then.
//!
//! A module is foreign code in this process: `module-path` must come from someone who may
//! choose which code runs.
//!
//! [`ossuary`]: https://docs.rs/ossuary
//! [`KeyStoreError`]: ossuary_traits::KeyStoreError
//! [`NotFound`]: ossuary_traits::KeyStoreErrorKind::NotFound
//! [`Locked`]: ossuary_traits::KeyStoreErrorKind::Locked
//! [`Denied`]: ossuary_traits::KeyStoreErrorKind::Denied
//! [`Cancelled`]: ossuary_traits::KeyStoreErrorKind::Cancelled
//! [`TryAgain`]: ossuary_traits::KeyStoreErrorKind::TryAgain
//! [`Broken`]: ossuary_traits::KeyStoreErrorKind::Broken

mod error;
mod key;
mod module;
mod pin;
mod pool;
mod public_key;
mod sessions;
mod slot;
mod store;
mod token;
mod uri;

pub use error::Pkcs11Error;
pub use pin::{Pin, PinPrompt};
pub use store::Pkcs11KeyStore;
pub use token::{Token, TokenBuilder};
pub use uri::{Uri, UriError};
