//! States.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_store::contributions::Presence;
use aboveboard_store::read::Days;
use aboveboard_store::sequence::SequenceWindow;
use aboveboard_types::id::Id;

use super::batch::{push_order, take_order};
use super::context::{push_context, take_context};
use super::event::{push_counts, take_counts};
use super::read::{Bytes, NotEncoded};
use super::write::Form;
use crate::state::{CountedDrops, DayTally, InstallationState, LatestReport, Process};

pub(super) fn push_state(form: &mut Form, state: &InstallationState) {
    for day in [state.first, state.last, state.received, state.heard] {
        form.option(day, |form, day| form.signed(day.into()));
    }
    form.signed(state.sequence.highest);
    form.bytes(&state.sequence.bits.to_be_bytes());
    form.option(state.spent, Form::signed);
    form.option(state.drops.day, |form, day| form.signed(day.into()));
    form.number(state.drops.number);
    form.option(state.erased, |form, (order, day)| {
        push_order(form, order);
        form.signed(day.into());
    });
    form.list(state.days.iter(), |form, (day, tally)| {
        form.signed((*day).into());
        for number in [tally.events, tally.reports, tally.bytes, tally.report_bytes] {
            form.number(number);
        }
    });
    form.list(state.processes.iter(), push_process);
    form.list(state.presences.values(), |form, presence| {
        form.signed(presence.days.first.into());
        form.signed(presence.days.last.into());
        form.bytes(&presence.value);
        form.number(presence.revision.into());
    });
    form.option(state.latest.as_ref(), push_latest);
}

pub(super) fn take_state(bytes: &mut Bytes<'_>) -> Result<InstallationState, NotEncoded> {
    let first = bytes.option(Bytes::signed)?;
    let last = bytes.option(Bytes::signed)?;
    let received = bytes.option(Bytes::signed)?;
    let heard = bytes.option(Bytes::signed)?;
    let highest = bytes.signed()?;
    let sequence = SequenceWindow { highest, bits: i64::from_be_bytes(bytes.array()?) };
    let spent = bytes.option(Bytes::signed)?;
    let drops = CountedDrops { day: bytes.option(Bytes::signed)?, number: bytes.number()? };
    let erased = bytes.option(|bytes| Ok((take_order(bytes)?, bytes.signed()?)))?;
    let days = ascending(bytes.list(|bytes| {
        let day = bytes.signed()?;
        let events = bytes.number()?;
        let reports = bytes.number()?;
        Ok((day, DayTally { events, reports, bytes: bytes.number()?, report_bytes: bytes.number()? }))
    })?)?;
    let processes = bytes.list(take_process)?;
    let presences = ascending(bytes.list(|bytes| {
        let days = Days { first: bytes.signed()?, last: bytes.signed()? };
        Ok((days, Presence { days, value: bytes.array()?, revision: bytes.small()? }))
    })?)?;
    let latest = bytes.option(take_latest)?;
    Ok(InstallationState {
        first,
        last,
        received,
        heard,
        sequence,
        spent,
        drops,
        erased,
        days,
        processes,
        presences,
        latest,
    })
}

fn push_process(form: &mut Form, process: &Process) {
    form.bytes(process.run.bytes());
    form.signed(process.day.into());
    form.list(process.sums.iter(), |form, ((name, is_time, from), n)| {
        form.text(name);
        form.flag(*is_time);
        form.number(*from);
        form.number(*n);
    });
}

fn take_process(bytes: &mut Bytes<'_>) -> Result<Process, NotEncoded> {
    let run = Id::from_bytes(bytes.array()?);
    let day = bytes.signed()?;
    let sums = ascending(bytes.list(|bytes| {
        let name: Arc<str> = bytes.text()?;
        Ok(((name, bytes.flag()?, bytes.number()?), bytes.number()?))
    })?)?;
    Ok(Process { run, day, sums })
}

pub(super) fn push_latest(form: &mut Form, latest: &LatestReport) {
    let (day, hour) = latest.when;
    form.signed(day.into());
    form.number(hour.into());
    push_context(form, &latest.context);
    push_counts(form, &latest.counts);
}

pub(super) fn take_latest(bytes: &mut Bytes<'_>) -> Result<LatestReport, NotEncoded> {
    let when = (bytes.signed()?, bytes.small()?);
    if when.1 > 23 {
        return Err(NotEncoded);
    }
    Ok(LatestReport { when, context: Arc::new(take_context(bytes)?), counts: take_counts(bytes)? })
}

/// A map of what is written in the order of its keys, each once.
fn ascending<K: Ord, V>(list: Vec<(K, V)>) -> Result<BTreeMap<K, V>, NotEncoded> {
    if list.windows(2).all(|pair| pair[0].0 < pair[1].0) {
        Ok(list.into_iter().collect())
    } else {
        Err(NotEncoded)
    }
}
