//! Host keys of [`ossuary`] in the operating system's keystore.
//!
//! | [`Place`] | system | what it is |
//! |---|---|---|
//! | `SecretService` | Linux, the default | gnome-keyring, KWallet, or another [Secret Service] |
//! | `KernelKeyring` | Linux | the kernel's keyrings, in memory |
//! | `Keychain` | macOS, the default | the login keychain |
//! | `CredentialManager` | Windows, the default | the user's credentials |
//!
//! The private key is an [`Item`] of the keystore. [`OsKeyStore`] reads it for one
//! signature, signs in this process, and wipes it. Between signatures this process
//! has the public key alone.
//!
//! It is tested with gnome-keyring and with the kernel's keyrings.
//!
//! ```no_run
//! use ossuary_openssh::public_key_line;
//! use ossuary_os::{Item, OsKeyStore, Place};
//! use ossuary_traits::{KeyStoreErrorKind, Random, SignatureScheme};
//! # fn host_key(random: &mut dyn Random) -> Result<OsKeyStore, Box<dyn std::error::Error>> {
//!
//! let item = Item::new(Place::default(), "chat.example.org", "host key")?;
//! let store = match OsKeyStore::open(item.clone()) {
//!     Err(error) if error.kind() == KeyStoreErrorKind::NotFound => {
//!         let store = OsKeyStore::create(item, SignatureScheme::Ed25519, random)?;
//!         // The line that peers are given, for their `authorized_keys` or `known_hosts`.
//!         let line = public_key_line(store.identity(), "chat.example.org")?;
//!         println!("a new host key, which the peers have to learn: {line}");
//!         store
//!     }
//!     opened => opened?,
//! };
//! # Ok(store)
//! # }
//! ```
//!
//! `public_key_line` is of the crate [ossuary-openssh]. A key that is made
//! anew is another key: peers that know the old one refuse it as changed.
//!
//! # What it protects against
//!
//! In the Secret Service, the keychain and the Credential Manager the key is encrypted on
//! disk and can be read only while the user is logged in. In the kernel's keyrings it is
//! not on disk at all, and not encrypted. Both are against whoever has the disk, a backup
//! or the file system of another user. They are not against other programs of the same user: a keystore gives an item to whoever
//! asks on an unlocked desktop, and a kernel keyring to every process of the user.
//! Only a hardware token keeps the key itself back.
//!
//! # Waiting
//!
//! Each call goes to the keystore anew, and returns when it has answered. The Secret
//! Service takes 10 to 20 ms, most of it for the key exchange that encrypts the session;
//! where the collection is locked it asks a person, and the call waits for as long as
//! that takes. A program that must not wait wraps the store in
//! [`Deferred`](ossuary_traits::Deferred). With the Secret Service the first call starts
//! a thread of the crate [async-io], which stays; connections do not.
//!
//! # The stored form
//!
//! An item is text, since KWallet stores nothing else: the scheme, `ed25519` or
//! `ecdsa-p256`; a colon; and the private key of 32 bytes in base64 with its padding
//! (RFC 4648, section 4), 44 characters. The key is an Ed25519 seed (RFC 8032) or a
//! big-endian scalar. Nothing stands around it.
//!
//! In the Secret Service the item has the attributes `service` and `username`, in the
//! keychain and the Credential Manager they are the service and the account, and a
//! kernel key is described as `keyring:NAME@SERVICE`.
//!
//! # Errors
//!
//! The source of each is the keystore's own error; where there is no keystore, a message
//! that says what to do stands before it.
//!
//! | class | when |
//! |---|---|
//! | [`NotFound`] | there is no such item, or it has another key than when it was opened |
//! | [`Locked`] | the keystore says that it is locked; the session keyring was revoked, as at the end of a login: log in, or run the program in `keyctl session` |
//! | [`Denied`] | the keystore or the kernel refuses access: in a container, `keyctl` is often forbidden |
//! | [`Cancelled`] | it was locked, and the person who was to unlock it said no; the Secret Service says the same where nobody can be asked, such as on a server: unlock it first |
//! | [`TryAgain`] | the connection to the keystore broke, or its quota is used up |
//! | [`Broken`] | there is no keystore: no D-Bus session, no Secret Service, no default collection in it to store a key in, no keychain, no keyrings in the kernel (the source says what to do); the item is no host key; several items have this service and name (the source names them); a name is too long for the keystore; whatever else fails |
//!
//! On Windows the store gives no error codes out: a missing logon session is
//! [`Denied`], and other failures are [`Broken`].
//!
//! # The kernel's keyrings
//!
//! They are memory: the key is gone when the system starts again. It is in the session
//! keyring of the process, which ends with the login, and in the user's persistent
//! keyring, which vanishes with its keys when it was not used for some days, three by
//! default (`/proc/sys/kernel/keys/persistent_keyring_expiry`, in seconds). The program
//! then finds no key and makes a new one, which peers that know the old one refuse as
//! changed: a host that others are to know by its key for longer needs another place.
//! A process without a session
//! keyring, such as a service, gets one of its own, and shares keys with the user's
//! other processes through the persistent keyring; a kernel without persistent keyrings
//! has the key for the one session only.
//!
//! # What is wiped
//!
//! What this crate reads, writes and signs with is wiped before each call returns;
//! a test looks for it in the memory of the process, with gnome-keyring and with the
//! kernel's keyrings, and finds nothing. Beyond that:
//!
//! * Over D-Bus an item goes encrypted with AES-128 under a key exchange of 1024 bits
//!   (`dh-ietf1024-sha256-aes128-cbc-pkcs7`, the only encryption that the Secret Service
//!   specifies), which is not authenticated. The crates [secret-service] and [zbus] do
//!   not wipe the key of that session, nor the encrypted item: both are in memory that
//!   was freed, until it is used again.
//! * What the computation leaves on the stack is the compiler's doing, and the next one
//!   overwrites it.
//! * Keystores are other programs, with copies of their own.
//! * The keychain's and the Credential Manager's own buffers were not looked into.
//!
//! [`ossuary`]: https://docs.rs/ossuary
//! [Secret Service]: https://specifications.freedesktop.org/secret-service/
//! [ossuary-openssh]: https://docs.rs/ossuary-openssh
//! [async-io]: https://docs.rs/async-io
//! [secret-service]: https://docs.rs/secret-service
//! [zbus]: https://docs.rs/zbus
//! [`NotFound`]: ossuary_traits::KeyStoreErrorKind::NotFound
//! [`Locked`]: ossuary_traits::KeyStoreErrorKind::Locked
//! [`Denied`]: ossuary_traits::KeyStoreErrorKind::Denied
//! [`Cancelled`]: ossuary_traits::KeyStoreErrorKind::Cancelled
//! [`TryAgain`]: ossuary_traits::KeyStoreErrorKind::TryAgain
//! [`Broken`]: ossuary_traits::KeyStoreErrorKind::Broken

mod error;
mod item;
mod key;
#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(target_os = "macos", path = "macos.rs")]
#[cfg_attr(target_os = "windows", path = "windows.rs")]
mod platform;
mod store;

pub use error::CreateError;
pub use item::{InvalidName, Item, Place};
pub use store::OsKeyStore;

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
compile_error!("ossuary-os knows the keystores of Linux, macOS and Windows");
