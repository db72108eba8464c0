//! What is known of one product at one moment: closed days and open ones together, with what the journal says applied.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::context::{Context, ContextFilter};
use aboveboard_store::limits::{RECEIPT_DAYS, RECEIPT_HOUR_DAYS};
use aboveboard_store::read::{Days, InstallationKey, ReadResult};
use aboveboard_store::versions::OTHER;
use aboveboard_types::envelope::Mark;
use aboveboard_types::value::Version;

use crate::batch::{Naming, SentContext};
use crate::book::Book;
use crate::closed::{CellKey, ClosedDays, Periods, TallyKey, TallyKind};
use crate::numbers::ProductNumbers;
use crate::open_days::{OpenDays, noted};
use crate::order::Order;
use crate::product_book::{ProductBook, Removal};
use crate::rollup::{ProductRollup, version_detail};
use crate::state::InstallationState;

/// Where a piece comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Days that are not closed: what the journal says is applied to it.
    Open,
    /// A closed day of the order: what stands in the journal behind it is to be applied.
    Closed(Day),
}

/// One product at one moment.
pub(super) struct Moment<'m> {
    pub(super) product: &'m str,
    pub(super) open: &'m OpenDays,
    pub(super) closed: &'m dyn ClosedDays,
    pub(super) book: &'m Book,
    pub(super) of: &'m ProductBook,
    pub(super) numbers: Arc<ProductNumbers>,
}

