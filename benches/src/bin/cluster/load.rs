//! The history on its way into both stores.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aboveboard_benches::history::{DAYS, History, INSTALLATIONS};
use aboveboard_benches::process::Server;
use aboveboard_benches::{Outcome, serve, usage};
use aboveboard_store::entry::{LogEntry, Position};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store_sqlite::{Expect, open};
use aboveboard_types::clock;

use crate::cost::{Cost, micros};
use crate::servers::Servers;
use crate::stores::{self, apply, open_cluster, patiently, tidy};

/// What both stores have, and what it cost.
pub(crate) struct Load<'s> {
    pub(crate) servers: &'s Servers,
    history: History,
    manifests: ManifestsInForce,
    /// The data directories of the two collectors.
    sqlite: PathBuf,
    cluster: PathBuf,
    next_day: u16,
    at_once: usize,
    position: u64,
    costs: Costs,
    idle_servers: Duration,
    began: Instant,
}

/// Lets a collector know of no time in which it did not run: its health would tell of it, and collectors here are started when there is
/// something to ask.
fn forget_outages(data: &Path) -> Outcome<()> {
    match fs::remove_file(data.join("running")) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[derive(Default)]
struct Costs {
    sqlite_apply: Cost,
    sqlite_tidy: Cost,
    cluster_apply: Cost,
    cluster_tidy: Cost,
}

impl<'s> Load<'s> {
    pub(crate) fn new(events: u64, at_once: usize, directory: &Path, servers: &'s Servers) -> Outcome<Self> {
        let [sqlite, cluster] = ["sqlite", "cluster"].map(|name| directory.join(name));
        for data in [&sqlite, &cluster] {
            fs::create_dir(data)?;
            fs::set_permissions(data, fs::Permissions::from_mode(0o700))?;
        }
        let key = serve::key_of(&cluster);
        fs::write(&key, stores::key())?;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
        let end = i64::from(clock::day(clock::now())) * 86_400 - 1;
        Ok(Self {
            servers,
            history: History::new(INSTALLATIONS * events / 10_000_000, end),
            manifests: stores::manifests()?,
            sqlite,
            cluster,
            next_day: 0,
            at_once,
            position: 0,
            costs: Costs::default(),
            idle_servers: servers.cpu()?,
            began: Instant::now(),
        })
    }

    /// The last second of a day of the history.
    pub(crate) fn end_of(&self, day: u16) -> i64 {
        self.history.end_of(day)
    }

    /// Starts a collector over the embedded store.
    pub(crate) fn start_sqlite(&self) -> Outcome<Server> {
        forget_outages(&self.sqlite)?;
        Server::start(&["serve-collector"], Some(&self.sqlite))
    }

    /// Starts a collector over the cluster.
    pub(crate) fn start_cluster(&self) -> Outcome<Server> {
        forget_outages(&self.cluster)?;
        Server::start(&["serve-cluster", &self.servers.spelled()], Some(&self.cluster))
    }

    /// Brings in what is left.
    pub(crate) fn rest(&mut self) -> Outcome<()> {
        self.until(DAYS)
    }

    /// Brings in the days before one.
    pub(crate) fn until(&mut self, end: u16) -> Outcome<()> {
        let file = self.sqlite.join("store.sqlite");
        let mut embedded = open(&file, if file.exists() { Expect::Existing } else { Expect::New })?;
        let (mut cluster, reader) = open_cluster(&self.servers.addresses(), &self.cluster)?;
        let own = std::process::id();
        for day in self.next_day..end {
            let mut arrivals = self.history.day(day);
            let mut now = self.history.end_of(day);
            if day + 1 == DAYS {
                // Agents that deliver the day after; the cluster has an open day then.
                now = i64::try_from(clock::now())?;
                arrivals.iter_mut().for_each(|arrival| arrival.received = now);
            }
            let mut entries = Vec::with_capacity(arrivals.len());
            for arrival in arrivals {
                let length = arrival.body.len() as u64 + 40;
                entries.push((Position(self.position), LogEntry::Batch(arrival)));
                self.position += length;
            }
            let end = Position(self.position);
            let at_once = self.at_once;
            let manifests = &self.manifests;
            let Costs { sqlite_apply, sqlite_tidy, cluster_apply, cluster_tidy } = &mut self.costs;
            sqlite_apply.add(own, None, || apply(&mut embedded, (&entries, end), at_once, manifests))?;
            sqlite_tidy.add(own, None, || tidy(&mut embedded, now, manifests))?;
            let servers = Some(self.servers);
            cluster_apply.add(own, servers, || apply(&mut cluster, (&entries, end), at_once, manifests))?;
            drop(entries);
            cluster_tidy.add(own, servers, || {
                tidy(&mut cluster, now, manifests)?;
                // A replica may not have fetched the last block yet.
                while reader.held().days > 1 {
                    std::thread::sleep(Duration::from_millis(50));
                    patiently(|| aboveboard_store::Store::checkpoint(&mut cluster))?;
                }
                Ok(())
            })?;
            self.tell(day)?;
        }
        self.next_day = end;
        Ok(())
    }

    /// Tells how far it is.
    fn tell(&self, day: u16) -> Outcome<()> {
        let events = self.history.events;
        let of = |cost: &Cost| {
            format!("{:.2} + {:.2}", micros(cost.collector, events), micros(cost.servers, events))
        };
        eprintln!(
            "day {day}: {events} events after {:.0} s, {:.0} MiB resident here; µs an event: SQLite {}, {}; cluster {}, {}; servers in all {:.2}",
            self.began.elapsed().as_secs_f64(),
            usage::mib(usage::resident(std::process::id())?.1),
            of(&self.costs.sqlite_apply),
            of(&self.costs.sqlite_tidy),
            of(&self.costs.cluster_apply),
            of(&self.costs.cluster_tidy),
            micros(self.servers.cpu()?.saturating_sub(self.idle_servers), events),
        );
        Ok(())
    }

    /// Tells what it cost, once the servers have nothing left to do.
    pub(crate) fn print(&self) -> Outcome<()> {
        self.servers.rest()?;
        let events = self.history.events;
        println!("{events} events in {} batches", self.history.batches);
        println!("\n{:<40} {:>10} {:>10} {:>10}", "µs of CPU an event", "collector", "servers", "s in all");
        let Costs { sqlite_apply, sqlite_tidy, cluster_apply, cluster_tidy } = &self.costs;
        for (what, cost) in [
            ("SQLite: apply", sqlite_apply),
            ("SQLite: close, pack, forget", sqlite_tidy),
            ("cluster: apply", cluster_apply),
            ("cluster: close, forget", cluster_tidy),
        ] {
            println!(
                "{what:<40} {:>10.3} {:>10.3} {:>10.1}",
                micros(cost.collector, events),
                micros(cost.servers, events),
                cost.wall.as_secs_f64()
            );
        }
        let all = self.servers.cpu()?.saturating_sub(self.idle_servers);
        let rest = all.saturating_sub(cluster_apply.servers + cluster_tidy.servers);
        println!("{:<40} {:>10} {:>10.3}", "cluster: in between and afterwards", "", micros(rest, events));
        let zookeeper = micros(self.servers.cpu_of_zookeeper()?, events);
        println!("{:<40} {:>10} {zookeeper:>10.3}", "of all that, ZooKeeper", "");
        self.print_sizes(events)
    }

    fn print_sizes(&self, events: u64) -> Outcome<()> {
        let each = |bytes: u64| bytes as f64 / events as f64;
        println!("\n{:<40} {:>10} {:>10} {:>12}", "bytes an event", "all", "a replica", "rows of one");
        let sizes = self.servers.sizes()?;
        for (table, (bytes, rows)) in &sizes {
            println!("{table:<40} {:>10.3} {:>10.3} {:>12}", each(*bytes), each(*bytes / 2), rows / 2);
        }
        let bytes: u64 = sizes.values().map(|(bytes, _)| bytes).sum();
        println!("{:<40} {:>10.3} {:>10.3}", "the cluster", each(bytes), each(bytes / 2));
        let file = fs::metadata(self.sqlite.join("store.sqlite"))?.len();
        println!("{:<40} {:>10.3}", "SQLite, the file", each(file));
        let ((peak, now), zookeeper) = self.servers.resident()?;
        println!(
            "\nmemory MiB: the greatest server {:.0}, at most {:.0}; ZooKeeper {:.0}",
            usage::mib(now),
            usage::mib(peak),
            usage::mib(zookeeper)
        );
        Ok(())
    }
}
