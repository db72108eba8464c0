//! Declared events with the values of their fields as a program hands them over, and what the manifest makes of them.

use std::borrow::Cow;

use aboveboard_types::clock;
use aboveboard_types::declaration::{EventDeclaration, FieldDeclaration, FieldKind, Text, edge_below};
use aboveboard_types::event::{Declared, Event, EventKind};
use aboveboard_types::value::{Country, OTHER, Value, Version};

/// A value of a field as it was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given<'g> {
    /// A flag.
    Flag(bool),
    /// A count, a number for a bucket, a code, or a duration in milliseconds.
    Number(u64),
    /// An entry of a list, a version or a country.
    Text(Cow<'g, str>),
    /// Entries of a list.
    List(Vec<Cow<'g, str>>),
}

/// What is wrong with a field, by its place among those that were given where it has no name that may be repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WrongField {
    /// The event has no such field.
    Unknown(usize),
    /// This one came before.
    Twice(&'static FieldDeclaration),
    /// The field cannot hold the value.
    Value(&'static FieldDeclaration),
}

/// The event that happens now, with its fields in the order of the declaration. `read` turns what was given for a field
/// into its value.
///
/// # Errors
/// The first field that is not as declared.
pub(crate) fn event<N: AsRef<str>, V>(
    known: &'static EventDeclaration,
    given: &[(N, V)],
    read: impl Fn(&'static FieldDeclaration, &V) -> Option<Value<'static>>,
) -> Result<Event<'static>, WrongField> {
    let mut values = Vec::with_capacity(given.len());
    for (place, (name, value)) in given.iter().enumerate() {
        let is_named = |(_, field): &(usize, &FieldDeclaration)| field.name == name.as_ref();
        let (order, field) =
            known.fields.iter().enumerate().find(is_named).ok_or(WrongField::Unknown(place))?;
        if values.iter().any(|(other, _)| *other == order) {
            return Err(WrongField::Twice(field));
        }
        let value = read(field, value).ok_or(WrongField::Value(field))?;
        values.push((order, (&*field.name, value)));
    }
    values.sort_by_key(|(order, _)| *order);
    let fields = values.into_iter().map(|(_, field)| field).collect();
    Ok(Event {
        time: clock::now(),
        kind: EventKind::Declared(Declared { name: &known.name, fields, times: 1 }),
    })
}

/// The value as the field holds it, `None` where it cannot. What is not on a closed list becomes `other`.
pub(crate) fn value(field: &'static FieldDeclaration, given: &Given<'_>) -> Option<Value<'static>> {
    match (&field.kind, given) {
        (FieldKind::Flag, Given::Flag(flag)) => Some(Value::Flag(*flag)),
        (FieldKind::Count(most), Given::Number(number)) => (number <= most).then_some(Value::Number(*number)),
        (FieldKind::Code(least, most), Given::Number(number)) => {
            (least..=most).contains(&number).then_some(Value::Number(*number))
        }
        (FieldKind::Bucket(edges) | FieldKind::Duration(edges), Given::Number(number)) => {
            Some(Value::Number(edge_below(edges, *number)))
        }
        (FieldKind::Choice(list), Given::Text(text)) => Some(Value::Choice(choice(list, text))),
        (FieldKind::Set(list), Given::List(members)) => Some(Value::Set(set(list, members))),
        (FieldKind::Version, Given::Text(text)) => Version::from_product(text).map(Value::Version),
        (FieldKind::Country, Given::Text(text)) => {
            Country::parse(text).or_else(|| Country::from_locale(text)).map(Value::Country)
        }
        _ => None,
    }
}

fn choice(list: &'static [Text], text: &str) -> &'static str {
    list.iter().find(|known| *known == text).map_or(OTHER, |known| known)
}

/// In the order of the declaration, each once, `other` last.
fn set(list: &'static [Text], given: &[Cow<'_, str>]) -> Vec<&'static str> {
    let is_given = |known: &&Text| given.iter().any(|member| member == *known);
    let mut members: Vec<&'static str> = list.iter().filter(is_given).map(|known| &**known).collect();
    if given.iter().any(|member| !list.iter().any(|known| known == member)) {
        members.push(OTHER);
    }
    members
}
