//! Questions about sets of installations.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aboveboard_store::calendar::{Day, HourOfDay};
use aboveboard_store::context::{Context, ContextFilter};
use aboveboard_store::installation_set::InstallationSet;
use aboveboard_store::limits::OPEN_DAYS;
use aboveboard_store::read::{Days, EachSet, EndingSet, InstallationKey, ReadResult, Selection, Usage};
use aboveboard_types::event::Ending;

use super::members::{Part, Void};
use super::moment::{ContextTable, Moment, Origin};
use super::retirement::retired_and_cleared;
use crate::closed::{MemberKey, Periods, SetAxis};
use crate::rollup::ending_of;
use crate::state::InstallationState;

/// How far the first day of an installation may have moved back since it was first kept: an event is so many days old at most when it
/// comes, and the clocks of two collectors may differ.
const MAX_MOVED: Day = 2 * OPEN_DAYS;

impl From<Days> for Periods {
    fn from(days: Days) -> Self {
        Self { first: days.first, last: days.last }
    }
}

/// Puts sets together, those of one period after those of the one before. Sets for which `key_of` gives nothing are left out, and those
/// with no member.
fn put_together<K: Ord>(
    moment: &Moment<'_>,
    (axis, name): (SetAxis, Option<&str>),
    periods: Periods,
    mut key_of: impl FnMut(&MemberKey, Origin) -> Option<K>,
    mut each: impl FnMut(i32, K, InstallationSet),
) -> ReadResult<()> {
    let mut period = i32::MIN;
    let mut sets: BTreeMap<K, InstallationSet> = BTreeMap::new();
    let mut give = |period, sets: &mut BTreeMap<K, InstallationSet>| {
        let there = std::mem::take(sets).into_iter().filter(|(_, set)| !set.is_empty());
        there.for_each(|(of, set)| each(period, of, set));
    };
    moment.sets(axis, name, periods, &mut |key, origin, part| {
        if key.period != period {
            give(period, &mut sets);
            period = key.period;
        }
        if let Some(of) = key_of(key, origin) {
            part.add_to(sets.entry(of).or_default());
        }
    })?;
    give(period, &mut sets);
    Ok(())
}

/// Sets by period and context.
fn by_context(
    moment: &Moment<'_>,
    (axis, filter): (SetAxis, &ContextFilter),
    periods: Periods,
    each: &mut dyn FnMut(i32, &Context, InstallationSet),
) -> ReadResult<()> {
    let contexts = std::cell::RefCell::new(ContextTable::new(moment, filter));
    let place = |key: &MemberKey, origin| contexts.borrow_mut().find(key.context.as_ref()?, origin);
    put_together(moment, (axis, None), periods, place, |period, place, set| {
        let context = contexts.borrow().get(place).clone();
        each(period, &context, set);
    })
}

pub(super) fn active(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    each: &mut dyn FnMut(Day, &Context, InstallationSet),
) -> ReadResult<()> {
    by_context(moment, (SetAxis::Active, of.contexts), moment.kept(of.days).into(), each)
}

pub(super) fn received(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    each: &mut dyn FnMut(Day, &Context, InstallationSet),
) -> ReadResult<()> {
    by_context(moment, (SetAxis::ReceivedDay, of.contexts), moment.received(of.days).into(), each)
}

pub(super) fn received_by_hour(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    each: &mut dyn FnMut(HourOfDay, &Context, InstallationSet),
) -> ReadResult<()> {
    let hours = moment.received_hours(of.days);
    by_context(moment, (SetAxis::ReceivedHour, of.contexts), hours, &mut |hour, context, set| {
        each(hour_of_day(hour), context, set);
    })
}

pub(super) fn used(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    usage: &Usage,
    each: EachSet<'_>,
) -> ReadResult<()> {
    let (axis, name) = match usage {
        Usage::Report => (SetAxis::Report, ""),
        Usage::Command(name) => (SetAxis::Command, name.as_str()),
        Usage::Action(name) => (SetAxis::Action, name.as_str()),
        Usage::Event(name) => (SetAxis::Declared, name.as_str()),
    };
    let mut contexts = ContextTable::new(moment, of.contexts);
    let is_selected = |key: &MemberKey, origin| contexts.find(key.context.as_ref()?, origin).map(drop);
    let periods = moment.kept(of.days).into();
    put_together(moment, (axis, Some(name)), periods, is_selected, |day, (), set| each(day, set))
}

