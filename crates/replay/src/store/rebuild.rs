//! Making the sums of closed days anew from their rows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;
use aboveboard_store::read::InstallationKey;

use super::close::is_its_turn;
use super::moment::{Moment, Shared, refuse};
use super::remove::{SumsOfDay, sums_of};
use crate::backend::Backend;
use crate::order::Order;
use crate::rollup::each_cell;

/// Makes the sums of every closed day anew, for the days of events whose rows are still there, and reads what is open again. `progress` gets
/// the number of rows done, and of all.
pub(super) fn rebuild<B: Backend>(
    shared: &Shared<B>,
    moment: &mut Moment,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u64, StoreError> {
    moment.forget();
    moment.refresh(&*shared.backend)?;
    if !is_its_turn(shared, moment) {
        return Err(refuse(
            "sums are made anew by the collector with the least number of those that are not retired",
        ));
    }
    let last = moment.book.last_closed(shared.backend.shards());
    let days: Vec<(u32, Day)> = moment.book.closed_days().map(|(shard, day, _)| (shard, day)).collect();
    let days: Vec<_> = days.into_iter().filter(|(_, day)| Some(*day) <= last).collect();
    let mut all = 0_u64;
    let closed = shared.backend.closed(moment.book.entries())?;
    for (shard, day) in &days {
        closed.rows_of_day(*shard, *day, &mut |_, _| {
            all += 1;
            ControlFlow::Continue(())
        })?;
    }
    drop(closed);
    let mut done = 0;
    for (shard, day) in days {
        done += rebuild_day(shared, moment, shard, day)?;
        progress(done, all);
    }
    moment.refresh(&*shared.backend)?;
    Ok(done)
}

fn rebuild_day<B: Backend>(
    shared: &Shared<B>,
    moment: &Moment,
    shard: u32,
    day: Day,
) -> Result<u64, StoreError> {
    let closed = shared.backend.closed(moment.book.entries())?;
    let before = sums_of(&*closed, moment, shard, day)?;
    let kept_from: BTreeMap<&str, Day> =
        moment.book.products().map(|(product, of)| (product, of.kept_from())).collect();
    let has_rows = |product: &str, of: Day| kept_from.get(product).is_none_or(|kept_from| of >= *kept_from);
    let mut sums: SumsOfDay = before.clone();
    sums.retain(|(product, key), _| !has_rows(product, key.day));
    let mut without: BTreeSet<InstallationKey> =
        moment.book.closed(shard, day).map(|closed| closed.without.clone()).unwrap_or_default();
    let mut rows = 0;
    closed.rows_of_day(shard, day, &mut |product, row| {
        rows += 1;
        if !has_rows(product, row.day) {
            return ControlFlow::Continue(());
        }
        let of = moment.book.product(product);
        if of.is_some_and(|of| of.is_taken_out(&row)) {
            without.insert(row.installation);
            return ControlFlow::Continue(());
        }
        let name: Arc<str> = Arc::from(product);
        each_cell(row.day, &row.context, &row.events, &mut |key, number| {
            let mut gone = of.into_iter().flat_map(|of| of.items_behind(Order::end_of(day)));
            if !gone.any(|name| key.goes_by(name)) {
                let sum = sums.entry((Arc::clone(&name), key)).or_default();
                *sum = sum.saturating_add(number);
            }
        });
        ControlFlow::Continue(())
    })?;
    if sums != before {
        let cells: Vec<_> = sums.into_iter().map(|((product, key), sum)| (product, key, sum)).collect();
        let without: Vec<_> = without.into_iter().collect();
        shared.backend.close_again(shard, day, &cells, &without)?;
    }
    Ok(rows)
}
