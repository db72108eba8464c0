//! A cluster of ClickHouse beside the embedded store: the same history in both, what it cost to get there, and what the
//! page costs from there.
//!
//! `cluster [--events N] [--entries N] [--data DIR]` starts a ZooKeeper and two shards of two replicas, makes ninety days of history (see
//! `src/history.rs`) and has both stores apply them a day at a time, close what is over and forget on time. What came last is
//! received today, so that the cluster has an open day. Then a collector over each store is asked over HTTP, from an empty
//! cache and from a full one. It prints CPU time, bytes, rows read and memory, of the collector and of the servers.
//! Servers keep their data below the temporary directory. Run it with `--release` on a quiet machine.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "the tables on stdout are what this program is for")]
#![allow(clippy::print_stderr, reason = "how far it is, on stderr")]

use std::path::PathBuf;

use aboveboard_benches::{Outcome, serve};

mod ask;
mod cost;
mod growth;
mod load;
mod servers;
mod stores;

use load::Load;
use servers::Servers;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve-collector", data] => return serve::collector(data.as_ref()),
        ["serve-cluster", servers, data] => return serve::collector_of_cluster(data.as_ref(), servers),
        _ => {}
    }
    let mut events = 1_000_000;
    // `apply.entries` of a collector.
    let mut at_once = 4_096;
    let mut data = std::env::current_dir()?.join("target");
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err("each option takes a value".into()) };
        match name.as_str() {
            "--events" => events = value.parse()?,
            "--entries" => at_once = value.parse()?,
            "--data" => data = PathBuf::from(value),
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    let directory = tempfile::Builder::new().prefix("cluster-bench").tempdir_in(&data)?;
    let servers = Servers::start();
    let mut load = Load::new(events, at_once, directory.path(), &servers)?;
    print_load("at the start");
    let growth = growth::first(&mut load)?;
    load.rest()?;
    load.print()?;
    growth.print(&load)?;
    ask::all(&load)?;
    print_load("at the end");
    Ok(())
}

/// How busy the machine is.
fn print_load(when: &str) {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{when}, the load is {}", load.split(' ').take(3).collect::<Vec<_>>().join(" "));
}
