//! One moment of the closed days of a cluster in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::installation_set::Member;
use aboveboard_store::read::{Days, InstallationKey, ReadResult};

use super::state::{MemoryState, Sums};
use crate::backend::ClosedDay;
use crate::batch::SentContext;
use crate::book::Book;
use crate::closed::{
    CellKey, ClosedDays, ClosedRow, EachPart, EachRow, Periods, SeenBatch, SetAxis, TallyKey, TallyKind,
};
use crate::journal::JournalEntry;
use crate::numbers::{Numbers, ProductNumbers};
use crate::order::Order;
use crate::state::{InstallationState, LatestReport};

/// Most installations that [`ClosedDays::known`] gives at once: few, so that tests go on several times.
const MAX_AT_ONCE: usize = 3;

/// One moment of the closed days.
#[derive(Debug)]
pub(super) struct MemoryClosedDays {
    shards: u32,
    last: Option<Day>,
    /// By day of the order.
    days: Vec<MemoryDay>,
    retired: BTreeMap<(String, Day, Arc<SentContext>), u64>,
    numbers: Numbers,
}

/// A closed day on a shard.
#[derive(Debug)]
struct MemoryDay {
    shard: u32,
    day: Day,
    what: Arc<ClosedDay>,
    cells: Arc<Sums>,
    without: BTreeSet<InstallationKey>,
}

impl MemoryClosedDays {
    pub(super) fn new(state: &MemoryState, journal: &[(Order, JournalEntry)]) -> Self {
        let book = Book::new(Arc::new(journal.to_vec()));
        let last = book.last_closed(state.shards);
        let mut days = Vec::new();
        for (shard, day, closed) in book.closed_days().filter(|(_, day, _)| Some(*day) <= last) {
            let what = state.days.get(&(shard, day, closed.generation));
            let cells = state.sums.get(&(shard, day, closed.sums));
            if let (Some(what), Some(cells)) = (what, cells) {
                days.push(MemoryDay {
                    shard,
                    day,
                    what: Arc::clone(what),
                    cells: Arc::clone(cells),
                    without: closed.without.clone(),
                });
            }
        }
        days.sort_by_key(|day| (day.day, day.shard));
        Self { shards: state.shards, last, days, retired: state.retired.clone(), numbers: Numbers::default() }
    }

    fn newest_states(&self, product: &str) -> BTreeMap<InstallationKey, (Day, &InstallationState)> {
        let mut newest = BTreeMap::new();
        for day in &self.days {
            for (of, installation, state) in &day.what.states {
                if **of == *product {
                    newest.insert(*installation, (day.day, state));
                }
            }
        }
        newest
    }

    fn rows_where(&self, product: &str, keeps: impl Fn(&ClosedRow) -> bool) -> Vec<ClosedRow> {
        let all = self.days.iter().flat_map(|day| &day.what.rows);
        let own = all.filter(|(of, row)| **of == *product && keeps(row));
        own.map(|(_, row)| row.clone()).collect()
    }
}

fn give(rows: Vec<ClosedRow>, each: EachRow<'_>) {
    for row in rows {
        if each(row) == ControlFlow::Break(()) {
            break;
        }
    }
}

impl ClosedDays for MemoryClosedDays {
    fn last(&self) -> Option<Day> {
        self.last
    }

    fn products(&self) -> ReadResult<Vec<String>> {
        let mut all: BTreeSet<String> = BTreeSet::new();
        for day in &self.days {
            let of_cells = day.cells.iter().map(|(of, ..)| of);
            let of_tallies = day.what.tallies.iter().map(|(of, ..)| of);
            let of_states = day.what.states.iter().map(|(of, ..)| of);
            all.extend(of_cells.chain(of_tallies).chain(of_states).map(|of| of.to_string()));
        }
        Ok(all.into_iter().collect())
    }

