//! One of two programs of a product, which share a manifest.

mod fetch_cli;

use std::process::ExitCode;

aboveboard::manifest!("several/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<fetch_cli::Cli>();
    command.run(|_link| fetch_cli::run(&cli))
}
