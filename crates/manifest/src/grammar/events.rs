//! Declared events, how often they are recorded, and their fields.

use aboveboard_types::declaration::{Component, FieldKind, Limits};
use aboveboard_types::value::OTHER;

use super::item_info::{Defaults, allow, item_info};
use super::{FIELD_TYPES, Table, listed};
use crate::model::OldNames;
use crate::{Event, Field, units};

pub(super) fn event(name: String, table: &Table<'_, '_, '_>, defaults: &Defaults) -> Option<Event> {
    let info = item_info(table, defaults);
    let component = table.text("component").and_then(|text| Component::parse(&text));
    let fields = table.each("fields", field);
    if matches!(&*name, "command" | "console" | "report") {
        table.report(
            format!("`{name}` cannot be the name of an event"),
            "the wire uses it for what `[cli]`, `[console]` and `[counts]` declare",
            "choose another name",
        );
    }
    let limits = limits(table);
    let was = table.texts("was").unwrap_or_default();
    Some(Event { name, component: component?, info: info?, fields: fields?, limits, was })
}

fn limits(table: &Table<'_, '_, '_>) -> Limits {
    let fold = table.number("fold");
    if table.has("fold") && table.has("daily") {
        table.report_at(
            "fold",
            "`fold` and `daily` are given together",
            "an event that is recorded once a day has no repeats to fold",
            "remove one of the two",
        );
    }
    if fold.is_some_and(|length| length % 1_000 != 0 || !(1_000..=3_600_000).contains(&length)) {
        table.report_at(
            "fold",
            "`fold` must be whole seconds from `1s` to `1h`",
            "what is recorded knows no finer time, and a number over a longer one says little",
            "write `fold = \"10s\"`",
        );
    }
    let fold = fold.and_then(|length| u32::try_from(length / 1_000).ok());
    let share = table.text("share").and_then(|text| units::share(&text));
    Limits::new(fold, table.number("daily").is_some(), share)
}

fn field(name: String, table: &Table<'_, '_, '_>) -> Option<Field> {
    let allow = allow(table);
    let types: Vec<_> = FIELD_TYPES.into_iter().filter(|name| table.has(name)).collect();
    let [kind] = types.as_slice() else {
        let found = if types.is_empty() { "no type" } else { "more than one type" };
        table.report(
            format!("the field `{name}` has {found}"),
            "the types are closed, so that no text can travel in a field",
            format!("give it exactly one of {}, such as `{name} = {{ flag = true }}`", listed(FIELD_TYPES)),
        );
        return None;
    };
    Some(Field {
        name,
        kind: field_kind(kind, table)?,
        what: table.text("what"),
        unit: table.text("unit"),
        was: table.texts("was").unwrap_or_default(),
        entries_was: old_entries(table)?,
        allow,
        span: table.span.clone(),
    })
}

/// The old names of the entries of its list, which stand beside the key of the list.
fn old_entries(table: &Table<'_, '_, '_>) -> Option<OldNames> {
    for (list, was) in [("choice", "choice-was"), ("set", "set-was")] {
        if table.has(was) && !table.has(list) {
            table.report_at(
                was,
                format!("`{was}` is given without `{list}`"),
                "it is the old names of entries of that list",
                format!("write `{list}`, or remove `{was}`"),
            );
            return None;
        }
    }
    Some(table.splits("choice-was").or_else(|| table.splits("set-was")).unwrap_or_default())
}

fn field_kind(kind: &str, table: &Table<'_, '_, '_>) -> Option<FieldKind> {
    let list = || {
        let names = table.texts(kind)?;
        table.require_distinct_entries(kind, kind, &names);
        if names.iter().any(|name| name == OTHER) {
            table.report_at(
                kind,
                "`other` is in every list",
                "it stands for everything that is not listed",
                "remove it",
            );
        }
        Some(names.into_iter().map(Into::into).collect())
    };
    Some(match kind {
        "flag" => table.number(kind).map(|_| FieldKind::Flag)?,
        "version" => table.number(kind).map(|_| FieldKind::Version)?,
        "country" => table.number(kind).map(|_| FieldKind::Country)?,
        "count" => FieldKind::Count(table.number(kind)?),
        "bucket" => FieldKind::Bucket(table.numbers(kind)?.into()),
        "duration" => FieldKind::Duration(table.numbers(kind)?.into()),
        "choice" => FieldKind::Choice(list()?),
        "set" => FieldKind::Set(list()?),
        _ => match table.numbers(kind)?.as_slice() {
            [min, max] => FieldKind::Code(*min, *max),
            _ => return None,
        },
    })
}
