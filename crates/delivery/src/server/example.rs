//! What a report looks like before there is one.

use aboveboard_types::declaration::{CountDeclaration, Declaration};
use aboveboard_types::event::{Cells, Count, Report};

/// The report of a server that has nothing of what it could count.
#[must_use]
pub fn empty_report(declaration: &Declaration) -> Report<'_> {
    Report { counts: declaration.counts.iter().map(none_of).collect(), timings: None }
}

fn none_of(count: &CountDeclaration) -> Count<'_> {
    let entries = count.by.iter().map(|entry| (&**entry, 0));
    let cells = if count.by.is_empty() { Cells::One(0) } else { Cells::By(entries.collect()) };
    Count { name: &count.name, cells }
}
