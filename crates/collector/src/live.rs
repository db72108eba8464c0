//! What the page shows of an arrival within a second of it: everything but the installation.

use std::fmt;

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;
use aboveboard_types::event::{Ending, Event, EventKind};
use aboveboard_types::value::Version;

/// Most events that one arrival spells out.
pub(crate) const MAX_SUMMARIES: usize = 20;

/// Most arrivals that a slow reader may lag behind before it misses some.
pub(crate) const MAX_LAG: usize = 64;

/// A batch that was acknowledged just now. It is sent before the batch is applied, so a batch that was sent twice
/// shows twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    /// Product id.
    pub(crate) product: String,
    /// The component that recorded the batch.
    pub(crate) component: Component,
    /// The product's version.
    pub(crate) version: Version,
    /// What keeps the batch out of headline figures.
    pub(crate) marks: Marks,
    /// The first [`MAX_SUMMARIES`] accepted events.
    pub(crate) events: Vec<Summary>,
    /// How many events were accepted in all.
    pub(crate) accepted: u32,
    /// When it was received: seconds since 1970 UTC.
    pub(crate) received: i64,
    /// Whether its installation is so new that one sender may still be many: see
    /// [`Standing`](aboveboard_store::verification::Standing).
    pub(crate) unverified: bool,
}

/// One event in a line, made of declared names only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    /// `command`, `console`, `report` or the name of a declared event.
    pub(crate) name: String,
    /// The command path, or the console's action or route; empty for the others.
    pub(crate) subject: String,
    /// How a command ended.
    pub(crate) ending: Option<Ending>,
}

impl Summary {
    /// The summary of a checked event.
    #[must_use]
    pub(crate) fn of(event: &Event<'_>) -> Self {
        let (name, subject, ending) = match &event.kind {
            EventKind::Command(command) => ("command", command.command, Some(command.ending)),
            EventKind::Console(console) => ("console", console.action.unwrap_or(console.route), None),
            EventKind::Report(_) => ("report", "", None),
            EventKind::Declared(declared) => (declared.name, "", None),
            _ => ("", "", None),
        };
        Self { name: name.to_owned(), subject: subject.to_owned(), ending }
    }
}

/// `metadata apply · error`, `report`
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.subject.is_empty() { &self.name } else { &self.subject })?;
        match self.ending {
            Some(Ending::Error) => f.write_str(" · error"),
            Some(Ending::Unfinished) => f.write_str(" · unfinished"),
            Some(Ending::Success) | None => Ok(()),
        }
    }
}
