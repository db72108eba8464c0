//! Who was there: one pass over the sets of active installations, day by day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aboveboard_types::declaration::Component;
use aboveboard_types::value::Version;

use crate::live::days_to_verify;
use crate::page::format::{monday, ratio};
use crate::page::scope::Scope;
use crate::page::table::{Figure, Table, Value};
use crate::rollup::set::Set;
use crate::store::calendar::Day;
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

/// The last days, and as many before them.
#[derive(Debug, Default)]
pub(crate) struct Period {
    pub(crate) now: Set,
    pub(crate) before: Set,
    /// First seen in the last days.
    pub(crate) new: u64,
}

impl Period {
    /// How many were there before and are not now.
    pub(crate) fn gone(&self) -> u64 {
        self.before.len() - self.before.common(&self.now)
    }
}

/// The lengths of the periods in days: day, week, month.
const PERIODS: [Day; 3] = [1, 7, 30];

/// Everything that is counted in installations.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    pub(crate) days: BTreeMap<Day, DayFigures>,
    /// Days whose sets retention has deleted: only counts by context are left of them.
    pub(crate) closed: BTreeSet<Day>,
    /// Day, week and month up to the last day of the window.
    pub(crate) periods: [Period; 3],
    pub(crate) window: Set,
    /// By operating system and architecture.
    pub(crate) platforms: Vec<(Platform, Set)>,
    /// By the version each installation of the window was last seen with, the higher where a day has two.
    pub(crate) versions: BTreeMap<Version, Set>,
    /// By version, of the last 7 days.
    pub(crate) version_week: BTreeMap<Version, Set>,
    /// The first day each version was seen, as far as the pass reached back.
    pub(crate) arrived: BTreeMap<Version, Day>,
    /// Active by week, named by its Monday.
    pub(crate) weeks: BTreeMap<Day, Set>,
    /// Active by day; the way in follows everybody.
    pub(crate) sets: BTreeMap<Day, Set>,
    /// How many were first seen so lately that one sender may still be many: see [`unverified_from`].
    pub(crate) unverified: u64,
    /// First seen by day; and by week, named by its Monday.
    pub(crate) first: BTreeMap<Day, Set>,
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
        // The way in reaches two weeks further back than the window.
        let reach = (scope.from - 14).min(scope.until - 59).min(monday(scope.until) - WEEKS * 7);
        let mut activity = Self::default();
        let Some(product) = scope.product else { return Ok(activity) };
        snapshot.first_seen(product, (reach, scope.until), |part| {
            activity.first.entry(part.day).or_default().unite_bytes(part.chunk, part.members);
        })?;
        let mut open = Open::default();
        let (kinds, mut platforms) = kinds(scope);
        let mut lately: BTreeMap<Component, Set> = BTreeMap::new();
        snapshot.active(product, (reach, scope.until), |part| {
            if !scope.keeps(part.context) {
                return;
            }
            if open.day != part.day {
                activity.close(std::mem::take(&mut open), scope);
                open.day = part.day;
            }
            let members = scope.narrow.of(&part);
            let Some(kind) = kinds.get(&part.context).filter(|_| !members.is_empty()) else { return };
            open.all.unite_chunk(part.chunk, &members);
            open.versions.entry(kind.version).or_default().unite_chunk(part.chunk, &members);
            if part.day >= kind.unverified_from {
                lately.entry(kind.component).or_default().unite_chunk(part.chunk, &members);
            }
            if part.day >= scope.from {
                platforms[kind.platform].1.unite_chunk(part.chunk, &members);
            }
        })?;
        activity.close(open, scope);
        activity.platforms = platforms.into_iter().filter(|(_, set)| !set.is_empty()).collect();
        // Of days whose sets are gone only counts are left, by context: who was in two contexts counts twice there,
        // and who is asked for by size or use cannot be found.
        snapshot.closed(product, (reach, scope.until), |day, context, n| {
            activity.closed.insert(day);
            if scope.keeps(context) && !scope.narrowed() {
                let figures = activity.days.entry(day).or_default();
                figures.active += n;
                if let Some(context) = scope.contexts.get(&context) {
                    *figures.versions.entry(context.version).or_default() += n;
                }
            }
        })?;
        for (day, set) in &activity.first {
            activity.cohorts.entry(monday(*day)).or_default().unite(set);
        }
        // One installation may speak as a server and as its console.
        let mut unverified = Set::default();
        for (component, there) in &lately {
            for (_, set) in activity.first.range(unverified_from(*component, scope)..) {
                unverified.unite(&set.shared(there));
            }
        }
        activity.unverified = unverified.len();
        for (period, days) in activity.periods.iter_mut().zip(PERIODS) {
            let first = activity.first.range(scope.until - days + 1..);
            period.new = first.map(|(_, set)| set.common(&period.now)).sum();
        }
        Ok(activity)
    }

    /// Puts a day that was passed into every window it belongs to.
    fn close(&mut self, open: Open, scope: &Scope) {
        let Open { day, all, versions } = open;
        if all.is_empty() {
            return;
        }
        let ago = scope.until - day;
        for (period, days) in self.periods.iter_mut().zip(PERIODS) {
            match ago {
                ago if ago < days => period.now.unite(&all),
                ago if ago < days * 2 => period.before.unite(&all),
                _ => {}
            }
        }
        if day >= scope.from {
            self.window.unite(&all);
            self.last_seen_with(&all, &versions);
        }
        self.weeks.entry(monday(day)).or_default().unite(&all);
        for (version, set) in &versions {
            self.arrived.entry(*version).or_insert(day);
            if ago < 7 {
                self.version_week.entry(*version).or_default().unite(set);
            }
        }
        let figures = DayFigures {
            active: all.len(),
            new: self.first.get(&day).map_or(0, |new| new.common(&all)),
            versions: versions.into_iter().map(|(version, set)| (version, set.len())).collect(),
        };
        self.days.insert(day, figures);
        self.sets.insert(day, all);
    }

    /// Moves who was there on a day to the version of that day.
    fn last_seen_with(&mut self, all: &Set, versions: &BTreeMap<Version, Set>) {
        for set in self.versions.values_mut() {
            set.subtract(all);
        }
        let mut placed = Set::default();
        for (version, set) in versions.iter().rev() {
            let mut fresh = set.clone();
            fresh.subtract(&placed);
            self.versions.entry(*version).or_default().unite(&fresh);
            placed.unite(set);
        }
    }

    /// Whether nothing can be said of a day: only counts are left of it, and installations are asked for.
    fn is_unknown(&self, day: Day, scope: &Scope) -> bool {
        scope.narrowed() && self.closed.contains(&day)
    }

    /// The first day with data, as far as the pass reached back.
    pub(crate) fn begins(&self) -> Option<Day> {
        self.days.keys().next().copied()
    }

    /// Active installations by day.
    pub(crate) fn days_table(&self, scope: &Scope) -> Table {
        let columns = [("day", "Day"), ("active", "Active"), ("new", "New"), ("returning", "Returning")];
        let mut table = Table::new("activity", "Active installations by day", &columns);
        for day in (scope.from..=scope.until).rev() {
            let (active, new) = self.days.get(&day).map_or((0, 0), |figures| (figures.active, figures.new));
            let mut cells = [active, new, active - new.min(active)].map(Value::Count);
            if self.closed.contains(&day) {
                // Who was new that day is gone with the sets.
                (cells[1], cells[2]) = (Value::None, Value::None);
            }
            if self.is_unknown(day, scope) {
                cells[0] = Value::None;
            }
            let row = table.push([vec![Value::Day(day)], cells.to_vec()].concat());
            row.incomplete = scope.is_incomplete(day);
        }
        let most = table.rows.iter().filter_map(|row| as_count(&row.cells[1])).max().unwrap_or(0);
        for row in &mut table.rows {
            row.bar = as_count(&row.cells[1]).map(|active| ratio(active, most));
        }
        (table.n, table.of) = (self.window.len(), "installations");
        table.figures = vec![Figure::Count(1)];
        table.note =
            "An installation is active on a day on which it recorded something. A day is UTC; what arrives \
                      up to 14 days late still counts for its day. When the data begins, everybody is new. Of \
                      days that retention has passed only counts are left."
                .to_owned();
        table
    }

    /// Versions of the window.
    pub(crate) fn versions_table(&self, scope: &Scope) -> Table {
        let columns = [
            ("version", "Version"),
            ("installations", "Installations"),
            ("share", "Share"),
            ("since", "First seen"),
        ];
        let mut table = Table::new("versions", "Versions", &columns);
        for (version, set) in self.versions.iter().rev().filter(|(_, set)| !set.is_empty()) {
            let share = ratio(set.len(), self.window.len());
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
            row.link = Some(scope.query.with(|query| (query.version, query.table) = (Some(*version), None)));
        }
        (table.n, table.of) = (self.window.len(), "installations");
        table.figures = vec![Figure::Count(1)];
        table.note =
            "Each installation counts for the version it was last seen with in the window. First seen is \
                      left out where the version was there when the data begins."
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
        let mut platforms: Vec<_> = self.platforms.iter().map(|(name, set)| (set.len(), name)).collect();
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
                query.table = None;
                query.os =
                    aboveboard_types::envelope::known(&aboveboard_types::envelope::OPERATING_SYSTEMS, os);
                query.arch =
                    aboveboard_types::envelope::known(&aboveboard_types::envelope::ARCHITECTURES, arch);
            }));
        }
        (table.n, table.of) = (self.window.len(), "installations");
        table.figures = vec![Figure::Count(2)];
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

