//! Where in a tree the program begins that people know: most are the root of it.

use std::ffi::OsStr;
use std::path::Path;

use clap::Command;

/// The names from the root to the command that is the program. A tool that calls its plug-ins, such as cargo, gives them
/// their own name as the first argument, so the program is the one subcommand of the root. Of a multicall binary it is the
/// applet that was called.
pub(crate) fn of(root: &Command, called: Option<&OsStr>) -> Vec<String> {
    let stem = called.and_then(|called| Path::new(called).file_stem()).and_then(OsStr::to_str);
    if root.is_multicall_set() {
        let applet = stem.and_then(|stem| root.find_subcommand(stem));
        return applet.map(|applet| applet.get_name().to_owned()).into_iter().collect();
    }
    let mut all = root.get_subcommands().filter(|inner| inner.get_name() != "help");
    let (Some(only), None) = (all.next(), all.next()) else { return Vec::new() };
    let is_plug_in = outer_names(root).any(|outer| {
        outer == "cargo" || stem.is_some_and(|stem| *stem == format!("{outer}-{}", only.get_name()))
    });
    if is_plug_in { vec![only.get_name().to_owned()] } else { Vec::new() }
}

/// The name of the tool that calls this plug-in.
pub(crate) fn outer<'r>(root: &'r Command, plug_in: &str, called: Option<&OsStr>) -> &'r str {
    let stem = called.and_then(|called| Path::new(called).file_stem()).and_then(OsStr::to_str);
    let fits = |outer: &&str| stem.is_some_and(|stem| *stem == format!("{outer}-{plug_in}"));
    outer_names(root).find(fits).or_else(|| outer_names(root).last()).unwrap_or_default()
}

fn outer_names(root: &Command) -> impl Iterator<Item = &str> {
    std::iter::once(root.get_name()).chain(root.get_bin_name())
}

/// The command at this level.
pub(crate) fn find<'r>(root: &'r Command, level: &[String]) -> Option<&'r Command> {
    level.iter().try_fold(root, |command, name| command.find_subcommand(name))
}

/// The same tree, changed at this level and nowhere else. The order of the commands stays.
pub(crate) fn change(root: Command, level: &[String], change_it: &dyn Fn(Command) -> Command) -> Command {
    let Some((name, rest)) = level.split_first() else { return change_it(root) };
    let names: Vec<String> = root.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    // clap puts the one that it changes behind the others, so every one takes its turn.
    names.iter().fold(root, |root, inner| {
        root.mut_subcommand(
            inner,
            |command| {
                if inner == name { change(command, rest, change_it) } else { command }
            },
        )
    })
}
