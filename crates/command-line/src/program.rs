//! One program as people call it: where its telemetry has a place on its command line, and how that is spelled.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::{NAME, inert, level};

/// The host's tree as the host made it, and the name by which its program was called.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) tree: Command,
    called: Option<OsString>,
    level: Vec<String>,
}

/// Where the verbs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a subcommand, of a program that has others.
    Subcommand,
    /// In a flag, of a program that has none.
    Flag,
    /// Nowhere: the name is the host's own.
    Nowhere,
}

impl Program {
    /// A program by its tree, and by the first of its arguments, unless that is no name of a program.
    #[must_use]
    pub fn new(tree: Command, called: Option<&OsStr>) -> Self {
        let called = called.filter(|_| !tree.is_no_binary_name_set());
        let level = level::of(&tree, called);
        Self { tree, called: called.map(OsStr::to_owned), level }
    }

    /// What people write before a verb to call it, with the blank or the sign between them; `None` where no verb can be
    /// called. `program` is how they call the program, where the host says so.
    #[must_use]
    pub fn verbs(&self, program: Option<&str>) -> Option<String> {
        let words = || program.map_or_else(|| self.words(), str::to_owned);
        match self.place() {
            Place::Subcommand => Some(format!("{} {NAME} ", words())),
            Place::Flag => Some(format!("{} --{NAME}=", words())),
            Place::Nowhere => None,
        }
    }

    /// Every command path of this program.
    #[must_use]
    pub fn command_paths(&self) -> Vec<String> {
        crate::command_paths(&self.tree)
    }

    /// How people call the program.
    pub(crate) fn words(&self) -> String {
        let called = self.called.as_deref().map(Path::new);
        let text = |part: Option<&OsStr>| part.and_then(OsStr::to_str).map(str::to_owned);
        let name = || self.tree.get_name().to_owned();
        match self.level.first() {
            Some(applet) if self.tree.is_multicall_set() => {
                text(called.and_then(Path::file_stem)).unwrap_or_else(|| applet.clone())
            }
            Some(plug_in) => {
                format!("{} {plug_in}", level::outer(&self.tree, plug_in, self.called.as_deref()))
            }
            None => {
                let bin_name = self.tree.get_bin_name().map(str::to_owned);
                bin_name.or_else(|| text(called.and_then(Path::file_name))).unwrap_or_else(name)
            }
        }
    }

    pub(crate) fn place(&self) -> Place {
        let Some(command) = self.command() else { return Place::Nowhere };
        let has_subcommands = command.get_subcommands().any(|inner| inner.get_name() != "help");
        if self.tree.is_multicall_set() {
            // An applet gets no other applet beside it, and its first argument may be any word.
            if self.level.is_empty() { Place::Nowhere } else { self.place_of_flag() }
        } else if !has_subcommands {
            self.place_of_flag()
        } else if self.has_own_subcommand(command) {
            Place::Nowhere
        } else {
            Place::Subcommand
        }
    }

    /// The flag has a place where the host would reject it, and not as a value of something else.
    fn place_of_flag(&self) -> Place {
        let rejected = self.reads(&format!("--{NAME}=off")).err();
        let is_unknown = rejected.as_ref().and_then(unknown) == Some(&format!("--{NAME}"));
        if is_unknown { Place::Flag } else { Place::Nowhere }
    }

    /// Whether the name of the subcommand calls one of the host's own, by name, by alias or because the host accepts the
    /// beginnings of names.
    fn has_own_subcommand(&self, command: &Command) -> bool {
        if command.find_subcommand(NAME).is_some() {
            return true;
        }
        let is_beginning_of = |inner: &Command| {
            std::iter::once(inner.get_name())
                .chain(inner.get_all_aliases())
                .any(|name| name.starts_with(NAME))
        };
        command.get_subcommands().any(is_beginning_of)
            && match self.reads(NAME) {
                Ok(called) => called.is_some_and(|called| called.starts_with(NAME)),
                Err(error) => error.kind() != ErrorKind::InvalidSubcommand,
            }
    }

    /// What the host makes of one argument: the subcommand of the program that it calls, if any.
    fn reads(&self, argument: &str) -> Result<Option<String>, Error> {
        let name = || Some(self.tree.get_name().into()).filter(|_| self.has_name());
        let called: Option<OsString> = self.called.clone().or_else(name);
        let level = if self.tree.is_multicall_set() { &[][..] } else { &self.level };
        let arguments = called
            .into_iter()
            .chain(level.iter().map(OsString::from))
            .chain(std::iter::once(OsString::from(argument)));
        let matches = inert::silent(self.tree.clone()).try_get_matches_from(arguments)?;
        let mut inner = &matches;
        for name in &self.level {
            let Some(deeper) = inner.subcommand_matches(name) else { return Ok(None) };
            inner = deeper;
        }
        Ok(inner.subcommand_name().map(str::to_owned))
    }

    /// Whether the first argument is the name of the program.
    pub(crate) fn has_name(&self) -> bool {
        !self.tree.is_no_binary_name_set()
    }

    /// The command that is the program.
    pub(crate) fn command(&self) -> Option<&Command> {
        level::find(&self.tree, &self.level)
    }

    /// The host's tree, changed where the program begins.
    pub(crate) fn changed(&self, change: &dyn Fn(Command) -> Command) -> Command {
        level::change(self.tree.clone(), &self.level, change)
    }

    pub(crate) fn level(&self) -> &[String] {
        &self.level
    }
}

/// The argument that a host rejects because it knows none of that name.
pub(crate) fn unknown(error: &Error) -> Option<&String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) => Some(name),
        _ => None,
    }
}
