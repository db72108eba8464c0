//! Published figures: what each table of `[publish]` is about.

use std::fmt;
use std::str::FromStr;

use aboveboard_types::declaration::{Component, FieldKind, Policy};

use crate::grammar::name;
use crate::{Count, Field, Licence, Manifest, PublishEvery, PublishTable};

/// Most commands, actions, kinds of requests or members of a set of one installation that a publication counts.
pub const MAX_ONES_OF_LIST: u32 = 10;

/// Most codes of a field that is published: as many as HTTP has. Of a wider range nearly every cell would be empty.
pub const MAX_PUBLISHED_CODES: u64 = 1_000;

impl PublishEvery {
    /// Both with their spelling in the manifest.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Month, "month"), (Self::Quarter, "quarter")];

    /// The spelling in the manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    /// How many months a publication covers.
    #[must_use]
    pub fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
        }
    }
}

impl Licence {
    /// Each with its SPDX identifier, which is its spelling in the manifest.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Cc0, "CC0-1.0"), (Self::CcBy, "CC-BY-4.0"), (Self::OdcBy, "ODC-By-1.0")];

    /// The SPDX identifier.
    #[must_use]
    pub fn spdx(self) -> &'static str {
        Self::ALL.iter().find(|(licence, _)| *licence == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for PublishTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commands => f.write_str("commands"),
            Self::Sizes => f.write_str("sizes"),
            Self::Actions => f.write_str("actions"),
            Self::Event(name) => write!(f, "events.{name}"),
            Self::Timing(name) => write!(f, "timings.{name}"),
        }
    }
}

/// A text that names no table of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPublishTable;

impl fmt::Display for NoPublishTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a table of a publication; write commands, sizes, actions, events.NAME or timings.NAME",
        )
    }
}

impl std::error::Error for NoPublishTable {}

impl FromStr for PublishTable {
    type Err = NoPublishTable;

    fn from_str(text: &str) -> Result<Self, NoPublishTable> {
        match text.split_once('.') {
            None if text == "commands" => Ok(Self::Commands),
            None if text == "sizes" => Ok(Self::Sizes),
            None if text == "actions" => Ok(Self::Actions),
            Some(("events", name)) if name::is_name(name) => Ok(Self::Event(name.to_owned())),
            Some(("timings", name)) if name::is_name(name) => Ok(Self::Timing(name.to_owned())),
            _ => Err(NoPublishTable),
        }
    }
}

impl Manifest {
    /// Whether figures about installations of a component can be published. One without a policy of its own has no
    /// installation, one that is off records nothing, and what a hosted service counts is that of one installation.
    #[must_use]
    pub fn is_publishable(&self, component: Component) -> bool {
        let policy = self.policy(component).unwrap_or(Policy::Off);
        !matches!(policy, Policy::Off | Policy::Operator)
    }

    /// The components that record what a table is about, whether or not figures of theirs can be published. What is done in
    /// a console counts for the server or the command line program that serves it.
    #[must_use]
    pub fn recorded_by(&self, table: &PublishTable) -> Vec<Component> {
        match table {
            PublishTable::Commands => vec![Component::Cli],
            PublishTable::Sizes | PublishTable::Timing(_) => vec![Component::Server],
            PublishTable::Actions => vec![Component::Server, Component::Cli],
            PublishTable::Event(name) => {
                let events = self.events.iter().filter(|event| event.name == *name);
                events.map(|event| event.component).collect()
            }
        }
    }

    /// The components whose installations a table counts.
    #[must_use]
    pub fn counted_in(&self, table: &PublishTable) -> Vec<Component> {
        self.recorded_by(table).into_iter().filter(|component| self.is_publishable(*component)).collect()
    }

