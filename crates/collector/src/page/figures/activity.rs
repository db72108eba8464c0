//! Who was there: one pass over the sets of active installations, day by day.

use std::collections::BTreeMap;

use aboveboard_core::declaration::Component;
use aboveboard_core::value::Version;

use crate::page::format::{self, monday, ratio};
use crate::page::scope::Scope;
use crate::page::table::{Table, Value};
use crate::rollup::place::Day;
use crate::rollup::set::Set;
use crate::store::sqlite::Snapshot;

/// How many weeks of first sight the retention shows.
const WEEKS: Day = 8;

/// Figures of one day.
#[derive(Debug, Default)]
pub(crate) struct DayFigures {
    pub(crate) active: u64,
    pub(crate) new: u64,
    pub(crate) versions: BTreeMap<Version, u64>,
}

/// Everything that is counted in installations.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    pub(crate) days: BTreeMap<Day, DayFigures>,
    /// Active in the last 7 days, in the 7 before, in the last 30, in the 30 before, in the window.
    pub(crate) week: Set,
    pub(crate) week_before: Set,
    pub(crate) month: Set,
    pub(crate) month_before: Set,
    pub(crate) window: Set,
    /// First seen in the window, in the last 7 days, in the last 30.
    pub(crate) first_in_week: u64,
    pub(crate) platforms: BTreeMap<(String, String), Set>,
    pub(crate) components: BTreeMap<Component, Set>,
    /// Of the last 7 days.
    pub(crate) versions: BTreeMap<Version, Set>,
    /// The first day each version was seen, as far as the pass reached back.
    pub(crate) arrived: BTreeMap<Version, Day>,
    /// Active by week, named by its Monday.
    pub(crate) weeks: BTreeMap<Day, Set>,
    /// First seen by week, named by its Monday; by day for the way in.
    pub(crate) cohorts: BTreeMap<Day, Set>,
}

/// The sets of the day that the pass is at.
#[derive(Default)]
struct Open {
    day: Day,
    all: Set,
    versions: BTreeMap<Version, Set>,
}

impl Activity {
    pub(crate) fn gather(snapshot: &Snapshot<'_>, scope: &Scope) -> rusqlite::Result<Self> {
        let reach = scope.from.min(scope.until - 59).min(monday(scope.until) - WEEKS * 7);
        let mut activity = Self::default();
        let Some(product) = scope.product else { return Ok(activity) };
        let mut first: BTreeMap<Day, Set> = BTreeMap::new();
        snapshot.first_seen(product, (reach, scope.until), |part| {
            first.entry(part.day).or_default().unite_bytes(part.chunk, part.members);
        })?;
        let mut open = Open::default();
        snapshot.active(product, (reach, scope.until), |part| {
            if !scope.keeps(part.context) {
                return;
            }
            if open.day != part.day {
                activity.close(std::mem::take(&mut open), scope, &first);
                open.day = part.day;
            }
            open.all.unite_bytes(part.chunk, part.members);
            let Some(context) = scope.contexts.get(&part.context) else { return };
            open.versions.entry(context.version).or_default().unite_bytes(part.chunk, part.members);
            if part.day >= scope.from {
                let platform = (context.os.clone(), context.arch.clone());
                activity.platforms.entry(platform).or_default().unite_bytes(part.chunk, part.members);
                activity
                    .components
                    .entry(context.component)
                    .or_default()
                    .unite_bytes(part.chunk, part.members);
            }
        })?;
        activity.close(open, scope, &first);
        // Of days whose sets are gone only counts are left, by context: who was in two contexts counts twice there.
        snapshot.closed(product, (reach, scope.until), |day, context, n| {
            if scope.keeps(context) {
                activity.days.entry(day).or_default().active += n;
            }
        })?;
        for (day, set) in &first {
            activity.cohorts.entry(monday(*day)).or_default().unite(set);
        }
        activity.first_in_week =
            first.range(scope.until - 6..).map(|(_, set)| set.common(&activity.week)).sum();
        Ok(activity)
    }

    /// Puts a day that was passed into every window it belongs to.
    fn close(&mut self, open: Open, scope: &Scope, first: &BTreeMap<Day, Set>) {
        let Open { day, all, versions } = open;
        if all.is_empty() {
            return;
        }
        let ago = scope.until - day;
        for (set, belongs) in [
            (&mut self.week, ago < 7),
            (&mut self.week_before, (7..14).contains(&ago)),
            (&mut self.month, ago < 30),
            (&mut self.month_before, (30..60).contains(&ago)),
            (&mut self.window, day >= scope.from),
            (self.weeks.entry(monday(day)).or_default(), true),
        ] {
            if belongs {
                set.unite(&all);
            }
        }
        for (version, set) in &versions {
            self.arrived.entry(*version).or_insert(day);
            if ago < 7 {
                self.versions.entry(*version).or_default().unite(set);
            }
        }
        let figures = DayFigures {
            active: all.len(),
            new: first.get(&day).map_or(0, |new| new.common(&all)),
            versions: versions.into_iter().map(|(version, set)| (version, set.len())).collect(),
        };
        self.days.insert(day, figures);
    }

    /// The first day with data, as far as the pass reached back.
    pub(crate) fn begins(&self) -> Option<Day> {
        self.days.keys().next().copied()
    }

    pub(crate) fn active_on(&self, day: Day) -> u64 {
        self.days.get(&day).map_or(0, |day| day.active)
    }