    fn contexts(&self, product: &str) -> ReadResult<Vec<Arc<SentContext>>> {
        let mut all: BTreeSet<Arc<SentContext>> = BTreeSet::new();
        for day in &self.days {
            let cells = day.cells.iter().filter(|(of, ..)| **of == *product);
            all.extend(cells.map(|(_, key, _)| Arc::clone(&key.context)));
            let members = day.what.members.iter().filter(|(of, ..)| **of == *product);
            all.extend(members.filter_map(|(_, key, _)| key.context.clone()));
            let tallies = day.what.tallies.iter().filter(|(of, ..)| **of == *product);
            all.extend(tallies.filter_map(|(_, key, _)| match &key.kind {
                TallyKind::Note(_, context) => Some(Arc::clone(context)),
                _ => None,
            }));
        }
        let retired = self.retired.keys().filter(|(of, ..)| of == product);
        all.extend(retired.map(|(_, _, context)| Arc::clone(context)));
        Ok(all.into_iter().collect())
    }

    fn cells(
        &self,
        product: &str,
        axis: Axis,
        days: Days,
        each: &mut dyn FnMut(&CellKey, Day, i64),
    ) -> ReadResult<()> {
        for day in &self.days {
            for (of, key, number) in &*day.cells {
                let is_asked_for = key.axis == axis && (days.first..=days.last).contains(&key.day);
                if **of == *product && is_asked_for {
                    each(key, day.day, *number);
                }
            }
        }
        Ok(())
    }

    fn totals(&self, product: &str) -> ReadResult<Vec<(Arc<SentContext>, Day, i64)>> {
        let mut all: BTreeMap<(Arc<SentContext>, Day), i64> = BTreeMap::new();
        for day in &self.days {
            for (of, key, number) in &*day.cells {
                if **of == *product && key.axis <= Axis::Declared {
                    *all.entry((Arc::clone(&key.context), day.day)).or_default() += number;
                }
            }
        }
        Ok(all.into_iter().map(|((context, day), number)| (context, day, number)).collect())
    }

    fn numbers(&self, product: &str) -> Arc<ProductNumbers> {
        self.numbers.of(product)
    }

    fn members(
        &self,
        product: &str,
        axis: SetAxis,
        name: Option<&str>,
        periods: Periods,
        each: EachPart<'_>,
    ) -> ReadResult<()> {
        let numbers = self.numbers(product);
        let mut found: BTreeMap<_, Vec<Member>> = BTreeMap::new();
        for day in &self.days {
            for (of, key, installation) in &day.what.members {
                let is_in = (periods.first..=periods.last).contains(&key.period);
                let has_name = name.is_none_or(|name| *key.name == *name);
                if **of == *product && key.axis == axis && is_in && has_name {
                    let part = found.entry((key, day.day, day.shard)).or_default();
                    part.push(numbers.member(*installation));
                }
            }
        }
        for ((key, day, _), members) in found {
            each(key, day, &members.into_iter().collect());
        }
        Ok(())
    }

    fn tallies(
        &self,
        product: &str,
        periods: Periods,
        each: &mut dyn FnMut(&TallyKey, Day, i64),
    ) -> ReadResult<()> {
        for day in &self.days {
            for (of, key, number) in &day.what.tallies {
                let has_period = matches!(key.kind, TallyKind::Note(..) | TallyKind::Batches(..));
                let is_in = !has_period || (periods.first..=periods.last).contains(&key.period);
                if **of == *product && is_in {
                    each(key, day.day, *number);
                }
            }
        }
        Ok(())
    }

    fn retired(&self, product: &str, days: Days) -> ReadResult<Vec<(Day, Arc<SentContext>, u64)>> {
        let own = self
            .retired
            .iter()
            .filter(|((of, day, _), _)| of == product && (days.first..=days.last).contains(day));
        Ok(own.map(|((_, day, context), number)| (*day, Arc::clone(context), *number)).collect())
    }

