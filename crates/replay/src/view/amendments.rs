//! What a change by an operator would take out.

use std::collections::BTreeSet;

use aboveboard_store::amendment::Change;
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::context::ContextFilter;
use aboveboard_store::read::{Affected, Days, InstallationKey, ReadResult};
use aboveboard_store::verification::days_to_verify;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Mark;
use aboveboard_types::value::Version;

use super::moment::{Moment, RemovedCell};
use super::sets::first_days;
use crate::closed::SetAxis;

pub(super) fn affected(
    moment: &Moment<'_>,
    change: &Change,
    (day, report_interval): (Day, u64),
    removed: &[RemovedCell],
) -> ReadResult<Affected> {
    let installations = installations(moment, change, (day, report_interval))?.len() as u64;
    let mut events = 0;
    if let Change::EraseItem(name) = change {
        for axis in [Axis::Command, Axis::Action, Axis::Declared] {
            let cells = moment.cells(axis, Days::ALL, &ContextFilter::everything(), removed)?;
            let own = cells.into_iter().filter(|(cell, _)| *cell.name == **name);
            events += own.map(|(_, n)| n).sum::<u64>();
        }
    }
    Ok(Affected { installations, events })
}

/// The installations that a change takes out whole, if it is asked for on a day of receipt.
pub(super) fn installations(
    moment: &Moment<'_>,
    change: &Change,
    (day, report_interval): (Day, u64),
) -> ReadResult<BTreeSet<InstallationKey>> {
    match change {
        Change::EraseUnverified => unverified(moment, day, report_interval),
        Change::EraseSince(day) => arrived_from(moment, *day),
        Change::EraseVersion(version) => only_with(moment, *version),
        _ => Ok(BTreeSet::new()),
    }
}

fn arrived_from(moment: &Moment<'_>, day: Day) -> ReadResult<BTreeSet<InstallationKey>> {
    let days = Days { first: day, last: Day::MAX };
    Ok(first_days(moment, SetAxis::FirstReceived, days)?.into_keys().collect())
}

fn unverified(moment: &Moment<'_>, day: Day, report_interval: u64) -> ReadResult<BTreeSet<InstallationKey>> {
    let from = |component| day.saturating_sub(days_to_verify(component, report_interval)).saturating_add(1);
    let mut gone = arrived_from(moment, from(Component::Cli))?;
    // Servers that report seldom are verified later.
    let new = arrived_from(moment, from(Component::Server))?;
    moment.members(SetAxis::Active, None, moment.kept(Days::ALL).into(), &mut |key, _, installation| {
        let is_server = key.context.as_ref().is_some_and(|of| of.component == Component::Server);
        if is_server && new.contains(&installation) {
            gone.insert(installation);
        }
    })?;
    Ok(gone)
}

/// Those that were seen with this version and with no other.
fn only_with(moment: &Moment<'_>, version: Version) -> ReadResult<BTreeSet<InstallationKey>> {
    apart(moment, |context| context.version == version)
}

/// Those that were only ever seen in synthetic batches.
pub(super) fn synthetic(moment: &Moment<'_>) -> ReadResult<BTreeSet<InstallationKey>> {
    apart(moment, |context| context.marks.has(Mark::Synthetic))
}

/// Those that were only ever active in contexts of one kind.
fn apart(
    moment: &Moment<'_>,
    is_one: impl Fn(&aboveboard_store::context::Context) -> bool,
) -> ReadResult<BTreeSet<InstallationKey>> {
    let everything = ContextFilter::everything();
    let mut contexts = super::moment::ContextTable::new(moment, &everything);
    let mut with = BTreeSet::new();
    let mut without = BTreeSet::new();
    moment.members(
        SetAxis::Active,
        None,
        moment.kept(Days::ALL).into(),
        &mut |key, origin, installation| {
            let place = key.context.as_ref().and_then(|context| contexts.find(context, origin));
            let Some(place) = place else { return };
            let set = if is_one(contexts.get(place)) { &mut with } else { &mut without };
            set.insert(installation);
        },
    )?;
    Ok(with.difference(&without).copied().collect())
}
