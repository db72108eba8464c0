//! The switch `--enable-telemetry[=VALUE]`, and what a command line says by it or by a switch of the host's own.

use std::ffi::{OsStr, OsString};

use clap::builder::OsStringValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::NAME;

/// Long name of the switch.
pub(crate) const LONG: &str = "enable-telemetry";
/// Id of the switch among the host's arguments.
const ID: &str = "aboveboard-enable-telemetry";

/// Names under which hosts have a flag that refuses.
const REFUSALS: [&str; 3] = ["no-telemetry", "no-enable-telemetry", "disable-telemetry"];

/// The ready global argument `--enable-telemetry[=VALUE]`.
///
/// It rejects no value, however often it is given: a value that cannot be read is an opt-out, not an error of the
/// host's command. A host that parses with clap gets it by itself; one with a tree of its own may add it.
#[must_use]
pub fn enable_telemetry() -> Arg {
    Arg::new(ID)
        .long(LONG)
        .global(true)
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .action(ArgAction::Append)
        .value_parser(OsStringValueParser::new())
        .value_name("VALUE")
        .help("Allow or refuse telemetry for this run")
}

/// What a command line says of telemetry for its run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switch {
    /// Values of our switch, where clap understood it as such. Only these can consent.
    pub given: Vec<OsString>,
    /// What was written or parsed under the name of the switch, by whomever it is understood: an opt-out unless it
    /// consents.
    pub suspect: Vec<OsString>,
    /// Words that may mean something else: an opt-out only where they are a clear no.
    pub loose: Vec<OsString>,
}

impl Switch {
    /// Notes what is written under the name of the switch anywhere after the name of the program, even where it is a value of
    /// the host's or follows `--`: to be silent in vain costs nothing.
    pub(crate) fn note_written(&mut self, arguments: &[OsString]) {
        let mut written = arguments.iter().peekable();
        while let Some(argument) = written.next() {
            let Some(value) = spelled(argument) else { continue };
            self.suspect.push(value.to_owned());
            if argument == format!("--{LONG}").as_str() {
                self.loose.extend(written.peek().map(|next| (*next).clone()));
            }
        }
    }

    /// Notes what the host's own tree understood, at every level of it, wherever a person gave it: a default is no word
    /// of theirs.
    pub(crate) fn note_parsed(&mut self, command: &Command, matches: &ArgMatches) {
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            let is_given = matches!(
                matches.try_contains_id(id).is_ok().then(|| matches.value_source(id)),
                Some(Some(ValueSource::CommandLine | ValueSource::EnvVariable))
            );
            if is_given {
                self.note_argument(argument, matches.get_raw(id).into_iter().flatten());
            }
        }
        if let Some((name, inner)) = matches.subcommand()
            && let Some(command) = command.find_subcommand(name)
        {
            self.note_parsed(command, inner);
        }
    }

    fn note_argument<'v>(&mut self, argument: &Arg, values: impl Iterator<Item = &'v OsStr>) {
        let values = values.map(OsStr::to_owned);
        if argument.get_id() == ID {
            self.given.extend(values);
        } else if has_name(argument, LONG) {
            self.suspect.extend(values);
        } else if has_name(argument, NAME) {
            self.loose.extend(values);
        } else if REFUSALS.iter().any(|name| has_name(argument, name)) {
            let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
            let is_taken_back = takes_value && values.into_iter().all(|value| is_no(&value));
            if !is_taken_back {
                self.suspect.push("false".into());
            }
        }
    }
}

/// A value that takes back a refusal.
fn is_no(value: &OsStr) -> bool {
    ["false", "no", "off", "0"].iter().any(|no| value.eq_ignore_ascii_case(no))
}

/// The value of the switch in one raw argument; `None` if the argument is another.
pub(crate) fn spelled(argument: &OsStr) -> Option<&OsStr> {
    value_of(argument, LONG).map(|value| value.unwrap_or(OsStr::new("true")))
}

/// Of an argument of this name, what stands behind `=`.
pub(crate) fn value_of<'a>(argument: &'a OsStr, name: &str) -> Option<Option<&'a OsStr>> {
    let bytes = argument.as_encoded_bytes().strip_prefix(b"--")?.strip_prefix(name.as_bytes())?;
    match bytes.first() {
        None => Some(None),
        Some(b'=') => {
            // What cannot be cut out as text is not text, which no switch reads as consent.
            let text = argument.to_str().and_then(|text| text.split_once('='));
            Some(Some(text.map_or(argument, |(_, value)| OsStr::new(value))))
        }
        Some(_) => None,
    }
}

/// Whether the host has a switch of this name at any level, which then stays its own.
pub(crate) fn is_own(command: &Command) -> bool {
    let has_own = |argument: &Arg| has_name(argument, LONG) && argument.get_id() != ID;
    command.get_arguments().any(has_own) || command.get_subcommands().any(is_own)
}

/// Whether the host added our switch itself.
pub(crate) fn is_added(command: &Command) -> bool {
    command.get_arguments().any(|argument| argument.get_id() == ID)
}

fn has_name(argument: &Arg, name: &str) -> bool {
    argument.get_long() == Some(name)
        || argument.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
}