pub(super) fn succeeded(moment: &Moment<'_>, days: Days, each: EachSet<'_>) -> ReadResult<()> {
    let left = successes_left(moment, days)?;
    let periods = moment.kept(days).into();
    put_together(
        moment,
        (SetAxis::Success, None),
        periods,
        |_, _| Some(()),
        |day, (), mut set| {
            if let Some(left) = &left
                && day <= left.until
            {
                set.intersect(left.by_day.get(&day).unwrap_or(&InstallationSet::default()));
            }
            if !set.is_empty() {
                each(day, set);
            }
        },
    )
}

/// Who can have had a success on each day up to one, by what is left of it.
struct SuccessesLeft {
    until: Day,
    by_day: BTreeMap<Day, InstallationSet>,
}

/// Where what went by a name went behind closed days, a success may have gone with it: one is left to whom a command that ended well is
/// left, or a report.
fn successes_left(moment: &Moment<'_>, days: Days) -> ReadResult<Option<SuccessesLeft>> {
    let Some(until) = moment.of.items().iter().map(|(order, _)| order.day()).max() else { return Ok(None) };
    let Days { first, last } = moment.kept(days);
    let periods = Periods { first, last: last.min(until) };
    let mut by_day: BTreeMap<Day, InstallationSet> = BTreeMap::new();
    for axis in [SetAxis::Command, SetAxis::Report] {
        moment.sets(axis, None, periods, &mut |key, _, part| {
            if ending_of(key.detail) == Ending::Success {
                part.add_to(by_day.entry(key.period).or_default());
            }
        })?;
    }
    Ok(Some(SuccessesLeft { until, by_day }))
}

