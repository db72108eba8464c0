//! The program itself, which has a switch for what it sent before: its own.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps a list
#[derive(Parser)]
#[command(name = "own-verbs", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the list
    List,
    /// What this program tells us
    #[command(subcommand)]
    Telemetry(Telemetry),
}

#[derive(Subcommand)]
pub(crate) enum Telemetry {
    /// Tell
    Enable,
    /// Do not tell
    Disable,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    match &cli.command {
        Command::List => println!("nothing"),
        Command::Telemetry(Telemetry::Enable) => println!("enabled"),
        Command::Telemetry(Telemetry::Disable) => println!("disabled"),
    }
    ExitCode::SUCCESS
}
