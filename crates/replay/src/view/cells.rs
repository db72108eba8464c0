//! Questions about how often something happened.

use std::collections::BTreeMap;

use aboveboard_store::axis::Axis;
use aboveboard_store::packed_version::unpack_version;
use aboveboard_store::read::{
    CommandCell, ConsoleCell, EventCell, EventTotal, FieldCell, FieldValue, ReadResult, RequestCell,
    RequestSum, Selection,
};
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;

use super::moment::{CellName, Moment, Origin, RemovedCell};
use crate::rollup::ending_of;

/// The axes whose cells count events.
pub(super) const EVENT_AXES: [Axis; 5] =
    [Axis::Command, Axis::Action, Axis::View, Axis::Report, Axis::Declared];

pub(super) fn commands(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    removed: &[RemovedCell],
    each: &mut dyn FnMut(CommandCell<'_>),
) -> ReadResult<()> {
    for (cell, runs) in moment.cells(Axis::Command, of.days, of.contexts, removed)? {
        let CellName { day, name, detail, .. } = &cell;
        each(CommandCell { day: *day, command: name, ending: ending_of(*detail), runs });
    }
    Ok(())
}

pub(super) fn console(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    removed: &[RemovedCell],
    each: &mut dyn FnMut(ConsoleCell<'_>),
) -> ReadResult<()> {
    for (cell, times) in moment.cells(Axis::Action, of.days, of.contexts, removed)? {
        each(ConsoleCell { action: Some(&cell.name), route: &cell.about, times });
    }
    for (cell, times) in moment.cells(Axis::View, of.days, of.contexts, removed)? {
        each(ConsoleCell { action: None, route: &cell.name, times });
    }
    Ok(())
}

pub(super) fn events(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    removed: &[RemovedCell],
    each: &mut dyn FnMut(EventCell<'_>),
) -> ReadResult<()> {
    for (cell, times) in moment.cells(Axis::Declared, of.days, of.contexts, removed)? {
        each(EventCell { day: cell.day, event: &cell.name, times });
    }
    Ok(())
}

pub(super) fn fields(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    removed: &[RemovedCell],
    each: &mut dyn FnMut(FieldCell<'_>),
) -> ReadResult<()> {
    for axis in [Axis::Flag, Axis::Number, Axis::Choice, Axis::Version, Axis::Country] {
        for (cell, times) in moment.cells(axis, of.days, of.contexts, removed)? {
            let Some((event, field)) = cell.name.split_once('.') else { continue };
            let number = u64::try_from(cell.detail).unwrap_or(0);
            let value = match axis {
                Axis::Flag => FieldValue::Flag(cell.detail != 0),
                Axis::Number => FieldValue::Number(number),
                Axis::Version => FieldValue::Version(unpack_version(number)),
                Axis::Country => FieldValue::Country(u16::try_from(number).unwrap_or(0).to_be_bytes()),
                _ if cell.about.is_empty() => FieldValue::NoMember,
                _ => FieldValue::Choice(cell.about.clone()),
            };
            each(FieldCell { event, field, value, times });
        }
    }
    Ok(())
}

pub(super) fn requests(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    removed: &[RemovedCell],
    each: &mut dyn FnMut(RequestCell<'_>),
) -> ReadResult<()> {
    for (axis, unit) in [
        (Axis::TimingCount, RequestSum::Requests as fn(u64) -> RequestSum),
        (Axis::TimingTime, RequestSum::Milliseconds),
    ] {
        for (cell, sum) in moment.cells(axis, of.days, of.contexts, removed)? {
            let Some((timing, kind)) = cell.name.split_once(' ') else { continue };
            let (timing, part) = match timing.split_once('.') {
                Some((timing, part)) => (timing, Some(part)),
                None => (timing, None),
            };
            let from = u64::try_from(cell.detail).unwrap_or(0);
            each(RequestCell { timing, part, kind, from, sum: unit(sum) });
        }
    }
    Ok(())
}

pub(super) fn totals(moment: &Moment<'_>, removed: &[RemovedCell]) -> ReadResult<Vec<EventTotal>> {
    let mut totals: BTreeMap<(&'static str, u16), (Component, Marks, i64)> = BTreeMap::new();
    let mut add = |component: Component, marks: Marks, n: i64| {
        let total = totals.entry((component.name(), marks.bits())).or_insert((component, marks, 0));
        total.2 = total.2.saturating_add(n);
    };
    if moment.of.items().is_empty() {
        for (context, day, n) in moment.closed.totals(moment.product)? {
            let counted = moment.counted(&context, Origin::Closed(day));
            add(counted.component, counted.marks, n);
        }
        let gone = removed.iter().filter(|(key, ..)| EVENT_AXES.contains(&key.axis));
        for (key, day, n) in gone {
            let counted = moment.counted(&key.context, Origin::Closed(*day));
            add(counted.component, counted.marks, n.saturating_neg());
        }
        let open = moment.rollup().into_iter().flat_map(crate::rollup::ProductRollup::cells);
        for (key, n) in open.filter(|(key, _)| EVENT_AXES.contains(&key.axis)) {
            let counted = moment.counted(&key.context, Origin::Open);
            add(counted.component, counted.marks, n);
        }
    } else {
        // What went by a name may still be in the sums of closed days.
        for axis in EVENT_AXES {
            moment.each_cell(axis, aboveboard_store::read::Days::ALL, removed, &mut |key, origin, n| {
                let counted = moment.counted(&key.context, origin);
                add(counted.component, counted.marks, n);
            })?;
        }
    }
    let totals = totals.into_values().filter_map(|(component, marks, n)| {
        let events = u64::try_from(n).ok().filter(|n| *n > 0)?;
        Some(EventTotal { component, marks, events })
    });
    Ok(totals.collect())
}
