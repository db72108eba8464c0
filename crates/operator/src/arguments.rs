//! The command line.

use aboveboard_agent::{Product, exit_codes};

/// Product-usage telemetry that both sides can see.
#[derive(clap::Parser)]
#[command(name = "aboveboard", version, after_help = exit_codes(), subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) product: Product,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// One for each file beside this one, and those of the agent for programs in any language.
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
    /// Checks published figures, for anybody
    #[command(subcommand)]
    Figures(crate::figures::Verb),
    /// Publishes figures with a guarantee for whoever is in them
    #[command(subcommand)]
    Publish(crate::publish::Verb),
    /// Shows what a program may collect, from its bytes, without running it
    Inspect(crate::inspect::Options),
    /// Runs a program under every off switch and shows what it still does to the machine; needs strace
    Silent(crate::silent::Options),
    /// Prints the completions of this program for a shell
    Completions(crate::man::CompletionsOptions),
    /// Prints a page of the manual, or writes all of them
    Man(crate::man::Options),
    /// Makes up a history for a product, every batch marked synthetic
    Simulate(crate::simulate::Options),
    #[command(flatten)]
    Agent(aboveboard_agent::Verb),
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
