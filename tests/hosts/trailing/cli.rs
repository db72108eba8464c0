//! The program itself, which knows nothing of telemetry.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

/// Runs a program so many times
#[derive(Parser)]
#[command(name = "trailing", version)]
pub(crate) struct Cli {
    /// How often
    #[arg(short, long, default_value_t = 1)]
    times: u32,
    /// The program and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    program: Vec<OsString>,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    for _ in 0..cli.times {
        let status = std::process::Command::new(&cli.program[0]).args(&cli.program[1..]).status();
        match status.map(|status| status.code()) {
            Ok(Some(0)) => {}
            Ok(code) => return ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
            Err(error) => {
                eprintln!("trailing: {error}");
                return ExitCode::from(127);
            }
        }
    }
    ExitCode::SUCCESS
}