impl Moment<'_> {
    /// What the open days come to.
    pub(super) fn rollup(&self) -> Option<&ProductRollup> {
        self.open.rollup().product(self.product)
    }

    /// Whether what an installation has from a closed day is void.
    pub(super) fn is_void(&self, installation: InstallationKey, day: Day) -> bool {
        self.of.removal_behind(installation, Order::end_of(day)).is_some()
    }

    /// The first removal of an installation behind a place of the order: what is behind that one found nothing of what was before.
    pub(super) fn removal_behind(&self, installation: InstallationKey, place: Order) -> Option<&Removal> {
        self.of.removals(installation).iter().find(|removal| removal.order > place)
    }

    /// Whether what is known of an installation from a closed day is void: it was removed, or retention passed over its last day.
    pub(super) fn is_gone(&self, installation: InstallationKey, day: Day, state: &InstallationState) -> bool {
        let place = Order::end_of(day);
        let is_retired = || {
            let kept_from = self.of.kept_from();
            let is_new = kept_from > self.of.kept_from_at(place);
            is_new && state.last.is_none_or(|last| last < kept_from)
        };
        self.is_void(installation, day) || is_retired()
    }

    /// The days that have rows and sets, of some days.
    pub(super) fn kept(&self, days: Days) -> Days {
        Days { first: days.first.max(self.of.kept_from()), last: days.last }
    }

    /// The days of receipt of which it is known what came, of some days.
    pub(super) fn received(&self, days: Days) -> Days {
        let Days { first, last } = self.kept(days);
        Days { first: first.max(self.receipts_from(RECEIPT_DAYS)), last }
    }

    /// The hours of receipt of which it is known what came, of some days.
    pub(super) fn received_hours(&self, days: Days) -> Periods {
        let Days { first, last } = self.received(days);
        hours(Days { first: first.max(self.receipts_from(RECEIPT_HOUR_DAYS)), last })
    }

    /// The first day of so many days up to the one on which it was last asked what is told of receipts.
    pub(super) fn receipts_from(&self, days: Day) -> Day {
        self.book.receipts_forgotten().map_or(Day::MIN, |today| today.saturating_sub(days))
    }

    /// Whether a version counts under its own name.
    fn has_name(&self, field: Option<&str>, version: Version, naming: Naming, origin: Origin) -> bool {
        match origin {
            Origin::Open => naming == Naming::Named,
            Origin::Closed(day) => self.of.has_name(field, version, naming, Order::end_of(day)),
        }
    }

    /// What a context is counted as.
    pub(super) fn counted(&self, context: &SentContext, origin: Origin) -> Context {
        context.counted(self.has_name(None, context.version, context.naming, origin))
    }

    /// What a context is counted as under which something was noted: what was noted of a version without a name is noted of `other`.
    pub(super) fn noted(&self, context: &SentContext, origin: Origin) -> Context {
        match origin {
            Origin::Open => self.counted(context, origin),
            Origin::Closed(day) => {
                let place = Order::end_of(day);
                context.counted(self.of.is_noted_by_name(context.version, context.naming, place))
            }
        }
    }

    /// What the detail of a cell says now, and what it is about.
    fn detail(&self, key: &CellKey, origin: Origin) -> (i64, Arc<str>) {
        if key.axis != Axis::Version || key.about.is_empty() {
            return (key.detail, Arc::clone(&key.about));
        }
        // The version that was sent, which had no name.
        let sent = Version::parse(&key.about);
        let named = sent.filter(|sent| self.has_name(Some(&key.name), *sent, Naming::Other, origin));
        (version_detail(named.unwrap_or(OTHER)), Arc::from(""))
    }

    /// Whether what goes by a name went behind a closed day.
    pub(super) fn is_erased(&self, day: Day, goes_by: impl Fn(&str) -> bool) -> bool {
        !self.of.items().is_empty() && self.of.items_behind(Order::end_of(day)).any(goes_by)
    }

    /// Gives the sums of an axis as they are, in no order; the same may come several times, and less than nothing too. What was removed
    /// is taken out.
    pub(super) fn each_cell(
        &self,
        axis: Axis,
        days: Days,
        removed: &[RemovedCell],
        each: &mut dyn FnMut(&CellKey, Origin, i64),
    ) -> ReadResult<()> {
        self.closed.cells(self.product, axis, days, &mut |key, day, n| {
            if !self.is_erased(day, |name| key.goes_by(name)) {
                each(key, Origin::Closed(day), n);
            }
        })?;
        let is_asked_for = |key: &CellKey| key.axis == axis && (days.first..=days.last).contains(&key.day);
        for (key, day, n) in removed.iter().filter(|(key, ..)| is_asked_for(key)) {
            each(key, Origin::Closed(*day), n.saturating_neg());
        }
        let open = self.rollup().into_iter().flat_map(ProductRollup::cells);
        for (key, n) in open.filter(|(key, _)| is_asked_for(key)) {
            each(key, Origin::Open, n);
        }
        Ok(())
    }

    /// Sums of an axis in selected contexts together, by day, name, detail and what it is about.
    pub(super) fn cells(
        &self,
        axis: Axis,
        days: Days,
        filter: &ContextFilter,
        removed: &[RemovedCell],
    ) -> ReadResult<BTreeMap<CellName, u64>> {
        let mut contexts = ContextTable::new(self, filter);
        let mut sums: BTreeMap<CellName, i64> = BTreeMap::new();
        self.each_cell(axis, days, removed, &mut |key, origin, n| {
            if contexts.find(&key.context, origin).is_some() {
                let (detail, about) = self.detail(key, origin);
                let name = CellName { day: key.day, name: Arc::clone(&key.name), detail, about };
                let sum = sums.entry(name).or_default();
                *sum = sum.saturating_add(n);
            }
        })?;
        let there = sums.into_iter().filter_map(|(name, n)| Some((name, u64::try_from(n).ok()?)));
        Ok(there.filter(|(_, n)| *n > 0).collect())
    }

    /// Every sum of an axis by what it counts and its context.
    pub(super) fn all_cells(
        &self,
        axis: Axis,
        removed: &[RemovedCell],
        each: &mut dyn FnMut(&CellName, &Context, u64),
    ) -> ReadResult<()> {
        let everything = ContextFilter::everything();
        let mut contexts = ContextTable::new(self, &everything);
        let mut sums: BTreeMap<(CellName, usize), i64> = BTreeMap::new();
        self.each_cell(axis, Days::ALL, removed, &mut |key, origin, n| {
            let Some(context) = contexts.find(&key.context, origin) else { return };
            let (detail, about) = self.detail(key, origin);
            let name = CellName { day: key.day, name: Arc::clone(&key.name), detail, about };
            let sum = sums.entry((name, context)).or_default();
            *sum = sum.saturating_add(n);
        })?;
        for ((name, context), n) in &sums {
            if let Some(n) = u64::try_from(*n).ok().filter(|n| *n > 0) {
                each(name, contexts.get(*context), n);
            }
        }
        Ok(())
    }

    /// Gives the tallies as they are, in no order; those of synthetic contexts that were cleared away are left out.
    pub(super) fn tallies(
        &self,
        periods: Periods,
        each: &mut dyn FnMut(&TallyKey, Origin, i64),
    ) -> ReadResult<()> {
        self.closed.tallies(self.product, periods, &mut |key, day, number| {
            let place = Order::end_of(day);
            if is_synthetic(&key.kind) && self.of.is_cleared(place) {
                return;
            }
            match &key.kind {
                TallyKind::Note(note, context) => {
                    let kind = TallyKind::Note(*note, noted(context, place, Some(self.of)));
                    each(&TallyKey { kind, ..*key }, Origin::Closed(day), number);
                }
                _ => each(key, Origin::Closed(day), number),
            }
        })?;
        let has_period = |kind: &TallyKind| matches!(kind, TallyKind::Note(..) | TallyKind::Batches(..));
        for (key, number) in self.rollup().into_iter().flat_map(ProductRollup::tallies) {
            if !has_period(&key.kind) || (periods.first..=periods.last).contains(&key.period) {
                each(key, Origin::Open, number);
            }
        }
        Ok(())
    }
}

