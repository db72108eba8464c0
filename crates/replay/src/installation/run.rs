//! One batch after the other, with the state that each leaves.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::growth::GrowthAllowance;
use aboveboard_store::limits::OPEN_DAYS;
use aboveboard_store::read::{QualityNote, RequestSum, RowSum};
use aboveboard_store::sums::{
    GrownSums, GrowthBounds, Process, ReportedSums, SumCell, Summed, name_of, name_of_part,
};

use crate::batch::{Batch, Naming, ReportedTiming, ReportedTimings, SentEvent, SentKind, SentValue};
use crate::journal::RemovalKind;
use crate::measure::bytes_of;
use crate::order::Order;
use crate::outcome::Fate;
use crate::state::{DayTally, InstallationState, LatestReport};
use crate::terms::Terms;

/// Events by their days, those of one day in the order in which they were recorded.
type EventsByDay = BTreeMap<Day, Vec<SentEvent>>;

/// A report with the sums that it tells.
type ToldSums<'b> = (&'b SentEvent, &'b ReportedTimings);

/// What became of a batch when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) fate: Fate,
    pub(super) notes: Vec<(QualityNote, u64)>,
    /// What counts of it on each day.
    pub(super) rows: EventsByDay,
}

impl Taken {
    fn new(fate: Fate) -> Self {
        Self { fate, notes: Vec::new(), rows: BTreeMap::new() }
    }

    /// Notes something, unless there is none of it.
    fn note(&mut self, what: QualityNote, n: u64) {
        if n == 0 {
            return;
        }
        match self.notes.iter_mut().find(|(known, _)| *known == what) {
            Some((_, all)) => *all = all.saturating_add(n),
            None => self.notes.push((what, n)),
        }
    }
}

/// A batch that repeats one that came before.
pub(super) fn repeat(is_same: bool) -> Taken {
    let (fate, note) = if is_same {
        (Fate::Duplicate, QualityNote::Duplicate)
    } else {
        (Fate::Conflict, QualityNote::Conflict)
    };
    let mut taken = Taken::new(fate);
    taken.note(note, 1);
    taken
}

impl InstallationState {
    /// Takes in a batch that came for the first time.
    pub(super) fn take_in(&mut self, batch: &Batch, terms: &Terms) -> Taken {
        if self.erased.is_some() {
            let mut taken = Taken::new(Fate::Erased);
            taken.note(QualityNote::Batch, 1);
            taken.note(QualityNote::Erased, batch.sent);
            return taken;
        }
        let mut taken = Taken::new(Fate::Counted);
        taken.note(QualityNote::Batch, 1);
        let received = day_of(batch.received_at);
        let kept_from = terms.kept_from_at(batch.order);
        if !self.is_known() {
            // Where no event was placed, the installation is kept as if seen on the day of receipt, and not for ever.
            let placed = batch.events.iter().map(|event| event.day).filter(|day| *day >= kept_from);
            self.last = Some(placed.max().unwrap_or(received));
        }
        let (mut days, reports) = self.place(batch, kept_from, &mut taken);
        self.received = self.received.or(Some(received));
        if !self.sequence.note(batch.sequence) {
            taken.note(QualityNote::Cloned, 1);
        }
        self.count_drops(batch, received, &mut taken);
        self.grow(batch, &mut days, &reports, &mut taken);
        if batch.context.naming != Naming::Named {
            taken.note(QualityNote::OtherVersion, 1);
        }
        for (day, events) in days {
            self.count_day(batch, day, events, &mut taken);
        }
        if batch.publishes {
            self.heard = self.heard.max(Some(received));
        }
        // On what lies further back nothing can be placed any more.
        let open = batch.order.day().saturating_sub(OPEN_DAYS);
        self.days.retain(|day, _| *day >= open);
        taken
    }

