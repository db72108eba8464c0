//! The sums that server processes report: a report holds sums since the start of its process, and what is counted is by
//! how much they have grown.
//!
//! The last processes of an installation are remembered, since replicas of a server take turns, and a batch that was kept
//! back may come after the next start. A sum never shrinks, so a report that comes late adds nothing twice.

use std::collections::HashMap;

use aboveboard_store::calendar::HourOfDay;
use aboveboard_store::limits::{MAX_PROCESSES, MAX_SUM_GROWTH};
use aboveboard_types::event::Timings;
use aboveboard_types::id::Id;
use rusqlite::{Result, Transaction, params};

use super::names::Names;
use super::rows;
use crate::query;
use crate::row::{self, InstallationNumber, StoredEvent, StoredKind, TimingSum};

/// The timings of one report.
#[derive(Debug)]
pub(super) struct ReportedSums {
    pub(super) at: HourOfDay,
    /// The restart tag of the process.
    process: Id,
    sums: Vec<TimingSum>,
}

/// The timings of a report in numbers.
pub(super) fn reported(
    transaction: &Transaction<'_>,
    names: &mut Names,
    at: HourOfDay,
    timings: &Timings<'_>,
) -> Result<ReportedSums> {
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
    Ok(ReportedSums { at, process: timings.run, sums })
}

/// By how much the sums of a process have grown since its last report; remembers them.
pub(super) fn grown(
    transaction: &Transaction<'_>,
    product: u32,
    installation: InstallationNumber,
    report: &ReportedSums,
) -> Result<Vec<TimingSum>> {
    let known = remembered(transaction, product, installation, report.process)?;
    let is_new = known.is_none();
    let mut all = known.unwrap_or_default();
    let mut grown = Vec::new();
    for sum in &report.sums {
        let before = all.entry((sum.name, sum.is_time, sum.from)).or_default();
        let n = sum.n.saturating_sub(*before).min(MAX_SUM_GROWTH);
        *before = sum.n.max(*before);
        if n > 0 {
            grown.push(TimingSum { n, ..*sum });
        }
    }
    remember(transaction, product, installation, report, &all)?;
    if is_new {
        forget(transaction, product, installation)?;
    }
    Ok(grown)
}

type ProcessSums = HashMap<(u32, bool, u64), u64>;

fn remembered(
    transaction: &Transaction<'_>,
    product: u32,
    installation: InstallationNumber,
    process: Id,
) -> Result<Option<ProcessSums>> {
    let sql = "SELECT sums FROM timing WHERE product = ?1 AND installation = ?2 AND run = ?3";
    query::find(transaction, sql, params![product, installation, process.bytes()], |row| {
        let mut sums = ProcessSums::new();
        for event in rows::events(row, 0)? {
            let StoredKind::Timings(of) = event.what else { continue };
            sums.extend(of.iter().map(|sum| ((sum.name, sum.is_time, sum.from), sum.n)));
        }
        Ok(sums)
    })
}

fn remember(
    transaction: &Transaction<'_>,
    product: u32,
    installation: InstallationNumber,
    report: &ReportedSums,
    all: &ProcessSums,
) -> Result<()> {
    let mut sums: Vec<_> = all
        .iter()
        .map(|((name, is_time, from), n)| TimingSum { name: *name, is_time: *is_time, from: *from, n: *n })
        .collect();
    sums.sort_unstable_by_key(|sum| (sum.name, sum.is_time, sum.from));
    let mut bytes = Vec::new();
    row::push(&mut bytes, &StoredEvent { hour: 0, what: StoredKind::Timings(sums) });
    let sql = "INSERT INTO timing VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT DO UPDATE SET day = max(day, excluded.day), sums = excluded.sums";
    let process = report.process.bytes();
    query::execute(transaction, sql, params![product, installation, process, report.at.day, bytes]).map(drop)
}

/// Forgets the oldest processes of an installation that has too many.
fn forget(transaction: &Transaction<'_>, product: u32, installation: InstallationNumber) -> Result<()> {
    let sql = "DELETE FROM timing WHERE product = ?1 AND installation = ?2 AND run NOT IN \
               (SELECT run FROM timing WHERE product = ?1 AND installation = ?2 ORDER BY day DESC LIMIT ?3)";
    query::execute(transaction, sql, params![product, installation, MAX_PROCESSES]).map(drop)
}
