//! An async `main`.

mod cli;

use std::process::ExitCode;

aboveboard::manifest!("async/telemetry.toml");

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<cli::Cli>();
    command.run(|_link| asynchronous(cli))
}

#[tokio::main(flavor = "current_thread")]
async fn asynchronous(cli: cli::Cli) -> ExitCode {
    cli::run(cli).await
}
