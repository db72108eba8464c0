//! The program itself, which knows nothing of telemetry.

use std::process::ExitCode;

use clap::Parser;

/// Joins two words
#[derive(Parser)]
#[command(name = "positional", version)]
pub(crate) struct Cli {
    /// The first word
    first: String,
    /// The second word, and more
    #[arg(required = true)]
    more: Vec<String>,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    println!("{}-{}", cli.first, cli.more.join("-"));
    ExitCode::SUCCESS
}
