//! From the domain to the stored form: every name becomes its number.

use aboveboard_store::facts::PlacedEvent;
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::versions::OTHER;
use aboveboard_types::declaration::FieldKind;
use aboveboard_types::event::{Cells, EventKind};
use aboveboard_types::value::Value;
use rusqlite::{Result, Transaction};

use super::links::Links;
use super::names::Names;
use super::sender::BatchSender;
use crate::row::{NameNumber, StoredCount, StoredKind, StoredValue};

/// What happened, in numbers. Kinds of event and value that this version does not know are refused by the check
/// before, so they do not come here; they are stored as an event without a name rather than lost.
pub(super) fn stored(
    transaction: &Transaction<'_>,
    names: &mut Names,
    links: &mut Links,
    sender: &BatchSender<'_>,
    event: &PlacedEvent<'_>,
) -> Result<StoredKind> {
    let day = event.at.day;
    Ok(match &event.kind {
        EventKind::Command(command) => {
            let server = links.server(transaction, command.server, day)?;
            let server_version = match command.server_version {
                // The numbers come from the server by way of the user's machine: what they say must be a known version.
                Some(version) if !names.versions.is_known(transaction, sender, version)? => Some(OTHER),
                version => version,
            };
            let server_version = server_version.map(pack_version);
            let name = names.name(transaction, command.command)?;
            StoredKind::Command { command: name, ending: command.ending, server, server_version }
        }
        EventKind::Console(console) => {
            let server = links.server(transaction, console.server, day)?;
            let cli = links.cli(console.cli);
            let action = console.action.map_or(Ok(0), |action| names.name(transaction, action))?;
            StoredKind::Console { action, route: names.name(transaction, console.route)?, server, cli }
        }
        EventKind::Report(report) => {
            let mut cells = Vec::with_capacity(report.counts.len());
            for count in &report.counts {
                let name = names.name(transaction, count.name)?;
                match &count.cells {
                    Cells::One(number) => cells.push(StoredCount { name, cell: 0, number: *number }),
                    Cells::By(by) => {
                        for (cell, number) in by {
                            let cell = names.name(transaction, cell)?;
                            cells.push(StoredCount { name, cell, number: *number });
                        }
                    }
                }
            }
            StoredKind::Report(cells)
        }
        EventKind::Declared(declared) => {
            let mut fields = Vec::with_capacity(declared.fields.len());
            for (field, value) in &declared.fields {
                let declaration =
                    event.declaration.and_then(|of| of.fields.iter().find(|of| of.name == *field));
                // Of a count there may be many numbers; of an edge or a code there are few, and each means something.
                let counts = declaration.is_none_or(|field| matches!(field.kind, FieldKind::Count(_)));
                let field = names.name(transaction, &format!("{}.{field}", declared.name))?;
                match value {
                    Value::Number(number) if !counts => fields.push((field, StoredValue::Exact(*number))),
                    Value::Version(version) => {
                        let has_name = names.versions.field(transaction, sender, field, *version)?;
                        let version = pack_version(*version);
                        let named = if has_name { StoredValue::Version } else { StoredValue::OtherVersion };
                        fields.push((field, named(version)));
                    }
                    value => push_field(transaction, names, field, value, &mut fields)?,
                }
            }
            StoredKind::Declared {
                name: names.name(transaction, declared.name)?,
                times: declared.times,
                fields,
            }
        }
        _ => StoredKind::Declared { name: 0, times: 1, fields: Vec::new() },
    })
}

/// How many versions of an event have no name.
pub(super) fn other_versions(what: &StoredKind) -> u64 {
    let StoredKind::Declared { fields, .. } = what else { return 0 };
    fields.iter().filter(|(_, value)| matches!(value, StoredValue::OtherVersion(_))).count() as u64
}

fn push_field(
    transaction: &Transaction<'_>,
    names: &mut Names,
    field: NameNumber,
    value: &Value<'_>,
    fields: &mut Vec<(NameNumber, StoredValue)>,
) -> Result<()> {
    let value = match value {
        Value::Flag(flag) => StoredValue::Flag(*flag),
        Value::Number(number) => StoredValue::Number(*number),
        Value::Choice(choice) => StoredValue::Name(names.name(transaction, choice)?),
        Value::Country(country) => match country.code().as_bytes() {
            [a, b] => StoredValue::Country(u16::from_be_bytes([*a, *b])),
            _ => StoredValue::Nothing,
        },
        Value::Set(members) if members.is_empty() => StoredValue::Nothing,
        Value::Set(members) => {
            for member in members {
                fields.push((field, StoredValue::Name(names.name(transaction, member)?)));
            }
            return Ok(());
        }
        _ => StoredValue::Nothing,
    };
    fields.push((field, value));
    Ok(())
}
