//! Reading a command line: first as the host does, then for what the host does not know.

use std::ffi::{OsStr, OsString};
use std::ops::ControlFlow;

use clap::builder::OsStringValueParser;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{Arg, ArgMatches, Command};

use crate::program::{Place, unknown};
use crate::{NAME, Program, Switch, Texts, help, inert, path, switch, tree};

/// What a command line is.
#[derive(Debug)]
pub enum Read {
    /// One of the verbs, as clap parsed it, and what was said of telemetry for this run.
    Verb(ArgMatches, Switch),
    /// A command of the host.
    Command(Parsed),
}

/// A command of the host.
#[derive(Debug)]
pub struct Parsed {
    /// What the host's own tree made of it.
    pub matches: ArgMatches,
    /// The canonical path of the command.
    pub path: String,
    /// What was said of telemetry for this run.
    pub switch: Switch,
}

/// Id of what follows the subcommand while it is looked for.
const REST: &str = "aboveboard-rest";

/// Reads a command line whose first argument is the name of the program.
///
/// The host's value parsers run in one parse, the one whose outcome is returned.
///
/// # Errors
/// What clap says in place of a command: an error, or a text such as that of `--help`.
pub fn read(program: &Program, arguments: Vec<OsString>, texts: Texts) -> Result<Read, Error> {
    let mut said = Switch::default();
    said.note_written(&arguments[usize::from(program.has_name()).min(arguments.len())..]);
    if let Some(verb) = verb_of_subcommand(program, &arguments, &said) {
        return verb;
    }
    let Line { mut tree, arguments, switch } = match without_ours(program, arguments, said) {
        ControlFlow::Continue(line) => line,
        ControlFlow::Break(verb) => return verb,
    };
    let root = program.tree.get_name();
    match tree.try_get_matches_from_mut(&arguments) {
        Ok(matches) => Ok(Read::Command(parsed(&tree, root, matches, switch))),
        Err(error) if help::is_page(&error) => Err(page(program, &arguments, texts, error)),
        Err(error) => Err(error),
    }
}

/// A command line of the host's.
struct Line {
    /// The tree that parses it.
    tree: Command,
    arguments: Vec<OsString>,
    switch: Switch,
}

/// The command line without our words, or the verb that one of them calls.
fn without_ours(
    program: &Program,
    mut arguments: Vec<OsString>,
    mut switch: Switch,
) -> ControlFlow<Result<Read, Error>, Line> {
    let may_be_ours = |argument: &OsString| {
        [switch::LONG, NAME].iter().any(|name| switch::value_of(argument, name).is_some())
    };
    let tree = program.tree.clone();
    if !arguments.iter().any(may_be_ours) {
        return ControlFlow::Continue(Line { tree, arguments, switch });
    }
    let mut inert = inert::tree(tree.clone());
    let has_own = switch::is_own(&inert);
    loop {
        let error = inert.try_get_matches_from_mut(&arguments).err();
        let rejected = error.as_ref().and_then(unknown).and_then(|name| name.strip_prefix("--"));
        let at = rejected.and_then(|name| position(&mut inert, &arguments, name));
        match (rejected, at) {
            (Some(switch::LONG), Some(at)) if !has_own => {
                if is_between_values(&inert, &arguments, at)
                    && let Some(tree) = tree_with_switch(program, &arguments)
                {
                    return ControlFlow::Continue(Line { tree, arguments, switch });
                }
                switch.given.extend(switch::spelled(&arguments[at]).map(OsStr::to_owned));
                arguments.remove(at);
            }
            (Some(NAME), Some(at)) if program.place() == Place::Flag => {
                let value = switch::value_of(&arguments[at], NAME).flatten().map(OsStr::to_owned);
                let words = value.into_iter().chain(arguments[at + 1..].iter().cloned());
                let called = format!("{} --{NAME}", program.words());
                return ControlFlow::Break(called_verb(program, called, words, switch));
            }
            _ => return ControlFlow::Continue(Line { tree, arguments, switch }),
        }
    }
}

/// What the host's tree made of a command line without our part of it.
fn parsed(tree: &Command, root: &str, matches: ArgMatches, mut switch: Switch) -> Parsed {
    switch.note_parsed(tree, &matches);
    Parsed { path: path::of(root, &matches), matches, switch }
}

/// Where the argument stands that the host rejected: the first of this name with which it is rejected. Others before it may
/// be values of the host's.
fn position(tree: &mut Command, arguments: &[OsString], name: &str) -> Option<usize> {
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    (0..end).find(|&at| {
        switch::value_of(&arguments[at], name).is_some()
            && tree
                .try_get_matches_from_mut(&arguments[..=at])
                .err()
                .as_ref()
                .and_then(unknown)
                .and_then(|unknown| unknown.strip_prefix("--"))
                == Some(name)
    })
}

/// Whether the switch may stand between two values of an option. There it ends the option, which it would not where it is
/// taken out.
fn is_between_values(tree: &Command, arguments: &[OsString], at: usize) -> bool {
    let is_value =
        |at: usize| arguments.get(at).is_some_and(|next| !next.as_encoded_bytes().starts_with(b"-"));
    at >= 2 && is_value(at - 1) && is_value(at + 1) && takes_several(tree)
}

