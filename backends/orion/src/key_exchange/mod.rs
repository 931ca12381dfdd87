//! The key exchanges that orion has.

mod x25519;
mod x25519_mlkem768;

pub use self::x25519::X25519;
pub use self::x25519_mlkem768::X25519MlKem768;