    /// The events that are placed on a day that is kept, without the reports that are too many, by day; and the reports that tell what was
    /// served.
    fn place<'b>(
        &self,
        batch: &'b Batch,
        kept_from: Day,
        taken: &mut Taken,
    ) -> (EventsByDay, Vec<ToldSums<'b>>) {
        let mut days: EventsByDay = BTreeMap::new();
        let mut reports = Vec::new();
        let mut reported: BTreeMap<Day, u64> = BTreeMap::new();
        let mut unplaced = batch.unplaced;
        let mut over_cap = 0;
        let mut other_versions = 0;
        for event in &batch.events {
            // Retention has passed over this day: its rows are gone, and one more would make it look whole.
            if event.day < kept_from {
                unplaced += 1;
                continue;
            }
            let mut counted = event.clone();
            if let SentKind::Report { timings, .. } = &mut counted.what {
                let before = || self.days.get(&event.day).map_or(0, |tally| tally.reports);
                let number = reported.entry(event.day).or_insert_with(before);
                *number = number.saturating_add(1);
                if *number > batch.max_reports {
                    over_cap += 1;
                    continue;
                }
                *timings = None;
            }
            if let SentKind::Report { timings: Some(timings), .. } = &event.what {
                reports.push((event, &**timings));
            }
            other_versions += other_versions_of(&event.what);
            days.entry(event.day).or_default().push(counted);
        }
        taken.note(QualityNote::OtherVersion, other_versions);
        taken.note(QualityNote::OverCap, over_cap);
        taken.note(QualityNote::Refused, batch.refused);
        taken.note(QualityNote::Unplaced, unplaced);
        (days, reports)
    }

    fn count_drops(&mut self, batch: &Batch, received: Day, taken: &mut Taken) {
        // What strangers had left when the batch came is for all reasons together.
        let mut before = 0_u64;
        for (reason, number, left) in &batch.drops {
            let left = left_after(*left, before);
            let counted = self.drops.add(received, left.min(*number));
            before = before.saturating_add(counted);
            taken.note(QualityNote::Dropped(*reason), counted);
        }
    }

    /// Adds by how much the sums of its processes have grown behind the events of the day of each report.
    fn grow(&mut self, batch: &Batch, days: &mut EventsByDay, reports: &[ToldSums<'_>], taken: &mut Taken) {
        let mut allowance = GrowthAllowance::at(batch.received_at, self.spent);
        let mut counted = CountedGrowth::default();
        for (event, timings) in reports {
            let known = Process::sums_of(&mut self.processes, timings.process, event.day);
            let sums: Vec<_> = timings.of.iter().map(sums_of).collect();
            let mut bounds = Bounds { timings: &timings.of, counted: &mut counted };
            let Ok(grown) = GrownSums::since(known, &sums, &mut bounds, &mut allowance);
            if grown.is_cut {
                taken.note(QualityNote::Overgrown, 1);
            }
            if !grown.sums.is_empty() {
                let sums = grown.sums.into_iter().map(|((name, is_time, from), n)| {
                    let sum = if is_time { RequestSum::Milliseconds(n) } else { RequestSum::Requests(n) };
                    RowSum { name, from, sum }
                });
                let what = SentKind::Requests(sums.collect());
                let requests = SentEvent { day: event.day, hour: event.hour, what };
                days.entry(event.day).or_default().push(requests);
            }
        }
        // The time since a report without timings counts for the next one too.
        if days.values().flatten().any(|event| is_of_report(&event.what)) {
            self.spent = Some(allowance.spent_until());
        }
    }

    /// Counts the events of one day, as far as there is room on it.
    fn count_day(&mut self, batch: &Batch, day: Day, mut events: Vec<SentEvent>, taken: &mut Taken) {
        let before = self.days.get(&day).copied().unwrap_or_default();
        let mut more = tally_of(&events);
        if !before.has_room_for(&more) {
            let all = more.events;
            events.retain(|event| is_of_report(&event.what));
            more = tally_of(&events);
            taken.note(QualityNote::OverCap, all - more.events);
            if events.is_empty() {
                return;
            }
        }
        self.days.insert(day, before.with(&more));
        self.first = Some(self.first.map_or(day, |first| first.min(day)));
        self.last = self.last.max(Some(day));
        for event in &events {
            let SentKind::Report { counts, .. } = &event.what else { continue };
            let when = (day, event.hour);
            // Batches come in any order: a later report stays.
            if self.latest.as_ref().is_none_or(|latest| latest.when <= when) {
                let context = Arc::clone(&batch.context);
                self.latest = Some(LatestReport { when, context, counts: counts.clone() });
            }
        }
        if let Some(presence) = batch.presence.and_then(|shown| shown.on(day)) {
            self.presences.insert(presence.days, presence);
        }
        taken.rows.insert(day, events);
    }

    /// What is left of it behind a removal.
    pub(super) fn remove(&mut self, order: Order, kind: RemovalKind, received: Day) {
        let before = std::mem::take(self).erased;
        self.erased = match kind {
            // Kept until it is as old as the later of its days.
            RemovalKind::Erasure => Some((order, before.map_or(received, |(_, day)| day.max(received)))),
            _ => before,
        };
    }

    /// Retention passes over the days before one.
    pub(super) fn retire(&mut self, before: Day) {
        if self.last.is_some_and(|last| last < before) {
            let erased = self.erased;
            *self = Self { erased, ..Self::default() };
            return;
        }
        self.processes.retain(|process| process.day >= before);
        self.presences.retain(|days, _| days.last >= before);
        self.days.retain(|day, _| *day >= before);
        self.latest = self.latest.take().filter(|latest| latest.when.0 >= before);
    }

    /// What goes by a name goes.
    pub(super) fn erase_item(&mut self, name: &str) {
        if let Some(latest) = &mut self.latest {
            latest.counts.retain(|count| &*count.count != name);
        }
    }

    /// Tombstones of days of receipt before one are forgotten.
    pub(super) fn forget_erased(&mut self, before: Day) {
        self.erased = self.erased.filter(|(_, received)| *received >= before);
    }
}

