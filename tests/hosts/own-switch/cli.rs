//! The program itself, which has a switch for what it sent before: its own.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps a list
#[derive(Parser)]
#[command(name = "own-switch", version)]
pub(crate) struct Cli {
    /// Tell us how this program is used
    #[arg(long, value_name = "BOOL", global = true)]
    pub(crate) enable_telemetry: Option<bool>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the list
    List,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    let Command::List = cli.command;
    println!("nothing");
    ExitCode::SUCCESS
}
