//! A line of the protocol, from its bytes.

use aboveboard_types::event::Ending;
use aboveboard_types::limits::MAX_NUMBER;

use super::json::{Keys, Object, Text};
use super::wrong::Wrong;
use crate::counts::Numbers;
use crate::values::Given;

/// What a line says. Names and values are as they were given; whoever takes the line asks the manifest.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'l> {
    /// The version of the protocol.
    Version(u64),
    /// A declared event.
    Event { name: Text<'l>, fields: Object<'l, Given<'l>> },
    /// A command begins.
    Begin { command: Text<'l>, run: u64 },
    /// A command ended.
    End { run: u64, ending: Ending },
    /// The value of the link header of a server that answered.
    Link { value: Text<'l>, run: Option<u64> },
    /// So many events were dropped before they became lines.
    Dropped(u64),
    /// What a server counted.
    Counts(Object<'l, Numbers<Text<'l>>>),
    /// One request that a server served; times in milliseconds, none below 0.
    Timing { name: Text<'l>, kind: Object<'l, Text<'l>>, took: f64, parts: Object<'l, f64> },
}

impl<'l> Line<'l> {
    /// Reads a line without its line feed.
    pub(super) fn read(bytes: &'l [u8]) -> Result<Self, Wrong> {
        let text = std::str::from_utf8(bytes).map_err(|_| Wrong::NotText)?;
        // A list would be taken for an object without its keys.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(Wrong::NotJson);
        }
        let keys: Keys<'l> = serde_json::from_str(text)
            .map_err(|error| if error.is_data() { Wrong::Unknown } else { Wrong::NotJson })?;
        Self::of(keys).ok_or(Wrong::Unknown)
    }

    /// The line that has these keys and no other.
    fn of(mut keys: Keys<'l>) -> Option<Self> {
        let line = if let Some(version) = keys.relay.take() {
            Self::Version(version)
        } else if let Some(name) = keys.event.take() {
            Self::Event { name, fields: keys.fields.take().unwrap_or_default() }
        } else if let Some(command) = keys.begin.take() {
            Self::Begin { command, run: keys.run.take()? }
        } else if let Some(run) = keys.end.take() {
            Self::End { run, ending: ending(keys.outcome.take()?.as_ref())? }
        } else if let Some(value) = keys.link.take() {
            Self::Link { value, run: keys.run.take() }
        } else if let Some(number) = keys.dropped.take() {
            Self::Dropped(Some(number).filter(|number| *number <= MAX_NUMBER)?)
        } else if let Some(counts) = keys.counts.take() {
            Self::Counts(counts)
        } else {
            let name = keys.timing.take()?;
            let took = keys.took.take()?;
            let kind = keys.kind.take().unwrap_or_default();
            let parts = keys.parts.take().unwrap_or_default();
            let mut times = parts.0.iter().map(|(_, time)| *time).chain([took]);
            times.all(|time| time >= 0.0).then_some(Self::Timing { name, kind, took, parts })?
        };
        (keys == Keys::default()).then_some(line)
    }
}

fn ending(text: &str) -> Option<Ending> {
    match text {
        "success" => Some(Ending::Success),
        "error" => Some(Ending::Error),
        "unfinished" => Some(Ending::Unfinished),
        _ => None,
    }
}
