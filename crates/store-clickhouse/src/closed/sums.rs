//! Sums, tallies and what follows from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aboveboard_replay::{CellKey, Periods, SentContext, TallyKey};
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::read::{Days, ReadResult};

use super::cache::{About, Cells, Kept, Question};
use super::days::{ClusterDays, common, pieces};
use super::generations::{Holding, Of};
use super::sql::{quoted, within};
use super::tables::{CELL, CONTEXT, RETIRED, STATE, TALLY, TOTAL};
use super::tally::{TALLIES_WITHOUT_PERIOD, read_tally};
use crate::client::Rows;
use crate::problem::malformed;
use crate::schema::Table;

/// Days whose cells are read at once: what a partition holds.
const MAX_DAYS_AT_ONCE: Day = 32;

impl ClusterDays<'_> {
    pub(super) fn read_products(&self) -> ReadResult<Vec<String>> {
        let read = || {
            let mut products = BTreeSet::new();
            for (shard, table, is_read) in
                self.read_everywhere([(TOTAL, Of::Sums), (TALLY, Of::Rows), (STATE, Of::Rows)])
            {
                let sql = format!("SELECT product FROM {} WHERE {is_read} GROUP BY product", table.name);
                let mut rows = self.ask(shard, &sql)?;
                while !rows.is_at_end() {
                    products.insert(rows.text()?.to_owned());
                }
            }
            Ok(Kept::Products(Arc::new(products.into_iter().collect())))
        };
        match self.remembered("", About::Products, Of::Sums, read)? {
            Kept::Products(products) => Ok(products.to_vec()),
            _ => Err(malformed("it is the answer to another question")),
        }
    }

    pub(super) fn read_totals(&self, product: &str) -> ReadResult<Vec<(Arc<SentContext>, Day, i64)>> {
        let read = || {
            let mut totals = Vec::new();
            for shard in self.shards() {
                let Some(is_read) = self.is_read(shard, Of::Sums, Holding::Anything) else { continue };
                let mut rows = self.ask(shard, &totals_sql(product, &is_read))?;
                let mut interned = self.remembered.interned();
                while !rows.is_at_end() {
                    totals.push((interned.some_context(&mut rows)?, rows.i32()?, rows.i64()?));
                }
            }
            Ok(Kept::Totals(Arc::new(totals)))
        };
        match self.remembered(product, About::Totals, Of::Sums, read)? {
            Kept::Totals(totals) => Ok(totals.to_vec()),
            _ => Err(malformed("it is the answer to another question")),
        }
    }

    /// Each shard and each of some tables with the condition of what is read, where anything is.
    pub(super) fn read_everywhere<const N: usize>(
        &self,
        tables: [(Table, Of); N],
    ) -> Vec<(u32, Table, String)> {
        let each = self.shards().flat_map(|shard| tables.map(|(table, of)| (shard, table, of)));
        let is_read = each.filter_map(|(shard, table, of)| {
            Some((shard, table, self.is_read(shard, of, Holding::Anything)?))
        });
        is_read.collect()
    }

    pub(super) fn read_cells(
        &self,
        product: &str,
        axis: Axis,
        days: Days,
        each: &mut dyn FnMut(&CellKey, Day, i64),
    ) -> ReadResult<()> {
        let spans = self.generations.spans(Holding::Events(days));
        let spans = spans.into_iter().filter_map(|span| common(span, days));
        for piece in spans.flat_map(|span| pieces(span, MAX_DAYS_AT_ONCE)) {
            for cells in self.cells_of(product, axis, piece)? {
                cells.iter().for_each(|(key, day, number)| each(key, *day, *number));
            }
        }
        Ok(())
    }

    /// The cells of each of a few days.
    fn cells_of(&self, product: &str, axis: Axis, days: Days) -> ReadResult<Vec<Arc<Cells>>> {
        let question = |day| Question { product: product.into(), about: About::Cells(axis as u8), day };
        let fingerprint = |day| self.generations.fingerprint_of_day(Of::Sums, day);
        let mut found = BTreeMap::new();
        let mut missing: Vec<Day> = Vec::new();
        for day in days.first..=days.last {
            match self.remembered.cache.find(&question(day), fingerprint(day)) {
                Some(Kept::Cells(cells)) => drop(found.insert(day, cells)),
                _ => missing.push(day),
            }
        }
        if let (Some(first), Some(last)) = (missing.first(), missing.last()) {
            let mut read = self.fetch_cells(product, axis, Days { first: *first, last: *last })?;
            for day in missing {
                let mut cells = read.remove(&day).unwrap_or_default();
                cells.shrink_to_fit();
                let cells = Arc::new(cells);
                self.remembered.cache.keep(question(day), fingerprint(day), Kept::Cells(Arc::clone(&cells)));
                found.insert(day, cells);
            }
        }
        Ok(found.into_values().collect())
    }

    fn fetch_cells(&self, product: &str, axis: Axis, days: Days) -> ReadResult<BTreeMap<Day, Cells>> {
        let mut cells: BTreeMap<Day, Cells> = BTreeMap::new();
        for shard in self.shards() {
            let Some(is_read) = self.is_read(shard, Of::Sums, Holding::Events(days)) else { continue };
            let mut rows = self.ask(shard, &cells_sql(product, axis, days, &is_read))?;
            let mut interned = self.remembered.interned();
            while !rows.is_at_end() {
                let day = rows.i32()?;
                let key = CellKey {
                    axis,
                    day,
                    name: interned.name(&mut rows)?,
                    detail: rows.i64()?,
                    about: interned.name(&mut rows)?,
                    context: interned.some_context(&mut rows)?,
                };
                cells.entry(day).or_default().push((key, rows.i32()?, rows.i64()?));
            }
        }
        Ok(cells)
    }

    pub(super) fn read_tallies(
        &self,
        product: &str,
        periods: Periods,
        each: &mut dyn FnMut(&TallyKey, Day, i64),
    ) -> ReadResult<()> {
        let read = || {
            let mut tallies = Vec::new();
            for shard in self.shards() {
                let Some(is_read) = self.is_read(shard, Of::Rows, Holding::Anything) else { continue };
                let mut rows = self.ask(shard, &tallies_sql(product, periods, &is_read))?;
                let mut interned = self.remembered.interned();
                while !rows.is_at_end() {
                    tallies.push(read_tally(&mut rows, &mut interned)?);
                }
            }
            Ok(Kept::Tallies(Arc::new(tallies)))
        };
        match self.remembered(product, About::Tallies(periods.first, periods.last), Of::Rows, read)? {
            Kept::Tallies(tallies) => tallies.iter().for_each(|(key, day, number)| each(key, *day, *number)),
            _ => return Err(malformed("it is the answer to another question")),
        }
        Ok(())
    }

    pub(super) fn read_sums_of_day(
        &self,
        shard: u32,
        day: Day,
        each: &mut dyn FnMut(&str, &CellKey, i64),
    ) -> ReadResult<()> {
        let Some(closing) = self.generations.closing(shard, day) else { return Ok(()) };
        let days = Days { first: closing.first_day, last: day };
        let sql = format!(
            "SELECT product, axis, event_day, name, detail, about, {CONTEXT}, number FROM {} WHERE {} AND day = {day} AND generation = {}",
            CELL.name,
            within("event_day", days),
            closing.sums
        );
        let mut rows = self.ask(shard, &sql)?;
        let mut interned = self.remembered.interned();
        while !rows.is_at_end() {
            let product = interned.name(&mut rows)?;
            let key = CellKey {
                axis: axis(rows.u8()?)?,
                day: rows.i32()?,
                name: interned.name(&mut rows)?,
                detail: rows.i64()?,
                about: interned.name(&mut rows)?,
                context: interned.some_context(&mut rows)?,
            };
            each(&product, &key, rows.i64()?);
        }
        Ok(())
    }

    pub(super) fn read_retired(
        &self,
        product: &str,
        days: Days,
    ) -> ReadResult<Vec<(Day, Arc<SentContext>, u64)>> {
        let sql = format!(
            "SELECT event_day, {CONTEXT}, max(number) FROM {} WHERE product = {} AND {} \
             GROUP BY event_day, {CONTEXT} ORDER BY event_day",
            RETIRED.name,
            quoted(product),
            within("event_day", days)
        );
        // They are of all shards together, and kept on the first.
        let mut rows: Rows = self.ask(0, &sql)?;
        let mut retired = Vec::new();
        let mut interned = self.remembered.interned();
        while !rows.is_at_end() {
            retired.push((rows.i32()?, interned.some_context(&mut rows)?, rows.u64()?));
        }
        Ok(retired)
    }
}

