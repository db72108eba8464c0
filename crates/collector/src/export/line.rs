//! One event as a line: CSV or JSON.

use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::{BatchRow, FieldValue, InstallationKey, Recorded, RequestSum, RowEvent};
use aboveboard_types::declaration::{Declaration, FieldKind};
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;
use serde_json::{Map, Value, json};

use super::keyed::{Key, text};
use super::request::ExportFormat;
use crate::csv;
use crate::dates::iso;

/// The columns, in the order of the CSV.
pub(crate) const COLUMNS: [&str; 16] = [
    "day",
    "hour",
    "installation",
    "component",
    "version",
    "os",
    "arch",
    "marks",
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

/// The first line of a format that has one.
pub(super) fn head(format: ExportFormat) -> String {
    let mut out = String::new();
    if format == ExportFormat::Csv {
        csv::line(&mut out, COLUMNS);
    }
    out
}

/// What the columns from `kind` on hold of one event.
#[derive(Default)]
struct EventColumns<'e> {
    kind: &'static str,
    name: &'e str,
    route: &'e str,
    ending: &'static str,
    server: Option<InstallationKey>,
    server_version: Option<Version>,
    cli: Option<InstallationKey>,
    values: Map<String, Value>,
}

impl LineWriter<'_> {
    /// Appends the line of one event of a row.
    pub(super) fn push(&self, out: &mut String, day: Day, row: &BatchRow, event: &RowEvent) {
        let columns = self.columns(&event.what);
        let context = &row.context;
        let fields: [String; 15] = [
            iso(day),
            event.hour.to_string(),
            text(self.key, Some(row.installation)),
            context.component.name().to_owned(),
            context.version.to_string(),
            context.os.to_string(),
            context.arch.to_string(),
            context.marks.names().collect::<Vec<_>>().join(" "),
            columns.kind.to_owned(),
            columns.name.to_owned(),
            columns.route.to_owned(),
            columns.ending.to_owned(),
            text(self.key, columns.server),
            columns.server_version.map_or_else(String::new, |version| version.to_string()),
            text(self.key, columns.cli),
        ];
        match self.format {
            ExportFormat::Csv => {
                let values = Value::Object(columns.values).to_string();
                let cells = fields.iter().map(|field| csv::harmless(field));
                csv::line(out, cells.chain([csv::harmless(&values)]));
            }
            ExportFormat::JsonLines => {
                let value = |field: String| if field.is_empty() { Value::Null } else { json!(field) };
                let names = COLUMNS.iter().map(|column| (*column).to_owned());
                let mut object: Map<String, Value> = names.zip(fields.map(value)).collect();
                object.insert("hour".to_owned(), json!(event.hour));
                object.insert("values".to_owned(), Value::Object(columns.values));
                out.push_str(&Value::Object(object).to_string());
                out.push('\n');
            }
        }
    }

    fn columns<'e>(&self, what: &'e Recorded) -> EventColumns<'e> {
        match what {
            Recorded::Command { command, ending, server, server_version } => EventColumns {
                kind: "command",
                name: command,
                ending: match ending {
                    Ending::Success => "success",
                    Ending::Error => "error",
                    Ending::Unfinished => "unfinished",
                },
                server: *server,
                server_version: *server_version,
                ..EventColumns::default()
            },
            Recorded::Console { action, route, server, cli } => EventColumns {
                kind: if action.is_none() { "view" } else { "action" },
                name: action.as_deref().unwrap_or_default(),
                route,
                server: *server,
                cli: *cli,
                ..EventColumns::default()
            },
            Recorded::Report(counts) => {
                let mut values = Map::new();
                for reported in counts {
                    let count = reported.count.to_string();
                    match &reported.entry {
                        None => {
                            values.insert(count, json!(reported.number));
                        }
                        Some(entry) => {
                            let by = values.entry(count).or_insert_with(|| json!({}));
                            by[&**entry] = json!(reported.number);
                        }
                    }
                }
                EventColumns { kind: "report", values, ..EventColumns::default() }
            }
            // Of the requests of the interval that the report closes, as sums of how many and of milliseconds.
            Recorded::Requests(sums) => {
                let mut values = Map::new();
                for grown in sums {
                    let (unit, n) = match grown.sum {
                        RequestSum::Requests(n) => ("requests", n),
                        RequestSum::Milliseconds(n) => ("ms", n),
                    };
                    values.insert(format!("{} from {} {unit}", grown.name, grown.from), json!(n));
                }
                EventColumns { kind: "timings", values, ..EventColumns::default() }
            }
            Recorded::Declared { event, times, fields } => {
                let mut values = self.fields(event, fields);
                if *times > 1 {
                    values.insert("times".to_owned(), json!(times));
                }
                EventColumns { kind: "event", name: event, values, ..EventColumns::default() }
            }
        }
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
