//! Events.

use std::sync::Arc;

use aboveboard_store::read::{InstallationKey, ReportedCount, RequestSum, RowSum};
use aboveboard_types::event::Ending;
use aboveboard_types::id::Id;

use super::context::{place, push_naming, push_version, take_naming, take_version};
use super::read::{Bytes, NotEncoded};
use super::write::Form;
use crate::batch::{ReportedCell, ReportedTiming, ReportedTimings, SentEvent, SentKind, SentValue};

const COMMAND: u64 = 0;
const CONSOLE: u64 = 1;
const REPORT: u64 = 2;
const REQUESTS: u64 = 3;
const DECLARED: u64 = 4;
/// How many kinds of event there are.
const KINDS: u64 = 5;

/// How a command ended, each at its stored number.
const ENDINGS: [(Ending, ()); 3] = [(Ending::Success, ()), (Ending::Error, ()), (Ending::Unfinished, ())];

/// Events, each with its day as the difference to the one before.
pub(super) fn push_events(form: &mut Form, events: &[SentEvent]) {
    let mut before = 0_i64;
    form.list(events.iter(), |form, event| {
        let day = i64::from(event.day);
        form.signed(day - before);
        before = day;
        form.number(u64::from(event.hour) * KINDS + kind(&event.what));
        push(form, &event.what);
    });
}

pub(super) fn take_events(bytes: &mut Bytes<'_>) -> Result<Vec<SentEvent>, NotEncoded> {
    let mut before = 0_i64;
    bytes.list(|bytes| {
        let after: i64 = bytes.signed()?;
        before = before.checked_add(after).ok_or(NotEncoded)?;
        let day = i32::try_from(before).map_err(|_| NotEncoded)?;
        let head = bytes.number()?;
        let hour = u8::try_from(head / KINDS).map_err(|_| NotEncoded)?;
        if hour > 23 {
            return Err(NotEncoded);
        }
        Ok(SentEvent { day, hour, what: take(bytes, head % KINDS)? })
    })
}

fn kind(what: &SentKind) -> u64 {
    match what {
        SentKind::Command { .. } => COMMAND,
        SentKind::Console { .. } => CONSOLE,
        SentKind::Report { .. } => REPORT,
        SentKind::Requests(_) => REQUESTS,
        SentKind::Declared { .. } => DECLARED,
    }
}

fn push(form: &mut Form, what: &SentKind) {
    match what {
        SentKind::Command { command, ending, server, server_version } => {
            form.text(command);
            form.number(place(&ENDINGS, ending));
            push_key(form, *server);
            form.option(*server_version, push_version);
        }
        SentKind::Console { action, route, server, cli } => {
            form.option(action.as_ref(), Form::text);
            form.text(route);
            push_key(form, *server);
            push_key(form, *cli);
        }
        SentKind::Report { counts, timings } => {
            push_counts(form, counts);
            form.option(timings.as_deref(), push_timings);
        }
        SentKind::Requests(sums) => form.list(sums.iter(), push_sum),
        SentKind::Declared { event, times, fields } => {
            form.text(event);
            form.number(*times);
            form.list(fields.iter(), |form, (field, value)| {
                form.text(field);
                push_value(form, value);
            });
        }
    }
}

fn take(bytes: &mut Bytes<'_>, kind: u64) -> Result<SentKind, NotEncoded> {
    Ok(match kind {
        COMMAND => SentKind::Command {
            command: bytes.text()?,
            ending: bytes.one_of(&ENDINGS)?,
            server: take_key(bytes)?,
            server_version: bytes.option(take_version)?,
        },
        CONSOLE => SentKind::Console {
            action: bytes.option(Bytes::text)?,
            route: bytes.text()?,
            server: take_key(bytes)?,
            cli: take_key(bytes)?,
        },
        REPORT => SentKind::Report {
            counts: take_counts(bytes)?,
            timings: bytes.option(take_timings)?.map(Box::new),
        },
        REQUESTS => SentKind::Requests(bytes.list(take_sum)?),
        _ => SentKind::Declared {
            event: bytes.text()?,
            times: bytes.number()?,
            fields: bytes.list(|bytes| Ok((bytes.text()?, take_value(bytes)?)))?,
        },
    })
}

/// A key is a hash, so that it takes its eight bytes.
pub(super) fn push_key(form: &mut Form, key: Option<InstallationKey>) {
    form.option(key, |form, key| form.bytes(&key.0.to_be_bytes()));
}

