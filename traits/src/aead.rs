//! Authenticated encryption with associated data (RFC 5116).

use crate::{CryptoError, Secret};

/// The length of an AEAD key, in bytes.
pub const AEAD_KEY_LEN: usize = 32;
/// The length of a nonce, in bytes.
pub const NONCE_LEN: usize = 12;
/// The length of a tag, in bytes.
pub const TAG_LEN: usize = 16;

/// An AEAD key of 32 bytes.
pub type AeadKey = Secret<AEAD_KEY_LEN>;
/// A nonce of 12 bytes. Only the protocol makes one, from its packet counter.
pub type Nonce = [u8; NONCE_LEN];
/// A tag of 16 bytes.
pub type Tag = [u8; TAG_LEN];

/// The AEADs that protocol 2 names, with their code points on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum AeadId {
    /// ChaCha20-Poly1305 (RFC 8439).
    ChaCha20Poly1305 = 0x01,
    /// AES-256-GCM (NIST SP 800-38D).
    Aes256Gcm = 0x02,
}

impl AeadId {
    /// The code point on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The AEAD of a code point, or `None` where the protocol has none.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0x01 => Some(AeadId::ChaCha20Poly1305),
            0x02 => Some(AeadId::Aes256Gcm),
            _ => None,
        }
    }

    /// The algorithm's standard name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            AeadId::ChaCha20Poly1305 => "ChaCha20-Poly1305",
            AeadId::Aes256Gcm => "AES-256-GCM",
        }
    }
}

/// A key of an AEAD with 32-byte keys, 12-byte nonces and 16-byte tags.
///
/// A value is one key, set up once (key schedules and tables belong in
/// [`new`](Aead::new)) and used for very many records, so an implementation
/// should neither allocate nor copy in the other methods. A dropped value must
/// leave no key behind in memory.
///
/// The caller never uses a nonce twice under one key.
pub trait Aead: Sized {
    /// Which algorithm this is.
    const ID: AeadId;
    /// The library behind it and its version, for people: `"ring 0.17"`.
    const LIBRARY: &'static str;

    /// Whether the library can run on this machine: see
    /// [`CryptoSuite::available`](crate::CryptoSuite::available).
    ///
    /// # Errors
    ///
    /// [`CryptoError::Library`]: it cannot, and why.
    fn available() -> Result<(), CryptoError> {
        Ok(())
    }

    /// Sets up a key.
    fn new(key: &AeadKey) -> Self;

    /// Encrypts `in_out` where it stands and returns its tag.
    ///
    /// # Errors
    ///
    /// The library failed; `in_out` is then not to be sent.
    fn seal_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<Tag, CryptoError>;

    /// Checks and decrypts `sealed`, a ciphertext with its 16-byte tag behind
    /// it, where it stands. The plaintext takes the ciphertext's place; what
    /// stands in the tag's place afterwards is unspecified.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Verification`] where the tag is not that of the key, the
    /// nonce, `aad` and the ciphertext, or `sealed` is shorter than a tag.
    /// `sealed` then holds no plaintext: it is as it was, or wiped.
    fn open_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), CryptoError>;

    /// Encrypts `plaintext` into `out` and returns its tag, for libraries that
    /// can do so in one pass; otherwise `plaintext` is copied and sealed in
    /// place.
    ///
    /// # Errors
    ///
    /// The library failed, or `plaintext` and `out` differ in length; `out` is
    /// then not to be sent.
    fn seal(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        if plaintext.len() != out.len() {
            return Err(CryptoError::Unsupported);
        }
        out.copy_from_slice(plaintext);
        self.seal_in_place(nonce, aad, out)
    }
}
