//! Any other program as a subcommand, and none of its own.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("aliases/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<cli::Cli>();
    command.run(|_link| cli::run(&cli))
}
