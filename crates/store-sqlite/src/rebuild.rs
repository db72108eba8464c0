//! Making the roll-ups anew from the rows.

use std::collections::HashMap;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::Days;
use rusqlite::{Result, Transaction, params};

use super::flush::{Senders, flush, used};
use super::{block, query, rows};
use crate::chunk::{SetChunk, place_of};
use crate::delta::{Delta, RowSource};
use crate::row::{self, InstallationNumber};

/// How many rows are summed up before the sums are written.
const AT_ONCE: u64 = 50_000;

/// Drops the roll-ups of the days whose rows are whole and sums the rows up again.
pub(super) fn rebuild(transaction: &Transaction<'_>, progress: &mut dyn FnMut(u64, u64)) -> Result<u64> {
    let total = "SELECT (SELECT count(*) FROM row) + (SELECT coalesce(sum(rows), 0) FROM block)";
    let total: i64 = query::value(transaction, total, [])?;
    let total = u64::try_from(total).unwrap_or(0);
    let products = "SELECT id, raw_from FROM product";
    let products: Vec<(u32, Day)> = query::list(transaction, products, [], |row| row.try_into())?;
    let mut done = 0;
    for (product, raw_from) in products {
        for table in ["cube", "active", "used"] {
            let sql = format!("DELETE FROM {table} WHERE product = ?1 AND day >= ?2");
            transaction.execute(&sql, params![product, raw_from])?;
        }
        for table in ["latest", "cohort", "arrived"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE product = ?1"), params![product])?;
        }
        let mut seen: HashMap<InstallationNumber, (Day, Day)> = HashMap::new();
        let mut delta = Delta::default();
        for day in rows::days(transaction, product, Days { first: Day::MIN, last: Day::MAX })? {
            rows::of_day(transaction, product, day, |raw| {
                let source = RowSource { product, day, installation: raw.installation, context: raw.context };
                delta.add(source, &row::read(&raw.events).map_err(block::damaged)?);
                done += 1;
                if done % AT_ONCE == 0 {
                    write(transaction, &mut delta, &mut seen)?;
                    progress(done, total);
                }
                Ok(())
            })?;
        }
        write(transaction, &mut delta, &mut seen)?;
        installations(transaction, product, raw_from, &seen)?;
    }
    progress(done, total);
    Ok(done)
}

/// Makes the sets of installations that used something anew from the rows. Where a day does not read, it has none.
pub(super) fn make_used(transaction: &Transaction<'_>) -> Result<()> {
    let products: Vec<u32> = query::list(transaction, "SELECT id FROM product", [], |row| row.get(0))?;
    tracing::info!("an upgrade finds in the rows which installations used what; this reads each row once");
    for product in products {
        for day in rows::days(transaction, product, Days::ALL)? {
            let mut delta = Delta::default();
            let read = rows::of_day(transaction, product, day, |raw| {
                let source = RowSource { product, day, installation: raw.installation, context: raw.context };
                delta.add_members(source, &row::read(&raw.events).map_err(block::damaged)?);
                Ok(())
            });
            match read {
                Ok(()) => used(transaction, &delta)?,
                Err(error) if rows::is_damaged(&error) => {
                    tracing::error!(
                        day,
                        "rows are damaged: it is not known which installations used what on this day"
                    );
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn write(
    transaction: &Transaction<'_>,
    delta: &mut Delta,
    seen: &mut HashMap<InstallationNumber, (Day, Day)>,
) -> Result<()> {
    let delta = std::mem::take(delta);
    for ((_, number), (first, last)) in &delta.seen {
        let days = seen.entry(*number).or_insert((*first, *last));
        *days = (days.0.min(*first), days.1.max(*last));
    }
    flush(transaction, &delta, &Senders::default())
}

/// What is stored of an installation before a rebuild: its id and number, and the first and the last day it was seen.
type InstallationDays = (Vec<u8>, InstallationNumber, Option<Day>, Option<Day>, Option<Day>);

/// First and last days, and the sets of the first days. A first day before the rows begin is kept.
fn installations(
    transaction: &Transaction<'_>,
    product: u32,
    raw_from: Day,
    seen: &HashMap<InstallationNumber, (Day, Day)>,
) -> Result<()> {
    let sql = "SELECT id, number, first_day, last_day, received FROM installation WHERE product = ?1";
    let stored: Vec<InstallationDays> = query::list(transaction, sql, [product], |row| row.try_into())?;
    let mut update = transaction
        .prepare("UPDATE installation SET first_day = ?3, last_day = ?4 WHERE product = ?1 AND id = ?2")?;
    let mut cohorts: HashMap<(Day, u32), SetChunk> = HashMap::new();
    let mut arrived: HashMap<(Day, u32), SetChunk> = HashMap::new();
    for (id, number, first, last, received) in stored {
        let kept = first.filter(|day| *day < raw_from);
        let days = seen.get(&number);
        let first_now = kept.or(days.map(|days| days.0));
        let last_now = days.map(|days| days.1).or(last);
        if (first_now, last_now) != (first, last) {
            update.execute(params![product, id, first_now, last_now])?;
        }
        let (chunk, place) = place_of(number);
        if let Some(day) = first_now {
            cohorts.entry((day, chunk)).or_default().insert(place);
        }
        if let Some(day) = received {
            arrived.entry((day, chunk)).or_default().insert(place);
        }
    }
    for (table, sets) in [("cohort", cohorts), ("arrived", arrived)] {
        let mut put = transaction.prepare(&format!("INSERT INTO {table} VALUES (?1, ?2, ?3, ?4)"))?;
        for ((day, chunk), members) in sets {
            put.execute(params![product, day, chunk, members.to_bytes()])?;
        }
    }
    Ok(())
}
