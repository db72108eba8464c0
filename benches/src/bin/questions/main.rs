//! Ten million events the whole way: loaded through the log and the thread that applies, counted, and asked about.
//!
//! `questions [--events N] [--data DIR] [--keep DIR]` makes ninety days of history (see `src/history.rs`), puts them into
//! the ingest log fifteen days at a time, lets a collector apply each part and forget on time as of its last day, and
//! then asks a collector over HTTP for every table and for the page. It prints the time to load, whether as many events
//! are counted as were sent, the bytes of the store, memory, and for each question the median and the server's CPU time. With `--keep` the store stays there, and one
//! that is there is only asked. Run it with `--release` on a quiet machine.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "the table on stdout is what this program is for")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aboveboard_benches::history::{DAYS, History, INSTALLATIONS};
use aboveboard_benches::process::Server;
use aboveboard_benches::usage::mib;
use aboveboard_benches::{Outcome, serve};
use aboveboard_collector::upkeep;
use aboveboard_store::retention;
use aboveboard_store_sqlite::{Expect, open};
use aboveboard_types::clock;

mod ask;
mod size;

/// Days that are in the log at once.
const PART: u16 = 15;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "serve-collector") {
        return serve::collector(arguments.get(1).ok_or("no directory")?.as_ref());
    }
    let mut events = 10_000_000;
    let mut data = std::env::current_dir()?.join("target");
    let mut keep = None;
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err("each option takes a value".into()) };
        match name.as_str() {
            "--events" => events = value.parse()?,
            "--data" => data = value.into(),
            "--keep" => keep = Some(PathBuf::from(value)),
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    let directory = tempfile::Builder::new().prefix("questions-bench").tempdir_in(&data)?;
    let data = keep.unwrap_or_else(|| directory.path().to_owned());
    let end = i64::from(clock::day(clock::now())) * 86_400 - 1;
    if !data.join("store.sqlite").exists() {
        load(&data, events, end)?;
    }
    size::print(&data.join("store.sqlite"))?;
    let server = Server::start(&["serve-collector"], Some(&data))?;
    let (_, idle) = server.resident()?;
    ask::all(&server, end / 86_400)?;
    let (peak, now) = server.resident()?;
    println!(
        "memory MiB       {:.1} at start, {:.1} after all questions, {:.1} at most",
        mib(idle),
        mib(now),
        mib(peak)
    );
    server.stop()
}

/// Everything into the store, fifteen days at a time.
fn load(data: &Path, events: u64, end: i64) -> Outcome<()> {
    std::fs::create_dir_all(data)?;
    let mut history = History::new(INSTALLATIONS * events / 10_000_000, end);
    let mut applying = Duration::ZERO;
    let mut cpu = Duration::ZERO;
    let mut peak = 0;
    for first in (0..DAYS).step_by(usize::from(PART)) {
        let until = (first + PART).min(DAYS);
        for day in first..until {
            aboveboard_collector::import(data, history.day(day))?;
        }
        let start = Instant::now();
        let server = Server::start(&["serve-collector"], Some(data))?;
        server.settle()?;
        applying += start.elapsed();
        cpu += server.cost()?.all;
        peak = peak.max(server.resident()?.0);
        server.stop()?;
        // What a collector that runs all the time forgets hour by hour.
        let manifests = upkeep::manifests(data)?;
        let mut store = open(&data.join("store.sqlite"), Expect::Existing)?;
        retention::run(&mut store, history.end_of(until - 1), &manifests)?;
    }
    let counted = size::counted(&data.join("store.sqlite"))?;
    println!("sent             {} events in {} batches", history.events, history.batches);
    println!(
        "counted          {counted} events{}",
        if i64::try_from(history.events)? == counted { "" } else { ": NOT AS MANY" }
    );
    println!(
        "applied          in {:.1} s, {:.2} µs of CPU an event, {:.1} a batch, {:.1} MiB resident at most",
        applying.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / history.events as f64,
        cpu.as_secs_f64() * 1e6 / history.batches as f64,
        mib(peak)
    );
    Ok(())
}
