//! From JSON to an event that is not checked yet, and to the little else that a spool is read for.

use std::borrow::Cow;

use super::json::Json;
use super::raw::{RawCells, RawEvent, RawMap, RawValue};
use crate::event::Seconds;
use crate::id::Id;
use crate::limits::MAX_ENTRIES;

/// Reads one event as [`push_event`](crate::encode::push_event) wrote it.
#[must_use]
pub fn event(json: &str) -> Option<RawEvent<'_>> {
    let mut event = RawEvent::default();
    let mut name = None;
    let mut time = None;
    Json::read(json, |json| {
        json.object(|json, key| match key {
            "name" => once(&mut name, text(json)),
            "time" => once(&mut time, json.number()),
            "command" => once(&mut event.command, text(json)),
            "run" => once(&mut event.run, id(json)),
            "error" => once(&mut event.error, json.flag()),
            "unfinished" => once(&mut event.unfinished, json.flag()),
            "server" => once(&mut event.server, id(json)),
            "server_version" => once(&mut event.server_version, text(json)),
            "cli" => once(&mut event.cli, id(json)),
            "session" => once(&mut event.session, id(json)),
            "action" => once(&mut event.action, text(json)),
            "route" => once(&mut event.route, text(json)),
            "counts" => once(&mut event.counts, map(json, cells)),
            "timings" => once(&mut event.timings, map(json, |json| list(json, |json| map(json, value)))),
            "fields" => once(&mut event.fields, map(json, value)),
            "times" => once(&mut event.times, json.number()),
            _ => None,
        })
    })?;
    event.name = name?;
    event.time = time?;
    Some(event)
}

/// Reads counted drops as [`push_outcomes`](crate::encode::push_outcomes) wrote them. The reasons are as they stand
/// there: a newer version may know more.
#[must_use]
pub fn outcomes(json: &str) -> Option<RawMap<'_, u64>> {
    Json::read(json, |json| map(json, Json::number))
}

/// The time of the oldest event in the body of a batch, the far future in one without events; `None` where it is not
/// a body. Reads no more of it than that: a newer version may have written it.
#[must_use]
pub fn oldest_time(body: &str) -> Option<Seconds> {
    let mut wire = None;
    let mut oldest = None;
    Json::read(body, |json| {
        json.object(|json, key| match key {
            "wire" => once(&mut wire, json.number()),
            "events" => once(&mut oldest, oldest_of(json)),
            _ => json.skip(),
        })
    })?;
    wire.and(oldest)
}

fn oldest_of(json: &mut Json<'_>) -> Option<Seconds> {
    let mut oldest = Seconds::MAX;
    json.list(|json| {
        let mut time = None;
        json.object(|json, key| match key {
            "time" => once(&mut time, json.number()),
            _ => json.skip(),
        })?;
        oldest = oldest.min(time?);
        Some(())
    })?;
    Some(oldest)
}

/// Takes the value of a key that may stand once.
pub(super) fn once<T>(slot: &mut Option<T>, value: Option<T>) -> Option<()> {
    if slot.is_some() {
        return None;
    }
    *slot = Some(value?);
    Some(())
}

fn text<'a>(json: &mut Json<'a>) -> Option<Cow<'a, str>> {
    json.text().map(Cow::Borrowed)
}

fn id(json: &mut Json<'_>) -> Option<Id> {
    json.text().and_then(Id::parse)
}

fn map<'a, T>(
    json: &mut Json<'a>,
    mut value: impl FnMut(&mut Json<'a>) -> Option<T>,
) -> Option<RawMap<'a, T>> {
    let mut entries: RawMap<'a, T> = Vec::new();
    json.object(|json, key| {
        if entries.len() == MAX_ENTRIES || entries.iter().any(|(known, _)| known == key) || key.contains('\\')
        {
            return None;
        }
        entries.push((Cow::Borrowed(key), value(json)?));
        Some(())
    })?;
    Some(entries)
}

pub(super) fn list<'a, T>(
    json: &mut Json<'a>,
    mut item: impl FnMut(&mut Json<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    let mut items = Vec::new();
    json.list(|json| {
        if items.len() == MAX_ENTRIES {
            return None;
        }
        items.push(item(json)?);
        Some(())
    })?;
    Some(items)
}

fn value<'a>(json: &mut Json<'a>) -> Option<RawValue<'a>> {
    match json.peek()? {
        b'"' => text(json).map(RawValue::Text),
        b'[' => list(json, text).map(RawValue::List),
        b't' | b'f' => json.flag().map(RawValue::Flag),
        _ => json.number().map(RawValue::Number),
    }
}

fn cells<'a>(json: &mut Json<'a>) -> Option<RawCells<'a>> {
    match json.peek()? {
        b'{' => map(json, Json::number).map(RawCells::By),
        _ => json.number().map(RawCells::One),
    }
}
