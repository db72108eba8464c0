//! One event as a line: CSV or JSON.

use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::{BatchRow, FieldValue, InstallationKey, Recorded, RequestSum, RowEvent};
use aboveboard_types::declaration::{Declaration, FieldKind};
use aboveboard_types::envelope::CodingAgent;
use aboveboard_types::event::Ending;
use serde_json::{Map, Value, json};

use super::keyed::{Key, text};
use super::request::ExportFormat;
use crate::csv;
use crate::dates::iso;

/// The columns, in the order of the CSV.
pub(crate) const COLUMNS: [&str; 17] = [
    "day",
    "hour",
    "installation",
    "component",
    "version",
    "os",
    "arch",
    "marks",
    "agent",
    "kind",
    "name",
    "route",
    "ending",
    "server",
    "server_version",
    "cli",
    "values",
];

/// Writes the lines of one export.
#[derive(Debug)]
pub(super) struct LineWriter<'w> {
    pub(super) format: ExportFormat,
    pub(super) key: &'w Key,
    /// The newest declaration of the product, which tells a set of one member from a choice.
    pub(super) declaration: Option<&'w Declaration>,
}

impl LineWriter<'_> {
    /// Appends the line of one event of a row.
    pub(super) fn push(&self, out: &mut String, day: Day, row: &BatchRow, event: &RowEvent) {
        let cells = self.cells(day, row, event);
        match self.format {
            ExportFormat::Csv => {
                csv::line(out, cells.iter().map(|cell| csv::harmless(&plain(cell))));
            }
            ExportFormat::JsonLines => {
                let object: Map<_, _> = COLUMNS.map(str::to_owned).into_iter().zip(cells).collect();
                out.push_str(&Value::Object(object).to_string());
                out.push('\n');
            }
        }
    }

    /// The values of the columns of one event of a row.
    pub(super) fn cells(&self, day: Day, row: &BatchRow, event: &RowEvent) -> [Value; COLUMNS.len()] {
        let context = &row.context;
        let mut cells = [const { Value::Null }; COLUMNS.len()];
        let mut set = |column: &str, value: Value| {
            if value != ""
                && let Some(at) = COLUMNS.iter().position(|known| *known == column)
            {
                cells[at] = value;
            }
        };
        set("day", json!(iso(day)));
        set("hour", json!(event.hour));
        set("installation", self.id(Some(row.installation)));
        set("component", json!(context.component.name()));
        set("version", json!(context.version.to_string()));
        set("os", json!(*context.os));
        set("arch", json!(*context.arch));
        set("marks", json!(context.marks.names().collect::<Vec<_>>().join(" ")));
        set("agent", json!(context.marks.agent().map(CodingAgent::name)));
        let values = self.describe(&event.what, &mut set);
        set("values", Value::Object(values));
        cells
    }

    /// Sets the columns from `kind` on but the last, and returns what that holds.
    fn describe(&self, what: &Recorded, set: &mut impl FnMut(&str, Value)) -> Map<String, Value> {
        let mut values = Map::new();
        match what {
            Recorded::Command { command, ending, server, server_version } => {
                set("kind", json!("command"));
                set("name", json!(**command));
                let ending = match ending {
                    Ending::Success => "success",
                    Ending::Error => "error",
                    Ending::Unfinished => "unfinished",
                };
                set("ending", json!(ending));
                set("server", self.id(*server));
                set("server_version", json!(server_version.map(|version| version.to_string())));
            }
            Recorded::Console { action, route, server, cli } => {
                set("kind", json!(if action.is_none() { "view" } else { "action" }));
                set("name", json!(action.as_deref()));
                set("route", json!(**route));
                set("server", self.id(*server));
                set("cli", self.id(*cli));
            }
            Recorded::Report(counts) => {
                set("kind", json!("report"));
                for reported in counts {
                    let count = values.entry(&*reported.count).or_insert_with(|| json!({}));
                    match &reported.entry {
                        None => *count = json!(reported.number),
                        Some(entry) => count[&**entry] = json!(reported.number),
                    }
                }
            }
            // Of the requests of the interval that the report closes, as sums of how many and of milliseconds.
            Recorded::Requests(sums) => {
                set("kind", json!("timings"));
                for grown in sums {
                    let (unit, n) = match grown.sum {
                        RequestSum::Requests(n) => ("requests", n),
                        RequestSum::Milliseconds(n) => ("ms", n),
                    };
                    values.insert(format!("{} from {} {unit}", grown.name, grown.from), json!(n));
                }
            }
            Recorded::Declared { event, times, fields } => {
                set("kind", json!("event"));
                set("name", json!(**event));
                values = self.fields(event, fields);
                if *times > 1 {
                    values.insert("times".to_owned(), json!(times));
                }
            }
        }
        values
    }

    fn id(&self, installation: Option<InstallationKey>) -> Value {
        json!(text(self.key, installation))
    }

    fn fields(&self, event: &str, fields: &[(Arc<str>, FieldValue)]) -> Map<String, Value> {
        let mut values = Map::new();
        for (field, value) in fields {
            let field = field.strip_prefix(event).and_then(|rest| rest.strip_prefix('.')).unwrap_or(field);
            let value = match value {
                FieldValue::Flag(flag) => json!(flag),
                FieldValue::Number(number) => json!(number),
                FieldValue::Choice(name) => json!(**name),
                FieldValue::Version(version) => json!(version.to_string()),
                FieldValue::Country(letters) => json!(letters.map(char::from).iter().collect::<String>()),
                FieldValue::NoMember => Value::Null,
            };
            if self.is_set(event, field) {
                let members = values.entry(field.to_owned()).or_insert_with(|| json!([]));
                if let (Value::Array(members), false) = (members, value.is_null()) {
                    members.push(value);
                }
            } else {
                values.insert(field.to_owned(), value);
            }
        }
        values
    }

    fn is_set(&self, event: &str, field: &str) -> bool {
        let declared =
            self.declaration.and_then(|known| known.events.iter().find(|known| known.name == event));
        let field = declared.and_then(|known| known.fields.iter().find(|known| known.name == field));
        field.is_some_and(|known| matches!(known.kind, FieldKind::Set(_)))
    }
}

/// A value as a cell of text.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