pub(super) fn take_key(bytes: &mut Bytes<'_>) -> Result<Option<InstallationKey>, NotEncoded> {
    bytes.option(|bytes| Ok(InstallationKey(u64::from_be_bytes(bytes.array()?))))
}

pub(super) fn push_counts(form: &mut Form, counts: &[ReportedCount]) {
    form.list(counts.iter(), |form, count| {
        form.text(&count.count);
        form.option(count.entry.as_ref(), Form::text);
        form.number(count.number);
    });
}

pub(super) fn take_counts(bytes: &mut Bytes<'_>) -> Result<Vec<ReportedCount>, NotEncoded> {
    bytes.list(|bytes| {
        let count = bytes.text()?;
        let entry = bytes.option(Bytes::text)?;
        Ok(ReportedCount { count, entry, number: bytes.number()? })
    })
}

fn push_timings(form: &mut Form, timings: &ReportedTimings) {
    form.bytes(timings.process.bytes());
    form.list(timings.of.iter(), |form, timing| {
        form.text(&timing.name);
        timing.a_second.iter().chain(&timing.left).for_each(|number| form.number(*number));
        form.list(timing.cells.iter(), |form, cell| {
            form.text(&cell.kind);
            form.number(cell.from);
            form.option(cell.below, Form::number);
            form.number(cell.count);
            form.number(cell.total);
            form.list(cell.parts.iter(), |form, (part, n)| {
                form.text(part);
                form.number(*n);
            });
        });
    });
}

fn take_timings(bytes: &mut Bytes<'_>) -> Result<ReportedTimings, NotEncoded> {
    let process = Id::from_bytes(bytes.array()?);
    let of = bytes.list(|bytes| {
        let name = bytes.text()?;
        let a_second = [bytes.number()?, bytes.number()?];
        let left = [bytes.number()?, bytes.number()?];
        Ok(ReportedTiming { name, a_second, left, cells: bytes.list(take_cell)? })
    })?;
    Ok(ReportedTimings { process, of })
}

fn take_cell(bytes: &mut Bytes<'_>) -> Result<ReportedCell, NotEncoded> {
    Ok(ReportedCell {
        kind: bytes.text()?,
        from: bytes.number()?,
        below: bytes.option(Bytes::number)?,
        count: bytes.number()?,
        total: bytes.number()?,
        parts: bytes.list(|bytes| Ok((bytes.text()?, bytes.number()?)))?,
    })
}

fn push_sum(form: &mut Form, sum: &RowSum) {
    form.text(&sum.name);
    form.number(sum.from);
    let (is_time, n) = match sum.sum {
        RequestSum::Requests(n) => (false, n),
        RequestSum::Milliseconds(n) => (true, n),
    };
    form.flag(is_time);
    form.number(n);
}

fn take_sum(bytes: &mut Bytes<'_>) -> Result<RowSum, NotEncoded> {
    let name: Arc<str> = bytes.text()?;
    let from = bytes.number()?;
    let of = if bytes.flag()? { RequestSum::Milliseconds } else { RequestSum::Requests };
    Ok(RowSum { name, from, sum: of(bytes.number()?) })
}

fn push_value(form: &mut Form, value: &SentValue) {
    match value {
        SentValue::Flag(flag) => {
            form.number(0);
            form.flag(*flag);
        }
        SentValue::Count(number) => {
            form.number(1);
            form.number(*number);
        }
        SentValue::Exact(number) => {
            form.number(2);
            form.number(*number);
        }
        SentValue::Choice(choice) => {
            form.number(3);
            form.text(choice);
        }
        SentValue::Version(version, naming) => {
            form.number(4);
            push_version(form, *version);
            push_naming(form, *naming);
        }
        SentValue::Country(letters) => {
            form.number(5);
            form.bytes(letters);
        }
        SentValue::NoMember => form.number(6),
    }
}

fn take_value(bytes: &mut Bytes<'_>) -> Result<SentValue, NotEncoded> {
    Ok(match bytes.number()? {
        0 => SentValue::Flag(bytes.flag()?),
        1 => SentValue::Count(bytes.number()?),
        2 => SentValue::Exact(bytes.number()?),
        3 => SentValue::Choice(bytes.text()?),
        4 => SentValue::Version(take_version(bytes)?, take_naming(bytes)?),
        5 => SentValue::Country(bytes.array()?),
        6 => SentValue::NoMember,
        _ => return Err(NotEncoded),
    })
}
