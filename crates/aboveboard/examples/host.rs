//! A host of all three agents, with every call that hosts make. It compiles with and without the feature
//! `telemetry`; without it, it is the same program and holds no telemetry.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aboveboard::cli::{Link, command_paths};
use aboveboard::{Bounded, Record as _};
use clap::CommandFactory as _;

aboveboard::manifest!("../manifest/tests/fixtures/every.toml");

use telemetry::events::{StartFinished, start_finished::Provider};

/// A program that serves, and records what it did.
#[derive(clap::Parser)]
struct Cli {
    #[command(subcommand)]
    command: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Says what it is made of
    About,
}

fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (cli, command) = telemetry.every(Duration::from_secs(3_600)).config_with(|| None).parse::<Cli>();
    command.config(Some(false)).run(|link| match cli.command {
        Verb::About => about(&link),
    })
}

fn about(link: &Link) -> ExitCode {
    link.headers([("content-type", "text/plain")]);
    link.record(StartFinished::default());
    let counts =
        || async { Some(telemetry::Counts { things: 1, kinds: telemetry::counts::Kinds::default() }) };
    let agent = aboveboard::server::Agent::new(&telemetry::PRODUCT, "1.2.3")
        .flag(Some("false"))
        .config(None)
        .directory("/nonexistent")
        .counts(counts)
        .start();
    let event = StartFinished {
        provider: Some(Provider::from_external("podman")),
        status: Some(Bounded::constant::<404>()),
        ..StartFinished::default()
    };
    let _ = event.clone().event(0);
    agent.record(event);
    let bridge = link.console(0).map(|bridge| aboveboard::console::router(Arc::new(bridge)));
    let app: axum::Router =
        axum::Router::new().merge(agent.router()).merge(bridge.unwrap_or_default()).layer(agent.layer());
    let _ = (app, agent.preview(), agent.shutdown());
    #[expect(clippy::print_stdout, reason = "the program's answer")]
    {
        println!("commands {:?}, server {}", command_paths(&Cli::command()), agent.status().mode());
    }
    ExitCode::SUCCESS
}
