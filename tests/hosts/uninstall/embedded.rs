//! A program that removes itself, and what telemetry keeps.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("uninstall/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<cli::Cli>();
    if let cli::Command::Uninstall = cli.command {
        command.verb(["uninstall"]);
        return cli::run(&cli);
    }
    command.run(|_link| cli::run(&cli))
}
