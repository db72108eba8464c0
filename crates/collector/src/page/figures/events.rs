//! Declared events and what their fields held.

use std::collections::BTreeMap;

use crate::page::format::ratio;
use crate::page::narrow::Use;
use crate::page::scope::Scope;
use crate::page::table::{Figure, Table, Value};
use crate::rollup::delta::Axis;
use crate::rollup::row::unpack_version;
use crate::store::sqlite::Snapshot;

/// One row an event, then one for each value of each of its fields.
pub(crate) fn table(snapshot: &Snapshot<'_>, scope: &Scope) -> rusqlite::Result<Table> {
    let columns =
        [("event", "Event"), ("field", "Field"), ("value", "Value"), ("times", "Times"), ("share", "Share")];
    let mut table = Table::new("events", "Events", &columns);
    table.of = "events";
    table.figures = vec![Figure::Count(3)];
    table.whole = true;
    let Some(product) = scope.product else { return Ok(table) };
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    let mut fields: BTreeMap<(String, Axis, i64), u64> = BTreeMap::new();
    let days = (scope.from, scope.until);
    snapshot.cube(product, Axis::Declared, days, |cell| {
        if scope.keeps(cell.context) {
            *events.entry(scope.name(cell.name)).or_default() += cell.n;
        }
    })?;
    for axis in [Axis::Flag, Axis::Number, Axis::Choice, Axis::Version, Axis::Country] {
        snapshot.cube(product, axis, days, |cell| {
            if scope.keeps(cell.context) {
                *fields.entry((scope.name(cell.name), axis, cell.detail)).or_default() += cell.n;
            }
        })?;
    }
    for (event, times) in &events {
        let row = table.push(vec![
            Value::Text(event.clone()),
            Value::None,
            Value::None,
            Value::Count(*times),
            Value::Share(1.0),
        ]);
        row.bar = Some(1.0);
        row.link = Some(scope.using(Use { axis: Axis::Declared, name: event.clone() }));
        let prefix = format!("{event}.");
        for ((name, axis, detail), n) in &fields {
            let Some(field) = name.strip_prefix(&prefix) else { continue };
            let share = ratio(*n, *times);
            let row = table.push(vec![
                Value::Text(event.clone()),
                Value::Text(field.to_owned()),
                Value::Text(value(scope, *axis, *detail)),
                Value::Count(*n),
                Value::Share(share),
            ]);
            row.bar = Some(share);
        }
        table.n += times;
    }
    table.note =
        "A share is of the times its event happened. Counts are shown by the step of 1, 2, 5 … below them."
            .to_owned();
    Ok(table)
}

fn value(scope: &Scope, axis: Axis, detail: i64) -> String {
    match axis {
        Axis::Flag => (detail != 0).to_string(),
        Axis::Choice if detail == 0 => "none".to_owned(),
        Axis::Choice => scope.name(u32::try_from(detail).unwrap_or(0)),
        Axis::Version => unpack_version(u64::try_from(detail).unwrap_or(0)).to_string(),
        Axis::Country => {
            let letters = u16::try_from(detail).unwrap_or(0).to_be_bytes();
            String::from_utf8_lossy(&letters).into_owned()
        }
        _ => detail.to_string(),
    }
}
