//! Every suite that can be made of the parts in this crate.

use crate::{
    Aes256Gcm, AwsLcVerifier, ChaCha20Poly1305, P256, Sha256, Sha384, X25519, X25519MlKem768,
};

ossuary_traits::name_suites! {
    X25519 ChaCha20Poly1305: X25519, ChaCha20Poly1305, Sha256, Sha384, AwsLcVerifier;
    X25519 Aes256Gcm: X25519, Aes256Gcm, Sha256, Sha384, AwsLcVerifier;
    P256 ChaCha20Poly1305: P256, ChaCha20Poly1305, Sha256, Sha384, AwsLcVerifier;
    P256 Aes256Gcm: P256, Aes256Gcm, Sha256, Sha384, AwsLcVerifier;
    X25519MlKem768 ChaCha20Poly1305:
        X25519MlKem768, ChaCha20Poly1305, Sha256, Sha384, AwsLcVerifier;
    X25519MlKem768 Aes256Gcm: X25519MlKem768, Aes256Gcm, Sha256, Sha384, AwsLcVerifier;
}

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
