//! Subcommands by clap's builder.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("builder/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (matches, command) = telemetry.matches(cli::tree());
    command.run(|_link| cli::run(&matches))
}

#[cfg(all(test, feature = "telemetry"))]
mod tests {
    use super::*;

    #[test]
    fn the_declared_commands_are_those_of_the_program() {
        assert_eq!(telemetry::PRODUCT.commands, aboveboard::cli::command_paths(&cli::tree()));
    }
}
