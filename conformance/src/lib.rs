//! The tests that any suite must pass.
