//! What was received when, by the collector's clock: sets of installations, and counts of batches.
//!
//! A row does not say when it was received. So what is taken out by its rows is looked for on each day on which they can
//! have been received, which is the day of their events or one of the [`OPEN_DAYS`] behind it: a number of sets that depends
//! on the rows alone, however much others sent. What is in the set of an hour is in that of its day too.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use aboveboard_store::calendar::{Day, HourOfDay, day_of, hour_of};
use aboveboard_store::limits::{OPEN_DAYS, RECEIPT_DAYS, RECEIPT_HOUR_DAYS};
use aboveboard_store::read::Days;
use aboveboard_store::versions::OTHER;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Header, Mark};
use rusqlite::{Connection, Result, Transaction, params};

use super::sets::{SetTable, Sets};
use super::versions::version_key;
use super::{contexts, dictionary, query};
use crate::chunk::{SetChunk, place_of};
use crate::delta::{Axis, Delta, RowSource, Use, UsedKey, distinct_uses};
use crate::row::{NameNumber, StoredEvent};

/// The axis of a set of the table `received`. The numbers are those of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(super) enum ReceiptAxis {
    /// Installations of which something was received on a day.
    Day = 1,
    /// The same of an hour since 1970.
    Hour = 2,
    /// Commands by day: the name is the command, the detail how it ended.
    Ending = 3,
}

/// The key of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ReceiptKey {
    product: u32,
    axis: ReceiptAxis,
    /// The day or the hour of receipt, since 1970.
    period: Day,
    name: NameNumber,
    detail: i64,
    context: u32,
    chunk: u32,
}

impl ReceiptKey {
    /// In the order of the columns.
    fn columns(&self) -> [i64; 7] {
        [
            self.product.into(),
            self.axis as i64,
            self.period.into(),
            self.name.into(),
            self.detail,
            self.context.into(),
            self.chunk.into(),
        ]
    }

    /// The sets of the hours of a day; none of another axis.
    fn hours(self) -> impl Iterator<Item = Self> {
        let hours = first_hour(self.period)..=last_hour(self.period);
        let of_day = hours.filter(move |_| self.axis == ReceiptAxis::Day);
        of_day.map(move |period| Self { axis: ReceiptAxis::Hour, period, ..self })
    }
}

/// What one transaction received.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    sets: HashMap<ReceiptKey, SetChunk>,
    /// How many batches came, and when the first and the last of them, by product, component and whether they are synthetic.
    batches: HashMap<(u32, Component, bool, i32), u64>,
    ends: HashMap<(u32, Component, bool), (i64, i64)>,
}

impl Receipts {
    /// Notes a batch that was taken in at `at`, in seconds since 1970.
    pub(super) fn batch(&mut self, product: u32, header: &Header, at: i64) {
        let is_synthetic = header.marks.has(Mark::Synthetic);
        let key = (product, header.component, is_synthetic);
        *self.batches.entry((key.0, key.1, key.2, hours(at))).or_default() += 1;
        let (first, last) = self.ends.entry(key).or_insert((at, at));
        *first = at.min(*first);
        *last = at.max(*last);
    }

    /// Notes events of a batch that count, received at `at`, in seconds since 1970.
    pub(super) fn events(&mut self, source: RowSource, at: i64, events: &[StoredEvent]) {
        let (chunk, place) = place_of(source.installation);
        let hour = hours(at);
        let day = day_of_hour(hour);
        let mut add = |axis, period, name, detail| {
            let RowSource { product, context, .. } = source;
            let key = ReceiptKey { product, axis, period, name, detail, context, chunk };
            self.sets.entry(key).or_default().insert(place);
        };
        add(ReceiptAxis::Day, day, 0, 0);
        add(ReceiptAxis::Hour, hour, 0, 0);
        for Use { axis, name, detail } in distinct_uses(events) {
            if axis == Axis::Command {
                add(ReceiptAxis::Ending, day, name, detail);
            }
        }
    }

