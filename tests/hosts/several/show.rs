//! One of two programs of a product, which share a manifest.

#[cfg(all(test, feature = "telemetry"))]
#[allow(dead_code, reason = "the test needs its parser alone")]
mod fetch_cli;
mod show_cli;

use std::process::ExitCode;

aboveboard::manifest!("several/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<show_cli::Cli>();
    command.run(|_link| show_cli::run(&cli))
}

#[cfg(all(test, feature = "telemetry"))]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_declared_commands_are_those_of_both_programs() {
        let programs = [fetch_cli::Cli::command(), show_cli::Cli::command()];
        assert_eq!(telemetry::PRODUCT.commands, aboveboard::cli::command_paths(&programs));
    }
}