    /// Whether what a table is about is declared.
    #[must_use]
    pub fn declares_table(&self, table: &PublishTable) -> bool {
        match table {
            PublishTable::Commands => self.cli.as_ref().is_some_and(|cli| !cli.commands.is_empty()),
            PublishTable::Sizes => !self.counts.is_empty(),
            PublishTable::Actions => self.console.as_ref().is_some_and(|console| !console.actions.is_empty()),
            PublishTable::Event(name) => self.events.iter().any(|event| event.name == *name),
            PublishTable::Timing(name) => self.timings.iter().any(|timing| timing.name == *name),
        }
    }

    /// How many ones an installation adds to the cells of a table, at most: where it could add more, some are chosen at random.
    #[must_use]
    pub fn ones(&self, table: &PublishTable) -> u32 {
        let some_of = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).min(MAX_ONES_OF_LIST);
        match table {
            PublishTable::Commands => some_of(self.cli.as_ref().map_or(0, |cli| cli.commands.len())),
            PublishTable::Sizes => self.counts.iter().map(ones_of_count).sum(),
            PublishTable::Actions => {
                some_of(self.console.as_ref().map_or(0, |console| console.actions.len()))
            }
            PublishTable::Event(name) => {
                let event = self.events.iter().find(|event| event.name == *name);
                event.map_or(0, |event| 1 + event.fields.iter().map(ones_of_field).sum::<u32>())
            }
            PublishTable::Timing(name) => {
                let timing = self.timings.iter().find(|timing| timing.name == *name);
                timing.map_or(0, |timing| some_of(timing.by.iter().map(|(_, list)| list.len()).product()))
            }
        }
    }

    /// Whether nothing of what a table is about can be told of an installation by one of a closed list.
    pub(crate) fn has_no_cells(&self, table: &PublishTable) -> bool {
        let has_cells = |count: &Count| !count.edges.is_empty() || !count.by.is_empty();
        *table == PublishTable::Sizes && !self.counts.iter().any(has_cells)
    }

    /// The table that has another name now.
    pub(crate) fn table_now_called(&self, table: &PublishTable) -> Option<PublishTable> {
        let PublishTable::Event(old) = table else { return None };
        let event = self.events.iter().find(|event| event.was.contains(old))?;
        Some(PublishTable::Event(event.name.clone()))
    }

    /// Every table that can be published.
    #[must_use]
    pub fn publishable_tables(&self) -> Vec<PublishTable> {
        let events = self.events.iter().map(|event| PublishTable::Event(event.name.clone()));
        let timings = self.timings.iter().map(|timing| PublishTable::Timing(timing.name.clone()));
        [PublishTable::Commands, PublishTable::Sizes, PublishTable::Actions]
            .into_iter()
            .chain(events)
            .chain(timings)
            .filter(|table| self.declares_table(table) && !self.has_no_cells(table))
            .filter(|table| !self.counted_in(table).is_empty())
            .collect()
    }
}

/// A count with edges is in one step of its distribution; of a split one each entry is there or not.
fn ones_of_count(count: &Count) -> u32 {
    match (count.by.len(), count.edges.is_empty()) {
        (0, true) => 0,
        (0, false) => 1,
        (entries, _) => u32::try_from(entries).unwrap_or(u32::MAX),
    }
}

/// A field has one value that it had most often; a choice or set each entry that it had at least once, `other` among them.
/// Versions and countries are not published.
fn ones_of_field(field: &Field) -> u32 {
    match &field.kind {
        FieldKind::Version | FieldKind::Country => 0,
        FieldKind::Choice(names) | FieldKind::Set(names) => {
            u32::try_from(names.len() + 1).unwrap_or(u32::MAX).min(MAX_ONES_OF_LIST)
        }
        FieldKind::Code(least, most) => u32::from(most - least < MAX_PUBLISHED_CODES),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_spelled_in_one_way() {
        for text in ["commands", "sizes", "actions", "events.started", "timings.query"] {
            assert_eq!(text.parse::<PublishTable>().unwrap().to_string(), text);
        }
        for text in
            ["", "Commands", "headline", "events", "events.", "events.A", "timings.a.b", "event.a", "routes"]
        {
            assert_eq!(text.parse::<PublishTable>(), Err(NoPublishTable), "{text}");
        }
    }
}
