//! Parsing a command line, for every binary that has these verbs.

use std::ffi::OsString;
use std::io::Write as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Parser, Subcommand as _};

use crate::user::{self, EXIT_CODES};

/// Parses the command line of this process, or prints help or what is wrong and exits. `command` is `C`'s.
pub fn parse<C: Parser>(command: Command) -> C {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let mut command = match words(&arguments) {
        Some(words) => as_called(command, words),
        None => command,
    };
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|mut matches| C::from_arg_matches_mut(&mut matches))
        .map_err(|error| error.format(&mut command));
    match parsed {
        Ok(parsed) => parsed,
        Err(error) if is_help(&error) => error.exit(),
        Err(error) if lacks_verb(&error, &command) => {
            // As clap prints it where there was no argument at all.
            let _ = write!(std::io::stderr(), "{}", command.render_help());
            std::process::exit(2)
        }
        Err(error) => without_values(&error, &command).exit(),
    }
}

/// What `--program` says. Help and errors need it before anything is parsed.
fn words(arguments: &[OsString]) -> Option<&str> {
    let mut arguments =
        arguments.iter().take_while(|argument| *argument != "--").map(|argument| argument.to_str());
    let given = arguments.by_ref().flatten().find_map(|argument| {
        let rest = argument.strip_prefix("--program")?;
        (rest.is_empty() || rest.starts_with('=')).then_some(rest)
    })?;
    given.strip_prefix('=').or_else(|| arguments.next()?)
}

/// The command as the users of a host see it that has these verbs among its own, under these words.
fn as_called(command: Command, words: &str) -> Command {
    command
        .bin_name(words)
        .about("Show and control what is collected about the use of this program")
        .after_help(EXIT_CODES)
        .disable_version_flag(true)
        .mut_args(|argument| argument.hide(true))
        .mut_subcommands(|verb| {
            let is_users = user::Verb::has_subcommand(verb.get_name());
            verb.hide(!is_users)
        })
}

/// Whether no verb at all was named.
fn lacks_verb(error: &clap::Error, command: &Command) -> bool {
    let of_root = |value: &ContextValue| matches!(value, ContextValue::String(name) if Some(&**name) == command.get_bin_name());
    error.kind() == ErrorKind::MissingSubcommand
        && error.get(ContextKind::InvalidSubcommand).is_some_and(of_root)
}

fn is_help(error: &clap::Error) -> bool {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    matches!(error.kind(), DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion)
}

/// The error without what was given in place of an option or a value: that may be anything, and what is printed may be kept.
#[must_use]
pub fn without_values(error: &clap::Error, command: &Command) -> clap::Error {
    let mut clean = clap::Error::new(error.kind()).with_cmd(command);
    for (kind, value) in error.context() {
        let is_safe = match (kind, value) {
            // The name of an option that there is not; every other argument that is named is one of ours.
            (ContextKind::InvalidArg, ContextValue::String(text))
                if error.kind() == ErrorKind::UnknownArgument =>
            {
                text.starts_with("--") && !text.contains('=')
            }
            (kind, _) => matches!(
                kind,
                ContextKind::InvalidArg
                    | ContextKind::PriorArg
                    | ContextKind::SuggestedArg
                    | ContextKind::ValidSubcommand
                    | ContextKind::ValidValue
                    | ContextKind::Usage
            ),
        };
        if is_safe {
            clean.insert(kind, value.clone());
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_found_before_anything_is_parsed() {
        let words = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            words(&arguments).map(str::to_owned)
        };
        let some = Some("hasura telemetry".to_owned());
        assert_eq!(words(&["agent", "--program", "hasura telemetry", "status"]), some);
        assert_eq!(words(&["agent", "status", "--program=hasura telemetry"]), some);
        assert_eq!(words(&["agent", "--program-version", "1.0", "--program=hasura telemetry"]), some);
        for none in [&["agent"][..], &["agent", "--program"], &["agent", "exec", "--", "--program", "x"]] {
            assert_eq!(words(none), None);
        }
    }
}
