//! The page and its tables, asked of both collectors in turn.

use std::time::Duration;

use aboveboard_benches::history::DAYS;
use aboveboard_benches::http::{date, get, tables};
use aboveboard_benches::process::Server;
use aboveboard_benches::{Outcome, usage};

use crate::cost::{Cost, millis};
use crate::load::Load;
use crate::servers::{Servers, between};

/// How often a page is asked from an empty cache, and from a full one.
const COLD: u32 = 3;
const WARM: u32 = 11;

/// The windows of the page.
const WINDOWS: [u16; 2] = [30, 90];

/// A question of one store.
#[derive(Default)]
struct Asked {
    cost: Cost,
    walls: Vec<Duration>,
}

impl Asked {
    fn ask(&mut self, collector: &Server, servers: Option<&Servers>, path: &str) -> Outcome<String> {
        let (body, wall) = self.cost.add(collector.id(), servers, || get(collector.address, path))?;
        self.walls.push(wall);
        Ok(body)
    }

    fn print(&mut self, what: &str) {
        self.walls.sort_unstable();
        let times = u32::try_from(self.walls.len()).unwrap_or(1);
        println!(
            "{what:<40} {:>10.1} {:>10.1} {:>10.1} {:>10.1}",
            millis(self.walls[self.walls.len() / 2], 1),
            millis(self.cost.all(), times),
            millis(self.cost.collector, times),
            millis(self.cost.servers, times)
        );
    }
}

pub(crate) fn all(load: &Load<'_>) -> Outcome<()> {
    let until = date(load.end_of(DAYS - 1).div_euclid(86_400));
    println!("\n{:<40} {:>10} {:>10} {:>10} {:>10}", "ms of a page", "median", "CPU", "collector", "servers");
    for days in WINDOWS {
        let path = format!("/?product=quarry&until={until}&days={days}");
        let [mut embedded, mut cluster] = [Asked::default(), Asked::default()];
        let mut starting = Cost::default();
        for _ in 0..COLD {
            let collector = load.start_sqlite()?;
            embedded.ask(&collector, None, &path)?;
            collector.stop()?;
            let before = load.servers.cpu()?;
            let collector = load.start_cluster()?;
            starting.collector += usage::cpu(collector.id())?;
            starting.servers += load.servers.cpu()?.saturating_sub(before);
            cluster.ask(&collector, Some(load.servers), &path)?;
            collector.stop()?;
        }
        embedded.print(&format!("{days} days, first, SQLite"));
        cluster.print(&format!("{days} days, first, cluster"));
        println!(
            "{:<40} {:>10} {:>10.1} {:>10.1} {:>10.1}",
            "before that, the start",
            "",
            millis(starting.all(), COLD),
            millis(starting.collector, COLD),
            millis(starting.servers, COLD)
        );
    }
    let embedded = load.start_sqlite()?;
    let cluster = load.start_cluster()?;
    println!("\nmemory MiB: {}", memory(&embedded, &cluster)?);
    for days in WINDOWS {
        let path = format!("/?product=quarry&until={until}&days={days}");
        let before = load.servers.read()?;
        get(embedded.address, &path)?;
        get(cluster.address, &path)?;
        let first = load.servers.read()?;
        let [mut of_embedded, mut of_cluster] = [Asked::default(), Asked::default()];
        for _ in 0..WARM {
            of_embedded.ask(&embedded, None, &path)?;
            of_cluster.ask(&cluster, Some(load.servers), &path)?;
        }
        of_embedded.print(&format!("{days} days, again, SQLite"));
        of_cluster.print(&format!("{days} days, again, cluster"));
        for (table, (asked, rows)) in between(&before, &first) {
            println!("    the first read {rows:>10} rows in {asked:>4} questions of {table}");
        }
        for (table, (asked, rows)) in between(&first, &load.servers.read()?) {
            let rows = rows / u64::from(WARM);
            let asked = asked / u64::from(WARM);
            println!("    each more read {rows:>10} rows in {asked:>4} questions of {table}");
        }
    }
    println!("\nmemory MiB after that: {}", memory(&embedded, &cluster)?);
    compare(&embedded, &cluster, &until)?;
    embedded.stop()?;
    cluster.stop()
}

fn memory(embedded: &Server, cluster: &Server) -> Outcome<String> {
    let of = |server: &Server| -> Outcome<String> {
        let (peak, now) = server.resident()?;
        Ok(format!("{:.0}, at most {:.0}", usage::mib(now), usage::mib(peak)))
    };
    Ok(format!("the collector with SQLite {}; with the cluster {}", of(embedded)?, of(cluster)?))
}

/// Fails where one gives another table than the other.
fn compare(embedded: &Server, cluster: &Server, until: &str) -> Outcome<()> {
    let mut same = 0;
    let mut differing = Vec::new();
    for table in tables(embedded.address)? {
        for days in WINDOWS {
            let path = format!("/api/tables/{table}.json?product=quarry&days={days}&until={until}");
            let of_embedded = get(embedded.address, &path)?.0;
            let of_cluster = get(cluster.address, &path)?.0;
            if of_embedded == of_cluster {
                same += 1;
            } else {
                println!("{table} of {days} days\n    SQLite:  {of_embedded}\n    cluster: {of_cluster}");
                differing.push(format!("{table} of {days} days"));
            }
        }
    }
    println!("{same} tables are the same, to the byte, from both");
    if differing.is_empty() { Ok(()) } else { Err(format!("not the same: {}", differing.join(", ")).into()) }
}
