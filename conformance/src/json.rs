//! JSON, and where in it something is wrong.

use serde::{Deserialize, Deserializer};

/// Deserializes, and names the path of what is wrong.
pub(crate) fn deserialize<'de, T: Deserialize<'de>>(
    from: impl Deserializer<'de>,
) -> Result<T, String> {
    serde_path_to_error::deserialize(from).map_err(|error| match error.path().to_string() {
        path if path == "." => error.into_inner().to_string(),
        path => format!("{path}: {}", error.into_inner()),
    })
}
