//! Three real collectors, a real cluster of two shards with two replicas each, and everybody who sends and reads meanwhile.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use aboveboard_testkit::clickhouse::{Cluster, Server};
use harness::clock::Clock;
use harness::collector::Collector;
use harness::proxy::{Fault, Proxy};
use tempfile::TempDir;

use super::account::Account;
use super::crowd::Crowd;
use super::senders::Habits;

/// How many collectors share the cluster.
const COLLECTORS: usize = 3;

/// One receipt of so many is lost after the collector acknowledged the batch.
const LOST: usize = 5;

/// How long anything may take that the cluster has to do after a fault.
const PATIENCE: Duration = Duration::from_secs(240);

/// The time between two looks: each asks the servers something.
const INTERVAL: Duration = Duration::from_millis(250);

/// Asks until something holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    until_right(|| (!holds()).then(|| what.to_owned()));
}

/// Asks until nothing is wrong.
pub(crate) fn until_right(mut ask: impl FnMut() -> Option<String>) {
    let start = Instant::now();
    while let Some(wrong) = ask() {
        assert!(start.elapsed() < PATIENCE, "still not after {} seconds: {wrong}", PATIENCE.as_secs());
        std::thread::sleep(INTERVAL);
    }
}

/// A collector, and the two ways to it, which stay the same when it is started again.
pub(crate) struct Site {
    pub(crate) collector: Collector,
    /// The way of what is sent, on which answers get lost.
    ingest: Proxy,
    /// The way of readings.
    page: Proxy,
    pub(crate) is_up: bool,
}

/// All of it. The crowd ends first.
pub(crate) struct Scene {
    pub(crate) crowd: Crowd,
    pub(crate) sites: Vec<Site>,
    pub(crate) cluster: Cluster,
    pub(crate) clock: Clock,
    /// By how many days the clock of the collectors is ahead.
    pub(crate) days: u32,
    key: TempDir,
}

impl Scene {
    /// Starts everything, and waits until something was counted.
    pub(crate) fn start(seed: u64) -> Self {
        Self::start_with(seed, Habits::default())
    }

    /// The same with installations that do something else than in other tests.
    pub(crate) fn start_with(seed: u64, habits: Habits) -> Self {
        let cluster = Cluster::start(2, 2);
        let clock = Clock::new();
        let key = TempDir::with_prefix("aboveboard-key-").expect("a folder");
        let file = key.path().join("key");
        std::fs::write(&file, "5a".repeat(32)).expect("a key");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("its mode");
        let site = |place| {
            let collector = Collector::by_clock(&clock, &configuration(&cluster, &key, place));
            let ingest = Proxy::before(collector.address());
            ingest.set(Fault::LoseEvery(LOST));
            let page = Proxy::before(collector.address());
            Site { collector, ingest, page, is_up: true }
        };
        let sites: Vec<Site> = (0..COLLECTORS).map(site).collect();
        let addresses =
            |way: fn(&Site) -> &Proxy| sites.iter().map(|site| way(site).address().to_owned()).collect();
        let crowd = Crowd::start(addresses(|site| &site.ingest), addresses(|site| &site.page), seed, habits);
        let scene = Self { crowd, sites, cluster, clock, days: 0, key };
        scene.await_counted();
        scene
    }

    pub(crate) fn account(&self) -> &Account {
        self.crowd.account()
    }

    /// The collectors that run.
    pub(crate) fn up(&self) -> impl Iterator<Item = &Site> {
        self.sites.iter().filter(|site| site.is_up)
    }

    /// Kills a collector, which is away from then on.
    pub(crate) fn kill_collector(&mut self, place: usize) {
        let site = &mut self.sites[place];
        site.is_up = false;
        site.collector.kill();
    }

    /// Starts a collector again, whether it runs or not, with the servers that there are now.
    pub(crate) fn restart_collector(&mut self, place: usize) {
        let configuration = configuration(&self.cluster, &self.key, place);
        let site = &mut self.sites[place];
        site.collector.configure(&configuration);
        site.collector.restart();
        site.ingest.point_at(site.collector.address());
        site.page.point_at(site.collector.address());
        site.is_up = true;
    }

    /// Waits until all collectors that run count what is acknowledged now.
    pub(crate) fn await_counted(&self) {
        let one_more = self.account().acknowledged() + 1;
        until("another receipt", || self.account().acknowledged() >= one_more);
        // What is erased meanwhile is in none of both, and what is acknowledged meanwhile may be in the second.
        let acknowledged = self.account().acknowledged_each();
        until("what was acknowledged is counted by all", || {
            let least = self.account().kept_of(&acknowledged);
            self.up().all(|site| site.collector.try_counted("cli").is_some_and(|counted| counted >= least))
        });
    }

