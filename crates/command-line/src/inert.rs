//! A copy of a host's tree that decides what a command line is, and runs nothing of the host's.
//!
//! A value parser is the host's code. Some read standard input, open a file or make one, so each runs once for each value, in
//! the parse whose outcome the host gets. Every other parse is made by such a copy. It takes any value, so that what it
//! accepts may still have a value that the host rejects; which words are options, values and subcommands never depends on
//! that.

use std::ffi::{OsStr, OsString};

use clap::builder::{OsStringValueParser, PossibleValue, TypedValueParser};
use clap::error::Error;
use clap::{Arg, ArgAction, Command, value_parser};

/// The copy of a whole tree, deferred commands too.
pub(crate) fn tree(command: Command) -> Command {
    let mut command = silent(command);
    // What a command defers is there once it is built.
    command.build();
    silent(command)
}

/// The copy of a tree that is not built, for what it prints. Deferred commands keep their value parsers.
pub(crate) fn silent(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    // clap puts the one that it changes behind the others, so every one takes its turn.
    let command = names.iter().fold(command, |command, name| command.mut_subcommand(name, silent));
    let command = command.mut_args(silent_argument);
    if command.is_allow_external_subcommands_set() {
        command.external_subcommand_value_parser(OsStringValueParser::new())
    } else {
        command
    }
}

fn silent_argument(argument: Arg) -> Arg {
    match argument.get_action() {
        // clap itself reads the number that it counts.
        ArgAction::Count => argument.value_parser(value_parser!(u8)),
        _ => {
            let possible = argument.get_possible_values();
            argument.value_parser(AnyValue { possible })
        }
    }
}

/// Takes any value, and is shown in help with those of the parser in whose place it is.
#[derive(Clone)]
struct AnyValue {
    possible: Vec<PossibleValue>,
}

impl TypedValueParser for AnyValue {
    type Value = OsString;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<OsString, Error> {
        Ok(value.to_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        (!self.possible.is_empty()).then(|| Box::new(self.possible.iter().cloned()) as Box<_>)
    }
}
