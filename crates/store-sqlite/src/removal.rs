//! Taking many installations out of everything: in parts, each a transaction of its own.
//!
//! What erases or clears notes which installations go, cuts the tie between their ids and their numbers, and returns:
//! whoever comes back under such an id is a new installation with another number, so what arrives meanwhile is never
//! taken out. The rows and sets that hold the numbers are then passed over once, day after day, however many
//! installations go. What is noted survives a restart, and the next part goes on where the last one ended.

use std::time::{Duration, Instant};

use aboveboard_store::RemovalProgress;
use aboveboard_store::calendar::Day;
use aboveboard_store::read::Days;
use rusqlite::{Connection, Result, Transaction, params};

use super::names::Names;
use super::{contexts, query, rows, versions};
use crate::chunk::{Members, SetChunk};

/// Most steps of one part; a step is the rows of a day and up to 4,096 installations, with the sets
/// that these rows put them in, or what is kept of so many beside their days.
const MAX_STEPS: usize = 64;

/// A part ends with the step that passes this: applying what arrives waits for a part.
const MAX_PART: Duration = Duration::from_millis(500);

/// Who asked for a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RemovalKind {
    /// The installations themselves.
    Erasure = 0,
    /// An operator who clears synthetic data away.
    Clearing = 1,
    /// An operator who takes out what should not have come. Versions may lose their names by it.
    Amendment = 2,
}

/// What is stored of a removal under way.
struct Removal {
    id: i64,
    product: u32,
    kind: u8,
    last: Day,
    /// The day of the next step; none once all days are done, and what is kept beside them goes.
    day: Option<Day>,
    /// The first chunk that is still to do on that day, or beside the days.
    chunk: u32,
}

/// Notes installations whose rows lie within `days` for removal. The caller has cut the tie to their ids.
pub(super) fn begin(
    transaction: &Transaction<'_>,
    product: u32,
    days: Days,
    members: &Members,
    kind: RemovalKind,
) -> Result<()> {
    if members.len() == 0 {
        return Ok(());
    }
    let Days { first, last } = days;
    let kind = kind as u8;
    // One that has not begun takes more in: a hundred erasures pass over the days once.
    let sql = "SELECT id FROM removal WHERE product = ?1 AND kind = ?2 AND day = first AND chunk = 0 LIMIT 1";
    let id = match query::find(transaction, sql, params![product, kind], |row| row.get::<_, i64>(0))? {
        Some(id) => {
            let sql = "UPDATE removal SET first = min(first, ?2), day = min(first, ?2), last = max(last, ?3) \
                       WHERE id = ?1";
            query::execute(transaction, sql, params![id, first, last])?;
            id
        }
        None => {
            let sql = "INSERT INTO removal (product, kind, first, last, day) VALUES (?1, ?2, ?3, ?4, ?3)";
            query::execute(transaction, sql, params![product, kind, first, last])?;
            transaction.last_insert_rowid()
        }
    };
    for (chunk, more) in members.from(0) {
        let sql = "SELECT members FROM removal_member WHERE removal = ?1 AND chunk = ?2";
        let stored: Option<Vec<u8>> = query::find(transaction, sql, params![id, chunk], |row| row.get(0))?;
        let mut all = more.clone();
        all.unite_bytes(&stored.unwrap_or_default());
        let sql = "INSERT OR REPLACE INTO removal_member VALUES (?1, ?2, ?3)";
        query::execute(transaction, sql, params![id, chunk, all.to_bytes()])?;
    }
    Ok(())
}

