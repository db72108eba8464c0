//! A subcommand `telemetry` of its own.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("own-verbs/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.config_with(configured).parse::<cli::Cli>();
    command.run(|_link| cli::run(&cli))
}

/// What the user has said by the program's own `telemetry disable`.
fn configured() -> Option<String> {
    std::path::Path::new(cli::QUIET).exists().then(|| "false".to_owned())
}
