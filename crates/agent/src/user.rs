//! The users' verbs: the CLI agent's own, mounted for programs that cannot mount them themselves.

use std::process::ExitCode;

use aboveboard_cli_agent::verbs::{self, Context};
use aboveboard_types::value::Version;
use clap::{ArgMatches, Command, FromArgMatches, Subcommand};

use crate::host::Product;

/// One of the verbs, as clap parsed it.
#[derive(Clone, Debug)]
pub struct Verb(ArgMatches);

impl FromArgMatches for Verb {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(matches.clone()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0 = matches.clone();
        Ok(())
    }
}

impl Subcommand for Verb {
    fn augment_subcommands(command: Command) -> Command {
        command.subcommands(verbs::verbs())
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        verbs::verbs().iter().any(|verb| verb.get_name() == name)
    }
}

/// Runs the verb for a product.
///
/// # Errors
/// If its manifest cannot be read or is none.
pub(crate) fn run(verb: &Verb, product: &Product) -> anyhow::Result<ExitCode> {
    let context = Context::new(product.declaration()?, Version::default()).program(product.program());
    Ok(verbs::run(&verb.0, &context))
}
