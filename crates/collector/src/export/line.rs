//! One event as a line: CSV or JSON.

use std::collections::HashMap;

use aboveboard_types::declaration::{Declaration, FieldKind};
use aboveboard_types::event::Ending;
use serde_json::{Map, Value, json};

use super::keyed::{Key, text};
use crate::csv;
use crate::rollup::row::{FieldValue, Name, Number, Stored, What, unpack_version};
use crate::store::calendar::Day;
use crate::store::sqlite::Context;

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

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// RFC 4180, every field in quotes, the first line the columns; `values` is a JSON object.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// What the lines of an export share.
#[derive(Debug)]
pub(super) struct Words<'w> {
    pub(super) form: Form,
    pub(super) key: &'w Key,
    pub(super) names: &'w HashMap<Name, String>,
    /// The newest declaration of the product, which tells a set of one member from a choice.
    pub(super) declaration: Option<&'w Declaration>,
}

/// Whose event it is, and of which day.
#[derive(Clone, Copy, Debug)]
pub(super) struct InstallationKey<'w> {
    pub(super) day: Day,
    pub(super) installation: Number,
    pub(super) context: &'w Context,
}

/// The first line of a form that has one.
pub(super) fn head(form: Form) -> String {
    let mut out = String::new();
    if form == Form::Csv {
        csv::line(&mut out, COLUMNS);
    }
    out
}

/// What a kind of event says.
#[derive(Default)]
struct Told {
    kind: &'static str,
    name: String,
    route: String,
    ending: &'static str,
    server: Number,
    server_version: String,
    cli: Number,
    values: Map<String, Value>,
}

impl Words<'_> {
    /// Appends the line of one event.
    pub(super) fn push(&self, out: &mut String, whose: InstallationKey<'_>, event: &Stored) {
        let told = self.told(&event.what);
        let context = whose.context;
        let marks = context.marks.names().collect::<Vec<_>>().join(" ");
        let fields: [String; 15] = [
            crate::page::format::day(whose.day),
            event.hour.to_string(),
            text(self.key, whose.installation),
            context.component.name().to_owned(),
            context.version.to_string(),
            context.os.clone(),
            context.arch.clone(),
            marks,
            told.kind.to_owned(),
            told.name,
            told.route,
            told.ending.to_owned(),
            text(self.key, told.server),
            told.server_version,
            text(self.key, told.cli),
        ];
        match self.form {
            Form::Csv => {
                let values = Value::Object(told.values).to_string();
                csv::line(
                    out,
                    fields.iter().map(|field| csv::harmless(field)).chain([csv::harmless(&values)]),
                );
            }
            Form::JsonLines => {
                let mut object: Map<String, Value> = COLUMNS
                    .iter()
                    .zip(fields)
                    .map(|(column, field)| {
                        ((*column).to_owned(), if field.is_empty() { Value::Null } else { json!(field) })
                    })
                    .collect();
                object.insert("hour".to_owned(), json!(event.hour));
                object.insert("values".to_owned(), Value::Object(told.values));
                out.push_str(&Value::Object(object).to_string());
                out.push('\n');
            }
        }
    }

    fn told(&self, what: &What) -> Told {
        match what {
            What::Command { command, ending, server, server_version } => Told {
                kind: "command",
                name: self.name(*command),
                ending: match ending {
                    Ending::Success => "success",
                    Ending::Error => "error",
                    Ending::Unfinished => "unfinished",
                },
                server: *server,
                server_version: server_version
                    .map(unpack_version)
                    .map(|version| version.to_string())
                    .unwrap_or_default(),
                ..Told::default()
            },
            What::Console { action, route, server, cli } => Told {
                kind: if *action == 0 { "view" } else { "action" },
                name: self.name(*action),
                route: self.name(*route),
                server: *server,
                cli: *cli,
                ..Told::default()
            },
            What::Report(cells) => {
                let mut values = Map::new();
                for cell in cells {
                    let name = self.name(cell.name);
                    if cell.cell == 0 {
                        values.insert(name, json!(cell.number));
                    } else {
                        let by = values.entry(name).or_insert_with(|| json!({}));
                        by[self.name(cell.cell)] = json!(cell.number);
                    }
                }
                Told { kind: "report", values, ..Told::default() }
            }
            // Told of the requests of the period that the report closes, as sums of how many and of milliseconds.
            What::Timings(sums) => {
                let mut values = Map::new();
                for sum in sums {
                    let unit = if sum.is_time { "ms" } else { "requests" };
                    values.insert(format!("{} from {} {unit}", self.name(sum.name), sum.from), json!(sum.n));
                }
                Told { kind: "timings", values, ..Told::default() }
            }
            What::Declared { name, times, fields } => {
                let event = self.name(*name);
                let mut values = self.fields(&event, fields);
                if *times > 1 {
                    values.insert("times".to_owned(), json!(times));
                }
                Told { kind: "event", name: event, values, ..Told::default() }
            }
        }
    }

    fn fields(&self, event: &str, fields: &[(Name, FieldValue)]) -> Map<String, Value> {
        let mut values = Map::new();
        for (field, value) in fields {
            let whole = self.name(*field);
            let field = whole.strip_prefix(event).and_then(|rest| rest.strip_prefix('.')).unwrap_or(&whole);
            let value = match value {
                FieldValue::Flag(flag) => json!(flag),
                FieldValue::Number(number) | FieldValue::Exact(number) => json!(number),
                FieldValue::Name(name) => json!(self.name(*name)),
                FieldValue::Version(version) => json!(unpack_version(*version).to_string()),
                FieldValue::Country(letters) => json!(country(*letters)),
                FieldValue::Nothing => Value::Null,
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

    fn name(&self, name: Name) -> String {
        self.names.get(&name).cloned().unwrap_or_default()
    }
}

/// Two letters from their code points, as `convert` packs them.
fn country(letters: u16) -> String {
    letters.to_be_bytes().iter().map(|letter| char::from(*letter)).collect()
}
