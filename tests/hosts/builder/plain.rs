//! Subcommands by clap's builder, as the program was before telemetry.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(&cli::tree().get_matches())
}
