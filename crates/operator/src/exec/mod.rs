//! `exec`: runs a program in another language as one command of its product.
//!
//! The program keeps its exit code, its signals, its streams and its terminal. Its arguments are handed on and
//! never recorded; what is recorded is the command that `--command` names, if the manifest declares it.

#[cfg(target_os = "linux")]
mod linux;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use aboveboard_cli_agent::Agent;

use crate::user::Host;

/// What `exec` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Canonical path of the command, as the manifest declares it
    #[arg(long, value_name = "PATH")]
    command: String,
    #[command(flatten)]
    host: Host,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

/// Runs the program. Whatever is wrong with the manifest, the program runs.
pub(crate) fn run(options: &Options, manifest: Option<&Path>) -> ExitCode {
    let Some(name) = options.program.first() else { return ExitCode::from(2) };
    let ended = match agent(options, manifest) {
        Some(agent) => {
            agent.command(&options.command, options.host.flag()).run(|_link| platform::run(&options.program))
        }
        None => platform::run(&options.program),
    };
    platform::finish(name, ended)
}

fn agent(options: &Options, manifest: Option<&Path>) -> Option<Agent> {
    let Some(manifest) = manifest else {
        crate::say::word("aboveboard: no --manifest FILE was given, so nothing is recorded");
        return None;
    };
    options.host.agent(manifest).map_err(|error| crate::say::problem(&error)).ok()
}

#[cfg(target_os = "linux")]
use linux as platform;

#[cfg(not(target_os = "linux"))]
mod platform {
    //! Elsewhere the program runs as a plain child.

    use std::ffi::OsString;
    use std::process::{Command, ExitCode};

    /// The code that the child exited with; none if it could not be started or died of a signal.
    pub(super) type Ended = Option<i32>;

    pub(super) fn run(program: &[OsString]) -> Ended {
        let (name, arguments) = program.split_first()?;
        Command::new(name).args(arguments).status().ok()?.code()
    }

    pub(super) fn finish(_program: &OsString, ended: Ended) -> ExitCode {
        std::process::exit(ended.unwrap_or(127))
    }
}
