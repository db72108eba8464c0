//! The program itself, which knows nothing of telemetry.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

/// Waits, and says so
#[derive(Parser)]
#[command(name = "async", version)]
pub(crate) struct Cli {
    /// So many milliseconds
    #[arg(default_value_t = 1)]
    milliseconds: u64,
}

pub(crate) async fn run(cli: Cli) -> ExitCode {
    let wait = Duration::from_millis(cli.milliseconds);
    let waited = tokio::spawn(tokio::time::timeout(wait, std::future::pending::<()>())).await;
    println!("waited {} ms: {}", cli.milliseconds, waited.is_ok_and(|waited| waited.is_err()));
    if cli.milliseconds == 13 { ExitCode::from(13) } else { ExitCode::SUCCESS }
}
