//! The questions of the read port.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::{ControlFlow, Deref};
use std::rc::Rc;
use std::sync::Arc;

use aboveboard_store::amendment::Change;
use aboveboard_store::calendar::{Day, HourOfDay};
use aboveboard_store::context::Context;
use aboveboard_store::contributions::Presence;
use aboveboard_store::entry::Position;
use aboveboard_store::installation_set::InstallationSet;
use aboveboard_store::read::{
    Affected, BatchRow, CommandCell, ConsoleCell, ContributorPiece, Days, EachSet, EndingSet, EventCell,
    EventTotal, FieldCell, InstallationKey, LastReport, NamedVersion, QualityNote, ReadResult, RequestCell,
    RowsRead, Selection, Snapshot, Usage,
};
use aboveboard_store::versions::ReleaseLine;
use aboveboard_types::declaration::Component;
use aboveboard_types::id::Id;
use aboveboard_types::value::Version;

use super::moment::{Moment, RemovedCell, RemovedCells};
use super::{
    amendments, cells, contributors, dump, installations, names, own_rows, received, removed, retirement,
    rows, sets,
};
use crate::batch::SentContext;
use crate::book::Book;
use crate::closed::{ClosedDays, SetAxis};
use crate::key::ClusterKey;
use crate::open_days::OpenDays;
use crate::product_book::ProductBook;
use crate::state::InstallationState;

/// One moment of a cluster. The open days must begin behind the last closed one.
pub struct View<'v, O> {
    open: O,
    closed: Box<dyn ClosedDays + 'v>,
    book: Arc<Book>,
    key: ClusterKey,
    position: Position,
    /// What is found once for each product.
    removed: RefCell<HashMap<String, Rc<RemovedCells>>>,
}

impl<O> fmt::Debug for View<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("position", &self.position).finish_non_exhaustive()
    }
}

impl<'v, O: Deref<Target = OpenDays>> View<'v, O> {
    /// A moment: open days that took in what they hold under this journal, the days that are closed by it, and the position up to
    /// which the collector's own log is in them.
    #[must_use]
    pub fn new(
        open: O,
        closed: Box<dyn ClosedDays + 'v>,
        book: Arc<Book>,
        key: ClusterKey,
        position: Position,
    ) -> Self {
        Self { open, closed, book, key, position, removed: RefCell::default() }
    }

    /// The installations of a product that a change takes out whole, if it is asked for on a day of receipt.
    ///
    /// # Errors
    /// Where the cluster cannot be read.
    pub fn gone_by(
        &self,
        product: &str,
        change: &Change,
        day: Day,
        report_interval: u64,
    ) -> ReadResult<BTreeSet<InstallationKey>> {
        self.ask(product, |moment| amendments::installations(moment, change, (day, report_interval)))
    }

    /// The versions of a product that nobody is left with but these, and whose names are given free when they go.
    ///
    /// # Errors
    /// Where the cluster cannot be read.
    pub fn freed_by(&self, product: &str, gone: &BTreeSet<InstallationKey>) -> ReadResult<Vec<Version>> {
        self.ask(product, |moment| names::freed(moment, gone))
    }

    /// Gives what is known of each installation of a product.
    ///
    /// # Errors
    /// Where the cluster cannot be read.
    pub fn each_installation(
        &self,
        product: &str,
        each: &mut dyn FnMut(InstallationKey, &InstallationState),
    ) -> ReadResult<()> {
        self.ask(product, |moment| installations::each_state(moment, each))
    }

    /// The installations of a product that were only ever seen in synthetic batches.
    ///
    /// # Errors
    /// Where the cluster cannot be read.
    pub fn synthetic(&self, product: &str) -> ReadResult<BTreeSet<InstallationKey>> {
        self.ask(product, amendments::synthetic)
    }

    /// How many installations of a product were active on each day before one, by what they are counted as: what is kept of these days
    /// when retention passes over them.
    ///
    /// # Errors
    /// Where the cluster cannot be read.
    pub fn active_before(&self, product: &str, before: Day) -> ReadResult<Vec<(Day, Arc<SentContext>, u64)>> {
        self.ask(product, |moment| retirement::active_before(moment, before))
    }

    /// Every figure under a name made of words, sorted. The names of installations are the caller's.
    ///
    /// # Errors
    /// Where the cluster cannot be read.
    pub fn dump(&self, name_of: &dyn Fn(&str, InstallationKey) -> String) -> ReadResult<Vec<(String, i64)>> {
        let mut all = BTreeMap::new();
        for product in self.products()? {
            self.ask_cells(&product, |moment, removed| {
                dump::dump(moment, removed, &|key| name_of(&product, key), &mut all)
            })?;
        }
        Ok(all.into_iter().collect())
    }

