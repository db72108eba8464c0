//! Rows, in neutral words.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::context::Context;
use aboveboard_store::limits::LINK_DAYS;
use aboveboard_store::read::{BatchRow, Days, FieldValue, InstallationKey, ReadResult, Recorded, RowEvent};
use aboveboard_store::versions::OTHER;
use aboveboard_types::declaration::Component;

use super::moment::{Moment, Origin};
use crate::batch::{SentContext, SentEvent, SentKind, SentValue};
use crate::closed::{ClosedRow, Periods, SetAxis};
use crate::items;
use crate::order::Order;

/// A row that counts, as far as it is left.
pub(super) struct MomentRow {
    pub(super) installation: InstallationKey,
    pub(super) day: Day,
    /// What it is counted as.
    pub(super) context: Context,
    /// What it says of itself.
    pub(super) said: Context,
    pub(super) events: Vec<SentEvent>,
}

impl Moment<'_> {
    /// What is left of a row of a closed day; none where it is void.
    pub(super) fn closed_row(&self, mut row: ClosedRow) -> Option<MomentRow> {
        let day = row.order.day();
        if row.day < self.of.kept_from() || self.is_void(row.installation, day) {
            return None;
        }
        let place = Order::end_of(day);
        let gone: Vec<&str> = self.of.items_behind(place).collect();
        if !gone.is_empty() {
            row.events = row.events.iter().filter_map(|event| items::without(event, &gone)).collect();
        }
        let is_erased = self.of.is_version_erased(row.sent_version, place);
        let sent = if is_erased { OTHER } else { row.sent_version };
        let context = self.counted(&row.context, Origin::Closed(day));
        let said = Context { version: sent, ..context.clone() };
        Some(MomentRow { installation: row.installation, day: row.day, context, said, events: row.events })
    }

    /// The rows of an installation in the open days, in the order.
    pub(super) fn open_rows(
        &self,
        installation: InstallationKey,
        days: Days,
    ) -> impl Iterator<Item = MomentRow> {
        let rows = self.open.rows_of(self.product, installation);
        rows.filter(move |row| (days.first..=days.last).contains(&row.day)).map(move |row| {
            let context = self.counted(&row.context, Origin::Open);
            let said = Context { version: row.sent_version, ..context.clone() };
            MomentRow { installation, day: row.day, context, said, events: row.events }
        })
    }

    /// The installations that have rows of a day in the open days.
    pub(super) fn open_senders(&self, day: Day) -> BTreeSet<InstallationKey> {
        let sets = self.rollup().into_iter().flat_map(|of| of.sets_of(SetAxis::Active, day, day));
        sets.flat_map(|(_, members)| members).collect()
    }

    /// Gives the rows of a day, those of one installation in the order.
    pub(super) fn rows(&self, day: Day, each: &mut dyn FnMut(MomentRow)) -> ReadResult<()> {
        self.closed.rows(self.product, day, &mut |row| {
            if let Some(row) = self.closed_row(row) {
                each(row);
            }
            ControlFlow::Continue(())
        })?;
        for installation in self.open_senders(day) {
            self.open_rows(installation, Days { first: day, last: day }).for_each(&mut *each);
        }
        Ok(())
    }

    /// The servers that were active around a day: what rows of that day may name.
    fn servers_around(&self, day: Day) -> ReadResult<HashSet<InstallationKey>> {
        let days = Days { first: day.saturating_sub(LINK_DAYS), last: day.saturating_add(LINK_DAYS) };
        let periods = Periods::from(self.kept(days));
        let mut servers = HashSet::new();
        self.members(SetAxis::Active, None, periods, &mut |key, _, installation| {
            if is_server(key.context.as_ref()) {
                servers.insert(installation);
            }
        })?;
        Ok(servers)
    }
}

fn is_server(context: Option<&Arc<SentContext>>) -> bool {
    context.is_some_and(|context| context.component == Component::Server)
}

