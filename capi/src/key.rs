//! Keys: their schemes, key pairs, fingerprints; and wiping.

use crate::handle::alone;
use crate::library::{EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey};
use crate::pointer::{Out, bytes, bytes_mut, copy, read, result, sized, written};
use crate::status::{Failure, StatusCode, ossuary_status_t as S};
use ossuary::ossuary_traits::FixedBytes;
use ossuary::{Identity, Misuse, OsRandom, Secret, SignatureScheme, SigningKey};
use std::ffi::c_void;
use std::sync::Arc;
use zeroize::Zeroize;

/// A scheme as it crosses the ABI.
pub(crate) type SchemeCode = u32;

/// The signature scheme of a host key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::FromRepr)]
#[repr(u32)]
pub enum ossuary_scheme_t {
    /// No key: an anonymous client.
    OSSUARY_NO_KEY = 0,
    /// Ed25519 (RFC 8032): public keys of 32 bytes, signatures of 64.
    OSSUARY_ED25519 = 1,
    /// ECDSA on P-256 with SHA-256: public keys of 33 bytes (compressed SEC 1 points),
    /// signatures of 64 (r and s).
    OSSUARY_ECDSA_P256 = 2,
    /// ML-DSA-65 (FIPS 204) with an empty context: public keys of 1952 bytes, signatures of
    /// 3309.
    OSSUARY_ML_DSA_65 = 17,
}

/// The length of a secret key, in bytes, of every scheme: an Ed25519 seed, a P-256 scalar, an
/// ML-DSA seed.
pub const OSSUARY_SECRET_KEY_SIZE: usize = 32;
/// The length of the longest public key, in bytes: one of ML-DSA-65.
pub const OSSUARY_MAX_PUBLIC_KEY_SIZE: usize = 1952;
/// The length of the longest signature, in bytes: one of ML-DSA-65.
pub const OSSUARY_MAX_SIGNATURE_SIZE: usize = 3309;
/// The length of a fingerprint, in bytes, with the zero byte at its end.
pub const OSSUARY_FINGERPRINT_SIZE: usize = 51;

const _: () = {
    let longest = SignatureScheme::MlDsa65;
    assert!(OSSUARY_MAX_PUBLIC_KEY_SIZE == longest.public_key_len());
    assert!(OSSUARY_MAX_SIGNATURE_SIZE == longest.signature_len());
    assert!(ossuary_scheme_t::OSSUARY_ED25519 as u8 == SignatureScheme::Ed25519.code());
    assert!(ossuary_scheme_t::OSSUARY_ECDSA_P256 as u8 == SignatureScheme::EcdsaP256Sha256.code());
    assert!(ossuary_scheme_t::OSSUARY_ML_DSA_65 as u8 == longest.code());
};

/// The length of a public key of `scheme`, in bytes; 0 for a scheme that is none.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_public_key_size(scheme: SchemeCode) -> usize {
    self::scheme(scheme).map_or(0, SignatureScheme::public_key_len)
}

/// The length of a signature of `scheme`, in bytes; 0 for a scheme that is none.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_signature_size(scheme: SchemeCode) -> usize {
    self::scheme(scheme).map_or(0, SignatureScheme::signature_len)
}

/// OSSUARY_SECRET_KEY_SIZE, for who cannot read macros.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_secret_key_size() -> usize {
    OSSUARY_SECRET_KEY_SIZE
}

/// OSSUARY_MAX_PUBLIC_KEY_SIZE, for who cannot read macros.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_max_public_key_size() -> usize {
    OSSUARY_MAX_PUBLIC_KEY_SIZE
}

/// OSSUARY_MAX_SIGNATURE_SIZE, for who cannot read macros.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_max_signature_size() -> usize {
    OSSUARY_MAX_SIGNATURE_SIZE
}

/// OSSUARY_FINGERPRINT_SIZE, for who cannot read macros.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_fingerprint_size() -> usize {
    OSSUARY_FINGERPRINT_SIZE
}

/// A key in memory, which several connections can sign with.
pub(crate) type SharedKey = Arc<dyn SigningKey + Send + Sync>;

