//! The key exchanges of protocol 2.

mod p256;
mod x25519;
mod x25519_mlkem768;

pub use self::p256::P256;
pub(crate) use self::p256::private_key as p256_private_key;
pub use self::x25519::X25519;
pub use self::x25519_mlkem768::X25519MlKem768;
