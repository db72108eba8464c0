//! What is left of a batch behind all that came later.

use aboveboard_store::read::{ReportedCount, RowSum};
use aboveboard_types::envelope::Mark;

use super::run::Taken;
use crate::batch::{Batch, SentEvent, SentKind};
use crate::ledger::RemovalKind;
use crate::order::Order;
use crate::outcome::{Outcome, OutcomeRow};
use crate::terms::Terms;

/// What a batch adds, once the removal of its installation that came next and what applies to the whole product are heeded.
pub(super) fn left_of(
    batch: &Batch,
    taken: Taken,
    removal: Option<(Order, RemovalKind)>,
    terms: &Terms,
) -> Outcome {
    let Taken { fate, notes, rows } = taken;
    let place = batch.order;
    let is_synthetic = batch.context.marks.has(Mark::Synthetic);
    let is_cleared = is_synthetic && terms.clearings.iter().any(|clearing| *clearing > place);
    let erased: Vec<_> = terms.items_erased.iter().filter(|(order, _)| *order > place).collect();
    // Since then it is known anew of what there is data.
    let found_anew = terms.clearings.iter().chain(&terms.amendments).max();
    let mut first_day = None;
    let mut left = Vec::new();
    for (day, mut events) in rows {
        let retired = terms.retired_behind(place, day);
        let removed = removal.filter(|(order, kind)| {
            *kind != RemovalKind::Retirement && retired.is_none_or(|retired| retired > *order)
        });
        let is_retired =
            retired.is_some() || removal.is_some_and(|(_, kind)| kind == RemovalKind::Retirement);
        let is_known = match removed {
            Some((order, _)) => found_anew.is_none_or(|found| *found < order),
            None => !(is_retired && is_cleared),
        };
        if is_known {
            first_day = first_day.or(Some(day));
        }
        if removed.is_some() {
            continue;
        }
        if !erased.is_empty() {
            events = events
                .into_iter()
                .filter_map(|event| erased.iter().try_fold(event, |event, (_, name)| without(event, name)))
                .collect();
        }
        left.push(OutcomeRow { day, events, is_retired });
    }
    Outcome { fate, notes, rows: left, first_day, is_cleared }
}

/// An event without what goes by a name; none where nothing is left of it.
fn without(event: SentEvent, name: &str) -> Option<SentEvent> {
    let SentEvent { day, hour, what } = event;
    let what = match what {
        SentKind::Command { ref command, .. } if &**command == name => return None,
        SentKind::Console { ref action, ref route, .. }
            if action.as_deref() == Some(name) || &**route == name =>
        {
            return None;
        }
        SentKind::Declared { ref event, .. } if &**event == name => return None,
        SentKind::Declared { event, times, mut fields } => {
            fields.retain(|(field, _)| &**field != name);
            SentKind::Declared { event, times, fields }
        }
        SentKind::Report { mut counts, timings } => {
            counts.retain(|ReportedCount { count, .. }| &**count != name);
            SentKind::Report { counts, timings }
        }
        SentKind::Requests(mut sums) => {
            sums.retain(|RowSum { name: sum, .. }| !is_of_timing(sum, name));
            if sums.is_empty() {
                return None;
            }
            SentKind::Requests(sums)
        }
        what => what,
    };
    Some(SentEvent { day, hour, what })
}

/// Whether a sum is of a timing: of the whole, or of a part.
fn is_of_timing(sum: &str, timing: &str) -> bool {
    sum.strip_prefix(timing).is_some_and(|rest| rest.starts_with([' ', '.']))
}