pub(super) fn endings(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    is_received: bool,
    each: &mut dyn FnMut(EndingSet<'_>),
) -> ReadResult<()> {
    let (axis, days) = if is_received {
        (SetAxis::ReceivedEnding, moment.received(of.days))
    } else {
        (SetAxis::Command, moment.kept(of.days))
    };
    let contexts = std::cell::RefCell::new(ContextTable::new(moment, of.contexts));
    let key_of = |key: &MemberKey, origin| {
        let place = contexts.borrow_mut().find(key.context.as_ref()?, origin)?;
        Some((Arc::clone(&key.name), key.detail, place))
    };
    put_together(moment, (axis, None), days.into(), key_of, |day, (command, detail, place), installations| {
        let context = contexts.borrow().get(place).clone();
        let ending = ending_of(detail);
        each(EndingSet { day, command: &command, ending, context: &context, installations });
    })
}

pub(super) fn retired(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    each: &mut dyn FnMut(Day, &Context, u64),
) -> ReadResult<()> {
    for ((day, _), (context, installations)) in retired_counts(moment, of.days, of.contexts)? {
        each(day, &context, installations);
    }
    Ok(())
}

pub(super) fn retired_days(moment: &Moment<'_>, days: Days) -> ReadResult<Vec<Day>> {
    let all = retired_counts(moment, days, &ContextFilter::everything())?;
    let days: BTreeSet<Day> = all.into_keys().map(|(day, _)| day).collect();
    Ok(days.into_iter().collect())
}

/// How many installations were active on retired days, by day and the place of the context. Where the sets of a day are still there,
/// their number was not kept yet.
fn retired_counts(
    moment: &Moment<'_>,
    days: Days,
    filter: &ContextFilter,
) -> ReadResult<BTreeMap<(Day, usize), (Context, u64)>> {
    let mut contexts = ContextTable::new(moment, filter);
    let mut counts: BTreeMap<(Day, usize), (Context, u64)> = BTreeMap::new();
    let mut kept: BTreeSet<Day> = BTreeSet::new();
    // What is kept of a day counts once its sets do not.
    let last = days.last.min(moment.of.kept_from().saturating_sub(1));
    if days.first > last {
        return Ok(counts);
    }
    for (day, context, installations) in moment.closed.retired(moment.product, Days { last, ..days })? {
        kept.insert(day);
        if retired_and_cleared(moment, day, &context) {
            continue;
        }
        // Its names are those of the day on which it was kept at the latest.
        let origin = moment.closed.last().map_or(Origin::Open, Origin::Closed);
        if let Some(place) = contexts.find(&context, origin) {
            let counted = contexts.get(place).clone();
            let count = counts.entry((day, place)).or_insert((counted, 0));
            count.1 = count.1.saturating_add(installations);
        }
    }
    let mut left: HashMap<(Day, usize), InstallationSet> = HashMap::new();
    moment.sets(SetAxis::Active, None, Periods { first: days.first, last }, &mut |key, origin, part| {
        let place = key.context.as_ref().and_then(|context| contexts.find(context, origin));
        if let Some(place) = place.filter(|_| !kept.contains(&key.period)) {
            part.add_to(left.entry((key.period, place)).or_default());
        }
    })?;
    for ((day, place), members) in left.into_iter().filter(|(_, members)| !members.is_empty()) {
        counts.insert((day, place), (contexts.get(place).clone(), members.len()));
    }
    Ok(counts)
}

/// The installations whose first day of one kind lies within some days.
pub(super) fn first(moment: &Moment<'_>, axis: SetAxis, days: Days, each: EachSet<'_>) -> ReadResult<()> {
    first_sets(moment, axis, days)?.into_iter().for_each(|(day, set)| each(day, set));
    Ok(())
}

/// The first day of one kind of each installation for which it lies within some days.
pub(super) fn first_days(
    moment: &Moment<'_>,
    axis: SetAxis,
    days: Days,
) -> ReadResult<BTreeMap<InstallationKey, Day>> {
    let sets = first_sets(moment, axis, days)?.into_iter();
    let keys = |(day, set): (Day, InstallationSet)| {
        moment.numbers.keys(set.members()).into_iter().map(move |installation| (installation, day))
    };
    Ok(sets.flat_map(keys).collect())
}

/// Each installation on the first day of one kind that it has, where that lies within some days.
fn first_sets(moment: &Moment<'_>, axis: SetAxis, days: Days) -> ReadResult<BTreeMap<Day, InstallationSet>> {
    let day_of = |state: &InstallationState| match axis {
        SetAxis::FirstReceived => state.received,
        _ => state.first,
    };
    let mut sets: BTreeMap<Day, InstallationSet> = BTreeMap::new();
    // Of those that sent something since, what is known now counts.
    let mut known = InstallationSet::default();
    for (installation, state) in moment.open.states(moment.product) {
        let member = moment.numbers.member(installation);
        known.insert(member);
        if let Some(day) = day_of(state) {
            sets.entry(day).or_default().insert(member);
        }
    }
    let mut closed: BTreeMap<Day, InstallationSet> = BTreeMap::new();
    let mut void = Void::of(moment);
    let reach = Periods { first: days.first.saturating_sub(MAX_MOVED), last: days.last };
    moment.closed.members(moment.product, axis, None, reach, &mut |key, day, members| {
        let mut new = InstallationSet::default();
        Part::Closed(members, void.on(day)).add_to(&mut new);
        // Days ascend, so whoever came before has an earlier one.
        new.subtract(&known);
        known.unite(&new);
        closed.entry(key.period).or_default().unite(&new);
    })?;
    ask_states(moment, &mut closed, day_of)?;
    for (day, set) in closed {
        sets.entry(day).or_default().unite(&set);
    }
    sets.retain(|day, set| (days.first..=days.last).contains(day) && !set.is_empty());
    Ok(sets)
}

/// Asks for the day of those that retention may have passed over since: they are gone, or came again as new ones.
fn ask_states(
    moment: &Moment<'_>,
    first: &mut BTreeMap<Day, InstallationSet>,
    day_of: impl Fn(&InstallationState) -> Option<Day>,
) -> ReadResult<()> {
    // What was received later may still be of days before.
    let asked_until = moment.of.kept_from().saturating_add(MAX_MOVED);
    let later = first.split_off(&asked_until);
    let asked = std::mem::replace(first, later).into_values();
    let asked: Vec<_> = asked.flat_map(|set| moment.numbers.keys(set.members())).collect();
    if asked.is_empty() {
        return Ok(());
    }
    for (key, day, state) in moment.closed.states(moment.product, &asked)? {
        if let Some(first_day) = day_of(&state).filter(|_| !moment.is_gone(key, day, &state)) {
            first.entry(first_day).or_default().insert(moment.numbers.member(key));
        }
    }
    Ok(())
}

/// An hour since 1970 as an hour of a day.
pub(super) fn hour_of_day(hour: i32) -> HourOfDay {
    HourOfDay { day: hour.div_euclid(24), hour: u8::try_from(hour.rem_euclid(24)).unwrap_or(0) }
}
