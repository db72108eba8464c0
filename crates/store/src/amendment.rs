//! What an operator changes about the data of a product, as an entry of the log: it takes its place in the order of
//! things, and is applied again after a restore.

use std::fmt;
use std::str::FromStr;

use aboveboard_types::value::Version;

use super::calendar::Day;
use super::versions::ReleaseLine;

/// A change that an operator asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// Product id.
    pub product: String,
    /// When it was received: seconds since 1970 UTC.
    pub received: i64,
    /// What is changed.
    pub change: Change,
}

/// What is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Every installation that is not yet verified is erased. None of them is remembered: one that comes again is new.
    EraseUnverified,
    /// Every installation that was first received on this day or later is erased, likewise.
    EraseSince(Day),
    /// Every installation that was only ever seen with this version is erased, likewise; what others sent with it counts as
    /// `other`.
    EraseVersion(Version),
    /// What goes by this name is deleted: a command, an action, an event, `event.field`, a count, a timing. That its
    /// installations were there stays.
    EraseItem(String),
    /// A version of the product gets a name, also on the days that were counted already.
    AdmitVersion(Version),
    /// A value of a field, `event.field`, likewise.
    AdmitValue(String, Version),
    /// A release line is named: its versions get names from now on.
    NameLine(ReleaseLine),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EraseUnverified => f.write_str("erase unverified"),
            Self::EraseSince(day) => write!(f, "erase since {day}"),
            Self::EraseVersion(version) => write!(f, "erase version {version}"),
            Self::EraseItem(name) => write!(f, "erase item {name}"),
            Self::AdmitVersion(version) => write!(f, "admit {version}"),
            Self::AdmitValue(field, version) => write!(f, "admit {version} of {field}"),
            Self::NameLine(line) => write!(f, "line {line}"),
        }
    }
}

/// A text that is no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoChange;

impl FromStr for Change {
    type Err = NoChange;

    fn from_str(text: &str) -> Result<Self, NoChange> {
        let version = |text: &str| Version::parse(text).ok_or(NoChange);
        if text == "erase unverified" {
            return Ok(Self::EraseUnverified);
        }
        if let Some(day) = text.strip_prefix("erase since ") {
            return day.parse().map(Self::EraseSince).map_err(|_| NoChange);
        }
        if let Some(text) = text.strip_prefix("erase version ") {
            return version(text).map(Self::EraseVersion);
        }
        if let Some(name) = text.strip_prefix("erase item ") {
            return Ok(Self::EraseItem(name.to_owned()));
        }
        if let Some(line) = text.strip_prefix("line ") {
            return line.parse().map(Self::NameLine).map_err(|_| NoChange);
        }
        let text = text.strip_prefix("admit ").ok_or(NoChange)?;
        match text.split_once(" of ") {
            Some((text, field)) => Ok(Self::AdmitValue(field.to_owned(), version(text)?)),
            None => version(text).map(Self::AdmitVersion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_as_it_was_written() {
        let version = Version::parse("2.1.0-rc").unwrap();
        for change in [
            Change::EraseUnverified,
            Change::EraseSince(20_900),
            Change::EraseVersion(version),
            Change::EraseItem("metadata apply".to_owned()),
            Change::AdmitVersion(version),
            Change::AdmitValue("start-finished.framework".to_owned(), version),
            Change::NameLine(ReleaseLine { major: 2, minor: 1 }),
        ] {
            assert_eq!(change.to_string().parse(), Ok(change));
        }
        for text in ["", "erase", "erase all", "erase since tomorrow", "admit 2.1", "line 2", "admit"] {
            assert_eq!(text.parse::<Change>(), Err(NoChange), "{text}");
        }
    }
}
