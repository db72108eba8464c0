//! A switch `--enable-telemetry` of its own.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("own-switch/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<cli::Cli>();
    command.switch(cli.enable_telemetry).run(|_link| cli::run(&cli))
}
