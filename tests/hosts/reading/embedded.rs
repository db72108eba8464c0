//! Value parsers that read standard input and make files.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("reading/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<cli::Cli>();
    command.run(|_link| cli::run(&cli))
}

#[cfg(all(test, feature = "telemetry"))]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_declared_commands_are_those_of_the_program() {
        assert_eq!(telemetry::PRODUCT.commands, aboveboard::cli::command_paths(&cli::Cli::command()));
    }
}