    fn seen(&self, keys: &[BatchKey]) -> ReadResult<Vec<SeenBatch>> {
        let mut last: BTreeMap<BatchKey, SeenBatch> = BTreeMap::new();
        for seen in self.days.iter().flat_map(|day| &day.what.seen).filter(|seen| keys.contains(&seen.key)) {
            let known = last.entry(seen.key).or_insert(*seen);
            if seen.order > known.order {
                *known = *seen;
            }
        }
        Ok(last.into_values().collect())
    }

    fn states(
        &self,
        product: &str,
        installations: &[InstallationKey],
    ) -> ReadResult<Vec<(InstallationKey, Day, InstallationState)>> {
        let newest = self.newest_states(product);
        let known = installations.iter().filter_map(|key| newest.get(key).map(|known| (*key, known)));
        Ok(known.map(|(key, (day, state))| (key, *day, (*state).clone())).collect())
    }

    fn latest(
        &self,
        product: &str,
        each: &mut dyn FnMut(InstallationKey, Day, &LatestReport),
    ) -> ReadResult<()> {
        for (installation, (day, state)) in self.newest_states(product) {
            if let Some(latest) = &state.latest {
                each(installation, day, latest);
            }
        }
        Ok(())
    }

    fn known(
        &self,
        product: &str,
        from: InstallationKey,
        each: &mut dyn FnMut(InstallationKey, Day, InstallationState),
    ) -> ReadResult<Option<InstallationKey>> {
        let newest = self.newest_states(product);
        let mut left = newest.range(from..);
        for (installation, (day, state)) in left.by_ref().take(MAX_AT_ONCE) {
            each(*installation, *day, (*state).clone());
        }
        Ok(left.next().map(|(installation, _)| *installation))
    }

    fn row_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        let rows = self.days.iter().flat_map(|day| &day.what.rows);
        let own = rows.filter(|(of, row)| **of == *product && (days.first..=days.last).contains(&row.day));
        let all: BTreeSet<Day> = own.map(|(_, row)| row.day).collect();
        Ok(all.into_iter().collect())
    }

    fn rows(&self, product: &str, day: Day, each: EachRow<'_>) -> ReadResult<()> {
        let mut rows = self.rows_where(product, |row| row.day == day);
        rows.sort_by_key(|row| (row.installation, row.order));
        give(rows, each);
        Ok(())
    }

    fn rows_of(
        &self,
        product: &str,
        installations: &[InstallationKey],
        days: Days,
        each: EachRow<'_>,
    ) -> ReadResult<()> {
        let mut rows = self.rows_where(product, |row| {
            installations.contains(&row.installation) && (days.first..=days.last).contains(&row.day)
        });
        rows.sort_by_key(|row| (row.day, row.installation, row.order));
        give(rows, each);
        Ok(())
    }

    fn sums_of_day(&self, shard: u32, day: Day, each: &mut dyn FnMut(&str, &CellKey, i64)) -> ReadResult<()> {
        let of_day = self.days.iter().filter(|closed| closed.day == day && closed.shard == shard);
        for (product, key, number) in of_day.flat_map(|closed| &*closed.cells) {
            each(product, key, *number);
        }
        Ok(())
    }

    fn rows_of_day(
        &self,
        shard: u32,
        day: Day,
        each: &mut dyn FnMut(&str, ClosedRow) -> ControlFlow<()>,
    ) -> ReadResult<()> {
        let of_day = self.days.iter().filter(|closed| closed.day == day && closed.shard == shard);
        for (product, row) in of_day.flat_map(|closed| &closed.what.rows) {
            if each(product, row.clone()) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }

    fn lacking(&self, day: Day, installation: InstallationKey) -> bool {
        let shard = u32::try_from(installation.0 % u64::from(self.shards)).unwrap_or(0);
        let closed = self.days.iter().find(|closed| closed.day == day && closed.shard == shard);
        closed.is_some_and(|closed| closed.without.contains(&installation))
    }
}
