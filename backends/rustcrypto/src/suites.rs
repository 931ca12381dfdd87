//! Every suite that can be made of the parts in this crate.

use crate::{
    Aes256Gcm, ChaCha20Poly1305, P256, RustCryptoVerifier, Sha256, Sha384, X25519, X25519MlKem768,
};
use ossuary_traits::Suite;

/// X25519, ChaCha20-Poly1305 and SHA-256, `01 01 01` on the wire: the default suite.
pub type X25519ChaCha20Poly1305Sha256 = Suite<X25519, ChaCha20Poly1305, Sha256, RustCryptoVerifier>;

/// X25519, ChaCha20-Poly1305 and SHA-384: `01 01 02` on the wire.
pub type X25519ChaCha20Poly1305Sha384 = Suite<X25519, ChaCha20Poly1305, Sha384, RustCryptoVerifier>;

/// X25519, AES-256-GCM and SHA-256: `01 02 01` on the wire.
pub type X25519Aes256GcmSha256 = Suite<X25519, Aes256Gcm, Sha256, RustCryptoVerifier>;

/// X25519, AES-256-GCM and SHA-384: `01 02 02` on the wire.
pub type X25519Aes256GcmSha384 = Suite<X25519, Aes256Gcm, Sha384, RustCryptoVerifier>;

/// P-256, ChaCha20-Poly1305 and SHA-256: `02 01 01` on the wire.
pub type P256ChaCha20Poly1305Sha256 = Suite<P256, ChaCha20Poly1305, Sha256, RustCryptoVerifier>;

/// P-256, ChaCha20-Poly1305 and SHA-384: `02 01 02` on the wire.
pub type P256ChaCha20Poly1305Sha384 = Suite<P256, ChaCha20Poly1305, Sha384, RustCryptoVerifier>;

/// P-256, AES-256-GCM and SHA-256: `02 02 01` on the wire.
pub type P256Aes256GcmSha256 = Suite<P256, Aes256Gcm, Sha256, RustCryptoVerifier>;

/// P-256, AES-256-GCM and SHA-384: `02 02 02` on the wire.
pub type P256Aes256GcmSha384 = Suite<P256, Aes256Gcm, Sha384, RustCryptoVerifier>;

/// X25519MLKEM768, ChaCha20-Poly1305 and SHA-256: `11 01 01` on the wire.
pub type X25519MlKem768ChaCha20Poly1305Sha256 =
    Suite<X25519MlKem768, ChaCha20Poly1305, Sha256, RustCryptoVerifier>;

/// X25519MLKEM768, ChaCha20-Poly1305 and SHA-384: `11 01 02` on the wire.
pub type X25519MlKem768ChaCha20Poly1305Sha384 =
    Suite<X25519MlKem768, ChaCha20Poly1305, Sha384, RustCryptoVerifier>;

/// X25519MLKEM768, AES-256-GCM and SHA-256: `11 02 01` on the wire.
pub type X25519MlKem768Aes256GcmSha256 =
    Suite<X25519MlKem768, Aes256Gcm, Sha256, RustCryptoVerifier>;

/// X25519MLKEM768, AES-256-GCM and SHA-384: `11 02 02` on the wire.
pub type X25519MlKem768Aes256GcmSha384 =
    Suite<X25519MlKem768, Aes256Gcm, Sha384, RustCryptoVerifier>;

#[cfg(test)]
mod tests {
    use super::*;
    use ossuary_traits::CryptoSuite;

    fn code<S: CryptoSuite>() -> [u8; 3] {
        S::ID.code()
    }

    #[test]
    fn a_suite_has_the_code_points_that_its_name_says() {
        assert_eq!(code::<X25519ChaCha20Poly1305Sha256>(), [0x01, 0x01, 0x01]);
        assert_eq!(code::<X25519ChaCha20Poly1305Sha384>(), [0x01, 0x01, 0x02]);
        assert_eq!(code::<X25519Aes256GcmSha256>(), [0x01, 0x02, 0x01]);
        assert_eq!(code::<X25519Aes256GcmSha384>(), [0x01, 0x02, 0x02]);
        assert_eq!(code::<P256ChaCha20Poly1305Sha256>(), [0x02, 0x01, 0x01]);
        assert_eq!(code::<P256ChaCha20Poly1305Sha384>(), [0x02, 0x01, 0x02]);
        assert_eq!(code::<P256Aes256GcmSha256>(), [0x02, 0x02, 0x01]);
        assert_eq!(code::<P256Aes256GcmSha384>(), [0x02, 0x02, 0x02]);
        assert_eq!(
            code::<X25519MlKem768ChaCha20Poly1305Sha256>(),
            [0x11, 0x01, 0x01]
        );
        assert_eq!(
            code::<X25519MlKem768ChaCha20Poly1305Sha384>(),
            [0x11, 0x01, 0x02]
        );
        assert_eq!(code::<X25519MlKem768Aes256GcmSha256>(), [0x11, 0x02, 0x01]);
        assert_eq!(code::<X25519MlKem768Aes256GcmSha384>(), [0x11, 0x02, 0x02]);
    }
}
