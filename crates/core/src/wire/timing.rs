//! The timings of a report, from the wire to the domain.

use super::batch::{Entries, Rows, Value};
use super::check::{Violation, exact, find};
use crate::declaration::{Declaration, TimingDeclaration};
use crate::event::{Timing, TimingCell, Timings};
use crate::id::Id;

pub(super) fn timings<'d>(
    run: Id,
    given: &Entries<'_, Rows<'_>>,
    declaration: &'d Declaration,
) -> Result<Timings<'d>, Violation> {
    let of: Result<_, _> = given
        .0
        .iter()
        .map(|(name, rows)| {
            let known = declaration.timings.iter().find(|timing| timing.name == **name);
            timing(known.ok_or(Violation::UnknownTiming)?, rows)
        })
        .collect();
    Ok(Timings { run, of: of? })
}

fn timing<'d>(known: &'d TimingDeclaration, rows: &Rows<'_>) -> Result<Timing<'d>, Violation> {
    let mut cells = Vec::with_capacity(rows.0.len());
    // Cells stand in the order of kinds and edges, so that none can stand twice.
    let mut after = None;
    for row in &rows.0 {
        let (place, cell) = cell(known, row)?;
        if after.is_some_and(|after| place <= after) {
            return Err(Violation::WrongValue);
        }
        after = Some(place);
        cells.push(cell);
    }
    Ok(Timing { name: &known.name, cells })
}

/// A cell with its place: the number of its kind, and its edge.
fn cell<'d>(
    known: &'d TimingDeclaration,
    row: &Entries<'_, Value<'_>>,
) -> Result<((usize, u64), TimingCell<'d>), Violation> {
    let of = |name: &str| row.0.iter().find(|(key, _)| **key == *name).map(|(_, value)| value);
    // Keys stand once each, so as many as are declared are those.
    if row.0.len() != known.by.len() + known.parts.len() + 3 {
        return Err(Violation::WrongShape);
    }
    let mut kind = Vec::with_capacity(known.by.len());
    for split in &*known.by {
        let Some(Value::Text(entry)) = of(&split.name) else { return Err(Violation::UnknownTiming) };
        kind.push((&*split.name, find(&split.of, entry).ok_or(Violation::UnknownTiming)?));
    }
    let (from, count) = (number(of("from"))?, number(of("count"))?);
    let total = number(of("total"))?;
    let mut parts = Vec::with_capacity(known.parts.len());
    for part in &*known.parts {
        parts.push((&**part, number(of(part))?));
    }
    if from != 0 && !known.edges.contains(&from) || count == 0 {
        return Err(Violation::WrongValue);
    }
    let entries: Vec<_> = kind.iter().map(|(_, entry)| *entry).collect();
    let place = known.number(&entries).ok_or(Violation::UnknownTiming)?;
    Ok(((place, from), TimingCell { kind, from, count, total, parts }))
}

fn number(value: Option<&Value<'_>>) -> Result<u64, Violation> {
    match value {
        Some(Value::Number(number)) => exact(*number),
        Some(_) => Err(Violation::WrongValue),
        None => Err(Violation::WrongShape),
    }
}
