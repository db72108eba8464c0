//! A snapshot of one product that tells old names as the new ones, so that figures see one trend across a rename.
//!
//! Names are told anew where figures sum up: commands, console, events, fields, uses and reports. Rows stay as they were
//! recorded.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use aboveboard_types::declaration::Component;
use aboveboard_types::id::Id;
use aboveboard_types::value::Version;

use super::amendment::Change;
use super::calendar::{Day, HourOfDay};
use super::context::Context;
use super::entry::Position;
use super::installation_set::InstallationSet;
use super::new_names::NewNames;
use super::read::{
    Affected, BatchRow, CommandCell, ConsoleCell, ContributorPiece, Days, EachSet, EndingSet, EventCell,
    EventTotal, FieldCell, InstallationKey, LastReport, NamedVersion, QualityNote, ReadResult, ReportedCount,
    RequestCell, RowsRead, Selection, Snapshot, Usage,
};
use super::versions::ReleaseLine;
use crate::contributions::Presence;

/// A snapshot that tells the old names of one product as the new ones.
pub struct Renamed<'s> {
    snapshot: &'s dyn Snapshot,
    names: &'s NewNames,
}

impl<'s> Renamed<'s> {
    /// What `snapshot` says of the product of these names.
    #[must_use]
    pub fn new(snapshot: &'s dyn Snapshot, names: &'s NewNames) -> Self {
        Self { snapshot, names }
    }

    fn ending<'e>(&'e self, set: EndingSet<'e>) -> EndingSet<'e> {
        EndingSet { command: self.names.command(set.command), ..set }
    }
}

