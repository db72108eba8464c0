//! What servers told of their runs before: a report tells sums since a start, and what is counted is how much they have
//! grown.
//!
//! The last runs of an installation are kept, since replicas of a server take turns, and a batch that was kept back
//! may come after the next start. A sum never shrinks, so a report that comes late adds nothing twice.

use std::collections::HashMap;

use aboveboard_core::event::Timings;
use aboveboard_core::id::Id;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::names::Names;
use super::rows;
use crate::rollup::row::{self, Number, Stored, TimingSum, What};
use crate::store::calendar::{Day, HourOfDay};

/// Most runs of one installation that are remembered.
const MAX_RUNS: u32 = 16;

/// Most by which one report lets one sum grow, a million million: a server that did nothing else for thirty years, in
/// milliseconds. A hostile one must not drown the others.
const MAX_GROWTH: u64 = 1_000_000_000_000;

/// The timings of one report.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) place: HourOfDay,
    run: Id,
    sums: Vec<TimingSum>,
}

/// The timings of a report in numbers.
pub(super) fn told(
    transaction: &Transaction<'_>,
    names: &mut Names,
    place: HourOfDay,
    timings: &Timings<'_>,
) -> rusqlite::Result<Told> {
    let mut sums = Vec::new();
    for timing in &timings.of {
        for cell in &timing.cells {
            let kind: Vec<_> = cell.kind.iter().map(|(_, entry)| *entry).collect();
            let kind = kind.join("/");
            let name = names.name(transaction, &format!("{} {kind}", timing.name))?;
            sums.push(TimingSum { name, is_time: false, from: cell.from, n: cell.count });
            sums.push(TimingSum { name, is_time: true, from: cell.from, n: cell.total });
            for (part, n) in &cell.parts {
                let name = names.name(transaction, &format!("{}.{part} {kind}", timing.name))?;
                sums.push(TimingSum { name, is_time: true, from: cell.from, n: *n });
            }
        }
    }
    Ok(Told { place, run: timings.run, sums })
}

/// By how much the sums of a run have grown since they were told last; remembers them.
pub(super) fn grown(
    transaction: &Transaction<'_>,
    product: u32,
    installation: Number,
    told: &Told,
) -> rusqlite::Result<Vec<TimingSum>> {
    let known = remembered(transaction, product, installation, told.run)?;
    let is_new = known.is_none();
    let mut all = known.unwrap_or_default();
    let mut grown = Vec::new();
    for sum in &told.sums {
        let before = all.entry((sum.name, sum.is_time, sum.from)).or_default();
        let n = sum.n.saturating_sub(*before).min(MAX_GROWTH);
        *before = sum.n.max(*before);
        if n > 0 {
            grown.push(TimingSum { n, ..*sum });
        }
    }
    remember(transaction, product, installation, told, &all)?;
    if is_new {
        forget(transaction, product, installation)?;
    }
    Ok(grown)
}

type Sums = HashMap<(u32, bool, u64), u64>;

fn remembered(
    transaction: &Transaction<'_>,
    product: u32,
    installation: Number,
    run: Id,
) -> rusqlite::Result<Option<Sums>> {
    transaction
        .prepare_cached("SELECT sums FROM timing WHERE product = ?1 AND installation = ?2 AND run = ?3")?
        .query_row(params![product, installation, run.bytes()], |row| {
            let mut sums = Sums::new();
            for event in rows::events(row, 0)? {
                let What::Timings(of) = event.what else { continue };
                sums.extend(of.iter().map(|sum| ((sum.name, sum.is_time, sum.from), sum.n)));
            }
            Ok(sums)
        })
        .optional()
}

fn remember(
    transaction: &Transaction<'_>,
    product: u32,
    installation: Number,
    told: &Told,
    all: &Sums,
) -> rusqlite::Result<()> {
    let mut sums: Vec<_> = all
        .iter()
        .map(|((name, is_time, from), n)| TimingSum { name: *name, is_time: *is_time, from: *from, n: *n })
        .collect();
    sums.sort_unstable_by_key(|sum| (sum.name, sum.is_time, sum.from));
    let mut bytes = Vec::new();
    row::push(&mut bytes, &Stored { hour: 0, what: What::Timings(sums) });
    transaction
        .prepare_cached(
            "INSERT INTO timing VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO UPDATE SET day = max(day, excluded.day), sums = excluded.sums",
        )?
        .execute(params![product, installation, told.run.bytes(), told.place.day, bytes])?;
    Ok(())
}

/// Forgets the oldest runs of an installation that has too many.
fn forget(transaction: &Transaction<'_>, product: u32, installation: Number) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM timing WHERE product = ?1 AND installation = ?2 AND run NOT IN \
             (SELECT run FROM timing WHERE product = ?1 AND installation = ?2 ORDER BY day DESC LIMIT ?3)",
        )?
        .execute(params![product, installation, MAX_RUNS])?;
    Ok(())
}

/// Forgets every run of an installation.
pub(super) fn erase(
    transaction: &Transaction<'_>,
    product: u32,
    installation: Number,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM timing WHERE product = ?1 AND installation = ?2")?
        .execute(params![product, installation])?;
    Ok(())
}

/// Forgets the runs last told of before a day.
pub(super) fn retire(transaction: &Transaction<'_>, product: u32, before: Day) -> rusqlite::Result<()> {
    transaction
        .execute("DELETE FROM timing WHERE product = ?1 AND day < ?2", params![product, before])
        .map(drop)
}
