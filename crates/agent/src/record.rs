//! `record`: records one declared event, for programs in other languages.

use std::process::ExitCode;

use aboveboard_manifest::milliseconds;
use aboveboard_types::clock;
use aboveboard_types::declaration::{EventDeclaration, FieldDeclaration, FieldKind, Text, edge_below};
use aboveboard_types::event::{Declared, Event, EventKind};
use aboveboard_types::value::{Country, OTHER, Value, Version};
use anyhow::{Context as _, bail};

use crate::host::{HostArguments, Product};

/// What `record` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Name of the event, as the manifest declares it
    event: String,
    /// A field and its value; durations as 1500ms, 2s, 5m or 1h, sets as a,b
    #[arg(long = "field", value_name = "NAME=VALUE")]
    fields: Vec<String>,
    #[command(flatten)]
    host: HostArguments,
}

/// Records the event if telemetry is on. If it is off or undecided, or the disk is full, nothing is printed and the
/// exit code is 0 all the same: it is no concern of the caller.
///
/// # Errors
/// If the manifest cannot be read, or does not declare this event with these fields: a mistake of the caller that
/// should be seen when it is made.
pub(crate) fn run(options: &Options, product: &Product) -> anyhow::Result<ExitCode> {
    let declaration = product.declaration()?;
    let declared =
        declaration.events.iter().find(|known| known.name == options.event).with_context(|| {
            let events: Vec<&str> = declaration.events.iter().map(|known| &*known.name).collect();
            format!("the manifest declares no such event; it declares: {}", events.join(", "))
        })?;
    let event = event(declared, &options.fields)?;
    let agent = options.host.agent(product)?;
    let _ = agent.record_event(declared.component, &event, options.host.flag().as_deref());
    Ok(ExitCode::SUCCESS)
}

