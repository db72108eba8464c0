//! Built like Podman Desktop: an app that stays open, and whose extensions record through the same typed API.

use std::io::BufRead as _;
use std::process::ExitCode;
use std::time::Instant;

use aboveboard::Bounded;
use aboveboard::cli::Link;
use aboveboard::value::Country;

use telemetry::events::{
    ActionEnded, EngineConnected, Started, Stopped, action_ended, engine_connected, started,
};

aboveboard::manifest!("../../config/profiles/podman-desktop.toml");

/// Shows containers. Reads what a person would click from standard input, one action a line.
#[derive(clap::Parser)]
#[command(name = "podman-desktop", version)]
struct App {
    /// Extensions that are installed
    #[arg(long)]
    extension: Vec<String>,
}

pub(crate) fn main() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (app, window) = telemetry.parse::<App>();
    window.run(|link| open(&app, &link));
    ExitCode::SUCCESS
}

fn open(app: &App, link: &Link) {
    let opened = Instant::now();
    link.record(Started {
        took: Some(opened.elapsed()),
        region: std::env::var("LANG").ok().and_then(|locale| Country::from_locale(&locale)),
        extensions: Some(app.extension.iter().map(|name| started::Extensions::from_external(name)).collect()),
        ..Started::default()
    });
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        clicked(&line, link);
    }
    link.record(Stopped { open: Some(opened.elapsed()) });
}

/// `ACTION [PROVIDER [EXIT-CODE]]`, or `connect PROVIDER`.
fn clicked(line: &str, link: &Link) {
    let began = Instant::now();
    let mut words = line.split(' ');
    let action = words.next().unwrap_or_default();
    let provider = words.next();
    if action == "connect" {
        let provider = provider.map(engine_connected::Provider::from_external);
        return link.record(EngineConnected { provider, ..EngineConnected::default() });
    }
    let exit = words.next().and_then(|code| code.parse().ok());
    link.record(ActionEnded {
        action: Some(action_ended::Action::from_external(action)),
        provider: provider.map(action_ended::Provider::from_external),
        failed: Some(exit.is_some_and(|code| code != 0)),
        took: Some(began.elapsed()),
        exit_code: exit.map(Bounded::clamped),
        ..ActionEnded::default()
    });
}
