//! Questions about single installations.

use std::borrow::Cow;
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::contributions::Presence;
use aboveboard_store::read::{Days, InstallationKey, LastReport, ReadResult, ReportedCount, Selection};

use super::moment::{ContextTable, Moment, Origin};
use crate::batch::SentContext;
use crate::items;
use crate::order::Order;
use crate::state::InstallationState;

/// What is known of an installation; none where nothing is.
pub(super) fn state<'m>(
    moment: &'m Moment<'_>,
    installation: InstallationKey,
) -> ReadResult<Option<Cow<'m, InstallationState>>> {
    if moment.open.knows(moment.product, installation) {
        return Ok(moment.open.state(moment.product, installation).map(Cow::Borrowed));
    }
    let known = moment.closed.states(moment.product, &[installation])?;
    let there = known.into_iter().find(|(key, day, state)| !moment.is_gone(*key, *day, state));
    Ok(there.map(|(_, _, state)| Cow::Owned(state)))
}

pub(super) fn life(moment: &Moment<'_>, installation: InstallationKey) -> ReadResult<Option<Days>> {
    let state = state(moment, installation)?;
    Ok(state.and_then(|state| Some(Days { first: state.first?, last: state.last? })))
}

pub(super) fn first_receipt(moment: &Moment<'_>, installation: InstallationKey) -> ReadResult<Option<Day>> {
    Ok(state(moment, installation)?.and_then(|state| state.received))
}

pub(super) fn presences(moment: &Moment<'_>, installation: InstallationKey) -> ReadResult<Vec<Presence>> {
    let state = state(moment, installation)?;
    Ok(state.into_iter().flat_map(|state| kept_presences(moment, &state)).collect())
}

/// The presences of an installation whose periods retention has not passed over.
pub(super) fn kept_presences(moment: &Moment<'_>, state: &InstallationState) -> Vec<Presence> {
    let kept_from = moment.of.kept_from();
    state.presences.values().filter(|presence| presence.days.last >= kept_from).copied().collect()
}

pub(super) fn last_reports(
    moment: &Moment<'_>,
    of: &Selection<'_>,
    each: &mut dyn FnMut(LastReport<'_>),
) -> ReadResult<()> {
    let mut contexts = ContextTable::new(moment, of.contexts);
    let days = moment.kept(of.days);
    each_last_report(moment, &mut |installation, origin, context, (day, _), counts| {
        let is_asked_for = (days.first..=days.last).contains(&day);
        if is_asked_for && contexts.find(context, origin).is_some() {
            each(LastReport { installation: moment.numbers.member(installation), counts });
        }
    })
}

/// Takes a last report: whose it is, where it comes from, what recorded it, its day and hour, and what is left of its counts.
pub(super) type EachReport<'e> =
    &'e mut dyn FnMut(InstallationKey, Origin, &Arc<SentContext>, (Day, u8), &[ReportedCount]);

/// Gives the last report of each installation that has one, with what is left of its counts.
pub(super) fn each_last_report(moment: &Moment<'_>, each: EachReport<'_>) -> ReadResult<()> {
    moment.closed.latest(moment.product, &mut |installation, day, report| {
        if moment.open.knows(moment.product, installation) || moment.is_void(installation, day) {
            return;
        }
        let origin = Origin::Closed(day);
        let gone: Vec<&str> = moment.of.items_behind(Order::end_of(day)).collect();
        if gone.is_empty() {
            each(installation, origin, &report.context, report.when, &report.counts);
        } else {
            let counts = items::counts_without(&report.counts, &gone);
            each(installation, origin, &report.context, report.when, &counts);
        }
    })?;
    for (installation, context, report) in moment.open.latest(moment.product) {
        each(installation, Origin::Open, &context, report.when, &report.counts);
    }
    Ok(())
}

/// Gives what is known of each installation.
pub(super) fn each_state(
    moment: &Moment<'_>,
    each: &mut dyn FnMut(InstallationKey, &InstallationState),
) -> ReadResult<()> {
    let mut from = Some(InstallationKey(0));
    while let Some(first) = from {
        from = moment.closed.known(moment.product, first, &mut |installation, day, state| {
            let is_open = moment.open.knows(moment.product, installation);
            if !is_open && !moment.is_gone(installation, day, &state) {
                each(installation, &state);
            }
        })?;
    }
    for (installation, state) in moment.open.states(moment.product) {
        each(installation, state);
    }
    Ok(())
}
