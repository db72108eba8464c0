//! From the domain to the stored form: every name becomes its number.

use aboveboard_core::event::{Cells, Kind};
use aboveboard_core::id::Id;
use aboveboard_core::value::Value;
use rusqlite::Transaction;

use super::names::Names;
use crate::rollup::place::Day;
use crate::rollup::row::{CountCell, FieldValue, Name, Number, What, pack_version};

/// What happened, in numbers. Kinds of event and value that this version does not know are refused by the check
/// before, so they do not come here; they are stored as an event without a name rather than lost.
pub(super) fn stored(
    transaction: &Transaction<'_>,
    names: &mut Names,
    product: u32,
    day: Day,
    kind: &Kind<'_>,
) -> rusqlite::Result<What> {
    let link = |id: Option<Id>| -> rusqlite::Result<Number> {
        id.map_or(Ok(0), |id| names.linked(transaction, product, id, day))
    };
    Ok(match kind {
        Kind::Command(command) => {
            let server = link(command.server)?;
            let server_version = command.server_version.map(pack_version);
            let name = names.name(transaction, command.command)?;
            What::Command { command: name, ending: command.ending, server, server_version }
        }
        Kind::Console(console) => {
            let (server, cli) = (link(console.server)?, link(console.cli)?);
            let action = console.action.map_or(Ok(0), |action| names.name(transaction, action))?;
            What::Console { action, route: names.name(transaction, console.route)?, server, cli }
        }
        Kind::Report(report) => {
            let mut cells = Vec::with_capacity(report.counts.len());
            for count in &report.counts {
                let name = names.name(transaction, count.name)?;
                match &count.cells {
                    Cells::One(number) => cells.push(CountCell { name, cell: 0, number: *number }),
                    Cells::By(by) => {
                        for (cell, number) in by {
                            let cell = names.name(transaction, cell)?;
                            cells.push(CountCell { name, cell, number: *number });
                        }
                    }
                }
            }
            What::Report(cells)
        }
        Kind::Declared(declared) => {
            let mut fields = Vec::with_capacity(declared.fields.len());
            for (field, value) in &declared.fields {
                let field = names.name(transaction, &format!("{}.{field}", declared.name))?;
                push_field(transaction, names, field, value, &mut fields)?;
            }
            What::Declared { name: names.name(transaction, declared.name)?, fields }
        }
        _ => What::Declared { name: 0, fields: Vec::new() },
    })
}

fn push_field(
    transaction: &Transaction<'_>,
    names: &mut Names,
    field: Name,
    value: &Value<'_>,
    fields: &mut Vec<(Name, FieldValue)>,
) -> rusqlite::Result<()> {
    let value = match value {
        Value::Flag(flag) => FieldValue::Flag(*flag),
        Value::Number(number) => FieldValue::Number(*number),
        Value::Choice(choice) => FieldValue::Name(names.name(transaction, choice)?),
        Value::Version(version) => FieldValue::Version(pack_version(*version)),
        Value::Country(country) => match country.code().as_bytes() {
            [a, b] => FieldValue::Country(u16::from_be_bytes([*a, *b])),
            _ => FieldValue::Nothing,
        },
        Value::Set(members) if members.is_empty() => FieldValue::Nothing,
        Value::Set(members) => {
            for member in members {
                fields.push((field, FieldValue::Name(names.name(transaction, member)?)));
            }
            return Ok(());
        }
        _ => FieldValue::Nothing,
    };
    fields.push((field, value));
    Ok(())
}