    /// Asks about one product.
    fn ask<T>(&self, product: &str, question: impl FnOnce(&Moment<'_>) -> ReadResult<T>) -> ReadResult<T> {
        let nothing = ProductBook::default();
        question(&Moment {
            product,
            open: &self.open,
            closed: &*self.closed,
            book: &self.book,
            of: self.book.product(product).unwrap_or(&nothing),
            numbers: self.closed.numbers(product),
        })
    }

    /// Asks about one product, without what its closed days count of removed installations.
    fn ask_cells<T>(
        &self,
        product: &str,
        question: impl FnOnce(&Moment<'_>, &[RemovedCell]) -> ReadResult<T>,
    ) -> ReadResult<T> {
        self.ask(product, |moment| {
            let known = self.removed.borrow().get(product).map(Rc::clone);
            let removed = match known {
                Some(known) => known,
                None => Rc::new(removed::find(moment)?),
            };
            self.removed.borrow_mut().insert(product.to_owned(), Rc::clone(&removed));
            question(moment, &removed)
        })
    }
}

impl<O: Deref<Target = OpenDays>> Snapshot for View<'_, O> {
    fn position(&self) -> ReadResult<Position> {
        Ok(self.position)
    }

    fn newest_receipt(&self) -> ReadResult<Option<Day>> {
        let mut newest = None;
        for product in self.products()? {
            newest = newest.max(self.ask(&product, received::newest)?);
        }
        Ok(newest)
    }

    fn retention_day(&self) -> ReadResult<Option<Day>> {
        match self.book.retention_day() {
            Some(day) => Ok(Some(day)),
            None => self.newest_receipt(),
        }
    }

    fn products(&self) -> ReadResult<Vec<String>> {
        names::products(&self.open, &*self.closed, &self.book)
    }

    fn contexts(&self, product: &str) -> ReadResult<Vec<Context>> {
        self.ask(product, names::contexts)
    }

    fn totals(&self, product: &str) -> ReadResult<Vec<EventTotal>> {
        self.ask_cells(product, cells::totals)
    }

    fn life(&self, product: &str, installation: Id) -> ReadResult<Option<Days>> {
        let key = self.key.of_installation(product, installation);
        self.ask(product, |moment| installations::life(moment, key))
    }

    fn first_receipt(&self, product: &str, installation: Id) -> ReadResult<Option<Day>> {
        let key = self.key.of_installation(product, installation);
        self.ask(product, |moment| installations::first_receipt(moment, key))
    }

    fn affected(
        &self,
        product: &str,
        change: &Change,
        day: Day,
        report_interval: u64,
    ) -> ReadResult<Affected> {
        self.ask_cells(product, |moment, removed| {
            amendments::affected(moment, change, (day, report_interval), removed)
        })
    }

    fn versions(&self, product: &str) -> ReadResult<Vec<NamedVersion>> {
        self.ask(product, |moment| Ok(moment.of.versions().collect()))
    }

    fn lines(&self, product: &str) -> ReadResult<Vec<ReleaseLine>> {
        self.ask(product, |moment| Ok(moment.of.lines().iter().copied().collect()))
    }

    fn commands(&self, of: &Selection<'_>, each: &mut dyn FnMut(CommandCell<'_>)) -> ReadResult<()> {
        self.ask_cells(of.product, |moment, removed| cells::commands(moment, of, removed, each))
    }

