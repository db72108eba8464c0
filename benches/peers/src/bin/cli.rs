//! The same CLI with aboveboard's agent: whether its helper is due is a matter of `PEER_PERIOD`, in seconds.

use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let period = std::env::var("PEER_PERIOD").ok().and_then(|text| text.parse().ok()).unwrap_or(86_400);
    let telemetry = aboveboard_cli_agent::start(&aboveboard_peers::PRODUCT, "1.0.0");
    let telemetry = telemetry.every(Duration::from_secs(period));
    let (_matches, command) = telemetry.matches(aboveboard_peers::tree());
    command.run(|_| ExitCode::SUCCESS)
}
