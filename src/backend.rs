//! The cryptography libraries, each behind the feature of its name.
//!
//! | module and feature | library | it lacks |
//! |---|---|---|
//! | `rustcrypto` | RustCrypto and dalek | nothing |
//! | `ring` | ring | ML-KEM; ECDSA P-256 (it does not take compressed keys) and ML-DSA signatures |
//! | `orion` | orion | P-256, AES; Ed25519 and ECDSA signatures |
//! | `aws_lc`, feature `aws-lc` | AWS-LC | nothing |
//! | `graviola` | graviola | ECDSA P-256 (it does not take compressed keys) and ML-DSA signatures |
//!
//! A module has the library's parts for [`Suite`](crate::Suite), and the suites
//! that can be made of them by name. A suite that needs a part which the library
//! lacks takes it from RustCrypto: it is there when both features are on.

/// RustCrypto and dalek, in Rust throughout and without the standard library.
#[cfg(feature = "rustcrypto")]
pub use ossuary_rustcrypto as rustcrypto;

#[cfg(feature = "aws-lc")]
pub use ossuary_aws_lc as aws_lc;
#[cfg(feature = "graviola")]
pub use ossuary_graviola as graviola;
#[cfg(feature = "orion")]
pub use ossuary_orion as orion;
#[cfg(feature = "ring")]
pub use ossuary_ring as ring;
