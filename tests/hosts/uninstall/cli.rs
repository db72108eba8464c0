//! The program itself, which can remove itself and knows nothing of telemetry.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps a list, and removes itself
#[derive(Parser)]
#[command(name = "uninstall", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the list
    List,
    /// Remove this program and all it keeps
    Uninstall,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    match cli.command {
        Command::List => println!("nothing"),
        Command::Uninstall => println!("uninstalled"),
    }
    ExitCode::SUCCESS
}
