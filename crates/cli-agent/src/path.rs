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

/// Every path that [`crate::Agent::parse`] can report for this tree, sorted; what a manifest lists under
/// `[cli] commands`. Commands with subcommands of their own are listed when they can run alone.
///
/// ```
/// use clap::Command;
/// let migrate = Command::new("migrate").subcommand(Command::new("status"));
/// let tree = Command::new("quarry").subcommand(migrate).subcommand(Command::new("init"));
/// assert_eq!(aboveboard_cli_agent::command_paths(&tree), ["init", "migrate", "migrate status"]);
/// ```
#[must_use]
pub fn command_paths(root: &Command) -> Vec<String> {
    let mut paths = Vec::new();
    collect(root, "", &mut paths);
    paths.sort_unstable();
    paths
}

/// Collects the paths below a command, which itself has the path `prefix`.
fn collect(command: &Command, prefix: &str, paths: &mut Vec<String>) {
    for inner in command.get_subcommands() {
        let name = inner.get_name();
        if name == "help" || (prefix.is_empty() && name == crate::verbs::NAME) {
            continue;
        }
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix} {name}") };
        let runs_alone = !inner.has_subcommands() || !inner.is_subcommand_required_set();
        collect(inner, &path, paths);
        if runs_alone {
            paths.push(path);
        }
    }
}

/// Whether a command of this path is one that people run to learn about the program, or that programs run: no
/// place for a question.
pub(crate) fn is_quiet(path: &str) -> bool {
    let is_quiet = |name| {
        matches!(name, "help" | "version" | "complete" | "completion" | "completions" | "man" | "__complete")
    };
    path.split(' ').any(is_quiet) || path.split(' ').next() == Some(crate::verbs::NAME)
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
        let mut tree = crate::arguments::instrument(tree());
        tree.build();
        assert_eq!(command_paths(&tree), ["metadata apply", "migrate", "migrate status", "run"]);
    }
}
