//! Every suite that can be made of the parts in this crate.

use crate::{Aes256Gcm, ChaCha20Poly1305, P256, RingVerifier, Sha256, Sha384, X25519};

ossuary_traits::name_suites! {
    X25519 ChaCha20Poly1305: X25519, ChaCha20Poly1305, Sha256, Sha384, RingVerifier;
    X25519 Aes256Gcm: X25519, Aes256Gcm, Sha256, Sha384, RingVerifier;
    P256 ChaCha20Poly1305: P256, ChaCha20Poly1305, Sha256, Sha384, RingVerifier;
    P256 Aes256Gcm: P256, Aes256Gcm, Sha256, Sha384, RingVerifier;
}
