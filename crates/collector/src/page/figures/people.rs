//! The way in: from the first sight to still being there after a week.

use super::activity::Activity;
use crate::page::format::{monday, ratio};
use crate::page::scope::Scope;
use crate::page::table::{Table, Value};

/// Installations first seen in the last full weeks, and how many of them came back the week after and two weeks
/// after.
pub(crate) fn funnel(activity: &Activity, scope: &Scope) -> Table {
    let columns = [("step", "Step"), ("installations", "Installations"), ("share", "Share")];
    let mut table = Table::new("funnel", "From first sight to staying", &columns);
    let this = monday(scope.until);
    let nobody = crate::rollup::set::Set::default();
    let (mut first, mut next, mut later) = (0, 0, 0);
    for (week, cohort) in activity.cohorts.range(..this - 14) {
        let active = |after: i32| activity.weeks.get(&(week + after * 7)).unwrap_or(&nobody);
        first += cohort.common(active(0));
        next += cohort.common(active(1));
        later += cohort.common(active(2));
    }
    for (step, n) in
        [("First seen", first), ("Back in the next week", next), ("Back in the week after that", later)]
    {
        let row =
            table.push(vec![Value::Text(step.to_owned()), Value::Count(n), Value::Share(ratio(n, first))]);
        row.bar = Some(ratio(n, first));
    }
    (table.n, table.of) = (first, "installations");
    table.note = "Installations first seen in weeks that lie at least two full weeks back.".to_owned();
    table
}
