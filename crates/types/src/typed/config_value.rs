//! The value of a host's config key or switch.

/// What a host's configuration holds under `enable_telemetry`, or a switch of its own says: text, a flag, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigValue(Option<String>);

impl ConfigValue {
    /// The value as text, which consent reads; `None` if it is not set.
    #[must_use]
    pub fn into_text(self) -> Option<String> {
        self.0
    }
}

impl From<Option<String>> for ConfigValue {
    fn from(value: Option<String>) -> Self {
        Self(value)
    }
}

impl From<bool> for ConfigValue {
    fn from(value: bool) -> Self {
        Self(Some(value.to_string()))
    }
}

impl From<String> for ConfigValue {
    fn from(value: String) -> Self {
        Self(Some(value))
    }
}

impl From<&str> for ConfigValue {
    fn from(value: &str) -> Self {
        Self(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for ConfigValue {
    fn from(value: Option<&str>) -> Self {
        Self(value.map(str::to_owned))
    }
}

impl From<Option<bool>> for ConfigValue {
    fn from(value: Option<bool>) -> Self {
        Self(value.map(|value| value.to_string()))
    }
}
