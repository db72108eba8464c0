//! The program itself, which has told its makers something for long, and has a subcommand and a file for that.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps a list
#[derive(Parser)]
#[command(name = "own-verbs", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the list
    List,
    /// What this program tells us
    #[command(subcommand)]
    Telemetry(Telemetry),
}

#[derive(Subcommand)]
enum Telemetry {
    /// Tell
    Enable,
    /// Do not tell
    Disable,
}

/// Its configuration: the file is there while the program must not tell.
pub(crate) const QUIET: &str = "quiet";

pub(crate) fn run(cli: &Cli) -> ExitCode {
    match &cli.command {
        Command::List => println!("nothing"),
        Command::Telemetry(Telemetry::Enable) => println!("enabled: {}", std::fs::remove_file(QUIET).is_ok()),
        Command::Telemetry(Telemetry::Disable) => println!("disabled: {}", std::fs::write(QUIET, "").is_ok()),
    }
    ExitCode::SUCCESS
}
