//! No clap at all.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("no-clap/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = cli::command(&arguments).unwrap_or_default().to_owned();
    let command = telemetry.verbs("no-clap telemetry").command(name, None);
    if arguments.first().is_some_and(|word| word == "telemetry") {
        return command.verb(&arguments[1..]);
    }
    command.run(|_link| cli::run(&arguments))
}
