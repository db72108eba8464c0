//! What closed days count of installations that were removed behind them.

use std::ops::ControlFlow;

use aboveboard_store::read::{Days, InstallationKey, ReadResult};

use super::moment::{Moment, RemovedCells};
use crate::closed::ClosedRow;
use crate::ledger::RemovalKind;
use crate::order::Order;
use crate::rollup::each_cell;

/// Finds it by the rows that are still there.
pub(super) fn find(moment: &Moment<'_>) -> ReadResult<RemovedCells> {
    let mut found = RemovedCells::new();
    if moment.closed.last().is_none() {
        return Ok(found);
    }
    let takes_counts = |kind| kind != RemovalKind::Retirement;
    let removed = moment.of.all_removals();
    let removed = removed.filter(|(_, all)| all.iter().any(|removal| takes_counts(removal.kind)));
    let removed: Vec<InstallationKey> = removed.map(|(installation, _)| installation).collect();
    if removed.is_empty() {
        return Ok(found);
    }
    moment.closed.rows_of(moment.product, &removed, Days::ALL, &mut |row| {
        if is_counted(moment, &row) {
            let day = row.order.day();
            each_cell(row.day, &row.context, &row.events, &mut |key, n| {
                if !moment.is_erased(day, |name| key.goes_by(name)) {
                    found.push((key, day, n));
                }
            });
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// Whether the sums of its closed day hold a row that they must not hold.
fn is_counted(moment: &Moment<'_>, row: &ClosedRow) -> bool {
    let day = row.order.day();
    let place = Order::end_of(day);
    // The first removal decides: what is behind it found nothing of what was before.
    let mut behind = moment.of.removals(row.installation).iter().filter(|removal| removal.order > place);
    let Some(first) = behind.next() else { return false };
    first.kind != RemovalKind::Retirement
        && row.day >= moment.of.kept_from_at(first.order)
        && !moment.closed.lacking(day, row.installation)
}
