//! The same CLI with aboveboard's agent: whether its helper is due is a matter of `PEER_TELEMETRY_PERIOD`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let telemetry = aboveboard_cli_agent::start(&aboveboard_peers::PRODUCT, "1.0.0");
    let (_matches, command) = telemetry.matches(aboveboard_peers::tree());
    command.run(|_| ExitCode::SUCCESS)
}