pub(crate) fn scheme(code: SchemeCode) -> Result<SignatureScheme, Failure> {
    use ossuary_scheme_t as T;
    match T::from_repr(code) {
        Some(T::OSSUARY_ED25519) => Ok(SignatureScheme::Ed25519),
        Some(T::OSSUARY_ECDSA_P256) => Ok(SignatureScheme::EcdsaP256Sha256),
        Some(T::OSSUARY_ML_DSA_65) => Ok(SignatureScheme::MlDsa65),
        Some(T::OSSUARY_NO_KEY) | None => Err(Failure::new(
            S::OSSUARY_ERR_INVALID_ARGUMENT,
            format!("{code} is no signature scheme"),
        )),
    }
}

pub(crate) fn scheme_code(scheme: SignatureScheme) -> SchemeCode {
    scheme.code().into()
}

pub(crate) fn identity(code: SchemeCode, public_key: &[u8]) -> Result<Identity, Failure> {
    let identity = Identity::new(scheme(code)?, public_key);
    Ok(identity.map_err(Misuse::WrongLength)?)
}

/// A signing key of its secret bytes.
pub(crate) fn signing_key(code: SchemeCode, secret: &[u8]) -> Result<SharedKey, Failure> {
    let scheme = scheme(code)?;
    let given = secret.len();
    let secret = Secret::<OSSUARY_SECRET_KEY_SIZE>::from_slice(secret).ok_or_else(|| {
        Failure::new(
            S::OSSUARY_ERR_WRONG_LENGTH,
            format!("a secret key has {OSSUARY_SECRET_KEY_SIZE} bytes, not {given}"),
        )
    })?;
    let invalid = |_| Failure::from(Misuse::InvalidSecretKey);
    Ok(match scheme {
        SignatureScheme::Ed25519 => {
            Arc::new(Ed25519SigningKey::from_secret(secret).map_err(invalid)?)
        }
        SignatureScheme::EcdsaP256Sha256 => {
            Arc::new(EcdsaP256SigningKey::from_secret(secret).map_err(invalid)?)
        }
        SignatureScheme::MlDsa65 => {
            Arc::new(MlDsa65SigningKey::from_secret(secret).map_err(invalid)?)
        }
        _ => {
            return Err(Failure::new(
                S::OSSUARY_ERR_INVALID_ARGUMENT,
                "this library cannot sign with keys of this scheme",
            ));
        }
    })
}

/// A fresh secret key of `scheme`, and its public key.
pub(crate) fn generate(
    scheme: SignatureScheme,
) -> Result<(Secret<OSSUARY_SECRET_KEY_SIZE>, Identity), Failure> {
    let random = &mut OsRandom;
    Ok(match scheme {
        SignatureScheme::EcdsaP256Sha256 => {
            let key = EcdsaP256SigningKey::generate(random)?;
            (key.to_secret(), key.identity())
        }
        SignatureScheme::MlDsa65 => {
            let key = MlDsa65SigningKey::generate(random)?;
            (key.to_secret(), key.identity())
        }
        _ => {
            let key = Ed25519SigningKey::generate(random)?;
            (key.to_secret(), key.identity())
        }
    })
}

/// Makes a key pair with random bytes of the system.
///
/// `secret_key` gets the OSSUARY_SECRET_KEY_SIZE bytes of the secret key: keep them where nobody
/// else can read them, and wipe them (`ossuary_wipe`) when they are stored. `public_key` gets
/// the public key, and `public_key_len` its length. They must not overlap. Nothing is written to
/// either where the call fails.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT for a scheme that is none, OSSUARY_ERR_OVERLAP,
/// OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `public_key_len`,
/// OSSUARY_ERR_RANDOM.
/// cbindgen:ptrs-as-arrays=[[secret_key; 32]]
/// cbindgen:postfix=OSSUARY_NONNULL(2, 3, 5)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_generate_key(
    scheme: SchemeCode,
    secret_key: *mut u8,
    public_key: *mut u8,
    public_key_size: usize,
    public_key_len: *mut usize,
) -> StatusCode {
    let places = [
        written(secret_key, OSSUARY_SECRET_KEY_SIZE),
        written(public_key, public_key_size),
        result(public_key_len),
    ];
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        alone(&places, || {
            let mut len = Out::new(public_key_len);
            let secret_out = bytes_mut(secret_key, OSSUARY_SECRET_KEY_SIZE)?;
            let public_out = bytes_mut(public_key, public_key_size)?;
            let (secret, identity) = generate(self::scheme(scheme)?)?;
            sized(&mut len, || copy(identity.public_key(), public_out))?;
            secret_out.copy_from_slice(secret.expose());
            Ok(())
        })
    }
}

