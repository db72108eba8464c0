//! Sets of installations as they are stored, put together for readers.

use aboveboard_store::calendar::{Day, HourOfDay};
use aboveboard_store::context::Context;
use aboveboard_store::installation_set::InstallationSet;
use aboveboard_store::read::{Days, EachSet, EndingSet, Selection};
use aboveboard_types::event::Ending;
use rusqlite::{Connection, Params, Result, Row, params};

use super::dictionary::{Contexts, Dictionary};
use super::query;
use super::receipts::{ReceiptAxis, first_hour, hour_of_day, last_hour};
use super::sets::SetTable;
use crate::chunk::SetChunk;
use crate::delta::Axis;
use crate::row::{self, NameNumber};

/// The installations that were active, by day and context.
pub(super) fn active(
    connection: &Connection,
    product: u32,
    of: &Selection<'_>,
    each: &mut dyn FnMut(Day, &Context, InstallationSet),
) -> Result<()> {
    let sql = "SELECT chunk, members, day, context FROM active WHERE product = ?1 \
               AND day BETWEEN ?2 AND ?3 ORDER BY day, context";
    by_context(connection, product, of, (sql, params![product, of.days.first, of.days.last]), each)
}

/// The installations that were first seen or received, by day.
pub(super) fn first(
    connection: &Connection,
    product: u32,
    table: SetTable,
    days: Days,
    each: EachSet<'_>,
) -> Result<()> {
    let table = table.name();
    let sql = format!(
        "SELECT chunk, members, day FROM {table} WHERE product = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day"
    );
    put_together(connection, &sql, params![product, days.first, days.last], |row| row.get(2).map(Some), each)
}

/// The installations that used what an axis and a name say, by day.
pub(super) fn used(
    connection: &Connection,
    product: u32,
    of: &Selection<'_>,
    (axis, name): (Axis, NameNumber),
    each: EachSet<'_>,
) -> Result<()> {
    let contexts = Contexts::load(connection, product, of.contexts)?;
    let sql = "SELECT chunk, members, day, context FROM used WHERE product = ?1 AND axis = ?2 \
               AND day BETWEEN ?3 AND ?4 AND name = ?5 ORDER BY day";
    let params = params![product, axis as u8, of.days.first, of.days.last, name];
    let day = |row: &Row<'_>| contexts.get(row.get(3)?).map(|_| row.get(2)).transpose();
    put_together(connection, sql, params, day, each)
}

/// The installations that had a success, by day.
pub(super) fn succeeded(connection: &Connection, product: u32, days: Days, each: EachSet<'_>) -> Result<()> {
    let sql = "SELECT chunk, members, day FROM used WHERE product = ?1 AND axis = ?2 \
               AND day BETWEEN ?3 AND ?4 ORDER BY day";
    let params = params![product, Axis::Success as u8, days.first, days.last];
    put_together(connection, sql, params, |row| row.get(2).map(Some), each)
}