/// Does the next part of what is under way. Cached names go with the contexts that nothing is left in.
pub(super) fn part(transaction: &Transaction<'_>, names: &mut Names) -> Result<RemovalProgress> {
    let began = Instant::now();
    let mut progress = RemovalProgress::default();
    let mut steps = 0;
    while let Some(mut removal) = next(transaction)? {
        let members = members(transaction, removal.id)?;
        let mut is_done = false;
        while !is_done && steps < MAX_STEPS && began.elapsed() < MAX_PART {
            is_done = step(transaction, &mut removal, &members)?;
            steps += 1;
        }
        if is_done {
            if removal.kind == RemovalKind::Clearing as u8 {
                progress.cleared += members.len();
            }
            query::execute(transaction, "DELETE FROM removal_member WHERE removal = ?1", [removal.id])?;
            query::execute(transaction, "DELETE FROM removal WHERE id = ?1", [removal.id])?;
            // `forget_unused` reads the whole cube. It must not run for an erasure, which any installation can request.
            if removal.kind != RemovalKind::Erasure as u8 {
                versions::find_first_days(transaction, removal.product)?;
                contexts::forget_unused(transaction, removal.product)?;
                *names = Names::default();
            }
            continue;
        }
        let sql = "UPDATE removal SET day = ?2, chunk = ?3 WHERE id = ?1";
        query::execute(transaction, sql, params![removal.id, removal.day, removal.chunk])?;
        break;
    }
    let left = "SELECT coalesce(sum(max(last - day + 1, 0)), 0) FROM removal";
    let left: i64 = query::value(transaction, left, [])?;
    progress.days_left = u64::try_from(left).unwrap_or(0);
    progress.is_under_way = is_under_way(transaction)?;
    Ok(progress)
}

/// Whether anything is left to remove.
pub(super) fn is_under_way(connection: &Connection) -> Result<bool> {
    query::value(connection, "SELECT EXISTS (SELECT 1 FROM removal)", [])
}

/// Does all that is under way, in this transaction.
pub(super) fn finish(transaction: &Transaction<'_>) -> Result<()> {
    while part(transaction, &mut Names::default())?.is_under_way {}
    Ok(())
}

/// The removal whose turn it is: the one that was noted first.
fn next(transaction: &Transaction<'_>) -> Result<Option<Removal>> {
    let sql = "SELECT id, product, kind, last, day, chunk FROM removal ORDER BY id LIMIT 1";
    query::find(transaction, sql, [], |row| {
        Ok(Removal {
            id: row.get(0)?,
            product: row.get(1)?,
            kind: row.get(2)?,
            last: row.get(3)?,
            day: row.get(4)?,
            chunk: row.get(5)?,
        })
    })
}

fn members(transaction: &Transaction<'_>, removal: i64) -> Result<Members> {
    let sql = "SELECT chunk, members FROM removal_member WHERE removal = ?1";
    query::list(transaction, sql, [removal], |row| {
        Ok((row.get(0)?, SetChunk::from_bytes(row.get_ref(1)?.as_blob()?)))
    })
}

/// Does one step. Returns whether it was the last.
fn step(transaction: &Transaction<'_>, removal: &mut Removal, members: &Members) -> Result<bool> {
    let product = removal.product;
    let Some(from) = removal.day else {
        let Some((chunk, gone)) = members.from(removal.chunk).next() else { return Ok(true) };
        without_day(transaction, product, chunk, gone)?;
        removal.chunk = chunk + 1;
        return Ok(false);
    };
    let day =
        if removal.chunk > 0 { Some(from) } else { next_day(transaction, product, from, removal.last)? };
    let Some(day) = day else {
        removal.day = None;
        removal.chunk = 0;
        return Ok(false);
    };
    removal.day = Some(day);
    if let Some((chunk, gone)) = members.from(removal.chunk).next() {
        rows::take_out(transaction, product, day, chunk, gone)?;
        removal.chunk = chunk + 1;
    } else {
        removal.day = day.checked_add(1);
        removal.chunk = 0;
    }
    Ok(false)
}

/// The first day from `from` to `last` of which a product has rows.
fn next_day(transaction: &Transaction<'_>, product: u32, from: Day, last: Day) -> Result<Option<Day>> {
    let mut found: Option<Day> = None;
    for table in ["row", "block"] {
        let sql = format!("SELECT min(day) FROM {table} WHERE product = ?1 AND day BETWEEN ?2 AND ?3");
        let day: Option<Day> = query::value(transaction, &sql, params![product, from, last])?;
        found = found.into_iter().chain(day).min();
    }
    Ok(found)
}

/// Takes out what is kept of the installations of a chunk beside their days: sums and the last report.
fn without_day(transaction: &Transaction<'_>, product: u32, chunk: u32, gone: &SetChunk) -> Result<()> {
    for table in ["process", "latest"] {
        let delete = format!("DELETE FROM {table} WHERE product = ?1 AND installation = ?2");
        for number in gone.numbers(chunk) {
            query::execute(transaction, &delete, params![product, number])?;
        }
    }
    Ok(())
}
