//! The way in: from the first report to the first success to still being there after a week.

use std::collections::BTreeMap;

use super::activity::Activity;
use crate::page::format::ratio;
use crate::page::scope::Scope;
use crate::page::table::{Table, Value};
use crate::rollup::delta::Axis;
use crate::rollup::set::Set;
use crate::store::calendar::Day;
use crate::store::sqlite::Snapshot;

/// Days after the first sight within which the first success counts; as many more are there to come back in.
const WEEK: Day = 7;

/// Installations first seen on a day of the window that lies at least two weeks back, or in as long a window before
/// that; how many of them succeeded within their first week, and how many of those were there in their second.
pub(crate) fn funnel(snapshot: &Snapshot<'_>, activity: &Activity, scope: &Scope) -> rusqlite::Result<Table> {
    let columns = [("step", "Step"), ("installations", "Installations"), ("share", "Share")];
    let mut table = Table::new("funnel", "From first report to staying", &columns);
    // Who was first seen later has not had two weeks yet.
    let until = scope.until.min(scope.today - 1) - 2 * WEEK + 1;
    let from = until - (scope.query.window().max(WEEK) - 1);
    let mut succeeded: BTreeMap<Day, Set> = BTreeMap::new();
    if let Some(product) = scope.product {
        snapshot.used(product, Axis::Success, None, (from, until + WEEK), |part, _| {
            succeeded.entry(part.day).or_default().unite_bytes(part.chunk, part.members);
        })?;
    }
    let (mut first, mut success, mut stayed) = (0, 0, 0);
    for (day, all) in activity.first.range(from..=until) {
        let Some(there) = activity.sets.get(day) else { continue };
        let cohort = all.shared(there);
        first += cohort.len();
        let well = cohort.shared(&union(&succeeded, *day, WEEK));
        success += well.len();
        stayed += well.common(&union(&activity.sets, day + WEEK, WEEK));
    }
    for (step, n) in [
        ("First report", first),
        ("First success within a week", success),
        ("Still there in the week after", stayed),
    ] {
        let share = if first == 0 { Value::None } else { Value::Share(ratio(n, first)) };
        let row = table.push(vec![Value::Text(step.to_owned()), Value::Count(n), share]);
        row.bar = Some(ratio(n, first));
    }
    (table.n, table.of) = (first, "installations");
    table.note = format!(
        "Installations first seen from {} to {}, so that each had two whole weeks. A success is a command that ended \
         well, or a server's report that counts at least one object. Who resets an id or opts out looks like somebody \
         who left.",
        crate::page::format::day(from),
        crate::page::format::day(until)
    );
    Ok(table)
}

/// Everybody of so many days.
fn union(sets: &BTreeMap<Day, Set>, from: Day, days: Day) -> Set {
    let mut all = Set::default();
    for (_, set) in sets.range(from..from + days) {
        all.unite(set);
    }
    all
}
