//! Sets of installations.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_replay::{EachPart, MemberKey, Periods, ProductNumbers, SetAxis};
use aboveboard_store::calendar::Day;
use aboveboard_store::read::{Days, InstallationKey, ReadResult};

use super::cache::{About, Group, Kept, Question};
use super::days::{ClusterDays, common, pieces};
use super::generations::{Holding, Of};
use super::sql::{quoted, within};
use super::tables::{CONTEXT, MEMBER};
use crate::client::Rows;

/// Days whose sets are read at once. A day can have millions of members.
const MAX_DAYS_AT_ONCE: Day = 8;

/// Days before the last closed one of which single days are kept in memory, where any day may be asked for: what was received longer ago is
/// rarely looked at, and not by day.
const MAX_KEPT_RECEIPTS: Day = 400;

/// Hours of a day.
pub(super) const HOURS_A_DAY: i32 = 24;

/// The day that a period of an axis lies in.
pub(super) fn day_of_period(axis: SetAxis, period: i32) -> Day {
    if axis == SetAxis::ReceivedHour { period.div_euclid(HOURS_A_DAY) } else { period }
}

/// Which closings can hold sets of an axis.
fn holding(axis: SetAxis, days: Days) -> Holding {
    match axis {
        SetAxis::ReceivedDay | SetAxis::ReceivedHour | SetAxis::ReceivedEnding | SetAxis::FirstReceived => {
            Holding::Received(days)
        }
        SetAxis::Active
        | SetAxis::Command
        | SetAxis::Action
        | SetAxis::Report
        | SetAxis::Declared
        | SetAxis::Success
        | SetAxis::FirstSeen => Holding::Events(days),
    }
}