    /// Writes what was noted.
    pub(super) fn write(self, transaction: &Transaction<'_>) -> Result<()> {
        let mut received = Sets::new(transaction, SetTable::Received)?;
        let mut sets: Vec<_> = self.sets.into_iter().collect();
        sets.sort_unstable_by_key(|(key, _)| *key);
        for (key, members) in &sets {
            received.unite(&key.columns(), members)?;
        }
        for ((product, component, is_synthetic, hour), n) in self.batches {
            let sql = "INSERT INTO batch_count VALUES (?1, ?2, ?3, ?4, ?5) \
                       ON CONFLICT DO UPDATE SET n = n + excluded.n";
            let n = i64::try_from(n).unwrap_or(i64::MAX);
            query::execute(transaction, sql, params![product, hour, component.name(), is_synthetic, n])?;
        }
        for ((product, component, is_synthetic), (first, last)) in self.ends {
            let sql = "INSERT INTO batch_ends VALUES (?1, ?2, ?3, ?4, ?5) \
                       ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)";
            query::execute(transaction, sql, params![product, component.name(), is_synthetic, first, last])?;
        }
        Ok(())
    }
}

/// The hour since 1970 that a time in seconds lies in, clamped to those that fit.
fn hours(at: i64) -> i32 {
    let clamped = if at < 0 { i32::MIN } else { i32::MAX };
    hour_of(at).map_or(clamped, |hour| first_hour(hour.day).saturating_add(hour.hour.into()))
}

/// The first hour of a day, since 1970.
pub(super) fn first_hour(day: Day) -> i32 {
    day.saturating_mul(24)
}

/// The last hour of a day, since 1970.
pub(super) fn last_hour(day: Day) -> i32 {
    first_hour(day).saturating_add(23)
}

fn day_of_hour(hour: i32) -> Day {
    hour.div_euclid(24)
}

/// An hour since 1970 as an hour of a day.
pub(super) fn hour_of_day(hour: i32) -> HourOfDay {
    HourOfDay { day: day_of_hour(hour), hour: u8::try_from(hour.rem_euclid(24)).unwrap_or(0) }
}

/// The days of receipt that a product has sets of an axis of; none where it has none.
fn stored_days(connection: &Connection, product: u32, axis: ReceiptAxis) -> Result<Option<(Day, Day)>> {
    let end = |end: &str| -> Result<Option<Day>> {
        let sql = format!("SELECT {end}(period) FROM received WHERE product = ?1 AND axis = ?2");
        query::value(connection, &sql, params![product, axis as u8])
    };
    Ok(end("min")?.zip(end("max")?))
}

/// The first day of receipt of which it is known what came: that of the first batch, as far as nothing was forgotten since.
pub(super) fn known_from(connection: &Connection, product: u32) -> Result<Option<Day>> {
    let sql = "SELECT min(first) FROM batch_ends WHERE product = ?1";
    let first: Option<i64> = query::value(connection, sql, [product])?;
    let retained = "SELECT raw_from FROM product WHERE id = ?1";
    let retained: Day = query::value(connection, retained, [product])?;
    let forgotten = "SELECT value FROM meta WHERE key = 'receipts from'";
    let forgotten = query::find(connection, forgotten, [], |row| row.get(0))?.unwrap_or(Day::MIN);
    Ok(first.map(|at| day_of(at).max(retained).max(forgotten)))
}

/// The days on which events of a day can have been received, of those that there are sets of.
fn days_after(stored: Option<(Day, Day)>, day: Day) -> std::ops::RangeInclusive<Day> {
    let (first, last) = stored.unwrap_or((0, -1));
    day.max(first)..=day.saturating_add(OPEN_DAYS).min(last)
}

