//! What closed days count of installations that were removed behind them.

use std::ops::ControlFlow;

use aboveboard_store::read::{Days, InstallationKey, ReadResult};

use super::moment::{Moment, RemovedCells};
use crate::journal::RemovalKind;
use crate::product_book::Removal;
use crate::rollup::each_cell;

/// Finds it by the rows that are still there.
pub(super) fn find(moment: &Moment<'_>) -> ReadResult<RemovedCells> {
    let mut found = RemovedCells::new();
    let taken_out = moment.book.taken_out();
    let is_counted =
        |removal: &Removal| removal.kind != RemovalKind::Retirement && !taken_out.has(removal.order);
    let removed = moment.of.all_removals().filter(|(_, all)| all.iter().any(is_counted));
    let removed: Vec<InstallationKey> = removed.map(|(installation, _)| installation).collect();
    if removed.is_empty() || moment.closed.last().is_none() {
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
