//! The cryptography of ossuary from ring.