/// Finds the public key of a secret key.
///
/// `secret_key` has OSSUARY_SECRET_KEY_SIZE bytes. `public_key` gets the public key, and
/// `public_key_len` its length. They must not overlap.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_INVALID_SECRET_KEY, OSSUARY_ERR_OVERLAP,
/// OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `public_key_len`.
/// cbindgen:ptrs-as-arrays=[[secret_key; 32]]
/// cbindgen:postfix=OSSUARY_NONNULL(2, 3, 5)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_public_key(
    scheme: SchemeCode,
    secret_key: *const u8,
    public_key: *mut u8,
    public_key_size: usize,
    public_key_len: *mut usize,
) -> StatusCode {
    let places = [
        read(secret_key, OSSUARY_SECRET_KEY_SIZE),
        written(public_key, public_key_size),
        result(public_key_len),
    ];
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        alone(&places, || {
            let mut len = Out::new(public_key_len);
            let key = signing_key(scheme, bytes(secret_key, OSSUARY_SECRET_KEY_SIZE)?)?;
            let out = bytes_mut(public_key, public_key_size)?;
            sized(&mut len, || copy(key.identity().public_key(), out))
        })
    }
}

/// Signs `message` with a secret key of OSSUARY_SECRET_KEY_SIZE bytes, as a host key is to sign:
/// for the process that holds the keys of an `ossuary_sign_fn`. `signature` gets the signature,
/// and `signature_len` its length. It must not overlap the others.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_INVALID_SECRET_KEY, OSSUARY_ERR_OVERLAP,
/// OSSUARY_ERR_BUFFER_TOO_SMALL with the length that is needed in `signature_len`,
/// OSSUARY_ERR_CRYPTO.
/// cbindgen:ptrs-as-arrays=[[secret_key; 32]]
/// cbindgen:postfix=OSSUARY_NONNULL(2, 7)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_sign(
    scheme: SchemeCode,
    secret_key: *const u8,
    message: *const u8,
    message_len: usize,
    signature: *mut u8,
    signature_size: usize,
    signature_len: *mut usize,
) -> StatusCode {
    let places = [
        read(secret_key, OSSUARY_SECRET_KEY_SIZE),
        read(message, message_len),
        written(signature, signature_size),
        result(signature_len),
    ];
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        alone(&places, || {
            let mut len = Out::new(signature_len);
            let key = signing_key(scheme, bytes(secret_key, OSSUARY_SECRET_KEY_SIZE)?)?;
            let message = bytes(message, message_len)?;
            let out = bytes_mut(signature, signature_size)?;
            sized(&mut len, || copy(key.sign(message)?.bytes(), out))
        })
    }
}

/// Writes the fingerprint of a public key, as `ssh-keygen -l` shows it, for people to compare:
/// "SHA256:" and 43 characters, and a zero byte. `fingerprint` has OSSUARY_FINGERPRINT_SIZE
/// bytes.
///
/// Errors: OSSUARY_ERR_INVALID_ARGUMENT, OSSUARY_ERR_WRONG_LENGTH.
/// cbindgen:ptrs-as-arrays=[[fingerprint; 51]]
/// cbindgen:postfix=OSSUARY_NONNULL(2, 4)
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_fingerprint(
    scheme: SchemeCode,
    public_key: *const u8,
    public_key_len: usize,
    fingerprint: *mut std::ffi::c_char,
) -> StatusCode {
    let places = [
        read(public_key, public_key_len),
        written(fingerprint.cast(), OSSUARY_FINGERPRINT_SIZE),
    ];
    // SAFETY: the documentation says what the pointers and sizes are.
    unsafe {
        alone(&places, || {
            let identity = identity(scheme, bytes(public_key, public_key_len)?)?;
            let out = bytes_mut(fingerprint.cast(), OSSUARY_FINGERPRINT_SIZE)?;
            let mut text = ossuary::trust::fingerprint(&identity).into_bytes();
            text.push(0);
            copy(&text, out).map(drop)
        })
    }
}

/// Overwrites `len` bytes with zeros, in a way that the compiler does not leave out. A null
/// pointer is nothing to wipe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ossuary_wipe(memory: *mut c_void, len: usize) {
    let len = if memory.is_null() { 0 } else { len };
    // What is no place in memory cannot be wiped, and cannot have held anything.
    // SAFETY: the documentation says what the pointer and the size are.
    unsafe {
        alone(&[], || {
            bytes_mut(memory.cast(), len)?.zeroize();
            Ok(())
        });
    }
}