fn event(known: &'static EventDeclaration, given: &[String]) -> anyhow::Result<Event<'static>> {
    let mut pairs = Vec::new();
    for (place, pair) in given.iter().enumerate() {
        // What is given may be anything, in whichever order it came: nothing of it is repeated.
        let number = place + 1;
        let (name, value) =
            pair.split_once('=').with_context(|| format!("--field number {number} is not NAME=VALUE"))?;
        let Some(field) = known.fields.iter().find(|field| field.name == name) else {
            let fields: Vec<&str> = known.fields.iter().map(|field| &*field.name).collect();
            bail!(
                "--field number {number} is none of the event `{}`, which has: {}",
                known.name,
                fields.join(", ")
            );
        };
        if pairs.iter().any(|(other, _)| *other == name) {
            bail!("the field `{}` is given twice", field.name);
        }
        pairs.push((name, value));
    }
    let mut fields = Vec::new();
    for field in known.fields.iter() {
        if let Some((_, text)) = pairs.iter().find(|(name, _)| field.name == *name) {
            fields.push((&*field.name, value(field, text)?));
        }
    }
    Ok(Event {
        time: clock::now(),
        kind: EventKind::Declared(Declared { name: &known.name, fields, times: 1 }),
    })
}

/// Reads a value. What is not on a closed list becomes `other`, as everywhere.
fn value(field: &'static FieldDeclaration, text: &str) -> anyhow::Result<Value<'static>> {
    let number = || text.parse::<u64>().ok();
    let value = match &field.kind {
        FieldKind::Flag => text.parse().ok().map(Value::Flag),
        FieldKind::Count(most) => number().filter(|number| number <= most).map(Value::Number),
        FieldKind::Code(least, most) => {
            number().filter(|number| (least..=most).contains(&number)).map(Value::Number)
        }
        FieldKind::Bucket(edges) => number().map(|number| Value::Number(edge_below(edges, number))),
        FieldKind::Duration(edges) => milliseconds(text).map(|time| Value::Number(edge_below(edges, time))),
        FieldKind::Choice(list) => Some(Value::Choice(choice(list, text))),
        FieldKind::Set(list) => Some(Value::Set(set(list, text))),
        FieldKind::Version => Version::from_product(text).map(Value::Version),
        FieldKind::Country => Country::parse(text).or_else(|| Country::from_locale(text)).map(Value::Country),
        _ => None,
    };
    // The text itself may be anything, so it is not repeated.
    let remedy = match field.kind {
        FieldKind::Duration(_) => ": write it with its unit, as 1500ms, 2s, 5m or 1h",
        _ => "",
    };
    value.with_context(|| {
        format!("the value of `{}` is not what the manifest declares for it{remedy}", field.name)
    })
}

fn choice(list: &'static [Text], text: &str) -> &'static str {
    list.iter().find(|known| *known == text).map_or(OTHER, |known| known)
}

/// In the order of the declaration, each once, `other` last.
fn set(list: &'static [Text], text: &str) -> Vec<&'static str> {
    let given: Vec<&str> = text.split(',').filter(|member| !member.is_empty()).collect();
    let mut members: Vec<&'static str> =
        list.iter().map(|known| &**known).filter(|known| given.contains(known)).collect();
    if given.iter().any(|member| !list.iter().any(|known| known == member)) {
        members.push(OTHER);
    }
    members
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow::Borrowed;

    use aboveboard_types::declaration::{Component, Limits};

    use super::*;

    static PROVIDERS: [Text; 2] = [Borrowed("podman"), Borrowed("docker")];
    static EDGES: [u64; 3] = [0, 1_000, 5_000];
    static FIELDS: [FieldDeclaration; 5] = [
        FieldDeclaration::new(Borrowed("provider"), FieldKind::Choice(Borrowed(&PROVIDERS)), Borrowed("")),
        FieldDeclaration::new(Borrowed("took"), FieldKind::Duration(Borrowed(&EDGES)), Borrowed("")),
        FieldDeclaration::new(Borrowed("several"), FieldKind::Set(Borrowed(&PROVIDERS)), Borrowed("")),
        FieldDeclaration::new(Borrowed("exit"), FieldKind::Code(0, 255), Borrowed("")),
        FieldDeclaration::new(Borrowed("fresh"), FieldKind::Flag, Borrowed("")),
    ];
    static STARTED: EventDeclaration = EventDeclaration::new(
        Borrowed("started"),
        Component::App,
        Borrowed(&FIELDS),
        Limits::NONE,
        u32::MAX,
        Borrowed(""),
    );

    fn fields(given: &[&str]) -> anyhow::Result<Vec<(&'static str, Value<'static>)>> {
        let given: Vec<String> = given.iter().map(|pair| (*pair).to_owned()).collect();
        match event(&STARTED, &given)?.kind {
            EventKind::Declared(declared) => Ok(declared.fields),
            _ => Ok(Vec::new()),
        }
    }

    #[test]
    fn values_become_what_the_manifest_allows_in_its_order() {
        let given = ["exit=3", "several=docker,hunter2,podman", "took=2s", "provider=hunter2", "fresh=true"];
        let fields = fields(&given).unwrap();
        let expected = [
            ("provider", Value::Choice(OTHER)),
            ("took", Value::Number(1_000)),
            ("several", Value::Set(vec!["podman", "docker", OTHER])),
            ("exit", Value::Number(3)),
            ("fresh", Value::Flag(true)),
        ];
        assert_eq!(fields, expected);
        assert!(FIELDS.iter().zip(&fields).all(|(known, (_, value))| known.kind.allows(value)));
    }

    #[test]
    fn a_mistake_of_the_caller_is_reported_without_its_value() {
        for wrong in [
            &["hunter2"][..],
            &["unknown=hunter2"],
            &["hunter2=unknown"],
            &["exit=hunter2"],
            &["exit=256"],
            &["took=5"],
            &["fresh=hunter2"],
            &["exit=1", "exit=2"],
        ] {
            let error = fields(wrong).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_duration_needs_its_unit() {
        for (text, time) in
            [("0ms", Some(0)), ("90s", Some(90_000)), ("2h", Some(7_200_000)), ("5", None), ("", None)]
        {
            assert_eq!(milliseconds(text), time, "{text}");
        }
        assert_eq!(milliseconds("99999999999999999999s"), None);
    }
}
