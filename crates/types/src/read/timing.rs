//! The timings of a report, from the wire to the domain.

use std::collections::HashMap;

use super::number::exact;
use super::raw::{RawMap, RawValue};
use super::violation::Violation;
use crate::declaration::{Names, TimingNames};
use crate::event::{Timing, TimingCell, Timings};
use crate::id::Id;

pub(super) fn timings<'d>(
    run: Id,
    given: &RawMap<'_, Vec<RawMap<'_, RawValue<'_>>>>,
    names: Names<'d>,
) -> Result<Timings<'d>, Violation> {
    let of: Result<_, _> = given
        .iter()
        .map(|(name, rows)| timing(names.timing(name).ok_or(Violation::UnknownTiming)?, rows))
        .collect();
    Ok(Timings { run, of: of? })
}

fn timing<'d>(known: TimingNames<'d>, rows: &[RawMap<'_, RawValue<'_>>]) -> Result<Timing<'d>, Violation> {
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
    Ok(Timing { name: &known.declaration.name, cells })
}

/// Most keys of a row that are looked through for one: a longer row is hashed, since its sender chooses the order.
const MAX_SCANNED: usize = 16;

/// A cell with its place: the number of its kind, and its edge.
fn cell<'d>(
    names: TimingNames<'d>,
    row: &RawMap<'_, RawValue<'_>>,
) -> Result<((usize, u64), TimingCell<'d>), Violation> {
    let known = names.declaration;
    // Keys stand once each, so as many as are declared are those.
    if row.len() != known.by.len() + known.parts.len() + 3 {
        return Err(Violation::WrongShape);
    }
    let hashed: Option<HashMap<&str, &RawValue<'_>>> =
        (row.len() > MAX_SCANNED).then(|| row.iter().map(|(key, value)| (&**key, value)).collect());
    let of = |name: &str| match &hashed {
        Some(hashed) => hashed.get(name).copied(),
        None => row.iter().find(|(key, _)| **key == *name).map(|(_, value)| value),
    };
    let mut kind = Vec::with_capacity(known.by.len());
    let mut place = 0;
    for (number, split) in known.by.iter().enumerate() {
        let Some(RawValue::Text(entry)) = of(&split.name) else { return Err(Violation::UnknownTiming) };
        let at = names.entry(number, entry).ok_or(Violation::UnknownTiming)?;
        place = place * split.of.len() + at;
        kind.push((&*split.name, &*split.of[at]));
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
    Ok(((place, from), TimingCell { kind, from, count, total, parts }))
}

fn number(value: Option<&RawValue<'_>>) -> Result<u64, Violation> {
    match value {
        Some(RawValue::Number(number)) => exact(*number),
        Some(_) => Err(Violation::WrongValue),
        None => Err(Violation::WrongShape),
    }
}
