//! The key exchanges of protocol 2.

mod p256;
mod x25519;
mod x25519_mlkem768;

pub use self::p256::P256;
pub(crate) use self::p256::private_key as p256_private_key;
pub use self::x25519::X25519;
pub use self::x25519_mlkem768::X25519MlKem768;

#[cfg(test)]
mod tests {
    use super::*;
    use ossuary_traits::{FixedBytes, KeyExchange};

    fn has_the_sizes_of_its_id<K: KeyExchange>() {
        assert_eq!(K::ClientShare::LEN, K::ID.client_share_len());
        assert_eq!(K::ServerShare::LEN, K::ID.server_share_len());
        assert_eq!(K::SharedSecret::LEN, K::ID.shared_secret_len());
    }

    #[test]
    fn shares_and_secrets_have_the_sizes_of_the_protocol() {
        has_the_sizes_of_its_id::<X25519>();
        has_the_sizes_of_its_id::<P256>();
        has_the_sizes_of_its_id::<X25519MlKem768>();
    }

    #[test]
    fn what_draws_from_the_caller_alone_can_be_replayed() {
        const { assert!(X25519::REPLAYABLE && P256::REPLAYABLE) };
        const { assert!(!X25519MlKem768::REPLAYABLE) };
    }
}
