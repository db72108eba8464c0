//! What is held of one installation, for whoever has it: each event once, with how often, a page of some days at a time.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use aboveboard_store::calendar::Day;
use aboveboard_store::context::Context;
use aboveboard_store::read::{BatchRow, ReadResult, RowEvent};
use aboveboard_types::declaration::Declaration;
use serde_json::{Map, Value, json};

use super::keyed::Key;
use super::line::{COLUMNS, LineWriter};
use super::request::ExportFormat;
use crate::dates::iso;

/// About how many bytes a page holds: agents read no more than 64 KiB of a reply.
const MAX_HELD_BYTES: usize = 40 * 1024;

/// What of a line says nothing to the installation itself, or stands above the lines.
const LEFT_OUT: [&str; 2] = ["day", "installation"];

/// A page while it is filled.
#[derive(Debug)]
pub(crate) struct HeldPage<'d> {
    declaration: Option<&'d Declaration>,
    /// Names other installations, such as the server of a command, for this page alone.
    key: Key,
    days: BTreeMap<Day, HeldDay>,
    bytes: usize,
}

/// What is held of one day.
#[derive(Debug, Default)]
struct HeldDay {
    /// Where the line of each event is. Most events come often, and to write a line costs more than to find it.
    known: HashMap<Context, HashMap<RowEvent, usize>>,
    /// Each event as a line, and how often it is held.
    events: Vec<(String, u64)>,
    /// Events for which the page has no room.
    left_out: u64,
}

impl<'d> HeldPage<'d> {
    /// An empty page.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn new(declaration: Option<&'d Declaration>) -> ReadResult<Self> {
        let key = Key::for_answer()?;
        Ok(Self { declaration, key, days: BTreeMap::new(), bytes: 0 })
    }

    /// Adds a row, unless it begins a day for which the page has no room: the next page begins with that day.
    pub(crate) fn add(&mut self, day: Day, row: BatchRow) -> ControlFlow<()> {
        if self.bytes > MAX_HELD_BYTES / 2 && !self.days.contains_key(&day) {
            return ControlFlow::Break(());
        }
        let writer =
            LineWriter { format: ExportFormat::JsonLines, key: &self.key, declaration: self.declaration };
        let held = self.days.entry(day).or_default();
        for event in &row.events {
            let known = held.known.get(&row.context).and_then(|known| known.get(event));
            if let Some(at) = known {
                held.events[*at].1 += 1;
                continue;
            }
            // With one left out, nothing new of the day is written: each line costs, also one that does not fit.
            if held.left_out > 0 {
                held.left_out += 1;
                continue;
            }
            let line = line(&writer, day, &row, event);
            if self.bytes + line.len() > MAX_HELD_BYTES {
                held.left_out += 1;
                continue;
            }
            // With what is written around each line.
            self.bytes += line.len() + 16;
            let known = held.known.entry(row.context.clone()).or_default();
            known.insert(event.clone(), held.events.len());
            held.events.push((line, 1));
        }
        ControlFlow::Continue(())
    }

    /// The days of the page.
    pub(crate) fn finish(self) -> Vec<Value> {
        let days = self.days.into_iter().map(|(day, mut held)| {
            held.events.sort();
            let events: Vec<Value> =
                held.events.into_iter().map(|(line, times)| counted(&line, times)).collect();
            json!({"day": iso(day), "events": events, "left_out": held.left_out})
        });
        days.collect()
    }
}

/// An event as a line.
fn line(writer: &LineWriter<'_>, day: Day, row: &BatchRow, event: &RowEvent) -> String {
    let cells = COLUMNS.into_iter().zip(writer.cells(day, row, event));
    let line: Map<String, Value> = cells
        .filter(|(column, value)| !LEFT_OUT.contains(column) && !is_empty(value))
        .map(|(column, value)| (column.to_owned(), value))
        .collect();
    Value::Object(line).to_string()
}

/// A line as an object, with how often it is held.
fn counted(line: &str, times: u64) -> Value {
    let mut event: Value = serde_json::from_str(line).unwrap_or_default();
    event["held"] = json!(times);
    event
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}
