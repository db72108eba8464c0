//! What is held of one installation, for whoever has it: each event once, with how often, a page of some days at a time.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::{BatchRow, ReadResult};
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
    next: Option<Day>,
}

/// What is held of one day.
#[derive(Debug, Default)]
struct HeldDay {
    /// Each event as a line, and how often it is held.
    events: BTreeMap<String, u64>,
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
        Ok(Self { declaration, key, days: BTreeMap::new(), bytes: 0, next: None })
    }

    /// Adds a row, unless it begins a day for which the page has no room: the next page begins with that day.
    pub(crate) fn add(&mut self, day: Day, row: &BatchRow) -> ControlFlow<()> {
        if self.bytes > MAX_HELD_BYTES / 2 && !self.days.contains_key(&day) {
            self.next = Some(day);
            return ControlFlow::Break(());
        }
        let writer =
            LineWriter { format: ExportFormat::JsonLines, key: &self.key, declaration: self.declaration };
        let held = self.days.entry(day).or_default();
        for event in &row.events {
            let cells = COLUMNS.into_iter().zip(writer.cells(day, row, event));
            let line: Map<String, Value> = cells
                .filter(|(column, value)| !LEFT_OUT.contains(column) && !is_empty(value))
                .map(|(column, value)| (column.to_owned(), value))
                .collect();
            let line = Value::Object(line).to_string();
            if let Some(times) = held.events.get_mut(&line) {
                *times += 1;
            } else if self.bytes + line.len() > MAX_HELD_BYTES {
                held.left_out += 1;
            } else {
                // With what is written around each line.
                self.bytes += line.len() + 16;
                held.events.insert(line, 1);
            }
        }
        ControlFlow::Continue(())
    }

    /// The days of the page, and the day with which the next page begins, if there is one.
    pub(crate) fn finish(self) -> (Vec<Value>, Option<Day>) {
        let days = self.days.into_iter().map(|(day, held)| {
            let events: Vec<Value> =
                held.events.into_iter().map(|(line, times)| counted(&line, times)).collect();
            json!({"day": iso(day), "events": events, "left_out": held.left_out})
        });
        (days.collect(), self.next)
    }
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