    fn console(&self, of: &Selection<'_>, each: &mut dyn FnMut(ConsoleCell<'_>)) -> ReadResult<()> {
        self.ask_cells(of.product, |moment, removed| cells::console(moment, of, removed, each))
    }

    fn events(&self, of: &Selection<'_>, each: &mut dyn FnMut(EventCell<'_>)) -> ReadResult<()> {
        self.ask_cells(of.product, |moment, removed| cells::events(moment, of, removed, each))
    }

    fn fields(&self, of: &Selection<'_>, each: &mut dyn FnMut(FieldCell<'_>)) -> ReadResult<()> {
        self.ask_cells(of.product, |moment, removed| cells::fields(moment, of, removed, each))
    }

    fn requests(&self, of: &Selection<'_>, each: &mut dyn FnMut(RequestCell<'_>)) -> ReadResult<()> {
        self.ask_cells(of.product, |moment, removed| cells::requests(moment, of, removed, each))
    }

    fn quality(&self, of: &Selection<'_>, each: &mut dyn FnMut(QualityNote, u64)) -> ReadResult<()> {
        self.ask(of.product, |moment| received::quality(moment, of, each))
    }

    fn active(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(Day, &Context, InstallationSet),
    ) -> ReadResult<()> {
        self.ask(of.product, |moment| sets::active(moment, of, each))
    }

    fn retired(&self, of: &Selection<'_>, each: &mut dyn FnMut(Day, &Context, u64)) -> ReadResult<()> {
        self.ask(of.product, |moment| sets::retired(moment, of, each))
    }

    fn retired_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        self.ask(product, |moment| sets::retired_days(moment, days))
    }

    fn first_seen(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()> {
        self.ask(product, |moment| sets::first(moment, SetAxis::FirstSeen, days, each))
    }

    fn first_received(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()> {
        self.ask(product, |moment| sets::first(moment, SetAxis::FirstReceived, days, each))
    }

    fn used(&self, of: &Selection<'_>, usage: &Usage, each: EachSet<'_>) -> ReadResult<()> {
        self.ask(of.product, |moment| sets::used(moment, of, usage, each))
    }

    fn endings(&self, of: &Selection<'_>, each: &mut dyn FnMut(EndingSet<'_>)) -> ReadResult<()> {
        self.ask(of.product, |moment| sets::endings(moment, of, false, each))
    }

    fn received_endings(&self, of: &Selection<'_>, each: &mut dyn FnMut(EndingSet<'_>)) -> ReadResult<()> {
        self.ask(of.product, |moment| sets::endings(moment, of, true, each))
    }

    fn received(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(Day, &Context, InstallationSet),
    ) -> ReadResult<()> {
        self.ask(of.product, |moment| sets::received(moment, of, each))
    }

    fn received_from(&self, product: &str) -> ReadResult<Option<Day>> {
        self.ask(product, received::received_from)
    }

    fn received_by_hour(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(HourOfDay, &Context, InstallationSet),
    ) -> ReadResult<()> {
        self.ask(of.product, |moment| sets::received_by_hour(moment, of, each))
    }

    fn batches_by_hour(
        &self,
        product: &str,
        days: Days,
        each: &mut dyn FnMut(HourOfDay, Component, u64),
    ) -> ReadResult<()> {
        self.ask(product, |moment| received::batches_by_hour(moment, days, each))
    }

    fn last_received(&self, product: &str) -> ReadResult<Vec<(Component, i64)>> {
        self.ask(product, received::last_received)
    }

    fn first_days_of_versions(&self, product: &str) -> ReadResult<Vec<(Version, Day)>> {
        self.ask(product, names::first_days_of_versions)
    }

    fn succeeded(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()> {
        self.ask(product, |moment| sets::succeeded(moment, days, each))
    }

    fn last_reports(&self, of: &Selection<'_>, each: &mut dyn FnMut(LastReport<'_>)) -> ReadResult<()> {
        self.ask(of.product, |moment| installations::last_reports(moment, of, each))
    }

    fn row_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        self.ask(product, |moment| rows::row_days(moment, days))
    }

    fn events_in_rows(&self, product: &str, day: Day) -> ReadResult<u64> {
        self.ask(product, |moment| rows::events_in_rows(moment, day))
    }

    fn rows(
        &self,
        product: &str,
        day: Day,
        wants: &dyn Fn(&Context, InstallationKey) -> bool,
        each: &mut dyn FnMut(BatchRow),
    ) -> ReadResult<()> {
        self.ask(product, |moment| rows::rows(moment, day, wants, each))
    }

    fn rows_of(
        &self,
        product: &str,
        installation: Id,
        days: Days,
        max_cost: u64,
        each: &mut dyn FnMut(Day, BatchRow) -> ControlFlow<()>,
    ) -> ReadResult<RowsRead> {
        let key = self.key.of_installation(product, installation);
        self.ask(product, |moment| own_rows::read(moment, key, days, max_cost, each))
    }

    fn presences(&self, product: &str, installation: Id) -> ReadResult<Vec<Presence>> {
        let key = self.key.of_installation(product, installation);
        self.ask(product, |moment| installations::presences(moment, key))
    }

    fn contributors(
        &self,
        product: &str,
        days: Days,
        from: InstallationKey,
        each: &mut dyn FnMut(ContributorPiece),
    ) -> ReadResult<Option<InstallationKey>> {
        self.ask(product, |moment| contributors::some(moment, days, from, each))
    }
}
