//! The value of a host's config key or switch.

/// What a host's configuration holds under `enable_telemetry`, or a switch of its own says: text, a flag, nothing, or what
/// could not be read.
///
/// A host whose configuration may fail to be read hands over its `Result`: an error is no word of anybody's, so it silences
/// this process and deletes nothing. A value of the key that says no deletes what was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigValue(Read);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Read {
    #[default]
    Unset,
    Text(String),
    Failed,
}

impl ConfigValue {
    /// What could not be read: for hosts that learn of it otherwise than by an error.
    pub const UNREADABLE: Self = Self(Read::Failed);

    /// The value as text, which consent reads; `None` if it is not set.
    ///
    /// # Errors
    /// If it could not be read.
    pub fn text(&self) -> Result<Option<&str>, Unreadable> {
        match &self.0 {
            Read::Unset => Ok(None),
            Read::Text(text) => Ok(Some(text)),
            Read::Failed => Err(Unreadable),
        }
    }
}

/// The configuration could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl From<Option<String>> for ConfigValue {
    fn from(value: Option<String>) -> Self {
        Self(value.map_or(Read::Unset, Read::Text))
    }
}

impl From<bool> for ConfigValue {
    fn from(value: bool) -> Self {
        Self(Read::Text(value.to_string()))
    }
}

impl From<String> for ConfigValue {
    fn from(value: String) -> Self {
        Self(Read::Text(value))
    }
}

impl From<&str> for ConfigValue {
    fn from(value: &str) -> Self {
        Self(Read::Text(value.to_owned()))
    }
}

impl From<Option<&str>> for ConfigValue {
    fn from(value: Option<&str>) -> Self {
        value.map(str::to_owned).into()
    }
}

impl From<Option<bool>> for ConfigValue {
    fn from(value: Option<bool>) -> Self {
        value.map(|value| value.to_string()).into()
    }
}

impl<V: Into<Self>, E> From<Result<V, E>> for ConfigValue {
    fn from(read: Result<V, E>) -> Self {
        read.map_or(Self::UNREADABLE, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_neither_a_value_nor_the_lack_of_one() {
        let read = |value: ConfigValue| value.text().map(|text| text.map(str::to_owned));
        assert_eq!(read(Err::<Option<bool>, _>("half written").into()), Err(Unreadable));
        assert_eq!(read(Ok::<_, ()>(Some(false)).into()), Ok(Some("false".to_owned())));
        assert_eq!(read(Ok::<_, ()>(None::<String>).into()), Ok(None));
        assert_eq!(read(Some("").into()), Ok(Some(String::new())));
    }
}
