//! The verbs of the CLI agent, as clap parses and runs them here.

use std::path::Path;
use std::process::ExitCode;

use aboveboard_cli_agent::verbs::{self, Context};
use aboveboard_types::value::Version;
use clap::{ArgMatches, Command, FromArgMatches, Subcommand};

use super::product::load;

/// One of the verbs, as clap parsed it.
#[derive(Clone, Debug)]
pub(crate) struct Verb(ArgMatches);

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

/// Runs the verb for the product of this manifest.
///
/// # Errors
/// If the manifest cannot be read or is none.
pub(crate) fn run(manifest: &Path, verb: &Verb) -> anyhow::Result<ExitCode> {
    let declaration = load(manifest)?;
    let context = Context::new(declaration, Version::default())
        .program(format!("aboveboard --manifest {}", manifest.display()));
    Ok(verbs::run(&verb.0, &context))
}
