//! Host keys in the operating system's keystore.
