//! The verb: its arguments, the agent and the program.

use std::ffi::OsString;
use std::process::ExitCode;

use aboveboard_cli_agent::Agent;

#[cfg(target_os = "linux")]
use super::linux as platform;
#[cfg(not(target_os = "linux"))]
use super::portable as platform;
use crate::host::{HostArguments, Product};
use crate::output;

/// What `exec` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The command as the manifest declares it
    #[arg(long, value_name = "PATH")]
    command: String,
    #[command(flatten)]
    host: HostArguments,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

/// Runs the program, even if the manifest cannot be used.
pub(crate) fn run(options: &Options, product: &Product) -> ExitCode {
    let Some(name) = options.program.first() else { return ExitCode::from(2) };
    let exit = match agent(options, product) {
        Some(agent) => {
            agent.command(&options.command, options.host.flag()).run(|_link| platform::run(&options.program))
        }
        None => platform::run(&options.program),
    };
    platform::finish(name, exit)
}

fn agent(options: &Options, product: &Product) -> Option<Agent> {
    options.host.agent(product).map_err(|error| output::error(&error.context("nothing is recorded"))).ok()
}
