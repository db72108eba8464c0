//! Questions about what was received, and about the data itself.

use std::collections::BTreeMap;

use aboveboard_store::calendar::{Day, HourOfDay, day_of};
use aboveboard_store::limits::{OPEN_DAYS, RECEIPT_DAYS};
use aboveboard_store::read::{Days, QualityNote, ReadResult, Selection};
use aboveboard_types::declaration::Component;

use super::moment::{ContextTable, Moment, hours};
use super::sets::hour_of_day;
use crate::closed::{Periods, TallyKind};

/// Periods that none lies between: for tallies that have no period.
const NO_PERIODS: Periods = Periods { first: 1, last: 0 };

pub(super) fn quality(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    each: &mut dyn FnMut(QualityNote, u64),
) -> ReadResult<()> {
    let mut contexts = ContextTable::of_notes(moment, of.contexts);
    moment.tallies(of.days.into(), &mut |key, origin, number| {
        if let TallyKind::Note(note, context) = &key.kind
            && contexts.find(context, origin).is_some()
        {
            each(*note, u64::try_from(number).unwrap_or(0));
        }
    })
}

pub(super) fn received_from(moment: &Moment<'_>) -> ReadResult<Option<Day>> {
    let mut began: Option<i64> = None;
    moment.tallies(NO_PERIODS, &mut |key, _, at| {
        if let TallyKind::Began(..) = key.kind {
            began = Some(began.map_or(at, |known| known.min(at)));
        }
    })?;
    let known_from = moment.of.kept_from().max(moment.receipts_from(RECEIPT_DAYS));
    Ok(began.map(|at| day_of(at).max(known_from)))
}

/// The hours of some days of which it is known how many batches came.
pub(super) fn hours_of_batches(moment: &Moment<'_>, days: Days) -> Periods {
    hours(Days { first: days.first.max(moment.receipts_from(RECEIPT_DAYS)), last: days.last })
}

pub(super) fn batches_by_hour(
    moment: &Moment<'_>,
    days: Days,
    each: &mut dyn FnMut(HourOfDay, Component, u64),
) -> ReadResult<()> {
    let asked = hours_of_batches(moment, days);
    if asked.first > asked.last {
        return Ok(());
    }
    let mut sums: BTreeMap<(i32, &'static str), (Component, u64)> = BTreeMap::new();
    moment.tallies(asked, &mut |key, _, n| {
        if let TallyKind::Batches(component, _) = key.kind {
            let sum = sums.entry((key.period, component.name())).or_insert((component, 0));
            sum.1 = sum.1.saturating_add(u64::try_from(n).unwrap_or(0));
        }
    })?;
    for ((hour, _), (component, n)) in sums {
        each(hour_of_day(hour), component, n);
    }
    Ok(())
}

pub(super) fn last_received(moment: &Moment<'_>) -> ReadResult<Vec<(Component, i64)>> {
    let mut last: BTreeMap<&'static str, (Component, i64)> = BTreeMap::new();
    moment.tallies(NO_PERIODS, &mut |key, _, at| {
        if let TallyKind::Last(component, _) = key.kind {
            let known = last.entry(component.name()).or_insert((component, at));
            known.1 = known.1.max(at);
        }
    })?;
    Ok(last.into_values().collect())
}

/// The newest day of receipt of a product.
pub(super) fn newest(moment: &Moment<'_>) -> ReadResult<Option<Day>> {
    // Nothing is received behind its place in the order, so the newest is among the last days, or there was nothing for long.
    let recent =
        moment.closed.last().map(|last| Periods { first: last.saturating_sub(OPEN_DAYS), last: Day::MAX });
    let all = Periods { first: Day::MIN, last: Day::MAX };
    for periods in recent.into_iter().chain([all]) {
        let mut newest = None;
        moment.tallies(periods, &mut |key, _, _| {
            if let TallyKind::Note(..) = key.kind {
                newest = newest.max(Some(key.period));
            }
        })?;
        if newest.is_some() {
            return Ok(newest);
        }
    }
    Ok(None)
}
