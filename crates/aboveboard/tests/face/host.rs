//! A host of all three agents, with every call that hosts can make. It compiles with and without the feature
//! `telemetry`; without it, it is the same program and holds no telemetry.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aboveboard::cli::{self, Command, Finished, Link};
use aboveboard::console::{self, Bridge, ConsoleState, Origin, Origins, Sink, Upstream};
use aboveboard::declaration::Component;
use aboveboard::event::{Ending, Event};
use aboveboard::id::Id;
use aboveboard::outcome::DropReason;
use aboveboard::server::{self, Counted, StateStore, StateStoreError};
use aboveboard::{Bounded, Record};
use axum::http::Request;
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
    /// Prints what it is made of
    About,
}

fn main() -> ExitCode {
    let agent = configured(cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION")));
    let (cli, command) = agent.parse::<Cli>();
    command.config(Some(false)).run(|link| match cli.command {
        Verb::About => about(&link),
    })
}

/// Every setting of a command line program.
fn configured(agent: cli::Agent) -> cli::Agent {
    agent
        .endpoint("https://telemetry.example.org")
        .allow_private(false)
        .every(Duration::from_secs(3_600))
        .program("host")
        .helper("/usr/bin/host-telemetry")
        .deliver_at_exit(Duration::from_secs(2))
        .hand_over("HOST_PRODUCT", "every-type")
        .config_with(|| Err::<Option<bool>, _>("the configuration could not be read"))
}

fn about(link: &Link) -> ExitCode {
    link.headers([(cli::LINK_HEADER, "off"), (server::LINK_HEADER, "waiting")]);
    link.record(StartFinished::default());
    let agent = start_server();
    let event = StartFinished {
        provider: Some(Provider::from_external("podman")),
        status: Some(Bounded::constant::<404>()),
        ..StartFinished::default()
    };
    let _ = event.clone().event(0);
    agent.record(event);
    let bridge = link.console(0).map(|bridge| console::router(Arc::new(bridge)));
    let app: axum::Router =
        axum::Router::new().merge(agent.router()).merge(bridge.unwrap_or_default()).layer(agent.layer());
    let status = agent.status();
    let _ = (app, agent.preview(), agent.shutdown(), status.because());
    #[expect(clippy::print_stdout, reason = "the program's answer")]
    {
        println!("commands {:?}, server {}", cli::command_paths(&Cli::command()), status.mode());
    }
    ExitCode::SUCCESS
}

/// Every setting of a server, and its start.
fn start_server() -> server::Handle {
    let counts = || async {
        Some(telemetry::Counts { things: 1, kinds: telemetry::counts::Kinds::default(), bricks: 5, roofs: 7 })
    };
    counted(server::Agent::new(&telemetry::PRODUCT, "1.2.3"), counts)
        .flag(Some("false"))
        .config(server::ConfigValue::default())
        .directory("/nonexistent")
        .state_store(NoStore)
        .endpoint("https://telemetry.example.org")
        .allow_private(false)
        .first_delay(Duration::from_secs(60))
        .every(Duration::from_secs(86_400))
        .timings(&telemetry::TIMINGS)
        .roots("/nonexistent/roots.pem")
        .notice(|_line| ())
        .origins(["https://host.example.org"])
        .token("of-the-operator")
        .start()
}

/// A closure of any kind that counts.
fn counted<Kind, F, C>(agent: server::Agent, count: F) -> server::Agent
where
    F: Fn() -> C + Send + Sync + 'static,
    C: Future + Send + 'static,
    C::Output: Counted<Kind>,
{
    agent.counts(count)
}

/// A state store that never answers.
struct NoStore;

impl StateStore for NoStore {
    async fn load(&self, _name: &'static str) -> Result<Option<String>, StateStoreError> {
        Err("there is no store".into())
    }

    async fn swap(
        &self,
        _name: &'static str,
        _before: Option<String>,
        _after: Option<String>,
    ) -> Result<bool, StateStoreError> {
        Err("there is no store".into())
    }
}

/// What this host does not do as it runs: other ways to the same agents.
#[allow(dead_code, reason = "that it compiles is what counts")]
mod other_ways {
    use super::*;

    fn with_a_tree_of_its_own(agent: cli::Agent, tree: clap::Command) -> (clap::ArgMatches, Command) {
        agent
            .verbs("host telemetry")
            .wording("acme-1", "Acme builds this host.")
            .matches(tree.arg(cli::enable_telemetry()))
    }

    fn with_a_command_line_of_its_own(
        agent: fn() -> cli::Agent,
        line: [&str; 2],
    ) -> Result<ExitCode, clap::Error> {
        let (_, command) = agent().parse_from::<Cli>(line);
        let _ = command.switch(true).switch(Some("false")).verb(["status", "--check"]);
        let _ = agent().try_parse::<Cli>().is_ok() || agent().try_parse_from::<Cli>(line).is_ok();
        let (_, command) = agent().try_matches_from(cli::instrument(Cli::command()), line)?;
        let matches = cli::verbs::command().try_get_matches_from(["x", "off"])?;
        let context = agent().context(None);
        let of_server = context.clone().commands(Vec::new()).of_server("/nonexistent".into());
        let _ = (
            cli::verbs::run(&matches, &context),
            cli::verbs::deliver(&of_server, true),
            cli::verbs::Exit::Off.code(),
        );
        let _ = (cli::verbs::verbs(), cli::verbs::NAME);
        Ok(command.verb(["off"]))
    }

    fn without_clap(agent: cli::Agent) -> ExitCode {
        agent.command("about", Some("true".to_owned())).config(Some("true")).unasked().run(|link| {
            link.server("off");
            link.finish();
            ExitCode::SUCCESS
        })
    }

    fn of_a_library(event: &Event<'static>) -> bool {
        let agent = || cli::library(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
        let delivered = agent().deliver_now(None) == cli::Delivery::Done;
        let untyped = agent().record_event(Component::App, event, None).is_ok();
        agent().record(Component::App, StartFinished::default(), Some("true")).is_ok() || untyped || delivered
    }

    fn that_lives(agent: cli::Agent, event: &Event<'static>) -> cli::Fate {
        let mut resident = agent.resident(Some("true".to_owned()));
        let _ = resident.begin(1, "about");
        resident.link("off", Some(1));
        let fate = resident.record(Component::App, event);
        if resident.is_open(1) && resident.open_runs() > 0 {
            let _ = resident.end(1, Ending::Success);
        }
        resident.dropped(DropReason::WriteFailed, 1);
        if resident.tends_at().is_some() {
            resident.tend();
        }
        let _ = resident.because(Component::App);
        resident.close();
        fate
    }

    fn of_a_closure(link: Link, work: impl FnOnce(Link) -> Result<(), String>) -> bool {
        work(link).failed()
    }

    /// A sink of the host's own.
    struct Nowhere;

    impl Sink for Nowhere {
        fn state(&self) -> ConsoleState {
            match ConsoleState::of_cli(Id::NIL, Upstream::Silent) {
                ConsoleState::Off => ConsoleState::of_server(Id::NIL),
                on => on,
            }
        }

        fn record(&self, _event: Event<'static>) {}

        fn undeclared(&self, _events: u64) {}
    }

    fn a_bridge_without_a_router(peer: SocketAddr) -> Option<u16> {
        let all = [
            Origins::literal(),
            Origins::loopback(peer.port()),
            Origins::listed(Origin::parse("https://host.example.org")),
        ];
        let request = Request::get("/telemetry/config").header(console::TOKEN_HEADER, "").body(()).ok()?;
        let (parts, ()) = request.into_parts();
        let [_, _, origins] = all;
        let bridge = Bridge::new(&telemetry::PRODUCT, origins, Id::NIL, Nowhere);
        let body = vec![0; console::MAX_BYTES];
        let response = bridge.answer(&parts, &body, Some(peer));
        (bridge.meta().is_empty() && !bridge.is_on()).then(|| response.status().as_u16())
    }
}