/// How much of each timing was counted of one batch so far, of requests and of milliseconds.
type CountedGrowth = BTreeMap<Arc<str>, [u64; 2]>;

/// What the batch itself says of how much its sender had left to add.
struct Bounds<'b> {
    timings: &'b [ReportedTiming],
    counted: &'b mut CountedGrowth,
}

impl GrowthBounds for Bounds<'_> {
    type Error = Infallible;

    fn left(&mut self, timing: usize, of: Summed, _: u64) -> Result<u64, Infallible> {
        Ok(self.timings.get(timing).map_or(0, |timing| {
            let counted = self.counted.get(&timing.name).map_or(0, |counted| counted[of as usize]);
            left_after(timing.left[of as usize], counted)
        }))
    }

    fn add(&mut self, timing: usize, of: Summed, n: u64) -> Result<(), Infallible> {
        if let Some(timing) = self.timings.get(timing) {
            let counted = &mut self.counted.entry(Arc::clone(&timing.name)).or_default()[of as usize];
            *counted = counted.saturating_add(n);
        }
        Ok(())
    }
}

/// What is left once some is counted: as much as ever, where there is no bound.
fn left_after(left: u64, counted: u64) -> u64 {
    if left == u64::MAX { left } else { left.saturating_sub(counted) }
}

/// The sums of a timing by their names.
fn sums_of(timing: &ReportedTiming) -> ReportedSums<Arc<str>> {
    let cells = timing.cells.iter().map(|cell| {
        let name: Arc<str> = name_of(&timing.name, &cell.kind).into();
        let parts = cell.parts.iter();
        let parts = parts.map(|(part, n)| (name_of_part(&timing.name, part, &cell.kind).into(), *n));
        let times = [(Arc::clone(&name), cell.total)].into_iter().chain(parts).collect();
        SumCell { from: cell.from, below: cell.below, count: (name, cell.count), times }
    });
    ReportedSums { a_second: timing.a_second, cells: cells.collect() }
}

/// Whether it is of a report.
fn is_of_report(what: &SentKind) -> bool {
    matches!(what, SentKind::Report { .. } | SentKind::Requests(_))
}

/// How many versions of an event have no name.
fn other_versions_of(what: &SentKind) -> u64 {
    let SentKind::Declared { fields, .. } = what else { return 0 };
    let other = fields
        .iter()
        .filter(|(_, value)| matches!(value, SentValue::Version(_, naming) if *naming != Naming::Named));
    other.count() as u64
}

/// What events of one day take of it.
fn tally_of(events: &[SentEvent]) -> DayTally {
    let times = events.iter().map(|event| match &event.what {
        SentKind::Requests(_) => 0,
        SentKind::Declared { times, .. } => *times,
        _ => 1,
    });
    DayTally {
        events: times.fold(0, u64::saturating_add),
        reports: events.iter().filter(|event| matches!(event.what, SentKind::Report { .. })).count() as u64,
        bytes: bytes_of(events),
        report_bytes: bytes_of(events.iter().filter(|event| is_of_report(&event.what))),
    }
}
