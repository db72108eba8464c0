//! What the agent adds to the host's clap tree, and what it reads back from it.

use std::ffi::{OsStr, OsString};

use aboveboard_core::consent::{Reading, reading};
use clap::builder::OsStringValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};

/// Long name of the switch.
const LONG: &str = "enable-telemetry";
/// Id of the switch among the host's arguments.
const ID: &str = "aboveboard-enable-telemetry";

/// The ready global argument `--enable-telemetry[=VALUE]`.
///
/// It rejects no value, however often it is given: a value that cannot be read is an opt-out, not an error of the
/// host's command. [`Agent::parse`](crate::Agent::parse) adds it; a host with a parser of its own adds it itself.
///
/// ```
/// let tree = clap::Command::new("quarry").arg(aboveboard_cli_agent::enable_telemetry());
/// assert!(tree.try_get_matches_from(["quarry", "--enable-telemetry=flase"]).is_ok());
/// ```
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
        .help("Allow or refuse telemetry for this run; see `telemetry status`")
}

/// The same command with what [`Agent::parse`](crate::Agent::parse) adds to it, for hosts that make completions or man pages
/// of their command: the switch, and the verbs as they are called in this program. What the host has of its own under these
/// names stays as it is.
#[must_use]
pub fn instrument(command: Command) -> Command {
    let command = if has_own_switch(&command) { command } else { command.arg(enable_telemetry()) };
    if command.find_subcommand(crate::verbs::NAME).is_some() {
        return command;
    }
    command.subcommand(crate::verbs::deferred())
}

/// Parses as the host would, but for one thing: a verb of `telemetry` needs no argument that the host requires.
pub(crate) fn parse(tree: &mut Command, arguments: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let parsed = tree.try_get_matches_from_mut(arguments);
    let Err(error) = parsed else { return parsed };
    if error.kind() == ErrorKind::MissingRequiredArgument {
        let lenient = tree.clone().subcommand_negates_reqs(true).try_get_matches_from(arguments);
        if let Some(verb) =
            lenient.ok().filter(|matches| matches.subcommand_name() == Some(crate::verbs::NAME))
        {
            return Ok(verb);
        }
    }
    Err(error)
}

/// Whether the host declares a switch of the same name, which then stays its own.
fn has_own_switch(command: &Command) -> bool {
    command.get_arguments().any(|arg| arg.get_long() == Some(LONG))
}

/// The value of the switch as consent reads it; `None` if it was not given.
///
/// An opt-out at any level of the command line counts, even where clap lets an inner level override an outer one; so
/// opt-outs are read from the arguments themselves. What follows `--` is the host's.
pub(crate) fn switch(matches: &ArgMatches, arguments: &[OsString]) -> Option<String> {
    let written = arguments
        .iter()
        .skip(1)
        .take_while(|argument| *argument != "--")
        .filter_map(|argument| spelled(argument));
    let parsed = parsed(matches);
    let was_parsed = parsed.is_some();
    let parsed = parsed.into_iter().flatten().map(OsString::as_os_str);
    let mut last = None;
    for value in written.chain(parsed) {
        let text = value.to_string_lossy().into_owned();
        if reading(value) != Reading::On {
            return Some(text);
        }
        last = Some(text);
    }
    // Consent must have been understood by clap as this switch; a look-alike in another option's value is none.
    last.filter(|_| was_parsed)
}

/// The value of the switch in one raw argument; `None` if the argument is another.
fn spelled(argument: &OsStr) -> Option<&OsStr> {
    let rest = argument.to_str()?.strip_prefix("--")?.strip_prefix(LONG)?;
    match rest.strip_prefix('=') {
        Some(value) => Some(OsStr::new(value)),
        None => rest.is_empty().then(|| OsStr::new("true")),
    }
}

/// The values that clap understood as the switch; `None` if there are none, or the switch is the host's own.
fn parsed(matches: &ArgMatches) -> Option<clap::parser::ValuesRef<'_, OsString>> {
    matches.try_get_many::<OsString>(ID).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_needs_nothing_that_the_host_requires_and_a_command_still_does() {
        let tree = || instrument(Command::new("ovc").arg(Arg::new("model").required(true)));
        let parsed = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            parse(&mut tree(), &arguments)
        };
        let verb = parsed(&["ovc", "telemetry", "on"]).unwrap();
        assert_eq!(verb.subcommand_name(), Some("telemetry"));
        assert_eq!(parsed(&["ovc"]).unwrap_err().kind(), ErrorKind::MissingRequiredArgument);
        assert!(parsed(&["ovc", "a-model"]).is_ok());
    }

    fn tree() -> Command {
        let apply = Command::new("apply").arg(Arg::new("message").long("message"));
        instrument(Command::new("quarry").subcommand(Command::new("metadata").subcommand(apply)))
    }

    fn value_of(arguments: &[&str]) -> Option<String> {
        let arguments: Vec<OsString> =
            std::iter::once("quarry").chain(arguments.iter().copied()).map(OsString::from).collect();
        let matches = tree().try_get_matches_from(&arguments).unwrap();
        switch(&matches, &arguments)
    }

    #[test]
    fn the_switch_rejects_no_value_wherever_it_stands() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(value_of(&["metadata", "apply"]), None);
        assert_eq!(value_of(&["--enable-telemetry", "metadata", "apply"]), some("true"));
        assert_eq!(value_of(&["metadata", "apply", "--enable-telemetry"]), some("true"));
        assert_eq!(value_of(&["metadata", "--enable-telemetry=flase", "apply"]), some("flase"));
        assert_eq!(value_of(&["metadata", "apply", "--enable-telemetry="]), some(""));
        assert_eq!(
            value_of(&["metadata", "apply", "--enable-telemetry", "--enable-telemetry"]),
            some("true")
        );
    }

    #[test]
    fn one_opt_out_beats_every_consent_on_the_command_line() {
        let no = Some("false".to_owned());
        assert_eq!(value_of(&["--enable-telemetry=false", "metadata", "apply", "--enable-telemetry"]), no);
        assert_eq!(value_of(&["--enable-telemetry", "metadata", "--enable-telemetry=false", "apply"]), no);
    }

    #[test]
    fn a_look_alike_in_another_value_never_consents() {
        assert_eq!(value_of(&["metadata", "apply", "--message=--enable-telemetry"]), None);
        assert_eq!(
            value_of(&["metadata", "apply", "--message", "x", "--enable-telemetry=no"]),
            Some("no".to_owned())
        );
    }

    #[test]
    fn what_is_not_text_is_neither_an_error_nor_consent() {
        use std::os::unix::ffi::OsStrExt as _;
        let odd = OsStr::from_bytes(b"--enable-telemetry=\xff").to_owned();
        let arguments = vec!["quarry".into(), odd, "metadata".into(), "apply".into()];
        let matches = tree().try_get_matches_from(&arguments).unwrap();
        let value = switch(&matches, &arguments).unwrap();
        assert!(reading(value.as_ref()).is_no());
    }

    #[test]
    fn a_host_keeps_a_switch_and_a_subcommand_of_its_own() {
        let own = Command::new("quarry")
            .arg(Arg::new("mine").long("enable-telemetry").num_args(1))
            .subcommand(Command::new("telemetry").about("mine"));
        let mut tree = instrument(own);
        tree.build();
        assert_eq!(tree.get_subcommands().filter(|command| command.get_name() == "telemetry").count(), 1);
        assert_eq!(tree.get_arguments().filter(|arg| arg.get_long() == Some(LONG)).count(), 1);
    }
}
