//! The canonical path of a command: the names that the host declared to clap, never what the user typed.

use clap::{ArgMatches, Command};

/// The path of the command that was parsed: aliases resolved, names joined by one space. A run without a
/// subcommand has the root command's own name.
///
/// A host that allows external subcommands finds the user's own word in the matches. Such a path is no declared
/// one and goes no further than the comparison with the manifest.
pub(crate) fn of(root: &str, matches: &ArgMatches) -> String {
    let mut path = String::new();
    let mut level = matches;
    while let Some((name, inner)) = level.subcommand() {
        if !path.is_empty() {
            path.push(' ');
        }
        path.push_str(name);
        level = inner;
    }
    if path.is_empty() { root.to_owned() } else { path }
}

/// The tree of one program, or the trees of several that share a manifest.
pub trait Trees {
    /// Each tree.
    fn trees(&self) -> &[Command];
}

impl Trees for Command {
    fn trees(&self) -> &[Command] {
        std::slice::from_ref(self)
    }
}

impl Trees for [Command] {
    fn trees(&self) -> &[Command] {
        self
    }
}

impl<const N: usize> Trees for [Command; N] {
    fn trees(&self) -> &[Command] {
        self
    }
}

/// Every path that `parse` can report for this tree, or for any of these, sorted; what a manifest lists under
/// `[cli] commands`. Commands with subcommands of their own are listed when they can run alone, and so is the program itself,
/// under its own name.
///
/// ```
/// use clap::Command;
/// let migrate = Command::new("migrate").subcommand(Command::new("status"));
/// let tree = Command::new("quarry").subcommand_required(true).subcommand(migrate).subcommand(Command::new("init"));
/// assert_eq!(aboveboard_command_line::command_paths(&tree), ["init", "migrate", "migrate status"]);
/// let other = Command::new("quarryctl");
/// assert_eq!(
///     aboveboard_command_line::command_paths(&[tree, other]),
///     ["init", "migrate", "migrate status", "quarryctl"]
/// );
/// ```
#[must_use]
pub fn command_paths(programs: &(impl Trees + ?Sized)) -> Vec<String> {
    let mut paths = Vec::new();
    for root in programs.trees() {
        collect(root, "", &mut paths);
        if runs_alone(root) && !root.is_multicall_set() {
            paths.push(root.get_name().to_owned());
        }
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Collects the paths below a command, which itself has the path `prefix`.
fn collect(command: &Command, prefix: &str, paths: &mut Vec<String>) {
    for inner in command.get_subcommands() {
        let name = inner.get_name();
        if name == "help" || (prefix.is_empty() && name == crate::NAME) {
            continue;
        }
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix} {name}") };
        collect(inner, &path, paths);
        if runs_alone(inner) {
            paths.push(path);
        }
    }
}

fn runs_alone(command: &Command) -> bool {
    !command.has_subcommands() || !command.is_subcommand_required_set()
}

/// Whether a command of this path is one that people run to learn about the program, or that programs run: no
/// place for a question.
#[must_use]
pub fn is_quiet(path: &str) -> bool {
    let is_quiet = |name| {
        matches!(name, "help" | "version" | "complete" | "completion" | "completions" | "man" | "__complete")
    };
    path.split(' ').any(is_quiet) || path.split(' ').next() == Some(crate::NAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    fn tree() -> Command {
        Command::new("quarry")
            .subcommand(
                Command::new("metadata").alias("md").subcommand_required(true).subcommand(
                    Command::new("apply").visible_alias("a").arg(Arg::new("secret").num_args(0..)),
                ),
            )
            .subcommand(Command::new("migrate").subcommand(Command::new("status")))
            .subcommand(Command::new("run").allow_external_subcommands(true))
    }

    fn path(arguments: &[&str]) -> String {
        let arguments = std::iter::once("/usr/bin/quarry").chain(arguments.iter().copied());
        of("quarry", &tree().try_get_matches_from(arguments).unwrap())
    }

    #[test]
    fn a_path_has_the_declared_names_and_no_argument() {
        assert_eq!(path(&["metadata", "apply", "hunter2", "--", "-x"]), "metadata apply");
        assert_eq!(path(&["md", "a", "hunter2"]), "metadata apply");
        assert_eq!(path(&["migrate"]), "migrate");
        assert_eq!(path(&[]), "quarry");
    }

    #[test]
    fn every_command_that_can_run_is_listed_and_our_own_is_not() {
        let texts = crate::Texts { switch: "", verbs: "" };
        let mut tree = crate::instrument(tree(), texts);
        tree.build();
        let paths = ["metadata apply", "migrate", "migrate status", "quarry", "run"];
        assert_eq!(command_paths(&tree), paths);
        assert_eq!(
            command_paths(&tree.subcommand_required(true)),
            ["metadata apply", "migrate", "migrate status", "run"]
        );
    }

    #[test]
    fn a_program_without_subcommands_has_its_own_name_and_a_multicall_binary_its_applets() {
        assert_eq!(command_paths(&Command::new("rg").arg(Arg::new("pattern"))), ["rg"]);
        let applets =
            Command::new("box").multicall(true).subcommands([Command::new("yes"), Command::new("no")]);
        assert_eq!(command_paths(&applets), ["no", "yes"]);
    }
}
