//! The command line.

/// What every help page ends with.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed, or a check found problems
  2  wrong usage
  3  telemetry is off      (status --check, and verbs that need it on)
  4  telemetry is local    (status --check)
  5  nobody has decided    (status --check)
  6  the collector has not taken everything yet
exec ends as its program does; if that could not be started, with 127 (not found) or 126.
Data goes to stdout, messages to stderr.";

/// Product-usage telemetry that both sides can see.
#[derive(clap::Parser)]
#[command(name = "aboveboard", version, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// The product's telemetry.toml, for `exec`, `record` and the verbs about one product
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) manifest: Option<std::path::PathBuf>,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// One for each file beside this one.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Runs everything on this machine: a product with its agents, a collector, a page
    #[cfg(feature = "demo")]
    Demo(crate::demo::Options),
    /// Runs the collector until Ctrl-C or SIGTERM
    Collect(crate::collect::Options),
    /// Operates a running collector, or works on its data
    #[command(subcommand)]
    Collector(crate::collector::Verb),
    /// Checks, compares, publishes and pushes manifests
    #[command(subcommand)]
    Manifest(crate::manifest::Verb),
    /// Shows what a program may collect, from its bytes, without running it
    Inspect(crate::inspect::Options),
    /// Runs a program under every off switch and shows what it still does to the machine; needs strace
    Silent(crate::silent::Options),
    /// Prints the completions of this program for a shell
    Completions(crate::man::CompletionsOptions),
    /// Prints a page of the manual, or writes all of them
    Man(crate::man::Options),
    /// Runs a program as one command of its product
    Exec(crate::exec::Options),
    /// Records one declared event of a product
    Record(crate::record::Options),
    /// Makes up a history for a product, every batch marked synthetic
    Simulate(crate::simulate::Options),
    #[command(flatten)]
    User(crate::user::Verb),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
