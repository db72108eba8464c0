//! Arguments or a subcommand, and never both.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("conflicts/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<cli::Cli>();
    command.run(|_link| cli::run(&cli))
}
