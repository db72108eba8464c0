//! What an acknowledged batch costs the collector, in one run with a bare hyper handler that reads and answers and, where
//! nginx is installed, with nginx that writes the body to a log: no decoding, no check, no sync.
//!
//! `ingest [--seconds N] [--rounds N] [--connections N] [--data DIR]` starts each server as a process of its own, drives
//! it from this process over loopback, and reads the server's CPU time from the system. Rounds alternate between the
//! servers; medians are printed. Run it with `--release` on a quiet machine; the data directory decides which disk the
//! syncs go to.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "the table on stdout is what this program is for")]

use std::path::PathBuf;
use std::time::Duration;

mod batch;
mod load;

use aboveboard_benches::process::{Cost, Server};
use aboveboard_benches::{Outcome, serve};
use batch::Batch;

/// Events in a batch, one line of the table each.
const SIZES: [usize; 3] = [1, 20, 500];

struct Options {
    seconds: u64,
    rounds: usize,
    connections: usize,
    data: PathBuf,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("serve-bare") => serve::bare(),
        Some("serve-collector") => serve::collector(arguments.get(1).ok_or("no directory")?.as_ref()),
        _ => measure(&options(&arguments)?),
    }
}

fn options(arguments: &[String]) -> Outcome<Options> {
    let mut options =
        Options { seconds: 3, rounds: 3, connections: 64, data: std::env::current_dir()?.join("target") };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err("each option takes a value".into()) };
        match name.as_str() {
            "--seconds" => options.seconds = value.parse()?,
            "--rounds" => options.rounds = value.parse()?,
            "--connections" => options.connections = value.parse()?,
            "--data" => options.data = value.into(),
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    Ok(options)
}

/// What one round gave.
struct Round {
    requests: u64,
    elapsed: Duration,
    p50: Duration,
    p99: Duration,
    cost: Cost,
    idle: u64,
    resident: u64,
}

fn measure(options: &Options) -> Outcome<()> {
    println!(
        "{:>6} {:>9} {:>10} {:>10} {:>12} {:>10} {:>12} {:>8} {:>8} {:>6} {:>6}",
        "batch",
        "server",
        "request/s",
        "event/s",
        "µs/request",
        "µs/event",
        "all µs/event",
        "p50 ms",
        "p99 ms",
        "idle",
        "MiB"
    );
    for events in SIZES {
        let mut rounds: Vec<(ServerKind, Vec<Round>)> = ServerKind::ALL.map(|kind| (kind, Vec::new())).into();
        for round in 0..options.rounds {
            // The first finds the machine cooler, so they take turns.
            rounds.rotate_left(round % ServerKind::ALL.len());
            for (kind, of) in &mut rounds {
                of.extend(one(options, events, *kind)?);
            }
        }
        rounds.sort_by_key(|(kind, _)| *kind as u8);
        let bare = rounds.first().map_or(f64::NAN, |(_, of)| median(of, front));
        for (kind, of) in &rounds {
            if of.is_empty() {
                println!("{events:>6} {:>9} is not installed: left out", kind.name());
            } else {
                print(kind.name(), events, of);
                println!("{:>16} {:.2} × bare", "", median(of, front) / bare);
            }
        }
    }
    Ok(())
}

/// The servers that are compared.
#[derive(Clone, Copy)]
enum ServerKind {
    Bare,
    Collector,
    Nginx,
}

impl ServerKind {
    const ALL: [Self; 3] = [Self::Bare, Self::Collector, Self::Nginx];

    fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Collector => "collector",
            Self::Nginx => "nginx",
        }
    }
}

/// One round; `None` where the server is not installed.
fn one(options: &Options, events: usize, kind: ServerKind) -> Outcome<Option<Round>> {
    let directory = tempfile::Builder::new().prefix("ingest-bench").tempdir_in(&options.data)?;
    let server = match kind {
        ServerKind::Bare => Some(Server::start(&["serve-bare"], None)?),
        ServerKind::Collector => Some(Server::start(&["serve-collector"], Some(directory.path()))?),
        ServerKind::Nginx => Server::nginx(directory.path())?,
    };
    let Some(server) = server else { return Ok(None) };
    let (_, idle) = server.resident()?;
    // A moment to warm up, then the measured time.
    load::drive(server.address, options.connections, Duration::from_millis(500), Batch::new(events, 0))?;
    let before = server.cost()?;
    let duration = Duration::from_secs(options.seconds);
    let driven = load::drive(server.address, options.connections, duration, Batch::new(events, 1))?;
    let front = server.cost()?;
    if matches!(kind, ServerKind::Collector) {
        server.settle()?;
    }
    let after = server.cost()?;
    let cost = Cost { front: front.front - before.front, all: after.all - before.all };
    Ok(Some(Round {
        requests: driven.requests,
        elapsed: driven.elapsed,
        p50: driven.percentile(50),
        p99: driven.percentile(99),
        cost,
        idle,
        resident: server.resident()?.0,
    }))
}

/// Microseconds of CPU for a request, without what applies it afterwards.
fn front(round: &Round) -> f64 {
    round.cost.front.as_secs_f64() * 1e6 / round.requests as f64
}

fn median(rounds: &[Round], figure: impl Fn(&Round) -> f64) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn print(server: &str, events: usize, rounds: &[Round]) {
    let rate = median(rounds, |round| round.requests as f64 / round.elapsed.as_secs_f64());
    let request = median(rounds, front);
    let all = median(rounds, |round| round.cost.all.as_secs_f64() * 1e6 / round.requests as f64);
    println!(
        "{events:>6} {server:>9} {rate:>10.0} {:>10.0} {request:>12.2} {:>10.3} {:>12.3} {:>8.2} {:>8.2} {:>6.1} {:>6.1}",
        rate * events as f64,
        request / events as f64,
        all / events as f64,
        median(rounds, |round| round.p50.as_secs_f64() * 1e3),
        median(rounds, |round| round.p99.as_secs_f64() * 1e3),
        median(rounds, |round| round.idle as f64 / 1024.0 / 1024.0),
        median(rounds, |round| round.resident as f64 / 1024.0 / 1024.0),
    );
}
