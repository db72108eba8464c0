//! What closed days count of installations that were removed behind them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use aboveboard_store::read::{Days, InstallationKey, ReadResult};

use super::moment::{Moment, RemovedCells};
use crate::ledger::RemovalKind;
use crate::order::Order;
use crate::product_book::Removal;
use crate::rollup::each_cell;

/// Finds it by the rows that are still there.
pub(super) fn find(moment: &Moment<'_>) -> ReadResult<RemovedCells> {
    let mut found = RemovedCells::new();
    let Some(last_closed) = moment.closed.last() else { return Ok(found) };
    let takes_counts = |removal: &&Removal| removal.kind != RemovalKind::Retirement;
    let last = |(key, all): (InstallationKey, &[Removal])| {
        all.iter().rev().find(takes_counts).map(|removal| (key, removal.order))
    };
    let taken_out = moment.book.taken_out();
    let removed = moment.of.all_removals().filter_map(last).filter(|(_, order)| !taken_out.has(*order));
    let mut asked: BTreeMap<InstallationKey, Order> =
        removed.filter(|(key, order)| !moment.numbers.is_settled(*key, *order)).collect();
    if asked.is_empty() {
        return Ok(found);
    }
    let keys: Vec<InstallationKey> = asked.keys().copied().collect();
    moment.closed.rows_of(moment.product, &keys, Days::ALL, &mut |row| {
        if !moment.of.is_taken_out(&row) {
            return ControlFlow::Continue(());
        }
        asked.remove(&row.installation);
        let day = row.order.day();
        if !moment.closed.lacking(day, row.installation) {
            each_cell(row.day, &row.context, &row.events, &mut |key, n| {
                if !moment.is_erased(day, |name| key.goes_by(name)) {
                    found.push((key, day, n));
                }
            });
        }
        ControlFlow::Continue(())
    })?;
    // A day that is closed later feels the removal itself, unless it lies before it.
    moment.numbers.settle(asked.into_iter().filter(|(_, removal)| removal.day() <= last_closed));
    Ok(found)
}
