//! The verbs, one for each file or folder beside this one.

use std::process::ExitCode;

#[cfg(feature = "bridge")]
use crate::bridge;
use crate::host::Product;
use crate::user::EXIT_CODES;
use crate::{ask, deliver, exec, record, relay, user};

/// What the exit codes of these verbs mean, for the help pages of a binary that has them.
#[must_use]
pub fn exit_codes() -> String {
    format!(
        "{EXIT_CODES}\n\
         exec ends as its program does; if that could not be started, with 127 (not found) or 126.\n\
         deliver ends with 0 too where nothing is due, and else as status --check, or with 6.\n\
         ask ends with 0, whatever was answered and whether anybody was asked."
    )
}

/// A verb about the product that [`Product`] names.
#[derive(clap::Subcommand)]
pub enum Verb {
    /// Asks for consent on the terminal of the program that calls this, as its last act
    Ask(ask::Options),
    /// Answers the pages of a web console for the program that serves it, for as long as that lives
    #[cfg(feature = "bridge")]
    Bridge(bridge::Options),
    /// Delivers what is due, in the foreground, for timers
    Deliver(deliver::Options),
    /// Runs a program as one command of its product
    Exec(exec::Options),
    /// Records one declared event of a product, or one command that has ended
    Record(record::Options),
    /// Records what a program writes to the standard input of this one, for as long as it lives
    Relay(relay::Options),
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
        Verb::Ask(options) => ask::run(options, product),
        #[cfg(feature = "bridge")]
        Verb::Bridge(options) => bridge::run(options, product),
        Verb::Deliver(options) => deliver::run(options, product),
        Verb::Exec(options) => Ok(exec::run(options, product)),
        Verb::Record(options) => record::run(options, product),
        Verb::Relay(options) => Ok(relay::run(options, product)),
        Verb::User(verb) => user::run(verb, product),
    }
}
