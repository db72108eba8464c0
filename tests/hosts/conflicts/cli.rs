//! The program itself, which knows nothing of telemetry.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Opens a project, or shows the last ones
#[derive(Parser)]
#[command(name = "conflicts", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// Open it here
    #[arg(long)]
    here: bool,
    /// The project
    project: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Show the last projects
    Show,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    match &cli.command {
        Some(Command::Show) => println!("no projects"),
        None => println!("opened {:?}, {}", cli.project, if cli.here { "here" } else { "there" }),
    }
    ExitCode::SUCCESS
}
