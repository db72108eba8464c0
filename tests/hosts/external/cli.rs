//! The program itself, which knows nothing of telemetry.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs plug-ins, as git and cargo do
#[derive(Parser)]
#[command(name = "external", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show what is there
    Status,
    #[command(external_subcommand)]
    Plugin(Vec<OsString>),
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    match &cli.command {
        Command::Status => println!("all is well"),
        Command::Plugin(words) => println!("would run {words:?}"),
    }
    ExitCode::SUCCESS
}
