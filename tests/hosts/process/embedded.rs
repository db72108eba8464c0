//! Every way in which a process ends.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("process/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<cli::Cli>();
    command.run(|link| cli::run(&cli, || link.finish()))
}
