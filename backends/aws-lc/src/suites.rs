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
