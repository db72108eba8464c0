//! The program `fetch` itself, which knows nothing of telemetry.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Fetches what is shown by `show`
#[derive(Parser)]
#[command(name = "fetch", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// At once
    Now,
    /// In the evening
    Later,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    match cli.command {
        Command::Now => println!("fetched"),
        Command::Later => println!("will be fetched"),
    }
    ExitCode::SUCCESS
}