/// Operating system and architecture.
type Platform = (String, String);

/// What is needed of a context for each of its many sets.
struct Kind {
    component: Component,
    version: Version,
    /// Its place in the list of platforms.
    platform: usize,
    unverified_from: Day,
}

/// The contexts that count, and the platforms that they name, with empty sets.
fn kinds(scope: &Scope) -> (HashMap<u32, Kind>, Vec<(Platform, Set)>) {
    let mut platforms: Vec<(Platform, Set)> = Vec::new();
    let mut kinds = HashMap::new();
    for (number, context) in scope.contexts.iter().filter(|(number, _)| scope.keeps(**number)) {
        let name = (context.os.clone(), context.arch.clone());
        let platform = platforms.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            platforms.push((name, Set::default()));
            platforms.len() - 1
        });
        let (component, version) = (context.component, context.version);
        let unverified_from = unverified_from(component, scope);
        kinds.insert(*number, Kind { component, version, platform, unverified_from });
    }
    (kinds, platforms)
}

/// The first day from which on a new installation of a component is not yet verified: it takes two periods in which
/// its component reports, of a day at least.
fn unverified_from(component: Component, scope: &Scope) -> Day {
    let every = scope.manifest.as_deref().map_or(0, |manifest| manifest.server.every);
    scope.until - days_to_verify(component, every) + 1
}

