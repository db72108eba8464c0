//! One of two programs of a product, as the program was before telemetry.

mod show_cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    show_cli::run(&show_cli::Cli::parse())
}