/// The sets of days of receipt that rows can have put their installations in, with those installations.
fn sets_of<'r>(transaction: &Transaction<'_>, rows: &'r Delta) -> Result<Vec<(ReceiptKey, &'r SetChunk)>> {
    let mut stored: HashMap<(u32, ReceiptAxis), Option<(Day, Day)>> = HashMap::new();
    let mut keys = Vec::new();
    let active = rows.members.iter().map(|((product, day, context, chunk), members)| {
        let key = ReceiptKey {
            product: *product,
            axis: ReceiptAxis::Day,
            period: *day,
            name: 0,
            detail: 0,
            context: *context,
            chunk: *chunk,
        };
        (key, members)
    });
    let commands = rows.used.iter().filter(|(used, _)| used.what.axis == Axis::Command);
    let endings = commands.map(|(used, members)| {
        let Use { name, detail, .. } = used.what;
        let UsedKey { product, day, context, chunk, .. } = *used;
        (
            ReceiptKey { product, axis: ReceiptAxis::Ending, period: day, name, detail, context, chunk },
            members,
        )
    });
    for (key, members) in active.chain(endings) {
        let days = match stored.entry((key.product, key.axis)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => *place.insert(stored_days(transaction, key.product, key.axis)?),
        };
        keys.extend(days_after(days, key.period).map(|period| (ReceiptKey { period, ..key }, members)));
    }
    Ok(keys)
}

/// Takes installations out of what was received, as their rows say.
pub(super) fn take_out(transaction: &Transaction<'_>, rows: &Delta) -> Result<()> {
    let mut received = Sets::new(transaction, SetTable::Received)?;
    for (key, gone) in sets_of(transaction, rows)? {
        if received.subtract(&key.columns(), gone)? {
            key.hours().try_for_each(|hour| received.subtract(&hour.columns(), gone).map(drop))?;
        }
    }
    Ok(())
}

/// Lets what was received of rows count in another context. Installations that are `still` in their old one stay there too:
/// which of their rows was received when is not known.
pub(super) fn move_to(
    transaction: &Transaction<'_>,
    rows: &Delta,
    context: u32,
    still: Option<&SetChunk>,
) -> Result<()> {
    let mut received = Sets::new(transaction, SetTable::Received)?;
    let mut move_set = |from: ReceiptKey, members: &SetChunk| -> Result<bool> {
        let Some(mut moved) = received.common(&from.columns(), members)? else { return Ok(false) };
        received.unite(&ReceiptKey { context, ..from }.columns(), &moved)?;
        if let Some(still) = still {
            moved.subtract(still);
        }
        received.subtract(&from.columns(), &moved)?;
        Ok(true)
    };
    for (key, members) in sets_of(transaction, rows)? {
        if move_set(key, members)? {
            key.hours().try_for_each(|hour| move_set(hour, members).map(drop))?;
        }
    }
    Ok(())
}

/// Lets what was received of a version count in the contexts without one.
pub(super) fn fold_version(transaction: &Transaction<'_>, product: u32, version: i64) -> Result<()> {
    let sql = "SELECT axis, period, name, detail, context, chunk, members FROM received WHERE product = ?1 \
               AND context IN (SELECT id FROM context WHERE product = ?1 AND version_key = ?2)";
    let mut found: Vec<([i64; 7], SetChunk)> = Vec::new();
    query::each(transaction, sql, params![product, version], |row| {
        let mut key = [product.into(); 7];
        for (column, value) in key[1..].iter_mut().enumerate() {
            *value = row.get(column)?;
        }
        found.push((key, SetChunk::from_bytes(row.get_ref(6)?.as_blob()?)));
        Ok(())
    })?;
    let mut received = Sets::new(transaction, SetTable::Received)?;
    let mut others: HashMap<i64, u32> = HashMap::new();
    for (mut key, members) in found {
        received.subtract(&key, &members)?;
        let context = &mut key[5];
        let other = match others.entry(*context) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let number = u32::try_from(*context).unwrap_or(0);
                *place.insert(contexts::with_version(transaction, number, version_key(OTHER))?)
            }
        };
        *context = other.into();
        received.unite(&key, &members)?;
    }
    Ok(())
}

/// Takes a command out of what was received.
pub(super) fn without_command(transaction: &Transaction<'_>, product: u32, name: NameNumber) -> Result<()> {
    let sql = "DELETE FROM received WHERE product = ?1 AND axis = ?2 AND name = ?3";
    query::execute(transaction, sql, params![product, ReceiptAxis::Ending as u8, name]).map(drop)
}