fn as_count(value: &Value) -> Option<u64> {
    if let Value::Count(n) = value { Some(*n) } else { None }
}

/// The lines of the first box: today, week and month beside what was before.
pub(crate) fn cards(activity: &Activity, scope: &Scope) -> Table {
    let columns = [
        ("period", "Period"),
        ("active", "Active"),
        ("before", "Before"),
        ("change", "Change"),
        ("new", "New"),
        ("returning", "Returning"),
        ("gone", "Gone"),
    ];
    let mut table = Table::new("active", "Active installations", &columns);
    let last = if scope.is_incomplete(scope.until) { "Today so far" } else { "Last day" };
    let names = [last, "Last 7 days", "Last 30 days"];
    for ((period, days), name) in activity.periods.iter().zip(PERIODS).zip(names) {
        let (now, before) = (period.now.len(), period.before.len());
        let numbers = [period.new, now - period.new.min(now), period.gone()].map(Value::Count);
        // A day that is not over is not set against a whole one.
        let open = days == 1 && scope.is_incomplete(scope.until);
        let change = if open { Value::None } else { Value::Change(now, before) };
        let first = vec![Value::Text(name.to_owned()), Value::Count(now), Value::Count(before), change];
        table.push([first, numbers.to_vec()].concat());
    }
    table.rows[0].incomplete = scope.is_incomplete(scope.until);
    (table.n, table.of) = (activity.periods[2].now.len(), "installations");
    table.note =
        "New: first seen in the period. Gone: there in the period before, and not in this one.".to_owned();
    table
}
