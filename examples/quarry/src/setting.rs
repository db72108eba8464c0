//! A config value that is passed on as it was written.

use serde::{Deserialize, Deserializer};

/// A value of a JSON config file, spelled as text: `false` and `"false"` are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting(String);

impl Setting {
    /// The text.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        }))
    }
}
