//! Every suite that can be made of the parts in this crate.

use crate::{Aes256Gcm, ChaCha20Poly1305, P256, RingVerifier, Sha256, Sha384, X25519};

ossuary_traits::name_suites! {
    X25519 ChaCha20Poly1305: X25519, ChaCha20Poly1305, Sha256, Sha384, RingVerifier;
    X25519 Aes256Gcm: X25519, Aes256Gcm, Sha256, Sha384, RingVerifier;
    P256 ChaCha20Poly1305: P256, ChaCha20Poly1305, Sha256, Sha384, RingVerifier;
    P256 Aes256Gcm: P256, Aes256Gcm, Sha256, Sha384, RingVerifier;
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
    }
}
