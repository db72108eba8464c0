//! The program itself, which knows nothing of telemetry.

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;

/// Adds the numbers in a file
#[derive(Parser)]
#[command(name = "result", version)]
pub(crate) struct Cli {
    /// The file, a number on each line
    file: PathBuf,
}

pub(crate) fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(&cli.file)?;
    let numbers: Vec<i64> = text.lines().map(str::parse).collect::<Result<_, _>>()?;
    println!("{}", numbers.iter().sum::<i64>());
    Ok(())
}
