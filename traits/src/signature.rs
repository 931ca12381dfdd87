//! Signature schemes, public keys and signatures.

use crate::CryptoError;
use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The side that begins the handshake.
    Client,
    /// The side that answers it.
    Server,
}

/// The signature schemes that protocol 2 names, with their code points on the
/// wire. A scheme belongs to a host's key, not to a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum SignatureScheme {
    /// Ed25519 (RFC 8032): public keys of 32 bytes, signatures of 64.
    Ed25519 = 0x01,
    /// ECDSA on P-256 with SHA-256: public keys of 33 bytes (compressed SEC 1
    /// points), signatures of 64 (r ‖ s).
    EcdsaP256Sha256 = 0x02,
    /// ML-DSA-65 (FIPS 204) with an empty context: public keys of 1952 bytes,
    /// signatures of 3309.
    MlDsa65 = 0x11,
}

impl SignatureScheme {
    /// All of them.
    pub const ALL: &'static [SignatureScheme] = &[
        SignatureScheme::Ed25519,
        SignatureScheme::EcdsaP256Sha256,
        SignatureScheme::MlDsa65,
    ];

    /// The code point on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The scheme of a code point, or `None` where the protocol has none.
    /// Code point 0, an anonymous client, is no scheme.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0x01 => Some(SignatureScheme::Ed25519),
            0x02 => Some(SignatureScheme::EcdsaP256Sha256),
            0x11 => Some(SignatureScheme::MlDsa65),
            _ => None,
        }
    }

    /// The length of a public key, in bytes.
    #[must_use]
    pub const fn public_key_len(self) -> usize {
        match self {
            SignatureScheme::Ed25519 => 32,
            SignatureScheme::EcdsaP256Sha256 => 33,
            SignatureScheme::MlDsa65 => 1952,
        }
    }

    /// The length of a signature, in bytes.
    #[must_use]
    pub const fn signature_len(self) -> usize {
        match self {
            SignatureScheme::Ed25519 | SignatureScheme::EcdsaP256Sha256 => 64,
            SignatureScheme::MlDsa65 => 3309,
        }
    }

    /// The scheme's usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SignatureScheme::Ed25519 => "Ed25519",
            SignatureScheme::EcdsaP256Sha256 => "ECDSA P-256",
            SignatureScheme::MlDsa65 => "ML-DSA-65",
        }
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A public key or a signature has not the length that its scheme fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongLength {
    /// The length that the scheme fixes, in bytes.
    pub expected: usize,
    /// The length that was given, in bytes.
    pub given: usize,
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WrongLength { expected, given } = self;
        write!(
            f,
            "{given} bytes were given where the signature scheme has {expected}"
        )
    }
}

impl core::error::Error for WrongLength {}

fn sized(expected: usize, bytes: &[u8]) -> Result<Box<[u8]>, WrongLength> {
    if bytes.len() == expected {
        Ok(bytes.into())
    } else {
        Err(WrongLength {
            expected,
            given: bytes.len(),
        })
    }
}

/// Who a host is: a signature scheme and a public key.
///
/// A key store lists its own; of a peer's, `ossuary` gives out only those whose
/// signature it has verified.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    scheme: SignatureScheme,
    public_key: Box<[u8]>,
}

impl Identity {
    /// An identity of its parts.
    ///
    /// # Errors
    ///
    /// `public_key` has not the length that `scheme` fixes. Whether it is a
    /// valid key is for the verifier to say.
    pub fn new(scheme: SignatureScheme, public_key: &[u8]) -> Result<Self, WrongLength> {
        let public_key = sized(scheme.public_key_len(), public_key)?;
        Ok(Identity { scheme, public_key })
    }

    /// The scheme that the key is for.
    #[must_use]
    pub fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    /// The public key, of [`SignatureScheme::public_key_len`] bytes.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} ", self.scheme)?;
        for byte in self.public_key.iter().take(8) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…)")
    }
}

