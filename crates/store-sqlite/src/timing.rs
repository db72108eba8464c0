//! The sums that server processes report: a report holds sums since the start of its process, and what is counted is by
//! how much they have grown.
//!
//! The last processes of an installation are remembered, since replicas of a server take turns, and a batch that was kept
//! back may come after the next start. A sum never shrinks, so a report that comes late adds nothing twice.

use std::collections::{BTreeMap, HashMap};

use aboveboard_store::calendar::HourOfDay;
use aboveboard_store::facts::ProductTerms;
use aboveboard_store::growth::GrowthAllowance;
use aboveboard_store::limits::MAX_PROCESSES;
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
    /// To how much of the growth each sum belongs, at the same places.
    of: Vec<GrowthKind>,
}

/// What grows together: the requests of a timing, their whole times, or one part of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GrowthKind {
    /// Which timing of the report.
    timing: usize,
    /// 0 for the requests, 1 for their times, more for the parts.
    what: usize,
    /// The most that it grows in a second.
    a_second: u64,
}

/// By how much the sums of a process have grown.
#[derive(Debug)]
pub(super) struct GrownSums {
    pub(super) sums: Vec<TimingSum>,
    /// They grew by more than a server can serve; what is above is left out.
    pub(super) is_cut: bool,
}

/// The timings of a report in numbers.
pub(super) fn reported(
    transaction: &Transaction<'_>,
    names: &mut Names,
    at: HourOfDay,
    timings: &Timings<'_>,
    terms: &ProductTerms<'_>,
) -> Result<ReportedSums> {
    let mut sums = Vec::new();
    let mut of = Vec::new();
    for (at, timing) in timings.of.iter().enumerate() {
        let rate = terms.rate(timing.name);
        let growth = |what, a_second| GrowthKind { timing: at, what, a_second };
        // A server that answers a hundred requests a second has one of them at work at a time, one that answers a
        // thousand ten.
        let milliseconds = 1_000 * rate.div_ceil(100);
        for cell in &timing.cells {
            let kind: Vec<_> = cell.kind.iter().map(|(_, entry)| *entry).collect();
            let kind = kind.join("/");
            let name = names.name(transaction, &format!("{} {kind}", timing.name))?;
            sums.push(TimingSum { name, is_time: false, from: cell.from, n: cell.count });
            of.push(growth(0, rate));
            sums.push(TimingSum { name, is_time: true, from: cell.from, n: cell.total });
            of.push(growth(1, milliseconds));
            for (at, (part, n)) in cell.parts.iter().enumerate() {
                let name = names.name(transaction, &format!("{}.{part} {kind}", timing.name))?;
                of.push(growth(2 + at, milliseconds));
                sums.push(TimingSum { name, is_time: true, from: cell.from, n: *n });
            }
        }
    }
    Ok(ReportedSums { at, process: timings.run, sums, of })
}

/// By how much the sums of a process have grown since its last report; remembers them.
pub(super) fn grown(
    transaction: &Transaction<'_>,
    product: u32,
    installation: InstallationNumber,
    report: &ReportedSums,
    allowance: &mut GrowthAllowance,
) -> Result<GrownSums> {
    let known = remembered(transaction, product, installation, report.process)?;
    let is_new = known.is_none();
    let mut all = known.unwrap_or_default();
    let mut grown = GrownSums { sums: Vec::new(), is_cut: false };
    let seconds = allowance.seconds();
    let mut used: BTreeMap<GrowthKind, u64> = BTreeMap::new();
    for (sum, of) in report.sums.iter().zip(&report.of) {
        let before = all.entry((sum.name, sum.is_time, sum.from)).or_default();
        let growth = sum.n.saturating_sub(*before);
        // What is cut off now is not made up for later.
        *before = sum.n.max(*before);
        let used = used.entry(*of).or_default();
        let n = growth.min(of.a_second.saturating_mul(seconds).saturating_sub(*used));
        *used += n;
        grown.is_cut |= n < growth;
        if n > 0 {
            grown.sums.push(TimingSum { n, ..*sum });
        }
    }
    let spent = used.iter().map(|(of, n)| n.div_ceil(of.a_second.max(1))).max();
    allowance.spend(spent.unwrap_or(0));
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
