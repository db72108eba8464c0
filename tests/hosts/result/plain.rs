//! A `main` that returns `Err`, as the program was before telemetry.

mod cli;

use std::error::Error;

use clap::Parser as _;

fn main() -> Result<(), Box<dyn Error>> {
    cli::run(&cli::Cli::parse())
}
