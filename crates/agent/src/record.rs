//! `record`: records one declared event, or one command that has ended, for programs in other languages.

use std::borrow::Cow;
use std::process::ExitCode;

use aboveboard_cli_agent::Resident;
use aboveboard_manifest::milliseconds;
use aboveboard_types::declaration::{Component, EventDeclaration, FieldDeclaration, FieldKind};
use aboveboard_types::event::{Ending, Event};
use aboveboard_types::outcome::{Fate, Recorded, Unrecorded};
use anyhow::{Context as _, ensure};

use crate::host::{HostArguments, Product};
use crate::output;
use crate::record_counts;
use crate::unrecorded::words;
use crate::values::{self, Given, WrongField, value};

/// What `record` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Name of the event, as the manifest declares it
    #[arg(required_unless_present_any = ["command", "counts"], conflicts_with = "command")]
    event: Option<String>,
    /// A field and its value; durations as 1500ms, 2s, 5m or 1h, sets as a,b
    #[arg(long = "field", value_name = "NAME=VALUE", conflicts_with = "command")]
    fields: Vec<String>,
    /// A command that has ended, in place of an event, as the manifest declares it
    #[arg(long, value_name = "PATH")]
    command: Option<String>,
    /// The command failed
    #[arg(long, conflicts_with_all = ["event", "unfinished"])]
    failed: bool,
    /// The command ended before its time: it was killed, or crashed
    #[arg(long, conflicts_with = "event")]
    unfinished: bool,
    #[command(flatten)]
    counted: record_counts::Counted,
    /// Say on stderr whether it was recorded, or why not
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    host: HostArguments,
}

/// Records an event or a command if telemetry is on. If it is off or undecided, or the disk is full, the exit code is 0
/// all the same, and nothing is printed but with `--explain`: it is no concern of the caller.
///
/// # Errors
/// If the manifest cannot be read, or does not declare this event with these fields: a mistake of the caller that
/// should be seen when it is made. Of a command, which may be what a user typed, it is counted.
pub(crate) fn run(options: &Options, product: &Product) -> anyhow::Result<ExitCode> {
    if options.counted.is_given() {
        return record_counts::run(&options.counted, &options.host, options.explain, product);
    }
    let declared = options.event.as_deref().map(|name| declared(product, name)).transpose()?;
    let event = declared.map(|declared| event(declared, &options.fields)).transpose()?;
    let component = declared.map_or(Component::Cli, |declared| declared.component);
    let mut resident = options.host.agent(product)?.resident(options.host.flag());
    let fate = match (&event, &options.command) {
        (Some(event), _) => resident.record(component, event),
        (None, command) => ended(&mut resident, command.as_deref().unwrap_or_default(), options.ending()),
    };
    if options.explain {
        output::message(&format!("aboveboard: {}", explained(fate, resident.because(component))));
    }
    resident.close();
    Ok(ExitCode::SUCCESS)
}

impl Options {
    fn ending(&self) -> Ending {
        match (self.failed, self.unfinished) {
            (true, _) => Ending::Error,
            (_, true) => Ending::Unfinished,
            _ => Ending::Success,
        }
    }
}

/// Records a command that has ended.
fn ended(resident: &mut Resident, command: &str, ending: Ending) -> Fate {
    const RUN: u64 = 0;
    let begun = resident.begin(RUN, command);
    resident.end(RUN, ending).unwrap_or(begun)
}

fn explained(fate: Fate, because: &str) -> String {
    match fate {
        Ok(Recorded::Written) => "recorded".to_owned(),
        Ok(Recorded::Folded) => "recorded, as a repeat".to_owned(),
        Err(Unrecorded::Off) => format!("not recorded: {} because of the {because}", words(Unrecorded::Off)),
        Err(why) => format!("not recorded: {}", words(why)),
    }
}

fn declared(product: &Product, name: &str) -> anyhow::Result<&'static EventDeclaration> {
    let declaration = product.declaration()?;
    let declared = declaration.events.iter().find(|known| known.name == name).with_context(|| {
        let events: Vec<&str> = declaration.events.iter().map(|known| &*known.name).collect();
        format!("the manifest declares no such event; it declares: {}", events.join(", "))
    })?;
    // A server has an id of its own, a notice and a first delay, which a single event cannot stand for.
    ensure!(
        declared.component != Component::Server,
        "the event `{}` is the server's, which `relay --server` records",
        declared.name
    );
    Ok(declared)
}

fn event(known: &'static EventDeclaration, given: &[String]) -> anyhow::Result<Event<'static>> {
    let mut pairs = Vec::new();
    for (place, pair) in given.iter().enumerate() {
        // What is given may be anything, in whichever order it came: nothing of it is repeated.
        let pair = pair.split_once('=');
        pairs.push(pair.with_context(|| format!("--field number {} is not NAME=VALUE", place + 1))?);
    }
    let read = |field, text: &&str| value(field, &given_as(field, text)?);
    values::event(known, &pairs, read).map_err(|wrong| anyhow::Error::msg(mistake(known, wrong)))
}

/// A text as the type of the field has it.
fn given_as<'t>(field: &FieldDeclaration, text: &'t str) -> Option<Given<'t>> {
    match field.kind {
        FieldKind::Flag => text.parse().ok().map(Given::Flag),
        FieldKind::Count(_) | FieldKind::Code(..) | FieldKind::Bucket(_) => {
            text.parse().ok().map(Given::Number)
        }
        FieldKind::Duration(_) => milliseconds(text).map(Given::Number),
        FieldKind::Set(_) => {
            let members = text.split(',').filter(|member| !member.is_empty());
            Some(Given::List(members.map(Cow::Borrowed).collect()))
        }
        _ => Some(Given::Text(text.into())),
    }
}

/// What is wrong, without the value.
fn mistake(known: &EventDeclaration, wrong: WrongField) -> String {
    match wrong {
        WrongField::Unknown(place) => {
            let fields: Vec<&str> = known.fields.iter().map(|field| &*field.name).collect();
            let number = place + 1;
            format!(
                "--field number {number} is none of the event `{}`, which has: {}",
                known.name,
                fields.join(", ")
            )
        }
        WrongField::Twice(field) => format!("the field `{}` is given twice", field.name),
        WrongField::Value(field) => {
            let remedy = match field.kind {
                FieldKind::Duration(_) => ": write it with its unit, as 1500ms, 2s, 5m or 1h",
                _ => "",
            };
            format!("the value of `{}` is not what the manifest declares for it{remedy}", field.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow::Borrowed;

    use aboveboard_types::declaration::{Limits, Text};
    use aboveboard_types::event::EventKind;
    use aboveboard_types::value::{OTHER, Value};

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
