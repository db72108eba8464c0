//! Which cells a publication has.

use aboveboard_types::declaration::Component;

/// The name of the first group.
pub const HEADLINE: &str = "headline";

/// The keys of the cells of [`Subject::Age`]: first seen in the period, first seen in the period before, seen before that.
pub const AGES: [&str; 3] = ["new", "before", "older"];

/// Components whose installations can be told apart, in the order in which one is chosen where an installation has several. A
/// console is part of what serves it.
pub(super) const PUBLISHED: [Component; 3] = [Component::Server, Component::Cli, Component::App];

/// The place of a cell in a layout: cells are numbered through all its tables.
pub type CellIndex = u32;

/// Which cells there are, in groups whose tables share a bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The headline first.
    pub groups: Vec<LayoutGroup>,
}

/// Tables to which one installation adds a bounded number of ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutGroup {
    /// `headline`, `commands`, `sizes`, `actions`, `events.NAME` or `timings.NAME`.
    pub name: String,
    /// The components whose installations can add to it.
    pub components: Vec<Component>,
    /// How many ones an installation adds to all its tables together, at most.
    pub at_most: u32,
    /// In the order of the publication.
    pub tables: Vec<LayoutTable>,
}

impl LayoutGroup {
    /// Whether it is there whatever a manifest asks for.
    #[must_use]
    pub fn is_headline(&self) -> bool {
        self.name == HEADLINE
    }

    /// Whether installations of a component add to it.
    #[must_use]
    pub fn is_fed_by(&self, component: Component) -> bool {
        self.components.contains(&component)
    }
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutTable {
    /// Names its files.
    pub name: String,
    /// What it counts.
    pub subject: Subject,
    /// What its cells are.
    pub form: TableForm,
    /// The keys of its cells, in the order of their declaration.
    pub cells: Vec<String>,
}

/// What the cells of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableForm {
    /// One number.
    Number,
    /// Each installation is in one cell at most.
    Partition,
    /// An installation can be in several.
    Several,
}

/// What a table counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Installations that recorded something.
    Active,
    /// Since when the installation is there: `new`, `before`, `older`.
    Age,
    /// The component it is published under.
    Component,
    /// Its system and architecture, as last seen.
    Platform,
    /// Its release line, as last seen, or `other`.
    Version,
    /// Commands that worked for it more often than they failed.
    CommandsWorked,
    /// Commands that failed at least every second time, of the runs that ended.
    CommandsFailing,
    /// The step of a count in its last report, or whether an entry of a split count was at least one.
    Size {
        /// The count.
        count: String,
    },
    /// Actions of the console that it used.
    Actions,
    /// Whether a declared event happened.
    Event {
        /// The event.
        event: String,
    },
    /// The value that a field of an event had most often; the members that a set had at least once.
    Field {
        /// The event.
        event: String,
        /// The field.
        field: String,
    },
    /// The step of the median time of a kind of requests.
    Timing {
        /// The timing.
        timing: String,
        /// The kind.
        kind: String,
    },
}

impl Layout {
    /// Every table with its group and the index of its first cell, in order.
    pub fn tables(&self) -> impl Iterator<Item = (&LayoutGroup, &LayoutTable, CellIndex)> {
        let all = self.groups.iter().flat_map(|group| group.tables.iter().map(move |table| (group, table)));
        all.scan(0, |next: &mut CellIndex, (group, table)| {
            let first = *next;
            *next += CellIndex::try_from(table.cells.len()).unwrap_or(CellIndex::MAX);
            Some((group, table, first))
        })
    }

    /// How many cells there are.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.groups.iter().flat_map(|group| &group.tables).map(|table| table.cells.len()).sum()
    }
}
