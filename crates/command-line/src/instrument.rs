//! A tree that has what is otherwise read beside it, for hosts that make completions and man pages of theirs.

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command};

use crate::program::Place;
use crate::{NAME, Program, Texts, switch, tree};

/// The heading of our arguments: among those of the host they would move them.
const HEADING: &str = "Telemetry";

/// The same tree with the switch, and with the verbs at their place in this program. What the host has of its own under
/// these names stays as it is, and so does a multicall binary.
#[must_use]
pub fn instrument(tree: Command, texts: Texts) -> Command {
    let program = Program::new(tree, None);
    let has_switch = switch::is_own(&program.tree) || switch::is_added(&program.tree);
    let place = program.place();
    let is_multicall = program.tree.is_multicall_set();
    program.changed(&|mut command| {
        if !has_switch && !is_multicall {
            command = command.arg(switch::enable_telemetry().help(texts.switch).help_heading(HEADING));
        }
        match place {
            Place::Subcommand => command.subcommand(tree::command().about(texts.verbs)),
            Place::Flag => command.arg(flag().help(texts.verbs)),
            Place::Nowhere => command,
        }
    })
}

/// The verbs as a flag.
fn flag() -> Arg {
    Arg::new("aboveboard-verb")
        .long(NAME)
        .value_name("VERB")
        .require_equals(true)
        .hide_possible_values(true)
        .value_parser(PossibleValuesParser::new(tree::VISIBLE))
        .help_heading(HEADING)
}
