//! The smallest program around a collector: what the crash tests start, kill and start again.
//! `collect [CONFIG]` prints the bound addresses and runs until it is told to stop.
#![forbid(unsafe_code)]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_collector::{Config, StartError, run};

fn main() -> ExitCode {
    let file = std::env::args_os().nth(1).map(PathBuf::from);
    match collect(file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "collect: {error}");
            ExitCode::FAILURE
        }
    }
}

fn collect(file: Option<PathBuf>) -> Result<(), StartError> {
    run(Config::load(file.as_deref())?, |running| {
        let _ = writeln!(std::io::stdout(), "listening http://{}", running.address());
        if running.operator_address() != running.address() {
            let _ = writeln!(std::io::stdout(), "operator http://{}", running.operator_address());
        }
    })
}