/// The installations whose commands ended in each way, by day.
pub(super) fn endings(
    connection: &Connection,
    product: u32,
    names: &Dictionary,
    of: &Selection<'_>,
    each: &mut dyn FnMut(EndingSet<'_>),
) -> Result<()> {
    let sql = "SELECT chunk, members, context, day, name, detail FROM used WHERE product = ?1 AND axis = ?2 \
               AND day BETWEEN ?3 AND ?4 ORDER BY day, name, detail, context";
    by_ending(connection, product, names, of, (sql, Axis::Command as u8), each)
}

/// The same by day of receipt.
pub(super) fn received_endings(
    connection: &Connection,
    product: u32,
    names: &Dictionary,
    of: &Selection<'_>,
    each: &mut dyn FnMut(EndingSet<'_>),
) -> Result<()> {
    let sql = "SELECT chunk, members, context, period, name, detail FROM received WHERE product = ?1 AND axis = ?2 \
               AND period BETWEEN ?3 AND ?4 ORDER BY period, name, detail, context";
    by_ending(connection, product, names, of, (sql, ReceiptAxis::Ending as u8), each)
}

/// The installations of which something was received, by day and context.
pub(super) fn received(
    connection: &Connection,
    product: u32,
    of: &Selection<'_>,
    each: &mut dyn FnMut(Day, &Context, InstallationSet),
) -> Result<()> {
    let params = params![product, ReceiptAxis::Day as u8, of.days.first, of.days.last];
    by_context(connection, product, of, (RECEIVED, params), each)
}

/// The same by hour.
pub(super) fn received_by_hour(
    connection: &Connection,
    product: u32,
    of: &Selection<'_>,
    each: &mut dyn FnMut(HourOfDay, &Context, InstallationSet),
) -> Result<()> {
    let first = first_hour(of.days.first);
    let params = params![product, ReceiptAxis::Hour as u8, first, last_hour(of.days.last)];
    by_context(connection, product, of, (RECEIVED, params), &mut |hour, context, set| {
        each(hour_of_day(hour), context, set);
    })
}

/// Sets of an axis by what they are received in, a day or an hour.
const RECEIVED: &str = "SELECT chunk, members, period, context FROM received WHERE product = ?1 AND axis = ?2 \
                        AND period BETWEEN ?3 AND ?4 ORDER BY period, context";

/// Sets by day, command, ending and context. The statement gives chunk, members, context, day, name and detail of an axis.
fn by_ending(
    connection: &Connection,
    product: u32,
    names: &Dictionary,
    of: &Selection<'_>,
    (sql, axis): (&str, u8),
    each: &mut dyn FnMut(EndingSet<'_>),
) -> Result<()> {
    let contexts = Contexts::load(connection, product, of.contexts)?;
    let key = |row: &Row<'_>| {
        let Some(context) = contexts.get(row.get(2)?) else { return Ok(None) };
        Ok(Some((row.get(3)?, row.get(4)?, row.get::<_, u8>(5)?, context)))
    };
    let params = params![product, axis, of.days.first, of.days.last];
    put_together(connection, sql, params, key, |(day, name, detail, context), installations| {
        let ending = row::ending_of(detail.into()).unwrap_or(Ending::Success);
        each(EndingSet { day, command: names.name(name), ending, context, installations });
    })
}

/// Sets by a number, a day or an hour, and context: the third and the fourth column of the statement.
fn by_context(
    connection: &Connection,
    product: u32,
    of: &Selection<'_>,
    (sql, params): (&str, impl Params),
    each: &mut dyn FnMut(i32, &Context, InstallationSet),
) -> Result<()> {
    let contexts = Contexts::load(connection, product, of.contexts)?;
    let key = |row: &Row<'_>| {
        let Some(context) = contexts.get(row.get(3)?) else { return Ok(None) };
        Ok(Some((row.get(2)?, context)))
    };
    put_together(connection, sql, params, key, |(number, context), set| each(number, context, set))
}

/// Puts the parts of each stored set together. The statement gives chunk and members, then what `key_of` reads, the parts of
/// a set one behind the other. Sets for which `key_of` gives nothing are left out.
fn put_together<K: PartialEq>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    key_of: impl Fn(&Row<'_>) -> Result<Option<K>>,
    mut each: impl FnMut(K, InstallationSet),
) -> Result<()> {
    let mut open: Option<(K, InstallationSet)> = None;
    query::each(connection, sql, params, |row| {
        let Some(key) = key_of(row)? else { return Ok(()) };
        if let Some((key, set)) = open.take_if(|(known, _)| *known != key) {
            each(key, set);
        }
        let members = SetChunk::from_bytes(row.get_ref(1)?.as_blob()?);
        let (_, set) = open.get_or_insert_with(|| (key, InstallationSet::default()));
        set.unite_block(row.get(0)?, members.words());
        Ok(())
    })?;
    if let Some((key, set)) = open {
        each(key, set);
    }
    Ok(())
}
