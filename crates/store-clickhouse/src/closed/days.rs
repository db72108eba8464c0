//! Closed days, as the questions of a view find them in the tables.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aboveboard_replay::encode::NotEncoded;
use aboveboard_replay::{
    CellKey, ClosedDays, ClosedRow, EachPart, EachRow, InstallationState, LatestReport, Numbers, Periods,
    ProductNumbers, SeenBatch, SentContext, SetAxis, TallyKey,
};
use aboveboard_store::StoreError;
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::{Days, InstallationKey, ReadResult};

use super::cache::{About, Cache, Kept, Question};
use super::context::Interned;
use super::generations::{Generations, Holding, Of};
use super::sql::list;
use crate::client::{Client, Patience, Rows};
use crate::problem::malformed;

/// What a collector keeps of closed days between questions.
#[derive(Debug)]
pub(crate) struct Remembered {
    pub(super) cache: Cache,
    /// By which the sets in the cache have their members.
    pub(super) numbers: Numbers,
    interned: Mutex<Interned>,
    /// What the journal said last, since it rarely says anything else.
    generations: Mutex<Arc<Generations>>,
}

impl Remembered {
    /// Keeps so many bytes of answers.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            cache: Cache::new(max_bytes),
            numbers: Numbers::default(),
            interned: Mutex::default(),
            generations: Mutex::default(),
        }
    }

    pub(super) fn interned(&self) -> MutexGuard<'_, Interned> {
        self.interned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same generations as before where they are equal.
    pub(crate) fn generations(&self, new: Generations) -> Arc<Generations> {
        let mut known = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if **known != new {
            *known = Arc::new(new);
        }
        Arc::clone(&known)
    }
}

/// One moment of the closed days of a cluster.
#[derive(Debug)]
pub(crate) struct ClusterDays<'c> {
    pub(super) client: &'c Client,
    pub(super) remembered: &'c Remembered,
    pub(super) generations: Arc<Generations>,
}

impl ClusterDays<'_> {
    pub(super) fn shards(&self) -> std::ops::Range<u32> {
        0..self.generations.shards()
    }

    /// Asks a shard.
    pub(super) fn ask(&self, shard: u32, sql: &str) -> ReadResult<Rows> {
        self.client.select_within(shard, sql, Patience::Work)
    }

    /// The condition that a row of a shard is of a generation that is read; none where none is.
    pub(super) fn is_read(&self, shard: u32, of: Of, holding: Holding) -> Option<String> {
        let generations = self.generations.of_shard(shard, of, holding);
        (!generations.is_empty()).then(|| format!("generation IN ({})", list(generations)))
    }

    /// The answer to a question about all days of a product, from memory where it cannot have changed.
    pub(super) fn remembered(
        &self,
        product: &str,
        about: About,
        of: Of,
        read: impl FnOnce() -> ReadResult<Kept>,
    ) -> ReadResult<Kept> {
        let question = Question { product: product.into(), about, day: 0 };
        let fingerprint = self.generations.fingerprint(of, Holding::Anything);
        if let Some(kept) = self.remembered.cache.find(&question, fingerprint) {
            return Ok(kept);
        }
        let kept = read()?;
        self.remembered.cache.keep(question, fingerprint, kept.clone());
        Ok(kept)
    }
}

impl ClosedDays for ClusterDays<'_> {
    fn last(&self) -> Option<Day> {
        self.generations.last()
    }

    fn products(&self) -> ReadResult<Vec<String>> {
        self.read_products()
    }

    fn contexts(&self, product: &str) -> ReadResult<Vec<Arc<SentContext>>> {
        self.read_contexts(product)
    }

    fn cells(
        &self,
        product: &str,
        axis: Axis,
        days: Days,
        each: &mut dyn FnMut(&CellKey, Day, i64),
    ) -> ReadResult<()> {
        self.read_cells(product, axis, days, each)
    }

    fn totals(&self, product: &str) -> ReadResult<Vec<(Arc<SentContext>, Day, i64)>> {
        self.read_totals(product)
    }

    fn numbers(&self, product: &str) -> Arc<ProductNumbers> {
        self.remembered.numbers.of(product)
    }

    fn members(
        &self,
        product: &str,
        axis: SetAxis,
        name: Option<&str>,
        periods: Periods,
        each: EachPart<'_>,
    ) -> ReadResult<()> {
        self.read_members(product, axis, name, periods, each)
    }

    fn tallies(
        &self,
        product: &str,
        periods: Periods,
        each: &mut dyn FnMut(&TallyKey, Day, i64),
    ) -> ReadResult<()> {
        self.read_tallies(product, periods, each)
    }

    fn retired(&self, product: &str, days: Days) -> ReadResult<Vec<(Day, Arc<SentContext>, u64)>> {
        self.read_retired(product, days)
    }

    fn seen(&self, keys: &[BatchKey]) -> ReadResult<Vec<SeenBatch>> {
        self.read_seen(keys)
    }

    fn states(
        &self,
        product: &str,
        installations: &[InstallationKey],
    ) -> ReadResult<Vec<(InstallationKey, Day, InstallationState)>> {
        self.read_states(product, installations)
    }

    fn latest(
        &self,
        product: &str,
        each: &mut dyn FnMut(InstallationKey, Day, &LatestReport),
    ) -> ReadResult<()> {
        self.read_latest(product, each)
    }

    fn known(
        &self,
        product: &str,
        from: InstallationKey,
        each: &mut dyn FnMut(InstallationKey, Day, InstallationState),
    ) -> ReadResult<Option<InstallationKey>> {
        self.read_known(product, from, each)
    }

    fn row_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        self.read_row_days(product, days)
    }

    fn rows(&self, product: &str, day: Day, each: EachRow<'_>) -> ReadResult<()> {
        self.read_rows(product, day, each)
    }

    fn rows_of(
        &self,
        product: &str,
        installations: &[InstallationKey],
        days: Days,
        each: EachRow<'_>,
    ) -> ReadResult<()> {
        self.read_rows_of(product, installations, days, each)
    }

    fn sums_of_day(&self, shard: u32, day: Day, each: &mut dyn FnMut(&str, &CellKey, i64)) -> ReadResult<()> {
        self.read_sums_of_day(shard, day, each)
    }

    fn rows_of_day(
        &self,
        shard: u32,
        day: Day,
        each: &mut dyn FnMut(&str, ClosedRow) -> ControlFlow<()>,
    ) -> ReadResult<()> {
        self.read_rows_of_day(shard, day, each)
    }

    fn lacking(&self, day: Day, installation: InstallationKey) -> bool {
        self.generations.lacking(day, installation)
    }
}

/// Goes through days a piece at a time.
pub(super) fn pieces(days: Days, size: Day) -> impl Iterator<Item = Days> {
    let mut next = Some(days.first).filter(|first| *first <= days.last);
    std::iter::from_fn(move || {
        let first = next?;
        let last = first.saturating_add(size - 1).min(days.last);
        next = last.checked_add(1).filter(|first| *first <= days.last);
        Some(Days { first, last })
    })
}

/// What both have.
pub(super) fn common(a: Days, b: Days) -> Option<Days> {
    let days = Days { first: a.first.max(b.first), last: a.last.min(b.last) };
    (days.first <= days.last).then_some(days)
}

/// What a column with encoded content holds was written by something else.
pub(super) fn not_encoded(_: NotEncoded) -> StoreError {
    malformed("what is kept of an installation cannot be read")
}
