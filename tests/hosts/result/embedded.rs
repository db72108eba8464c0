//! A `main` that returns `Err`.

mod cli;

use std::error::Error;

aboveboard::manifest!("result/telemetry.toml");

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<cli::Cli>();
    command.run(|_link| cli::run(&cli))
}
