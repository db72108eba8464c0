//! The verbs, and who does them.

use std::process::ExitCode;

use super::verify;

/// What anybody asks of published figures.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Checks a site of published figures: signature, log, every document and every figure
    #[command(after_help = super::exits::EXIT_CODES)]
    Verify(verify::Options),
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Verify(options) => verify::run(options),
    }
}
