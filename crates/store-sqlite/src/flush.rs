//! Writing what a transaction gathered into the roll-ups.
//!
//! A batch touches some hundred cells, and the batches of one transaction touch mostly the same ones: so each cell and
//! each set is read and written once for all of them. In a busy collector that is most of what a transaction costs.

use std::collections::{BTreeMap, HashMap};

use aboveboard_store::calendar::Day;
use aboveboard_store::contributions::Presence;
use aboveboard_store::read::Days;
use aboveboard_store::sequence::SequenceWindow;
use aboveboard_store::tally::CountedDrops;
use aboveboard_types::id::Id;
use rusqlite::{Result, Transaction, params};

use super::names::StoredInstallation;
use super::sets::{SetTable, Sets, change_first};
use super::{counted, query, versions};
use crate::chunk::SetChunk;
use crate::delta::{Delta, LatestReport};
use crate::row::{self, InstallationNumber};

/// The installations that sent something in a transaction, by product and number.
pub(super) type Senders = HashMap<(u32, InstallationNumber), Sender>;

/// An installation that sent something.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) id: Id,
    /// As it was before the transaction.
    pub(super) before: StoredInstallation,
    /// With the numbers of this transaction.
    pub(super) sequence: SequenceWindow,
    /// The day on which something of it was first received.
    pub(super) received: Day,
    /// Up to when the growth of its sums is used up.
    pub(super) spent: Option<i64>,
    pub(super) drops: CountedDrops,
    /// The last day on which something of it was received, of a product that publishes figures.
    pub(super) heard: Option<Day>,
    /// In which periods it was there, by their days.
    pub(super) presences: BTreeMap<Days, Presence>,
}

/// Writes the changes.
pub(super) fn flush(transaction: &Transaction<'_>, delta: &Delta, senders: &Senders) -> Result<()> {
    cells(transaction, delta)?;
    sets(transaction, delta)?;
    first_days(transaction, delta)?;
    installations(transaction, delta, senders)?;
    for ((product, installation), latest) in &delta.latest {
        report(transaction, *product, *installation, latest)?;
    }
    Ok(())
}

/// Adds to the cube; cells that come to nothing go.
pub(super) fn cells(transaction: &Transaction<'_>, delta: &Delta) -> Result<()> {
    let mut cells: Vec<_> = delta.cells.iter().filter(|(_, n)| **n != 0).collect();
    // In the order of the table's key: neighbours share a page, which is then changed once.
    cells.sort_unstable_by_key(|(cell, _)| (cell.product, cell.axis, cell.day, cell.name, cell.detail));
    let mut add = transaction.prepare_cached(
        // What one transaction adds is far below the half of what fits, so no sum of hostile numbers overflows.
        "INSERT INTO cube VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT DO UPDATE SET n = min(n, 4611686018427387904) + excluded.n",
    )?;
    let mut drop = transaction.prepare_cached(
        "DELETE FROM cube WHERE product = ?1 AND axis = ?2 AND day = ?3 AND name = ?4 AND detail = ?5 \
         AND context = ?6 AND n = 0",
    )?;
    for (cell, n) in cells {
        let axis = cell.axis as u8;
        add.execute(params![cell.product, axis, cell.day, cell.name, cell.detail, cell.context, n])?;
        // Only an erasure takes something away. An empty cell would reveal it.
        if *n < 0 {
            drop.execute(params![cell.product, axis, cell.day, cell.name, cell.detail, cell.context])?;
        }
    }
    Ok(())
}

fn sets(transaction: &Transaction<'_>, delta: &Delta) -> Result<()> {
    let mut active = Sets::new(transaction, SetTable::Active)?;
    for ((product, day, context, chunk), members) in &delta.members {
        active.unite(&[(*product).into(), (*day).into(), (*context).into(), (*chunk).into()], members)?;
    }
    used(transaction, delta)
}

/// Adds to the sets of installations that used something.
pub(super) fn used(transaction: &Transaction<'_>, delta: &Delta) -> Result<()> {
    let mut used = Sets::new(transaction, SetTable::Used)?;
    let mut uses: Vec<_> = delta.used.iter().map(|(key, members)| (key.columns(), members)).collect();
    // As above.
    uses.sort_unstable_by_key(|(key, _)| *key);
    for (key, members) in uses {
        used.unite(&key, members)?;
    }
    Ok(())
}

/// Keeps since which day there is data of each version.
fn first_days(transaction: &Transaction<'_>, delta: &Delta) -> Result<()> {
    let mut first: HashMap<u32, Day> = HashMap::new();
    for (_, day, context, _) in delta.members.keys() {
        let known = first.entry(*context).or_insert(*day);
        *known = (*day).min(*known);
    }
    first.iter().try_for_each(|(context, day)| versions::note_day(transaction, *context, *day))
}

fn installations(transaction: &Transaction<'_>, delta: &Delta, senders: &Senders) -> Result<()> {
    let mut update = transaction.prepare_cached(
        "UPDATE installation SET first_day = ?3, last_day = ?4, sequence = ?5, sequences = ?6, \
         received = ?7, spent = ?8, dropped_day = ?9, dropped = ?10, heard = ?11 WHERE product = ?1 AND id = ?2",
    )?;
    let mut cohorts = Sets::new(transaction, SetTable::Cohort)?;
    let mut arrived = Sets::new(transaction, SetTable::Arrived)?;
    for ((product, number), sender) in senders {
        let mut first = sender.before.first;
        let mut last = sender.before.last;
        if let Some((from, to)) = delta.seen.get(&(*product, *number)) {
            first = Some(first.map_or(*from, |day| day.min(*from)));
            last = Some(last.map_or(*to, |day| day.max(*to)));
        }
        let window = sender.sequence;
        update.execute(params![
            product,
            sender.id.bytes(),
            first,
            last,
            window.highest,
            window.bits,
            sender.received,
            sender.spent,
            sender.drops.day,
            i64::try_from(sender.drops.number).unwrap_or(i64::MAX),
            sender.heard
        ])?;
        for presence in sender.presences.values() {
            counted::keep(transaction, *product, *number, presence)?;
        }
        if sender.before.received.is_none() {
            change_first(&mut arrived, *product, sender.received, *number, SetChunk::insert)?;
        }
        // An event may come that is older than all before it: then the installation was first seen on another day.
        if let Some(day) = first
            && first != sender.before.first
        {
            if let Some(before) = sender.before.first {
                change_first(&mut cohorts, *product, before, *number, SetChunk::remove)?;
            }
            change_first(&mut cohorts, *product, day, *number, SetChunk::insert)?;
        }
    }
    Ok(())
}

/// Keeps a report unless a later one is there: batches come in any order.
fn report(
    transaction: &Transaction<'_>,
    product: u32,
    installation: InstallationNumber,
    latest: &LatestReport,
) -> Result<()> {
    let (day, hour) = latest.when;
    let mut counts = Vec::new();
    row::push_report(&mut counts, hour, &latest.counts);
    let counts = row::deflated(counts);
    let sql = "INSERT INTO latest VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET day = excluded.day, \
               hour = excluded.hour, context = excluded.context, counts = excluded.counts \
               WHERE (excluded.day, excluded.hour) >= (latest.day, latest.hour)";
    query::execute(transaction, sql, params![product, installation, day, hour, latest.context, counts])
        .map(drop)
}