/// Deletes what was received on days before this one: what names installations by their numbers.
pub(super) fn retire(transaction: &Transaction<'_>, product: u32, before: Day) -> Result<()> {
    for (axis, before) in
        [(ReceiptAxis::Day, before), (ReceiptAxis::Hour, first_hour(before)), (ReceiptAxis::Ending, before)]
    {
        let sql = "DELETE FROM received WHERE product = ?1 AND axis = ?2 AND period < ?3";
        query::execute(transaction, sql, params![product, axis as u8, before])?;
    }
    Ok(())
}

/// Deletes what is no longer asked for on this day.
pub(super) fn forget(transaction: &Transaction<'_>, today: Day) -> Result<()> {
    let products: Vec<u32> = query::list(transaction, "SELECT id FROM product", [], |row| row.get(0))?;
    let first = today.saturating_sub(RECEIPT_DAYS);
    let sql =
        "INSERT INTO meta VALUES ('receipts from', ?1) ON CONFLICT DO UPDATE SET value = max(value, ?1)";
    query::execute(transaction, sql, [first])?;
    for product in products {
        retire(transaction, product, first)?;
        let sql = "DELETE FROM received WHERE product = ?1 AND axis = ?2 AND period < ?3";
        let first_of_hours = first_hour(today.saturating_sub(RECEIPT_HOUR_DAYS));
        query::execute(transaction, sql, params![product, ReceiptAxis::Hour as u8, first_of_hours])?;
        let sql = "DELETE FROM batch_count WHERE product = ?1 AND hour < ?2";
        query::execute(transaction, sql, params![product, first_hour(first)])?;
    }
    Ok(())
}

/// Whether anything is here that was received before what is asked for since the last time that this was said: a log that holds what was
/// received long ago was applied since.
pub(super) fn has_forgotten(connection: &Connection) -> Result<bool> {
    let sql = "SELECT value FROM meta WHERE key = 'receipts from'";
    let Some(first) = query::find(connection, sql, [], |row| row.get::<_, Day>(0))? else { return Ok(false) };
    let first_of_hours = first_hour(first.saturating_add(RECEIPT_DAYS - RECEIPT_HOUR_DAYS));
    let sql = "SELECT EXISTS (SELECT 1 FROM received WHERE period < CASE axis WHEN ?1 THEN ?2 ELSE ?3 END) \
               OR EXISTS (SELECT 1 FROM batch_count WHERE hour < ?4)";
    query::value(connection, sql, params![ReceiptAxis::Hour as u8, first_of_hours, first, first_hour(first)])
}

/// How many batches were taken in in each hour of some days, by component.
pub(super) fn batches_by_hour(
    connection: &Connection,
    product: u32,
    days: Days,
    each: &mut dyn FnMut(HourOfDay, Component, u64),
) -> Result<()> {
    let sql = "SELECT hour, component, sum(n) FROM batch_count WHERE product = ?1 AND hour BETWEEN ?2 AND ?3 \
               GROUP BY hour, component ORDER BY hour, component";
    let first = first_hour(days.first);
    query::each(connection, sql, params![product, first, last_hour(days.last)], |row| {
        let component = dictionary::component(row.get_ref(1)?.as_str()?);
        each(hour_of_day(row.get(0)?), component, u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0));
        Ok(())
    })
}

/// When the last batch of each component was taken in.
pub(super) fn last_received(connection: &Connection, product: u32) -> Result<Vec<(Component, i64)>> {
    let sql = "SELECT component, max(last) FROM batch_ends WHERE product = ?1 GROUP BY component ORDER BY component";
    query::list(connection, sql, [product], |row| {
        Ok((dictionary::component(row.get_ref(0)?.as_str()?), row.get(1)?))
    })
}

/// Deletes what was noted of synthetic batches.
pub(super) fn clear_synthetic(transaction: &Transaction<'_>, product: u32) -> Result<()> {
    for table in ["batch_count", "batch_ends"] {
        let sql = format!("DELETE FROM {table} WHERE product = ?1 AND synthetic = 1");
        query::execute(transaction, &sql, [product])?;
    }
    Ok(())
}
