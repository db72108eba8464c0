//! `aboveboard collector`: what an operator does with a running collector.

mod door;
mod erase;
mod healthcheck;

use std::process::ExitCode;

/// One for each file beside this one.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Erases everything of one installation, and whatever still arrives from it
    Erase(erase::Options),
    /// Says by its exit code whether the collector is ready: 0 if it is, 1 if not
    Healthcheck(healthcheck::Options),
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Erase(options) => erase::run(options),
        Verb::Healthcheck(options) => healthcheck::run(options),
    }
}
