//! The users' verbs: the CLI agent's own, mounted for programs that cannot mount them themselves.

use std::process::ExitCode;

use aboveboard_cli_agent::verbs;
use anyhow::bail;
use clap::error::ErrorKind;
use clap::{ArgMatches, Command, FromArgMatches, Subcommand};

use crate::host::{HostArguments, Product, ServerArguments};
use crate::left::MAY_SAY_NO;

/// What the exit codes of these verbs mean.
pub(crate) const EXIT_CODES: &str = "\
Data goes to stdout, messages to stderr. Exit codes:
  0  done
  1  failed, or a check found problems
  2  wrong usage
  3  telemetry is off      (status --check, and verbs that need it on)
  4  telemetry is local    (status --check)
  5  nobody has decided    (status --check, and held)
  6  the collector has not taken everything yet";

/// One of the verbs, as clap parsed it.
#[derive(Debug)]
pub struct Verb {
    /// Of the command that has the verbs.
    matches: ArgMatches,
    host: HostArguments,
    server: ServerArguments,
}

impl FromArgMatches for Verb {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(ErrorKind::MissingSubcommand);
        let (_, verb) = matches.subcommand().ok_or_else(missing)?;
        let host = HostArguments::from_arg_matches(verb)?;
        Ok(Self { matches: matches.clone(), host, server: ServerArguments::from_arg_matches(verb)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Verb {
    fn augment_subcommands(command: Command) -> Command {
        command.subcommands(verbs::verbs().into_iter().map(HostArguments::add_hidden))
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
    let allows = verb.matches.subcommand_name() == Some("on");
    if allows && product.words()?.is_some_and(|words| words.wording.is_some()) {
        bail!("consent is given in the program itself, which shows the text that it is given to");
    }
    if verb.matches.subcommand_name() == Some("send") && verb.host.lacks_config(product)? {
        bail!("{MAY_SAY_NO}; nothing is sent. Name it with --config FILE");
    }
    Ok(verbs::run(&verb.matches, &verb.host.context(product, &verb.server)?))
}