/// The host's tree with the switch in it, where it reads this command line.
fn tree_with_switch(program: &Program, arguments: &[OsString]) -> Option<Command> {
    let tree = program.changed(&|command| command.arg(switch::enable_telemetry()));
    inert::tree(tree.clone()).try_get_matches_from(arguments).is_ok().then_some(tree)
}

/// Whether an option somewhere in the tree takes several values.
fn takes_several(command: &Command) -> bool {
    let several = |argument: &Arg| {
        !argument.is_positional() && argument.get_num_args().is_some_and(|range| range.max_values() > 1)
    };
    command.get_arguments().any(several) || command.get_subcommands().any(takes_several)
}

/// The help page with our lines, where it is that of the program.
fn page(program: &Program, arguments: &[OsString], texts: Texts, plain: Error) -> Error {
    let printed = |tree: Command| tree.try_get_matches_from(arguments).err().filter(help::is_page);
    let tree = help::tree(program, texts);
    let text = |tree: &Command| printed(inert::tree(tree.clone())).map(|page| page.to_string());
    let is_ours = text(&tree) != text(&program.tree);
    is_ours.then(|| printed(inert::silent(tree))).flatten().unwrap_or(plain)
}

/// The verb that a subcommand `telemetry` calls, in a program that has subcommands; `None` where the command line is another.
fn verb_of_subcommand(
    program: &Program,
    arguments: &[OsString],
    said: &Switch,
) -> Option<Result<Read, Error>> {
    if !arguments.iter().any(|argument| argument == NAME) || program.place() != Place::Subcommand {
        return None;
    }
    let called = format!("{} {NAME}", program.words());
    let mut said = said.clone();
    let own = switch::is_own(&program.tree);
    let arguments = if own { arguments.to_vec() } else { without_switch(arguments, &mut said) };
    // The same tree with a subcommand that takes whatever follows, and that needs nothing the host requires.
    let tree = program.changed(&|command| command.subcommand(any_verb()).subcommand_negates_reqs(true));
    let mut tree = inert::tree(tree);
    match tree.try_get_matches_from_mut(&arguments) {
        Ok(matches) => {
            let mut inner = &matches;
            for name in program.level() {
                inner = inner.subcommand_matches(name)?;
            }
            let words: Vec<OsString> =
                inner.subcommand_matches(NAME)?.get_many(REST).into_iter().flatten().cloned().collect();
            said.note_parsed(&tree, &matches);
            Some(called_verb(program, called, words, said))
        }
        Err(_) => Some(called_verb(program, called, words_of_help(program, &arguments)?, said)),
    }
}

/// The words after `help telemetry`, which is a page of ours; `None` where the command line is another.
fn words_of_help(program: &Program, arguments: &[OsString]) -> Option<Vec<OsString>> {
    let plain = inert::tree(program.tree.clone()).try_get_matches_from(arguments).err()?;
    let is_ours = plain.kind() == ErrorKind::InvalidSubcommand
        && matches!(plain.get(ContextKind::InvalidSubcommand), Some(ContextValue::String(name)) if name == NAME);
    let at = arguments.iter().position(|argument| argument == NAME).filter(|_| is_ours)?;
    let tree = program.changed(&|command| command.subcommand(Command::new(NAME)));
    let is_page =
        inert::tree(tree).try_get_matches_from(&arguments[..=at]).is_err_and(|error| help::is_page(&error));
    is_page.then(|| arguments[at + 1..].iter().cloned().chain([OsString::from("--help")]).collect())
}

/// The command line without our switch, whose values are noted.
fn without_switch(arguments: &[OsString], said: &mut Switch) -> Vec<OsString> {
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let (before, after) = arguments.split_at(end);
    let mut kept = Vec::new();
    for argument in before {
        match switch::spelled(argument) {
            Some(value) => said.given.push(value.to_owned()),
            None => kept.push(argument.clone()),
        }
    }
    kept.extend_from_slice(after);
    kept
}

/// A subcommand that takes everything.
fn any_verb() -> Command {
    let rest = Arg::new(REST)
        .num_args(0..)
        .trailing_var_arg(true)
        .allow_hyphen_values(true)
        .value_parser(OsStringValueParser::new());
    Command::new(NAME).disable_help_flag(true).disable_version_flag(true).arg(rest)
}

/// Parses the words of a verb that the host's command line calls.
fn called_verb(
    program: &Program,
    called: String,
    words: impl IntoIterator<Item = OsString>,
    mut said: Switch,
) -> Result<Read, Error> {
    let words: Vec<OsString> = std::iter::once(OsString::from(&called)).chain(words).collect();
    let words = without_switch(&words, &mut said);
    let tree = tree::command().bin_name(called).color(program.tree.get_color());
    let tree = tree.styles(program.tree.get_styles().clone());
    tree.try_get_matches_from(words).map(|matches| Read::Verb(matches, said))
}

/// Parses a verb that a host calls by words of its own.
///
/// # Errors
/// What clap says in place of a verb.
pub fn verb(called: &str, words: impl IntoIterator<Item = impl Into<OsString>>) -> Result<ArgMatches, Error> {
    let words = words.into_iter().map(Into::into);
    tree::command()
        .bin_name(called)
        .try_get_matches_from(std::iter::once(OsString::from(called)).chain(words))
}
