//! The program `show` itself, which knows nothing of telemetry.

use std::process::ExitCode;

use clap::Parser;

/// Shows what was fetched by `fetch`
#[derive(Parser)]
#[command(name = "show", version)]
pub(crate) struct Cli {
    /// All of it
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    println!("{}", if cli.all { "all" } else { "something" });
    ExitCode::SUCCESS
}
