//! What closed days count of installations that were removed behind them.

use std::ops::ControlFlow;

use aboveboard_store::read::{Days, InstallationKey, ReadResult};

use super::moment::{Moment, RemovedCells};
use crate::ledger::RemovalKind;
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
        let day = row.order.day();
        if moment.of.is_taken_out(&row) && !moment.closed.lacking(day, row.installation) {
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
