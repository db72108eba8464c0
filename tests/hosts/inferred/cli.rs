//! The program itself, which knows nothing of telemetry.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Starts and tells
#[derive(Parser)]
#[command(name = "inferred", version, infer_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start something
    Start,
    /// Tell something
    Tell { what: Option<String> },
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    match &cli.command {
        Command::Start => println!("started"),
        Command::Tell { what } => println!("told {what:?}"),
    }
    ExitCode::SUCCESS
}
