//! Declared events and what their fields held.

use std::collections::BTreeMap;

use aboveboard_manifest::Field;
use aboveboard_types::declaration::FieldKind;

use crate::page::format::ratio;
use crate::page::installation_filter::{Use, band};
use crate::page::scope::Scope;
use crate::page::table::{Figure, Table, Value};
use crate::rollup::delta::Axis;
use crate::rollup::row::unpack_version;
use crate::store::calendar::Day;
use crate::store::sqlite::Snapshot;

/// How often each event happened, and what its fields held.
#[derive(Debug, Default)]
pub(crate) struct Events {
    times: BTreeMap<String, BTreeMap<Day, u64>>,
    fields: BTreeMap<(String, Axis, i64), u64>,
}

impl Events {
    pub(crate) fn gather(snapshot: &Snapshot<'_>, scope: &Scope) -> rusqlite::Result<Self> {
        let mut events = Self::default();
        let Some(product) = scope.product else { return Ok(events) };
        let days = (scope.from, scope.until);
        snapshot.cube(product, Axis::Declared, days, |cell| {
            if scope.keeps(cell.context) {
                *events.times.entry(scope.name(cell.name)).or_default().entry(cell.day).or_default() +=
                    cell.n;
            }
        })?;
        for axis in [Axis::Flag, Axis::Number, Axis::Choice, Axis::Version, Axis::Country] {
            snapshot.cube(product, axis, days, |cell| {
                if scope.keeps(cell.context) {
                    *events.fields.entry((scope.name(cell.name), axis, cell.detail)).or_default() += cell.n;
                }
            })?;
        }
        Ok(events)
    }

    /// How often an event happened on a day.
    pub(crate) fn on(&self, event: &str, day: Day) -> u64 {
        self.times.get(event).and_then(|days| days.get(&day)).copied().unwrap_or(0)
    }

    /// One row an event, then one for each value of each of its fields, numbers ascending.
    pub(crate) fn table(&self, scope: &Scope) -> Table {
        let columns = [
            ("event", "Event"),
            ("field", "Field"),
            ("value", "Value"),
            ("times", "Times"),
            ("share", "Share"),
            ("unit", "Unit"),
        ];
        let mut table = Table::new("events", "Events", &columns);
        table.of = "events";
        table.figures = vec![Figure::Count(3)];
        table.whole = true;
        for (event, days) in &self.times {
            let times: u64 = days.values().sum();
            let row = table.push(vec![
                Value::Text(event.clone()),
                Value::None,
                Value::None,
                Value::Count(times),
                Value::Share(1.0),
                Value::None,
            ]);
            row.bar = Some(1.0);
            row.link = Some(scope.using(Use { axis: Axis::Declared, name: event.clone() }));
            let prefix = format!("{event}.");
            for ((name, axis, detail), n) in &self.fields {
                let Some(field) = name.strip_prefix(&prefix) else { continue };
                let declared = declared(scope, event, field);
                let share = ratio(*n, times);
                let row = table.push(vec![
                    Value::Text(event.clone()),
                    Value::Text(field.to_owned()),
                    Value::Text(value(scope, declared, *axis, *detail)),
                    Value::Count(*n),
                    Value::Share(share),
                    unit(declared).map_or(Value::None, Value::Text),
                ]);
                row.bar = Some(share);
            }
            table.n += times;
        }
        table.note = "A share is of the times its event happened. Counts are shown in steps of 1, 2, 5 …; buckets and \
                      durations by the edges that the manifest declares."
            .to_owned();
        table
    }
}

fn declared<'m>(scope: &'m Scope, event: &str, field: &str) -> Option<&'m Field> {
    let event = scope.manifest.as_deref()?.events.iter().find(|known| known.name == event)?;
    event.fields.iter().find(|known| known.name == field)
}

/// The unit of a field's numbers, for people.
fn unit(field: Option<&Field>) -> Option<String> {
    field?.unit.clone()
}

fn value(scope: &Scope, field: Option<&Field>, axis: Axis, detail: i64) -> String {
    match axis {
        Axis::Flag => if detail != 0 { "yes" } else { "no" }.to_owned(),
        Axis::Number => number(field, u64::try_from(detail).unwrap_or(0)),
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

/// A number as its field means it: a code as it is, an edge as the band that begins there, a count as its step.
fn number(field: Option<&Field>, from: u64) -> String {
    let below = |edges: &[u64]| edges.iter().filter(|edge| **edge > from).min().map(|next| next - 1);
    match field.map(|field| &field.kind) {
        Some(FieldKind::Code(..)) => from.to_string(),
        Some(FieldKind::Bucket(edges)) => band(from, below(edges)),
        Some(FieldKind::Duration(edges)) => match (from, below(edges)) {
            (0, Some(last)) => format!("under {}", time(last + 1)),
            (_, Some(last)) => format!("{} to {}", time(from), time(last + 1)),
            (_, None) => format!("{} and more", time(from)),
        },
        Some(_) | None => band(from, Some(step_end(from))),
    }
}

/// The last number of the step of 1, 2, 5 … that begins at `from`.
fn step_end(from: u64) -> u64 {
    let mut power: u64 = 1;
    while power <= from / 10 {
        power *= 10;
    }
    let next = match from / power {
        0 => 1,
        1 => 2,
        2..=4 => 5,
        _ => 10,
    };
    (next * power).saturating_sub(1).max(from)
}

/// `250 ms`, `5 s`, `2 min`
fn time(milliseconds: u64) -> String {
    match milliseconds {
        ms if ms >= 3_600_000 && ms.is_multiple_of(3_600_000) => format!("{} h", ms / 3_600_000),
        ms if ms >= 60_000 && ms.is_multiple_of(60_000) => format!("{} min", ms / 60_000),
        ms if ms >= 1_000 && ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        ms => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_where_the_next_begins() {
        for (from, end) in [(0, 0), (1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (500, 999), (1000, 1999)] {
            assert_eq!(step_end(from), end, "{from}");
        }
        assert_eq!(
            [250, 5_000, 120_000, 7_200_000, 90_000].map(time),
            ["250 ms", "5 s", "2 min", "2 h", "90 s"]
        );
    }
}
