//! One of two programs of a product, as the program was before telemetry.

mod fetch_cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    fetch_cli::run(&fetch_cli::Cli::parse())
}
