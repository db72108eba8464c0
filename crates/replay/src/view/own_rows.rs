//! Reads the rows of one installation up to a cost. Strangers may ask for their own rows, so each question must be bounded and charged.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use aboveboard_store::calendar::Day;
use aboveboard_store::limits::LINK_DAYS;
use aboveboard_store::read::{BatchRow, Days, InstallationKey, ReadResult, RowsRead};
use aboveboard_types::declaration::Component;

use super::installations;
use super::moment::Moment;
use super::rows::{MomentRow, batch_row, linked, open_by_day};
use crate::batch::{SentEvent, SentKind};

/// What a day costs of itself.
const COST_OF_A_DAY: u64 = 512;

/// What an event costs, and each thing in it: it is read, named and compared.
const COST_OF_AN_EVENT: u64 = 32;

/// What a look for linked servers on one day costs: it asks the database once more.
const COST_OF_A_SEEK: u64 = 512;

/// Most linked servers that are looked for on one day. People work with a few; a link beyond is left out.
const MAX_LINKED: usize = 16;

/// What an event costs.
fn cost_of(event: &SentEvent) -> u64 {
    let things = match &event.what {
        SentKind::Command { .. } | SentKind::Console { .. } => 0,
        SentKind::Report { counts, .. } => counts.len(),
        SentKind::Requests(sums) => sums.len(),
        SentKind::Declared { fields, .. } => fields.len(),
    };
    COST_OF_AN_EVENT.saturating_mul(1 + things as u64)
}

/// Reads the rows of one installation. Stops when `each` breaks, or at the end of the day on which the cost reached `max_cost`.
pub(super) fn read(
    moment: &Moment<'_>,
    installation: InstallationKey,
    days: Days,
    max_cost: u64,
    each: &mut dyn FnMut(Day, BatchRow) -> ControlFlow<()>,
) -> ReadResult<RowsRead> {
    let Some(life) = installations::life(moment, installation)? else { return Ok(RowsRead::default()) };
    let days = Days { first: life.first.max(days.first), last: life.last.min(days.last) };
    let days = moment.kept(days);
    if days.first > days.last {
        return Ok(RowsRead::default());
    }
    let mut open = open_by_day(moment, [installation], days);
    let mut reading = Reading { moment, max_cost, each, read: RowsRead::default() };
    let mut day: Option<(Day, Vec<MomentRow>)> = None;
    let mut failed = Ok(());
    let mut stop = |reading: &mut Reading<'_, '_>, day: Day, rows| match reading.day(day, rows) {
        Ok(ended) => ended,
        Err(error) => {
            failed = Err(error);
            ControlFlow::Break(())
        }
    };
    let mut ended = ControlFlow::Continue(());
    moment.closed.rows_of(moment.product, &[installation], days, &mut |row| {
        let Some(row) = moment.closed_row(row) else { return ControlFlow::Continue(()) };
        if let Some((of, rows)) = day.take_if(|(of, _)| *of != row.day) {
            ended =
                before(&mut open, row.day, Some((of, rows)), &mut |day, rows| stop(&mut reading, day, rows));
        }
        day.get_or_insert_with(|| (row.day, Vec::new())).1.push(row);
        ended
    })?;
    if ended.is_continue() {
        _ = before(&mut open, Day::MAX, day, &mut |day, rows| stop(&mut reading, day, rows));
    }
    failed.map(|()| reading.read)
}

/// Gives the rows of the days before one: of the closed days, which came last, and of the open ones.
fn before(
    open: &mut std::collections::BTreeMap<Day, Vec<MomentRow>>,
    until: Day,
    closed: Option<(Day, Vec<MomentRow>)>,
    each: &mut dyn FnMut(Day, Vec<MomentRow>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    if let Some((day, rows)) = closed {
        let later = std::mem::replace(open.entry(day).or_default(), rows);
        open.entry(day).or_default().extend(later);
    }
    while let Some(first) = open.first_entry().filter(|first| *first.key() < until || until == Day::MAX) {
        let (day, rows) = first.remove_entry();
        each(day, rows)?;
    }
    ControlFlow::Continue(())
}

/// A question while it is answered.
struct Reading<'r, 'm> {
    moment: &'r Moment<'m>,
    max_cost: u64,
    each: &'r mut dyn FnMut(Day, BatchRow) -> ControlFlow<()>,
    read: RowsRead,
}

impl Reading<'_, '_> {
    /// Gives the rows of a day; breaks where the next day is not read.
    fn day(&mut self, day: Day, rows: Vec<MomentRow>) -> ReadResult<ControlFlow<()>> {
        if self.read.cost >= self.max_cost {
            self.read.next = Some(day);
            return Ok(ControlFlow::Break(()));
        }
        self.read.cost += COST_OF_A_DAY;
        let servers = self.servers(day, &rows)?;
        for row in rows {
            self.read.cost += row.events.iter().map(cost_of).sum::<u64>();
            let row = batch_row(row, &|server| servers.contains(&server));
            if (self.each)(day, row).is_break() {
                self.read.next = Some(day);
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Which of the servers that rows of a day name were there around it, as far as the look for them may cost. What is told of a day
    /// does not depend on where a page begins.
    fn servers(&mut self, day: Day, rows: &[MomentRow]) -> ReadResult<HashSet<InstallationKey>> {
        let mut there = HashSet::new();
        let mut named = BTreeSet::new();
        for row in rows {
            for server in row.events.iter().filter_map(linked).filter(|server| *server != row.installation) {
                if named.len() < MAX_LINKED {
                    named.insert(server);
                }
            }
        }
        if named.is_empty() {
            return Ok(there);
        }
        let days = Days { first: day.saturating_sub(LINK_DAYS), last: day.saturating_add(LINK_DAYS) };
        let days = self.moment.kept(days);
        let mut left = self.max_cost;
        self.read.cost += COST_OF_A_SEEK;
        for server in &named {
            if self.moment.open_rows(*server, days).any(|row| row.context.component == Component::Server) {
                there.insert(*server);
            }
        }
        let asked: Vec<InstallationKey> =
            named.into_iter().filter(|server| !there.contains(server)).collect();
        self.moment.closed.rows_of(self.moment.product, &asked, days, &mut |row| {
            let cost = row.events.iter().map(cost_of).sum::<u64>();
            self.read.cost += cost;
            left = left.saturating_sub(cost);
            if let Some(row) = self.moment.closed_row(row)
                && row.context.component == Component::Server
            {
                there.insert(row.installation);
            }
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(there)
    }
}