    /// Waits until each collector that runs says of a server that it uses it, or does not.
    pub(crate) fn await_used(&self, (shard, replica): (usize, usize), is_used: bool) {
        let server = self.cluster.servers[shard][replica].address();
        let line = format!("server=\"{server}\"}} {}\n", u8::from(is_used));
        until(&format!("cluster_server_used of {server} is {is_used}"), || {
            let says = |site: &Site| {
                let metrics = site.collector.text("/metrics");
                metrics.lines().any(|text| {
                    text.starts_with("aboveboard_cluster_server_used") && format!("{text}\n").ends_with(&line)
                })
            };
            self.up().all(says)
        });
    }

    /// Waits until nothing is on its way any more, and compares: every collector counts what was acknowledged and not erased, and both
    /// replicas of each shard hold the same.
    pub(crate) fn settle(&self) {
        assert!(self.sites.iter().all(|site| site.is_up));
        self.crowd.pause();
        let is_done = |site: &Site| {
            ["log_unapplied_bytes", "log_unsettled_bytes"].iter().all(|name| site.collector.metric(name) == 0)
        };
        until("all is settled", || self.sites.iter().all(is_done));
        let expected = self.account().expected();
        until_right(|| {
            let counted: Vec<_> = self.sites.iter().map(|site| site.collector.try_counted("cli")).collect();
            (counted != [Some(expected); COLLECTORS])
                .then(|| format!("{expected} are counted as {counted:?}"))
        });
        let wrong = self.wrong();
        assert!(wrong.is_empty(), "{wrong:#?}");
        self.compare_replicas();
        self.account().check();
        self.account().settle();
        self.crowd.resume();
    }

    /// What happened so far, in numbers.
    pub(crate) fn summary(&self) -> String {
        let (readings, repeats) = self.crowd.counts();
        format!(
            "{} events acknowledged and counted or erased, {} installations erased, {} days passed, {repeats} requests repeated, \
             {readings} readings, none wrong",
            self.account().acknowledged(),
            self.account().erased(),
            self.days,
        )
    }

    /// The installations of which some collector holds another number of events than it must.
    fn wrong(&self) -> Vec<String> {
        let all = self.account().expected_each();
        // Each is asked of one, in turn: they give the same sums.
        let each = all.iter().zip((0..COLLECTORS).cycle());
        let judged = each.filter_map(|((id, expected), collector)| {
            let held = self.crowd.held(collector, *id);
            (held != Some(*expected)).then(|| format!("{id} at {collector}: {held:?} instead of {expected}"))
        });
        judged.collect()
    }

    /// Waits until all servers that hold the same table hold the same rows.
    fn compare_replicas(&self) {
        until_right(|| {
            let mut different = String::new();
            let mut tables: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
            for server in self.cluster.servers.iter().flatten() {
                for (path, rows) in tables_of(server) {
                    let of_this = || (server.address(), rows.clone());
                    let (other, known) = tables.entry(path.clone()).or_insert_with(of_this);
                    if *known != rows {
                        let known = known.len();
                        let rows = rows.len();
                        let of = server.address();
                        different += &format!("{path}: {known} rows on {other}, {rows} on {of}\n");
                    }
                }
            }
            assert!(tables.len() > 10, "few tables: {tables:?}");
            (!different.is_empty()).then_some(different)
        });
    }
}

/// The rows of each replicated table of a server, sorted, by the path that its replicas share.
fn tables_of(server: &Server) -> Vec<(String, Vec<String>)> {
    let listed =
        server.ask("SELECT table, zookeeper_path FROM system.replicas WHERE database = 'aboveboard'");
    let tables = listed.lines().filter_map(|line| line.split_once('\t'));
    let rows = |table: &str| {
        let text = server.ask(&format!("SELECT * FROM aboveboard.{table} FORMAT TabSeparated"));
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        rows.sort_unstable();
        rows
    };
    tables.map(|(table, path)| (path.to_owned(), rows(table))).collect()
}

/// What a collector is told beside its data directory. Each has another order of replicas: what one reads first, another reads last.
fn configuration(cluster: &Cluster, key: &TempDir, place: usize) -> String {
    let mut shards: Vec<Vec<String>> =
        cluster.servers.iter().map(|replicas| replicas.iter().map(Server::url).collect()).collect();
    for (shard, replicas) in shards.iter_mut().enumerate() {
        if place >> shard & 1 == 1 {
            replicas.reverse();
        }
    }
    format!(
        "[rate]\nprefix-per-second = 1000000\nprefix-burst = 1000000\ntotal-per-second = 1000000\ntotal-burst = 1000000\n\
         [quota]\nprefix-per-hour = \"16GiB\"\nproduct-per-day = \"64GiB\"\n\
         [log]\nsegment = \"256KiB\"\nfree = \"0B\"\n[apply]\npace = \"400ms\"\n\
         [store]\nkind = \"clickhouse\"\nshards = {shards:?}\nkey-file = {:?}\n",
        key.path().join("key"),
    )
}
