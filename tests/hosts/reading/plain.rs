//! Value parsers that read standard input and make files, as the program was before telemetry.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    cli::run(&cli::Cli::parse())
}
