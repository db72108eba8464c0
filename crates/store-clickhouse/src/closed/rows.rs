//! Rows of closed days: what counts of each batch and day.
//!
//! The keys of installations are spread evenly, so a range of keys holds about its share of a day's rows. Rows are read a range or some
//! days at a time, so that memory does not grow with what is asked for.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use aboveboard_replay::{ClosedRow, EachRow, NodeId, Order, encode};
use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::packed_version::unpack_version;
use aboveboard_store::read::{Days, InstallationKey, ReadResult};

use super::cache::{About, Kept, Question};
use super::days::{ClusterDays, common, not_encoded, pieces};
use super::generations::{Holding, Of, shard_of};
use super::sql::{list, quoted, within};
use super::tables::ROW;
use crate::client::Rows;

/// About how many rows are read at once.
const MAX_ROWS_AT_ONCE: u64 = 50_000;

/// The columns that are read of a row.
const COLUMNS: &str =
    "event_day, who, at, node, position, component, version, naming, os, arch, marks, sent_version, events";

/// Days of which it is asked at once whether they have rows.
const MAX_DAYS_AT_ONCE: Day = 64;

/// Installations that one statement names.
pub(super) const MAX_INSTALLATIONS: usize = 4_096;

impl ClusterDays<'_> {
    pub(super) fn read_row_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        let mut with_rows = Vec::new();
        let spans = self.generations.spans(Holding::Events(days)).into_iter();
        for piece in
            spans.filter_map(|span| common(span, days)).flat_map(|span| pieces(span, MAX_DAYS_AT_ONCE))
        {
            with_rows.extend(self.row_days_of(product, piece)?);
        }
        Ok(with_rows)
    }

    fn row_days_of(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        let question = |day| Question { product: product.into(), about: About::HasRows, day };
        let fingerprint = |day| self.generations.fingerprint_of_day(Of::Rows, day);
        let mut with_rows = Vec::new();
        let mut missing: Vec<Day> = Vec::new();
        for day in days.first..=days.last {
            match self.remembered.cache.find(&question(day), fingerprint(day)) {
                Some(Kept::HasRows(true)) => with_rows.push(day),
                Some(Kept::HasRows(false)) => {}
                _ => missing.push(day),
            }
        }
        if let (Some(first), Some(last)) = (missing.first(), missing.last()) {
            let read = self.rows_by_day(product, Days { first: *first, last: *last }, None)?;
            for day in missing {
                let has_rows = read.contains_key(&day);
                self.remembered.cache.keep(question(day), fingerprint(day), Kept::HasRows(has_rows));
                with_rows.extend(has_rows.then_some(day));
            }
            with_rows.sort_unstable();
        }
        Ok(with_rows)
    }

    /// How many rows the days have that have any: of everybody, or of some installations.
    fn rows_by_day(
        &self,
        product: &str,
        days: Days,
        of: Option<&[InstallationKey]>,
    ) -> ReadResult<BTreeMap<Day, u64>> {
        let mut by_day: BTreeMap<Day, u64> = BTreeMap::new();
        for shard in self.shards() {
            let Some(condition) = self.condition(shard, product, days, of) else { continue };
            let sql =
                format!("SELECT event_day, count() FROM {} WHERE {condition} GROUP BY event_day", ROW.name);
            let mut rows = self.ask(shard, &sql)?;
            while !rows.is_at_end() {
                let day = rows.i32()?;
                *by_day.entry(day).or_default() += rows.u64()?;
            }
        }
        Ok(by_day)
    }

    /// Which rows of a shard are meant; none where there can be none.
    pub(super) fn condition(
        &self,
        shard: u32,
        product: &str,
        days: Days,
        of: Option<&[InstallationKey]>,
    ) -> Option<String> {
        let is_read = self.is_read(shard, Of::Rows, Holding::Events(days))?;
        let mut condition = format!("product = {} AND {}", quoted(product), within("event_day", days));
        if let Some(installations) = of {
            let is_here = |key: &&InstallationKey| shard_of(**key, self.generations.shards()) == shard;
            let here: Vec<u64> = installations.iter().filter(is_here).map(|key| key.0).collect();
            // Who goes through all installations asks for those of a range of keys, of which the engine reads no more.
            let range = here.iter().min().zip(here.iter().max())?;
            condition.push_str(&format!(
                " AND who >= {} AND who <= {} AND who IN ({})",
                range.0,
                range.1,
                list(&here)
            ));
        }
        Some(format!("{condition} AND {is_read}"))
    }

    pub(super) fn read_rows(&self, product: &str, day: Day, each: EachRow<'_>) -> ReadResult<()> {
        let days = Days { first: day, last: day };
        for shard in self.shards() {
            let Some(condition) = self.condition(shard, product, days, None) else { continue };
            let sql = format!("SELECT count() FROM {} WHERE {condition}", ROW.name);
            let number = self.ask(shard, &sql)?.u64()?;
            let ranges = number.div_ceil(MAX_ROWS_AT_ONCE).max(1);
            for range in 0..ranges {
                let range = keys_of_range(range, ranges);
                let condition = format!("{condition} AND who >= {} AND who <= {}", range.0, range.1);
                for row in self.fetch_rows(shard, &condition)? {
                    if each(row).is_break() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn read_rows_of(
        &self,
        product: &str,
        installations: &[InstallationKey],
        days: Days,
        each: EachRow<'_>,
    ) -> ReadResult<()> {
        // Those of one statement would come by day, and all of them must.
        if installations.len() > MAX_INSTALLATIONS {
            for piece in self.read_row_days(product, days)? {
                for some in installations.chunks(MAX_INSTALLATIONS) {
                    if self
                        .read_rows_of_some(product, some, Days { first: piece, last: piece }, each)?
                        .is_break()
                    {
                        return Ok(());
                    }
                }
            }
            return Ok(());
        }
        self.read_rows_of_some(product, installations, days, each).map(drop)
    }

    fn read_rows_of_some(
        &self,
        product: &str,
        installations: &[InstallationKey],
        days: Days,
        each: EachRow<'_>,
    ) -> ReadResult<ControlFlow<()>> {
        let by_day: Vec<(Day, u64)> =
            self.rows_by_day(product, days, Some(installations))?.into_iter().collect();
        let mut left = by_day.as_slice();
        while let Some(((first, number), mut behind)) = left.split_first() {
            let mut number = *number;
            let mut last = *first;
            while let Some(((day, more), rest)) = behind.split_first() {
                number += more;
                if number > MAX_ROWS_AT_ONCE {
                    break;
                }
                last = *day;
                behind = rest;
            }
            left = behind;
            let mut rows = Vec::new();
            for shard in self.shards() {
                let days = Days { first: *first, last };
                let Some(condition) = self.condition(shard, product, days, Some(installations)) else {
                    continue;
                };
                rows.extend(self.fetch_rows(shard, &condition)?);
            }
            rows.sort_by_key(|row| (row.day, row.installation, row.order));
            for row in rows {
                if each(row).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    pub(super) fn read_rows_of_day(
        &self,
        shard: u32,
        day: Day,
        each: &mut dyn FnMut(&str, ClosedRow) -> ControlFlow<()>,
    ) -> ReadResult<()> {
        let Some(closing) = self.generations.closing(shard, day) else { return Ok(()) };
        let days = within("event_day", Days { first: closing.first_day, last: day });
        let condition = format!("{days} AND day = {day} AND generation = {}", closing.generation);
        let number =
            self.ask(shard, &format!("SELECT count() FROM {} WHERE {condition}", ROW.name))?.u64()?;
        let ranges = number.div_ceil(MAX_ROWS_AT_ONCE).max(1);
        for range in 0..ranges {
            let (first, last) = keys_of_range(range, ranges);
            let sql = format!(
                "SELECT product, {COLUMNS} FROM {} WHERE {condition} AND who >= {first} AND who <= {last}",
                ROW.name
            );
            let mut rows = self.ask(shard, &sql)?;
            while !rows.is_at_end() {
                let product = self.remembered.interned().name(&mut rows)?;
                if each(&product, self.read_row(&mut rows)?).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn fetch_rows(&self, shard: u32, condition: &str) -> ReadResult<Vec<ClosedRow>> {
        let mut rows = self.ask(shard, &rows_sql(condition))?;
        let mut found = Vec::new();
        while !rows.is_at_end() {
            found.push(self.read_row(&mut rows)?);
        }
        Ok(found)
    }

    fn read_row(&self, rows: &mut Rows) -> ReadResult<ClosedRow> {
        let day = rows.i32()?;
        let installation = InstallationKey(rows.u64()?);
        let order = Order { at: rows.i64()?, node: NodeId(rows.u64()?), position: Position(rows.u64()?) };
        let context = self.remembered.interned().some_context(rows)?;
        let sent_version = unpack_version(rows.u64()?);
        let events = encode::read_events(rows.bytes()?).map_err(not_encoded)?;
        Ok(ClosedRow { installation, day, order, context, sent_version, events })
    }
}

/// The statement for rows, in their order.
pub(super) fn rows_sql(condition: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM {} WHERE {condition} ORDER BY event_day, who, at, node, position",
        ROW.name
    )
}

/// The first and last key of one of so many ranges of all keys.
fn keys_of_range(range: u64, ranges: u64) -> (u64, u64) {
    let begin =
        |range: u64| u64::try_from((u128::from(range) << 64) / u128::from(ranges.max(1))).unwrap_or(u64::MAX);
    let last = if range + 1 == ranges { u64::MAX } else { begin(range + 1) - 1 };
    (begin(range), last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_keys_hold_every_key_once() {
        for ranges in [1, 2, 3, 7, 1_000] {
            let mut next = 0;
            for range in 0..ranges {
                let (first, last) = keys_of_range(range, ranges);
                assert_eq!(first, next);
                assert!(last >= first);
                next = last.wrapping_add(1);
            }
            assert_eq!(next, 0, "the last range ends with the last key");
        }
    }
}
