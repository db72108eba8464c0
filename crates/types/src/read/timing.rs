//! The timings of a report, from the wire to the domain.

use super::number::exact;
use super::raw::{RawMap, RawValue};
use super::violation::Violation;
use crate::declaration::{Declaration, TimingDeclaration, find};
use crate::event::{Timing, TimingCell, Timings};
use crate::id::Id;

pub(super) fn timings<'d>(
    run: Id,
    given: &RawMap<'_, Vec<RawMap<'_, RawValue<'_>>>>,
    declaration: &'d Declaration,
) -> Result<Timings<'d>, Violation> {
    let of: Result<_, _> = given
        .iter()
        .map(|(name, rows)| {
            let known = declaration.timings.iter().find(|timing| timing.name == **name);
            timing(known.ok_or(Violation::UnknownTiming)?, rows)
        })
        .collect();
    Ok(Timings { run, of: of? })
}

fn timing<'d>(
    known: &'d TimingDeclaration,
    rows: &[RawMap<'_, RawValue<'_>>],
) -> Result<Timing<'d>, Violation> {
    let mut cells = Vec::with_capacity(rows.len());
    // Cells stand in the order of kinds and edges, so that none can stand twice.
    let mut after = None;
    for row in rows {
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
    row: &RawMap<'_, RawValue<'_>>,
) -> Result<((usize, u64), TimingCell<'d>), Violation> {
    let of = |name: &str| row.iter().find(|(key, _)| **key == *name).map(|(_, value)| value);
    // Keys stand once each, so as many as are declared are those.
    if row.len() != known.by.len() + known.parts.len() + 3 {
        return Err(Violation::WrongShape);
    }
    let mut kind = Vec::with_capacity(known.by.len());
    for split in &*known.by {
        let Some(RawValue::Text(entry)) = of(&split.name) else { return Err(Violation::UnknownTiming) };
        kind.push((&*split.name, find(&split.of, entry).ok_or(Violation::UnknownTiming)?));
    }
    let from = number(of("from"))?;
    let count = number(of("count"))?;
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

fn number(value: Option<&RawValue<'_>>) -> Result<u64, Violation> {
    match value {
        Some(RawValue::Number(number)) => exact(*number),
        Some(_) => Err(Violation::WrongValue),
        None => Err(Violation::WrongShape),
    }
}
