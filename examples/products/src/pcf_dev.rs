//! Built like PCF Dev: a plug-in whose starts take long, and fail in one of many steps.

use std::process::ExitCode;
use std::time::Duration;

use aboveboard::Bounded;
use aboveboard::cli::Link;

use telemetry::events::{AppPushed, StartBegun, StartFinished, app_pushed, start_begun, start_finished};

aboveboard::manifest!("../../config/profiles/pcf-dev.toml");

/// Runs a small cloud.
#[derive(clap::Parser)]
#[command(name = "dev", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Starts the cloud
    Start {
        /// Memory of the machine, in GiB
        #[arg(long, default_value_t = 8)]
        memory: u64,
        /// Services to start with it
        #[arg(long)]
        service: Vec<String>,
        /// Fails in this step
        #[arg(long)]
        fail: Option<String>,
    },
    /// Pushes an application
    Target {
        /// What it is built with
        buildpack: String,
    },
    /// Stops the cloud
    Stop,
}

pub(crate) fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.parse::<Cli>();
    command.run(|link| run(&cli.command, &link))
}

fn run(command: &Command, link: &Link) -> ExitCode {
    match command {
        Command::Start { memory, service, fail } => start(*memory, service, fail.as_deref(), link),
        Command::Target { buildpack } => {
            let buildpack = Some(app_pushed::Buildpack::from_external(buildpack));
            link.record(AppPushed { buildpack, failed: Some(false) });
            ExitCode::SUCCESS
        }
        Command::Stop => ExitCode::SUCCESS,
    }
}

fn start(memory: u64, services: &[String], fail: Option<&str>, link: &Link) -> ExitCode {
    link.record(StartBegun {
        memory: Some(memory),
        services: Some(services.iter().map(|name| start_begun::Services::from_external(name)).collect()),
        ..StartBegun::default()
    });
    link.record(StartFinished {
        failed: Some(fail.is_some()),
        step: fail.map(start_finished::Step::from_external),
        exit_code: fail.map(|_| Bounded::constant::<1>()),
        took: Some(Duration::from_secs(700)),
    });
    if fail.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
