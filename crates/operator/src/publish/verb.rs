//! The verbs, and who does them.

use std::process::ExitCode;

use aboveboard_agent::Product;

use super::{adopt, audit, check, correct, key, plan, rehearse, run as publish, withdraw};

/// What a maker does to publish figures.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Makes the key that signs, and shows it
    #[command(subcommand)]
    Key(key::Verb),
    /// Says how sharp the figures of a manifest would be, before anything is drawn
    Plan(plan::Options),
    /// Makes a site of made-up data: what a publication would look like
    Rehearse(rehearse::Options),
    /// Draws the figures of a period once and writes the site; goes on where it was interrupted
    Run(publish::Options),
    /// Says by its exit code whether the newest publication is sound and the next one not overdue
    #[command(after_help = crate::figures::EXIT_CODES)]
    Check(check::Options),
    /// Says of a publication that it is not to be used; its files stay
    Withdraw(withdraw::Options),
    /// Draws the figures of a period anew, which costs privacy again, at most so often a year
    Correct(correct::Options),
    /// Says whether the noise of what was drawn looks as it should; what it says is confidential
    Audit(audit::Options),
    /// Reads from a site what was published, for a collector restored from a backup
    Adopt(adopt::Options),
}

pub(crate) fn run(verb: &Verb, product: &Product) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Key(verb) => key::run(verb),
        Verb::Plan(options) => plan::run(options, product),
        Verb::Rehearse(options) => rehearse::run(options),
        Verb::Run(options) => publish::run(options),
        Verb::Check(options) => check::run(options),
        Verb::Withdraw(options) => withdraw::run(options),
        Verb::Correct(options) => correct::run(options),
        Verb::Audit(options) => audit::run(options),
        Verb::Adopt(options) => adopt::run(options),
    }
}