/// The statement for cells of some days. Each day of the order has each of them once, so there is nothing to sum up.
pub(super) fn cells_sql(product: &str, axis: Axis, days: Days, is_read: &str) -> String {
    format!(
        "SELECT event_day, name, detail, about, {CONTEXT}, day, number FROM {} WHERE product = {} AND axis = {} AND {} AND {is_read}",
        CELL.name,
        quoted(product),
        axis as u8,
        within("event_day", days)
    )
}

/// The statement for totals.
pub(super) fn totals_sql(product: &str, is_read: &str) -> String {
    format!(
        "SELECT {CONTEXT}, day, number FROM {} WHERE product = {} AND {is_read}",
        TOTAL.name,
        quoted(product)
    )
}

/// The statement for tallies.
pub(super) fn tallies_sql(product: &str, periods: Periods, is_read: &str) -> String {
    format!(
        "SELECT kind, period, what, {CONTEXT}, is_synthetic, day, number FROM {} WHERE product = {} \
         AND (kind IN ({TALLIES_WITHOUT_PERIOD}) OR (period >= {} AND period <= {})) AND {is_read}",
        TALLY.name,
        quoted(product),
        periods.first,
        periods.last
    )
}

/// Every axis of cells.
const AXES: [Axis; 13] = [
    Axis::Command,
    Axis::Action,
    Axis::View,
    Axis::Report,
    Axis::Declared,
    Axis::Flag,
    Axis::Number,
    Axis::Choice,
    Axis::Version,
    Axis::Country,
    Axis::TimingCount,
    Axis::TimingTime,
    Axis::Success,
];

fn axis(number: u8) -> ReadResult<Axis> {
    let known = AXES.into_iter().find(|axis| *axis as u8 == number);
    known.ok_or_else(|| malformed("an axis of cells is not known"))
}