    /// Active installations by day.
    pub(crate) fn days_table(&self, scope: &Scope) -> Table {
        let columns = [("day", "Day"), ("active", "Active"), ("new", "New"), ("returning", "Returning")];
        let mut table = Table::new("activity", "Active installations by day", &columns);
        for day in (scope.from..=scope.until).rev() {
            let (active, new) = self.days.get(&day).map_or((0, 0), |figures| (figures.active, figures.new));
            let cells = [active, new, active - new.min(active)].map(Value::Count);
            let row = table.push([vec![Value::Day(day)], cells.to_vec()].concat());
            row.incomplete = scope.is_incomplete(day);
        }
        let most = table.rows.iter().filter_map(|row| as_count(&row.cells[1])).max().unwrap_or(0);
        for row in &mut table.rows {
            row.bar = as_count(&row.cells[1]).map(|active| ratio(active, most));
        }
        (table.n, table.of) = (self.window.len(), "installations");
        table.note =
            "An installation is active on a day on which it recorded something. A day is UTC; what arrives \
                      up to 14 days late still counts for its day. When the data begins, everybody is new."
                .to_owned();
        table
    }

    /// Versions of the last seven days.
    pub(crate) fn versions_table(&self, scope: &Scope) -> Table {
        let columns = [
            ("version", "Version"),
            ("installations", "Installations"),
            ("share", "Share"),
            ("since", "First seen"),
        ];
        let mut table = Table::new("versions", "Versions in the last 7 days", &columns);
        for (version, set) in self.versions.iter().rev() {
            let share = ratio(set.len(), self.week.len());
            // What was there when the data begins may be older: then nothing is claimed.
            let since =
                self.arrived.get(version).filter(|day| self.begins().is_some_and(|first| **day > first));
            let row = table.push(vec![
                Value::Text(version.to_string()),
                Value::Count(set.len()),
                Value::Share(share),
                since.map_or(Value::None, |day| Value::Day(*day)),
            ]);
            row.bar = Some(share);
            row.link = Some(scope.query.with(|query| query.version = Some(*version)));
        }
        (table.n, table.of) = (self.week.len(), "installations");
        table.note = "An installation that changed its version counts for both, so shares may exceed 100 %."
            .to_owned();
        table
    }

    /// Operating systems and architectures of the window.
    pub(crate) fn platforms_table(&self, scope: &Scope) -> Table {
        let columns = [
            ("os", "System"),
            ("arch", "Architecture"),
            ("installations", "Installations"),
            ("share", "Share"),
        ];
        let mut table = Table::new("platforms", "Platforms", &columns);
        let mut platforms: Vec<_> = self.platforms.iter().map(|(key, set)| (set.len(), key)).collect();
        platforms.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        for (n, (os, arch)) in platforms {
            let share = ratio(n, self.window.len());
            let row = table.push(vec![
                Value::Text(os.clone()),
                Value::Text(arch.clone()),
                Value::Count(n),
                Value::Share(share),
            ]);
            row.bar = Some(share);
            row.link = Some(scope.query.with(|query| {
                query.os =
                    aboveboard_core::envelope::known(&aboveboard_core::envelope::OPERATING_SYSTEMS, os);
                query.arch =
                    aboveboard_core::envelope::known(&aboveboard_core::envelope::ARCHITECTURES, arch);
            }));
        }
        (table.n, table.of) = (self.window.len(), "installations");
        table
    }

    /// Of the installations first seen in a week, which share was active in the weeks after.
    pub(crate) fn retention_table(&self, scope: &Scope) -> Table {
        let mut columns =
            vec![("week".to_owned(), "First seen".to_owned()), ("n".to_owned(), "N".to_owned())];
        columns.extend((1..WEEKS).map(|week| (format!("week_{week}"), format!("+{week} w"))));
        let named: Vec<(&str, &str)> =
            columns.iter().map(|(key, title)| (key.as_str(), title.as_str())).collect();
        let mut table = Table::new("retention", "Weekly retention", &named);
        let this = monday(scope.until);
        let nobody = Set::default();
        for back in (1..WEEKS).rev() {
            let week = this - back * 7;
            // Only who was active under these filters in the first week is followed.
            let active = |week: Day| self.weeks.get(&week).unwrap_or(&nobody);
            let (Some(cohort), first) = (self.cohorts.get(&week), active(week)) else { continue };
            let n = cohort.common(first);
            if n == 0 {
                continue;
            }
            let mut cells = vec![Value::Day(week), Value::Count(n)];
            cells.extend((1..WEEKS).map(|after| match week + after * 7 {
                later if later >= this => Value::None,
                later => Value::Share(ratio(cohort.common(active(later)).min(n), n)),
            }));
            table.push(cells);
            table.n += n;
        }
        table.of = "installations";
        table.note =
            "Weeks begin on Monday; the running week is left out. Who resets an id or opts out looks like \
                      somebody who left."
                .to_owned();
        table
    }
}

fn as_count(value: &Value) -> Option<u64> {
    if let Value::Count(n) = value { Some(*n) } else { None }
}

/// The lines of the first box: today, week and month beside what was before.
pub(crate) fn cards(activity: &Activity, scope: &Scope) -> Table {
    let columns = [("period", "Period"), ("active", "Active"), ("before", "Before"), ("change", "Change")];
    let mut table = Table::new("active", "Active installations", &columns);
    let yesterday = activity.active_on(scope.until - 1);
    let last = if scope.is_incomplete(scope.until) { "Today so far" } else { "Last day" };
    for (period, now, before) in [
        (last, activity.active_on(scope.until), yesterday),
        ("Last 7 days", activity.week.len(), activity.week_before.len()),
        ("Last 30 days", activity.month.len(), activity.month_before.len()),
    ] {
        let change = Value::Text(if before == 0 { String::new() } else { format::change(now, before) });
        table.push(vec![Value::Text(period.to_owned()), Value::Count(now), Value::Count(before), change]);
    }
    table.rows[0].incomplete = scope.is_incomplete(scope.until);
    (table.n, table.of) = (activity.month.len(), "installations");
    table
}