/// A sum that closed days count of installations that were removed behind them, with the day of the order.
pub(super) type RemovedCell = (CellKey, Day, i64);

/// All of them, until the sums lack them.
pub(super) type RemovedCells = Vec<RemovedCell>;

/// What a sum counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CellName {
    /// Day of the events.
    pub(super) day: Day,
    /// What.
    pub(super) name: Arc<str>,
    /// What about it, where that is a number.
    pub(super) detail: i64,
    /// What about it, where that is a name.
    pub(super) about: Arc<str>,
}

/// The contexts of a question: which of them are selected, and what they are counted as.
pub(super) struct ContextTable<'t> {
    moment: &'t Moment<'t>,
    filter: &'t ContextFilter,
    /// Whether they are contexts under which something was noted.
    are_of_notes: bool,
    /// Where each is among the selected, by how often versions were named or erased behind it.
    found: HashMap<usize, HashMap<Arc<SentContext>, Option<usize>>>,
    selected: Vec<Context>,
    places: HashMap<Context, usize>,
}

impl<'t> ContextTable<'t> {
    pub(super) fn new(moment: &'t Moment<'_>, filter: &'t ContextFilter) -> Self {
        Self {
            moment,
            filter,
            are_of_notes: false,
            found: HashMap::new(),
            selected: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Those under which something was noted.
    pub(super) fn of_notes(moment: &'t Moment<'_>, filter: &'t ContextFilter) -> Self {
        Self { are_of_notes: true, ..Self::new(moment, filter) }
    }

    /// The place of a context among those that are selected; none where it is not selected.
    pub(super) fn find(&mut self, context: &Arc<SentContext>, origin: Origin) -> Option<usize> {
        let changes = match origin {
            Origin::Open => usize::MAX,
            Origin::Closed(day) => self.moment.of.renamings_behind(Order::end_of(day)),
        };
        let found = self.found.entry(changes).or_default();
        if let Some(known) = found.get(context) {
            return *known;
        }
        let counted = match self.are_of_notes {
            true => self.moment.noted(context, origin),
            false => self.moment.counted(context, origin),
        };
        let place = if self.filter.keeps(&counted) {
            let next = self.selected.len();
            let place = *self.places.entry(counted.clone()).or_insert(next);
            if place == next {
                self.selected.push(counted);
            }
            Some(place)
        } else {
            None
        };
        found.insert(Arc::clone(context), place);
        place
    }

    /// A selected context by its place.
    pub(super) fn get(&self, place: usize) -> &Context {
        &self.selected[place]
    }
}

/// The hours since 1970 of some days.
pub(super) fn hours(days: Days) -> Periods {
    let first = days.first.saturating_mul(24);
    Periods { first, last: days.last.saturating_mul(24).saturating_add(23) }
}

/// Whether a tally is of synthetic batches.
fn is_synthetic(kind: &TallyKind) -> bool {
    match kind {
        TallyKind::Note(_, context) | TallyKind::Since(context) => context.marks.has(Mark::Synthetic),
        TallyKind::Batches(_, is_synthetic)
        | TallyKind::Began(_, is_synthetic)
        | TallyKind::Last(_, is_synthetic) => *is_synthetic,
    }
}