impl Snapshot for Renamed<'_> {
    fn position(&self) -> ReadResult<Position> {
        self.snapshot.position()
    }

    fn newest_receipt(&self) -> ReadResult<Option<Day>> {
        self.snapshot.newest_receipt()
    }

    fn retention_day(&self) -> ReadResult<Option<Day>> {
        self.snapshot.retention_day()
    }

    fn products(&self) -> ReadResult<Vec<String>> {
        self.snapshot.products()
    }

    fn contexts(&self, product: &str) -> ReadResult<Vec<Context>> {
        self.snapshot.contexts(product)
    }

    fn totals(&self, product: &str) -> ReadResult<Vec<EventTotal>> {
        self.snapshot.totals(product)
    }

    fn life(&self, product: &str, installation: Id) -> ReadResult<Option<Days>> {
        self.snapshot.life(product, installation)
    }

    fn first_receipt(&self, product: &str, installation: Id) -> ReadResult<Option<Day>> {
        self.snapshot.first_receipt(product, installation)
    }

    fn affected(
        &self,
        product: &str,
        change: &Change,
        day: Day,
        report_interval: u64,
    ) -> ReadResult<Affected> {
        self.snapshot.affected(product, change, day, report_interval)
    }

    fn versions(&self, product: &str) -> ReadResult<Vec<NamedVersion>> {
        let mut versions = self.snapshot.versions(product)?;
        for version in &mut versions {
            if let Some((event, field)) = version.field.as_ref().and_then(|field| field.split_once('.')) {
                let event = self.names.event(event);
                version.field = Some(format!("{event}.{}", self.names.field(event, field)));
            }
        }
        Ok(versions)
    }

    fn lines(&self, product: &str) -> ReadResult<Vec<ReleaseLine>> {
        self.snapshot.lines(product)
    }

    fn commands(&self, of: &Selection<'_>, each: &mut dyn FnMut(CommandCell<'_>)) -> ReadResult<()> {
        self.snapshot.commands(of, &mut |cell| {
            each(CommandCell { command: self.names.command(cell.command), ..cell });
        })
    }

    fn console(&self, of: &Selection<'_>, each: &mut dyn FnMut(ConsoleCell<'_>)) -> ReadResult<()> {
        self.snapshot.console(of, &mut |cell| {
            let action = cell.action.map(|action| self.names.action(action));
            each(ConsoleCell { action, route: self.names.route(cell.route), ..cell });
        })
    }

    fn events(&self, of: &Selection<'_>, each: &mut dyn FnMut(EventCell<'_>)) -> ReadResult<()> {
        self.snapshot.events(of, &mut |cell| each(EventCell { event: self.names.event(cell.event), ..cell }))
    }

    fn fields(&self, of: &Selection<'_>, each: &mut dyn FnMut(FieldCell<'_>)) -> ReadResult<()> {
        self.snapshot.fields(of, &mut |cell| {
            let event = self.names.event(cell.event);
            let field = self.names.field(event, cell.field);
            let value = self.names.value(event, field, cell.value);
            each(FieldCell { event, field, value, ..cell });
        })
    }

    fn requests(&self, of: &Selection<'_>, each: &mut dyn FnMut(RequestCell<'_>)) -> ReadResult<()> {
        self.snapshot.requests(of, each)
    }

    fn quality(&self, of: &Selection<'_>, each: &mut dyn FnMut(QualityNote, u64)) -> ReadResult<()> {
        self.snapshot.quality(of, each)
    }

    fn active(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(Day, &Context, InstallationSet),
    ) -> ReadResult<()> {
        self.snapshot.active(of, each)
    }

    fn retired(&self, of: &Selection<'_>, each: &mut dyn FnMut(Day, &Context, u64)) -> ReadResult<()> {
        self.snapshot.retired(of, each)
    }

    fn retired_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        self.snapshot.retired_days(product, days)
    }

    fn first_seen(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()> {
        self.snapshot.first_seen(product, days, each)
    }

    fn first_received(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()> {
        self.snapshot.first_received(product, days, each)
    }

    /// Who used it by any of its names, by ascending day.
    fn used(&self, of: &Selection<'_>, usage: &Usage, each: EachSet<'_>) -> ReadResult<()> {
        let usage = self.names.usage(usage);
        let mut before: BTreeMap<Day, InstallationSet> = BTreeMap::new();
        for old in self.names.old_usages(&usage) {
            self.snapshot.used(of, &old, &mut |day, set| before.entry(day).or_default().unite(&set))?;
        }
        self.snapshot.used(of, &usage, &mut |day, mut set| {
            while let Some(earlier) = before.first_entry().filter(|first| *first.key() <= day) {
                let (earlier, old) = earlier.remove_entry();
                if earlier == day {
                    set.unite(&old);
                } else {
                    each(earlier, old);
                }
            }
            each(day, set);
        })?;
        before.into_iter().for_each(|(day, set)| each(day, set));
        Ok(())
    }

    fn endings(&self, of: &Selection<'_>, each: &mut dyn FnMut(EndingSet<'_>)) -> ReadResult<()> {
        self.snapshot.endings(of, &mut |set| each(self.ending(set)))
    }

    fn received_endings(&self, of: &Selection<'_>, each: &mut dyn FnMut(EndingSet<'_>)) -> ReadResult<()> {
        self.snapshot.received_endings(of, &mut |set| each(self.ending(set)))
    }

    fn received(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(Day, &Context, InstallationSet),
    ) -> ReadResult<()> {
        self.snapshot.received(of, each)
    }

    fn received_from(&self, product: &str) -> ReadResult<Option<Day>> {
        self.snapshot.received_from(product)
    }

    fn received_by_hour(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(HourOfDay, &Context, InstallationSet),
    ) -> ReadResult<()> {
        self.snapshot.received_by_hour(of, each)
    }

    fn batches_by_hour(
        &self,
        product: &str,
        days: Days,
        each: &mut dyn FnMut(HourOfDay, Component, u64),
    ) -> ReadResult<()> {
        self.snapshot.batches_by_hour(product, days, each)
    }

    fn last_received(&self, product: &str) -> ReadResult<Vec<(Component, i64)>> {
        self.snapshot.last_received(product)
    }

    fn first_days_of_versions(&self, product: &str) -> ReadResult<Vec<(Version, Day)>> {
        self.snapshot.first_days_of_versions(product)
    }

    fn succeeded(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()> {
        self.snapshot.succeeded(product, days, each)
    }

    fn last_reports(&self, of: &Selection<'_>, each: &mut dyn FnMut(LastReport<'_>)) -> ReadResult<()> {
        if self.names.keeps_counts() {
            return self.snapshot.last_reports(of, each);
        }
        self.snapshot.last_reports(of, &mut |report| {
            let counts = self.counts(report.counts);
            each(LastReport { counts: &counts, ..report });
        })
    }

    fn row_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        self.snapshot.row_days(product, days)
    }

    fn events_in_rows(&self, product: &str, day: Day) -> ReadResult<u64> {
        self.snapshot.events_in_rows(product, day)
    }

    fn rows(
        &self,
        product: &str,
        day: Day,
        wants: &dyn Fn(&Context, InstallationKey) -> bool,
        each: &mut dyn FnMut(BatchRow),
    ) -> ReadResult<()> {
        self.snapshot.rows(product, day, wants, each)
    }

    fn rows_of(
        &self,
        product: &str,
        installation: Id,
        days: Days,
        max_cost: u64,
        each: &mut dyn FnMut(Day, BatchRow) -> ControlFlow<()>,
    ) -> ReadResult<RowsRead> {
        self.snapshot.rows_of(product, installation, days, max_cost, each)
    }

    fn presences(&self, product: &str, installation: Id) -> ReadResult<Vec<Presence>> {
        self.snapshot.presences(product, installation)
    }

    fn contributors(
        &self,
        product: &str,
        days: Days,
        from: InstallationKey,
        each: &mut dyn FnMut(ContributorPiece),
    ) -> ReadResult<Option<InstallationKey>> {
        self.snapshot.contributors(product, days, from, each)
    }
}

impl Renamed<'_> {
    /// Numbers by their new names. Two entries of one report that are one now are summed.
    fn counts(&self, reported: &[ReportedCount]) -> Vec<ReportedCount> {
        let mut counts: Vec<ReportedCount> = Vec::with_capacity(reported.len());
        for count in reported.iter().map(|count| self.names.reported(count)) {
            let twin = counts.iter_mut().find(|it| it.count == count.count && it.entry == count.entry);
            match twin {
                Some(twin) => twin.number = twin.number.saturating_add(count.number),
                None => counts.push(count),
            }
        }
        counts
    }
}
