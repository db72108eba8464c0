//! One event against its manifest.

use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::{Cells, Event, EventKind};
use aboveboard_types::id::Id;
use aboveboard_types::limits::{MAX_NUMBER, MAX_TIME};
use aboveboard_types::read::{RawEvent, Violation};

/// The event if it is declared and its numbers and time are in bounds.
pub(super) fn check<'d>(
    event: &RawEvent<'_>,
    installation: Id,
    component: Component,
    declaration: &'d Declaration,
) -> Result<Event<'d>, Violation> {
    let event = event.check_from(installation, component, declaration)?;
    let in_bounds = |cells: &Cells<'_>| match cells {
        Cells::One(number) => *number <= MAX_NUMBER,
        Cells::By(cells) => cells.iter().all(|(_, number)| *number <= MAX_NUMBER),
    };
    let fits = event.time <= MAX_TIME
        && match &event.kind {
            EventKind::Report(report) => report.counts.iter().all(|count| in_bounds(&count.cells)),
            _ => true,
        };
    if fits { Ok(event) } else { Err(Violation::WrongValue) }
}
