//! The verbs, one for each file or folder beside this one.

use std::process::ExitCode;

use crate::host::Product;
use crate::{exec, record, user};

/// What the exit codes of these verbs mean, for the help pages of a binary that has them.
pub const EXIT_CODES: &str = "\
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

/// A verb about the product that [`Product`] names.
#[derive(clap::Subcommand)]
pub enum Verb {
    /// Runs a program as one command of its product
    Exec(exec::Options),
    /// Records one declared event of a product
    Record(record::Options),
    /// One of the users' verbs
    #[command(flatten)]
    User(user::Verb),
}

/// Runs a verb.
///
/// # Errors
/// What was asked for could not be done.
pub fn run(verb: &Verb, product: &Product) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Exec(options) => Ok(exec::run(options, product)),
        Verb::Record(options) => record::run(options, product),
        Verb::User(verb) => user::run(verb, product),
    }
}
