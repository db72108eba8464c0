//! The program itself, which knows nothing of telemetry.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Counts the lines of files, as `wc -l` does
#[derive(Parser)]
#[command(name = "flat", version)]
pub(crate) struct Cli {
    /// Count only lines with this text
    #[arg(short, long)]
    only: Option<String>,
    /// The files
    files: Vec<PathBuf>,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for file in &cli.files {
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let counts = |line: &&str| cli.only.as_ref().is_none_or(|only| line.contains(only));
                println!("{} {}", text.lines().filter(counts).count(), file.display());
            }
            Err(error) => {
                eprintln!("flat: {}: {error}", file.display());
                code = ExitCode::from(2);
            }
        }
    }
    code
}
