//! Host keys in a hardware token.
