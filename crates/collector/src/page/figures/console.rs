//! What is used in the web console.

use std::collections::BTreeMap;

use crate::page::format::ratio;
use crate::page::installation_filter::Use;
use crate::page::scope::Scope;
use crate::page::table::{Figure, Table, Value};
use crate::rollup::delta::Axis;
use crate::store::sqlite::Snapshot;

/// Actions and the routes they happened on; page views by route.
pub(crate) fn tables(snapshot: &Snapshot<'_>, scope: &Scope) -> rusqlite::Result<[Table; 2]> {
    let mut actions: BTreeMap<String, u64> = BTreeMap::new();
    let mut routes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    if let Some(product) = scope.product {
        let days = (scope.from, scope.until);
        snapshot.cube(product, Axis::Action, days, |cell| {
            if scope.keeps(cell.context) {
                *actions.entry(scope.name(cell.name)).or_default() += cell.n;
                let route = u32::try_from(cell.detail).unwrap_or(0);
                routes.entry(scope.name(route)).or_default().1 += cell.n;
            }
        })?;
        snapshot.cube(product, Axis::View, days, |cell| {
            if scope.keeps(cell.context) {
                routes.entry(scope.name(cell.name)).or_default().0 += cell.n;
            }
        })?;
    }
    let mut first = Table::new(
        "actions",
        "Console actions",
        &[("action", "Action"), ("times", "Times"), ("share", "Share")],
    );
    (first.n, first.of) = (actions.values().sum(), "actions");
    let mut actions: Vec<_> = actions.into_iter().collect();
    actions.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    for (name, n) in actions {
        let share = ratio(n, first.n);
        let link = scope.using(Use { axis: Axis::Action, name: name.clone() });
        let row = first.push(vec![Value::Text(name), Value::Count(n), Value::Share(share)]);
        (row.bar, row.link) = (Some(share), Some(link));
    }
    let columns = [("route", "Route pattern"), ("views", "Views"), ("actions", "Actions on it")];
    let mut second = Table::new("routes", "Console routes", &columns);
    (second.n, second.of) = (routes.values().map(|(views, _)| views).sum(), "page views");
    let mut routes: Vec<_> = routes.into_iter().collect();
    routes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let most = routes.first().map_or(0, |(_, (views, _))| *views);
    for (name, (views, on)) in routes {
        second.push(vec![Value::Text(name), Value::Count(views), Value::Count(on)]).bar =
            Some(ratio(views, most));
    }
    second.note =
        "Patterns, never addresses: a route that no pattern declares is counted as unknown.".to_owned();
    for table in [&mut first, &mut second] {
        table.figures = vec![Figure::Count(1)];
        table.whole = true;
    }
    Ok([first, second])
}
