//! The lines about telemetry at the end of a program's help.
//!
//! They are a text of their own after everything else, because an entry among the host's would move them: clap aligns the
//! entries of a section to the longest.

use clap::Command;
use clap::builder::StyledStr;
use clap::error::{Error, ErrorKind};

use crate::program::Place;
use crate::{NAME, Program, switch};

/// What a build says of the switch and of the verbs.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// Of the switch, for one run.
    pub switch: &'static str,
    /// Of the verbs.
    pub verbs: &'static str,
}

/// Whether clap says the help page that somebody asked for. The page in place of an error stays as it is.
pub(crate) fn is_page(error: &Error) -> bool {
    error.kind() == ErrorKind::DisplayHelp
}

/// The tree whose help page of the program ends with our lines.
pub(crate) fn tree(program: &Program, texts: Texts) -> Command {
    let Some(lines) = lines(program, texts) else { return program.tree.clone() };
    program.changed(&|command| append(command, &lines))
}

/// Each way to call, and what it does.
fn lines(program: &Program, texts: Texts) -> Option<Vec<(String, &'static str)>> {
    let switch = format!("--{}[=<VALUE>]", switch::LONG);
    let is_own = switch::is_own(&program.tree);
    let verbs = match program.place() {
        Place::Subcommand => Some(format!("{} {NAME} <VERB>", program.words())),
        Place::Flag => Some(format!("--{NAME}=<VERB>")),
        Place::Nowhere => None,
    };
    let switch = (!is_own).then_some((switch, texts.switch));
    let lines: Vec<_> = verbs.map(|verbs| (verbs, texts.verbs)).into_iter().chain(switch).collect();
    (!lines.is_empty()).then_some(lines)
}

fn append(command: Command, lines: &[(String, &'static str)]) -> Command {
    let header = *command.get_styles().get_header();
    let literal = *command.get_styles().get_literal();
    let width = lines.iter().map(|(call, _)| call.len()).max().unwrap_or_default();
    let mut text = format!("{header}Telemetry:{header:#}");
    for (call, does) in lines {
        text.push_str(&format!("\n  {literal}{call}{literal:#}{:1$}  {does}", "", width - call.len()));
    }
    let after = |before: Option<&StyledStr>| match before {
        Some(before) => format!("{}\n\n{text}", before.ansi()),
        None => text.clone(),
    };
    let short = after(command.get_after_help());
    let long = command.get_after_long_help().map(|long| after(Some(long)));
    let command = command.after_help(StyledStr::from(short));
    match long {
        Some(long) => command.after_long_help(StyledStr::from(long)),
        None => command,
    }
}
