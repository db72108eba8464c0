//! Marks, and closing days of the order.

use aboveboard_store::StoreError;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY, day_of};

use super::moment::{Moment, Shared};
use crate::backend::Backend;
use crate::journal::JournalEntry;
use crate::order::NodeId;

/// The beginning of a day of the order.
fn begin_of(day: Day) -> i64 {
    i64::from(day) * SECONDS_A_DAY
}

/// Makes this collector known to the others, if it is not: what it sends from then on stands in the order behind all their marks.
///
/// A day is closed by one that wrote its own mark first and then read those of all others. So either it waits for this one, or this one
/// has read that mark, and sends nothing for the day.
pub(super) fn join<B: Backend>(shared: &Shared<B>, moment: &mut Moment) -> Result<(), StoreError> {
    let backend = &*shared.backend;
    let node = backend.node();
    if moment.book.mark_of(node).is_some() || moment.book.is_retired(node) {
        return Ok(());
    }
    loop {
        let others = moment.book.greatest_mark().unwrap_or(0);
        let until = others.max(moment.book.open_from(backend.shards()));
        backend.note(until, &[JournalEntry::Mark { until, settled: None }])?;
        moment.refresh(backend)?;
        let are_behind = moment.book.greatest_mark().is_none_or(|greatest| greatest <= until);
        if are_behind && moment.book.open_from(backend.shards()) <= until {
            return Ok(());
        }
    }
}

/// Moves the mark of this collector up to the beginning of a day, once all that stands before it is where every replica has it. Returns
/// whether it is there.
pub(super) fn mark<B: Backend>(
    shared: &Shared<B>,
    moment: &mut Moment,
    day: Day,
) -> Result<bool, StoreError> {
    let backend = &*shared.backend;
    let until = begin_of(day);
    if moment.book.mark_of(backend.node()).is_some_and(|mark| mark >= until) {
        return Ok(true);
    }
    // What is not settled must stand behind the mark. The log goes on behind it.
    moment.settle(backend.settled()?);
    if moment.unsettled_from(backend.position()?.0).is_some_and(|at| at < until) {
        return Ok(false);
    }
    let settled = moment.book.settled_until(backend.node());
    backend.note(until, &[JournalEntry::Mark { until, settled }])?;
    moment.refresh(backend)?;
    Ok(true)
}

/// Tells the others that every replica that must holds all that this collector acknowledged before a time. Returns whether they know, or
/// need not.
pub(super) fn note_settled<B: Backend>(
    shared: &Shared<B>,
    moment: &mut Moment,
    settled: i64,
) -> Result<bool, StoreError> {
    let backend = &*shared.backend;
    let node = backend.node();
    // Nobody waits for one that is gone for good.
    if moment.book.is_retired(node) || moment.book.settled_until(node) >= Some(settled) {
        return Ok(true);
    }
    // What is said holds for good, so it is said by a clock that retention has believed.
    let is_believed = moment.book.retention_day() >= Some(day_of(settled));
    let Some(until) = moment.book.mark_of(node).filter(|_| is_believed) else { return Ok(false) };
    backend.note(until, &[JournalEntry::Mark { until, settled: Some(settled) }])?;
    moment.refresh(backend)?;
    Ok(true)
}

/// Whether it is this collector that closes days, and takes out of them what goes: the one with the least number of those that are not gone
/// for good. All of them are waited for before a day is closed, so none is waited for because of this; and no two write the sums of one day.
pub(super) fn is_its_turn<B: Backend>(shared: &Shared<B>, moment: &Moment) -> bool {
    let mut there = moment.book.nodes().filter(|node: &NodeId| !moment.book.is_retired(*node));
    there.next() == Some(shared.backend.node())
}

/// The day of the order that runs by the clock of arrivals: what came last, to any collector.
pub(super) fn running(moment: &Moment) -> Day {
    day_of(moment.latest())
}

/// Closes the days of the order before a day that every collector is past, at most so many of them. Returns how many rows they have.
pub(super) fn close<B: Backend>(
    shared: &Shared<B>,
    moment: &mut Moment,
    before: Day,
    max_days: usize,
) -> Result<u64, StoreError> {
    let backend = &*shared.backend;
    let shards = backend.shards();
    let mut rows = 0_u64;
    if !is_its_turn(shared, moment) {
        return Ok(rows);
    }
    for _ in 0..max_days {
        let Some(mark) = moment.book.least_mark() else { break };
        let first = moment.open.days().first().copied();
        let Some(day) = first.filter(|day| *day < before && begin_of(day.saturating_add(1)) <= mark) else {
            break;
        };
        for shard in 0..shards {
            // A collector that closed it died before the last shard.
            if moment.book.closed(shard, day).is_some() {
                continue;
            }
            let what = moment.open.close(day, shard, shards);
            rows += what.rows.len() as u64;
            backend.close(shard, day, &what)?;
        }
        moment.refresh(backend)?;
        // Where the journal does not show it yet, this goes on when it does.
        if moment.book.last_closed(shards) < Some(day) {
            break;
        }
    }
    Ok(rows)
}
