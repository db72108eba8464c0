//! Completions and man pages, as the program was before telemetry.

mod cli;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

fn main() -> ExitCode {
    cli::run(&cli::Cli::parse(), cli::Cli::command())
}
