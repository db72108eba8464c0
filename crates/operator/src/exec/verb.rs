//! The verb: its arguments, the agent and the program.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use aboveboard_cli_agent::Agent;

#[cfg(target_os = "linux")]
use super::linux as platform;
#[cfg(not(target_os = "linux"))]
use super::portable as platform;
use crate::output;
use crate::user::HostArguments;

/// What `exec` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
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
pub(crate) fn run(options: &Options, manifest: Option<&Path>) -> ExitCode {
    let Some(name) = options.program.first() else { return ExitCode::from(2) };
    let exit = match agent(options, manifest) {
        Some(agent) => {
            agent.command(&options.command, options.host.flag()).run(|_link| platform::run(&options.program))
        }
        None => platform::run(&options.program),
    };
    platform::finish(name, exit)
}

fn agent(options: &Options, manifest: Option<&Path>) -> Option<Agent> {
    let Some(manifest) = manifest else {
        output::message("aboveboard: no --manifest FILE was given, so nothing is recorded");
        return None;
    };
    options.host.agent(manifest).map_err(|error| output::error(&error)).ok()
}
