//! What is left of a batch behind all that came later.

use aboveboard_types::envelope::Mark;

use super::run::Taken;
use crate::batch::Batch;
use crate::items::without;
use crate::journal::RemovalKind;
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
    let erased = terms.items_erased.iter().filter(|(order, _)| *order > place);
    let erased: Vec<_> = erased.map(|(_, name)| &**name).collect();
    // Since then it is known anew of what there is data.
    let found_anew = terms.clearings.iter().chain(&terms.amendments).max();
    let mut first_day = None;
    let mut left = Vec::new();
    for (day, mut events) in rows {
        let retired = terms.retired_behind(place, day);
        let removed = removal.filter(|(order, kind)| {
            *kind != RemovalKind::Retirement && retired.is_none_or(|retired| retired > *order)
        });
        let is_gone = removal.is_some();
        let is_retired = retired.is_some() || is_gone;
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
            events = events.iter().filter_map(|event| without(event, &erased)).collect();
        }
        left.push(OutcomeRow { day, events, is_retired, is_gone });
    }
    Outcome { fate, notes, rows: left, first_day, is_cleared }
}
