//! What one installation did in a period, as far as a layout has cells of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_types::declaration::Component;
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

use super::finder::CellFinder;
use super::layout::CellIndex;
use crate::calendar::Day;
use crate::read::{BatchRow, Recorded, ReportedCount, RequestSum, RowEvent};

/// What one installation did. It has no more numbers than a layout has cells, however much was recorded.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    seen: BTreeMap<Component, Seen>,
    counts: BTreeMap<CellIndex, u64>,
    report: Option<LastReport>,
    /// The first day whose requests count.
    requests_from: Option<Day>,
}

/// When and where a component recorded.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    days: u32,
    last: Day,
    pub(super) os: Arc<str>,
    pub(super) arch: Arc<str>,
    pub(super) version: Version,
}

#[derive(Clone, Debug)]
struct LastReport {
    at: (Day, u8),
    cells: Vec<CellIndex>,
}

impl Tally {
    /// Of an installation whose requests count from a day on: that of which on nothing is received of it before it is verified.
    /// How many requests of others are counted depends on what all of them sent, and what an installation adds must not.
    #[must_use]
    pub fn with_requests_from(day: Day) -> Self {
        Self { requests_from: Some(day), ..Self::default() }
    }

    /// Adds a row of the installation. Rows come by ascending day, those of a day in the order in which they arrived.
    pub fn add(&mut self, finder: &CellFinder<'_>, day: Day, row: &BatchRow) {
        let context = &row.context;
        let os = Arc::clone(&context.os);
        let arch = Arc::clone(&context.arch);
        let now = Seen { days: 1, last: day, os, arch, version: context.version };
        let known = self.seen.entry(context.component).or_insert_with(|| now.clone());
        let days = known.days + u32::from(known.last != day);
        *known = Seen { days, ..now };
        row.events.iter().for_each(|event| self.event(finder, day, event));
    }

    fn event(&mut self, finder: &CellFinder<'_>, day: Day, event: &RowEvent) {
        match &event.what {
            Recorded::Command { command, ending, .. } => {
                let cells = finder.command(command);
                match ending {
                    Ending::Success => self.count(cells.map(|cells| cells.worked), 1),
                    Ending::Error => self.count(cells.map(|cells| cells.failing), 1),
                    Ending::Unfinished => {}
                }
            }
            Recorded::Console { action, .. } => {
                self.count(action.as_ref().and_then(|action| finder.action(action)), 1);
            }
            Recorded::Report(counts) => self.report(finder, (day, event.hour), counts),
            Recorded::Requests(_) if self.requests_from.is_some_and(|first| day < first) => {}
            Recorded::Requests(sums) => {
                for sum in sums {
                    if let RequestSum::Requests(requests) = sum.sum {
                        self.count(finder.requests(&sum.name, sum.from), requests);
                    }
                }
            }
            Recorded::Declared { event, times, fields } => {
                let Some(cells) = finder.event(event) else { return };
                self.count(Some(cells.happened), *times);
                for (field, value) in fields {
                    self.count(finder.field(cells, event, field, value), *times);
                }
            }
        }
    }

    fn count(&mut self, cell: Option<CellIndex>, times: u64) {
        if let Some(cell) = cell.filter(|_| times > 0) {
            let count = self.counts.entry(cell).or_default();
            *count = count.saturating_add(times);
        }
    }

    fn report(&mut self, finder: &CellFinder<'_>, at: (Day, u8), counts: &[ReportedCount]) {
        if self.report.as_ref().is_none_or(|known| known.at <= at) {
            let cells = counts.iter().filter_map(|count| finder.count(count)).collect();
            self.report = Some(LastReport { at, cells });
        }
    }

    /// The component that recorded on most days, of several the first of `order`; none where no component of these did.
    pub(super) fn component(&self, order: &[Component]) -> Option<Component> {
        let days = |component: &Component| self.seen.get(component).map_or(0, |seen| seen.days);
        let seen = order.iter().copied().filter(|component| days(component) > 0);
        // Of equal ones the last is the greatest, so the order is reversed.
        seen.rev().max_by_key(days)
    }

    pub(super) fn seen(&self, component: Component) -> Option<&Seen> {
        self.seen.get(&component)
    }

    /// How often what a cell stands for happened.
    pub(super) fn times(&self, cell: CellIndex) -> u64 {
        self.counts.get(&cell).copied().unwrap_or(0)
    }

    /// The cells of its last report.
    pub(super) fn reported(&self) -> &[CellIndex] {
        self.report.as_ref().map_or(&[], |report| &report.cells)
    }
}
