//! The verbs for users: `<program> telemetry <verb>`, and the same in the binary `aboveboard --manifest FILE`.
//!
//! Data goes to stdout, words to stderr. Exit codes:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; `status --check`: on; `doctor`: nothing found |
//! | 1 | it could not be done; stderr says why; `doctor`: something found |
//! | 2 | the command line was not understood |
//! | 3 | telemetry is off |
//! | 4 | `status --check`: local |
//! | 5 | `status --check`: undecided |
//! | 6 | nothing was lost, but the collector has not taken everything yet; a later try may do |

mod answering;
mod command;
mod context;
mod doctor;
mod erasure;
mod exit;
mod handover;
mod payload;
mod server;
mod status;

pub use self::{
    command::{NAME, command, verbs},
    context::Context,
    exit::Exit,
};

pub(crate) use self::command::deferred;

use std::process::ExitCode;

use clap::ArgMatches;

/// Runs one of the [`verbs`], as clap parsed it.
#[must_use]
pub fn run(matches: &ArgMatches, context: &Context<'_>) -> ExitCode {
    context.run(matches).into()
}
