//! Completions and man pages that know of the lines of telemetry.

mod cli;

use std::process::ExitCode;

use clap::CommandFactory as _;

aboveboard::manifest!("papers/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<cli::Cli>();
    command.run(|_link| cli::run(&cli, aboveboard::cli::instrument(cli::Cli::command())))
}