impl ClusterDays<'_> {
    pub(super) fn read_members(
        &self,
        product: &str,
        axis: SetAxis,
        name: Option<&str>,
        periods: Periods,
        each: EachPart<'_>,
    ) -> ReadResult<()> {
        let days =
            Days { first: day_of_period(axis, periods.first), last: day_of_period(axis, periods.last) };
        let mut give = |groups: &[Group]| {
            let wanted = |group: &&Group| {
                let is_named = name.is_none_or(|name| *name == *group.key.name);
                is_named && group.key.period >= periods.first && group.key.period <= periods.last
            };
            for group in groups.iter().filter(wanted) {
                each(&group.key, group.day, &group.members);
            }
        };
        let (long_ago, spans) = self.spans_of(axis, days);
        if let Some(days) = long_ago {
            give(&self.members_of_long_ago(product, axis, name, days)?);
        }
        for piece in spans.into_iter().flat_map(|span| pieces(span, MAX_DAYS_AT_ONCE)) {
            for groups in self.members_of(product, axis, name, piece)? {
                give(&groups);
            }
        }
        Ok(())
    }

    /// Which days can have sets: those of long ago, that are not kept by the day, and behind them the others.
    fn spans_of(&self, axis: SetAxis, days: Days) -> (Option<Days>, Vec<Days>) {
        let holding = holding(axis, days);
        if let Holding::Events(_) = holding {
            let spans = self.generations.spans(holding);
            return (None, spans.into_iter().filter_map(|span| common(span, days)).collect());
        }
        let Some(last) = self.generations.last() else { return (None, Vec::new()) };
        let recent = Days { first: last.saturating_sub(MAX_KEPT_RECEIPTS), last };
        let long_ago = Days { first: Day::MIN, last: recent.first.saturating_sub(1) };
        (common(long_ago, days), common(recent, days).into_iter().collect())
    }

    /// The sets of all days up to one of long ago, by ascending period, which are kept as one answer.
    fn members_of_long_ago(
        &self,
        product: &str,
        axis: SetAxis,
        name: Option<&str>,
        days: Days,
    ) -> ReadResult<Arc<Vec<Group>>> {
        let about = About::MembersFrom(axis as u8, name.map(Arc::from), days.first);
        let question = Question { product: product.into(), about, day: days.last };
        let fingerprint = self.generations.fingerprint(Of::Rows, holding(axis, days));
        if let Some(Kept::Members(groups)) = self.remembered.cache.find(&question, fingerprint) {
            return Ok(groups);
        }
        let read = self.fetch_members(product, axis, name, days)?;
        let groups: Arc<Vec<Group>> = Arc::new(read.into_values().flatten().collect());
        self.remembered.cache.keep(question, fingerprint, Kept::Members(Arc::clone(&groups)));
        Ok(groups)
    }

    /// The sets of each of a few days, ascending.
    fn members_of(
        &self,
        product: &str,
        axis: SetAxis,
        name: Option<&str>,
        days: Days,
    ) -> ReadResult<Vec<Arc<Vec<Group>>>> {
        let question = |day, name: Option<&str>| Question {
            product: product.into(),
            about: About::Members(axis as u8, name.map(Arc::from)),
            day,
        };
        let fingerprint = |day| match holding(axis, Days { first: day, last: day }) {
            Holding::Events(_) => self.generations.fingerprint_of_day(Of::Rows, day),
            holding => self.generations.fingerprint(Of::Rows, holding),
        };
        let mut found = BTreeMap::new();
        let mut missing: Vec<Day> = Vec::new();
        for day in days.first..=days.last {
            let known = |name| self.remembered.cache.find(&question(day, name), fingerprint(day));
            // Who knows the sets of all names knows that of each.
            let kept = known(None).or_else(|| name.and_then(|name| known(Some(name))));
            match kept {
                Some(Kept::Members(groups)) => drop(found.insert(day, groups)),
                _ => missing.push(day),
            }
        }
        if let (Some(first), Some(last)) = (missing.first(), missing.last()) {
            let mut read = self.fetch_members(product, axis, name, Days { first: *first, last: *last })?;
            for day in missing {
                let groups = Arc::new(read.remove(&day).unwrap_or_default());
                let kept = Kept::Members(Arc::clone(&groups));
                self.remembered.cache.keep(question(day, name), fingerprint(day), kept);
                found.insert(day, groups);
            }
        }
        Ok(found.into_values().collect())
    }

    fn fetch_members(
        &self,
        product: &str,
        axis: SetAxis,
        name: Option<&str>,
        days: Days,
    ) -> ReadResult<BTreeMap<Day, Vec<Group>>> {
        let mut groups: BTreeMap<Day, Vec<Group>> = BTreeMap::new();
        let numbers = self.remembered.numbers.of(product);
        for shard in self.shards() {
            let Some(is_read) = self.is_read(shard, Of::Rows, holding(axis, days)) else { continue };
            let mut rows = self.ask(shard, &members_sql(product, axis, name, days, &is_read))?;
            while !rows.is_at_end() {
                let group = self.read_group(axis, &numbers, &mut rows)?;
                groups.entry(day_of_period(axis, group.key.period)).or_default().push(group);
            }
        }
        for groups in groups.values_mut() {
            groups.sort_by_key(|group| group.key.period);
            groups.shrink_to_fit();
        }
        Ok(groups)
    }

    fn read_group(&self, axis: SetAxis, numbers: &ProductNumbers, rows: &mut Rows) -> ReadResult<Group> {
        let mut interned = self.remembered.interned();
        let key = MemberKey {
            axis,
            period: rows.i32()?,
            name: interned.name(rows)?,
            detail: rows.i64()?,
            context: interned.context(rows)?,
        };
        let day = rows.i32()?;
        let length = rows.length()?;
        let who: ReadResult<Vec<InstallationKey>> =
            (0..length).map(|_| rows.u64().map(InstallationKey)).collect();
        let mut members = Vec::with_capacity(length);
        numbers.members(who?, |member| members.push(member));
        Ok(Group { key, day, members: members.into_iter().collect() })
    }
}

/// The statement for sets of some days: a row for each set and day of the order.
pub(super) fn members_sql(
    product: &str,
    axis: SetAxis,
    name: Option<&str>,
    days: Days,
    is_read: &str,
) -> String {
    let named = name.map_or(String::new(), |name| format!(" AND name = {}", quoted(name)));
    format!(
        "SELECT period, name, detail, {CONTEXT}, day, groupArray(who) FROM {} WHERE product = {} AND axis = {} AND {}{named} \
         AND {is_read} GROUP BY period, name, detail, {CONTEXT}, day",
        MEMBER.name,
        quoted(product),
        axis as u8,
        within("event_day", days)
    )
}