pub(super) fn row_days(moment: &Moment<'_>, days: Days) -> ReadResult<Vec<Day>> {
    let days = moment.kept(days);
    if days.first > days.last {
        return Ok(Vec::new());
    }
    let mut all: BTreeSet<Day> = moment.closed.row_days(moment.product, days)?.into_iter().collect();
    let open = moment.rollup().into_iter().flat_map(|of| of.sets_of(SetAxis::Active, days.first, days.last));
    all.extend(open.map(|(key, _)| key.period));
    Ok(all.into_iter().collect())
}

pub(super) fn events_in_rows(moment: &Moment<'_>, day: Day) -> ReadResult<u64> {
    let mut events = 0;
    moment.rows(day, &mut |row| events += row.events.len() as u64)?;
    Ok(events)
}

pub(super) fn rows(
    moment: &Moment<'_>,
    day: Day,
    wants: &dyn Fn(&Context, InstallationKey) -> bool,
    each: &mut dyn FnMut(BatchRow),
) -> ReadResult<()> {
    let servers = moment.servers_around(day)?;
    moment.rows(day, &mut |row| {
        if wants(&row.context, row.installation) {
            each(batch_row(row, &|server| servers.contains(&server)));
        }
    })
}

/// A row in the words of the read port. A link is kept where it leads to the installation itself, or to one of the servers that were
/// there around that day.
pub(super) fn batch_row(row: MomentRow, is_there: &dyn Fn(InstallationKey) -> bool) -> BatchRow {
    let sender = row.installation;
    let kept =
        |linked: Option<InstallationKey>| linked.filter(|linked| *linked == sender || is_there(*linked));
    let event = |event: SentEvent| RowEvent { hour: event.hour, what: recorded(event.what, &kept) };
    BatchRow { installation: sender, context: row.said, events: row.events.into_iter().map(event).collect() }
}

/// The server that an event names.
pub(super) fn linked(event: &SentEvent) -> Option<InstallationKey> {
    match event.what {
        SentKind::Command { server, .. } | SentKind::Console { server, .. } => server,
        _ => None,
    }
}

fn recorded(what: SentKind, kept: &dyn Fn(Option<InstallationKey>) -> Option<InstallationKey>) -> Recorded {
    match what {
        SentKind::Command { command, ending, server, server_version } => {
            let server = kept(server);
            let server_version = server_version.filter(|_| server.is_some());
            Recorded::Command { command, ending, server, server_version }
        }
        SentKind::Console { action, route, server, cli } => {
            Recorded::Console { action, route, server: kept(server), cli }
        }
        SentKind::Report { counts, .. } => Recorded::Report(counts),
        SentKind::Requests(sums) => Recorded::Requests(sums),
        SentKind::Declared { event, times, fields } => Recorded::Declared {
            event,
            times,
            fields: fields.into_iter().map(|(field, value)| (field, field_value(value))).collect(),
        },
    }
}

fn field_value(value: SentValue) -> FieldValue {
    match value {
        SentValue::Flag(flag) => FieldValue::Flag(flag),
        SentValue::Count(number) | SentValue::Exact(number) => FieldValue::Number(number),
        SentValue::Choice(choice) => FieldValue::Choice(choice),
        SentValue::Version(version, _) => FieldValue::Version(version),
        SentValue::Country(letters) => FieldValue::Country(letters),
        SentValue::NoMember => FieldValue::NoMember,
    }
}

/// The open rows of some installations by day, those of one installation in the order.
pub(super) fn open_by_day(
    moment: &Moment<'_>,
    installations: impl IntoIterator<Item = InstallationKey>,
    days: Days,
) -> BTreeMap<Day, Vec<MomentRow>> {
    let mut by_day: BTreeMap<Day, Vec<MomentRow>> = BTreeMap::new();
    for installation in installations {
        for row in moment.open_rows(installation, days) {
            by_day.entry(row.day).or_default().push(row);
        }
    }
    by_day
}