/// A signature, of the length that its scheme fixes.
#[derive(Clone, Debug)]
pub struct Signature {
    scheme: SignatureScheme,
    bytes: Box<[u8]>,
}

impl Signature {
    /// A signature of its bytes: Ed25519 as in RFC 8032, ECDSA as r ‖ s of 32
    /// bytes each, ML-DSA as in FIPS 204.
    ///
    /// # Errors
    ///
    /// `bytes` has not the length that `scheme` fixes.
    pub fn new(scheme: SignatureScheme, bytes: &[u8]) -> Result<Self, WrongLength> {
        let bytes = sized(scheme.signature_len(), bytes)?;
        Ok(Signature { scheme, bytes })
    }

    /// The scheme that made it.
    #[must_use]
    pub fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    /// The bytes, of [`SignatureScheme::signature_len`].
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Verifies signatures of one or more schemes.
pub trait Verifier {
    /// The schemes that [`verify`](Self::verify) can verify.
    const SCHEMES: &'static [SignatureScheme];

    /// The library that verifies `scheme` and its version, for people:
    /// `"ed25519-dalek 3.0"`; `None` for a scheme that is not among
    /// [`SCHEMES`](Self::SCHEMES).
    fn library(scheme: SignatureScheme) -> Option<&'static str>;

    /// Whether the library can run on this machine: see
    /// [`CryptoSuite::available`](crate::CryptoSuite::available).
    ///
    /// # Errors
    ///
    /// [`CryptoError::Library`]: it cannot, and why.
    fn available() -> Result<(), CryptoError> {
        Ok(())
    }

    /// Verifies that `signature` is one of `message` by the holder of
    /// `public_key`.
    ///
    /// Ed25519 is verified by the cofactorless equation of RFC 8032, section
    /// 5.1.7. Before it asks, the protocol itself refuses an S that is not below
    /// the group order, encodings that are not canonical, and public keys and R
    /// of small order, so that all libraries give one verdict. For ECDSA either
    /// of the two values of s is accepted; a public key is a point on the curve
    /// other than infinity. For ML-DSA the context is empty.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Verification`] where it is not, where `public_key` is no
    /// key, and where a length is not the scheme's;
    /// [`CryptoError::Unsupported`] for a scheme that is not among
    /// [`SCHEMES`](Self::SCHEMES).
    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError>;
}

/// Verifies with `A` the signatures of the schemes that `A` has, and with `B`
/// those of the others: two libraries' verifiers as one.
///
/// It is a name, never a value.
pub struct Verifiers<A, B>(PhantomData<fn() -> (A, B)>);

impl<A, B> fmt::Debug for Verifiers<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifiers")
    }
}

/// Whether `scheme` is among `schemes`, where a program is compiled.
const fn has(schemes: &[SignatureScheme], scheme: SignatureScheme) -> bool {
    let mut rest = schemes;
    while let [first, others @ ..] = rest {
        if first.code() == scheme.code() {
            return true;
        }
        rest = others;
    }
    false
}

impl<A: Verifier, B: Verifier> Verifiers<A, B> {
    const fn either(scheme: SignatureScheme) -> bool {
        has(A::SCHEMES, scheme) || has(B::SCHEMES, scheme)
    }
}

