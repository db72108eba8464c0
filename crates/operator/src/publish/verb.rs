//! The verbs, and who does them.

use std::process::ExitCode;

use super::{check, key, rehearse};

/// What a maker does to publish figures.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Makes the key that signs, and shows it
    #[command(subcommand)]
    Key(key::Verb),
    /// Makes a site of made-up data: what a publication would look like
    Rehearse(rehearse::Options),
    /// Says by its exit code whether the newest publication is sound and the next one not overdue
    #[command(after_help = crate::figures::EXIT_CODES)]
    Check(check::Options),
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Key(verb) => key::run(verb),
        Verb::Rehearse(options) => rehearse::run(options),
        Verb::Check(options) => check::run(options),
    }
}