impl<A: Verifier, B: Verifier> Verifier for Verifiers<A, B> {
    const SCHEMES: &'static [SignatureScheme] = {
        use SignatureScheme::{EcdsaP256Sha256, Ed25519, MlDsa65};
        match (
            Self::either(Ed25519),
            Self::either(EcdsaP256Sha256),
            Self::either(MlDsa65),
        ) {
            (true, true, true) => &[Ed25519, EcdsaP256Sha256, MlDsa65],
            (true, true, false) => &[Ed25519, EcdsaP256Sha256],
            (true, false, true) => &[Ed25519, MlDsa65],
            (true, false, false) => &[Ed25519],
            (false, true, true) => &[EcdsaP256Sha256, MlDsa65],
            (false, true, false) => &[EcdsaP256Sha256],
            (false, false, true) => &[MlDsa65],
            (false, false, false) => &[],
        }
    };

    fn library(scheme: SignatureScheme) -> Option<&'static str> {
        A::library(scheme).or_else(|| B::library(scheme))
    }

    fn available() -> Result<(), CryptoError> {
        A::available()?;
        B::available()
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        if A::SCHEMES.contains(&scheme) {
            A::verify(scheme, public_key, message, signature)
        } else {
            B::verify(scheme, public_key, message, signature)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_round_trip_and_zero_is_no_scheme() {
        for scheme in SignatureScheme::ALL {
            assert_eq!(SignatureScheme::from_code(scheme.code()), Some(*scheme));
        }
        assert_eq!(SignatureScheme::from_code(0), None);
    }

    /// Verifies nothing, and says that it does so for two schemes.
    struct Nothing;

    impl Verifier for Nothing {
        const SCHEMES: &'static [SignatureScheme] =
            &[SignatureScheme::Ed25519, SignatureScheme::MlDsa65];

        fn library(scheme: SignatureScheme) -> Option<&'static str> {
            Self::SCHEMES.contains(&scheme).then_some("nothing")
        }

        fn verify(_: SignatureScheme, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), CryptoError> {
            Err(CryptoError::Verification)
        }
    }

    /// Takes everything, and says so for another two.
    struct Everything;

    impl Verifier for Everything {
        const SCHEMES: &'static [SignatureScheme] =
            &[SignatureScheme::MlDsa65, SignatureScheme::EcdsaP256Sha256];

        fn library(scheme: SignatureScheme) -> Option<&'static str> {
            Self::SCHEMES.contains(&scheme).then_some("everything")
        }

        fn verify(
            scheme: SignatureScheme,
            _: &[u8],
            _: &[u8],
            _: &[u8],
        ) -> Result<(), CryptoError> {
            if Self::SCHEMES.contains(&scheme) {
                Ok(())
            } else {
                Err(CryptoError::Unsupported)
            }
        }
    }

    #[test]
    fn of_two_verifiers_the_first_that_has_a_scheme_decides() {
        type Both = Verifiers<Nothing, Everything>;
        type Reversed = Verifiers<Everything, Nothing>;
        assert_eq!(Both::SCHEMES, SignatureScheme::ALL);
        assert_eq!(Reversed::SCHEMES, SignatureScheme::ALL);
        for (scheme, both, reversed) in [
            (SignatureScheme::Ed25519, "nothing", "nothing"),
            (SignatureScheme::EcdsaP256Sha256, "everything", "everything"),
            (SignatureScheme::MlDsa65, "nothing", "everything"),
        ] {
            assert_eq!(Both::library(scheme), Some(both));
            assert_eq!(Reversed::library(scheme), Some(reversed));
            let verdict = |library| library == "everything";
            assert_eq!(Both::verify(scheme, &[], &[], &[]).is_ok(), verdict(both));
            assert_eq!(
                Reversed::verify(scheme, &[], &[], &[]).is_ok(),
                verdict(reversed)
            );
        }
        type Same = Verifiers<Nothing, Nothing>;
        assert_eq!(Same::SCHEMES, Nothing::SCHEMES);
        assert_eq!(Same::library(SignatureScheme::EcdsaP256Sha256), None);
    }

    #[test]
    fn lengths_are_the_schemes() {
        for scheme in SignatureScheme::ALL {
            let (key, signature) = (scheme.public_key_len(), scheme.signature_len());
            assert!(Identity::new(*scheme, &alloc::vec![0; key]).is_ok());
            assert!(Identity::new(*scheme, &alloc::vec![0; key - 1]).is_err());
            assert!(Identity::new(*scheme, &alloc::vec![0; key + 1]).is_err());
            assert!(Signature::new(*scheme, &alloc::vec![0; signature]).is_ok());
            assert!(Signature::new(*scheme, &alloc::vec![0; signature - 1]).is_err());
            assert!(Signature::new(*scheme, &alloc::vec![0; signature + 1]).is_err());
        }
    }
}
